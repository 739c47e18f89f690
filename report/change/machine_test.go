package change_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/vramlab/vramlab/bench/journal"
	"github.com/vramlab/vramlab/bench/schema"
	"github.com/vramlab/vramlab/report/change"
)

// TestMachines: of two machines no time is judged and all that is exact is; another toolchain
// is told and no more.
func TestMachines(t *testing.T) {
	run := func(head string, ns float64) *change.Side {
		return read(t, head+times("BenchmarkX", "ns/op", ten(ns)...)+times("BenchmarkX", "segs/table", ns))
	}
	const exact = "X segs/table worse \n"
	for _, c := range []struct{ older, newer, note, ns string }{
		{"cpu: A\n", "cpu: A\n", "", "worse "},
		{"cpu: A\n", "", "", "worse "},
		{"cpu: A\n", "cpu: B\n", "cpu is A in the old run and B in the new one: times are not judged", "not judged another machine: cpu is A in the old run and B in the new one"},
		{"goarch: amd64\n", "goarch: arm64\n", "goarch is amd64 in the old run and arm64 in the new one: times are not judged", "not judged another machine: goarch is amd64 in the old run and arm64 in the new one"},
		{"cpu: A\n", "cpu: A\nBenchmarkY 1 5 ns/op\ncpu: B\n", "cpu is A in the old run and A and B in the new one: times are not judged", "not judged another machine: cpu is A in the old run and A and B in the new one"},
		{"# go: go1.25\n", "# go: go1.26\n", "go is go1.25 in the old run and go1.26 in the new one: times may differ by that alone", "worse "},
	} {
		older, newer := run(c.older, 100), run(c.newer, 120)
		if got, want := verdicts(older, newer), "X ns/op "+c.ns+"\n"+exact; !strings.HasPrefix(got, want) {
			t.Errorf("%q, %q: got\n%swant\n%s", c.older, c.newer, got, want)
		}
		if notes := change.Compare(older, newer).Notes; slices.Contains(notes, c.note) != (c.note != "") {
			t.Errorf("%q, %q: notes %q, want %q", c.older, c.newer, notes, c.note)
		}
	}
}

// TestInterrupted: a run that was interrupted is not told as a whole one.
func TestInterrupted(t *testing.T) {
	head := journal.Head{Version: journal.Version, Rounds: 10, Files: []string{"run.bench"}}
	run := func(lines ...string) *change.Side {
		dir := t.TempDir()
		files := map[string]string{string(schema.Results): times("BenchmarkX", "ns/op", ten(100)...)}
		if len(lines) > 0 {
			files[schema.Journal] = strings.Join(lines, "")
		}
		for name, text := range files {
			if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666); err != nil {
				t.Fatal(err)
			}
		}
		s, err := change.Read(dir)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	step := func(phase journal.Phase, round, at int) string {
		return string(journal.Step{Phase: phase, Round: round, At: at, Of: 8, Sizes: []int64{100}}.Line())
	}
	whole := run(string(head.Line()), step(journal.Measured, 10, 8), step(journal.Ended, 0, 1))
	for _, c := range []struct {
		newer *change.Side
		want  string // "" for no note
	}{
		{whole, ""},
		{run(), ""},
		{run(string(head.Line()), step(journal.Measured, 4, 3)), "the new run was interrupted in round 4 of 10"},
		{run(string(head.Line()), step(journal.Measured, 3, 8)), "the new run was interrupted after round 3 of 10"},
		{run("dear diary\n"), "the new run may have been interrupted: "},
	} {
		notes := change.Compare(whole, c.newer).Notes
		has := func(of string) bool {
			return slices.ContainsFunc(notes, func(n string) bool { return strings.HasPrefix(n, of) })
		}
		if c.want != "" && !has(c.want) || c.want == "" && has("the new run") || has("the old run") {
			t.Errorf("notes %q, want %q", notes, c.want)
		}
	}
}
