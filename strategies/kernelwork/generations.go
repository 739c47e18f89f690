package kernelwork

import "math/bits"

// The generations of drm_buddy.
var (
	linux611 = generation{
		rows:       func(m *meter) func() row { return func() row { return &sortedList{meter: m} } },
		kinds:      1,
		knows:      newSeparate,
		whole:      never,
		tooLarge:   aboveLargestRoot,
		find:       find,
		lastResort: mergeByForce,
		harder:     tryHarder,
	}
	linux618 = generation{
		rows:       treesWith(nil),
		kinds:      2,
		knows:      newSeparate,
		whole:      never,
		tooLarge:   aboveLargestRootOrRegion,
		find:       find,
		lastResort: mergeByForce,
		harder:     tryHarder,
	}
	linux71 = generation{
		rows:       treesWith(func(b *block) traits { return traits{aligned: alignment(b)} }),
		kinds:      2,
		knows:      newSeparate,
		whole:      isPow2,
		tooLarge:   aboveLargestRootOrRegion,
		find:       find,
		lastResort: mergeByForce,
		harder:     tryHarder,
	}
	linuxNext = generation{
		rows: treesWith(func(b *block) traits {
			return traits{aligned: alignment(b), cleaner: uint64(b.class)}
		}),
		kinds:      1,
		knows:      newTracker,
		whole:      isPow2,
		tooLarge:   aboveLargestRootOrRegion,
		find:       findTracked,
		lastResort: func(*heap, *ask, uint) bool { return false },
		harder:     tryHarderAligned,
	}
)

func treesWith(of func(*block) traits) func(*meter) func() row {
	return func(m *meter) func() row { return func() row { return newBlockTree(m, of) } }
}

func newSeparate(*meter) knowledge { return new(separate) }

func never(uint64) bool       { return false }
func isPow2(size uint64) bool { return bits.OnesCount64(size) == 1 }

// aboveLargestRoot: 6.11 stops with an assertion there; this is what later kernels do.
func aboveLargestRoot(h *heap, size uint64) bool { return size >= 2*h.roots[0].size() }

func aboveLargestRootOrRegion(h *heap, size uint64) bool {
	return size > h.pages || aboveLargestRoot(h, size)
}

// mergeByForce merges clear with dirty memory, if there is any clear.
func mergeByForce(h *heap, a *ask, minOrder uint) bool {
	return h.known.clearPages() > 0 && h.forceMerge(a.start, a.end, minOrder)
}
