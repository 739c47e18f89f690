package rundir

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/vramlab/vramlab/report/internal/fixture"
)

// A run.bench that holds neither a result nor the head of a run is no run; one that was
// stopped before its first result is. What is not there is named.
func TestNothingInRunBench(t *testing.T) {
	for text, want := range map[string]string{
		"":                                     `holds no benchmark line, and not the head "# vramlab run 1"`,
		"\n\n":                                 "holds no benchmark line",
		"\x00\x01\xff garbage\n# date: 2026":   "holds no benchmark line",
		"Unit ns/alloc better=lower\n":         "holds no benchmark line",
		"BenchmarkFoo-2 10 5 ns/op\n":          "(BenchmarkFoo-2), and none has strategy=NAME",
		"# vramlab run 1\n# strategies: a b\n": "",
		"# vramlab run 1\n# date: x\ngoos: linux": "",
	} {
		dir := t.TempDir()
		fixture.Must(t, os.WriteFile(filepath.Join(dir, "run.bench"), []byte(text), 0o666))
		r, err := Read(dir)
		if want == "" {
			if err != nil || !slices.Equal(r.Missing, []string{"curves.bench", "placements/"}) || r.Warnings.LeftOut() != 0 {
				t.Errorf("%q: error %v of a run that was stopped, %+v", text, err, r)
			}
		} else if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: error %v, want %s", text, err, want)
		}
	}
	twice := fixture.Plain().Write(t)
	fixture.Must(t, os.Link(filepath.Join(twice, "placements/small.buddy.trace.gz"), filepath.Join(twice, "placements/copy.trace.gz")))
	r, err := Read(twice)
	fixture.Must(t, err)
	if r.Warnings.LeftOut() != 1 || len(r.Missing) > 0 {
		t.Errorf("%d files left out, missing %v", r.Warnings.LeftOut(), r.Missing)
	}
}
