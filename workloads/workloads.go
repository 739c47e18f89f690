// Package workloads holds what the lab runs: streams of allocations and frees on
// one region of device memory, made by seeded generators or recorded from real
// programs.
//
// # Idea
//
// A [Workload] is a value: a name, a description, a region, and a function that
// returns its operations. All strategies replay the same slice of [Op], so two
// strategies differ by their placements only. An operation names a slot, a small
// integer, so the replay keeps live allocations in a slice and needs no look-up.
//
// Each generator answers a question that a driver engineer asks:
//
//   - steady: what does an allocation cost at a fill level, with mixed sizes?
//   - gfx: does a graphics session with a few very large images among many small
//     buffers still get its render targets after a resize?
//   - pages: does it stay cheap with tens of thousands of small objects, nearly full?
//   - frames: what if memory is freed in the order of allocation?
//   - splinter: what can be allocated in the worst pattern of a half-free region?
//   - ageing: what do the few objects that stay do to free memory over time?
//   - contigfirst: how often must "contiguous, if you can" fall back to scattered?
//   - window: what do a small CPU-visible part and top-down requests cost?
//   - holes: what does the size of the holes alone do to a table? See [HolesAt].
//
// The recorded traces keep the generators honest: they have sizes and lifetimes of
// real programs, with no model in between. [Drivers] lists what drivers ask for beyond
// that, [Plain] simpler streams for comparisons of speed, and [FromFile] makes a workload
// of anybody's trace.
//
// A new generator is one file and one line in generators, or in Drivers.
//
// # Invariants
//
//   - Operations begin on an empty region. Alloc names an empty slot, Free a slot
//     that has seen an Alloc since its last Free, Fallback the slot of the Alloc
//     directly before it.
//   - Generators know no allocator. They compute their fill level from the bytes
//     requested, as if every request were granted; a refused object counts as
//     live until its Free. So the stream is the same for all strategies, and a
//     refusal does not decide what comes next. The price: a strategy that refuses
//     holds less than the fill level says.
//   - Generated sizes are multiples of the page, at least one page.
//   - The same seed and length give the same operations on every machine and Go
//     version. Random bits come from PCG, whose algorithm is fixed, and bounded
//     numbers are made of them here: those of package rand differ on 32-bit
//     machines. No floating point is involved.
//
// # Complexity and limits
//
// A generator takes O(1) time per operation, and 48 bytes of the slice; by its Parts, and
// by the [Stream] of a recorded trace, the memory does not depend on the length:
//
//	go test -run '^$' -bench 'Ops|Stream' ./workloads
//
// Until its fill level is reached, after 1,000 to 45,000 operations, a workload
// only fills: shorter runs show little else. Regions do not scale with the length:
// short runs would then reach their fill level, but runs of different lengths
// would be different workloads.
package workloads

import "slices"

// List is every workload of the default run: the generated ones, then the recorded
// traces, which are embedded in the program.
func List() []Workload {
	return slices.Concat(generators(), recorded())
}

// Lookup finds a workload of [All] by name.
func Lookup(name string) (Workload, bool) {
	list := All()
	i := slices.IndexFunc(list, func(w Workload) bool { return w.Name == name })
	if i < 0 {
		return Workload{}, false
	}
	return list[i], true
}

// generators lists the generated workloads.
func generators() []Workload {
	return []Workload{
		steady(),
		gfx(),
		pages(),
		frames(),
		splinter(),
		ageing(),
		contigFirst(),
		window(),
		holes(),
	}
}
