package strategytest

import (
	"testing"

	"github.com/vramlab/vramlab/strategies/strategytest/internal/planted"
)

// TestModest holds the kit back: it must not demand what Caps does not declare.
func TestModest(t *testing.T) {
	Run(t, planted.Modest)
	for _, seed := range fuzzSeeds() {
		if err := runBytes(planted.Modest, seed); err != nil {
			t.Error(err)
		}
	}
}

// TestClearing shows that the rules for CapClear can be kept.
func TestClearing(t *testing.T) {
	Run(t, planted.Clearing)
}

// TestPlacing shows that the rule for a Placer can be kept.
func TestPlacing(t *testing.T) { Run(t, planted.Placing) }
