package report

import (
	"math"
	"slices"
	"strconv"
	"strings"
)

// Sweep is the controlled sweep: what a table costs where every hole has one size.
type Sweep map[sweepKey]*sweepCell

type sweepKey struct {
	strategy, builder string
	size, hole        uint64 // bytes of a request, and of every free extent
}

// sweepCell is one point of the sweep: samples of one table, or a refusal.
type sweepCell struct {
	table, p99 []float64 // seconds
	segs       float64
	refused    bool
}

func (sw Sweep) add(l line) {
	size, ok1 := parseSize(l.get(keySize))
	hole, ok2 := parseSize(l.get(keyHole))
	if !ok1 || !ok2 {
		l.complain("size %q or hole %q is not a size like 64KiB", l.get(keySize), l.get(keyHole))
		return
	}
	k := sweepKey{l.get(keyStrategy), l.get(keyBuilder), size, hole}
	c := sw[k]
	if c == nil {
		c = new(sweepCell)
		sw[k] = c
	}
	if v, ok := l.Value("refused"); ok && v > 0 {
		c.refused = true
	}
	c.table = l.appendTime(c.table, unitTable)
	c.p99 = l.appendTime(c.p99, tails[1])
	l.set(&c.segs, unitSegs)
}

// builder is the first builder that the sweep was measured with.
func (sw Sweep) builder() string {
	var all []string
	for k := range sw {
		all = add(all, k.builder)
	}
	if len(all) == 0 {
		return ""
	}
	return slices.Min(all)
}

// parseSize reads a size as it stands in benchmark names: 4KiB, 2MiB, 4GiB.
func parseSize(s string) (uint64, bool) {
	digits := strings.TrimRight(s, "BKMGTi")
	n, err := strconv.ParseUint(digits, 10, 64)
	if err != nil || n == 0 {
		return 0, false
	}
	shift := map[string]uint{"": 0, "B": 0, "KiB": 10, "MiB": 20, "GiB": 30, "TiB": 40}
	by, ok := shift[s[len(digits):]]
	if !ok || n > math.MaxUint64>>by {
		return 0, false
	}
	return n << by, true
}
