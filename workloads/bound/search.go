package bound

import (
	"cmp"
	"slices"
)

// How much each search may do.
const (
	mostPiled    = 20_000 // jobs that are piled at all: a pile takes the square of it
	mostReserved = 4_000  // jobs that are reserved before a repair begins
	repairRounds = 60     // rounds of a repair
	stale        = 12     // rounds of it without a gain
)

// search tries everything, cheapest first, until the bounds meet or the work is over.
func (s *search) search() {
	total := s.w.left()
	share := func(part int64) { s.w.allow(total / part) }
	share(8)
	s.repair(s.target(), s.tied())
	share(3)
	s.highAndLow()
	share(4)
	s.piles()
	if len(s.p.jobs) <= mostPiled {
		share(8)
		half := s.p.ordered(s.p.weights(s.crowd, 0))
		s.repair(s.target(), half[:len(half)/4])
	}
	if s.meets != nil {
		s.together()
		return
	}
	for round := 0; !s.done(); round++ {
		before, height := s.w.done, s.height
		// In a region in between a repair may do what it does not at the bound.
		share(8)
		target := s.target() + (s.height-s.target())/int64(2+round%3)
		list := s.p.ordered(s.p.weights(s.crowd, round%2))
		s.repair(target, list[:min(mostReserved, len(list)>>(2+round%4))])
		if round >= 12 && s.height == height || s.w.done == before {
			return // nothing that is left changes anything
		}
	}
}

// highAndLow sweeps with short-lived jobs from above and the others from below.
func (s *search) highAndLow() {
	lives := make([]int64, 0, len(s.p.jobs))
	for i := range s.p.jobs {
		lives = append(lives, int64(s.p.jobs[i].freed-s.p.jobs[i].op))
	}
	slices.Sort(lives)
	for _, percent := range []int{50, 90, 99} {
		if s.done() || s.w.over() {
			return
		}
		if s.sweep.run(nil, s.target(), way{above: lives[len(lives)*percent/100]}, s.w) {
			s.take(s.sweep.at, "first fit, the short-lived from above")
		}
	}
}

// piles piles the jobs in every order, at the lowest place and the tightest.
func (s *search) piles() {
	if len(s.p.jobs) > mostPiled {
		return
	}
	for o := range orders {
		list := s.p.ordered(s.p.weights(s.crowd, o))
		for _, tight := range []bool{false, true} {
			if s.done() || s.w.over() {
				return
			}
			s.pile.clear()
			whole := true
			for _, i := range list {
				if whole = !s.w.over() && s.pile.put(i, tight, nowhere, s.w); !whole {
					break
				}
			}
			how := "lowest fit, "
			if tight {
				how = "best fit, "
			}
			if whole {
				s.take(s.pile.at, how+orders[o].name)
			}
		}
	}
}

// repair sweeps again and again: a job that found no place below limit is reserved one
// before the next sweep, in front of those reserved already.
func (s *search) repair(limit int64, list []int32) {
	ahead := make([]bool, len(s.p.jobs)) // jobs that go in front in this round
	idle := 0
	for range repairRounds {
		if s.done() || s.w.over() || len(list) > mostPiled || idle > stale {
			return
		}
		late := s.reserve(list, limit)
		if !s.sweep.run(s.pile.at, limit, way{}, s.w) {
			return
		}
		height := s.height
		s.take(s.sweep.at, "first fit with places reserved for what did not fit")
		if idle++; s.height < height {
			idle = 0
		}
		failed := s.sweep.failed
		if len(late)+len(failed) == 0 {
			return // it fits
		}
		slices.SortFunc(failed, func(a, b int32) int {
			return cmp.Or(cmp.Compare(s.p.jobs[b].size, s.p.jobs[a].size), cmp.Compare(a, b))
		})
		next := slices.Concat(late, failed)
		for _, i := range next {
			ahead[i] = true
		}
		for _, i := range list {
			if !ahead[i] {
				next = append(next, i)
			}
		}
		clear(ahead)
		list = next
	}
}
