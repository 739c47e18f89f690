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
//     or the one that ends with it. Which block will do is looked up ([runs])
//     where such requests are frequent and there are many blocks; otherwise
//     they are tried.
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
// word below it is not zero. Free pages are counted, in all and clear. Two free
// buddies of different kinds are listed as a pair. [Allocator.Check] verifies
// all four.
//
// # Complexity
//
// Alloc and Free: a bit scan or a store per level (four, five from 2^24 blocks)
// for every block taken, split off or merged; windows and top-down look into
// every order that has free blocks, no deeper than is needed to know that it
// does not win. Nothing depends on how many blocks are free:
//
//   - A contiguous request that fails its first attempt tries up to 32 free
//     blocks of its order for each block granted since the last such request:
//     over a run of operations a constant for each, though a single request
//     after many others may look at all of them. Where that is not enough it
//     makes an index, at the price of a look at every free block of the order.
//     Granted and freed blocks are then followed up one by one, O(log n) each and
//     some 1 us, and the index is dropped once trying would have cost less. So
//     over a run of operations it is O(log n) each.
//   - A request that merges clear with dirty memory finds the pairs by
//     search, and every pair it visits in its window is merged, so it pays for
//     what earlier operations made. While clear memory is about, a block that
//     the index names can still fail if the walk meets all clear memory there
//     is before its end; then the next one is tried.
//
// Memory: 512 bytes per 4,096 block numbers of an order of which one is or
// lately was free, 4 bytes per allocation, and tables of 2 bytes per mebibyte of
// region at 4 KiB pages; three times the tables once memory was freed as clear;
// 40 bytes for each free block in an index, which are those with free memory
// beside them. Empty chunks are dropped when they are most of all and exceed 32
// bytes an allocation. On the loads below that is 4 to 41 bytes for each live
// block, and an emptied region holds what a new one does. Regions of 2^30 pages
// and more have a hash table instead of tables for their low orders, so that
// the largest there can be (2^64-1 bytes) costs some kilobytes.
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
// # What was tried
//
// Replays of 400,000 operations (big64g 2 million) of loads as small8g, gfx16g,
// page1g, fifo4g, range4g and big64g of package workloads; small1g is small8g on
// 1 GiB. Two cores that others used too (AMD EPYC, GOAMD64=v1), the strategies
// taking turns in one process. The least of 12 turns (big64g 6) in ns per
// operation, the harness included. "empty" grants made-up blocks and reads them
// when they are freed; btree is best fit on two google/btree; before is this
// package when a chunk was found through a table of indices, all levels were
// written for every bit, and the seal was a chain of multiplications. The last
// column is what benchstat says of the medians, now against before:
//
//	load      empty   btree   before   now   now/btree   benchstat
//	small8g      24     380       89    58       0.152   -42 % (p=0.000)
//	gfx16g       22     349       71    53       0.152   -28 % (p=0.023)
//	page1g       23     249       58    46       0.186   ~     (p=0.319)
//	fifo4g       21      91       82    74       0.82    -14 % (p=0.033)
//	range4g      22     365      143   145       0.40    ~     (p=0.713)
//	big64g       48     524      288   133       0.25    -65 % (p=0.002)
//	small1g      20     330       56    44       0.134   -22 % (p=0.000)
//
// Instructions repeat better than time; callgrind counts per operation, growing
// result slices included, before and now: small8g 1,106 and 834, gfx16g 998 and
// 731, page1g 832 and 731, fifo4g 1,147 and 931, range4g 2,463 and 2,142.
//
// What was changed for that (measured together; only what is said was measured
// apart):
//
//   - Not looking at a leaf word that the node says is zero: a freed block then
//     only stores to its word, which in a large region is not in the cache. Most
//     frees are of that kind, since free blocks of one order are few and far
//     apart: what is free is mostly one large piece at the bottom.
//
//   - Node and chunk pointer side by side instead of tables of words and of
//     indices: one dependent load and two bounds checks less per block.
//
//   - Taking a block written out in the loop of scatter, adding one in that of
//     put: the calls spilled a dozen registers per block. Slow paths stay calls;
//     inlined by the compiler, they cost the fast ones their registers.
//
//   - Result blocks written in place: append spilled its slice every time.
//
//   - The seal as a sum of independent terms, each with a salt for its place: a
//     processor works on several at once. It stays a loop of its own before
//     anything is changed.
//
//   - Chunks kept for as long as they are under 32 bytes an allocation: in a
//     steady state dropping them early had one in seven frees make one.
//
//   - The index of trying harder, for what the loads do not show: three pages in
//     a row, refused on 2^18 free blocks of two, with a grant and a free, took 30
//     ms and takes 0.25 us, as on 2^14 of them; the first time 22 and 6.6 ms. Made
//     at the first request that tried harder, and kept for four times as many
//     changes as it has blocks, it cost the workload contigfirst 573 ns an operation
//     instead of 76: it is made when trying each block would cost more, and dropped
//     when that would have cost less.
//
// What did not:
//
//   - Updating upper levels only when a word becomes zero or stops being it. For
//     the node word that is a coin toss. For the words above it was tried again
//     with the last one in use remembered, so that a search begins there: nodes
//     of 2^12 blocks become empty on 80 of a hundred grants, and with l2 words of
//     2^18 callgrind's predictor still missed on a third of them. Fewer
//     instructions, and what they saved went into mispredictions (small8g 87,
//     and 83, against 85 before).
//   - Storing bits mirrored, to scan for trailing zeros, was not built: in a
//     chain of dependent scans that is worth 0.3 ns a scan, the compiler's
//     fix-up for zero.
//   - Reading the leaf word always, to save the branch: equal within the noise
//     (small8g +2 ns, fifo4g -4). Going on in the same loop when the word is not
//     zero, to save a call: small8g and page1g 4 ns slower, a dense
//     checkerboard 2 ns faster.
//   - Dense bitmaps for the whole region: simpler, but they stay when everything
//     has been given back.
//   - For windows and top-down, stopping in an order at the level that shows it
//     cannot win: the same time within the noise, since which level that is, is
//     random. It stays, since it looks at less.
//
// Where the time goes now: a request of three blocks is some 140 instructions a
// block granted, 60 a block freed, and two loops whose end is not predictable.
// On big64g a third of the time is the first access to the caller's block list
// in Free, which is in no cache (the empty allocator waits for it too); so 64
// GiB cost three times what 1 GiB does, 85 ns against 25 without the harness. On
// fifo4g, where every seventh free merges and every seventh grant splits, it is
// mispredictions of how far. On range4g a search asks twelve orders, each with a
// few unpredictable branches; one index over all orders would have to be kept by
// every plain operation too.
package buddy
