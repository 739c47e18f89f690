package main

import (
	"encoding/json"
	"errors"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestCircles holds that a package can be read in parts: few files need each other
// in a circle, and a package has no more files than a reader can survey.
func TestCircles(t *testing.T) {
	if _, err := exec.LookPath("go"); err != nil {
		t.Skip("the go command is not in PATH")
	}
	const mostFiles, mostInCircle = 25, 7
	packages, exports := listPackages(t)
	for _, p := range packages {
		name := strings.TrimPrefix(p.ImportPath, module)
		if n := len(p.GoFiles); n > mostFiles {
			t.Errorf("%s has %d files, more than %d", name, n, mostFiles)
		}
		if c := largestCircle(p.GoFiles, fileUses(t, p, exports)); len(c) > mostInCircle {
			t.Errorf("%s: %d files need each other in a circle, more than %d: %s", name, len(c), mostInCircle, strings.Join(c, " "))
		}
	}
}

func TestLargestCircle(t *testing.T) {
	for _, tt := range []struct{ uses, want string }{
		{"", "a"},
		{"a>b b>c", "a"},
		{"a>b b>a b>c", "a b"},
		{"a>b b>c c>a c>d d>e e>d", "a b c"},
		{"e>d d>c c>e a>b b>a", "c d e"},
	} {
		uses := make(map[string][]string)
		for _, u := range strings.Fields(tt.uses) {
			from, to, _ := strings.Cut(u, ">")
			uses[from] = append(uses[from], to)
		}
		got := largestCircle([]string{"a", "b", "c", "d", "e"}, uses)
		if len(tt.want) == 1 && len(got) == 1 {
			continue
		}
		if s := strings.Join(got, " "); s != tt.want {
			t.Errorf("%s: got %s, want %s", tt.uses, s, tt.want)
		}
	}
}

// listed is a package as go list prints it.
type listed struct {
	ImportPath, Dir, Export string
	GoFiles                 []string
	DepOnly                 bool
}

// listPackages are the packages of the module, and the files with the export data of
// all that they import.
func listPackages(t *testing.T) (packages []listed, exports map[string]string) {
	t.Helper()
	cmd := exec.Command("go", "list", "-export", "-deps", "-json=ImportPath,Dir,Export,GoFiles,DepOnly", module+"...")
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %v", cmd, err)
	}
	exports = make(map[string]string)
	dec := json.NewDecoder(strings.NewReader(string(out)))
	for {
		var p listed
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			return packages, exports
		} else if err != nil {
			t.Fatal(err)
		}
		exports[p.ImportPath] = p.Export
		if !p.DepOnly {
			packages = append(packages, p)
		}
	}
}

// fileUses says of each file of a package which others declare what it uses.
func fileUses(t *testing.T, p listed, exports map[string]string) map[string][]string {
	t.Helper()
	fset := token.NewFileSet()
	var files []*ast.File
	for _, name := range p.GoFiles {
		f, err := parser.ParseFile(fset, filepath.Join(p.Dir, name), nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, f)
	}
	open := func(path string) (io.ReadCloser, error) { return os.Open(exports[path]) }
	info := types.Info{Uses: make(map[*ast.Ident]types.Object)}
	pkg, err := (&types.Config{Importer: importer.ForCompiler(fset, "gc", open)}).Check(p.ImportPath, fset, files, &info)
	if err != nil {
		t.Fatal(err)
	}
	uses := make(map[string][]string)
	fileOf := func(at token.Pos) string { return filepath.Base(fset.Position(at).Filename) }
	for id, o := range info.Uses {
		if o.Pkg() != pkg || !o.Pos().IsValid() {
			continue
		}
		from, to := fileOf(id.Pos()), fileOf(o.Pos())
		if from != to && !slices.Contains(uses[from], to) {
			uses[from] = append(uses[from], to)
		}
	}
	return uses
}

// largestCircle is the largest set of nodes that all reach each other, sorted
// (Tarjan 1972).
func largestCircle(nodes []string, uses map[string][]string) (largest []string) {
	order := make(map[string]int)  // of the visits, from 1
	lowest := make(map[string]int) // visit reached from a node that is on the stack
	var stack []string
	var visit func(n string)
	visit = func(n string) {
		order[n] = len(order) + 1
		lowest[n] = order[n]
		stack = append(stack, n)
		for _, to := range uses[n] {
			if order[to] == 0 {
				visit(to)
				lowest[n] = min(lowest[n], lowest[to])
			} else if slices.Contains(stack, to) {
				lowest[n] = min(lowest[n], order[to])
			}
		}
		if lowest[n] == order[n] {
			from := slices.Index(stack, n)
			if circle := stack[from:]; len(circle) > len(largest) {
				largest = slices.Sorted(slices.Values(circle))
			}
			stack = stack[:from]
		}
	}
	for _, n := range nodes {
		if order[n] == 0 {
			visit(n)
		}
	}
	return largest
}
