package reason

import (
	"cmp"
	"slices"
)

// Which objects to free for several blocks at once: each block is a slot, unit bytes at a
// multiple of that, and free only if no object reaches into it. Most slots that are taken
// are taken by one object alone. Those are only counted, so that an object of a GiB is one
// number; the others, at most two for each piece, are listed with their objects.
//
// The least bytes that free so many slots are a covering problem, so there is no quick way
// to be right always. Cheapest bounds it from below: the bytes of an object, divided among
// the slots that it touches, price each slot at the sum of the parts of its objects; no set
// that frees k slots costs less than the k lowest prices. On most states a greedy choice
// meets the bound. Where it does not, all sets are searched, up to a number of steps.

// taken is the slots of a state that are not free.
type taken struct {
	*State
	unit   uint64
	own    []uint64 // by object: slots that it takes alone
	shared []slot   // taken by several, ascending
	of     [][]int  // by object: the shared slots it is in, as indices
	touch  []uint64 // by object: slots that it reaches into
	free   uint64   // slots that are free
	all    uint64   // slots that there are
}

type slot struct {
	at uint64
	of []int
}

// slots finds the slots inside [lo, hi).
func (s *State) slots(unit, lo, hi uint64) *taken {
	t := &taken{State: s, unit: unit, own: make([]uint64, len(s.Objects)), of: make([][]int, len(s.Objects)), touch: make([]uint64, len(s.Objects))}
	first := roundUp(lo, unit) / unit
	end := hi / unit
	if first >= end {
		return t
	}
	t.all = end - first
	next := first // the lowest slot that is not looked at yet
	busy := uint64(0)
	var edge slot // the last slot of the piece before, which later pieces may reach into
	flush := func() {
		switch len(edge.of) {
		case 0:
		case 1:
			t.own[edge.of[0]]++
			t.touch[edge.of[0]]++
		default:
			for _, o := range edge.of {
				t.touch[o]++
				t.of[o] = append(t.of[o], len(t.shared))
			}
			t.shared = append(t.shared, edge)
		}
		edge = slot{}
	}
	for _, p := range s.Pieces {
		a, b := p.Start/unit, (p.End()-1)/unit+1 // its slots are [a, b)
		a, b = max(a, first), min(b, end)
		if a >= b {
			continue
		}
		if len(edge.of) > 0 && a == edge.at/unit {
			if !slices.Contains(edge.of, p.Of) {
				edge.of = append(edge.of, p.Of)
			}
			a++
		}
		if a >= b {
			continue
		}
		flush()
		// All but the last are this piece's alone: what came before ended earlier, what
		// comes later begins in the last at the earliest.
		t.own[p.Of] += b - 1 - a
		t.touch[p.Of] += b - 1 - a
		edge = slot{at: (b - 1) * unit, of: []int{p.Of}}
		busy += b - max(a, next)
		next = b
	}
	flush()
	t.free = t.all - busy
	return t
}

// better keeps the better of two sets; the first may be none.
func (t *taken) better(best *Set, s Set) {
	if best.Of == nil || t.Compare(s, *best) < 0 {
		*best = s
	}
}

// one is the cheapest set that frees a slot; none if all are free.
func (t *taken) one() (best Set) {
	for o, n := range t.own {
		if n > 0 && (best.Of == nil || t.Objects[o].Bytes <= best.Bytes) {
			t.better(&best, t.set([]int{o}, 0))
		}
	}
	for _, s := range t.shared {
		t.better(&best, t.set(s.of, s.at))
	}
	return best
}

// bound is a number of bytes that no set which frees k slots is below.
func (t *taken) bound(k uint64) uint64 {
	type price struct {
		each float64
		n    uint64
	}
	var prices []price
	part := func(o int) float64 { return float64(t.Objects[o].Bytes) / float64(t.touch[o]) }
	for o, n := range t.own {
		if n > 0 {
			prices = append(prices, price{part(o), n})
		}
	}
	for _, s := range t.shared {
		sum := 0.0
		for _, o := range s.of {
			sum += part(o)
		}
		prices = append(prices, price{sum, 1})
	}
	slices.SortFunc(prices, func(a, b price) int { return cmp.Compare(a.each, b.each) })
	sum := 0.0
	for _, p := range prices {
		n := min(k, p.n)
		sum += p.each * float64(n)
		if k -= n; k == 0 {
			break
		}
	}
	// What floating point may have added is far below the smallest object.
	return uint64(max(0, sum*(1-1e-9)-1))
}

// mostPicked and mostSteps bound the choice of a set: objects that the greedy one takes,
// and steps of the search through all.
const (
	mostPicked = 1 << 12
	mostSteps  = 1 << 18
)

// Cheapest is a set that frees k slots more than are free; ok is false if there is none, or
// it would take too many objects. exact says that none is cheaper.
func (t *taken) Cheapest(k uint64) (best Set, exact, ok bool) {
	if t.all-t.free < k || k == 0 {
		return Set{}, false, false
	}
	if k == 1 {
		return t.one(), true, true
	}
	least := t.bound(k)
	if page := t.Region.Page; page > 1 {
		least = roundUp(least, page) // as every object is whole pages
	}
	if best, ok = t.greedy(k, least); !ok {
		return best, false, false
	}
	if best.Bytes <= least {
		return best, true, true
	}
	found, exact := t.search(k, best)
	return found, exact, true
}

// picking is a set under way.
type picking struct {
	*taken
	in    []bool
	list  []int
	left  []int // by shared slot: its objects that are not in
	bytes uint64
	got   uint64 // slots
}

func (t *taken) pick() *picking {
	p := &picking{taken: t, in: make([]bool, len(t.Objects)), left: make([]int, len(t.shared))}
	for i, s := range t.shared {
		p.left[i] = len(s.of)
	}
	return p
}

func (p *picking) add(o int) {
	p.in[o] = true
	p.list = append(p.list, o)
	p.bytes += p.Objects[o].Bytes
	p.got += p.own[o]
	for _, i := range p.of[o] {
		if p.left[i]--; p.left[i] == 0 {
			p.got++
		}
	}
}

func (p *picking) drop(o int) {
	p.in[o] = false
	p.list = slices.DeleteFunc(p.list, func(x int) bool { return x == o })
	p.bytes -= p.Objects[o].Bytes
	p.got -= p.own[o]
	for _, i := range p.of[o] {
		if p.left[i] == 0 {
			p.got--
		}
		p.left[i]++
	}
}

// gain is what adding the objects of a group would free, and what they cost.
func (p *picking) gain(group []int) (slots, bytes uint64) {
	comes := func(o int) bool { return !p.in[o] && slices.Contains(group, o) }
	for _, o := range group {
		if p.in[o] {
			continue
		}
		bytes += p.Objects[o].Bytes
		slots += p.own[o]
		for _, i := range p.of[o] {
			of := p.shared[i].of
			first := of[slices.IndexFunc(of, comes)] // of the group, so that the slot counts once
			if first == o && !slices.ContainsFunc(of, func(x int) bool { return !p.in[x] && !comes(x) }) {
				slots++
			}
		}
	}
	return slots, bytes
}

// greedy takes what frees most slots for its bytes, and in each step looks for what would
// end the choice, until that takes no more than least bytes.
func (t *taken) greedy(k, least uint64) (best Set, ok bool) {
	var groups [][]int
	for o, n := range t.own {
		if n > 0 {
			groups = append(groups, []int{o})
		}
	}
	for _, s := range t.shared {
		groups = append(groups, s.of)
	}
	p := t.pick()
	const mostLooks = 1 << 25
	looks := 0
	for len(p.list) < mostPicked && looks < mostLooks {
		need := k - p.got
		bestGroup, lastGroup := -1, -1
		var ratio float64
		var last uint64
		for i, g := range groups {
			slots, bytes := p.gain(g)
			looks += len(g)
			if slots == 0 {
				continue
			}
			if slots >= need && (lastGroup < 0 || bytes < last) {
				lastGroup, last = i, bytes
			}
			if r := float64(bytes) / float64(min(slots, need)); bestGroup < 0 || r < ratio {
				bestGroup, ratio = i, r
			}
		}
		if bestGroup < 0 {
			break
		}
		if lastGroup >= 0 {
			ends := t.pick()
			for _, o := range p.list {
				ends.add(o)
			}
			for _, o := range groups[lastGroup] {
				if !ends.in[o] {
					ends.add(o)
				}
			}
			if t.better(&best, ends.prune(k)); best.Bytes <= least {
				break
			}
		}
		for _, o := range groups[bestGroup] {
			if !p.in[o] {
				p.add(o)
			}
		}
		if p.got >= k {
			t.better(&best, p.prune(k))
			break
		}
		groups = slices.DeleteFunc(groups, func(g []int) bool {
			return !slices.ContainsFunc(g, func(o int) bool { return !p.in[o] })
		})
	}
	return best, best.Of != nil
}

// prune drops what is not needed for k slots, the largest first.
func (p *picking) prune(k uint64) Set {
	list := slices.Clone(p.list)
	slices.SortFunc(list, func(a, b int) int {
		return cmp.Or(cmp.Compare(p.Objects[b].Bytes, p.Objects[a].Bytes), cmp.Compare(a, b))
	})
	for _, o := range list {
		if p.drop(o); p.got < k {
			p.add(o)
		}
	}
	return p.set(p.list, 0)
}

// search goes through all sets that could be cheaper than best, up to mostSteps.
func (t *taken) search(k uint64, best Set) (_ Set, exact bool) {
	var order []int
	for o, n := range t.touch {
		if n > 0 {
			order = append(order, o)
		}
	}
	per := func(o int) float64 { return float64(t.Objects[o].Bytes) / float64(t.touch[o]) }
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(per(a), per(b)) })
	p, steps := t.pick(), 0
	var walk func(i int, touched uint64)
	walk = func(i int, touched uint64) {
		if steps++; steps > mostSteps {
			return
		}
		if p.got >= k {
			t.better(&best, p.set(p.list, 0))
			return
		}
		// No object frees more slots than it touches, so what is still needed costs at
		// least this, however the slots are shared.
		least, need := float64(p.bytes), float64(k-min(k, touched))
		for _, o := range order[i:] {
			if need <= 0 {
				break
			}
			n := min(need, float64(t.touch[o]))
			least += n * per(o)
			need -= n
		}
		if need > 0 || i == len(order) || uint64(least*(1-1e-9)) > best.Bytes {
			return
		}
		p.add(order[i])
		if p.bytes <= best.Bytes {
			walk(i+1, touched+t.touch[order[i]])
		}
		p.drop(order[i])
		walk(i+1, touched)
	}
	walk(0, 0)
	return best, steps <= mostSteps
}

// freedBy are the slots that freeing a set makes free, the lowest first, most of them.
func (t *taken) freedBy(set Set, lo, hi uint64, most int) (at [][2]uint64) {
	in := make(map[int]bool)
	for _, o := range set.Of {
		in[o] = true
	}
	first, end := roundUp(lo, t.unit)/t.unit, hi/t.unit
	next := first
	for _, p := range t.Pieces {
		if !in[p.Of] {
			continue
		}
		for n := max(p.Start/t.unit, next); n < end && n*t.unit < p.End() && len(at) < most; n++ {
			next = n + 1
			others := t.State.in(n*t.unit, (n+1)*t.unit)
			if !slices.ContainsFunc(others, func(o int) bool { return !in[o] }) {
				at = append(at, [2]uint64{n * t.unit, t.unit})
			}
		}
	}
	return at
}
