// Package buddy is a binary buddy allocator whose placements are those of the
// Linux 6.11 drm_buddy, block for block, without its lists, nodes and walks.
//
// # Idea
//
// The kernel keeps a tree of nodes and, for every order, a list of free nodes
// sorted by address: the list is what decides placements, the tree is what
// merges. Neither is needed. Free memory is of two kinds, dirty and clear (known
// to be zero), and two buddies of one kind are never both free between calls.
// Hence the free blocks of a kind are the maximal aligned runs of its free
// pages: a function of a set of pages, whatever history led to it. So this
// package keeps, for each kind and order, only the set of free blocks, as a tree
// of 64-bit words ([freeSet]), and every question of the kernel's code becomes a
// question to these sets:
//
//   - Default: of the smallest order that has a free block and is large
//     enough, the highest block; while it is too large, its upper half.
//   - TopDown: the highest block of all orders that are large enough, then its
//     upper halves.
//   - Window (Range): the lowest aligned slot of the wanted order in the
//     window. The kernel walks its tree depth first; the first slot it meets is
//     the lowest of the first free blocks, order by order, from the window's
//     start on.
//   - Exact window (size = window, even without Range): every aligned piece of
//     it must be free or lie in a larger free block.
//   - Contiguous: one block of the next power of two, cut back to the size. If
//     there is none (and no window), try harder: for each free block of the
//     size's own order, from the highest down, the free run that starts with it,
//     or the one that ends with it.
//   - Clear: the kind asked for is looked at first, the other one after it. When
//     neither has a block of the smallest order allowed, free buddies of
//     different kinds are merged, which makes them dirty, until one is large
//     enough.
//   - Free: while the buddy is free and of the same kind, take it out and go on
//     with the parent.
//
// What is tried and may fail (an exact window, a run of blocks) is walked dry,
// and a request that fails on its way gives its blocks back: the sets are then
// as before, since they follow from the pages. A region that is no power of two
// needs no code: pages behind its end are never free, so its roots never merge.
//
// A request is served by blocks of falling size, its binary digits when memory
// allows. With a minimum block (Request.Align) the size is rounded up to it and
// the surplus of the last block is given back; the pieces kept ascend. Sizes
// that round up beyond the largest root made 6.11 trip an assertion; here, as
// in later kernels, a contiguous one without a window tries harder at once and
// everything else is ErrInvalid.
//
// # Invariants
//
// No two buddies of a kind are both free. A summary bit is set exactly if the
// word below it is not zero. Free pages are counted, in all and clear.
// [Allocator.Check] verifies all three.
//
// # Complexity
//
// Alloc and Free: a bit scan or a store per level (four, five from 64 GiB of 4
// KiB pages) for every block taken, split off or merged; windows and top-down
// look into every order that has free blocks. Nothing depends on how many
// blocks are free, with two exceptions: a contiguous request that fails its
// first attempt visits the free blocks of one order until one of them starts or
// ends a run; and a request that fails while there is clear memory visits the
// clear blocks of the orders below its smallest. Memory: 512 bytes per 4,096
// block numbers of an order of which one is free, 4 bytes per allocation, and
// tables of 1.5 bytes per mebibyte of region at 4 KiB pages, twice all that
// once memory was freed as clear; regions of 2^30 pages and more have a hash
// table instead of tables, so that the largest there can be (2^64-1 bytes)
// costs some kilobytes.
//
// # Limits
//
// Not safe for concurrent use. At most 2^31 live allocations. A wrong Free is
// caught but for one in two billion.
//
// # What the change of policy did
//
// Until 2022 the free lists of i915's buddy were last in, first out, and a block
// was split downwards; in 2023 drm_buddy began to sort them by address, at the
// price of a walk through the list for every block freed. [LIFO] is the buddy
// before. What the sorting bought, from
//
//	vramlab run -strategies buddy,buddy_lifo -workloads steady,gfx,ageing,frames,pages
//
// (deterministic figures: segs/table in run.bench, the mean of unusable2m-pct
// over the last tenth of the series in curves.bench; no request is refused):
//
//	             segments per table     free memory outside 2 MiB pages, %
//	workload     sorted     LIFO        sorted     LIFO
//	steady       2.78       2.73        4.14       4.10
//	gfx          2.89       2.88        2.04       1.99
//	ageing       2.92       2.90        7.24       7.54
//	frames       2.58       2.46        1.03       1.03
//	pages        1.54       1.49        4.17       4.17
//
// So on these loads, next to nothing: fragmentation is the same within a few
// hundredths, and tables are up to 5 % longer, since splitting upwards grants
// adjoining blocks in descending order, which no table merges. What the sorting
// does change is where memory is free: at the bottom, which is what a window
// for the CPU needs and what the old buddy could not promise.
//
// # Tried and rejected
//
// Updating the upper levels of a tree only when a word becomes zero or stops
// being it: that branch is random, and always writing all levels is faster.
// Dense bitmaps for the whole region: simpler, but they stay when everything
// has been given back. Empty chunks returned to the pool at once: in a steady
// state near one chunk every operation takes and returns it; they are now
// dropped together, when most of the pool is empty and long enough after the
// last time that it cannot show.
package buddy
