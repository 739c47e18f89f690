package bound

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"
)

// An ejector brings a placement below a limit: a job without a place is put where what it
// overlaps costs least, and throws that out. The cost of a job rises each time that it is
// thrown out, so that the same few do not throw each other out for ever.
//
// The jobs are kept sorted by where they begin and where they end, so a move takes O(n) steps
// of n jobs, most of which are a glance at whether a job lives at the same time.
type ejector struct {
	p *problem
	w *work

	at           placement
	cost, step   []float64 // by job: what throwing it out costs, and by how much that rises
	out          []int32   // jobs without a place
	begins, ends []span    // of the jobs with a place, by y

	over  []edge // scratch: begins of what lives at the same time as the job that moves
	under []edge // the same of ends
}

// A span is where a job begins or ends, and when it lives.
type span struct {
	y            int64
	birth, death int32
	job          int32
}

// An edge is where a job begins or ends, and what all jobs up to it cost.
type edge struct {
	y   int64
	sum float64
}

// costRise is the share of a job's first cost by which it rises.
const costRise = 0.05

// run begins with a placement, in which jobs may have no place. It returns false if the work is over, or after so many moves.
// Costs are areas, to the power of alpha.
func (e *ejector) run(from placement, limit int64, alpha float64, moves int, rng *rand.Rand) bool {
	jobs := e.p.jobs
	e.w.spend(20 * len(jobs))
	e.at, e.out = append(e.at[:0], from...), e.out[:0]
	e.begins, e.ends = e.begins[:0], e.ends[:0]
	e.cost, e.step = make([]float64, len(jobs)), make([]float64, len(jobs))
	for i := range jobs {
		j := &jobs[i]
		e.cost[i] = math.Pow(float64(j.size)*float64(j.death-j.birth), alpha)
		e.step[i] = e.cost[i] * costRise
		if e.at[i] == unplaced || e.at[i]+j.size > limit {
			if alignUp(j.lo, j.mod)+j.size > limit {
				return false
			}
			e.at[i] = unplaced
			e.out = append(e.out, int32(i))
			continue
		}
		e.begins = append(e.begins, span{e.at[i], j.birth, j.death, int32(i)})
		e.ends = append(e.ends, span{e.at[i] + j.size, j.birth, j.death, int32(i)})
	}
	bySpan := func(a, b span) int { return cmp.Or(cmp.Compare(a.y, b.y), cmp.Compare(a.job, b.job)) }
	slices.SortFunc(e.begins, bySpan)
	slices.SortFunc(e.ends, bySpan)
	for ; len(e.out) > 0; moves-- {
		if e.w.over() || moves == 0 {
			return false
		}
		k := rng.IntN(len(e.out))
		i := e.out[k]
		e.out[k] = e.out[len(e.out)-1]
		e.out = e.out[:len(e.out)-1]
		e.move(i, limit, rng)
	}
	return true
}

// move puts job i where it costs least, and throws out what is there.
func (e *ejector) move(i int32, limit int64, rng *rand.Rand) {
	j := &e.p.jobs[i]
	e.over = e.sum(e.over[:0], e.begins, j)
	e.under = e.sum(e.under[:0], e.ends, j)
	e.w.spend(len(e.begins) + 4*len(e.over))
	low, high := alignUp(j.lo, j.mod), min(limit, j.hi)-j.size
	high -= high % j.mod
	best, cost, ties := low, math.Inf(1), 0
	a, b := 0, 0
	begun, over := 0.0, 0.0
	try := func(y int64) {
		for ; a < len(e.over) && e.over[a].y < y+j.size; a++ {
			begun = e.over[a].sum
		}
		for ; b < len(e.under) && e.under[b].y <= y; b++ {
			over = e.under[b].sum
		}
		switch c := begun - over; {
		case c < cost*(1-1e-9):
			best, cost, ties = y, c, 1
		case c <= cost:
			if ties++; rng.IntN(ties) == 0 {
				best = y
			}
		}
	}
	try(low)
	for _, u := range e.under {
		if y := alignUp(u.y, j.mod); y > low && y < high {
			try(y)
		}
	}
	try(high)
	a, b, begun, over = 0, 0, 0, 0
	for _, o := range e.over {
		if y := o.y - j.size; y > low && y < high {
			try(y - y%j.mod)
		}
	}
	n := 0
	for _, s := range e.begins {
		if s.y < best+j.size && s.birth < j.death && j.birth < s.death && s.y+e.p.jobs[s.job].size > best {
			e.at[s.job] = unplaced
			e.out = append(e.out, s.job)
			e.cost[s.job] += e.step[s.job]
			continue
		}
		e.begins[n] = s
		n++
	}
	if n < len(e.begins) {
		e.begins = e.begins[:n]
		e.ends = slices.DeleteFunc(e.ends, func(s span) bool { return e.at[s.job] == unplaced })
	}
	e.at[i] = best
	e.begins = enter(e.begins, span{best, j.birth, j.death, i})
	e.ends = enter(e.ends, span{best + j.size, j.birth, j.death, i})
}

// enter adds a span to those sorted by y.
func enter(list []span, s span) []span {
	at, _ := slices.BinarySearchFunc(list, s.y, func(a span, y int64) int { return cmp.Compare(a.y, y) })
	return slices.Insert(list, at, s)
}

// sum adds up what the jobs cost that live at the same time as j.
func (e *ejector) sum(dst []edge, list []span, j *job) []edge {
	sum := 0.0
	for k := range list {
		if s := &list[k]; s.birth < j.death && j.birth < s.death {
			sum += e.cost[s.job]
			dst = append(dst, edge{s.y, sum})
		}
	}
	return dst
}
