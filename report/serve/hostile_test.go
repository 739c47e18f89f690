package serve

import (
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/vramlab/vramlab/report/internal/fixture"
)

const secret = "nobody-may-read-this"

// outside is a directory with a run and a secret, beside the one that is served.
func outside(t *testing.T) (dir, out string) {
	t.Helper()
	base := t.TempDir()
	dir, out = filepath.Join(base, "served"), filepath.Join(base, "out")
	fixture.Must(t, os.MkdirAll(dir, 0o777))
	placed(t, bare(), base, "out")
	fixture.Must(t, os.WriteFile(filepath.Join(out, "secret"), []byte("# command: "+secret+"\n"+secret), 0o666))
	return dir, out
}

// TestPaths: no way of writing a path leads out of the directory.
func TestPaths(t *testing.T) {
	dir, _ := outside(t)
	placed(t, bare(), dir, "run")
	s := open(t, dir)
	for _, path := range []string{
		"/run/../../out/secret", "/run/%2e%2e/secret", "/run/..%2fout/secret", "/run/%2e%2e%2fout/run.bench", "/run/..%2Fout/", "/run/..%2Fout/report.html",
		"/run/run/..%2f..%2fout%2fsecret", "/run/run/placements/..%2f..%2f..%2fout%2fsecret", "/run/run/%2e%2e/%2e%2e", "/run/run/..%5c..%5cout%5csecret",
		"/run/..%5cout/run.bench", "/run/C:%5cWindows/run.bench", "/run/%2Fetc/passwd", "/run/%2F%2Fetc/passwd", "/run/run/%2Fetc%2Fpasswd", "/run/run%00/run.bench",
		"/run/run/run.bench%00.html", "/run/./run.bench", "/run/%2e/run.bench", "/run/run%2F../run.bench", "/run/run%2F/run.bench", "//run//run//run.bench", "/run/", "/run", "/run/run/placements/",
		"/run/run/profiles/..%2Frun.bench/flamegraph", "/run/..%2Fout/profiles/secret/flamegraph", "/live.js/..%2f..%2fsecret", "/pages/list.html", "/serve.go",
		"/compare?old=..%2Fout&new=run", "/compare?old=run&new=%2Fetc", "/compare?old=run&new=run&gate=..%2Fout%2Fsecret",
	} {
		a := s.ask("GET", "/", func(r *http.Request) {
			raw, query, _ := strings.Cut(path, "?")
			r.URL.Opaque = "//" + r.URL.Host + raw // as it stands
			r.URL.RawQuery = query
		})
		if strings.Contains(a.body, secret) || a.code == 200 {
			t.Errorf("%s: %d %.200s", path, a.code, a.body)
		}
	}
}

// TestLinks: of a run with a link that leads out nothing is read, and its row says why; links
// within the directory are followed.
func TestLinks(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("links need a privilege")
	}
	dir, out := outside(t)
	link := func(target, name string) {
		t.Helper()
		fixture.Must(t, os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o777))
		fixture.Must(t, os.Symlink(target, filepath.Join(dir, name)))
	}
	good := placed(t, bare(), dir, "good")
	fixture.WriteFlames(t, good)
	link(out, "away")
	link("../out", "relative")
	link("good", "within")
	link(filepath.Join(out, "secret"), "head/run.bench")
	for name, at := range map[string]string{"aa": "aa.bench", "report": "report.html", "journal": "journal", "placement": "placements/gfx.buddy.trace.gz", "profile": "profiles/buddy.pprof"} {
		placed(t, bare(), dir, name)
		os.Remove(filepath.Join(dir, name, at))
		link(filepath.Join(out, "secret"), filepath.Join(name, at))
	}
	placed(t, bare(), dir, "dirs")
	link(out, "dirs/placements")
	placed(t, bare(), dir, "dangling")
	link("nothing", "dangling/curves.bench")
	s := open(t, dir)

	list := s.want(200, "/").body
	if strings.Contains(list, secret) || !strings.Contains(list, "Not followed") || !strings.Contains(list, "away, relative") {
		t.Errorf("links out are followed, or not told:\n%s", list)
	}
	for _, name := range []string{"away", "relative"} {
		s.want(404, "/run/"+name+"/")
		s.want(404, "/run/"+name+"/run.bench")
	}
	s.want(200, "/run/within/run.bench")
	for _, name := range []string{"head", "aa", "report", "journal", "placement", "profile", "dirs", "dangling"} {
		for _, path := range []string{"/run/%s/", "/run/%s/live.json", "/run/%s/report.html", "/run/%s/run.bench", "/run/%s/aa.bench", "/run/%s/journal", "/run/%s/placements/secret",
			"/run/%s/placements/gfx.buddy.trace.gz", "/run/%s/profiles/buddy.pprof", "/run/%s/profiles/buddy.pprof/top", "/compare?old=%s&new=good", "/compare?old=good&new=%s&format=json"} {
			path = fmt.Sprintf(path, name)
			a := s.get(path)
			if strings.Contains(a.body, secret) {
				t.Errorf("%s shows what lies outside", path)
			}
			if strings.HasSuffix(path, "report.html") && (a.code != 422 || !strings.Contains(a.body, "link")) {
				t.Errorf("%s: %d, and does not say why: %s", path, a.code, a.body)
			}
		}
		if !strings.Contains(list, `<tr data-run="`+name+`"`) {
			t.Errorf("%s has no row", name)
		}
	}
	if n := strings.Count(list, "Nothing of it is read"); n != 8 {
		t.Errorf("%d rows have an error, want 8:\n%s", n, list)
	}
}

// TestNames: directories and facts with any characters are listed, linked and escaped.
func TestNames(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("no such names")
	}
	dir := t.TempDir()
	names := []string{`<script>alert(1)</script>`, `"quo'tes"`, "new\nline", `back\slash`, `%2e%2e`, `a%2Fb`, "a&b?c#d+e", "\x1b[31mred", "bad\xffutf8", "-flag", "$(touch x)", "ünï"}
	for i, name := range names {
		name = strings.ReplaceAll(name, "/", "\u2215")
		names[i] = name
		f := bare()
		f.Meta = "# command: <img src=x onerror=alert(1)> \"'\x1b[31m\n# revision: </title><script>alert(2)</script>\n"
		run := placed(t, f, dir, name)
		fixture.Must(t, os.Mkdir(filepath.Join(run, "placements"), 0o777))
		fixture.Must(t, os.WriteFile(filepath.Join(run, "placements", "<b>\"'\n.x"), []byte("x"), 0o666))
		fixture.WriteFlames(t, run)
	}
	s := open(t, dir)
	pages := map[string]string{"/": s.want(200, "/").body, "/live.json": s.want(200, "/live.json").body}
	for _, name := range names {
		at := "/run/" + url.PathEscape(name) + "/"
		if !strings.Contains(pages["/"], `href="`+strings.ReplaceAll(strings.ReplaceAll(at, "&", "&amp;"), "+", "&#43;")) {
			t.Errorf("%q has no link %s", name, at)
		}
		pages[at] = s.want(200, at).body
		pages[at+"live"] = s.want(200, at+"live.json").body
		s.want(200, at+"run.bench")
		file := s.want(200, at+"placements/"+url.PathEscape("<b>\"'\n.x"))
		if d := file.head.Get("Content-Disposition"); !strings.HasPrefix(d, "attachment") || strings.ContainsAny(d, "\n<") {
			t.Errorf("Content-Disposition: %q", d)
		}
		s.want(200, at+"profiles/buddy.pprof/top")
		q := url.Values{"old": {name}, "new": {name}, "gate": {`ns/op +5%, <script>"' +1%`}}.Encode()
		pages["/compare?"+q] = s.want(200, "/compare?"+q).body
	}
	for path, page := range pages {
		if strings.Contains(page, "<script>alert") || strings.Contains(page, "<img") || strings.Contains(page, "<b>") || strings.Contains(page, `<script>"`) {
			t.Errorf("%s is not escaped:\n%s", path, page)
		}
	}
}

// TestOddFiles: pipes, directories in place of files, and files that are nothing spoil their
// own row only.
func TestOddFiles(t *testing.T) {
	dir := t.TempDir()
	placed(t, bare(), dir, "good")
	write := func(name, text string) {
		t.Helper()
		fixture.Must(t, os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o777))
		fixture.Must(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666))
	}
	write("empty/run.bench", "")
	write("garbage/run.bench", strings.Repeat("\xff\x00<script>", 10000))
	write("line/run.bench", "# date: "+strings.Repeat("9", 1<<20))
	write("dated/run.bench", "# date: yesterday\n# strategies: "+strings.Repeat("s ", 9000)+"\n# workloads: "+strings.Repeat("w", 9000)+"\n")
	write("journal/journal", "dear diary\n")
	write("both/journal", `{"version":"vramlab journal 1","rounds":-1}`+"\n")
	write("both/run.bench", "# vramlab run 1\n")
	write("huge/journal", `{"version":"vramlab journal 1","rounds":9223372036854775807,"files":["run.bench"]}`+"\n"+`{"phase":"measured","round":9223372036854775807,"at":9223372036854775807,"of":9223372036854775807,"sizes":[1]}`+"\n")
	write("huge/run.bench", "# vramlab run 1\n")
	fixture.Must(t, os.MkdirAll(filepath.Join(dir, "directory/run.bench"), 0o777))
	names := []string{"good", "empty", "garbage", "line", "dated", "journal", "both", "huge"}
	if pipe(t, filepath.Join(dir, "piped"), "run.bench") {
		pipe(t, filepath.Join(dir, "piped"), "placements")
		names = append(names, "piped")
	}
	s := open(t, dir)
	list := s.want(200, "/").body
	for _, name := range names {
		if !strings.Contains(list, `data-run="`+name+`"`) {
			t.Errorf("%s is not listed", name)
		}
		s.want(200, "/run/"+name+"/")
		s.want(200, "/run/"+name+"/live.json")
		for _, path := range []string{"/run/" + name + "/report.html", "/run/" + name + "/run.bench", "/compare?old=good&new=" + name} {
			if a := s.get(path); a.code >= 500 || strings.Contains(a.body, "<script>\x00") {
				t.Errorf("%s: %d %.300s", path, a.code, a.body)
			}
		}
	}
	s.want(200, "/run/good/report.html")
}

// TestLarge: files that are larger than a server reads are told, not read.
func TestLarge(t *testing.T) {
	dir := t.TempDir()
	run := placed(t, bare(), dir, "run")
	fixture.Must(t, os.Truncate(filepath.Join(run, "run.bench"), mostBytes+1)) // sparse
	s := open(t, dir)
	for _, path := range []string{"/run/run/report.html", "/compare?old=run&new=run"} {
		if a := s.want(422, path); !strings.Contains(a.body, "256 MiB") {
			t.Errorf("%s: %s", path, a.body)
		}
	}
	s.want(200, "/run/run/")
}

// TestListen: the port is the next free one, and an address that was asked for is taken as
// it is or not at all.
func TestListen(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	fixture.Must(t, err)
	defer taken.Close()
	if l, err := Listen(taken.Addr().String()); err == nil {
		l.Close()
		t.Error("a port that is taken was taken again")
	}
	for range 2 {
		l, err := Listen("")
		fixture.Must(t, err)
		defer l.Close()
		if !Loopback(l.Addr().String()) || !strings.HasPrefix(URL(l), "http://127.0.0.1:") {
			t.Errorf("it listens at %v, %s", l.Addr(), URL(l))
		}
	}
}
