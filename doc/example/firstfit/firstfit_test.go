package firstfit_test

import (
	"testing"

	"github.com/vramlab/vramlab/bench"
	"github.com/vramlab/vramlab/strategies/all"
	"github.com/vramlab/vramlab/strategies/strategytest"
	"github.com/vramlab/vramlab/workloads"

	"example.com/mine/firstfit"
)

func TestConformance(t *testing.T) { strategytest.Run(t, firstfit.Strategy) }
func FuzzConformance(f *testing.F) { strategytest.Fuzz(f, firstfit.Strategy) }

// TestPlacements holds the strategy to placements worked out by hand.
func TestPlacements(t *testing.T) {
	strategytest.Golden(t, firstfit.Strategy, "testdata/*.trace")
}

// BenchmarkStrategies measures it beside vramlab's own.
func BenchmarkStrategies(b *testing.B) {
	bench.Benchmark(b, bench.Config{
		Strategies: append(all.List(), firstfit.Strategy),
		Workloads:  workloads.List(),
	})
}
