// Package buddy has binary buddy allocators with the placements of Linux, block
// for block: [Strategy] is drm_buddy of 6.11, [LIFO] the i915_buddy of 2021.
//
// # Idea
//
// The kernel keeps a tree of nodes and, for every order, a list of free nodes
// sorted by address. The lists decide placements, the tree merges. [Strategy]
// needs neither. Free memory is of two kinds, dirty and clear (known to be zero),
// and two buddies of one kind are never both free between calls. So the free
// blocks of a kind are the maximal aligned runs of its free pages: they follow
// from a set of pages, whatever history led to it. This package keeps, for each
// kind and order, the set of free blocks as a tree of 64-bit words (freeSet), and
// every question of the kernel's code becomes a question to these sets:
//
//   - Default: the highest block of the smallest sufficient order that has one;
//     while it is too large, its upper half.
//   - TopDown: the highest block of all sufficient orders, then its upper halves.
//   - Window: the lowest aligned slot of the wanted order in the window.
//   - Exact window (size = window, even without Range): every aligned piece of
//     it must be free or lie in a larger free block.
//   - Contiguous: one block of the next power of two, cut back to the size.
//     Without one, and without a window, try harder: from the highest free block
//     of the size's own order down, the free run that starts with the block, or
//     the one that ends with it.
//   - Clear: the kind asked for first, then the other. When neither has a block
//     of the smallest order allowed, free buddies of different kinds merge, which
//     makes them dirty, until a block is large enough.
//   - Free: while the buddy is free and of the same kind, merge with it and go on
//     with the parent.
//
// A request is served by blocks of falling size: its binary digits, when memory
// allows. With a minimum block (Request.Align) the size is rounded up, and the
// surplus of the last block is given back; the pieces kept ascend. Sizes that
// round up to twice the largest root or more trip an assertion in 6.11; here, as in
// later kernels, a contiguous one without a window tries harder at once and everything
// else is ErrInvalid. A size that rounds up beyond the region and stays below that is
// ErrNoSpace, as in 6.11 and unlike in later kernels.
//
// An attempt that may fail is a dry run, and a request that fails on its way gives
// its blocks back: the sets are then as before. A region that is not a power of
// two needs no code: pages past its end are never free, so its roots never merge.
//
// # Invariants
//
// No two buddies of a kind are both free. A summary bit is set exactly if the
// word below it is not zero. Free pages are counted, in all and clear. Two free
// buddies of different kinds are listed as a pair. [strategies.Checker] verifies
// all four.
//
// # Complexity
//
// Alloc and Free: a bit scan or a store per level (four, five from 2^24 blocks)
// for every block taken, split off or merged; windows and top-down look into
// every order that has free blocks. Nothing depends on how many blocks are free,
// with two exceptions that even out over a run of operations:
//
//   - Trying harder tries up to 32 blocks for each block granted since the last
//     time. Beyond that it makes an index (runs), O(log n) for each operation.
//   - Merging clear with dirty memory visits pairs that earlier operations made.
//
// Metadata: 512 bytes per 4,096 block numbers of an order of which one is or
// lately was free, 4 bytes per allocation, and tables of 2 bytes per MiB of region
// at 4 KiB pages; three times the tables once memory was freed as clear; 40 bytes
// for each block in an index. Empty chunks are dropped when they are the majority
// and exceed 32 bytes an allocation. Regions of 2^30 pages and more have a hash
// table instead of tables for their low orders.
//
// # Limits
//
// Not safe for concurrent use. At most 2^31 live allocations. A wrong Free is
// missed with probability 2^-31.
//
// Times on the plain loads, beside other allocators:
//
//	cd bench/peers && go run ./cmd/ratios
package buddy
