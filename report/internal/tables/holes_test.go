package tables

import (
	"testing"

	"github.com/vramlab/vramlab/report/internal/fixture"
	"github.com/vramlab/vramlab/report/internal/judge"
	"github.com/vramlab/vramlab/report/internal/rundir"
	"github.com/vramlab/vramlab/report/internal/testrun"
)

func TestOddSweep(t *testing.T) {
	cell := func(table ...float64) *rundir.HoleCell { return &rundir.HoleCell{Table: table, Segs: 1} }
	key := func(strategy string, size, hole uint64) rundir.HoleKey {
		return rundir.HoleKey{Strategy: strategy, Builder: "grow", Size: size, Hole: hole}
	}
	for name, sweep := range map[string]map[rundir.HoleKey]*rundir.HoleCell{
		"one point":     {key("a", 4096, 4096): cell(1e-9)},
		"only refusals": {key("a", 4096, 4096): {Refused: true}},
		"no time":       {key("a", 4096, 4096): cell()},
		"all equal": {key("a", 4096, 4096): cell(1e-9), key("a", 4096, 8192): cell(1e-9),
			key("b", 4096, 4096): cell(1e-9), key("b", 4096, 8192): cell(1e-9)},
		"no floor": {key("a", 64<<20, 4096): cell(1e-6), key("a", 64<<20, 8192): cell(2e-6)},
		"a gap":    {key("a", 64<<20, 1<<30): cell(1e-6), key("a", 64<<20, 4096): cell(1e-3)},
		"below p99": {key("a", 4096, 8192): {Table: []float64{2e-9}, P99: []float64{1e-9}},
			key("a", 4096, 4096): {Table: []float64{2e-9}, P99: []float64{5}}},
		"served again": {key("a", 1<<20, 1<<20): cell(1e-9), key("a", 1<<20, 1<<19): {Refused: true}, key("a", 1<<20, 1<<18): cell(1e-9)},
		"unknown":      {key("x", 4096, 4096): cell(1e-9)},
	} {
		t.Run(name, func(t *testing.T) {
			r := judge.Run{Run: &rundir.Run{Strategies: []string{"a", "b"}}, Times: &judge.Times{Self: &judge.SelfTest{}}}
			r.Curves.Holes = sweep
			lines := judge.HolesLines(r.Strategies, r.Curves.Holes)
			if len(lines) == 0 {
				return
			}
			f, err := holesFigure(r.Strategies, r.Workloads, lines)
			fixture.Must(t, err)
			testrun.CheckFigure(t, f)
		})
	}
}
