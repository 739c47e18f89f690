package judge

import (
	"fmt"
	"math"
	"testing"

	"golang.org/x/perf/benchmath"

	"github.com/vramlab/vramlab/report/internal/fixture"
	"github.com/vramlab/vramlab/report/internal/rundir"
	"github.com/vramlab/vramlab/report/internal/stat"
)

// A difference that a strategy shows against itself is none, however small
// its p.
func TestFloor(t *testing.T) {
	f := fixture.Planted(2, fixture.Workload{Ns: []float64{300, 306}})
	f.Noise, f.Drift = 0.001, 0.025
	r := judged(t, f.Write(t))
	v := r.Verdicts[0]
	if p, _ := r.Times.Pair(v.Workload, 0, 1); p.adjusted >= stat.Alpha {
		t.Fatalf("p %v: the case does not test what it should", p.adjusted)
	}
	if v.Kind != Tie {
		t.Errorf("kind %d, want a tie: the A/A lane differs by more", v.Kind)
	}
}

// Many lanes that are off a little raise the floor and silence nothing; many
// that are off a lot silence the run; one that is off speaks for its workload.
func TestLanes(t *testing.T) {
	loads := func() []fixture.Workload {
		out := []fixture.Workload{{Ns: []float64{300, 302}}}
		for range 9 {
			out = append(out, fixture.Workload{Ns: []float64{300, 150}})
		}
		return out
	}
	run := func(drift float64) Run {
		f := fixture.Planted(2, loads()...)
		f.Noise, f.Drift = 0.0002, drift
		return judged(t, f.Write(t))
	}
	r := run(0.015)
	if !r.Times.Self.Excess || r.Times.Self.Failed || r.Times.Self.Floor("wa") < 0.0148 {
		t.Errorf("lanes off by 1.5 %%: excess %v, failed %v, floor %v; want true, false, 0.015", r.Times.Self.Excess, r.Times.Self.Failed, r.Times.Self.Floor("wa"))
	}
	if v := r.Verdicts; v[0].Kind != Tie || v[1].Kind != Win {
		t.Errorf("kinds %d and %d, want a tie below the floor and a win above", v[0].Kind, v[1].Kind)
	}
	if r := run(0.05); !r.Times.Self.Failed {
		t.Error("half of the lanes off by 5 % do not silence the run")
	}
	one := SelfTest{}
	for i := range 30 {
		l := Lane{Workload: fmt.Sprint("w", i)}
		l.Pair.Cmp = benchmath.Comparison{P: 0.5, N1: 10, N2: 10}
		if i == 0 {
			l.Pair.Delta, l.Pair.Cmp.P = -0.5, 0.001
		}
		one.Lanes = append(one.Lanes, l)
	}
	one.judge()
	if one.Failed || one.Floor("w0") != math.Ln2 || one.Floor("w1") != 0 {
		t.Errorf("one loud lane: failed %v, floors %v and %v; want false, ln 2, 0", one.Failed, one.Floor("w0"), one.Floor("w1"))
	}
}

// Equal shares of served requests are not the same work when the traces show
// that others were refused.
func TestSameWorkByTrace(t *testing.T) {
	w := &rundir.Workload{Name: "w", Placed: []*rundir.Placement{
		{Requests: 10, Granted: 8, Refusals: rundir.Refusals{N: 2, Which: 7}},
		{Requests: 10, Granted: 8, Refusals: rundir.Refusals{N: 2, Which: 8}},
	}}
	if sameRequests(w, 0, 1) {
		t.Error("two strategies that refused different requests count as the same work")
	}
	w.Placed[1].Refusals.Which = 7
	if !sameRequests(w, 0, 1) {
		t.Error("two strategies that refused the same requests count as unequal work")
	}
}

func TestChanceOf(t *testing.T) {
	check := func(k, n int, want float64) {
		t.Helper()
		if got := chanceOf(k, n); math.Abs(got-want) > 0.001 {
			t.Errorf("%d of %d: %v, want %v", k, n, got, want)
		}
	}
	check(0, 40, 1)
	check(1, 40, 0.871) // 1 - 0.95^40
	check(6, 40, 0.014)
	check(7, 40, 0.003)
}

// The interval must hold the true ratio in nearly all of many runs, and the
// effect that a run says it would see it must mostly see.
func TestIntervalAndPower(t *testing.T) {
	held, seen, of := 0, 0, 40
	for seed := range of {
		f := fixture.Planted(2, fixture.Workload{Ns: []float64{200, 200}})
		f.Noise = 0.02
		f.Loads[0].Ns[1] *= 1 + stat.Detectable(0.02, f.Count, 1)
		f.Seed = uint64(seed)
		r := judged(t, f.Write(t))
		p, _ := r.Times.Pair(r.Workloads[0], 0, 1)
		truth := stat.Detectable(0.02, f.Count, 1)
		if p.Lo <= truth && truth <= p.Hi {
			held++
		}
		if p.adjusted < stat.Alpha {
			seen++
		}
	}
	if held < of*85/100 {
		t.Errorf("the 95 %% interval held the truth in %d of %d runs", held, of)
	}
	if seen < of*60/100 || seen == of {
		t.Errorf("a difference said to be found in four runs of five was found in %d of %d", seen, of)
	}
}

// judged reads and judges the run in dir.
func judged(t *testing.T, dir string) Run {
	t.Helper()
	r, err := rundir.Read(dir)
	fixture.Must(t, err)
	return New(r)
}
