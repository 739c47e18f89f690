// Package tlsf is a two-level segregated fit allocator over extents: every
// request is granted as one extent, in constant time, from a hole that fits
// well though perhaps not best.
//
// # Idea
//
// Holes are kept in bins by size: for each power of two of pages (the first
// level) 32 bins of equal width (the second), below 64 pages one bin per size.
// A bit per bin says whether it has a hole. From the bin in which a size falls,
// the next one up has only holes that are large enough; so rounding the size up
// and one bit scan find a fitting hole without looking at any. It is the
// allocator of many real-time systems (Masmano, Ripoll, Crespo and Real, 2004),
// of the Vulkan Memory Allocator's virtual blocks and of OffsetAllocator.
//
// The policy, exactly. The candidates of a request are
//
//  1. the newest hole of its own bin (the one its size falls into, of which
//     only some holes may be large enough);
//  2. the holes of the bins that have only holes which are large enough, bin by
//     bin upwards, in each the newest first;
//  3. the other holes of its own bin, the newest first.
//
// The request goes into the first candidate that has a place for it, at the
// lowest address there. Step 1 is what makes the fit a good one; without step 3
// a request could be refused although one hole fits it. So a refusal is always
// the truth: no hole has a place.
//
//   - Windows and alignments: a place is an aligned one in the part of the hole
//     inside the window. Any alignment in whole pages, not only powers of two;
//     below a page there is none.
//   - TopDown: the highest of the places in the first 8 candidates that have
//     one, or of those among the first 32 candidates if they are fewer, at the
//     high end of the hole each. A preference: it does not find the highest place
//     of all.
//   - After 32 candidates without a place, a request without a window is
//     granted from the newest hole of the first bin in which, alignment or not,
//     each hole has a place for it; if there is no such hole it goes on.
//   - Free makes one hole of the extent and the holes at its sides.
//
// The newest hole of a bin is the one that was put there last: on allocation
// first what is left in front, then what is left behind. What is left goes to
// a bin even if it is of the same size as before.
//
// Contiguous and Clear change nothing. Size 0 is ErrInvalid, more than the
// region is ErrTooBig.
//
// # Invariants
//
// Nodes ascend by address; holes never touch each other. Each hole is in
// exactly one list, that of the bin of its size. A bit is set exactly if its
// list, or the word it stands for, is not empty. [Allocator.Check] verifies all
// three.
//
// # Complexity
//
// Alloc without conditions and Free: O(1), with one exception: when no larger
// bin has a hole, the own bin is searched, which is linear in the holes of one
// thirty-second of a power of two. An alignment: O(1) as long as some hole is
// larger than the size by the alignment, otherwise, as with a window, linear in
// the holes that are large enough. TopDown: O(1) likewise. Memory: 24 bytes an
// allocation (32 in regions over 16 TiB of 4 KiB pages), slab growth by half
// aside, and a few kilobytes of bins. The slab is given back when nothing is
// live.
//
// # Limits
//
// Not safe for concurrent use. At most 2^32 - 2^11 live allocations. A window
// that is full costs a visit of every hole that is large enough; where windows
// matter, package rangemgr refuses less and package radix has them in O(levels).
//
// # Tried and rejected
//
// Refusals and times on generated loads of a million operations, each change
// alone, interleaved with what it replaced on one shared core:
//
//   - 8, 16 or 64 bins per power of two: the same time within 2 %, and 1,615,
//     1,391 or 1,237 refusals on gfx, where 32 have 1,326; but 64 need 26 KB
//     of nodes for the bins of an empty region of 8 GiB.
//   - Step 3 only, or neither 1 nor 3: 1,463 and 1,590 refusals, and no faster,
//     since what fits exactly leaves no remainder to put away.
//   - TopDown from the first 1, 4 or 16 candidates with a place: 50, 58 and 86
//     ns on a mix with 30 % windows and 30 % TopDown, where 8 take 69; 19,519,
//     15,213 and 13,487 refusals, where 8 have 13,778.
//   - An array of list heads beside the nodes instead of nodes for the bins: a
//     hole at the head of a list is then a case of its own, 1.5 ns.
//   - Branch-free removal of the neighbours' holes on Free, harmless where there
//     is none: 5 ns slower.
//   - 64-bit page numbers for all regions: 32 bytes a node instead of 24, 1 ns
//     on small, 5 on page, where misses decide.
//   - A generic allocator behind the interface: the dictionary is a tenth
//     argument of Alloc, so that all go over the stack through a wrapper, 9 ns.
//     Hence the two heaps behind one allocator that is not generic: 0.8 ns.
//   - A slab in chunks that never move, which would save the copying when it
//     grows: 7 ns for the second look-up in every access. Growing by a quarter,
//     as append does: 6 ns over the first 300,000 operations of page.
//   - One function for placing, shared by all requests: 3 ns on plain ones.
//   - Holes in a slab of their own, 16 bytes a node and 16 a hole, so that the
//     lists are dense: 1.5 ns slower on small and gfx for the second look-up, the
//     same on page and at 64 GiB, where the block, the node and its neighbours
//     are what misses.
//   - With that, no branch for whether there is a hole at a side (an empty one
//     stands for none) or a list runs empty: 6 ns slower. What follows a guess
//     begins before the miss it waits for is over; what is computed does not.
//     For the same reason choosing between the own bin and the next without a
//     branch: 0.7 ns slower, on page 2.
//   - A slab that doubles: less than 1 ns on page, 48 bytes an allocation at worst.
//
// # Measured
//
// ns an operation over replays of a million, harness included, the lowest of 12
// interleaved runs, thread time; in brackets the share of best fit on two
// google/btree in the same run. OffsetAllocator is a throw-away translation to
// Go with a slab for everything made in advance; it does not check a Free against
// the extent, and on gfx refuses 2,237 requests where this package refuses 1,326.
//
//	                             small         gfx           page
//	no allocator                 8.4           8.3           9.7
//	tlsf                         31.7 (0.085)  24.9 (0.072)  35.4 (0.137)
//	OffsetAllocator in Go        39.9 (0.107)  30.7 (0.089)  30.7 (0.119)
//	best fit on google/btree     373           344           259
//
// On page, 43,000 live allocations of 4 to 64 KiB, a profile shows half of the
// time in Free, waiting first for the caller's block, then for the node, then for
// both neighbours, each a miss. A slab made in advance would save 1 ns of that.
package tlsf
