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
	for round := 0; !s.done(); round++ {
		before, height, lower := s.w.done, s.height, s.lower
		if s.meets != nil {
			share(20) // its steps are the quickest
			s.skylines()
			share(40)
			s.boxes(round)
			share(20)
			s.eject(round)
		} else {
			// In a region in between a repair may do what it does not at the bound.
			share(8)
			target := s.target() + (s.height-s.target())/int64(2+round%3)
			list := s.p.ordered(s.p.weights(s.crowd, round%2))
			s.repair(target, list[:min(mostReserved, len(list)>>(2+round%4))])
		}
		if s.meets == nil && round >= 12 && s.height == height || s.w.done == before && s.lower == lower {
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

// nodesPerRound are the nodes that a skyline may try at first.
const nodesPerRound = 1000

// luby is the n-th number, from 1 on, of the sequence 1 1 2 1 1 2 4 ... of Luby, Sinclair and
// Zuckerman (1993): so long a search is to go on before it begins anew.
func luby(n int) int {
	for k := 1; ; k++ {
		switch full := 1<<k - 1; {
		case n == full:
			return 1 << (k - 1)
		case n < full:
			return luby(n - (full+1)/2 + 1)
		}
	}
}

// skylines searches for a placement at the lower bound and between it and the best. If there
// is none the bound rises.
func (s *search) skylines() {
	k := newSkyline(s.p, s.meets, s.w)
	for !s.done() && !s.w.over() {
		noise := 0.0
		if s.tried >= 2*len(preorders) {
			noise = noises[s.tried%len(noises)]
		}
		k.prefer(preorders[s.tried%len(preorders)], s.crowd, noise, s.rng)
		limit := s.target()
		if s.tried%2 == 1 {
			limit += (s.height - limit) * int64(1+s.tried/2%3) / 4
		}
		s.tried++
		switch k.run(limit, nodesPerRound*luby(s.tried)) {
		case found:
			s.take(k.at, "search of the orders of placing")
		case exhausted:
			if !s.p.exact {
				return
			}
			s.lower = max(s.lower, s.p.bytes(limit+1))
		}
	}
}

// noises are the shares by which keys become larger at most, once all preorders were tried
// twice without.
var noises = [...]float64{0.05, 0.1, 0.2, 0.4, 0.8}

// boxes searches for a placement of boxes, at the lower bound and between it and the best:
// by a skyline and, where that ends, by ejections.
func (s *search) boxes(round int) {
	for n := 0; !s.done() && !s.w.over(); n++ {
		s.w.spend(20 * len(s.p.jobs))
		q, holds := s.p.boxed(skips[n%len(skips)], s.rng)
		if q == nil {
			return
		}
		k := newSkyline(q, q.meets(), s.w)
		k.prefer(preorders[n/4%len(preorders)], s.crowd, 0.3, s.rng)
		limit := s.target()
		if n%3 == 2 {
			limit += (s.height - limit) / 4
		}
		if k.run(limit, nodesPerRound/2<<min(round/2, 16)) == found {
			s.take(s.p.unboxed(k.at, holds), "search of the orders of placing boxes")
		}
		if n%4 != 0 || s.done() {
			continue
		}
		e := ejector{p: q, w: s.w}
		for i := range k.at {
			k.at[i] = unplaced
		}
		limit = s.height - max(1, (s.height-s.target())/8)
		if e.run(k.at, limit, 0.5+0.5*float64(round%2), 5000<<min(round, 8), s.rng) {
			s.take(s.p.unboxed(e.at, holds), "moves of boxes that throw out what is in the way")
		}
	}
}

// skips are the shares of the pairs that are not put into a box, to find out which are not
// worth it.
var skips = [...]float64{0, 0.05, 0.1, 0.15, 0.3, 0.5}

// eject lowers the best placement as far as it goes, in steps that become smaller.
func (s *search) eject(round int) {
	e := ejector{p: s.p, w: s.w}
	for step := int64(8); !s.done() && !s.w.over(); {
		limit := s.height - max(1, (s.height-s.target())/step)
		if e.run(s.best, limit, 0.5+0.5*float64(round%2), 20_000<<min(round, 8), s.rng) {
			s.take(e.at, "moves that throw out what is in the way")
		} else if step *= 2; s.height-s.target() < step {
			return
		}
	}
}
