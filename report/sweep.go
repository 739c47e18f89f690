package report

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
)

// sweepLine is what building the table of one request costs one strategy,
// hole size by hole size, the largest first.
type sweepLine struct {
	strategy int
	size     uint64
	points   []sweepPoint
	refuses  bool // from some hole size on
}

type sweepPoint struct {
	hole        uint64
	median, p99 float64 // seconds
	segs        float64
}

func (l sweepLine) last() sweepPoint { return l.points[len(l.points)-1] }

// sweepLines are the lines of one builder, by strategy, the largest request
// first.
func sweepLines(names Names, sweep Sweep) []sweepLine {
	builder := sweep.builder()
	var keys []sweepKey
	for k := range sweep {
		if k.builder == builder && names.index(k.strategy) >= 0 {
			keys = append(keys, k)
		}
	}
	slices.SortFunc(keys, func(a, b sweepKey) int {
		if c := names.index(a.strategy) - names.index(b.strategy); c != 0 {
			return c
		}
		if a.size != b.size {
			return cmp.Compare(b.size, a.size)
		}
		return cmp.Compare(b.hole, a.hole)
	})
	var lines []sweepLine
	for _, k := range keys {
		c := sweep[k]
		s := names.index(k.strategy)
		if n := len(lines); n == 0 || lines[n-1].strategy != s || lines[n-1].size != k.size {
			lines = append(lines, sweepLine{strategy: s, size: k.size})
		}
		l := &lines[len(lines)-1]
		switch m := median(c.table); {
		case c.refused:
			l.refuses = true
		case m > 0:
			l.points = append(l.points, sweepPoint{k.hole, m, max(m, orZero(median(c.p99))), c.segs})
		}
	}
	return slices.DeleteFunc(lines, func(l sweepLine) bool { return len(l.points) == 0 })
}

// sweepFinding is what the lines have in common.
type sweepFinding struct {
	floorLo, floorHi float64 // medians while one hole holds the request
	flat             bool    // the floor is one: its ends are within a factor of two
	growth           float64 // typical factor for a halving of the hole, once smaller than the request
	scatter, refuse  []int   // strategies
	entries          float64 // most entries
	costliest        float64 // seconds
}

func findSweep(lines []sweepLine) sweepFinding {
	f := sweepFinding{floorLo: math.Inf(1)}
	var steps []float64
	for _, l := range lines {
		list := &f.scatter
		if l.refuses {
			list = &f.refuse
		}
		if !slices.Contains(*list, l.strategy) {
			*list = append(*list, l.strategy)
		}
		for i, p := range l.points {
			if p.hole >= l.size {
				f.floorLo, f.floorHi = min(f.floorLo, p.median), max(f.floorHi, p.median)
			}
			if i > 0 && p.hole <= l.size/8 {
				steps = append(steps, p.median/l.points[i-1].median)
			}
			f.entries, f.costliest = max(f.entries, p.segs), max(f.costliest, p.median)
		}
	}
	f.growth = median(steps)
	f.flat = f.floorHi > 0 && f.floorHi < 2*f.floorLo
	return f
}

// heading states what the sweep found.
func (f sweepFinding) heading() prose {
	var parts []string
	if len(f.scatter) > 0 && f.growth > 1 {
		verb := "pays"
		if len(f.scatter) > 1 {
			verb = "pay"
		}
		by := fmt.Sprintf("%s up to %s for %s", verb, duration(f.costliest), plural(f.entries, "entry", "entries"))
		if f.growth > 1.7 && f.growth < 2.3 {
			by = verb + " double for each halving"
		}
		parts = append(parts, list(marks(f.scatter))+" "+by)
	}
	if len(f.refuse) > 0 {
		verb := "refuses"
		if len(f.refuse) > 1 {
			verb = "refuse"
		}
		parts = append(parts, list(marks(f.refuse))+" "+verb)
	}
	then := strings.Join(parts, ", and ")
	switch {
	case f.floorHi == 0:
		return "Of the sweep this run holds only refusals"
	case then == "":
		return prose("An sg table costs " + timeRange(f.floorLo, f.floorHi) + " as long as a hole holds the request")
	case f.flat:
		return prose("An sg table costs the same until holes are smaller than the request; then " + then)
	}
	return prose("An sg table costs " + timeRange(f.floorLo, f.floorHi) + " until holes are smaller than the request; then " + then)
}

// ends are the byte-weighted mean hole sizes in which the workloads ended.
func ends(workloads []*workload, s int) []float64 {
	var out []float64
	for _, w := range workloads {
		if p := w.placement(s); p != nil && p.end.meanLen > 0 {
			out = append(out, p.end.meanLen)
		}
	}
	return out
}

// sweepCaption says what limits the figure.
func sweepCaption(names Names, workloads []*workload) prose {
	text := "Controlled sweep: memory is pinned so that every hole has one size."
	lo, hi := math.Inf(1), 0.0
	for s := range names {
		for _, e := range ends(workloads, s) {
			lo, hi = min(lo, e), max(hi, e)
		}
	}
	switch {
	case hi == 0:
		return prose(text)
	case lo >= 32<<20:
		return prose(text + fmt.Sprintf(" The workloads of this run all ended far left, with holes of %s and more: there the number of entries follows from the request (a buddy splits 11 pages into 8 + 2 + 1), not from fragmentation. Expect the cost on the right only near full.", size(uint64(lo))))
	}
	return prose(text + fmt.Sprintf(" The workloads of this run ended with holes of %s to %s (mean by bytes): what a table costs there stands above the stroke.", size(uint64(lo)), size(uint64(hi))))
}
