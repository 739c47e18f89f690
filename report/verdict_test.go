package report

import (
	"fmt"
	"math"
	"strings"
	"testing"
)

// planted is a run without traces whose outcome is known.
func planted(strategies int, loads ...fixtureLoad) fixture {
	f := fixture{strategies: []string{"buddy", "rangemgr", "tlsf", "segfit"}[:strategies], scatter: make([]bool, 4), count: 10, noise: 0.002, bare: true}
	for i, l := range loads {
		if l.name == "" {
			l.name = fmt.Sprintf("w%c", 'a'+i)
		}
		l.ops = 1000
		f.loads = append(f.loads, l)
	}
	return f
}

func TestPlantedVerdicts(t *testing.T) {
	times := func(ns ...float64) fixtureLoad { return fixtureLoad{ns: ns} }
	served := func(l fixtureLoad, pct ...float64) fixtureLoad { l.served = pct; return l }
	quick := func(f fixture, n int) fixture { f.count = n; return f }
	noisy := func(f fixture, drift float64) fixture { f.drift = drift; return f }
	tests := []struct {
		name     string
		run      fixture
		kind     Kind
		picks    string
		headline string
		verdict  []string // parts of the first verdict
	}{{
		name: "win", run: planted(2, times(682, 288)), kind: Win, picks: "[1]",
		headline: "Take rangemgr for wa, where it does the same work in 58 % less time",
		verdict:  []string{"wa: rangemgr takes 58 % less time, 288 against 682 ns an operation.", "95 % interval 57.7 to ", "Nothing refused by either."},
	}, {
		name: "win of the base, in percent of the base", run: planted(2, times(100, 150)), kind: Win, picks: "[0]",
		headline: "Take buddy for wa, where rangemgr takes 50 % more time for the same work",
		verdict:  []string{"wa: rangemgr takes 50 % more time, 15"},
	}, {
		name: "a factor, once beyond 90 %", run: planted(2, times(5000, 100)), kind: Win, picks: "[1]",
		headline: "Take rangemgr for wa, where it does the same work in 98 % less time",
		verdict:  []string{"wa: rangemgr takes 1/50 of the time, 100 against 5,"},
	}, {
		name: "tie", run: planted(2, times(300, 300)), kind: Tie, picks: "[0 1]",
		headline: "No difference found on the workload; this run would have seen ",
		verdict:  []string{"wa: no difference found; this run would have seen ", "Nothing refused by either."},
	}, {
		name: "unequal work is no win", run: planted(2, served(times(742, 226), 100, 99.7856)), kind: Unequal, picks: "[0]",
		headline: "Take buddy where requests must not fail (wa)",
		verdict:  []string{"wa: buddy serves everything, rangemgr refuses 2.14 in 1,000 requests.", "rangemgr's 70 % shorter time is no win: it did less work."},
	}, {
		name: "less work in more time", run: planted(2, served(times(200, 300), 100, 99)), kind: Unequal, picks: "[0]",
		headline: "Take buddy where requests must not fail (wa)",
		verdict:  []string{"rangemgr takes no less time either: 30"},
	}, {
		name: "less work of the base in more time", run: planted(2, served(times(300, 200), 99, 100)), kind: Unequal, picks: "[1]",
		headline: "Take rangemgr where requests must not fail (wa)",
		verdict:  []string{"buddy takes no less time either: 300 against 200 ns an operation."},
	}, {
		name: "it depends", run: planted(2, served(times(13767, 277), 99.65, 97.4)), kind: Unequal, picks: "[]",
		headline: "It depends: the strategies did not do the same work on the workload",
		verdict:  []string{"buddy refuses 3.5 in 1,000 requests, rangemgr refuses 26 in 1,000 requests.", "It depends on what a refusal costs", "26 against 3.5 refused per 1,000"},
	}, {
		name: "nothing served by either", run: planted(2, served(times(682, 95), 0, 0)), kind: Nothing, picks: "[]",
		headline: "On the workload nothing was served by either",
		verdict:  []string{"wa: nothing was served by either. There is no work whose time could be compared."},
	}, {
		name: "nothing served by any", run: planted(3, served(times(682, 95, 95), 0, 0, 0), times(300, 100, 200)), kind: Nothing, picks: "[]",
		headline: "Take rangemgr for wb, where",
		verdict:  []string{"wa: nothing was served by any."},
	}, {
		name: "all but one serve nothing", run: planted(2, served(times(682, 95), 100, 0)), kind: Unequal, picks: "[0]",
		headline: "Take buddy where requests must not fail (wa)",
		verdict:  []string{"wa: buddy serves everything, rangemgr refuses 1,000 in 1,000 requests."},
	}, {
		name: "noisy lanes silence times", run: noisy(planted(2, times(682, 288), served(times(742, 226), 100, 99)), 0.3), kind: Noisy, picks: "[0 1]",
		headline: "This run is too noisy to call times; take buddy where requests must not fail (wb)",
		verdict:  []string{"wa: times not called.", "differs from itself by up to "},
	}, {
		name: "too few samples", run: quick(planted(2, times(682, 288)), 3), kind: Few, picks: "[0 1]",
		headline: "Too few samples to call times",
		verdict:  []string{"wa: too few samples to call times.", "3 samples a side cannot call a difference among 1 comparison; 4 or more can."},
	}, {
		name: "alone", run: planted(1, times(300)), kind: Alone, picks: "[0]",
		headline: "buddy takes ", verdict: []string{"wa: buddy takes ", "Serves everything."},
	}, {
		name: "best of four, one of them unequal", run: planted(4, served(times(400, 200, 300, 100), 100, 100, 100, 90)), kind: Win, picks: "[1]",
		headline: "Take rangemgr for wa, where it does the same work in 33 % less time than the next best",
		verdict:  []string{"wa: rangemgr takes 50 % less time", "tlsf: 25 % less time.", "Nothing refused by buddy, rangemgr and tlsf.", "segfit refuses 100 in 1,000 requests and is not counted."},
	}, {
		name: "two that refuse the same, and a third more", run: planted(3, served(times(400, 200, 300), 99, 99, 90)), kind: Win, picks: "[1]",
		headline: "Take rangemgr for wa", verdict: []string{"buddy and rangemgr refuse 10 in 1,000 requests."},
	}, {
		name: "two of four that cannot be told apart", run: planted(4, times(400, 200, 200, 300)), kind: Tie, picks: "[1 2]",
		headline: "No difference found", verdict: []string{"no difference found between "},
	}}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r := load(t, test.run.write(t))
			v := r.verdicts[0]
			if v.Kind != test.kind || fmt.Sprint(v.Picks) != test.picks {
				t.Errorf("kind %d, picks %v; want %d, %s", v.Kind, v.Picks, test.kind, test.picks)
			}
			if got := headlineOf(r); !strings.HasPrefix(got, test.headline) {
				t.Errorf("headline %q, want %q", got, test.headline)
			}
			for _, want := range test.verdict {
				if got := verdictsOf(r)[0]; !strings.Contains(got, want) {
					t.Errorf("verdict %q, want %q in it", got, want)
				}
			}
			if test.kind == Noisy || test.kind == Unequal {
				if got := headlineOf(r); strings.Contains(got, "less time") {
					t.Errorf("headline %q calls a time", got)
				}
			}
		})
	}
}

func load(t testing.TB, dir string) In {
	t.Helper()
	r, err := readRun(dir)
	must(t, err)
	return newIn(r)
}

// A difference that a strategy shows against itself is none, however small
// its p.
func TestFloor(t *testing.T) {
	f := planted(2, fixtureLoad{ns: []float64{300, 306}})
	f.noise, f.drift = 0.001, 0.025
	r := load(t, f.write(t))
	v := r.verdicts[0]
	if p, _ := r.times.Pair(v.Workload, 0, 1); p.adjusted >= alpha {
		t.Fatalf("p %v: the case does not test what it should", p.adjusted)
	}
	if v.Kind != Tie {
		t.Errorf("kind %d, want a tie: the A/A lane differs by more", v.Kind)
	}
}

// Many lanes that are off a little raise the floor and silence nothing; many
// that are off a lot silence the run; one that is off speaks for its workload.
func TestLanes(t *testing.T) {
	loads := func() []fixtureLoad {
		out := []fixtureLoad{{ns: []float64{300, 302}}}
		for range 9 {
			out = append(out, fixtureLoad{ns: []float64{300, 150}})
		}
		return out
	}
	run := func(drift float64) In {
		f := planted(2, loads()...)
		f.noise, f.drift = 0.0002, drift
		return load(t, f.write(t))
	}
	r := run(0.015)
	if !r.times.Self.Excess || r.times.Self.Failed || r.times.Self.Floor("wa") < 0.0149 {
		t.Errorf("lanes off by 1.5 %%: excess %v, failed %v, floor %v; want true, false, 0.015", r.times.Self.Excess, r.times.Self.Failed, r.times.Self.Floor("wa"))
	}
	if v := r.verdicts; v[0].Kind != Tie || v[1].Kind != Win {
		t.Errorf("kinds %d and %d, want a tie below the floor and a win above", v[0].Kind, v[1].Kind)
	}
	if r := run(0.05); !r.times.Self.Failed {
		t.Error("half of the lanes off by 5 % do not silence the run")
	}
	one := SelfTest{}
	for i := range 30 {
		l := Lane{Workload: fmt.Sprint("w", i)}
		l.Pair.Cmp.P = 0.5
		if i == 0 {
			l.Pair.Delta, l.Pair.Cmp.P = -0.4, 0.001
		}
		one.Lanes = append(one.Lanes, l)
	}
	one.judge()
	if one.Failed || one.Floor("w0") != 0.4 || one.Floor("w1") != 0 {
		t.Errorf("one loud lane: failed %v, floors %v and %v; want false, 0.4, 0", one.Failed, one.Floor("w0"), one.Floor("w1"))
	}
}

// Equal shares of served requests are not the same work when the traces show
// that others were refused.
func TestSameWorkByTrace(t *testing.T) {
	w := &workload{name: "w", placed: []*placement{
		{requests: 10, granted: 8, refusals: refusals{n: 2, which: 7}},
		{requests: 10, granted: 8, refusals: refusals{n: 2, which: 8}},
	}}
	if SameWork(w, 0, 1) {
		t.Error("two strategies that refused different requests count as the same work")
	}
	if got := contenders(w, []int{0, 1}); got != nil {
		t.Errorf("contenders %v, want none", got)
	}
	w.placed[1].refusals.which = 7
	if !SameWork(w, 0, 1) {
		t.Error("two strategies that refused the same requests count as unequal work")
	}
}

func TestHolm(t *testing.T) {
	got := holm([]float64{0.01, 0.04, 0.03, 0.005})
	for i, want := range []float64{0.03, 0.06, 0.06, 0.02} { // Holm's own example
		if math.Abs(got[i]-want) > 1e-12 {
			t.Errorf("adjusted p %d: %v, want %v", i, got[i], want)
		}
	}
}

func TestSamplesFor(t *testing.T) {
	for m, want := range map[int]int{1: 4, 2: 5, 7: 6, 15: 6, 23: 6, 24: 7} {
		if got := SamplesFor(m); got != want {
			t.Errorf("%d comparisons: %d samples, want %d", m, got, want)
		}
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
		f := planted(2, fixtureLoad{ns: []float64{200, 200}})
		f.noise = 0.02
		f.loads[0].ns[1] *= 1 + detectable(0.02, f.count, 1)
		f.seed = uint64(seed)
		r := load(t, f.write(t))
		p, _ := r.times.Pair(r.workloads[0], 0, 1)
		truth := detectable(0.02, f.count, 1)
		if p.Lo <= truth && truth <= p.Hi {
			held++
		}
		if p.adjusted < alpha {
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
