// Package tlsf is a two-level segregated fit allocator over extents: every request
// is granted as one extent, in constant time, from a hole that fits well, if not
// best.
//
// # Idea
//
// Holes are kept in bins by size: for each power of two of pages (the first level)
// 32 bins of equal width (the second), below 64 pages one bin per size; the parameter
// bins makes the second level coarser or finer. A bit per
// bin says whether it has a hole. All holes of the bin after the one in which a size
// falls are large enough; so rounding the size up and one bit scan find a fitting
// hole without visiting any. It is the allocator of many real-time systems (Masmano,
// Ripoll, Crespo and Real, 2004), of the Vulkan Memory Allocator's virtual blocks
// and of OffsetAllocator.
//
// The policy, exactly. The candidates of a request are
//
//  1. the newest hole of its own bin (the bin in which its size falls, of which only
//     some holes may be large enough);
//  2. the holes of the bins in which all holes are large enough, bin by bin upwards,
//     in each the newest first;
//  3. the other holes of its own bin, the newest first.
//
// The request goes into the first candidate that has a place for it, at the lowest
// address there. Step 1 makes the fit a good one; step 3 makes a refusal true: no
// hole has a place.
//
//   - Windows and alignments: a place is an aligned one in the part of the hole
//     inside the window. Any alignment in whole pages, not only powers of two; an
//     alignment below a page is none.
//   - TopDown: the highest of the places in the first 8 candidates that have one, or
//     of those among the first 32 candidates if they are fewer, at the high end of
//     the hole. A preference: it need not be the highest place of all.
//   - After 32 candidates without a place, a request without a window is granted
//     from the newest hole of the first bin in which every hole has a place for it,
//     whatever the alignment; without such a hole it goes on.
//   - Free makes one hole of the extent and the holes at its sides.
//
// The newest hole of a bin is the one put there last: on allocation first what is
// left before it, then what is left after it, even at an unchanged size.
//
// Contiguous and Clear change nothing. Size 0 is ErrInvalid, more than the region
// ErrTooBig.
//
// # Invariants
//
// Nodes ascend by address; holes never touch each other. Each hole is in exactly one
// list, that of the bin of its size. A bit is set exactly if its list, or the word
// it stands for, is not empty. [strategies.Checker] verifies all three.
//
// # Complexity
//
// Alloc without conditions and Free: O(1), with one exception: when no larger bin
// has a hole, the own bin is searched, which is linear in the holes of one
// thirty-second of a power of two. An alignment: O(1) as long as some hole is larger
// than the size by the alignment, otherwise, as with a window, linear in the holes
// that are large enough. TopDown: O(1) likewise. Metadata: 24 bytes an allocation
// (32 in regions over 16 TiB of 4 KiB pages), slab growth by half aside, and a few
// KiB of bins. The slab is dropped when nothing is live.
//
// # Limits
//
// Not safe for concurrent use. At most 2^32 - 2^11 live allocations. A window that is
// full costs a visit of every hole that is large enough; package radix has windows
// in O(levels), and package rangemgr refuses fewer.
//
// Times on the plain loads, beside other allocators:
//
//	cd bench/peers && go run ./cmd/ratios
package tlsf
