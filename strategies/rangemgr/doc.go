// Package rangemgr is a range manager whose placements are those of Linux
// drm_mm as ttm_range_manager drives it, without its three trees.
//
// # Idea
//
// Every request is granted as one extent. The allocations form a list by
// address; what lies between two of them is a hole, owned by the one in front
// of it (a virtual head owns the hole at the start). Which hole is taken is the
// policy:
//
//   - Default: best fit, the smallest hole that is large enough, among equals
//     the most recently made one; the request goes to its low end.
//   - TopDown: the highest hole in which it fits, at its high end.
//   - Windows and alignments: the same orders, and the first hole in which an
//     aligned place inside the window fits. Any alignment in whole pages, not
//     only powers of two; below a page there is none.
//
// Ties are the subtle part. Each time a hole is made it is the newest, even at
// an unchanged size: on allocation first what is left in front, then what is
// left behind, and on free the one that results. So a list of the holes of one
// size, newest first, is all that a tie needs, and the kernel's tree by (size,
// age) becomes one bin per size: below 16 MiB an array with a bitmap above it,
// from there on a bitwise trie per power of two. Best fit is then a bit scan.
//
// Sizes are rounded up to 4 KiB, whatever the region's page; a larger page is
// the default alignment. There is no EINVAL in drm_mm: every refusal is
// ErrNoSpace, and Contiguous changes nothing.
//
// # Indexes, on demand
//
// What only some requests need is built when they have proved that they do, and
// costs the others nothing until then.
//
// Top-down requests need holes by address: an index over cells of 64 pages
// ([addressIndex]) is built at the first such request.
//
// A request with a window or an alignment visits the holes that are large
// enough, one after the other, as the kernel does. Mostly the first or second
// serves. Where thousands are in the way, a [fitIndex] for the alignment takes
// over: a search tree of the holes in the order of best fit, which knows of each
// subtree the longest run (what is left of a hole from its first multiple of the
// alignment on), so that the first hole with a long enough run is found
// directly; and for windows such a tree for each of a hierarchy of zones by
// address. The hole that best fit takes then is the first of at most two that
// the edges of the window cut and of the firsts of the zones that make up the
// rest. When it is built and dropped: see [demand].
//
// # Invariants
//
// Nodes ascend by address and never touch a hole of their own size 0; holes
// never touch each other. Each hole is in exactly one list, of its size, newest
// first. A cell's bound is at least its largest hole, and a group's bound is
// exactly the largest of its children's. A fitIndex has exactly the holes with a
// run, in each of the nested zones that they begin in, but that the outermost
// has no tree once it is cut. The ages in it agree with the lists; they have 64
// bits and do not wrap.
// [strategies.Checker] verifies this.
//
// # Complexity
//
// Without a window and alignment: O(1) below 16 MiB, O(bits of the size) above.
// Top-down: O(log cells) and the at most 32 holes of a cell; beyond 1 TiB as with
// an index. With one: O(log n) expected for an alignment, O(log^2 n) for a window
// or from the top, n being the holes; each hole made or taken then costs O(log
// n) for every index and level of zones, all requests included. An index is built
// when searches have visited half as many holes in vain as there are nodes. A
// search for which one exists still tries up to 40 holes first, fewer the oftener
// that failed.
//
// Memory: 24 bytes an allocation (32 in regions over 16 TiB), slab growth by a
// quarter aside, and 19 KiB of bins: 25 to 42 bytes in all on the loads below.
// Once there was a top-down request 29 KiB per GiB that has holes. An index has
// 32 bytes for each hole with a run (48 over 16 TiB), in each level of zones that
// it is in: 230 bytes a hole for windows among 131,072; and 8 a node. An index
// that has helped no request during 4 to 8 changes per node is dropped; the slab
// and all indexes are given back when nothing is live.
//
// What a large region costs is misses. With 150,000 live in 64 GiB the slab is
// 4 MB, and a Free misses its node and the two beside it, 2.6 misses of a 1 MiB
// cache as valgrind counts them, where the same sizes in 1 GiB with 2,300 live
// have none.
//
// # Limits
//
// Not safe for concurrent use. At most 2^32 - 2 live allocations. Building an
// index is O(n) for an alignment, O(n log n) for windows, in the one operation
// that triggers it. At most 8 alignments have an index at a time; requests that
// go round more than that over adversarial holes are as slow as the kernel's.
//
// # Tried
//
// Minima of interleaved runs of a million operations, in ns an operation with
// the harness (8), on one busy machine, before and after what follows; beside it
// the part of the time of best fit on two google/btree in the same minute:
//
//	4 KiB-2 MiB, 8 GiB at 75 %           39 -> 28   0.07
//	graphics mix, 16 GiB at 85 %         36 -> 27   0.08
//	4-64 KiB, 1 GiB at 90 %              44 -> 36   0.12 to 0.13
//	FIFO, 4 GiB at 80 %                  31 -> 24
//	30 % windows, 30 % top-down, 4 GiB  108 -> 87
//	64 GiB at 75 %, 4 M operations      123 -> 83
//	1 GiB at 75 %, 4 M operations              24
//
// BenchmarkAdversary, a request and a free, likewise:
//
//	alignment, 131,072 holes   29,000,000 -> 270
//	five alignments, 4,096          8,600 -> 270
//	one window, 4,096              29,000 -> 860
//	any window, 131,072                   -> 3,500
//	top-down in 2^64 bytes, 4,096  36,000 -> 120
//
// What gave that, and what did not:
//
//   - A generic allocator behind the interface: the dictionary is a tenth argument
//     of Alloc, so that all go over the stack through a wrapper. Two heaps behind
//     one allocator that is not generic: 8 to 10 ns.
//   - No link from the newest hole of a size, where the bin says which is the
//     newest: one line less to touch for each grant.
//   - The rare case of Free, holes at its sides, in a function of its own: 3 %
//     slower on the first two rows, 1 % faster on the third.
//   - Doubling the slab: no gain. Growth as append does it: 53 bytes an allocation
//     on the window mix, where a quarter has 40.
//   - Bounds of cells 16 at a time without branches, in four words: 4 % on the
//     window mix. Knowing how many holes begin in each cell, so that most need no
//     walk to the one before, and lowering a bound right after a grant: 10 %.
//     Cells of 128 pages: 15 % slower.
//   - One tree of (size, age) keys, as the kernel has it: every operation is then
//     several cache misses and a rotation; a bin is one. A clock value in each hole
//     to break ties: the place in its list says the same; an index keeps its own.
//   - 64-bit page numbers for all regions: a third more memory, and misses are what
//     a large region costs.
//   - Entering hole by hole when an index is built: seven times as slow as
//     making each tree of a sorted list.
//   - Always trying 24 holes before the index: five times as slow where each
//     request leaves a hole in which no other fits.
//   - Building an index only when the visits in vain have cost as much as that,
//     32 a node: windows over 65,536 holes of rising sizes stay linear for the
//     first thousand requests. Trying at most 16 holes before an index: 40 % more
//     visits there.
//   - A tree of the whole region above the zones: a third slower with 131,072
//     holes. An insertion that is not recursive: no gain, kept.
package rangemgr
