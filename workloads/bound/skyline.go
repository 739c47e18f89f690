package bound

import (
	"cmp"
	"slices"
)

// A skyline searches for a placement below a limit by trying orders: jobs are placed with
// rising offsets, each as low as those placed before let it lie. Of all solutions that with
// the least sum of offsets is found so, hence what follows is enough to be tried:
//
//   - The next job lies at the top of those below it, and this is not below the offset of
//     the job before; of two with the same offset the one of the lower rank goes first.
//   - It does not begin above where another one that is left could end: that would lie
//     lower first.
//   - What is left in a section must fit above the lowest place that is possible for any of
//     it: else no order helps. A job that was passed by lies on one that is left.
//   - What is left falls apart where no job crosses a moment; the parts are independent, and
//     one that has no solution ends the search in the others.
//
// The rules are those of Moffitt's MiniMalloc (2023). A node takes O(n + s) steps for n jobs
// left in s sections, and those of the sections of the jobs that it raises.
type skyline struct {
	p     *problem
	limit int64
	w     *work
	nodes int // that may still be tried

	at    placement
	rank  []int32 // by job: of two candidates as low the lower rank goes first
	meets [][]int32
	live  [][]int32 // by section: the jobs that live then
	low   []int64   // by job not placed: the top of what is below it
	left  []int64   // by section: size of the jobs not placed
	floor []int64   // by section: the least low of the jobs not placed
	least []int32   // by section: a job that had this low when it was looked for
	trail []change

	stack []int32 // the lists of jobs of the nodes above
}

// A change is what a placement did, to be undone.
type change struct {
	what changed
	at   int32 // the job or the section
	old  int64
}

type changed int8

const (
	settled changed = iota // a job was placed
	raised                 // low was old
	lifted                 // floor was old
)

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
	s := &skyline{p: p, w: w, at: make(placement, n), rank: make([]int32, n), meets: meets,
		low: make([]int64, n), left: make([]int64, p.sections), floor: make([]int64, p.sections), least: make([]int32, p.sections), live: make([][]int32, p.sections)}
	for i := range p.jobs {
		for k := p.jobs[i].birth; k < p.jobs[i].death; k++ {
			s.live[k] = append(s.live[k], int32(i))
		}
	}
	return s
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
	s.w.spend(len(s.left))
	for k := range s.floor {
		s.floor[k] = nowhere
	}
	for i := range s.p.jobs {
		j := &s.p.jobs[i]
		s.at[i] = unplaced
		s.low[i] = alignUp(j.lo, j.mod)
		if s.low[i]+j.size > min(limit, j.hi) {
			return exhausted
		}
		for k := j.birth; k < j.death; k++ {
			s.left[k] += j.size
			if s.low[i] < s.floor[k] {
				s.floor[k], s.least[k] = s.low[i], int32(i)
			}
		}
		s.w.spend(1 + int(j.death-j.birth))
		s.stack = append(s.stack, int32(i))
	}
	return s.solve(0, len(s.stack), 0, -1)
}

// solve places the jobs in stack[from:to], of which none may lie below floor, nor at floor
// one whose rank is not behind last.
func (s *skyline) solve(from, to int, floor int64, last int32) verdict {
	// Apart where no job crosses. They are in the order of their births.
	for begin := from; begin < to; {
		end, until := begin, s.p.jobs[s.stack[begin]].death
		for end < to && s.p.jobs[s.stack[end]].birth < until {
			until = max(until, s.p.jobs[s.stack[end]].death)
			end++
		}
		if v := s.part(begin, end, until, floor, last); v != found {
			return v
		}
		begin = end
	}
	return found
}

// part is solve for jobs that do not fall apart, the last of which dies at until.
func (s *skyline) part(from, to int, until int32, floor int64, last int32) verdict {
	if s.nodes--; s.nodes < 0 || s.w.over() {
		return ended
	}
	jobs := s.p.jobs
	for k := jobs[s.stack[from]].birth; k < until; k++ {
		if s.left[k] > 0 && max(s.floor[k], floor)+s.left[k] > s.limit {
			return exhausted
		}
	}
	s.w.spend(2*(to-from) + int(until-jobs[s.stack[from]].birth))
	least := int64(nowhere) // where the first of those left could end
	for _, i := range s.stack[from:to] {
		j := &jobs[i]
		least = min(least, s.low[i]+j.size)
		if floor+j.size > min(s.limit, j.hi) {
			return exhausted
		}
	}
	mark := len(s.stack)
	for _, i := range s.stack[from:to] {
		if y := s.low[i]; y < least && (y > floor || y == floor && s.rank[i] > last) {
			s.stack = append(s.stack, i)
		}
	}
	first := len(s.stack)
	slices.SortFunc(s.stack[mark:], func(a, b int32) int {
		if s.low[a] != s.low[b] {
			return cmp.Compare(s.low[a], s.low[b])
		}
		return cmp.Compare(s.rank[a], s.rank[b])
	})
	for k := mark; k < first; k++ {
		i, undo := s.stack[k], len(s.trail)
		y := s.low[i]
		if !s.put(i, y) {
			s.undo(undo)
			continue
		}
		for _, o := range s.stack[from:to] {
			if o != i {
				s.stack = append(s.stack, o)
			}
		}
		v := s.solve(first, len(s.stack), y, s.rank[i])
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

// put places a job. It returns false if what is left does not fit then.
func (s *skyline) put(i int32, y int64) bool {
	j := &s.p.jobs[i]
	s.at[i] = y
	s.trail = append(s.trail, change{settled, i, 0})
	for k := j.birth; k < j.death; k++ {
		s.left[k] -= j.size
	}
	s.w.spend(len(s.meets[i]) + int(j.death-j.birth))
	top := y + j.size
	from, to := j.birth, j.death
	for _, o := range s.meets[i] {
		if s.at[o] != unplaced || s.low[o] >= top {
			continue
		}
		q := &s.p.jobs[o]
		s.trail = append(s.trail, change{raised, o, s.low[o]})
		s.low[o] = alignUp(top, q.mod)
		if s.low[o]+q.size > min(s.limit, q.hi) {
			return false
		}
		from, to = min(from, q.birth), max(to, q.death)
	}
	for k := from; k < to; k++ {
		if s.left[k] == 0 || s.floor[k] >= top {
			continue
		}
		if o := s.least[k]; s.at[o] == unplaced && s.low[o] == s.floor[k] {
			continue
		}
		floor := int64(nowhere)
		for _, o := range s.live[k] {
			if s.at[o] == unplaced && s.low[o] < floor {
				floor, s.least[k] = s.low[o], o
			}
		}
		s.w.spend(len(s.live[k]))
		if floor != s.floor[k] {
			s.trail = append(s.trail, change{lifted, k, s.floor[k]})
			if s.floor[k] = floor; floor+s.left[k] > s.limit {
				return false
			}
		}
	}
	return true
}

// undo takes back what was done since the trail was so long.
func (s *skyline) undo(to int) {
	for k := len(s.trail) - 1; k >= to; k-- {
		switch c := s.trail[k]; c.what {
		case raised:
			s.low[c.at] = c.old
		case lifted:
			s.floor[c.at] = c.old
		case settled:
			s.at[c.at] = unplaced
			j := &s.p.jobs[c.at]
			for k := j.birth; k < j.death; k++ {
				s.left[k] += j.size
			}
		}
	}
	s.trail = s.trail[:to]
}
