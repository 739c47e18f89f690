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
// Top-down requests need holes by address. The kernel has a tree for that; here
// an index over cells of 64 pages ([addressIndex]) is built at the first such
// request, so that managers which never see one do not pay.
//
// Sizes are rounded up to 4 KiB, whatever the region's page; a larger page is
// the default alignment. There is no EINVAL in drm_mm: every refusal is
// ErrNoSpace, and Contiguous changes nothing.
//
// # Invariants
//
// Nodes ascend by address and never touch a hole of their own size 0; holes
// never touch each other. Each hole is in exactly one list, of its size, newest
// first. A cell's bound is at least its largest hole, and a group's bound is
// exactly the largest of its children's. [strategies.Checker] verifies this.
//
// # Complexity
//
// Without a window and alignment: O(1) below 16 MiB, O(bits of the size) above.
// Top-down: O(log cells) and at most 32 holes of a cell (in regions of more than
// 64 TiB cells are larger and have no such bound). Best fit with a window
// or an alignment visits, as the kernel does, every hole that is large enough
// and does not fit, in order of size. Memory: 24 bytes an allocation (32 in
// regions over 16 TiB), slab growth aside, and 25 KiB per GiB that has holes once
// there was a top-down request. The slab is given back when nothing is live.
//
// # Limits
//
// Not safe for concurrent use. At most 2^32 - 2 live allocations.
//
// # Tried and rejected
//
// One tree of (size, age) keys, as the kernel has it: every operation is then
// several cache misses and a rotation; a bin is one. A clock value in each hole
// to break ties: the place in its list says the same. 64-bit page numbers for
// all regions: a third more memory, and misses are what a large region costs;
// the code is generic over the width instead.
package rangemgr
