package bound

import (
	"cmp"
	"math/rand/v2"
	"slices"
)

// A skyline searches for a placement below a limit by trying orders: jobs are placed with
// rising offsets, each as low as those placed before let it lie. Of all solutions that with
// the least sum of offsets is found so, hence what follows is enough to be tried:
//
//   - The next job lies at the top of those below it, and this is not below the offset of
//     the job before (of two with the same offset the order is fixed).
//   - It does not begin above where another one that is left could end: that would lie
//     lower first.
//   - What is left in a section must fit above the lowest place that is possible for any of
//     it: else no order helps.
//   - What is left falls apart where no job crosses a moment; the parts are independent, and
//     one that has no solution ends the search in the others.
//
// A node takes O(n log n + s) steps for n jobs left in s sections.
type skyline struct {
	p     *problem
	limit int64
	w     *work
	nodes int // that may still be tried

	at    placement
	rank  []int64 // by job: of two candidates as low the lower rank goes first
	meets [][]int32
	low   []int64 // by job not placed: the top of what is below it
	left  []int64 // by section: size of the jobs not placed
	trail []change

	next  []int32 // scratch: by section, the next one without a lowest place
	stack []int32 // the lists of jobs of the nodes above
}

// A change is what a placement did, to be undone.
type change struct {
	job int32
	low int64
}

// The verdicts of a search.
type verdict int8

const (
	found     verdict = iota
	exhausted         // there is no placement
	ended             // the work is over
)

// mostSkyline is the largest number of jobs that skylines and ejections are used for, and
// mostMeets that of pairs that live at the same time.
const (
	mostSkyline = 4000
	mostMeets   = 4_000_000
)

// newSkyline is for a problem for which meets are known.
func newSkyline(p *problem, meets [][]int32, w *work) *skyline {
	n := len(p.jobs)
	return &skyline{p: p, w: w, at: make(placement, n), rank: make([]int64, n), meets: meets,
		low: make([]int64, n), left: make([]int64, p.sections), next: make([]int32, p.sections+1)}
}

// meets are the jobs that each job lives at the same time with; nil if p is too large for
// that, or has trims.
func (p *problem) meets() [][]int32 {
	if len(p.jobs) > mostSkyline || p.trimmed {
		return nil
	}
	list, pairs := make([][]int32, len(p.jobs)), 0
	for i := range p.jobs {
		for k := range i {
			if p.jobs[k].death > p.jobs[i].birth {
				list[i] = append(list[i], int32(k))
				list[k] = append(list[k], int32(i))
				if pairs++; pairs > mostMeets {
					return nil
				}
			}
		}
	}
	return list
}

// run searches below limit, with at most so many nodes.
func (s *skyline) run(limit int64, nodes int) verdict {
	s.limit, s.nodes = limit, nodes
	s.trail, s.stack = s.trail[:0], s.stack[:0]
	clear(s.left)
	for i := range s.p.jobs {
		j := &s.p.jobs[i]
		s.at[i] = unplaced
		s.low[i] = alignUp(j.lo, j.mod)
		for k := j.birth; k < j.death; k++ {
			s.left[k] += j.size
		}
		s.stack = append(s.stack, int32(i))
	}
	return s.solve(0, len(s.stack), 0, -1)
}

// solve places the jobs in stack[from:to], of which none may lie below floor, nor at floor
// one that is not behind the job last.
func (s *skyline) solve(from, to int, floor int64, last int32) verdict {
	// Apart where no job crosses. They are in the order of their births.
	for begin := from; begin < to; {
		end, until := begin, s.p.jobs[s.stack[begin]].death
		for end < to && s.p.jobs[s.stack[end]].birth < until {
			until = max(until, s.p.jobs[s.stack[end]].death)
			end++
		}
		if v := s.part(begin, end, floor, last); v != found {
			return v
		}
		begin = end
	}
	return found
}

// part is solve for jobs that do not fall apart.
func (s *skyline) part(from, to int, floor int64, last int32) verdict {
	if s.nodes--; s.nodes < 0 || s.w.over() {
		return ended
	}
	if !s.fits(from, to, floor) {
		return exhausted
	}
	least := int64(nowhere) // where the first of those left could end
	for _, i := range s.stack[from:to] {
		least = min(least, s.low[i]+s.p.jobs[i].size)
	}
	mark := len(s.stack)
	for _, i := range s.stack[from:to] {
		if y := s.low[i]; y < least && (y > floor || y == floor && i > last) {
			s.stack = append(s.stack, i)
		}
	}
	first := len(s.stack)
	slices.SortFunc(s.stack[mark:], func(a, b int32) int {
		return cmp.Or(cmp.Compare(s.low[a], s.low[b]), cmp.Compare(s.rank[a], s.rank[b]))
	})
	for k := mark; k < first; k++ {
		i, undo := s.stack[k], len(s.trail)
		y := s.low[i]
		s.put(i, y)
		for _, o := range s.stack[from:to] {
			if s.at[o] == unplaced {
				s.stack = append(s.stack, o)
			}
		}
		v := s.solve(first, len(s.stack), y, i)
		if v == found {
			return found
		}
		s.stack = s.stack[:first]
		s.undo(undo)
		if v == ended {
			return ended
		}
	}
	s.stack = s.stack[:mark]
	return exhausted
}

// put places a job.
func (s *skyline) put(i int32, y int64) {
	j := &s.p.jobs[i]
	s.at[i] = y
	s.trail = append(s.trail, change{i, unplaced})
	for k := j.birth; k < j.death; k++ {
		s.left[k] -= j.size
	}
	for _, o := range s.meets[i] {
		if s.at[o] == unplaced && s.low[o] < y+j.size {
			s.trail = append(s.trail, change{o, s.low[o]})
			s.low[o] = alignUp(y+j.size, s.p.jobs[o].mod)
		}
	}
	s.w.spend(len(s.meets[i]) + int(j.death-j.birth))
}

// undo takes back what was done since the trail was so long.
func (s *skyline) undo(to int) {
	for k := len(s.trail) - 1; k >= to; k-- {
		c := s.trail[k]
		if c.low != unplaced {
			s.low[c.job] = c.low
			continue
		}
		s.at[c.job] = unplaced
		j := &s.p.jobs[c.job]
		for k := j.birth; k < j.death; k++ {
			s.left[k] += j.size
		}
	}
	s.trail = s.trail[:to]
}

// fits reports whether what is left of stack[from:to] can fit: in each section above the
// lowest place of any of it, none of which is below floor.
func (s *skyline) fits(from, to int, floor int64) bool {
	jobs := s.p.jobs
	mark := len(s.stack)
	s.stack = append(s.stack, s.stack[from:to]...)
	list := s.stack[mark:]
	defer func() { s.stack = s.stack[:mark] }()
	slices.SortFunc(list, func(a, b int32) int {
		return cmp.Compare(max(s.low[a], floor), max(s.low[b], floor))
	})
	begin, end := jobs[s.stack[from]].birth, int32(0)
	for _, i := range list {
		j := &jobs[i]
		if max(s.low[i], floor)+j.size > min(s.limit, j.hi) {
			return false
		}
		end = max(end, j.death)
	}
	for k := begin; k <= end; k++ {
		s.next[k] = k
	}
	unset := end - begin
	for _, i := range list {
		room := s.limit - max(s.low[i], floor)
		for k := s.open(jobs[i].birth); k < jobs[i].death; k = s.open(k) {
			if s.left[k] > room {
				return false
			}
			s.next[k] = k + 1
			unset--
		}
		if unset == 0 {
			break
		}
	}
	s.w.spend(8*len(list) + int(end-begin))
	return true
}

// open is the first section from k on that has no lowest place yet.
func (s *skyline) open(k int32) int32 {
	for s.next[k] != k {
		s.next[k] = s.next[s.next[k]]
		k = s.next[k]
	}
	return k
}

// order ranks the jobs: those of the highest key first. noise, a share of the key, is added.
func (s *skyline) order(key []float64, noise float64, rng *rand.Rand) {
	list := make([]int32, len(key))
	for i := range list {
		list[i] = int32(i)
		key[i] *= 1 + noise*rng.Float64()
	}
	slices.SortStableFunc(list, func(a, b int32) int { return cmp.Compare(key[b], key[a]) })
	for r, i := range list {
		s.rank[i] = int64(r)
	}
}
