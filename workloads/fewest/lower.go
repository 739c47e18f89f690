package fewest

import (
	"github.com/vramlab/vramlab/sgtable"
	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/workloads"
)

// The lower bounds. They hold for every placement that grants a given set of requests, whose
// tables map each object and nothing else: whatever the strategy, its hindsight, and how it
// scatters. Device addresses are those of the region, which begins at 0.
//
// One object. An object of n bytes, in whole pages of 4 KiB, is mapped at a virtual address
// that is a multiple of 2 MiB. A segment has at most MaxSegment bytes, so there are at least
// n/MaxSegment, rounded up. An entry covers a group of 1, 16 or 512 pages that is aligned in
// virtual addresses. Of these groups in [0, n) the greedy cover (as many of 2 MiB as lie
// inside, then as many of 64 KiB, then pages) is the smallest, since each size divides
// the next: [leastEntries].
//
// Pins. Extents in which the stream begins lie where they lie until they are freed, and so do
// objects that are granted in a window as large as themselves, if the driver keeps all of it. A
// segment of another object lies between two of these pins. So an object has at least as many
// segments as the fewest of the gaps between those that are live when it is granted, largest
// first, that hold n bytes together. (What else is live, windows and alignments only make gaps
// smaller.)
//
// All that is live. Say unit is 2 MiB, or 64 KiB. An entry of at least a unit lies on places
// of a unit, aligned in device addresses, that are inside the region and, of an object that is no
// pin, outside the pins; entries of what is live at one time do not share them. Let object i, no
// pin, have u(i) groups of a unit inside [0, n), of which d(i) are mapped by smaller entries. At each moment
//
//	sum over live i of (u(i) - d(i)) <= places there are then
//
// A group of 2 MiB so mapped has at least 32 entries in place of one, one of 64 KiB has 16 in
// place of one. With d2 and d64 for the two units an object has at least
//
//	leastEntries(n) + 31 d2(i) + 15 d64(i)
//
// entries: a group of 2 MiB that is mapped by smaller entries and has k groups of 64 KiB
// mapped by pages has at least 32-k + 16k of them, which is 1 + 31 + 15k; a group of 64 KiB
// behind the last of 2 MiB has 16, which is 1 + 15. The least sum of d under these
// constraints is found exactly, see [cover]. An object that is trimmed counts until then.

// needs are the least that an object takes.
type needs struct {
	segs, entries uint64
	bytes         uint64
	units         [2]uint64 // groups of each of [coverUnits]
}

// coverUnits are the units of the bound on all that is live, and what it costs to map a
// group of a unit by the next smaller entries.
var coverUnits = [2]struct{ bytes, more uint64 }{{sgtable.Page2M, 31}, {sgtable.Page64K, 15}}

// needsOf is what an object requested as asked takes under a policy; nothing if it is too big for
// a table.
func needsOf(asked strategies.Request, region strategies.Region, p sgtable.Policy) needs {
	r := p.Request(asked, region)
	if p.Keeps != nil {
		r.Size = min(r.Size, p.Keeps(asked, region))
	}
	if r.Size == 0 || sgtable.TooBig(r.Size) {
		return needs{}
	}
	o := p.Options(r)
	n := needs{bytes: o.Size, segs: (o.Size-1)/uint64(o.MaxSegment) + 1, entries: leastEntries(o.Size)}
	for k, u := range coverUnits {
		n.units[k] = o.Size / u.bytes
	}
	return n
}

// either is what holds of both.
func (n needs) either(m needs) needs {
	n.segs, n.entries, n.bytes = min(n.segs, m.segs), min(n.entries, m.entries), min(n.bytes, m.bytes)
	if n.units != m.units {
		n.units = [2]uint64{} // which of the two is granted is not known
	}
	return n
}

// lowerBounds are the fewest segments, and the fewest entries, with which the requests of
// served can be granted.
func lowerBounds(region strategies.Region, ops []workloads.Op, p sgtable.Policy, served bitset) (segs, entries uint64) {
	pins := pinsOf(region, ops, p, served)
	between := newGaps(region, pins)
	pinned := newBitset(len(ops))
	for _, p := range pins {
		pinned.set(p.born)
	}
	covers := [2]*cover{}
	for k, u := range coverUnits {
		covers[k] = &cover{places: between.places[u.bytes]}
	}
	until := heldUntil(ops)
	born := make(map[uint32]int) // of what is in a slot now, that counts
	for i := range ops {
		op := &ops[i]
		counts := op.Kind == workloads.Alloc && served.has(i)
		var n needs
		if counts {
			n = needsOf(op.Req, region, p)
			if i+1 < len(ops) && ops[i+1].Kind == workloads.Fallback {
				n = n.either(needsOf(ops[i+1].Req, region, p))
			}
			segs += max(n.segs, between.fewest(n.bytes))
			entries += n.entries
		}
		changed := between.step(i)
		for k, c := range covers {
			switch op.Kind {
			case workloads.Free, workloads.FreeCleared, workloads.Trim:
				if at, ok := born[op.Slot]; ok {
					c.end(at)
				}
			}
			if changed {
				c.places = between.places[coverUnits[k].bytes]
			}
			if counts && !pinned.has(i) {
				c.add(i, n.units[k], until[i])
			}
			c.meet()
		}
		if counts {
			born[op.Slot] = i
		} else if op.Kind != workloads.Alloc && op.Kind != workloads.Fallback {
			delete(born, op.Slot)
		}
	}
	for k, u := range coverUnits {
		entries += u.more * covers[k].missed
	}
	return segs, entries
}

// heldUntil is, for each allocation and extent of the state, the operation from which on it
// may hold less.
func heldUntil(ops []workloads.Op) []int {
	until := make([]int, len(ops))
	born := make(map[uint32]int)
	for i := range ops {
		until[i] = never
		switch op := &ops[i]; op.Kind {
		case workloads.Alloc, workloads.Live:
			born[op.Slot] = i
		case workloads.Free, workloads.FreeCleared, workloads.Trim:
			if b, ok := born[op.Slot]; ok {
				until[b] = i
				delete(born, op.Slot)
			}
		}
	}
	return until
}
