package serve

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/vramlab/vramlab/internal/browser"
	"github.com/vramlab/vramlab/report/internal/fixture"
)

func TestMain(m *testing.M) {
	code := m.Run()
	browser.Stop()
	os.Exit(code)
}

// site is a server of a directory for a test.
type site struct {
	t   *testing.T
	s   *Server
	url string
}

func open(t *testing.T, dir string) site {
	t.Helper()
	s, err := New(dir)
	if err != nil {
		t.Fatal(err)
	}
	var l *httptest.Server
	l = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.Handler(Hosts("", l.Listener.Addr())).ServeHTTP(w, r)
	}))
	t.Cleanup(func() {
		l.Close()
		// What was begun goes on; the files must stay until it ends.
		s.work <- struct{}{}
		s.Close()
	})
	return site{t, s, l.URL}
}

// answer is what a request got.
type answer struct {
	code int
	head http.Header
	body string
}

// ask sends a request with the path as it stands.
func (s site) ask(method, path string, change func(r *http.Request)) answer {
	s.t.Helper()
	r, err := http.NewRequest(method, s.url+path, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	if change != nil {
		change(r)
	}
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := client.Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return answer{resp.StatusCode, resp.Header, string(body)}
}

func (s site) get(path string) answer { s.t.Helper(); return s.ask("GET", path, nil) }

// want is get of what must be answered with a code.
func (s site) want(code int, path string) answer {
	s.t.Helper()
	a := s.get(path)
	if a.code != code {
		s.t.Errorf("%s: %d, want %d: %.300s", path, a.code, code, a.body)
	}
	return a
}

func (s site) live(path string) (runs []liveRun) {
	s.t.Helper()
	var out struct{ Runs []liveRun }
	if err := json.Unmarshal([]byte(s.want(200, path).body), &out); err != nil {
		s.t.Fatal(err)
	}
	return out.Runs
}

// place puts the run of a fixture below a directory.
func placed(t *testing.T, f fixture.Run, dir, name string) string {
	t.Helper()
	to := filepath.Join(dir, name)
	fixture.Must(t, os.MkdirAll(filepath.Dir(to), 0o777))
	fixture.Must(t, os.Rename(f.Write(t), to))
	return to
}

func bare() fixture.Run {
	f := fixture.Plain()
	f.Bare = true
	return f
}

// snapshot is all that a directory holds, to see that nothing is written.
func snapshot(t *testing.T, dir string) string {
	t.Helper()
	var b strings.Builder
	fixture.Must(t, filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err == nil {
			b.WriteString(path + " " + info.ModTime().String() + "\n")
		}
		return err
	}))
	return b.String()
}

// TestList: runs one and two levels down, the newest first, each with its links.
func TestList(t *testing.T) {
	dir := t.TempDir()
	first := placed(t, bare(), dir, "first")
	placed(t, bare(), dir, "nightly/second")
	placed(t, bare(), dir, "a/b/too-deep")
	placed(t, bare(), dir, ".hidden")
	fixture.Must(t, os.Mkdir(filepath.Join(dir, "empty"), 0o777))
	main, err := os.ReadFile(filepath.Join(first, "run.bench"))
	fixture.Must(t, err)
	fixture.Must(t, os.WriteFile(filepath.Join(first, "run.bench"), []byte(strings.Replace(string(main), "2026-11-22", "2026-11-21", 1)), 0o666))
	before := snapshot(t, dir)
	page := open(t, dir).want(200, "/").body
	for _, want := range []string{"2 runs", `href="/run/first/"`, `href="/run/nightly%2Fsecond/report.html"`, "2026-11-21 12:00", "buddy, rangemgr"} {
		if !strings.Contains(page, want) {
			t.Errorf("the list has no %s", want)
		}
	}
	if strings.Index(page, `data-run="nightly`) > strings.Index(page, `data-run="first`) {
		t.Error("the older run stands first")
	}
	if strings.Contains(page, "too-deep") || strings.Contains(page, "hidden</a>") {
		t.Error("a run is listed that is too deep, or hidden")
	}
	if snapshot(t, dir) != before {
		t.Error("something was written")
	}
}

// TestSelf: the directory may be a run itself, and one without runs says so.
func TestSelf(t *testing.T) {
	dir := bare().Write(t)
	s := open(t, dir)
	if page := s.want(200, "/").body; !strings.Contains(page, "1 run") || !strings.Contains(page, `/run/%2Fself/`) {
		t.Error("the directory itself is not listed")
	}
	s.want(200, "/run/%2Fself/")
	s.want(200, "/run/%2Fself/run.bench")
	if page := open(t, t.TempDir()).want(200, "/").body; !strings.Contains(page, "No runs") {
		t.Error("an empty directory does not say so")
	}
}

// TestReport: the page is made in memory if there is none or an old one, made again when a
// file changes, and never written.
func TestReport(t *testing.T) {
	dir := t.TempDir()
	run := placed(t, fixture.Plain(), dir, "run")
	s := open(t, dir)
	before := snapshot(t, dir)
	made := s.want(200, "/run/run/report.html")
	if !strings.Contains(made.body, "Take") || !strings.Contains(made.head.Get("Content-Security-Policy"), "sandbox allow-scripts") {
		t.Errorf("no report in a sandbox: %v", made.head)
	}
	if again := s.want(200, "/run/run/report.html"); again.body != made.body {
		t.Error("the same run gives another report")
	}
	if snapshot(t, dir) != before {
		t.Error("something was written")
	}
	if s.s.reports.clock != 2 || len(s.s.reports.items) != 1 {
		t.Errorf("the report was not kept: %d", s.s.reports.clock)
	}

	file := filepath.Join(run, reportFile)
	fixture.Must(t, os.WriteFile(file, []byte("<p>as it was written"), 0o666))
	later := time.Now().Add(time.Hour)
	fixture.Must(t, os.Chtimes(file, later, later))
	if got := s.want(200, "/run/run/report.html"); got.body != "<p>as it was written" || !strings.Contains(got.head.Get("Content-Security-Policy"), "sandbox") {
		t.Errorf("a report newer than its files is not shown as it stands, in a sandbox: %.80s", got.body)
	}
	later = later.Add(time.Hour)
	fixture.Must(t, os.Chtimes(filepath.Join(run, "aa.bench"), later, later))
	if got := s.want(200, "/run/run/report.html"); got.body != made.body {
		t.Error("an old report is shown")
	}
	fixture.Must(t, os.WriteFile(filepath.Join(run, "run.bench"), []byte("hello\n"), 0o666))
	fixture.Must(t, os.Chtimes(filepath.Join(run, "run.bench"), later, later))
	if got := s.want(422, "/run/run/report.html"); strings.Contains(got.body, dir+"/") {
		t.Errorf("no error, or one with the place of the directory: %s", got.body)
	}
	s.want(200, "/")
	s.want(200, "/run/run/")
}

// TestRunPage: what was found, its files and what it can be compared with.
func TestRunPage(t *testing.T) {
	dir := t.TempDir()
	run := placed(t, fixture.Plain(), dir, "run")
	placed(t, bare(), dir, "other")
	fixture.WriteFlames(t, run)
	s := open(t, dir)
	page := s.want(200, "/run/run/").body
	for deadline := time.Now().Add(time.Minute); strings.Contains(page, "Reading the run") && time.Now().Before(deadline); {
		page = s.want(200, "/run/run/").body
	}
	for _, want := range []string{"Take", "<li>", `href="placements/gfx.buddy.trace.gz"`, `href="/run/run/profiles/buddy.pprof/"`, `<option value="other" selected>`, "no journal"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page has no %s", want)
		}
	}
	for path, kind := range map[string]string{
		"run.bench": "text/plain; charset=utf-8", "placements/gfx.buddy.trace.gz": "application/octet-stream", "profiles/buddy.pprof": "application/octet-stream",
	} {
		got := s.want(200, "/run/run/"+path)
		data, err := os.ReadFile(filepath.Join(run, path))
		fixture.Must(t, err)
		if got.body != string(data) || got.head.Get("Content-Type") != kind || got.head.Get("X-Content-Type-Options") != "nosniff" || !strings.HasPrefix(got.head.Get("Content-Disposition"), "attachment") {
			t.Errorf("%s: %d bytes of %d, %v", path, len(got.body), len(data), got.head)
		}
	}
	for _, path := range []string{"placements", "placements/", "nothing", "placements/nothing", "run.bench/x", "../other/run.bench"} {
		if got := s.get("/run/run/" + path); got.code != 404 && got.code != 307 {
			t.Errorf("%s: %d", path, got.code)
		}
	}
}

// TestCompare: the page, its files and its rules are those of the command.
func TestCompare(t *testing.T) {
	dir := t.TempDir()
	slow := bare()
	slow.Loads[2].Ns = []float64{120, 85.9}
	slow.Seed = 3
	placed(t, bare(), dir, "old run")
	placed(t, slow, dir, "new")
	s := open(t, dir)
	page := s.want(200, "/compare?old=old+run&new=new&gate=ns/op+%2B5%25").body
	for _, want := range []string{"worse, ", `<tr class="worse"><th scope="row">AllocFree/strategy=buddy/workload=frames`, "VIOLATED ns/op &#43;5%", `<option value="old run" selected>`, "format=cover-letter"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page has no %s:\n%s", want, page)
		}
	}
	for format, want := range map[string]string{"markdown": "| benchmark |", "csv": "benchmark,unit,old", "json": `"old": "old run"`, "cover-letter": "(old run, new)", "text": "worse"} {
		a := s.want(200, "/compare?old=old+run&new=new&format="+format)
		if !strings.Contains(a.body, want) || strings.Contains(a.head.Get("Content-Type"), "html") {
			t.Errorf("%s: %v\n%.300s", format, a.head, a.body)
		}
	}
	if all := s.want(200, "/compare?old=old+run&new=new&all=1").body; strings.Count(all, "<tr") <= strings.Count(page, "<tr") {
		t.Error("all rows are not more than those that changed")
	}
	for query, want := range map[string]string{
		"old=old+run":                            "Choose an old and a new run",
		"old=old+run&new=none":                   "no such run",
		"old=..&new=new":                         "no such run",
		"old=new&new=new&gate=nonsense":          "The rules",
		"old=new&new=new&gate=%2Fetc%2Fpasswd":   "The rules",
		"old=new&new=new&format=exe":             "no format of that name",
		"old=new&new=new&gate=" + long("x", 5e3): "more than 4000 bytes",
	} {
		if a := s.get("/compare?" + query); !strings.Contains(a.body, want) || strings.Contains(a.body, "root:") {
			t.Errorf("%.60s: %d\n%.400s", query, a.code, a.body)
		}
	}
}

func long(s string, n int) string { return strings.Repeat(s, n) }

// TestPanic: what a file makes panic is an error of its page.
func TestPanic(t *testing.T) {
	s := open(t, t.TempDir())
	w := httptest.NewRecorder()
	s.s.answer(w, httptest.NewRequest("GET", "/", nil), func(http.ResponseWriter, *http.Request) error { panic("a hostile file") })
	if w.Code != 500 || !strings.Contains(w.Body.String(), "a hostile file") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}
