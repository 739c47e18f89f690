package judge

import (
	"math"
	"slices"

	"github.com/vramlab/vramlab/bench/schema"
	"github.com/vramlab/vramlab/report/internal/rundir"
	"github.com/vramlab/vramlab/report/internal/stat"
)

// SelfTest is the A/A lane: every strategy compared with itself, measured a
// second time in the same schedule. What differs there is noise, so it says
// what a difference between two strategies is worth.
type SelfTest struct {
	Basis   rundir.Basis // by which clock the times were taken
	Lanes   []Lane
	Able    int     // lanes with samples enough to show a difference
	Short   int     // lanes left out because a replay is too short to time
	Unused  int     // lanes left out because the times of their strategy are compared with none
	Differ  int     // lanes with p < 0.05, which chance alone makes of one in twenty
	Typical float64 // median relative difference of those; half the time is as far off as double
	Median  float64 // median relative difference of all lanes
	Largest float64 // and the largest
	Excess  bool    // more lanes differ than chance explains
	Failed  bool    // and by enough to silence the run
	half    float64 // what half of the lanes stay below, as the logarithm of a ratio
	common  float64 // what nine of ten lanes stay below (of fewer than ten, the largest), as the logarithm of a ratio
}

// Lacking are those of some strategies whose noise on the workload is not known: they
// have no lane there that could differ.
func (t *SelfTest) Lacking(w *rundir.Workload, of []int) []int {
	var out []int
	for _, s := range of {
		able := func(l Lane) bool { return l.Workload == w.Name && l.Strategy == s && AbleToDiffer(l.Pair) }
		if !slices.ContainsFunc(t.Lanes, able) {
			out = append(out, s)
		}
	}
	return out
}

// Silent reports whether no time of the run is called: the lanes failed, or none
// can show a difference and the noise is unknown.
func (t *SelfTest) Silent() bool { return t.Failed || t.Able == 0 }

// Lane is one strategy on one workload against itself.
type Lane struct {
	Workload string
	Strategy int
	Pair     Pair
}

// When the lanes silence a whole run. Memory layout alone gives two instances
// of one allocator a percent or two, and a neighbour on the machine may spoil
// one lane by much: neither says anything of the other workloads. Those
// differences are floors instead, below which nothing is called. Silencing a run
// whenever lanes differ more often than chance would silence every run.
const (
	chance = 0.01 // a number of lanes that chance reaches more rarely is an excess
	loud   = 0.03 // only lanes that differ by this much count
	usual  = 0.10 // half of the lanes off by this much silence it whatever the tests say
)

// testSelf compares every strategy whose times are compared with its own second lane.
// The lanes of others say nothing of those comparisons.
func testSelf(workloads []*rundir.Workload, strategies int, clock Clock) *SelfTest {
	t := new(SelfTest)
	for _, w := range workloads {
		same := timed(w, strategies)
		short := clock.tooShort(w, same)
		for s := range strategies {
			if !slices.Contains(same, s) && w.OpTime(schema.AA, s) != nil {
				t.Unused++
			}
		}
		for _, s := range same {
			p, ok := ComparePair(w.OpTime(schema.AllocFree, s), w.OpTime(schema.AA, s))
			switch {
			case !ok:
			case short:
				t.Short++
			default:
				t.Lanes = append(t.Lanes, Lane{w.Name, s, p})
			}
		}
	}
	t.judge()
	return t
}

// judge sums the lanes up.
func (t *SelfTest) judge() {
	var all, differing []float64
	tooLoud := 0
	for _, l := range t.Lanes {
		d := math.Expm1(l.Pair.Distance())
		all = append(all, d)
		t.Largest = max(t.Largest, d)
		if AbleToDiffer(l.Pair) {
			t.Able++
		}
		if l.Pair.Cmp.P >= stat.Alpha {
			continue
		}
		differing = append(differing, d)
		if d >= loud {
			tooLoud++
		}
	}
	t.Differ = len(differing)
	t.Typical, t.Median = stat.OrZero(stat.Median(differing)), stat.OrZero(stat.Median(all))
	t.Excess = chanceOf(t.Differ, t.Able) < chance
	t.Failed = chanceOf(tooLoud, t.Able) < chance || t.Median >= usual
	if n := len(all); n > 0 { // Median has sorted them
		t.half, t.common = math.Log1p(all[n/2]), math.Log1p(all[n*9/10])
	}
}

// AbleToDiffer reports whether a pair has samples enough for the rank test to call
// it different.
func AbleToDiffer(p Pair) bool { return min(p.Cmp.N1, p.Cmp.N2) >= stat.SamplesFor(1) }

// chanceOf is the probability that k or more of n comparisons of equals
// differ at the level alpha.
func chanceOf(k, n int) float64 {
	below := 0.0
	p := math.Pow(1-stat.Alpha, float64(n)) // of exactly none
	for i := range k {
		below += p
		p *= float64(n-i) / float64(i+1) * stat.Alpha / (1 - stat.Alpha)
	}
	return max(0, 1-below)
}

// Floor is the difference up to which none is called on the workload, as the
// logarithm of a ratio: the largest that a strategy had against itself there, and at
// least what half of the lanes of the run stay below. Where the samples of one strategy on
// one workload lie far apart its own lane shows it; taking the worst lanes for all cells
// made a run blind to 5 % where every other lane was within one. A workload without a lane
// has what nine of ten stay below, of fewer than ten the largest.
func (t *SelfTest) Floor(workload string) float64 {
	f, known := t.half, false
	for _, l := range t.Lanes {
		if l.Workload == workload {
			f, known = max(f, l.Pair.Distance()), true
		}
	}
	if known {
		return f
	}
	return t.common
}

// Unseen is the difference that a tie leaves open: what the run would have called
// between the strategy that takes least and any of those tied with it, and never less
// than what it measured and did not call.
func (t *Times) Unseen(v Verdict) float64 {
	d := 0.0
	for _, s := range v.Tied {
		if p, ok := t.Pair(v.Workload, v.Best, s); ok {
			d = max(d, t.Detects(v.Workload, v.Best, s), math.Abs(p.Delta))
		}
	}
	return d
}

// Detects is the smallest difference in time that the run would have called
// on the workload between strategies a and b: from the spread of both A/A
// lanes and the number of samples, beyond what a lane differed by, and never below a
// tick of the clock or the interval of either median: outliers widen that one, and not
// the spread.
func (t *Times) Detects(w *rundir.Workload, a, b int) float64 {
	var square float64
	n, wide := math.MaxInt, 0.0
	for _, s := range []int{a, b} {
		c := w.OpTime(schema.AllocFree, s)
		if c == nil {
			return math.Inf(1)
		}
		wide = max(wide, halfWidth(c))
		values := slices.Clone(c.Sample.Values)
		n = min(n, len(values))
		if again := w.OpTime(schema.AA, s); again != nil {
			values = append(values, again.Sample.Values...)
		}
		sp := stat.Spread(values)
		square += sp * sp / 2
	}
	seen := math.Log1p(stat.Detectable(math.Sqrt(square), n, t.Tests)) + t.Self.Floor(w.Name)
	return max(math.Expm1(max(seen, wide)), 1/t.Clock.Shortest(w, []int{a, b}))
}

// halfWidth is how far the interval of a median reaches, as the logarithm of a ratio.
func halfWidth(c *rundir.Cell) float64 {
	if !(c.Sum.Lo > 0) {
		return math.Inf(1)
	}
	return max(math.Log(c.Sum.Hi/c.Sum.Center), math.Log(c.Sum.Center/c.Sum.Lo))
}
