package bench

import "github.com/vramlab/vramlab/bench/internal/experiment"

// Grid is what the growth of cost is measured over: every region with every number
// of live objects that it can hold. The zero Grid is none.
type Grid struct {
	Regions []uint64 // bytes, ascending
	Live    []int    // objects, ascending
}

// DefaultGrid is the default grid in the form that [ParseGrid] reads:
// region=1GiB..1TiB,live=1e3..1e6.
const DefaultGrid = experiment.DefaultGrid

// MaxGoroutines is the largest number of goroutines that may share an allocator:
// each has a shard of its own, and there are at most 64.
const MaxGoroutines = experiment.MaxGoroutines

// ParseGrid reads a grid as a command line states it:
//
//	region=1GiB..1TiB,live=1e3..1e6
//
// Each part is one value or a range LO..HI, in which each value is four times (region)
// or ten times (live) the one before; HI is always the last. A missing part is taken
// from [DefaultGrid]. Regions have a unit, KiB to TiB; numbers of objects are plain
// or have an exponent, 5e4. The error is one line.
func ParseGrid(text string) (Grid, error) {
	g, err := experiment.ParseGrid(text)
	return Grid(g), err
}

// Check reports a grid without a point: no region holds any of the numbers of objects.
func (g Grid) Check() error { return experiment.Grid(g).Check() }
