package bound

import (
	"cmp"
	"math"
	"slices"
)

// valleys is a search that fills the valleys of what is placed. Over time, what is placed makes a
// skyline; a valley is a stretch of sections of it with higher ground, or with sections
// for which nothing is left, on both sides. Only a job that lives within a valley can lie on
// its floor, and no other can get below that one any more. So any valley may be decided first:
//
//   - It is one with the fewest choices at its left edge: a job that is born there, or none,
//     if the sections there have that much to spare: then they rise to where something could
//     lie next. Of valleys with as many choices, or some more, that with the most dead ends
//     so far goes first.
//   - A valley that nothing fills up to its walls, and that cannot spare it, is a dead end.
//   - A dead end is told by the sections of the valley and those beside it. What was decided
//     elsewhere is no reason: the search goes back to the last decision that touches them.
//
// A skyline decides what lies low first, wherever it lives, and finds late that it cannot be.
// But valleys are for jobs that may lie anywhere; see [problem.free].
//
// A node takes O(n + s) steps for n jobs in s sections.
type valleys struct {
	p     *problem
	limit int64
	w     *work
	nodes int // that may still be tried

	at    placement
	deep  placement // with the fewest jobs not placed, of this run
	least int       // and their number
	rank  []int32   // by job: the lower goes first
	lives []life    // by job
	born  [][]int32 // by section: the jobs born then, by rank
	top   []int64   // by section: of what is placed
	spare []int64   // by section: what may stay empty between what is placed and the limit
	left  []int32   // by section: number of jobs not placed
	fails []int64   // by section: dead ends at a valley that begins there, of all runs in this direction
	other []int64   // those of the other direction
	back  bool      // time runs backwards
	todo  int       // jobs not placed

	stack  []int32 // the choices of the nodes above
	lo, hi int32   // sections: what is placed there is why the node left last has no solution
}

// A life is that of a job, as time runs in this search.
type life struct {
	birth, death int32
	size         int64
}

// A valley is a stretch of sections, and what may be done at its left edge.
type valley struct {
	from, to int32
	choices  int64
	spare    int64 // the least of the edge
	edge     int32 // where the edge ends: the first birth of a job that lives within, behind from
	rise     int64 // of the edge, if no job lies there
}

// free reports whether each job may lie anywhere.
func (p *problem) free() bool {
	return !slices.ContainsFunc(p.jobs, func(j job) bool { return !j.free() })
}

func newValleys(p *problem, w *work) *valleys {
	n, s := len(p.jobs), p.sections
	return &valleys{
		p: p, w: w, at: make(placement, n), rank: make([]int32, n), lives: make([]life, n), born: make([][]int32, s),
		top: make([]int64, s), spare: make([]int64, s), left: make([]int32, s), fails: make([]int64, s), other: make([]int64, s),
	}
}

// run searches below limit, with at most so many nodes; backwards, time runs so.
func (v *valleys) run(limit int64, nodes int, backwards bool) verdict {
	v.limit, v.nodes, v.todo = limit, nodes, len(v.p.jobs)
	if v.back != backwards {
		v.back, v.fails, v.other = backwards, v.other, v.fails
	}
	clear(v.top)
	clear(v.left)
	for k := range v.born {
		v.born[k], v.spare[k] = v.born[k][:0], limit
	}
	for i := range v.p.jobs {
		j := &v.p.jobs[i]
		l := life{j.birth, j.death, j.size}
		if backwards {
			l.birth, l.death = v.p.sections-j.death, v.p.sections-j.birth
		}
		v.lives[i], v.at[i] = l, unplaced
		v.born[l.birth] = append(v.born[l.birth], int32(i))
		for k := l.birth; k < l.death; k++ {
			v.spare[k] -= l.size
			v.left[k]++
		}
		v.w.spend(20 + int(l.death-l.birth))
	}
	for k, list := range v.born {
		if v.spare[k] < 0 {
			return exhausted
		}
		slices.SortFunc(list, func(a, b int32) int { return cmp.Compare(v.rank[a], v.rank[b]) })
	}
	v.stack, v.least = v.stack[:0], v.todo
	return v.solve()
}

// solve places what is left. If there is no solution, nothing has changed but lo and hi.
func (v *valleys) solve() verdict {
	if v.todo == 0 {
		return found
	}
	if v.nodes--; v.nodes < 0 || v.w.over() {
		return ended
	}
	if v.todo < v.least {
		v.least, v.deep = v.todo, append(v.deep[:0], v.at...)
		v.w.spend(len(v.at))
	}
	q, ok := v.choose()
	if !ok {
		return exhausted
	}
	lo, hi, mark := q.from-1, q.to+1, len(v.stack)
	defer func() { v.stack = v.stack[:mark] }()
	for _, i := range v.born[q.from] {
		if v.at[i] == unplaced && v.lives[i].death <= q.to {
			v.stack = append(v.stack, i)
		}
	}
	for k, end := mark, len(v.stack); k < end; k++ {
		i := v.stack[k]
		l := v.lives[i]
		if slices.ContainsFunc(v.stack[mark:k], func(o int32) bool { return v.lives[o] == l }) {
			continue
		}
		v.put(i, l)
		if got := v.solve(); got != exhausted {
			return got
		}
		v.remove(i, l)
		if v.hi <= l.birth || v.lo >= l.death {
			return exhausted
		}
		lo, hi = min(lo, v.lo), max(hi, v.hi)
	}
	if q.spare < q.rise {
		v.fails[q.from]++
		v.lo, v.hi = lo, hi
		return exhausted
	}
	v.raise(q.from, q.edge, q.rise)
	got := v.solve()
	if got == exhausted {
		v.raise(q.from, q.edge, -q.rise)
		if v.hi > q.from && v.lo < q.edge {
			v.lo, v.hi = min(lo, v.lo), max(hi, v.hi)
		}
	}
	return got
}

// put places a job on the floor of its valley.
func (v *valleys) put(i int32, l life) {
	v.at[i] = v.top[l.birth]
	v.todo--
	for k := l.birth; k < l.death; k++ {
		v.top[k] += l.size
		v.left[k]--
	}
	v.w.spend(int(l.death - l.birth))
}

func (v *valleys) remove(i int32, l life) {
	v.at[i] = unplaced
	v.todo++
	for k := l.birth; k < l.death; k++ {
		v.top[k] -= l.size
		v.left[k]++
	}
}

// raise leaves so much empty in a stretch of sections.
func (v *valleys) raise(from, to int32, by int64) {
	for k := from; k < to; k++ {
		v.top[k] += by
		v.spare[k] -= by
	}
}

// choose finds the valley to be decided next. ok is false if one of them is a dead end.
func (v *valleys) choose() (best valley, ok bool) {
	n := int32(len(v.top))
	best.choices = math.MaxInt32
	before := int64(nowhere)
	for from := int32(0); from < n; {
		if v.left[from] == 0 {
			before = nowhere
			from++
			continue
		}
		y, to := v.top[from], from+1
		for to < n && v.left[to] > 0 && v.top[to] == y {
			to++
		}
		after := int64(nowhere)
		if to < n && v.left[to] > 0 {
			after = v.top[to]
		}
		if before > y && after > y {
			q := valley{from: from, to: to}
			if !v.look(&q, min(before, after)-y) {
				v.fails[from]++
				v.lo, v.hi = from-1, to+1
				v.w.spend(2 * int(to))
				return q, false
			}
			if v.before(&q, &best) {
				best = q
			}
		}
		before, from = y, to
	}
	v.w.spend(2 * int(n))
	return best, true
}

// before reports whether q is decided before o.
func (v *valleys) before(q, o *valley) bool {
	return cmp.Or(
		cmp.Compare(q.choices*(1+v.fails[o.from]), o.choices*(1+v.fails[q.from])),
		cmp.Compare(q.spare, o.spare),
		cmp.Compare(v.top[q.from], v.top[o.from]),
	) < 0
}

// look finds out what may be done in a valley with walls so high. It returns false if nothing.
func (v *valleys) look(q *valley, wall int64) bool {
	reach := q.from // as far as something could lie on the floor without a hole
	q.edge, q.rise = q.to, wall
	for k := q.from; k < q.to; k++ {
		for _, i := range v.born[k] {
			l := &v.lives[i]
			if v.at[i] != unplaced || l.death > q.to {
				continue
			}
			reach = max(reach, l.death)
			if k == q.from {
				q.choices++
				continue
			}
			q.edge, q.rise = min(q.edge, k), min(q.rise, l.size)
		}
		if reach <= k && v.spare[k] < wall {
			return false
		}
	}
	q.spare = slices.Min(v.spare[q.from:q.edge])
	if q.spare >= q.rise {
		q.choices++
	}
	return q.choices > 0
}
