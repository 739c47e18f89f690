package radix

import (
	"math/bits"

	"github.com/vramlab/vramlab/strategies/internal/pages"
)

// lowestFit is the lowest place for q: the next run that is long enough and the next
// aligned free page take turns until they meet.
func (t *tree[page]) lowestFit(q pages.Query) (start uint64, ok bool) {
	t.needEven()
	twos := uint(bits.TrailingZeros64(q.Align))
	for from := q.Lo; ; {
		start, ok = t.lowest(q.Size, from)
		if !ok || start+q.Size > q.Hi {
			return 0, false
		}
		over := start % q.Align
		if over == 0 {
			return start, true
		}
		if from, ok = t.evenFrom(0, t.top, twos, start+q.Align-over); !ok {
			return 0, false
		}
	}
}

// highestFit is the mirror image of lowestFit.
func (t *tree[page]) highestFit(q pages.Query) (start uint64, ok bool) {
	if q.Align > 1 {
		t.needEven()
	}
	twos := uint(bits.TrailingZeros64(q.Align))
	for to := q.Hi; ; {
		start, ok = t.highest(q.Size, to)
		if !ok || start < q.Lo {
			return 0, false
		}
		over := start % q.Align
		if over == 0 {
			return start, true
		}
		if start, ok = t.evenTo(0, t.top, twos, start-over); !ok {
			return 0, false
		}
		to = start + q.Size
	}
}

// lowest is the start of the lowest run of n free pages at or after page from.
//
// Finding the child to descend to without branches, by eight comparisons at once, is
// slower: first fit goes to the same places again and again, so the processor
// guesses them and has the next level loaded in advance. Remembering the lowest page
// that may be free, as the Go runtime does, is 4 % slower (5 % faster where the oldest
// extent is freed first): the root sees at once that low memory is taken.
func (t *tree[page]) lowest(n, from uint64) (start uint64, ok bool) {
	if from == 0 {
		start, _, ok = t.scan(0, t.top, 0, 0, 0, n)
	} else if from < t.pages {
		start, _, ok = t.lowestIn(0, t.top, 0, n, from)
	}
	return start, ok
}

// lowestIn is lowest in one node, whose first page is base and which holds from.
// Without such a run it returns how many pages are free at the end.
func (t *tree[page]) lowestIn(id nodeID, level uint, base, n, from uint64) (start, run uint64, ok bool) {
	t.visits++
	nd, shift := &t.nodes[id], spanShift(level-1)
	c := (from - base) >> shift % fan
	at := base + c<<shift
	switch s := &nd.sum[c]; {
	case level == 1:
		word := nd.below[c] >> (from - at) << (from - at)
		if i, ok := firstRun(word, n); ok {
			return at + i, 0, true
		}
		run = uint64(bits.LeadingZeros64(^word))
	case uint64(s.max) < n || nd.below[c] == none:
		if run = min(uint64(s.end), at+1<<shift-from); run >= n {
			return from, 0, true
		}
	default:
		if start, run, ok = t.lowestIn(nodeID(nd.below[c]), level-1, at, n, from); ok {
			return start, 0, true
		}
	}
	return t.scan(id, level, base, c+1, run, n)
}

// scan searches the children of a node from child c on, before which run pages are
// free, for the first run of n free pages. Without such a run it returns how
// many pages are free at the end.
func (t *tree[page]) scan(id nodeID, level uint, base, c, run, n uint64) (start, end uint64, ok bool) {
	t.visits++
	for shift := spanShift(level - 1); ; shift -= fanShift {
		nd := &t.nodes[id]
		for ; c < fan; c++ {
			s := &nd.sum[c]
			if run+uint64(s.start) >= n {
				return base + c<<(shift&63) - run, 0, true
			}
			if uint64(s.max) >= n {
				break
			}
			run += uint64(s.start)
			if s.end != 1<<(shift&63) {
				run = uint64(s.end)
			}
		}
		if c >= fan {
			return 0, run, false
		}
		base += c << (shift & 63)
		if shift == wordShift {
			i, _ := firstRun(nd.below[c], n)
			return base + i, 0, true
		}
		id = nodeID(nd.below[c])
		c, run = 0, 0
	}
}

// highest is the start of the highest run of n free pages before page to.
func (t *tree[page]) highest(n, to uint64) (start uint64, ok bool) {
	if to == t.pages {
		start, _, ok = t.scanDown(0, t.top, 0, fan, 0, n)
	} else if to != 0 {
		start, _, ok = t.highestIn(0, t.top, 0, n, to)
	}
	return start, ok
}

// highestIn is highest in one node, whose first page is base and which holds the
// last page before to. Without such a run it returns how many pages are free at the
// start.
func (t *tree[page]) highestIn(id nodeID, level uint, base, n, to uint64) (start, run uint64, ok bool) {
	t.visits++
	nd, shift := &t.nodes[id], spanShift(level-1)
	c := (to - 1 - base) >> shift % fan
	at := base + c<<shift
	switch s := &nd.sum[c]; {
	case level == 1:
		word := nd.below[c] << (64 - (to - at)) >> (64 - (to - at))
		if i, ok := lastRun(word, n); ok {
			return at + i, 0, true
		}
		run = uint64(bits.TrailingZeros64(^word))
	case uint64(s.max) < n || nd.below[c] == none:
		if run = min(uint64(s.start), to-at); run >= n {
			return to - n, 0, true
		}
	default:
		if start, run, ok = t.highestIn(nodeID(nd.below[c]), level-1, at, n, to); ok {
			return start, 0, true
		}
	}
	return t.scanDown(id, level, base, c, run, n)
}

// scanDown searches the children of a node before child c, after which run pages are
// free, for the last run of n free pages. Without such a run it returns how many
// pages are free at the start.
func (t *tree[page]) scanDown(id nodeID, level uint, base, c, run, n uint64) (start, first uint64, ok bool) {
	t.visits++
	for shift := spanShift(level - 1); ; shift -= fanShift {
		nd := &t.nodes[id]
		for ; c > 0; c-- {
			s := &nd.sum[(c-1)%fan]
			if run+uint64(s.end) >= n {
				return base + c<<(shift&63) + run - n, 0, true
			}
			if uint64(s.max) >= n {
				break
			}
			run += uint64(s.end)
			if s.start != 1<<(shift&63) {
				run = uint64(s.start)
			}
		}
		if c == 0 {
			return 0, run, false
		}
		base += (c - 1) << (shift & 63)
		if shift == wordShift {
			i, _ := lastRun(nd.below[(c-1)%fan], n)
			return base + i, 0, true
		}
		id = nodeID(nd.below[(c-1)%fan])
		c, run = fan, 0
	}
}
