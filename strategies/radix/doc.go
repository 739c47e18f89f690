// Package radix is an address-ordered first fit allocator over a radix tree of
// summaries: every request is granted as one extent, the lowest there is.
//
// # Idea
//
// A bit per page says whether it is free. To find a run of free pages without
// reading bits, ranges of pages are summarized by three numbers: how many pages
// are free at the start of the range, how many at its end, and how many in its
// longest run. They are what it takes to summarize neighbours together, so that
// 8 words of 64 pages make a node, 8 nodes a node above them, up to the root.
// It is the idea of the page allocator of the Go runtime (mpagealloc.go), where
// it hands out the address space of the heap.
//
//   - Default: from the root down, the first child in which the longest run is
//     long enough, unless what is free across the edges in front of it is. The
//     request goes to the low end of the lowest run that is long enough.
//   - Window: the same from its start on. Only in the children that the start is
//     in can the long run be outside the window; then the search goes on behind
//     them. A run that ends behind the window's end does for what fits in front.
//   - TopDown: the mirror image: the high end of the highest run.
//   - Alignments: the next run that is long enough and the next aligned page
//     that is free take turns until they meet. Any alignment in whole pages, not
//     only powers of two; below a page there is none.
//
// So the place granted is always the lowest possible one (with TopDown the
// highest), and a refusal means that there is none. That is no promise of few
// refusals: low memory is where the CPU can reach, and first fit fills it first.
// Of the requests of the workload window it refuses 5,830 where package tlsf
// refuses 4,777, and of gfx 40 where tlsf refuses 12 (vramlab run -strategies
// all -workloads gfx,window).
//
// The bits cannot tell one extent of two pages from two of one, so each
// allocation has a record of its extent, and the block carries its number: a
// free of anything else is found before something has changed.
//
// Where all pages of a range are free, or all taken, no node is below: an empty
// region is one node and a path to its end, whatever its size, and an extent of
// a tebibyte is two paths.
//
// Contiguous and Clear change nothing. Size 0 is ErrInvalid, more than the
// region is ErrTooBig.
//
// # Invariants
//
// A summary is exactly that of what is below. A child has a node below if and
// only if some of its pages are free and some are not (words aside). Pages
// behind the end of the region are never free. The live records and the free
// runs tile the region. [Allocator.Check] verifies all of this.
//
// # Complexity
//
// Alloc and Free, windows and TopDown: O(levels), with up to 8 summaries a
// level; 5 levels at 8 GiB of 4 KiB pages, 16 at 2^64 bytes. A refusal because no
// run is long enough is one comparison with the root. Changes go up only as far
// as they change something.
//
// An alignment: O(levels) a turn. Runs that are long enough without an aligned
// page, and aligned pages outside of such runs, are skipped, so that a region
// full of small extents at large alignments takes few turns. Only many free
// aligned pages with too little behind them, in turn with long runs, can make
// it linear. From the first request with an alignment on the tree keeps what
// that takes (evenness, see the code), which makes all operations a fifth slower.
//
// Memory: 168 bytes per 512 pages of which some are free and some not (264 in
// regions over 16 TiB of 4 KiB pages), a seventh of that for the levels above,
// and 8 bytes (16) an allocation, slab growth aside. Everything is given back
// when nothing is live.
//
// # Limits
//
// Not safe for concurrent use. At most 2^32 - 1 live allocations. Four to five
// times slower than the strategies with bins: each search depends on the changes
// before it, level by level, and a processor can do little of that ahead.
//
// # Tried and rejected
//
// Figures are ns an operation over replays of 300,000, harness included: 4 KiB
// to 2 MiB in 8 GiB at 75 % fill, and the graphics mix. What is here takes 165 and
// 151.
//
//   - 4, 16 or 32 children a node instead of 8 (in an earlier form, which took
//     152 and 138): 162 and 149, 157 and 142, 180 and 153.
//   - Words summarized in bytes, in leaves of their own: 10 less, and twice the
//     code, since everything then exists for nodes and for leaves.
//   - All summaries up to the root made anew instead of up to the first that
//     does not change: 182 and 188.
//   - Summaries changed in place from what changed in one child, which is half
//     the instructions: no faster, the branches it takes are random.
//   - The child to go down to found without branches, by eight comparisons at
//     once: 10 slower. First fit goes to the same places again and again, so
//     that the processor guesses them and has the next level loaded in advance.
//   - The lowest page that may be free remembered, to start the search there,
//     as the Go runtime does: 4 % slower, but for first-in-first-out frames 5 %
//     faster. The root sees at once that the low memory is taken.
//   - The path of the search kept for the update: 3 %, for a mutable field.
//   - Evenness as a fourth part of every summary: 212 and 196 for all. In the
//     nodes and exact instead of an upper bound: 245 and 230, instead of 202 and
//     185, once it is kept. Without it, each small aligned request in a region
//     full of such visits all of them.
package radix
