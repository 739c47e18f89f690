// Package peers puts allocators made of other people's trees beside the lab's
// own, as strategies: what a Go programmer gets who keeps free extents in a
// good B-tree from the shelf instead of writing a structure for them.
//
// # Idea
//
// A comparison needs somebody else's code. Two ordered trees in wide use, both
// plain Go modules, are github.com/google/btree (v1.1.3 of 2024, Apache 2.0) and
// github.com/tidwall/btree (v1.8.2 of 2026, MIT). On each stands the allocator
// that anyone would write first: every hole in two trees, one ordered by size,
// one by address; a request takes the smallest hole that fits, a free looks left
// and right for a hole to merge with. Only the trees differ (holes); bounds,
// alignments, windows and the checks of Free are one piece of code (extents), so
// that a difference between the two is a difference of the trees.
//
// # Policy
//
// Best fit: the smallest hole that holds the request, among holes of one size
// the one at the lowest address. The tie rule matters: package rangemgr is best
// fit too, but takes the newest among equals, and refuses four times as many
// requests of gfx16g. The request goes to the low end of its hole, with TopDown
// to the high end: a preference, the hole is still the smallest. With an
// alignment or a window the holes are tried in that order until one has a place,
// so that a refusal is always the truth. Contiguous and Clear change nothing.
// Any alignment in whole pages is honoured, not only powers of two. Size 0 is
// ErrInvalid, more than the region is ErrTooBig.
//
// # Invariants
//
// Holes never touch each other. Both trees hold the same holes. Live extents
// and holes tile the region. A live extent has a record, whose number is in the
// block: Free compares it before it changes anything.
//
// # Complexity and limits
//
// Plain Alloc and Free are O(log n) in the number of holes: five descents for
// an Alloc that leaves a rest, four to eight for a Free. Alignments and windows
// are linear in the holes that are large enough. Trees that grow and shrink take
// nodes from the Go heap and leave them to the collector, beyond the 32 nodes
// that google/btree keeps; that time is in the figures, as it would be in a
// program. The trees do not tell what they hold, so the peers are no
// Footprinters; the benchmark asks the heap.
//
// # Measuring
//
// BenchmarkPeers and cmd/ratios share package rounds: one replay of each
// strategy in turn, again and again, so that a change of the machine's mood
// meets all alike. See README.md for how to read what they print.
//
// # Looked at, and left out
//
//   - gVisor's segment sets (gvisor.dev/gvisor, Apache 2.0): the instances that
//     track gaps, which first fit needs, are not exported; the exported ones do
//     not track them, so that each search would be a walk, and bring in the
//     packages of a whole kernel.
//   - Ports of the Vulkan Memory Allocator and of OffsetAllocator: those looked
//     for could not be had from the module proxy. Package tlsf is of their kind.
//   - Slab, arena and mmap allocators: they hand out Go memory, not addresses of
//     a region that they must not touch.
//   - Bitmap sets: a search for a run of free pages is a walk over all of them.
//
// # Tried
//
// What is here is the plain form, which programs have. Times of whole replays
// divided by those of the same tree in that form (medians of 5 to 9 interleaved
// rounds of 500,000 operations, small8g and page1g, on a busy machine):
//
//   - Degrees of 8, 16 and 64 in google/btree instead of the 32 of its
//     documentation: 1.21 and 1.43, 1.14 and 1.27, 1.04 and 1.10.
//   - Degrees of 16 and 64 in tidwall/btree instead of its own 32: 1.15 and
//     1.15, 0.98 and 1.02.
//   - A list of 4,096 spare nodes shared by both google/btree, so that none are
//     taken from the heap: 1.09 and 1.08.
//   - Holes by their end in google/btree instead of their start, so that a hole
//     used from the front keeps its key, and one descent finds both neighbours:
//     0.87 and 0.90. It is the one change that helps, and no change of the tree.
//   - Path hints in tidwall/btree: 1.08 and 1.13.
//   - No records of live extents, so that no Free is checked: 0.91 and 0.83. The
//     contract wants the checks, and the lab's strategies pay for them too.
package peers

import "github.com/vramlab/vramlab/strategies"

// List is the peers, the base of comparisons first.
func List() []strategies.Strategy {
	return []strategies.Strategy{Google, Tidwall}
}

// caps is what all peers can do.
const caps = strategies.CapWindow | strategies.CapTopDown | strategies.CapAnyAlign

// Google is best fit on two google/btree.
var Google = strategies.Strategy{
	Name: "google_btree",
	Doc:  "best fit, lowest address among equals, one extent per request: the free extents by size and by address in two google/btree",
	Caps: caps,
	New:  func(r strategies.Region) (strategies.Allocator, error) { return newExtents(r, newGoogle()) },
}

// Tidwall is best fit on two tidwall/btree.
var Tidwall = strategies.Strategy{
	Name: "tidwall_btree",
	Doc:  "best fit, lowest address among equals, one extent per request: the free extents by size and by address in two tidwall/btree",
	Caps: caps,
	New:  func(r strategies.Region) (strategies.Allocator, error) { return newExtents(r, newTidwall()) },
}
