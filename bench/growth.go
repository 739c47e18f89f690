package bench

import "github.com/vramlab/vramlab/bench/internal/experiment"

// Grid is what the growth of cost is measured over: every region with every number
// of live objects that it can hold. The zero Grid is none.
type Grid struct {
	Regions []uint64 // bytes, ascending
	Live    []int    // objects, ascending
}

// DefaultGrid is the whole grid, as [ParseGrid] reads it.
const DefaultGrid = experiment.DefaultGrid

// MaxGoroutines is the largest number of goroutines that may share an allocator:
// each has a shard of its own.
const MaxGoroutines = experiment.MaxGoroutines

// ParseGrid reads a grid as a command line states it:
//
//	region=1GiB..1TiB,live=1e3..1e6
//
// Each part is one value or the first and the last of a range, of which the
// values between are four times (region) or ten times (live) the one before.
// A part that is left out is that of [DefaultGrid]. Regions have a unit, KiB
// to TiB; numbers of objects are plain or have an exponent, 5e4. The error is one
// line.
func ParseGrid(text string) (Grid, error) {
	g, err := experiment.ParseGrid(text)
	return Grid(g), err
}

// Check reports a grid of which nothing can be measured: no region holds any of
// the numbers of objects.
func (g Grid) Check() error { return experiment.Grid(g).Check() }
