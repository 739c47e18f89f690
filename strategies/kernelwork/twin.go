package kernelwork

import "github.com/vramlab/vramlab/strategies"

// Allocator is a twin at work. It places as its strategy does and counts. It is not safe
// for concurrent use.
type Allocator interface {
	strategies.Allocator
	// Steps is what the kernel's algorithm did since the region was set up, refused
	// requests and roll-backs included.
	Steps() Steps
}

// A Twin is the kernel's algorithm for a strategy.
type Twin struct {
	Name string // of the strategy with the same placements
	Doc  string // its structures, in one sentence
	caps strategies.Caps
	make func(strategies.Region) Allocator
}

// New makes an empty allocator for the region, or says what is wrong with the region
// (wrapping strategies.ErrInvalid).
func (t Twin) New(r strategies.Region) (Allocator, error) {
	if err := r.Validate(); err != nil {
		return nil, err
	}
	return t.make(r), nil
}

// Strategy is the twin as a strategy, under the name of its strategy with ".twin" behind
// it, for comparisons of placements.
func (t Twin) Strategy() strategies.Strategy {
	return strategies.Strategy{
		Name: t.Name + ".twin", Doc: t.Doc, Caps: t.caps,
		New: func(r strategies.Region) (strategies.Allocator, error) { return t.New(r) },
	}
}

// buddyCaps are those of every drm_buddy.
const buddyCaps = strategies.CapScatter | strategies.CapWindow | strategies.CapTopDown | strategies.CapPow2Blocks | strategies.CapClear

// List is all twins, the oldest buddy first.
func List() []Twin {
	return []Twin{
		{
			"buddy_lifo", "The i915_buddy of 2021: a list an order, the newest block at its head.",
			strategies.CapScatter | strategies.CapPow2Blocks | strategies.CapRoundUp,
			func(r strategies.Region) Allocator { return newLIFO(r) },
		},
		{"buddy_6.11", "drm_buddy of Linux 6.11: a list an order, sorted by address.", buddyCaps, drmBuddy(&linux611)},
		{"buddy_6.18", "drm_buddy of Linux 6.18: two red-black trees an order, clear and dirty.", buddyCaps, drmBuddy(&linux618)},
		{"buddy_7.1", "The buddy of Linux 7.1: those trees, augmented with alignment.", buddyCaps, drmBuddy(&linux71)},
		{"buddy_next", "The buddy after 7.1: one augmented tree an order, and one of dirty extents.", buddyCaps, drmBuddy(&linuxNext)},
		{
			"rangemgr", "drm_mm under ttm_range_manager: allocations in an interval tree, holes in a tree by size and one by address.",
			strategies.CapWindow | strategies.CapTopDown | strategies.CapAnyAlign,
			func(r strategies.Region) Allocator { return newDRMMM(r) },
		},
	}
}

func drmBuddy(g *generation) func(strategies.Region) Allocator {
	return func(r strategies.Region) Allocator { return newBuddy(g, r) }
}

// For is the twin of the strategy of that name; "buddy" has that of Linux 7.1, the newest
// released mainline. A strategy that no kernel has, has no twin.
func For(strategy string) (Twin, bool) {
	if strategy == "buddy" {
		strategy = "buddy_7.1"
	}
	for _, t := range List() {
		if t.Name == strategy {
			return t, true
		}
	}
	return Twin{}, false
}
