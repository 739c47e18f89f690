package tlsf

import (
	"iter"

	"github.com/vramlab/vramlab/strategies/internal/pages"
)

// How far a request with conditions looks.
const (
	// lookahead is the candidates with a place that TopDown chooses from. With 1, 4
	// or 16 a mix with 30 % windows and 30 % TopDown takes 50, 58 and 86 ns and has
	// 19,519, 15,213 and 13,487 refusals, where 8 take 69 and have 13,778.
	lookahead = 8
	patience  = 32 // candidates visited before it takes what it has, or a hole that is sure
)

// search grants q, whose window has room for it.
func (c *core[page]) search(q pages.Query) (id nodeID, start uint64) {
	owner, places, visited := none, 0, 0
	for i := range c.candidates(q.Size) {
		c.counts.Visits++
		if at, ok := c.fit(i, q); ok {
			if owner == none || at > start {
				owner, start = i, at
			}
			if places++; !q.Top || places == lookahead {
				break
			}
		}
		visited++
		if visited == patience && owner == none {
			owner, start = c.spacious(q)
		}
		if visited >= patience && owner != none {
			break
		}
	}
	if owner == none {
		return none, 0
	}
	return c.place(owner, start, q.Size), start
}

// candidates yields the owners of holes in the order of the policy. Holes of the own
// bin may be too small. Without step 1, or without 1 and 3, there are 1,463 and 1,590
// refusals on gfx instead of 1,326, and it is no faster: what fits exactly leaves no
// remainder.
func (c *core[page]) candidates(size uint64) iter.Seq[nodeID] {
	return func(yield func(nodeID) bool) {
		own := c.ownBin(size).list()
		newest := c.nodes[own].older
		if newest != own && !yield(newest) {
			return
		}
		for list := c.firstList(c.safeBin(size)); list != none; list = c.firstList(binID(list-firstBin) + 1) {
			for i := c.nodes[list].older; i != list; i = c.nodes[i].older {
				if i != newest && !yield(i) {
					return
				}
			}
		}
		if c.safeBin(size) == c.ownBin(size) {
			return
		}
		for i := c.nodes[newest].older; i != own; i = c.nodes[i].older {
			if !yield(i) {
				return
			}
		}
	}
}

// fit is the place for q in the hole of node i: the lowest, or the highest with
// TopDown.
func (c *core[page]) fit(i nodeID, q pages.Query) (start uint64, ok bool) {
	start = c.end(i)
	lo, hi := max(start, q.Lo), min(start+uint64(c.nodes[i].hole), q.Hi)
	if lo >= hi || hi-lo < q.Size {
		return 0, false
	}
	if q.Top {
		start = hi - q.Size
		start -= start % q.Align
		return start, start >= lo
	}
	if over := lo % q.Align; over != 0 {
		lo += q.Align - over
	}
	return lo, lo < hi && hi-lo >= q.Size
}

// spacious is the newest hole of the first bin in which every hole has a place
// for q, and the place; or none, as for a request with a window.
func (c *core[page]) spacious(q pages.Query) (owner nodeID, start uint64) {
	if q.Lo != 0 || q.Hi != c.pages {
		return none, 0
	}
	list := c.firstList(c.safeBin(q.Size + q.Align - 1))
	if list == none {
		return none, 0
	}
	owner = c.nodes[list].older
	start, _ = c.fit(owner, q)
	return owner, start
}
