package migrate

import "math/rand/v2"

// fault is the allocation of a migration that fails.
type fault uint8

const (
	noFault fault = iota
	noMemory
	noTable
	noWork
)

// op asks the driver to move an object to the other side, and says what happens
// around that.
type op struct {
	object   int
	clear    bool  // fill the target, do not copy the contents
	copyFail bool  // the GPU copy fails half way
	fault    fault // an allocation fails
	bind     bool  // bind the object afterwards
	view     bool  // bind a view with a table of its own, not the pages in order
	capture  int   // the object to capture at some later time, -1 for none
}

// load draws the ops, from the seed alone: they are the same for all lifetimes,
// strategies and orders in which work is done.
type load struct {
	rng *rand.PCG
	c   *Config
	n   int // objects
}

// One in so many ops or objects.
const (
	clearOneIn = 16 // ops that clear
	viewOneIn  = 8  // ops that bind a view, if they bind
	hotOneIn   = 12 // objects that get half of all migrations
)

// next draws an op. Half of the ops move hot objects, which therefore often have
// several migrations in flight.
func (l *load) next() op {
	rng := l.rng
	o := op{object: below(rng, l.n), capture: -1}
	if below(rng, 2) == 0 {
		o.object /= hotOneIn
	}
	o.clear = below(rng, clearOneIn) == 0
	o.copyFail = chance(rng, l.c.CopyFaults)
	if which := fault(1 + below(rng, 3)); chance(rng, l.c.AllocFaults) {
		o.fault = which
	}
	o.bind = below(rng, 4) != 0
	o.view = below(rng, viewOneIn) == 0
	if who := below(rng, l.n); chance(rng, l.c.CaptureRate) {
		o.capture = who
	}
	return o
}

// sizes draws the sizes of the objects in pages of the region, first the octave and
// then the size in it, both evenly.
func sizes(rng *rand.PCG, c *Config) (pages []uint64) {
	managed, most := c.Region.Managed()/c.Region.Page, mostPages(c.Region)
	enough := func(sum uint64) bool { return sum >= managed+managed/2 }
	if c.Objects > 0 {
		enough = func(uint64) bool { return len(pages) == c.Objects }
	}
	for sum := uint64(0); !enough(sum); sum += pages[len(pages)-1] {
		octave := 1 << below(rng, 7)
		pages = append(pages, min(uint64(octave+below(rng, octave)), most))
	}
	return pages
}
