// Package radix is an address-ordered first fit allocator over a radix tree of
// summaries: every request is granted as one extent, the lowest there is.
//
// # Idea
//
// A bit per page says whether it is free. To find a run of free pages without
// reading bits, ranges of pages are summarized by three numbers: how many pages are
// free at the start of the range, how many at its end, and how many in its longest
// run. Summaries of neighbours make the summary of both, so 8 words of 64 pages make
// a node, 8 nodes a node above them, up to the root. It is the idea of the page
// allocator of the Go runtime (mpagealloc.go), which hands out the address space of
// the heap.
//
//   - Default: from the root down, the first child whose longest run is long enough,
//     unless the run across the edges before it is. The request goes to the low
//     end of the lowest run that is long enough.
//   - Window: the same from its start on. Only in the children that hold the start
//     can the long run be outside the window; the search then goes on after them. A
//     run that ends past the window's end serves what fits before that.
//   - TopDown: the mirror image: the high end of the highest run.
//   - Alignments: the next run that is long enough and the next aligned free page
//     take turns until they meet. Any alignment in whole pages, not only powers of
//     two; an alignment below a page is none.
//
// So the place granted is the lowest possible one (with TopDown the highest), and a
// refusal means that there is none. That does not make refusals few: low memory is
// where the CPU can reach, and first fit fills it first. Compare package tlsf:
//
//	vramlab run -strategies radix,tlsf -workloads gfx,window
//
// The bits cannot tell one extent of two pages from two of one, so each allocation
// has a record of its extent, and the block carries its number: a free of anything
// else is found before anything changes.
//
// A range of which all pages are free, or all taken, has no node below: an empty
// region is one node and a path to its end, whatever its size, and an extent of a
// TiB is two paths.
//
// Contiguous and Clear change nothing. Size 0 is ErrInvalid, more than the region
// ErrTooBig.
//
// # Invariants
//
// A summary is exactly that of what is below. A child has a node below if and only if
// some of its pages are free and some are not (words aside). Pages past the end of
// the region are never free. The live records and the free runs tile the region.
// [strategies.Checker] verifies all of this.
//
// # Complexity
//
// Alloc and Free, windows and TopDown: O(levels), with up to 8 summaries a level; 5
// levels at 8 GiB of 4 KiB pages, 16 at 2^64 bytes. A refusal because no run is long
// enough is one comparison with the root. Changes go up only as far as they change
// something.
//
// An alignment: O(levels) a turn. Runs without an aligned page and aligned pages
// outside of long runs are skipped, so that a region full of small extents at large
// alignments takes few turns. Only many free aligned pages with too little behind
// them, in turn with long runs, can make it linear. From the first request with an
// alignment on the tree keeps what that takes (evenness), which makes all operations
// a fifth slower.
//
// Metadata: 168 bytes per 512 pages of which some are free and some not (264 in
// regions over 16 TiB of 4 KiB pages), a seventh of that for the levels above, and 8
// bytes (16) an allocation, slab growth aside. All of it is dropped when nothing is
// live.
//
// # Limits
//
// Not safe for concurrent use. At most 2^32 - 1 live allocations. Four to five times
// slower than the strategies with bins (cd bench/peers && go run ./cmd/ratios): each
// search depends on the changes before it, level by level, and a processor can do
// little of that ahead.
package radix
