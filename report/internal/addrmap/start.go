package addrmap

import (
	"cmp"
	"math"
)

// start is what a map shows first: the two lanes that differ most, or the only one, and
// the frame at which they do.
type start struct {
	lanes []int
	frame int
	alike bool // the two never differ
}

// startAt finds the pair and the moment. What two strategies differ in is, in this
// order, how many requests they refused that tell something of memory, what they break,
// and where they put things. An invalid request tells nothing.
func (f *film) startAt() start {
	if len(f.lanes) == 1 {
		return start{lanes: []int{0}, frame: f.mostBroken(0)}
	}
	best := 0
	for i := range f.pairs {
		if f.pairs[i].differs(f, &f.pairs[best]) > 0 {
			best = i
		}
	}
	p := &f.pairs[best]
	frame, alike := f.mostApart(p)
	return start{[]int{p.a, p.b}, frame, alike}
}

// differs compares by how much the lanes of two pairs differ.
func (p *driftAt) differs(f *film, q *driftAt) int {
	refused, broken, drifted := p.apart(f)
	refused2, broken2, drifted2 := q.apart(f)
	return cmp.Or(cmp.Compare(refused, refused2), cmp.Compare(broken, broken2), cmp.Compare(drifted, drifted2))
}

// apart is by how much two lanes differ over the whole film: in telling refusals, in
// points of broken memory on average, and in the share of what is live that lies elsewhere.
func (p *driftAt) apart(f *film) (refused int, broken, drifted float64) {
	a, b := f.lanes[p.a], f.lanes[p.b]
	last := len(f.at) - 1
	refused = a.moments[last].telling - b.moments[last].telling
	if refused < 0 {
		refused = -refused
	}
	before := 0
	for i, op := range f.at {
		share := float64(op-before) / float64(f.at[last]) // of the operations
		broken += share * math.Abs(a.moments[i].broken-b.moments[i].broken)
		drifted += share * p.share(i)
		before = op
	}
	return refused, broken, drifted
}

// share is how much of what is live in either lane does not lie at the same place in both.
func (p *driftAt) share(i int) float64 {
	d := p.at[i]
	elsewhere := float64(d[moved]) + float64(d[onlyA]) + float64(d[onlyB])
	if elsewhere == 0 {
		return 0
	}
	return elsewhere / (elsewhere + float64(d[same]))
}

// burst is what it counts, in points of broken memory, that one of two strategies refused
// more in a frame.
const burst = 10

// mostApart is the frame at which two lanes differ most: in points of broken free memory,
// in requests refused since the frame before, and in where objects lie, of which all
// counts as a point. If they never differ it is the fullest one.
func (f *film) mostApart(p *driftAt) (frame int, alike bool) {
	a, b := f.lanes[p.a], f.lanes[p.b]
	best, most := -1, 0.0
	before := 0
	for i := range f.at {
		x, y := a.moments[i], b.moments[i]
		refused := x.telling - y.telling
		if x.live > 0 || y.live > 0 {
			score := math.Abs(x.broken-y.broken) + p.share(i)
			if refused != before {
				score += burst
			}
			if score > most {
				best, most = i, score
			}
		}
		before = refused
	}
	if best < 0 {
		return f.fullest(), true
	}
	return best, false
}

// mostBroken is the frame at which the largest share of a lane's free memory is broken,
// of equals the one with most free, while something is live; if nothing is ever broken
// the fullest one. The first refusal is no such moment: it may come of a full region, or
// of one that is hardly used.
func (f *film) mostBroken(lane int) int {
	best := -1
	var worst moment
	for i, m := range f.lanes[lane].moments {
		if m.live > 0 && (m.broken > worst.broken || m.broken == worst.broken && m.broken > 0 && m.live < worst.live) {
			best, worst = i, m
		}
	}
	if best < 0 {
		return f.fullest()
	}
	return best
}

// fullest is the frame at which most is live in all lanes together.
func (f *film) fullest() int {
	best, most := len(f.at)-1, uint64(0)
	for i := range f.at {
		live := uint64(0)
		for _, l := range f.lanes {
			live += l.moments[i].live
		}
		if live > most {
			best, most = i, live
		}
	}
	return best
}
