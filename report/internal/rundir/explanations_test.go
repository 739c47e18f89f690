package rundir

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/vramlab/vramlab/bench/schema"
	"github.com/vramlab/vramlab/report/internal/fixture"
	"github.com/vramlab/vramlab/workloads/reason"
)

// Explanations stand with the placements that they are of, in the order of the operations;
// what cannot be is a warning. A run without the file has none, and no warning.
func TestExplanations(t *testing.T) {
	f := fixture.Plain()
	dir := f.Write(t)
	r, err := Read(dir)
	fixture.Must(t, err)
	gfx := r.Workload("gfx")
	if r.Warnings.added != 0 || gfx.Placement(1).Why != nil {
		t.Fatalf("without the file: %v, %v", r.Warnings.All(), gfx.Placement(1).Why)
	}
	managed := gfx.Placement(1).Region.Managed()
	var lines strings.Builder
	for _, x := range []reason.Explanation{
		{Workload: "gfx", Strategy: f.Strategies[1], Op: 9},
		{Workload: "gfx", Strategy: f.Strategies[1], Op: 3},
		{Workload: "gfx", Strategy: f.Strategies[1], Op: 9},
		{Workload: "gfx", Strategy: f.Strategies[1], Op: 1 << 30}, // behind the end
		{Workload: "none", Strategy: f.Strategies[1], Op: 3},
		{Workload: "gfx", Strategy: "<script>", Op: 3},
	} {
		x.Managed, x.Kind, x.Errno = managed, reason.OwnRules, "ENOSPC"
		fixture.Must(t, reason.Write(&lines, []*reason.Explanation{&x}))
	}
	fixture.Must(t, os.WriteFile(filepath.Join(dir, schema.Explanations), []byte(lines.String()+"{}\n"), 0o666))
	r, err = Read(dir)
	fixture.Must(t, err)
	why := r.Workload("gfx").Placement(1).Why
	if len(why) != 2 || why[0].Op != 3 || why[1].Op != 9 {
		t.Errorf("%d explanations", len(why))
	}
	all := strings.Join(r.Warnings.All(), "\n")
	for _, want := range []string{"explanations.jsonl:7: is no explanation", "explanations.jsonl: 3 left out: explanations of what was not placed"} {
		if !strings.Contains(all, want) {
			t.Errorf("no %q in %s", want, all)
		}
	}
}
