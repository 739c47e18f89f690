package defrag

import (
	"cmp"
	"slices"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/workloads/reason"
)

// A Plan is moves, one after the other, that leave a window free.
type Plan struct {
	Lo    uint64 `json:"lo"` // of the window [Lo, Hi)
	Hi    uint64 `json:"hi"`
	Bytes uint64 `json:"bytes"` // copied
	Moves []Move `json:"moves"`
}

// A Move copies an object, or parts of one that may lie in pieces, to where nothing lies when
// its turn comes. What it leaves is free after it.
type Move struct {
	ID    uint64 `json:"id"`
	Bytes uint64 `json:"bytes"`
	Parts []Part `json:"parts"`

	of int // index in the objects of the state
}

// A Part is one run of addresses that is copied.
type Part struct {
	From uint64 `json:"from"`
	To   uint64 `json:"to"`
	Size uint64 `json:"size"`
}

// builder is a plan under way. Nothing goes into the windows that are kept.
type builder struct {
	st    *State
	at    [][]strategies.Block // by object: where it lies now
	holes []strategies.Block   // free outside of what is kept, ascending
	kept  []strategies.Block
	plan  Plan
	steps *int // looks at holes and objects that are left
}

// depth is how many objects deep room is made for one that no hole takes, and rooms how many
// places are tried for each.
const (
	depth = 2
	rooms = 4
)

// build is a plan that clears [lo, hi), nil if none was found.
func build(st *State, holes []strategies.Block, lo, hi uint64, steps *int) *Plan {
	b := newBuilder(st, holes, steps)
	if !b.clear(lo, hi, depth) {
		return nil
	}
	b.plan.Lo, b.plan.Hi = lo, hi
	return &b.plan
}

func newBuilder(st *State, holes []strategies.Block, steps *int) *builder {
	b := &builder{st: st, at: make([][]strategies.Block, len(st.Objects)), holes: slices.Clone(holes), steps: steps}
	for i := range st.Objects {
		b.at[i] = st.Objects[i].At
	}
	return b
}

// clone is a copy to go on with on trial.
func (b *builder) clone() *builder {
	c := *b
	c.at, c.holes, c.kept = slices.Clone(b.at), slices.Clone(b.holes), slices.Clone(b.kept)
	c.plan.Moves = slices.Clone(b.plan.Moves)
	return &c
}

// clear moves all that lies in [lo, hi) elsewhere, the large whole objects first: what may lie
// in pieces fills what they leave.
func (b *builder) clear(lo, hi uint64, deep int) bool {
	b.kept = append(b.kept, strategies.Block{Start: lo, Size: hi - lo})
	old := b.holes
	b.holes = make([]strategies.Block, 0, len(old)+1)
	for _, h := range old {
		b.release(h.Start, h.End())
	}
	var there []int
	for o := range b.at {
		if meets(b.at[o], lo, hi) {
			there = append(there, o)
		}
	}
	*b.steps -= len(b.at) + len(old)
	slices.SortFunc(there, func(x, y int) int {
		p, q := &b.st.Objects[x], &b.st.Objects[y]
		switch {
		case p.Whole && !q.Whole:
			return -1
		case q.Whole && !p.Whole:
			return 1
		}
		return cmp.Or(cmp.Compare(q.Align, p.Align)*whole(!p.Whole), cmp.Compare(q.Bytes(), p.Bytes()), cmp.Compare(x, y))
	})
	for _, o := range there {
		if *b.steps < 0 || meets(b.at[o], lo, hi) && !b.move(o, lo, hi, deep) {
			return false
		}
	}
	return true
}

func whole(yes bool) int {
	if yes {
		return 1
	}
	return 0
}

// move moves an object out of [lo, hi).
func (b *builder) move(o int, lo, hi uint64, deep int) bool {
	obj := &b.st.Objects[o]
	m := Move{ID: obj.ID, of: o}
	var stay []strategies.Block
	for _, e := range b.at[o] {
		from, to := e.Start, e.End()
		if !obj.Whole {
			if from >= hi || to <= lo {
				stay = append(stay, e)
				continue
			}
			from, to = max(from, lo-lo%obj.Align), min(to, roundUp(hi, obj.Align))
			if from > e.Start {
				stay = append(stay, strategies.Block{Start: e.Start, Size: from - e.Start})
			}
			if to < e.End() {
				stay = append(stay, strategies.Block{Start: to, Size: e.End() - to})
			}
		}
		if !b.parts(&m, obj, from, to-from) && !(obj.Whole && b.room(&m, o, from, to-from, deep)) {
			return false
		}
	}
	for _, p := range m.Parts {
		stay = append(stay, strategies.Block{Start: p.To, Size: p.Size})
		m.Bytes += p.Size
	}
	for _, p := range m.Parts {
		b.release(p.From, p.From+p.Size)
	}
	b.at[o] = joined(stay)
	b.plan.Moves = append(b.plan.Moves, m)
	b.plan.Bytes += m.Bytes
	return true
}

// parts finds holes for size bytes at from, one if it can.
func (b *builder) parts(m *Move, obj *Object, from, size uint64) bool {
	for size > 0 {
		to, n := b.hole(obj, size)
		if n == 0 {
			return false
		}
		m.Parts = append(m.Parts, Part{from, to, n})
		b.take(to, to+n)
		from, size = from+n, size-n
	}
	return true
}

// hole is the smallest hole that takes size bytes of an object. Without one it is, of an
// object that may lie in pieces, the one that takes most of it; n is what it takes.
func (b *builder) hole(obj *Object, size uint64) (to, n uint64) {
	shape := reason.Shape{Size: size, Align: obj.Align, Lo: obj.Lo, Hi: obj.Hi}
	one := reason.Shape{Size: obj.Align, Align: obj.Align, Lo: obj.Lo, Hi: obj.Hi}
	smallest := ^uint64(0)
	*b.steps -= len(b.holes)
	for _, h := range b.holes {
		if h.Size >= size && h.Size < smallest {
			if at, ok := shape.Fits(h.Start, h.End()); ok {
				to, n, smallest = at, size, h.Size
			}
		}
		if obj.Whole || smallest < ^uint64(0) {
			continue
		}
		if at, ok := one.Fits(h.Start, h.End()); ok {
			room := min(h.End(), obj.Hi) - at
			if room -= room % obj.Align; room < size && room > n {
				to, n = at, room
			}
		}
	}
	return to, n
}

// room moves others out of the way of a whole object that no hole takes.
func (b *builder) room(m *Move, o int, from, size uint64, deep int) bool {
	if deep == 0 {
		return false
	}
	obj := &b.st.Objects[o]
	now := State{Region: b.st.Region, Objects: slices.Clone(b.st.Objects)}
	for i := range now.Objects {
		now.Objects[i].At = b.at[i]
	}
	pieces := now.pieces()
	*b.steps -= 16 * len(pieces)
	shape := reason.Shape{Size: size, Align: obj.Align, Lo: obj.Lo, Hi: obj.Hi}
	avoid := slices.Concat(b.kept, b.at[o]) // a copy needs both places at once
	for _, p := range newSurvey(now.Objects, pieces, nil).places(shape, avoid, rooms) {
		trial := b.clone()
		if trial.clear(p.at, p.at+size, deep-1) {
			*b = *trial
			m.Parts = append(m.Parts, Part{from, p.at, size})
			return true
		}
	}
	return false
}

// take makes [lo, hi), which lies in a hole, no longer free.
func (b *builder) take(lo, hi uint64) {
	i := b.search(lo+1) - 1
	h := b.holes[i]
	var rest []strategies.Block
	if h.Start < lo {
		rest = append(rest, strategies.Block{Start: h.Start, Size: lo - h.Start})
	}
	if hi < h.End() {
		rest = append(rest, strategies.Block{Start: hi, Size: h.End() - hi})
	}
	b.holes = slices.Replace(b.holes, i, i+1, rest...)
}

// search is the first hole that starts at addr or behind it.
func (b *builder) search(addr uint64) int {
	i, _ := slices.BinarySearchFunc(b.holes, addr, func(h strategies.Block, a uint64) int { return cmp.Compare(h.Start, a) })
	return i
}

// release makes what of [lo, hi) is not kept free.
func (b *builder) release(lo, hi uint64) {
	for _, k := range b.kept {
		if k.Start < hi && k.End() > lo {
			if lo < k.Start {
				b.release(lo, k.Start)
			}
			if k.End() < hi {
				b.release(k.End(), hi)
			}
			return
		}
	}
	i := b.search(lo)
	j := i
	if i > 0 && b.holes[i-1].End() == lo {
		i--
		lo = b.holes[i].Start
	}
	if j < len(b.holes) && b.holes[j].Start == hi {
		hi = b.holes[j].End()
		j++
	}
	b.holes = slices.Replace(b.holes, i, j, strategies.Block{Start: lo, Size: hi - lo})
}

func roundUp(v, align uint64) uint64 {
	if r := v % align; r != 0 {
		return v + min(align-r, ^uint64(0)-v)
	}
	return v
}
