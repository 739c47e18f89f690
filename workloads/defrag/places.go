package defrag

import (
	"cmp"
	"slices"
	"sort"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/workloads/reason"
)

// place is a window with the bytes that must leave it at least. It stands for all windows of
// its shape that start in [first, last]: none of them is cheaper, and what lies whole in this
// one reaches into each.
type place struct{ at, cost, first, last uint64 }

// survey knows the cost of any window over the pieces of one moment: a whole object costs all
// of it, another what of it lies there.
type survey struct {
	pieces []piece
	whole  []uint64 // whole[i]: bytes of whole objects in pieces[:i]
	parts  []uint64 // parts[i]: bytes of the others there
	isPart []bool   // by piece
	any    bool     // some piece is a part
}

// newSurvey is that of pieces, of which those whose objects are gone cost nothing.
func newSurvey(objects []Object, pieces []piece, gone func(of int) bool) *survey {
	v := &survey{pieces: pieces, whole: make([]uint64, len(pieces)+1), parts: make([]uint64, len(pieces)+1), isPart: make([]bool, len(pieces))}
	for i, p := range pieces {
		v.whole[i+1], v.parts[i+1] = v.whole[i], v.parts[i]
		switch {
		case gone != nil && gone(p.of):
		case objects[p.of].Whole:
			v.whole[i+1] += p.end - p.start
		default:
			v.parts[i+1] += p.end - p.start
			v.isPart[i], v.any = true, true
		}
	}
	return v
}

// in are the pieces that reach into [lo, hi), by their first and the one behind the last.
func (v *survey) in(lo, hi uint64) (first, next int) {
	first = sort.Search(len(v.pieces), func(i int) bool { return v.pieces[i].end > lo })
	next = first + sort.Search(len(v.pieces)-first, func(i int) bool { return v.pieces[first+i].start >= hi })
	return first, next
}

// cost is that of a window.
func (v *survey) cost(lo, hi uint64) uint64 {
	first, next := v.in(lo, hi)
	if first == next {
		return 0
	}
	sum := v.whole[next] - v.whole[first] + v.parts[next] - v.parts[first]
	if p := v.pieces[first]; v.isPart[first] && p.start < lo {
		sum -= lo - p.start
	}
	if p := v.pieces[next-1]; v.isPart[next-1] && p.end > hi {
		sum -= p.end - hi
	}
	return sum
}

// places are windows of a shape that meet none of those to avoid, with their costs, the
// cheapest first, most of them. No window of the shape is cheaper than the first.
//
// As a window moves, its cost changes in steps, where it leaves or meets a whole object, and
// steadily where it leaves or enters another. So the least is next to where its end meets a
// piece or its start leaves one, or at the end of where it may lie.
func (v *survey) places(shape reason.Shape, avoid []strategies.Block, most int) []place {
	size, last := shape.Size, shape.Hi-shape.Size
	if shape.Size == 0 || shape.Size > shape.Hi || last < shape.Lo {
		return nil
	}
	var starts []uint64
	behind := func(at uint64) { // the first start from there on, and the one before
		up := at + (shape.Align-at%shape.Align)%shape.Align
		if up >= at && up >= shape.Lo && up <= last {
			starts = append(starts, up)
		}
		if down := at - at%shape.Align; v.any && down >= shape.Lo && down <= last {
			starts = append(starts, down)
		}
	}
	before := func(end uint64) {
		if v.any && end >= size {
			behind(end - size)
		}
	}
	behind(shape.Lo)
	before(shape.Hi)
	for _, p := range v.pieces {
		behind(p.end)
		before(p.start)
	}
	for _, w := range avoid {
		behind(w.End())
		before(w.Start)
	}
	slices.Sort(starts)
	starts = slices.Compact(starts)
	list := make([]place, 0, min(most, len(starts))+1)
	for i, at := range starts {
		if meets(avoid, at, at+size) {
			continue
		}
		p := place{at, v.cost(at, at+size), shape.Lo, last}
		if i > 0 {
			p.first = min(at, starts[i-1]+shape.Align)
		}
		if i+1 < len(starts) {
			p.last = max(at, starts[i+1]-shape.Align)
		}
		if len(list) == most && p.cost >= list[most-1].cost {
			continue
		}
		i, _ := slices.BinarySearchFunc(list, p.cost+1, func(q place, c uint64) int { return cmp.Compare(q.cost, c) })
		if list = slices.Insert(list, i, p); len(list) > most {
			list = list[:most]
		}
	}
	return list
}

// meets reports whether [lo, hi) reaches into one of the extents.
func meets(list []strategies.Block, lo, hi uint64) bool {
	return slices.ContainsFunc(list, func(b strategies.Block) bool { return b.Start < hi && b.End() > lo })
}
