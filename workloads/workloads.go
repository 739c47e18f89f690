// Package workloads holds what the lab runs: streams of allocations and frees
// on one region of device memory, made by seeded generators or recorded from
// real programs.
//
// # Idea
//
// A [Workload] is a value: a name, what it stands for, a region, and a
// function that makes its operations. All strategies replay the same slice of
// [Op], so a difference between two of them is a difference of placement and
// of nothing else. An operation names a slot, a small integer, so that the
// replay's table of live allocations is a slice and costs it no look-up.
//
// Each generator is there for a question that a driver engineer asks:
//
//   - steady: what does an allocation cost at a fill level, sizes mixed?
//   - gfx: does a graphics session, with its few very large images among many
//     small buffers, still get its render targets after a resize?
//   - pages: does it stay cheap with tens of thousands of small objects, nearly full?
//   - frames: what if memory is freed in the order it was asked for?
//   - splinter: what is left of half a region free in the worst pattern?
//   - ageing: what do the few objects that never go away do over time?
//   - contigfirst: how often must "contiguous, if you can" be given up?
//   - window: what do a small CPU-visible part and top-down cost?
//   - holes: what does the size of the holes alone do to a table ([HolesAt])?
//
// Beside them stand [Plain], plain streams for comparisons of speed.
//
// The recorded traces keep the generators honest: they have the sizes and
// lifetimes of real programs, without a model in between.
//
// # Invariants
//
//   - Operations begin on an empty region. Alloc names an empty slot, Free a
//     slot that has seen an Alloc since its last Free, Fallback the slot of the
//     Alloc directly before it.
//   - Generators know no allocator. They keep their fill level in bytes
//     requested, as if every request were granted; a refused object counts as
//     live until its Free comes. The price is that a strategy that refuses
//     holds less than the level says. The gain is that the stream is the same
//     for all, and that a refusal does not decide what is asked next.
//   - Generated sizes are multiples of the page, at least one page.
//   - The same seed and length give the same operations on every machine and
//     Go version. Random numbers come from PCG alone (its algorithm is fixed;
//     how package rand makes bounded numbers of it is not, and differs on
//     32-bit machines), and no floating point is involved.
//
// # Complexity and limits
//
// A generator takes O(1) and some 50 ns an operation, the slice 48 bytes an
// operation. Until its fill level is reached (after one to forty-five thousand
// operations) a workload only fills: shorter runs show little else.
//
// # Tried or considered, and rejected
//
//   - A callback that makes the next operation of what was granted: strategies
//     then replay different streams, and no comparison holds.
//   - Iterators: ranging over an iter.Seq[Op] costs 4.5 ns an operation, over
//     one of pointers 2 ns, over the slice 0.7 ns, and the replay loop should
//     cost little beside an allocator of 20 ns.
//   - Log-uniform sizes by math.Exp: it is assembly on some machines, and
//     compilers fuse multiplications on others. An octave drawn evenly, then a
//     size drawn evenly inside it, is as good a model, and exact.
//   - Regions that scale with the length: short runs would reach their fill
//     level, but runs of different length would not show the same load.
package workloads

import "slices"

// List is every workload of the default run: the generated ones, then the
// recorded traces that the program carries.
func List() []Workload {
	return slices.Concat(generators(), recorded())
}

// Lookup finds a workload of [List] or [Plain] by name.
func Lookup(name string) (Workload, bool) {
	list := append(List(), Plain()...)
	i := slices.IndexFunc(list, func(w Workload) bool { return w.Name == name })
	if i < 0 {
		return Workload{}, false
	}
	return list[i], true
}

// generators lists the generated workloads.
func generators() []Workload {
	return []Workload{
		steady(), gfx(), pages(), frames(), splinter(), ageing(), contigFirst(), window(), holes(),
	}
}
