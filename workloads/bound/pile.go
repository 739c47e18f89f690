package bound

import (
	"cmp"
	"math"
	"slices"
)

// unplaced is the offset of a job that has none.
const unplaced = -1

// A placement is an offset for each job of a problem, in granules.
type placement []int64

// height is where the highest job ends.
func (p *problem) height(at placement) (top int64) {
	for i := range p.jobs {
		if at[i] != unplaced {
			top = max(top, at[i]+p.jobs[i].size)
		}
	}
	return top
}

// A pile is jobs that are placed one after the other, each at the lowest place, or the
// tightest, between those placed before that live at the same time. It keeps them sorted
// by offset, so that a job is placed in one walk over them: O(n) for n jobs placed.
type pile struct {
	p      *problem
	sorted []piece // by offset
	at     placement
	top    int64
}

// A piece is a stage of a job that is placed.
type piece struct {
	off, end     int64
	birth, death int32
}

func newPile(p *problem) *pile {
	s := &pile{p: p, at: make(placement, len(p.jobs))}
	s.clear()
	return s
}

// clear takes all jobs away.
func (s *pile) clear() {
	s.sorted, s.top = s.sorted[:0], 0
	for i := range s.at {
		s.at[i] = unplaced
	}
}

// put places job i, at the lowest place or in the tightest gap. It returns false, and does
// nothing, if the limits of the job leave it none or it would end above limit.
func (s *pile) put(i int32, tight bool, limit int64, w *work) bool {
	j := &s.p.jobs[i]
	var off int64
	if j.stages == nil {
		off = s.gap(j, tight, w)
	} else {
		off = s.gapOfStages(j, w)
	}
	if off > min(j.hi, limit)-j.size {
		return false
	}
	s.enter(i, off)
	return true
}

// enter places job i at off.
func (s *pile) enter(i int32, off int64) {
	j := &s.p.jobs[i]
	s.at[i] = off
	s.top = max(s.top, off+j.size)
	if j.stages == nil {
		s.insert(piece{off, off + j.size, j.birth, j.death})
		return
	}
	for _, g := range j.stages {
		if g.birth < g.death {
			s.insert(piece{off + g.rel, off + g.rel + g.size, g.birth, g.death})
		}
	}
}

func (s *pile) insert(n piece) {
	at, _ := slices.BinarySearchFunc(s.sorted, n.off, func(a piece, off int64) int { return cmp.Compare(a.off, off) })
	s.sorted = slices.Insert(s.sorted, at, n)
}

// gap is the lowest offset for j, or that in the tightest gap below the top of the pile.
func (s *pile) gap(j *job, tight bool, w *work) int64 {
	y := alignUp(j.lo, j.mod)
	best, slack := int64(-1), int64(math.MaxInt64)
	n := 0
	for k := range s.sorted {
		q := &s.sorted[k]
		n++
		if q.birth >= j.death || j.birth >= q.death || q.end <= y {
			continue
		}
		if q.off-y >= j.size {
			if !tight {
				w.spend(n)
				return y
			}
			if q.off-y < slack && y+j.size <= j.hi {
				best, slack = y, q.off-y
			}
		}
		y = alignUp(q.end, j.mod)
	}
	w.spend(n)
	if best >= 0 {
		return best
	}
	return y
}

// gapOfStages is the lowest offset for a job with stages: each piece in the way of a stage
// forbids a range of offsets.
func (s *pile) gapOfStages(j *job, w *work) int64 {
	type barred struct{ lo, hi int64 }
	var list []barred // offsets strictly between lo and hi
	for k := range s.sorted {
		q := &s.sorted[k]
		for _, g := range j.stages {
			if g.birth < q.death && q.birth < g.death {
				list = append(list, barred{q.off - g.rel - g.size, q.end - g.rel})
			}
		}
	}
	w.spend(len(s.sorted) * len(j.stages))
	slices.SortFunc(list, func(a, b barred) int { return cmp.Compare(a.lo, b.lo) })
	y := alignUp(j.lo, j.mod)
	for _, b := range list {
		if b.lo >= y {
			break
		}
		if b.hi > y {
			y = alignUp(b.hi, j.mod)
		}
	}
	return y
}

// alignUp is n rounded up to a multiple of m.
func alignUp(n, m int64) int64 {
	if m <= 1 {
		return n
	}
	if rest := n % m; rest != 0 {
		return n + m - rest
	}
	return n
}
