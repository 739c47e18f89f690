package buddy

import "github.com/vramlab/vramlab/strategies"

// A generation is what the kernels do differently: the steps of allocSlow that
// changed since Linux 6.11, each in the file of the kernel that brought it. The
// values have no state, and a later generation embeds the one before it. The plain
// path (scatter, Free) is the same in all of them and asks none.
type generation interface {
	// round is what is searched for instead of the request's size: so many pages
	// in blocks of order minOrder and above.
	round(q request) (want uint64, minOrder uint)
	// admits reports whether a search begins for so many pages. Otherwise a
	// contiguous request without a window tries harder at once, and all else is
	// invalid.
	admits(a *allocator, want uint64) bool
	// take removes a free block of order k from the free sets, split off where the
	// flags say. The caller counts it.
	take(a *allocator, k uint, q request) (i uint64, c kind, ok bool)
	// forceMerge makes a block of at least order minOrder by merging free buddies
	// of different kinds inside the window (where hi = 0 holds nothing). The result
	// is dirty.
	forceMerge(a *allocator, minOrder uint, q request) bool
	// tryHarder grants a contiguous run that is not one block.
	tryHarder(a *allocator, dst []strategies.Block, q request) ([]strategies.Block, error)
}

// strategyOf is the strategy of a generation.
func strategyOf(name, models, doc string, caps strategies.Caps, g generation) strategies.Strategy {
	return strategies.Strategy{Name: name, Models: models, Doc: doc, Caps: buddyCaps | caps,
		New: func(r strategies.Region) (strategies.Allocator, error) { return newAllocator(name, r, g) }}
}

const buddyCaps = strategies.CapScatter | strategies.CapWindow | strategies.CapTopDown | strategies.CapPow2Blocks | strategies.CapClear

// Strategy is the buddy of the newest mainline Linux released: [Linux71] under the
// name that moves on with it.
var Strategy = strategyOf("buddy", Linux71.Models,
	"binary buddy of Linux 7.1, the newest released, as buddy_7.1: "+small,
	Linux71.Caps, linux71{})
