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
// A move takes O(m log m) steps for a job that lives at the same time as m others.
type ejector struct {
	p     *problem
	w     *work
	meets [][]int32

	at         placement
	cost, step []float64 // by job: what throwing it out costs, and by how much that rises
	out        []int32   // jobs without a place

	starts, ends []edge // scratch: of the jobs in the way
	places       []int64
}

// An edge is where a job begins or ends, and what all jobs up to it cost.
type edge struct {
	y   int64
	job int32
	sum float64
}

// costRise is the share of a job's first cost by which it rises.
const costRise = 0.05

// run begins with a placement. It returns false if the work is over, or after so many moves.
// Costs are areas, to the power of alpha.
func (e *ejector) run(from placement, limit int64, alpha float64, moves int, rng *rand.Rand) bool {
	jobs := e.p.jobs
	e.at, e.out = append(e.at[:0], from...), e.out[:0]
	e.cost, e.step = make([]float64, len(jobs)), make([]float64, len(jobs))
	for i := range jobs {
		j := &jobs[i]
		e.cost[i] = math.Pow(float64(j.size)*float64(j.death-j.birth), alpha)
		e.step[i] = e.cost[i] * costRise
		if e.at[i]+j.size > limit {
			if alignUp(j.lo, j.mod)+j.size > limit {
				return false
			}
			e.at[i] = unplaced
			e.out = append(e.out, int32(i))
		}
	}
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
	low, high := alignUp(j.lo, j.mod), min(limit, j.hi)-j.size
	high -= high % j.mod
	e.starts, e.ends = e.starts[:0], e.ends[:0]
	e.places = append(e.places[:0], low, high)
	for _, q := range e.meets[i] {
		y := e.at[q]
		if y == unplaced {
			continue
		}
		end := y + e.p.jobs[q].size
		e.starts, e.ends = append(e.starts, edge{y, q, 0}), append(e.ends, edge{end, q, 0})
		if above := alignUp(end, j.mod); above > low && above < high {
			e.places = append(e.places, above)
		}
		if below := y - j.size; below > low && below < high {
			e.places = append(e.places, below-below%j.mod)
		}
	}
	e.w.spend(20 * (1 + len(e.starts)))
	e.sum(e.starts)
	e.sum(e.ends)
	slices.Sort(e.places)
	best, cost, ties := low, math.Inf(1), 0
	a, b := 0, 0
	begun, over := 0.0, 0.0
	for _, y := range e.places {
		for ; a < len(e.starts) && e.starts[a].y < y+j.size; a++ {
			begun = e.starts[a].sum
		}
		for ; b < len(e.ends) && e.ends[b].y <= y; b++ {
			over = e.ends[b].sum
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
	for _, s := range e.starts {
		if s.y < best+j.size && s.y+e.p.jobs[s.job].size > best {
			e.at[s.job] = unplaced
			e.out = append(e.out, s.job)
			e.cost[s.job] += e.step[s.job]
		}
	}
	e.at[i] = best
}

// sum sorts edges and adds up what their jobs cost.
func (e *ejector) sum(list []edge) {
	slices.SortFunc(list, func(a, b edge) int { return cmp.Compare(a.y, b.y) })
	sum := 0.0
	for k := range list {
		sum += e.cost[list[k].job]
		list[k].sum = sum
	}
}
