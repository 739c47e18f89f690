package all_test

import (
	"flag"
	"slices"
	"testing"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/strategies/all"
	"github.com/vramlab/vramlab/strategies/buddy"
	"github.com/vramlab/vramlab/strategies/strategytest"
)

var seed = flag.Uint64("seed", 1, "of the random numbers in TestKernel")

// unable are the scenarios that a strategy is not able to play although its Caps
// have what they need. Any other such outcome is a mistake that would be
// skipped.
var unable = map[string]string{
	"tlsf": "mm_topdown",
}

// TestKernel holds every strategy to the kernel's scenarios. With -v it ends
// with the matrix.
func TestKernel(t *testing.T) {
	list := listed()
	m := strategytest.Kernel(t, *seed, list...)
	for _, sc := range strategytest.Scenarios() {
		for _, s := range list {
			why := m.Unable(sc.Name, s.Name)
			if why != "" && s.Caps.Has(sc.Needs) && unable[s.Name] != sc.Name {
				t.Errorf("%s has what %s needs and is not able: %s", s.Name, sc.Name, why)
			}
		}
	}
}

// listed is every strategy of the module.
func listed() []strategies.Strategy {
	list := all.List()
	if !slices.ContainsFunc(list, func(s strategies.Strategy) bool { return s.Name == buddy.LIFO.Name }) {
		list = append(list, buddy.LIFO)
	}
	return list
}
