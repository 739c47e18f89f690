package experiment

import (
	"testing"

	"github.com/vramlab/vramlab/bench/internal/result"
	"github.com/vramlab/vramlab/bench/schema"
	"github.com/vramlab/vramlab/internal/churn"
	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/strategies/kernelwork"
)

// asKernel is the twin of a strategy under the strategy's own name.
func asKernel(t *testing.T, name string) strategies.Strategy {
	twin, ok := kernelwork.For(name)
	if !ok {
		t.Fatalf("%s has no twin", name)
	}
	s := twin.Strategy()
	s.Name = name
	return s
}

// TestKernelWork: a line for each strategy that places as the kernel's of its name does,
// the same each time.
func TestKernelWork(t *testing.T) {
	impostor := churn.FirstFit
	impostor.Name = "buddy_6.18"
	e := testEnv(asKernel(t, "buddy_6.11"), asKernel(t, "rangemgr"), impostor, churn.FirstFit)
	w := churn.Workload("churn", 2000)
	e.Streams = []Stream{{w.Name, w.Region, w.Ops(1, 0)}}
	var first []result.Line
	for range 2 {
		var lines []result.Line
		e.Write = func(l ...result.Line) error { lines = append(lines, l...); return nil }
		cells, err := KernelWork.SetUp(t.Context(), e)
		if err != nil || len(cells) > 0 {
			t.Fatalf("%d cells, error %v", len(cells), err)
		}
		written := 0
		for _, l := range lines {
			if len(l.Values) == 0 {
				continue
			}
			written++
			inTable(t, l)
			if steps, _ := value(l, schema.KernelStepsPerOp); steps < 1 {
				t.Errorf("%s: %v steps an operation", l.Name, steps)
			}
		}
		if written != 2 {
			t.Errorf("%d lines, want those of buddy_6.11 and rangemgr: %v", written, lines)
		}
		if first == nil {
			first = lines
		}
		for i := range lines {
			if string(first[i].Append(nil)) != string(lines[i].Append(nil)) {
				t.Errorf("first %s, then %s", first[i].Append(nil), lines[i].Append(nil))
			}
		}
	}
}

// TestKernelWorkEnds: a replay ends with the operation in which the twin reaches the most
// steps, and its line says how many operations it is of.
func TestKernelWorkEnds(t *testing.T) {
	twin, _ := kernelwork.For("rangemgr")
	w := churn.Workload("churn", 2000)
	p := &twinPair{strategy: asKernel(t, "rangemgr"), twin: twin, stream: Stream{w.Name, w.Region, w.Ops(1, 0)}}
	if err := p.count(1000); err != nil {
		t.Fatal(err)
	}
	perOp, _ := value(p.line, schema.KernelStepsPerOp)
	if steps := perOp * float64(p.line.Iters); steps < 999 || steps > 1300 || p.line.Iters > 900 {
		t.Errorf("%v steps in %d operations, want a thousand", steps, p.line.Iters)
	}
}
