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
panic("1 < 2") -> `
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
