package buddy_test

import (
	"testing"

	"github.com/vramlab/vramlab/strategies/buddy"
	"github.com/vramlab/vramlab/strategies/internal/program"
	"github.com/vramlab/vramlab/strategies/strategytest"
)

func TestConformanceNext(t *testing.T) { strategytest.Run(t, buddy.Next) }
func FuzzConformanceNext(f *testing.F) { strategytest.Fuzz(f, buddy.Next) }
func FuzzAgainstSlowNext(f *testing.F) { program.FuzzCompare(f, buddy.Next, slowNextStrategy, mixes) }
