package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const sample = `package p

func f(a, b int) int {
	if a < b && b != 3 {
		a += 2
		g(a)
	}
	for range 4 {
		continue
	}
	return min(a, b) << 1
}

func g(int) { panic("1 < 2") }

func h(err error) (int, error) { return 5, err }

func k() { sort(func(a, b int) int { return -1 }, func(a, b int) int { return 0 }, func() int { return 7 }) }

func l() int { return 8 }
`

// TestSites wants each kind of fault found, and the edited file to differ in
// exactly that place.
func TestSites(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "p.go")
	if err := os.WriteFile(file, []byte(sample), 0o666); err != nil {
		t.Fatal(err)
	}
	sites, err := sitesOf(&pkg{ImportPath: "example.com/p"}, file)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, s := range sites {
		got = append(got, oneLine(s.old)+" -> "+s.text)
	}
	want := `a < b && b != 3 -> !(a < b && b != 3)
&& -> ||
< -> <=
< -> >=
!= -> ==
3 -> 4
+= -> -=
a += 2 -> 
2 -> 3
g(a) -> 
4 -> 5
continue -> break
<< -> >>
min -> max
1 -> 2
panic("1 < 2") -> 
sort(func(a, b int) int { return -1 }, func(a, b int) int { return 0 }, func() int { return 7 }) -> 
0 -> 1
7 -> 8
8 -> 9`
	if strings.Join(got, "\n") != want {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), want)
	}

	edits := t.TempDir()
	if _, err := sites[2].overlay(edits); err != nil {
		t.Fatal(err)
	}
	edited, err := os.ReadFile(filepath.Join(edits, "p.go"))
	if want := strings.Replace(sample, "a < b &&", "a <= b &&", 1); err != nil || string(edited) != want {
		t.Errorf("edited (%v):\n%s\nwant\n%s", err, edited, want)
	}
}

func TestNameSurvivesMoves(t *testing.T) {
	s := site{pkg: &pkg{ImportPath: "github.com/vramlab/vramlab/sgtable"}, file: "/x/y.go", line: "if a < b {", old: "<", text: "<="}
	if got, want := s.name(), `sgtable/y.go: "if a < b {": < -> <=`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestEquivalentList(t *testing.T) {
	got := readEquivalent("# a comment\tnot read\nname\twhy\n\n")
	if len(got) != 1 || got["name"] != "why" {
		t.Errorf("got %v", got)
	}
	for name, reason := range readEquivalent(equivalentText) {
		if len(reason) < 10 {
			t.Errorf("%s: %q is no reason", name, reason)
		}
	}
}

// TestNames: a name does not change with what stands elsewhere, and no two faults of
// a file have the same.
func TestNames(t *testing.T) {
	file := filepath.Join(t.TempDir(), "p.go")
	names := func(text string) map[string]bool {
		if err := os.WriteFile(file, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
		sites, err := sitesOf(&pkg{ImportPath: module + "p"}, file)
		if err != nil {
			t.Fatal(err)
		}
		set := make(map[string]bool)
		for _, s := range sites {
			if set[s.name()] {
				t.Errorf("two faults have the name %s", s.name())
			}
			set[s.name()] = true
		}
		return set
	}
	const twice = "func f(a, b bool) bool {\n\treturn a && b && a\n}\n\nfunc g(a, b bool) bool {\n\treturn a && b && a\n}\n"
	got := names("package p\n\n" + twice)
	for _, want := range []string{"", " #2", " #3", " #4"} {
		if name := `p/p.go: "return a && b && a": && -> ||` + want; !got[name] {
			t.Errorf("%s is not among %v", name, got)
		}
	}
	for name := range names("package p\n\nvar x = 3\n\n" + twice) {
		if !got[name] {
			t.Errorf("%s is new", name)
		}
	}
}

// TestInUse: support for tests is no place for a fault; a kit for others to import is.
func TestInUse(t *testing.T) {
	all := []*pkg{
		{ImportPath: "m/kit", Name: "kit", Deps: []string{"m/kit/internal/probe"}},
		{ImportPath: "m/kit/internal/probe", Name: "probe"},
		{ImportPath: "m/internal/server", Name: "main", Deps: []string{"m/internal/socket"}},
		{ImportPath: "m/internal/socket", Name: "socket"},
		{ImportPath: "m/internal/fixture", Name: "fixture", Deps: []string{"m/internal/data"}},
		{ImportPath: "m/internal/data", Name: "data"},
	}
	var got []string
	for _, p := range all {
		if p.inUse(all) {
			got = append(got, strings.TrimPrefix(p.ImportPath, "m/"))
		}
	}
	if want := "kit kit/internal/probe internal/server internal/socket"; strings.Join(got, " ") != want {
		t.Errorf("got %v, want %s", got, want)
	}
}
