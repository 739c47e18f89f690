// Package kernelwork counts what Linux would do for a request, where package buddy and
// package rangemgr answer it their own way.
//
// # Idea
//
// The strategies of the lab place as the kernel does, with other structures, so their
// times and counters say nothing of the kernel's. A [Twin] has the structures that the
// kernel has, and does what it does in the same order: the tree of blocks, a sorted list
// or red-black trees of free blocks for each order, walks over the tree for windows and
// exact ranges, the extents of the dirty tracker, the trees of drm_mm. It counts every
// step ([Steps]) and is not timed. Its placements are those of its strategy, block for
// block, which tests both.
//
// What generations share stands once: the request loop, the walks, trim. A generation is
// a value of the few policies in which it differs (generations.go). What they keep of
// clear memory is one of two: blocks of one class each (separate), or extents beside
// blocks of mixed contents (tracker).
//
// # What is counted
//
// A visit of a red-black tree is a node that the algorithm reads on its way: down in a
// search or an insertion, to a neighbour in order, or up where a removal repairs what
// nodes know of their subtrees. Balancing counts by its rotations. The trees are the
// textbook's, so their shapes, and with them the numbers of visits, are near those of
// the kernel and not the same. All other kinds follow from the rules alone.
//
// [Far] is no work but where it is done: a visit of a node that is probably in no cache.
// It stands for what makes one load slower than another with the same steps.
//
// Not counted: checks, locks, and what a driver adds around the allocator. A walk of
// drm_mm's interval tree begins at the root, though the kernel knows a neighbour.
//
// # Complexity
//
// As in the kernel: an insertion in a long sorted list and a walk of a window are linear.
// Blocks and extents come from a free list, so that a steady
// state makes no garbage.
package kernelwork
