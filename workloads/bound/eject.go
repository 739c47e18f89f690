package bound

import (
	"math"
	"math/rand/v2"
)

// An ejector brings a placement below a limit: a job without a place is put where what it
// overlaps costs least, and throws that out. The cost of a job, its size times lifetime, rises
// each time that it is thrown out, so that the same few do not throw each other out for ever.
//
// Each job keeps those that it meets sorted by where they begin and by where they end.
// Since few have moved when its turn comes again, a move takes about O(m) steps of m jobs that
// it meets. Costs are whole numbers, so that all machines agree.
type ejector struct {
	p *problem
	w *work

	at         placement
	out        []int32   // jobs without a place
	cost, step []int64   // by job: what throwing it out costs, and by how much that rises
	begin, end []int64   // by job: where it begins and ends, packed with its number
	over       [][]int64 // by job: begin of those that it meets, sorted when it moved last
	under      [][]int64 // by job: end of them
}

// A place is packed with the number of a job, which is less than mostSkyline; far is above
// all, for jobs without one.
const (
	jobBits = 12
	jobMask = 1<<jobBits - 1
	far     = math.MaxInt64 &^ jobMask
)

// mostPacked is the highest limit that can be packed.
const mostPacked = far>>jobBits - 1

// costRise is the share of a job's first cost by which it rises, 1/costRise.
const costRise = 20

func newEjector(p *problem, meets [][]int32, w *work) *ejector {
	n := len(p.jobs)
	e := &ejector{
		p: p, w: w, at: make(placement, n), cost: make([]int64, n), step: make([]int64, n),
		begin: make([]int64, n), end: make([]int64, n), over: make([][]int64, n), under: make([][]int64, n),
	}
	for i, list := range meets {
		e.over[i], e.under[i] = make([]int64, len(list)), make([]int64, len(list))
		for k, o := range list {
			e.over[i][k], e.under[i][k] = int64(o), int64(o)
		}
	}
	return e
}

// run begins with a placement, in which jobs may have no place. It returns false if the work
// is over, or after so many moves.
func (e *ejector) run(from placement, limit int64, moves int, rng *rand.Rand) bool {
	if limit > mostPacked {
		return false
	}
	most := 0.0
	for i := range e.p.jobs {
		most = max(most, e.p.jobs[i].area())
	}
	e.out = e.out[:0]
	for i := range e.p.jobs {
		j := &e.p.jobs[i]
		e.step[i] = 1 + int64(j.area()/most*(1<<30))
		e.cost[i] = costRise * e.step[i]
		y := from[i]
		if y == unplaced || y+j.size > limit {
			if alignUp(j.lo, j.mod)+j.size > limit {
				return false
			}
			y = unplaced
		}
		e.set(int32(i), y)
	}
	e.w.spend(20 * len(e.p.jobs))
	for ; len(e.out) > 0; moves-- {
		if e.w.over() || moves == 0 {
			return false
		}
		k, last := rng.IntN(len(e.out)), len(e.out)-1
		i := e.out[k]
		e.out[k], e.out = e.out[last], e.out[:last]
		e.move(i, limit, rng)
	}
	return true
}

// area is size times lifetime.
func (j *job) area() float64 { return float64(j.size) * float64(j.death-j.birth) }

// set gives a job a place, or none.
func (e *ejector) set(i int32, y int64) {
	e.at[i] = y
	if y == unplaced {
		e.begin[i], e.end[i] = far|int64(i), far|int64(i)
		e.out = append(e.out, i)
		return
	}
	e.begin[i], e.end[i] = y<<jobBits|int64(i), (y+e.p.jobs[i].size)<<jobBits|int64(i)
}

// resorted is list with what by says now of the same jobs, sorted; without those that have
// no place.
func resorted(list, by []int64) []int64 {
	for k, v := range list {
		v = by[v&jobMask]
		for ; k > 0 && list[k-1] > v; k-- {
			list[k] = list[k-1]
		}
		list[k] = v
	}
	n := len(list)
	for n > 0 && list[n-1] >= far {
		n--
	}
	return list[:n]
}

// move puts job i where it costs least, and throws out what is there.
func (e *ejector) move(i int32, limit int64, rng *rand.Rand) {
	over := resorted(e.over[i], e.begin)
	y := e.cheapest(&e.p.jobs[i], limit, over, resorted(e.under[i], e.end), rng)
	top := y + e.p.jobs[i].size
	for _, o := range over {
		if k := int32(o & jobMask); e.at[k] < top && e.end[k]>>jobBits > y {
			e.set(k, unplaced)
			e.cost[k] += e.step[k]
		}
	}
	e.set(i, y)
	e.w.spend(6 * len(e.over[i]))
}

// cheapest is the place for j where what it overlaps costs least. Upwards, what begins there
// adds to that, and what ends takes away: it is least in the stretches behind an end and
// before a beginning, and one of their two ends is taken.
func (e *ejector) cheapest(j *job, limit int64, over, under []int64, rng *rand.Rand) int64 {
	y, high := alignUp(j.lo, j.mod), min(limit, j.hi)-j.size
	best, cost, ties := y, int64(math.MaxInt64), 0
	try := func(y, c int64) {
		if c < cost {
			best, cost, ties = y, c, 0
		}
		if ties++; c == cost && rng.IntN(ties) == 0 {
			best = y
		}
	}
	a, b, sum := 0, 0, int64(0)
	for {
		for ; a < len(over) && over[a]>>jobBits-j.size < y; a++ {
			sum += e.cost[over[a]&jobMask]
		}
		to := high
		if a < len(over) {
			to = min(to, over[a]>>jobBits-j.size)
		}
		for ; b < len(under) && under[b]>>jobBits <= max(y, to); b++ {
			y = max(y, under[b]>>jobBits)
			sum -= e.cost[under[b]&jobMask]
		}
		if first := alignUp(y, j.mod); sum <= cost && first <= to {
			try(first, sum)
			if last := to - to%max(1, j.mod); last > first {
				try(last, sum)
			}
		}
		if to >= high || b == len(under) {
			return best
		}
		y = under[b] >> jobBits
	}
}
