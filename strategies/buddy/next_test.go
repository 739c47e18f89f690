package buddy_test

import (
	"testing"

	"github.com/vramlab/vramlab/strategies/strategytest"
)

// TestSlowNext compares the slow allocator with what the kernel's did.
func TestSlowNext(t *testing.T) {
	strategytest.Golden(t, slowNextStrategy, "testdata/next/*.trace")
}
