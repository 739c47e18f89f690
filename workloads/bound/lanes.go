package bound

import (
	"math/rand/v2"
	"slices"
	"sync"
)

// A lane is a search of its own beside another one, each on a core. Both have as many steps in
// a round, and begin the next one with the better of their results. Neither sees what the other
// one does in a round, nor is stopped by it: so the result does not depend on which is faster.
type lane struct {
	search
	run func(*lane)

	tried  int      // searches begun
	step   int64    // moves are to gain 1/step of what is above the lower bound
	orders *skyline // of all jobs
	pits   *valleys // of all jobs; nil if some are not free
	chains *ejector // of all jobs
}

// A round is 1/rounds of the work, and the first is 1/32 of that: what is easy is over soon.
const rounds = 50

// together searches in two lanes until the bounds meet or the work is over.
func (s *search) together() {
	lanes := [...]*lane{
		{search: *s, run: (*lane).decide, step: boldest},
		{search: *s, run: (*lane).move, step: boldest},
	}
	for k, l := range lanes {
		l.rng = rand.New(rand.NewPCG(s.rng.Uint64(), uint64(k)))
		l.w = &work{ctx: s.w.ctx, progress: func(float64) {}, all: 1}
		l.best = nil
		l.orders, l.chains = newSkyline(s.p, s.meets, l.w), newEjector(s.p, s.meets, l.w)
		if s.p.free() {
			l.pits = newValleys(s.p, l.w)
		}
	}
	total := s.w.left()
	for round := 0; !s.done(); round++ {
		steps := min(total/rounds, total/rounds>>5<<min(round, 5), s.w.left()/int64(len(lanes)))
		s.w.limit = s.w.all
		var wg sync.WaitGroup
		for _, l := range lanes {
			l.best, l.height, l.how, l.lower = append(l.best[:0], s.best...), s.height, s.how, s.lower
			l.w.done, l.w.looked, l.w.all, l.w.limit = 0, 0, steps, steps
			wg.Go(func() { l.run(l) })
		}
		wg.Wait()
		done := int64(0)
		for _, l := range lanes {
			s.take(l.best, l.how)
			s.lower = max(s.lower, l.lower)
			done += l.w.done
		}
		if done == 0 {
			return
		}
		s.w.spend(int(done))
	}
}

// nodesPerRound are the nodes that a search of orders may try at first.
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

// decide tries orders of placing: valleys, of jobs and of boxes, and skylines.
func (l *lane) decide() {
	for ; !l.done(); l.tried++ {
		limit, nodes := l.between(), nodesPerRound*luby(l.tried/4+1)
		var got verdict
		var at placement
		switch {
		case l.pits == nil || l.tried%8 == 7:
			l.rankBy(l.p, l.orders.rank, l.tried/8)
			got, at = l.orders.run(limit, nodes), l.orders.at
		case l.tried%4 == 3:
			l.decideBoxes(limit, nodes)
			continue
		default:
			l.rankBy(l.p, l.pits.rank, l.tried)
			got, at = l.pits.run(limit, nodes, l.tried%2 == 1), l.pits.at
			if got == ended {
				l.finish(limit)
			}
		}
		switch got {
		case found:
			l.take(at, "search of the orders of placing")
		case exhausted:
			if !l.p.exact {
				return
			}
			l.lower = max(l.lower, l.p.bytes(limit+1))
		}
	}
}

// finish places with moves what a search of valleys left, if that is not much.
func (l *lane) finish(limit int64) {
	if l.pits.least < len(l.p.jobs)/mostLeft && l.chains.run(l.pits.deep, limit, finishing, l.rng) {
		l.take(l.chains.at, "search of the orders of placing, finished by moves that throw out what is in the way")
	}
}

// A search is finished with moves if less than 1/mostLeft of the jobs have no place, and so many
// moves.
const (
	mostLeft  = 4
	finishing = 5000
)

// between is the lower bound or, as often, something between it and the best.
func (l *lane) between() int64 {
	limit := l.target()
	if l.rng.IntN(2) == 0 {
		limit += l.rng.Int64N(l.height - limit)
	}
	return limit
}

// boxes are the jobs in boxes, as a problem; nil if nothing can be put into any.
func (l *lane) boxes() (q *problem, holds [][]held) {
	l.w.spend(20 * len(l.p.jobs))
	return l.p.boxed(skips[l.rng.IntN(len(skips))], l.rng)
}

// skips are the shares of the pairs that are not put into a box, to find out which are not
// worth it.
var skips = [...]float64{0, 0.05, 0.1, 0.15, 0.3, 0.5}

// decideBoxes tries orders of placing boxes.
func (l *lane) decideBoxes(limit int64, nodes int) {
	q, holds := l.boxes()
	if q == nil {
		return
	}
	v := newValleys(q, l.w)
	l.rankBy(q, v.rank, l.tried/4)
	if v.run(limit, nodes, l.rng.IntN(2) == 0) == found {
		l.take(l.p.unboxed(v.at, holds), "search of the orders of placing boxes")
	}
}

// The share of the height above the lower bound that moves are to gain at first, 1/boldest, and
// the moves that they may take for it at first.
const (
	boldest       = 4
	movesPerRound = 20_000
)

// move lowers the best placement, in steps that become smaller, and begins again with more
// moves. Now and then it moves boxes.
func (l *lane) move() {
	for ; !l.done(); l.tried++ {
		gap := l.height - l.target()
		limit := l.height - max(1, gap/l.step)
		moves := movesPerRound << min(l.tried/16, 8)
		if l.tried%4 == 3 {
			l.moveBoxes(limit, moves)
			continue
		}
		if l.chains.run(l.best, limit, moves, l.rng) {
			l.take(l.chains.at, "moves that throw out what is in the way")
		} else if l.step *= 2; l.step > gap {
			l.step = boldest
		}
	}
}

// moveBoxes places boxes with moves.
func (l *lane) moveBoxes(limit int64, moves int) {
	q, holds := l.boxes()
	if q == nil {
		return
	}
	e := newEjector(q, q.meets(), l.w)
	none := slices.Repeat(placement{unplaced}, len(q.jobs))
	if e.run(none, limit, moves, l.rng) {
		l.take(l.p.unboxed(e.at, holds), "moves of boxes that throw out what is in the way")
	}
}
