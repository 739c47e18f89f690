package experiment

import (
	"math"
	"testing"

	"github.com/vramlab/vramlab/bench/internal/result"
	"github.com/vramlab/vramlab/bench/schema"
	"github.com/vramlab/vramlab/internal/churn"
	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/strategies/kernelwork"
	"github.com/vramlab/vramlab/workloads"
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

// TestKernelWork: a line for each strategy of a kernel, the same each time. One that places
// otherwise than the kernel of its name is told by the operation.
func TestKernelWork(t *testing.T) {
	impostor := churn.FirstFit
	impostor.Name = "buddy_6.18"
	e := testEnv(asKernel(t, "buddy_6.11"), asKernel(t, "rangemgr"), impostor, churn.FirstFit)
	w := churn.Workload("churn", 2000)
	e.Streams = []Stream{{Workload: w.Name, Region: w.Region, Ops: w.Ops(1, 0), Strategies: e.Strategies}}
	var first []result.Line
	for range 2 {
		var lines []result.Line
		e.Write = func(l ...result.Line) error { lines = append(lines, l...); return nil }
		cells, err := KernelWork.SetUp(t.Context(), e)
		if err != nil || len(cells) > 0 || len(lines) != 3 {
			t.Fatalf("%d cells, %d lines, error %v", len(cells), len(lines), err)
		}
		for i, l := range lines {
			inTable(t, l)
			steps, counted := value(l, schema.KernelStepsPerOp)
			at, differs := value(l, schema.KernelDiffersOp)
			if other := i == 2; counted == other || differs != other || counted && steps < 1 || differs && (at < 1 || len(l.Values) > 1) {
				t.Errorf("%s: %v steps an operation, differs in operation %v", l.Name, steps, at)
			}
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

// TestKernelWorkEnds: the replays of a stream end together, with the operation in which one
// of the twins reaches the most steps, and the lines say how many operations they are of.
func TestKernelWorkEnds(t *testing.T) {
	w := churn.Workload("churn", 2000)
	stream := Stream{Workload: w.Name, Region: w.Region, Ops: w.Ops(1, 0)}
	lines, err := kernelWorkOf([]strategies.Strategy{asKernel(t, "buddy_6.11"), asKernel(t, "rangemgr")}, stream, 1000)
	if err != nil || len(lines) != 2 {
		t.Fatalf("%d lines, error %v", len(lines), err)
	}
	most := 0.0
	for _, l := range lines {
		perOp, _ := value(l, schema.KernelStepsPerOp)
		most = max(most, perOp*float64(l.Iters))
	}
	if most < 999 || most > 1300 || lines[0].Iters > 900 || lines[0].Iters != lines[1].Iters {
		t.Errorf("%v steps in %d and %d operations, want a thousand in as many", most, lines[0].Iters, lines[1].Iters)
	}
}

// TestKernelWorkShares: strategies with one twin have one count of it.
func TestKernelWorkShares(t *testing.T) {
	w := churn.Workload("churn", 500)
	again := asKernel(t, "buddy_7.1")
	again.Name = "buddy"
	lines, err := kernelWorkOf([]strategies.Strategy{asKernel(t, "buddy_7.1"), again}, Stream{Workload: w.Name, Region: w.Region, Ops: w.Ops(1, 0)}, mostKernelSteps)
	if err != nil || len(lines) != 2 {
		t.Fatalf("%d lines, error %v", len(lines), err)
	}
	a, _ := value(lines[0], schema.KernelStepsPerOp)
	b, _ := value(lines[1], schema.KernelStepsPerOp)
	if a != b || a < 1 {
		t.Errorf("%v and %v steps an operation, want the same", a, b)
	}
}

// refusing is an allocator that refuses its third request.
type refusing struct {
	strategies.Allocator
	requests int
}

func (r *refusing) Alloc(dst []strategies.Block, req strategies.Request) ([]strategies.Block, error) {
	if r.requests++; r.requests == 3 {
		return dst, strategies.ErrNoSpace
	}
	return r.Allocator.Alloc(dst, req)
}

// TestKernelWorkByOperation: a strategy that refuses its third request, the fourth operation,
// differs there. Steps that are just those of so many operations end the replay with these.
func TestKernelWorkByOperation(t *testing.T) {
	kernel := asKernel(t, "rangemgr")
	differs := kernel
	differs.New = func(r strategies.Region) (strategies.Allocator, error) {
		a, err := kernel.New(r)
		return &refusing{Allocator: a}, err
	}
	alloc := func(slot uint32) workloads.Op {
		return workloads.Op{Slot: slot, Req: strategies.Request{Size: 4096}}
	}
	stream := Stream{Workload: "w", Region: churn.Region, Ops: []workloads.Op{alloc(0), alloc(1), {Kind: workloads.Free}, alloc(2), alloc(3), alloc(4)}}
	work := func(s strategies.Strategy, ops int, most uint64) result.Line {
		stream := stream
		stream.Ops = stream.Ops[:ops]
		lines, err := kernelWorkOf([]strategies.Strategy{s}, stream, most)
		if err != nil || len(lines) != 1 {
			t.Fatalf("lines %v, error %v", lines, err)
		}
		return lines[0]
	}
	wantLine(t, work(differs, 6, mostKernelSteps), 4, 4)
	for n := 1; n < 6; n++ {
		steps, _ := value(work(kernel, n, mostKernelSteps), schema.KernelStepsPerOp)
		most := uint64(math.Round(steps * float64(n)))
		if l := work(kernel, 6, most); most == 0 || l.Iters > n {
			t.Errorf("%d steps are those of %d operations, and end with %d", most, n, l.Iters)
		}
		if l := work(kernel, 6, most+1); l.Iters <= n {
			t.Errorf("%d steps and one more end with %d operations, want more than %d", most, l.Iters, n)
		}
	}
}
