// Package buddy has binary buddy allocators with the placements of Linux, block
// for block: drm_buddy (later gpu_buddy) of several kernels, and the i915_buddy of 2021.
//
// # Generations
//
//	generation    kernels that carry it   what changed                                which requests notice
//	[LIFO]        5.14 to 5.17 (i915)     lists last in, first out; split downwards   all
//	[Linux611]    6.11 to 6.17            lists sorted by address, split upwards;     all
//	                                      windows, TopDown, trim, clear
//	[Linux618]    6.18.x, 6.19, 7.0       clear and dirty blocks in two trees         with clear memory about: contiguous ones that are no
//	                                                                                  single block, and those that merge by force; EINVAL
//	                                                                                  for what rounds up beyond the region
//	[Linux71]     7.1                     small aligned requests are not rounded up   smaller than their alignment and a power of two
//	[Next]        queued after 7.1        free buddies merge whatever they contain;   all in windows; with clear memory about: all
//	                                      dirty memory is tracked beside them;
//	                                      windows from the top
//	[Strategy]    the newest released     the code of [Linux71]
//
// Each row is against the one above it. What differs within a row: the first release of
// 6.18 has the sorted lists of 6.11, the trees came with a 6.18.x. The EINVAL for what rounds
// up beyond the region is not in the code of 7.0 that was read, a port.
//
// A pinned name never changes its meaning. Where no memory was freed as clear, 6.11 and
// 6.18 place alike. What follows is about these; [Next] says where it differs.
//
// # Idea
//
// The kernel keeps a tree of nodes and, for every order, a list or tree of free nodes
// sorted by address. These decide placements, the tree of nodes merges. The generations
// need neither. Free memory is of two kinds, dirty and clear (known to be zero),
// and two buddies of one kind are never both free between calls. So the free
// blocks of a kind are the maximal aligned runs of its free pages: they follow
// from a set of pages, whatever history led to it. This package keeps, for each
// kind and order, the set of free blocks as a tree of 64-bit words (freeSet), and
// every question of the kernel's code becomes a question to these sets. All generations
// share them, and the plain path; the steps that differ are methods of a value for each
// (generation), in the file of the kernel that brought them:
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
//     the one that ends with it. Since 6.18 the clear blocks come before the dirty
//     ones.
//   - Clear: the kind asked for first, then the other. When neither has a block
//     of the smallest order allowed, free buddies of different kinds merge, which
//     makes them dirty, until a block is large enough: by order and address; since
//     6.18 all pairs whose clear half is in the window before the others.
//   - Smaller than its alignment, since 7.1: the highest free block of the smallest
//     sufficient order that begins at a multiple of the alignment, and of it the highest
//     such part. Sets of these exist while somebody asks (alignedSet). In a window the
//     alignment counts for nothing, an upstream defect: [strategies.CapMisalignedWindow].
//   - Free: while the buddy is free and of the same kind, merge with it and go on
//     with the parent.
//
// A request is served by blocks of falling size: its binary digits, when memory
// allows. With a minimum block (Request.Align) the size is rounded up, and the
// surplus of the last block is given back; the pieces kept ascend. A contiguous size
// that rounds up beyond the region and has no window tries harder at once; everything
// else that does so is ErrInvalid since 6.18. 6.11 goes on, and ends with ErrNoSpace,
// unless the rounded size is twice the largest root or more: there it stops at an
// assertion. [Linux611] then does as later kernels, and says so
// ([strategies.Asserter]).
//
// An attempt that may fail is a dry run, and a request that fails on its way gives
// its blocks back: the sets are then as before. A region that is not a power of
// two needs no code: pages past its end are never free, so its roots never merge.
//
// # Invariants
//
// No two buddies of a kind are both free. A summary bit is set exactly if the
// word below it is not zero. Free pages are counted, in all and clear. Two free
// buddies of different kinds are listed as a pair. An aligned set has all free blocks
// that belong in it, and perhaps some that are free no longer. [strategies.Checker]
// verifies all five.
//
// # Complexity
//
// Alloc and Free: a bit scan or a store per level (four, five from 2^24 blocks)
// for every block taken, split off or merged; windows and top-down look into
// every order that has free blocks. Nothing depends on how many blocks are free,
// with three exceptions that even out over a run of operations:
//
//   - Trying harder tries up to 32 blocks for each block granted since the last
//     time. Beyond that it makes an index (runs), O(log n) for each operation.
//   - Merging clear with dirty memory visits pairs that earlier operations made.
//   - An aligned set visits every free block below the alignment once, when it is made,
//     and then each block that became free at a multiple once.
//
// Metadata: 512 bytes per 4,096 block numbers of an order of which one is or
// lately was free, 4 bytes per allocation, and tables of 2 bytes per MiB of region
// at 4 KiB pages; three times the tables once memory was freed as clear or a request was
// smaller than its alignment; 40 bytes for each block in an index. Empty chunks are dropped when they are the majority
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
