package bound

import (
	"cmp"
	"slices"
)

// A sweep goes through the operations in their order and places each job when it is born,
// at the lowest free place at which it meets no job that is reserved: of these the places
// are known before, as their lives are. With nothing reserved it is first fit.
//
// A job takes O(log n + r log r) steps, where r is the number of reserved jobs that are born
// while it lives.
type sweep struct {
	p        *problem
	free     tree
	at       placement
	reserved []int32 // by their births
	ahead    []piece // scratch: reserved places in the way of a job, merged
	failed   []int32 // jobs that did not fit under the limit
	events   []event
}

// An event is the birth, a trim or the death of a job.
type event struct {
	op, job int32
	stage   int32 // that begins: 0 at birth, gone at death
}

const gone = -1

func newSweep(p *problem) *sweep {
	s := &sweep{p: p, at: make(placement, len(p.jobs))}
	for i := range p.jobs {
		j := &p.jobs[i]
		s.events = append(s.events, event{j.op, int32(i), 0}, event{j.freed, int32(i), gone})
		for k := 1; k < len(j.stages); k++ {
			s.events = append(s.events, event{j.stages[k].trim, int32(i), int32(k)})
		}
	}
	slices.SortFunc(s.events, func(a, b event) int {
		return cmp.Or(cmp.Compare(a.op, b.op), cmp.Compare(a.job, b.job))
	})
	return s
}

// A way is how a sweep chooses among the free places.
type way struct {
	above int64 // jobs shorter than this, in operations, lie as high as possible below the limit
}

// run places all jobs but those of which reserved has the offset; nil reserves none. Those
// that end above limit are failed, and placed above it. It ends early, and returns false, when
// the work is over; a job whose window is full is failed, and unplaced.
func (s *sweep) run(reserved placement, limit int64, how way, w *work) (whole bool) {
	whole = true
	s.free.reset()
	s.failed = s.failed[:0]
	s.reserved = s.reserved[:0]
	for i := range s.at {
		if s.at[i] = unplaced; reserved != nil {
			s.at[i] = reserved[i]
		}
		if s.at[i] != unplaced {
			s.reserved = append(s.reserved, int32(i))
		}
	}
	next := 0 // of reserved: the first that is not born
	for _, e := range s.events {
		if w.over() {
			return false
		}
		j, off := &s.p.jobs[e.job], s.at[e.job]
		switch {
		case e.stage == gone:
			if off != unplaced {
				from, size := j.last()
				s.free.give(off+from, off+from+size)
			}
		case e.stage > 0:
			if off != unplaced {
				old, now := j.stages[e.stage-1], j.stages[e.stage]
				s.free.give(off+old.rel, off+now.rel)
				s.free.give(off+now.rel+now.size, off+old.rel+old.size)
			}
		case off != unplaced:
			next++
			s.free.take(off, off+j.size)
		default:
			if !s.place(e.job, next, limit, how, w) {
				s.failed = append(s.failed, e.job)
				if !s.place(e.job, next, nowhere, way{}, w) {
					whole = false
				}
			}
		}
		w.spend(1)
	}
	return whole
}

// last is what a job is when it dies, from its offset on.
func (j *job) last() (rel, size int64) {
	if n := len(j.stages); n > 0 {
		return j.stages[n-1].rel, j.stages[n-1].size
	}
	return 0, j.size
}

// place places a job that is born; the reserved ones from next on are not.
func (s *sweep) place(i int32, next int, limit int64, how way, w *work) bool {
	j := &s.p.jobs[i]
	s.ahead = s.ahead[:0]
	for _, r := range s.reserved[next:] {
		q := &s.p.jobs[r]
		if q.birth >= j.death {
			break
		}
		s.ahead = append(s.ahead, piece{off: s.at[r], end: s.at[r] + q.size})
	}
	w.spend(len(s.ahead))
	s.merge()
	limit = min(limit, j.hi)
	visits := 0
	defer func() { w.spend(4 * visits) }()
	if how.above > 0 && int64(j.freed-j.op) < how.above {
		return s.placeHigh(i, j, limit, &visits)
	}
	for y := alignUp(j.lo, j.mod); ; {
		y = s.free.find(s.free.root, y, j.size, j.mod, &visits)
		if y < 0 || y > limit-j.size {
			return false
		}
		at, _ := slices.BinarySearchFunc(s.ahead, y, func(q piece, y int64) int {
			if q.end <= y {
				return -1
			}
			return 1
		})
		if at == len(s.ahead) || s.ahead[at].off >= y+j.size {
			s.at[i] = y
			s.free.take(y, y+j.size)
			return true
		}
		y = alignUp(s.ahead[at].end, j.mod)
	}
}

// placeHigh places a job as high as possible below limit.
func (s *sweep) placeHigh(i int32, j *job, limit int64, visits *int) bool {
	for to := limit; ; {
		y := s.free.findHighest(s.free.root, to, j.size, j.mod, visits)
		if y < j.lo {
			return false
		}
		at, _ := slices.BinarySearchFunc(s.ahead, y+j.size, func(q piece, end int64) int {
			return cmp.Compare(q.off, end)
		})
		if at == 0 || s.ahead[at-1].end <= y {
			s.at[i] = y
			s.free.take(y, y+j.size)
			return true
		}
		to = s.ahead[at-1].off
	}
}

// merge sorts what is ahead and joins what overlaps.
func (s *sweep) merge() {
	slices.SortFunc(s.ahead, func(a, b piece) int { return cmp.Compare(a.off, b.off) })
	n := 0
	for _, q := range s.ahead {
		if n > 0 && q.off <= s.ahead[n-1].end {
			s.ahead[n-1].end = max(s.ahead[n-1].end, q.end)
			continue
		}
		s.ahead[n] = q
		n++
	}
	s.ahead = s.ahead[:n]
}
