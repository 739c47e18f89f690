package migrate

import "math/rand/v2"

// fault says which allocation of a migration fails.
type fault uint8

const (
	noFault fault = iota
	noMemory
	noTable
	noWork
)

// op is one thing that the load asks of the driver: to move an object to the
// other side, and what is to happen around it.
type op struct {
	object   int
	clear    bool  // the contents are not wanted: fill the target
	copyFail bool  // the GPU copy fails half way
	fault    fault // an allocation fails
	bind     bool  // bind it afterwards
	view     bool  // not its pages in order, but a view of them with a table of its own
	capture  int   // capture this object at some time from now on; -1 none
}

// load draws what is asked, from the seed alone: it is the same for all
// lifetimes, strategies and orders in which work is done.
type load struct {
	rng *rand.PCG
	c   *Config
	n   int // objects
}

// One in so many of what is asked.
const (
	clearOneIn = 16
	viewOneIn  = 8
	hotOneIn   = 12 // objects that get half of all migrations
)

// next draws an op. Half of them go to the hot objects, which are thus several
// migrations ahead again and again.
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

// sizes draws the sizes of the objects in pages of the region: the octave evenly,
// then the size in it.
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
