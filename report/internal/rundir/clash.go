package rundir

import (
	"fmt"
	"math"
	"strings"

	"github.com/vramlab/vramlab/bench/schema"
	"github.com/vramlab/vramlab/report/internal/text"
)

// pairName names a strategy on a workload.
type pairName struct{ workload, strategy string }

// A bound is what the other values of its line leave to a value: a rule of package
// rundir for one unit. A new one is a line in bounds. Values that a line does not have
// are NaN, and a bound that is NaN bounds nothing.
type bound struct {
	unit   *schema.Unit
	lo, hi func(l line) float64
	of     *schema.Bench // nil: of every benchmark
}

// apart reports whether rounding does not explain that a value is not another. That of
// a share of 0 is that of the whole.
func apart(u *schema.Unit, v, w float64) bool {
	scale := math.Abs(w)
	if strings.HasSuffix(u.Name, "-pct") {
		scale = 100
	}
	return math.Abs(v-w) > 1e-8*scale
}

// bounds are checked one behind the other; of a value the first that is broken counts.
var bounds = []bound{
	{unit: schema.SegsPerTable, lo: constant(1)},
	{unit: schema.EntriesPerTable, lo: constant(1)},
	{unit: schema.P5Ns, lo: quantile(schema.P1Ns)},
	{unit: schema.P10Ns, lo: quantile(schema.P5Ns)},
	{unit: schema.P25Ns, lo: quantile(schema.P10Ns)},
	{unit: schema.P50Ns, lo: quantile(schema.P25Ns)},
	{unit: schema.P75Ns, lo: quantile(schema.P50Ns)},
	{unit: schema.P90Ns, lo: quantile(schema.P75Ns)},
	{unit: schema.P95Ns, lo: quantile(schema.P90Ns)},
	{unit: schema.P99Ns, lo: quantile(schema.P95Ns)},
	{unit: schema.P99Ns, lo: quantile(schema.P50Ns)},
	{unit: schema.P999Ns, lo: quantile(schema.P99Ns)},
	{unit: schema.P9999Ns, lo: quantile(schema.P999Ns)},
	{unit: schema.MaxNs, lo: quantile(schema.P999Ns)},
	{unit: schema.MaxNs, lo: quantile(schema.P50Ns)},
	{unit: schema.CaptureP99Ns, lo: quantile(schema.CaptureP50Ns)},
	{unit: schema.LargestBytes, hi: value(schema.FreeBytes)},
	{unit: schema.FragPct, lo: outsideLargest, hi: outsideLargest},
	{unit: schema.Unusable2MPct, lo: value(schema.Unusable64KPct)},
	{unit: schema.FailPct, lo: failing, hi: failed},
	{unit: schema.EntriesPerTable, lo: pteSum, hi: pteSum, of: schema.Policies},
	{unit: schema.Cover2MPct, lo: covered(1), hi: covered(1), of: schema.Policies},
	{unit: schema.Cover64KPct, lo: covered(2), hi: covered(2), of: schema.Policies},
	{unit: schema.ReachBytes, lo: reach, hi: reach, of: schema.Policies},
	{unit: schema.EntriesPerTable, lo: value(schema.SegsPerTable), of: schema.Builders},
	{unit: schema.KernelStepsPerOp, lo: value(schema.KernelListStepsPerOp), of: schema.KernelWork},
	{unit: schema.KernelStepsPerOp, lo: value(schema.KernelTreeNodesPerOp), of: schema.KernelWork},
}

func constant(v float64) func(line) float64 { return func(line) float64 { return v } }

func value(u *schema.Unit) func(line) float64 { return func(l line) float64 { return l.number(u) } }

// quantile is a lower quantile, without the width of a bar of the histogram of times.
func quantile(u *schema.Unit) func(line) float64 {
	return func(l line) float64 { return 0.9 * l.number(u) }
}

// outsideLargest is the share of free memory outside the largest hole, in percent.
func outsideLargest(l line) float64 {
	if free, largest := l.number(schema.FreeBytes), l.number(schema.LargestBytes); free > 0 && largest <= free {
		return 100 * (1 - largest/free)
	}
	return math.NaN()
}

// leastShare is below the share of one request of any interval, in percent.
const leastShare = 1e-5

// failing and failed: where a request was refused, a share of them was, and a share only
// there.
func failing(l line) float64 {
	if l.number(schema.Refused) > 0 {
		return leastShare
	}
	return 0
}

func failed(l line) float64 {
	if l.number(schema.Refused) == 0 {
		return 0
	}
	return 100
}

func pteSum(l line) (sum float64) {
	for _, s := range PTESizes {
		sum += l.number(s.unit)
	}
	return sum
}

// reach is what 512 entries map on average.
func reach(l line) (bytes float64) {
	for _, s := range PTESizes {
		bytes += l.number(s.unit) * s.Bytes
	}
	return 512 * bytes / pteSum(l)
}

// covered is the share of the bytes mapped that entries of the first n sizes map, in
// percent.
func covered(n int) func(line) float64 {
	return func(l line) float64 {
		var part, all float64
		for i, s := range PTESizes {
			bytes := l.number(s.unit) * s.Bytes
			if i < n {
				part += bytes
			}
			all += bytes
		}
		return 100 * part / all
	}
}

// limits are the least and the most that a value of a unit can be, by the unit alone.
func limits(u *schema.Unit) (lo, hi float64) {
	switch {
	case strings.HasSuffix(u.Name, "-pct"):
		return 0, 100
	case strings.HasSuffix(u.Name, "-B") && u != schema.ReachBytes:
		return 0, 1 << 64
	}
	return 0, math.MaxFloat64
}

// broken is the bound that a value breaks, if it breaks one.
func (l line) broken(u *schema.Unit, v float64) (against float64, ok bool) {
	if lo, hi := limits(u); v < lo || v > hi {
		return max(lo, min(hi, v)), true
	}
	for _, b := range bounds {
		if b.unit != u || b.of != nil && b.of != l.bench {
			continue
		}
		if b.lo != nil {
			if lo := b.lo(l); v < lo && apart(u, v, lo) {
				return lo, true
			}
		}
		if b.hi != nil {
			if hi := b.hi(l); v > hi && apart(u, v, hi) {
				return hi, true
			}
		}
	}
	return 0, false
}

// A checker looks at every line of the files of results.
type checker struct {
	first map[string]map[*schema.Unit]float64 // exact values, by name; NaN: they differ
	found map[pairName][]Clash
}

func newChecker() *checker {
	return &checker{make(map[string]map[*schema.Unit]float64), make(map[pairName][]Clash)}
}

// look checks a line. What is wrong with the replay of a strategy on a workload is kept for
// the workload; a line of anything else is complained about, and bad is true if it is to be
// left out. The units of which samples differ are noted in the line.
func (c *checker) look(l *line) (bad bool) {
	if l.bench == nil {
		return false
	}
	of := pairName{l.get(schema.Workload), l.get(schema.Strategy)}
	for _, v := range l.Values {
		u := schema.FindUnit(v.Unit)
		if u == nil || !sane(v.Value) {
			continue
		}
		k := Clash{Bench: l.bench, Unit: u, Said: v.Value}
		against, broken := l.broken(u, v.Value)
		if !broken {
			if against, broken = c.differs(l, u, v.Value); !broken {
				continue
			}
			k.Samples = true
		}
		k.Against = against
		switch {
		case of.workload != "":
			c.keep(of, k)
		case k.Samples:
			l.disputed = append(l.disputed, u)
			l.complain("%s %s here, %s in a line before: a count should be the same in every sample, so it is left out", text.Exact(k.Said), u.Name, text.Exact(against))
		default:
			l.complain("%s: the line is left out", k.breach())
			bad = true
		}
	}
	return bad
}

// breach says what a value breaks.
func (k Clash) breach() string {
	than := "less"
	if k.Said > k.Against {
		than = "more"
	}
	return fmt.Sprintf("%s %s is %s than the %s that is possible", text.Exact(k.Said), k.Unit.Name, than, text.Exact(k.Against))
}

// differs reports whether an exact value is another than in a line of the same name before.
// The moments of a series have one line each, of which there may be a million.
func (c *checker) differs(l *line, u *schema.Unit, v float64) (before float64, ok bool) {
	if !u.Exact || l.bench == schema.Series {
		return 0, false
	}
	values := c.first[string(l.Name)]
	if values == nil {
		values = make(map[*schema.Unit]float64)
		c.first[string(l.Name)] = values
	}
	before, seen := values[u]
	if !seen {
		values[u] = v
	}
	return before, seen && before != v
}

// keep keeps a clash, one of a kind.
func (c *checker) keep(of pairName, k Clash) {
	for _, old := range c.found[of] {
		if old.Bench == k.Bench && old.Unit == k.Unit && old.Samples == k.Samples {
			return
		}
	}
	c.found[of] = append(c.found[of], k)
}
