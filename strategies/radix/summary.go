package radix

import "math/bits"

// whole reports whether 1<<shift pages are all free or all taken.
func (s summary[page]) whole(shift uint) bool { return s.max == 0 || s.max == 1<<(shift&63) }

// uniform is the summary of pages that are all free, or all taken.
func uniform[page uint32 | uint64](shift uint, free bool) (s summary[page]) {
	if free {
		n := page(1) << (shift & 63)
		s = summary[page]{n, n, n}
	}
	return s
}

// merge is the summary of a node whose children have 1<<shift pages.
func (n *node[page]) merge(shift uint) summary[page] {
	span := page(1) << (shift & 63)
	start := n.sum[0].start
	if start == span {
		start = n.start(span)
	}
	var run, most page
	for c := range n.sum {
		s := &n.sum[c]
		run += s.start
		most = max(most, s.max, run)
		if s.end != span {
			run = s.end
		}
	}
	return summary[page]{start, most, run}
}

// start is how many pages are free at the start.
func (n *node[page]) start(span page) (pages page) {
	for c := range n.sum {
		pages += n.sum[c].start
		if n.sum[c].start != span {
			break
		}
	}
	return pages
}

// summarize is the summary of a word.
func summarize[page uint32 | uint64](word uint64) summary[page] {
	start, end := bits.TrailingZeros64(^word), bits.LeadingZeros64(^word)
	most := max(start, end)
	if most < 63 {
		inner := word &^ (1<<start - 1) << end >> end
		if inner != 0 {
			most = max(most, longest(inner))
		}
	}
	return summary[page]{page(start), page(most), page(end)}
}

// longest is the length of the longest run of ones in a word that has a one and a
// zero: to the largest power of two that fits, each smaller one is added if it fits
// after that.
func longest(word uint64) int {
	x2 := word & (word >> 1) // where a run of two begins
	x4 := x2 & (x2 >> 2)
	x8 := x4 & (x4 >> 4)
	x16 := x8 & (x8 >> 8)
	x32 := x16 & (x16 >> 16)
	n, begins := 0, ^uint64(0) // where a run of n begins
	if x32 != 0 {
		n, begins = 32, x32
	}
	if x := begins & (x16 >> n); x != 0 {
		n, begins = n+16, x
	}
	if x := begins & (x8 >> n); x != 0 {
		n, begins = n+8, x
	}
	if x := begins & (x4 >> n); x != 0 {
		n, begins = n+4, x
	}
	if x := begins & (x2 >> n); x != 0 {
		n, begins = n+2, x
	}
	if begins&(word>>n) != 0 {
		n++
	}
	return n
}

// firstRun is where the first run of n ones in a word begins; not ok without one.
func firstRun(word, n uint64) (at uint64, ok bool) {
	word = begins(word, n)
	return uint64(bits.TrailingZeros64(word)), word != 0
}

// lastRun is where the last run of n ones in a word begins.
func lastRun(word, n uint64) (at uint64, ok bool) {
	word = begins(word, n)
	return uint64(bits.Len64(word)) - 1, word != 0
}

// begins has the bits of a word where n ones in a row begin.
func begins(word, n uint64) uint64 {
	if n > 64 {
		return 0
	}
	for have := uint64(1); have < n; {
		more := min(have, n-have)
		word &= word >> (more & 63)
		have += more
	}
	return word
}
