package buddy_test

import (
	"testing"

	"github.com/vramlab/vramlab/strategies/buddy"
	"github.com/vramlab/vramlab/strategies/internal/program"
	"github.com/vramlab/vramlab/strategies/strategytest"
)

func TestConformanceNext(t *testing.T) { strategytest.Run(t, buddy.Next) }
func FuzzConformanceNext(f *testing.F) { strategytest.Fuzz(f, buddy.Next) }

// TestGoldenNext compares with what the kernel did, block for block.
func TestGoldenNext(t *testing.T) { strategytest.Golden(t, buddy.Next, "testdata/next/*.trace") }

// TestSlowNext does with the slow allocator.
func TestSlowNext(t *testing.T) { strategytest.Golden(t, slowNextStrategy, "testdata/next/*.trace") }

// TestAgainstSlowNext compares every placement with the slow allocator's.
func TestAgainstSlowNext(t *testing.T) { againstSlow(t, buddy.Next, slowNextStrategy, mixes) }

func FuzzAgainstSlowNext(f *testing.F) {
	program.FuzzCompare(f, buddy.Next, slowNextStrategy, mixes)
}
