// Package peers has allocators on B-trees by others, as strategies beside the lab's
// own: what a Go programmer gets who keeps free extents in a good ready-made tree
// and writes no data structure.
//
// # Idea
//
// A comparison needs code that the lab's authors did not write. Two ordered trees are
// in wide use and plain Go modules: github.com/google/btree (v1.1.3 of 2024, Apache
// 2.0) and github.com/tidwall/btree (v1.8.2 of 2026, MIT). On each stands the allocator
// that anyone would write first: every hole is in two trees, one by size and one by
// address; a request takes the smallest hole that fits; a free merges with the holes on
// both sides. Only the trees (holes) differ. Windows, alignments and the checks of Free
// are the same code (extents), so the two differ by their trees alone.
//
// # Policy
//
// Best fit: the smallest hole that has room, among holes of one size the one at the
// lowest address. The tie rule matters: package rangemgr is best fit too but takes the
// newest of equal holes, and refuses four times as many requests of gfx16g. The request
// goes to the low end of its hole, with TopDown to the high end; the hole is still the
// smallest. With an alignment or a window the holes are tried in order of size until
// one has a place, so a request is refused only if it fits nowhere. Contiguous and
// Clear change nothing. Any alignment in whole pages is honoured, powers of two or not.
// Size 0 is ErrInvalid, more than the region is ErrTooBig.
//
// # Invariants
//
// Holes never touch each other. Both trees hold the same holes. Live extents and holes
// tile the region. A live extent has a record, whose number is in the block: Free
// compares the two before it changes anything.
//
// # Complexity and limits
//
// A plain Alloc or Free is O(log n) in the number of holes: five descents for an Alloc
// that leaves a rest, four to eight for a Free. Alignments and windows are linear in
// the holes that are large enough. The trees take nodes from the Go heap as they grow
// and leave them to the collector (google/btree keeps up to 32); the figures include
// that time, as a program would. The trees do not report their memory, so the peers
// are no Footprinters; the benchmark measures the Go heap instead.
//
// # Measuring
//
// BenchmarkPeers and cmd/ratios use package rounds: in each round every strategy
// replays once, so changes of the machine meet all of them alike. README.md says how
// to read the results.
//
// # Peers left out
//
//   - gVisor's segment sets (gvisor.dev/gvisor, Apache 2.0): the instances that track
//     gaps, which first fit needs, are not exported; with the exported ones each search
//     would be a walk, and they import the packages of a whole kernel.
//   - Ports of the Vulkan Memory Allocator and of OffsetAllocator: none was available
//     from the module proxy. Package tlsf is of their kind.
//   - Slab, arena and mmap allocators: they hand out Go memory, not addresses of a
//     region that they must not touch.
//   - Bitmap sets: a search for a run of free pages is a walk over all of them.
package peers

import "github.com/vramlab/vramlab/strategies"

// List is all peers, the base of comparisons first.
func List() []strategies.Strategy {
	return []strategies.Strategy{Google, Tidwall}
}

// caps are the abilities of all peers.
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
