package report

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/vramlab/vramlab/bench"
	"github.com/vramlab/vramlab/report/internal/judge"
	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/strategies/buddy"
	"github.com/vramlab/vramlab/strategies/rangemgr"
	"github.com/vramlab/vramlab/workloads"
)

// Files of a real run do not contradict each other, and none of them is remarked on.
// Contiguous first has second attempts that were needed, not needed, and refused.
func TestTrueRun(t *testing.T) {
	var skip []string
	for _, x := range bench.Experiments() {
		skip = append(skip, x.Name)
	}
	for _, w := range workloads.List() {
		c := bench.Config{
			Dir:        filepath.Join(t.TempDir(), "run"),
			Strategies: []strategies.Strategy{buddy.Strategy, rangemgr.Strategy},
			Workloads:  []workloads.Workload{w},
			Count:      1, Ops: 2000, SampleTime: time.Millisecond,
			Skip: skip,
		}
		if w.Name == "contigfirst" {
			c.Ops = 30000
		}
		if err := bench.Run(t.Context(), c); err != nil {
			t.Fatal(err)
		}
		r := loaded(t, c.Dir).in
		for _, w := range r.Workloads {
			if found := judge.Contradictions(w, len(r.Strategies)); len(found) > 0 {
				t.Errorf("%s: %+v", w.Name, found)
			}
		}
	}
}
