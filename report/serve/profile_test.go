package serve

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/pprof/profile"
	"github.com/klauspost/compress/gzip"

	"github.com/vramlab/vramlab/report/internal/fixture"
)

// TestProfile: pprof's pages are there, in a sandbox, and nothing is read or written but the
// profile.
func TestProfile(t *testing.T) {
	home := t.TempDir()
	t.Setenv("HOME", home)
	t.Setenv("XDG_CONFIG_HOME", filepath.Join(home, "config"))
	t.Setenv("PPROF_TMPDIR", filepath.Join(home, "pprof"))
	dir := t.TempDir()
	run := placed(t, bare(), dir, "a run")
	fixture.WriteFlames(t, run)
	before := snapshot(t, dir) + snapshot(t, home)
	s := open(t, dir)
	at := "/run/a%20run/profiles/buddy.pprof/"
	if a := s.want(303, at); a.head.Get("Location") != "flamegraph" {
		t.Errorf("%v", a.head)
	}
	for _, view := range []string{"flamegraph", "top", "peek?f=.", "download", "flamegraph?si=samples&f=x", "top?n=1"} {
		a := s.want(200, at+view)
		if a.head.Get("Content-Security-Policy") != reportPolicy || a.head.Get("Cross-Origin-Opener-Policy") != "" || len(a.body) < 100 {
			t.Errorf("%s: %v, %d bytes", view, a.head, len(a.body))
		}
	}
	if page := s.get(at + "flamegraph").body; !strings.Contains(page, "a run buddy") {
		t.Error("the heading does not say what profile it is")
	}
	if _, err := exec.LookPath("dot"); err != nil {
		if a := s.want(501, at+"graph?n=100000"); !strings.Contains(a.body, "dot") {
			t.Errorf("no graphviz: %s", a.body)
		}
	} else {
		s.want(200, at+"graph?n=100000")
	}
	for _, view := range []string{"source?f=.", "disasm?f=.", "saveconfig?config=x&f=y", "deleteconfig?config=x"} {
		if a := s.want(403, at+view); a.head.Get("Content-Security-Policy") != policy {
			t.Errorf("%s: %v", view, a.head)
		}
	}
	s.want(404, at+"nothing")
	s.want(400, at+"top?f=%28") // no regular expression
	s.want(404, "/run/a%20run/profiles/none.pprof/top")
	s.want(404, "/run/a%20run/placements/buddy.pprof/top")
	if after := snapshot(t, dir) + snapshot(t, home); after != before {
		t.Errorf("something was written:\n%s", after)
	}
	if s.s.profiles.items["a run\x00profiles/buddy.pprof"] == nil || len(s.s.profiles.items) != 1 {
		t.Error("the profile is not kept, or not under its name")
	}
}

// TestHostileProfile: what is no profile, or a large one, is an error in one line; names and
// files in it are only text.
func TestHostileProfile(t *testing.T) {
	dir := t.TempDir()
	run := placed(t, bare(), dir, "run")
	fixture.Must(t, os.Mkdir(filepath.Join(run, "profiles"), 0o777))
	pack := func(data []byte) []byte {
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		z.Write(data)
		z.Close()
		return b.Bytes()
	}
	bomb := pack(make([]byte, mostProfile+1))
	var good bytes.Buffer // packed once
	fixture.Must(t, fixture.MakeProfile("gfx", map[string]int{"main": 5}).Write(&good))
	for name, data := range map[string][]byte{
		"empty": {}, "text": []byte("<script>alert(1)</script>"), "bomb": bomb, "twice": pack(good.Bytes()), "cut": bomb[:len(bomb)/2], "large": make([]byte, mostProfile+1), "perf": []byte("PERFILE2"),
	} {
		fixture.Must(t, os.WriteFile(filepath.Join(run, "profiles", name+".pprof"), data, 0o666))
	}
	p := fixture.MakeProfile("gfx", map[string]int{"main;</script><script>alert(1)</script>;/etc/passwd": 5, "main;\x1b[31m\"'": 3})
	for _, f := range p.Function {
		f.Filename = "/etc/passwd"
	}
	p.Mapping = []*profile.Mapping{{ID: 1, Start: 1, Limit: 1 << 20, File: "/etc/passwd", BuildID: "../../../../etc"}}
	for _, l := range p.Location {
		l.Mapping, l.Address = p.Mapping[0], 2
	}
	fixture.WriteProfile(t, run, "names", p)
	s := open(t, dir)
	for _, name := range []string{"empty", "text", "bomb", "twice", "cut", "large", "perf"} {
		if a := s.want(422, "/run/run/profiles/"+name+".pprof/top"); strings.Contains(a.body, "<script>alert") || !strings.Contains(a.body, "cannot be shown") {
			t.Errorf("%s: %.300s", name, a.body)
		}
	}
	for _, view := range []string{"top", "flamegraph", "peek?f=.", "peek?f=%3C/script%3E"} {
		if a := s.want(200, "/run/run/profiles/names.pprof/"+view); strings.Contains(a.body, "<script>alert") || strings.Contains(a.body, "root:") {
			t.Errorf("%s is not escaped, or shows a file", view)
		}
	}
}

// TestManyProfiles: no more than a few are kept.
func TestManyProfiles(t *testing.T) {
	dir := t.TempDir()
	run := placed(t, bare(), dir, "run")
	names := strings.Split("abcdefghijkl", "")
	for _, name := range names {
		fixture.WriteProfile(t, run, name, fixture.MakeProfile("gfx", map[string]int{"main": 5}))
	}
	s := open(t, dir)
	for range 2 {
		for _, name := range names {
			s.want(200, "/run/run/profiles/"+name+".pprof/top")
		}
	}
	if n := len(s.s.profiles.items); n != mostProfiles {
		t.Errorf("%d profiles are kept", n)
	}
}
