package buddy_test

import (
	"testing"

	"github.com/vramlab/vramlab/strategies/buddy"
	"github.com/vramlab/vramlab/strategies/strategytest"
)

func TestConformanceLIFO(t *testing.T) { strategytest.Run(t, buddy.LIFO) }
func FuzzConformanceLIFO(f *testing.F) { strategytest.Fuzz(f, buddy.LIFO) }

// TestGoldenLIFO compares with what i915_buddy did in 2021, block for block.
func TestGoldenLIFO(t *testing.T) {
	strategytest.Golden(t, buddy.LIFO, "testdata/lifo/*.trace")
}
