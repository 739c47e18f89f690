package judge

import (
	"cmp"
	"math"
	"slices"

	"github.com/vramlab/vramlab/report/internal/list"
	"github.com/vramlab/vramlab/report/internal/rundir"
	"github.com/vramlab/vramlab/report/internal/stat"
)

// HolesLine is what building the table of one request costs one strategy,
// hole size by hole size, the largest first.
type HolesLine struct {
	Strategy int
	Size     uint64
	Points   []HolesPoint
	Refuses  bool // from some hole size on
}

// HolesPoint is what a table costs with holes of one size.
type HolesPoint struct {
	Hole        uint64
	Median, P99 float64 // seconds
	Segs        float64
}

// Last is the point with the smallest holes.
func (l HolesLine) Last() HolesPoint { return l.Points[len(l.Points)-1] }

// HolesLines are the lines of one builder, by strategy, the largest request
// first.
func HolesLines(names list.Names, sweep rundir.Holes) []HolesLine {
	builder := sweep.Builder()
	var keys []rundir.HoleKey
	for k := range sweep {
		if k.Builder == builder && names.Index(k.Strategy) >= 0 {
			keys = append(keys, k)
		}
	}
	slices.SortFunc(keys, func(a, b rundir.HoleKey) int {
		if c := names.Index(a.Strategy) - names.Index(b.Strategy); c != 0 {
			return c
		}
		if a.Size != b.Size {
			return cmp.Compare(b.Size, a.Size)
		}
		return cmp.Compare(b.Hole, a.Hole)
	})
	var lines []HolesLine
	for _, k := range keys {
		c := sweep[k]
		s := names.Index(k.Strategy)
		if n := len(lines); n == 0 || lines[n-1].Strategy != s || lines[n-1].Size != k.Size {
			lines = append(lines, HolesLine{Strategy: s, Size: k.Size})
		}
		l := &lines[len(lines)-1]
		switch m := stat.Median(c.Table); {
		case c.Refused:
			l.Refuses = true
		case m > 0:
			l.Points = append(l.Points, HolesPoint{k.Hole, m, max(m, stat.OrZero(stat.Median(c.P99))), c.Segs})
		}
	}
	return slices.DeleteFunc(lines, func(l HolesLine) bool { return len(l.Points) == 0 })
}

// HolesFinding is what the lines have in common.
type HolesFinding struct {
	FloorLo, FloorHi float64 // medians while one hole holds the request
	Flat             bool    // the floor is one: its ends are within a factor of two
	Growth           float64 // typical factor for a halving of the hole, once smaller than the request
	Scatter, Refuse  []int   // strategies
	Entries          float64 // most entries
	Costliest        float64 // seconds
}

// FindHoles sums the lines up.
func FindHoles(lines []HolesLine) HolesFinding {
	f := HolesFinding{FloorLo: math.Inf(1)}
	var steps []float64
	for _, l := range lines {
		list := &f.Scatter
		if l.Refuses {
			list = &f.Refuse
		}
		if !slices.Contains(*list, l.Strategy) {
			*list = append(*list, l.Strategy)
		}
		for i, p := range l.Points {
			if p.Hole >= l.Size {
				f.FloorLo, f.FloorHi = min(f.FloorLo, p.Median), max(f.FloorHi, p.Median)
			}
			if i > 0 && p.Hole <= l.Size/8 {
				steps = append(steps, p.Median/l.Points[i-1].Median)
			}
			f.Entries, f.Costliest = max(f.Entries, p.Segs), max(f.Costliest, p.Median)
		}
	}
	f.Growth = stat.Median(steps)
	f.Flat = f.FloorHi > 0 && f.FloorHi < 2*f.FloorLo
	return f
}

// Ends are the byte-weighted mean hole sizes in which the workloads ended.
func Ends(workloads []*rundir.Workload, s int) []float64 {
	var out []float64
	for _, w := range workloads {
		if p := w.Placement(s); p != nil && p.End.MeanLen > 0 {
			out = append(out, p.End.MeanLen)
		}
	}
	return out
}
