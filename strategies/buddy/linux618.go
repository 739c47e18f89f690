package buddy

import "github.com/vramlab/vramlab/strategies"

// Linux618 is the buddy of the 6.18 stable series, 6.19 and 7.0: two trees an order,
// one of clear and one of dirty blocks.
var Linux618 = strategyOf("buddy_6.18", "Linux 6.18",
	"binary buddy of Linux 6.18 to 7.0: clear and dirty blocks in two trees an order (drm_buddy: i915, xe, amdgpu)",
	0, linux618{})

// linux618 is the policy of Linux 6.18. A request without windows and conditions
// finds the same block in two trees as in one list; what goes through all blocks of
// an order now goes through those of one kind and then of the other.
type linux618 struct{ linux611 }

// admits refuses what exceeds the region, rounded, and with it everything at which
// 6.11 stops.
func (linux618) admits(a *allocator, want uint64) bool { return want <= a.pages }

// forceMerge goes through all orders of the clear tree and then through all orders of
// the dirty one.
func (linux618) forceMerge(a *allocator, minOrder uint, q request) bool {
	return a.mergePairs(minOrder, q, justClear) || a.mergePairs(minOrder, q, justDirty)
}

// tryHarder visits the clear blocks first.
func (linux618) tryHarder(a *allocator, dst []strategies.Block, q request) ([]strategies.Block, error) {
	return a.tryHarder(dst, q, justClear, justDirty)
}
