package all_test

import (
	"flag"
	"slices"
	"testing"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/strategies/all"
	"github.com/vramlab/vramlab/strategies/buddy"
	"github.com/vramlab/vramlab/strategies/strategytest/kernel"
)

var seed = flag.Uint64("seed", 1, "of the random numbers in TestKernel, and of the first streams in TestChecked")

// unable are the scenarios that a strategy is not able to play although its Caps
// have what they need. Any other such outcome is a mistake that would be
// skipped.
var unable = map[[2]string]bool{
	{"tlsf", "mm_topdown"}: true, // top-down is a preference there

	// It takes only sizes that are multiples of the alignment.
	{"buddy_lifo", "buddy_offset_aligned_allocation"}:       true,
	{"buddy_lifo", "buddy_subtree_offset_alignment_stress"}: true,
}

// TestKernel holds every strategy to the kernel's scenarios. With -v it ends
// with the matrix.
func TestKernel(t *testing.T) {
	list := listed()
	m := kernel.Run(t, *seed, list...)
	for _, sc := range kernel.Scenarios() {
		for _, s := range list {
			if !m.Ran(sc.Name, s.Name) {
				continue
			}
			why := m.Unable(sc.Name, s.Name)
			able := why == "" || !s.Caps.Has(sc.Needs)
			if listed := unable[[2]string{s.Name, sc.Name}]; able == listed {
				t.Errorf("%s on %s: listed as unable although its Caps have what it takes: %v; in truth: %q", s.Name, sc.Name, listed, why)
			}
		}
	}
}

// listed is every strategy of the module, each once: buddy_7.1 is buddy, as
// TestBuddyIsTheNewest holds.
func listed() []strategies.Strategy {
	return slices.DeleteFunc(all.List(), func(s strategies.Strategy) bool { return s.Name == buddy.Linux71.Name })
}
