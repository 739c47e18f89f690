// Package rangemgr is a range manager with the placements of Linux drm_mm as
// ttm_range_manager drives it, without its three trees.
//
// # Idea
//
// Every request is granted as one extent. The allocations form a list by address;
// what lies between two of them is a hole, owned by the allocation before it
// (a virtual head owns the hole at the start). The policy says which hole is taken:
//
//   - Default: best fit, the smallest hole that is large enough; of equal ones the
//     newest. The request goes to its low end.
//   - TopDown: the highest hole in which it fits, at its high end. With the parameter
//     insert every request is one of these.
//   - Windows and alignments: the same orders, and the first hole with an aligned
//     place inside the window. Any alignment in whole pages, not only powers of
//     two; an alignment below a page is none.
//
// Ties are the subtle part. A hole that is made is the newest, even at an unchanged
// size: on allocation first what is left before it, then what is left after it, on
// free the hole that results. So a list of the holes of one size, newest first, is
// all that a tie needs, and the kernel's tree by (size, age) becomes one bin per
// size: below 16 MiB an array with a bitmap above it, from there on a bitwise trie
// per power of two. Best fit is then a bit scan.
//
// Sizes are rounded up to 4 KiB, whatever the region's page; a larger page is the
// default alignment. drm_mm has no EINVAL: every refusal is ErrNoSpace, and
// Contiguous changes nothing.
//
// What only some requests need is built when they have paid for it, and costs the
// others nothing until then. Top-down requests need holes by address: an index over
// cells of 64 pages (addressIndex), built at the first such request. Requests with a
// window or an alignment visit the holes that are large enough one after the other,
// as the kernel does; mostly the first or second serves. Where thousands are in the
// way, an index for the alignment takes over (fitIndex): trees in the order of best
// fit, for windows one for each of a hierarchy of zones by address. When one is
// built and dropped: see demand and scan.
//
// # Invariants
//
// Nodes ascend by address and have a length; holes never touch each other. Each hole
// is in exactly one list, of its size, newest first. A cell's bound is at least its
// largest hole, and a group's bound is exactly the largest of its children's. A
// fitIndex has exactly the holes with a run, in each of the nested zones that they
// begin in, except that the outermost has no tree once it is cut. The ages in it
// agree with the lists. [strategies.Checker] verifies this.
//
// # Complexity
//
// Without window and alignment: O(1) below 16 MiB, O(bits of the size) above.
// TopDown: O(log cells) and the at most 32 holes of a cell; beyond 1 TiB as with an
// index. With an index: O(log n) expected for an alignment, O(log^2 n) for a window
// or from the top, n being the holes; each hole made or taken then costs O(log n)
// for every index and level of zones. An index is built when searches have made
// half as many fruitless visits as there are nodes. While there is one, a search
// still tries up to 40 holes first, fewer after recent fruitless tries.
//
// Metadata: 24 bytes an allocation (32 in regions over 16 TiB), slab growth by a
// quarter aside, and 19 KiB of bins. Once there was a top-down request, 29 KiB per
// GiB that has holes. An index has 32 bytes for each hole with a run (48 over 16
// TiB), in each level of zones, and 8 a node; for windows among 131,072 holes that
// is 230 bytes a hole. An index that has helped no request during 4 to 8 changes per
// node is dropped; the slab and all indexes are dropped when nothing is live.
//
// # Limits
//
// Not safe for concurrent use. At most 2^32 - 2 live allocations. Building an index
// is O(n) for an alignment, O(n log n) for windows, in the operation that triggers
// it. At most 8 alignments have an index at a time; requests that go round more than
// that over adversarial holes are as slow as the kernel's.
//
// Times on the plain loads, beside other allocators, and on adversarial holes:
//
//	cd bench/peers && go run ./cmd/ratios
//	go test ./strategies/rangemgr -run '^$' -bench Adversary
package rangemgr
