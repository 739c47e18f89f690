package rangemgr

import "slices"

// Requests with a window or an alignment visit the holes that are large enough
// in the order of best fit. Mostly the first or second serves; but there are
// regions where thousands do not. An index ([fitIndex]) answers in O(log^2 n)
// but must follow every hole that comes and goes, also for requests without
// conditions. So it is made on demand: what searches of one kind have visited
// in vain, less what an index would have cost since, is a debt, and one that
// has grown to the price of building pays for it. While there is an index each
// search still tries a few holes first; an index that has helped none for long
// is dropped.
type demand struct {
	align  uint64
	window bool
	debt   uint64 // in holes visited
	last   uint64 // what the clock was when the debt was looked at last
}

const (
	patience   = 40  // holes a search may visit in vain before it is about an index ...
	leastPrice = 512 // ... and in all before one is built
	maxDemands = 16  // kinds of searches that are remembered ...
	maxIndexes = 8   // ... and indexes; beyond that the oldest goes
	// The costs of an index in visits in vain: of entering a node's hole, and of
	// following a change, without and with zones. To enter costs more than 1,
	// but an index that was built too early is dropped soon.
	enterCost                   = 1
	changeCost, zonedChangeCost = 12, 32
	idleTurns                   = 4 // changes per hole without help until an index is dropped
)

// patienceFor decides how a search that has used up its patience goes on: with
// an index, or up to a limit of visits in vain. d is what it returned before.
func (h *heap[page]) patienceFor(q *query, d *demand) (*fitIndex[page], *demand, uint64) {
	if d != nil {
		d.debt = 0
		return h.indexFor(*d), d, 0
	}
	if x := h.fitsFor(q); x != nil {
		x.helped = true
		x.trial /= 2
		return x, nil, 0
	}
	window := q.top || !q.whole(h.pages)
	d = h.demandFor(q.align, window)
	cost := uint64(changeCost)
	if window {
		cost = zonedChangeCost
	}
	now := h.clock()
	d.debt -= min(d.debt, cost*(now-d.last))
	d.last = now
	price := max(enterCost*uint64(len(h.nodes))/2, leastPrice)
	if h.eager {
		price = 1
	}
	return nil, d, h.patience(q) + price - min(price-1, d.debt)
}

// fitsFor is the index for q, or nil.
func (h *heap[page]) fitsFor(q *query) *fitIndex[page] {
	for _, x := range h.fits {
		if x.align == q.align && (x.zoned || !q.top && q.whole(h.pages)) {
			return x
		}
	}
	return nil
}

// patience is how many holes a search visits in vain before it asks for an
// index: if there is one, the fewer the oftener that was in vain lately.
func (h *heap[page]) patience(q *query) uint64 {
	if h.eager {
		return 1
	}
	if x := h.fitsFor(q); x != nil {
		// A tree is asked at less cost than a hierarchy of zones.
		least := uint64(2)
		if x.zoned {
			least = 4
		}
		x.trial = min(max(x.trial*2, least), patience)
		return x.trial
	}
	return patience
}

// charge adds the visits in vain of a search to the debt, if it has one.
func (d *demand) charge(vain uint64) {
	if d != nil {
		d.debt += vain
	}
}

// demandFor is the memory of one kind of searches.
func (h *heap[page]) demandFor(align uint64, window bool) *demand {
	least := 0
	for i := range h.demands {
		d := &h.demands[i]
		if d.align == align && d.window == window {
			return d
		}
		if d.debt < h.demands[least].debt {
			least = i
		}
	}
	fresh := demand{align: align, window: window, last: h.clock()}
	if len(h.demands) < maxDemands {
		h.demands = append(h.demands, fresh)
		return &h.demands[len(h.demands)-1]
	}
	h.demands[least] = fresh
	return &h.demands[least]
}

// clock counts the holes that grants and frees have changed, nearly.
func (h *heap[page]) clock() uint64 { return h.counts.Splits + h.counts.Merges }

// indexFor builds the index that the searches of one kind have paid for.
func (h *heap[page]) indexFor(d demand) *fitIndex[page] {
	if h.ages == nil {
		h.dateHoles()
	}
	at := slices.IndexFunc(h.fits, func(x *fitIndex[page]) bool { return x.align == d.align })
	if at < 0 {
		if len(h.fits) == maxIndexes {
			h.fits = slices.Delete(h.fits, 0, 1)
		}
		at = len(h.fits)
		h.fits = append(h.fits, h.newFitIndex(d.align))
		h.indexed = true
	}
	x := h.fits[at]
	if x.helped = true; d.window && !x.zoned {
		x.zoned = true
		if x.zones[0].holes > leafHoles {
			h.cut(x, 0, 0)
		}
	}
	return x
}

// dropIdle drops the indexes that have helped no request since it was called
// last.
func (h *heap[page]) dropIdle() {
	h.fits = slices.DeleteFunc(h.fits, func(x *fitIndex[page]) bool { return !x.helped })
	for _, x := range h.fits {
		x.helped = false
	}
	h.idle = 0
	if len(h.fits) == 0 {
		h.ages, h.fits = nil, nil
		h.indexed = h.top != nil
	}
}

// dateHoles gives every hole an age of its own that agrees with the lists.
func (h *heap[page]) dateHoles() {
	h.ages = make([]uint64, len(h.nodes), cap(h.nodes))
	h.newest = 1 << 63
	age := h.newest
	for first, ok := h.smallest(1); ok; first, ok = h.smallest(uint64(h.nodes[first].hole) + 1) {
		for i := first; i != none; i = h.nodes[i].older {
			h.ages[i] = age
			age--
		}
	}
}

// enter enters the hole of node i, the newest, into the indexes.
func (h *heap[page]) enter(i index) {
	if h.top != nil {
		h.enterTop(i)
	}
	if h.ages == nil {
		return
	}
	for int(i) >= len(h.ages) {
		h.ages = append(h.ages, 0)
	}
	h.newest++
	h.ages[i] = h.newest
	for _, x := range h.fits {
		h.insert(x, i)
	}
}

// leave takes the hole of node i out of the indexes.
func (h *heap[page]) leave(i index) {
	if h.top != nil {
		h.leaveTop(i)
	}
	if h.ages == nil {
		return
	}
	for _, x := range h.fits {
		h.remove(x, i)
	}
	if h.idle++; h.idle > idleTurns*uint64(len(h.nodes))+1024 {
		h.dropIdle()
	}
}
