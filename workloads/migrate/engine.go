package migrate

import (
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/strategies/ttm"
)

// engine is one run: the driver's objects, the queue and everybody who works
// behind it.
//
// The driver is the goroutine that called Run. It alone changes the state of
// objects, which is ahead of what has been done. All others take work from the
// lists below, do it without the lock, and enter what came of it. Each of them is a
// step: a method that is called with mu held, lets go of it while it works, holds
// it again when it returns, and reports whether there was anything to do. With
// workers a goroutine calls its step again and again; without, the driver calls
// one after the other by random numbers, and nothing else is different.
type engine struct {
	config Config
	rules  rules
	store  *store
	mem    *memory
	vram   *ttm.Manager
	load   *load     // driver: what to do
	faults *rand.PCG // driver: what goes wrong with it
	turns  *rand.PCG // no workers: whose step is next
	steps  []func() bool

	objects []*object
	spare   []*backing         // driver
	blocks  []strategies.Block // driver: for the tables of system memory
	room    *fence             // driver: the last eviction; memory granted after it is free by then

	mu      sync.Mutex // guards what follows and the fields of objects and vmas that say so
	changed sync.Cond  // something below has, or a fence is done
	stopped bool       // goroutines end
	err     error      // the first mistake that a check found

	frames   []uint32     // free pages of system memory
	idle     []*migration // to be used again
	empty    []*backing   // to go to spare
	queue    []*migration // GPU copies, run in order
	copied   []*migration // their fences have signalled, well or with an error
	binds    []*vma       // to be written when the contents are there
	unbinds  []*vma       // nobody holds them any more
	captures []*capture   // asked for, or on their way
	jobs     int          // in the lists above or being worked on
	pending  int          // migrations of them
	done     uint64       // migrations completed, their memory given back

	result  Result
	samples []time.Duration // of captures
	sampled int             // captures that gave one, also those no longer kept
}

// A fence is done when what it stands for is: a migration with its recovery, or
// an unbind. The engine's lock guards it. nil is done.
type fence struct{ done bool }

func (f *fence) isDone() bool { return f == nil || f.done }

// wait lets the others work until done, which is called with the lock held. It
// must be something that they bring about without the driver. The lock is held on
// entry and on return.
func (e *engine) wait(done func() bool) {
	for !done() {
		if e.config.Workers > 0 {
			e.changed.Wait()
		} else if !e.turn() {
			panic("migrate: everybody waits and nobody has work")
		}
	}
}

// turn does a random step of those that have something to do.
func (e *engine) turn() bool {
	first := below(e.turns, len(e.steps))
	for i := range e.steps {
		if e.steps[(first+i)%len(e.steps)]() {
			return true
		}
	}
	return false
}

// unlocked lets go of the lock while f works. It is held again afterwards if f panics,
// too: whoever called the step unlocks it, and would else hide the panic.
func (e *engine) unlocked(f func()) {
	e.mu.Unlock()
	defer e.mu.Lock()
	f()
}

// let gives the others the chance to work between two of the driver's steps: none,
// one or several of them, and not always one with something to do. It reports
// whether all checks have been passed so far.
func (e *engine) let() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.config.Workers == 0 {
		for below(e.turns, turnsPerOp) != 0 {
			e.steps[below(e.turns, len(e.steps))]()
		}
	}
	return e.err == nil
}

// turnsPerOp makes the queue a little slower than the driver, so that the driver
// gets ahead until it must wait.
const turnsPerOp = 6

// pick chooses one of n pieces of work: a random one, or with goroutines, which
// have an order of their own, the first.
func (e *engine) pick(n int) int {
	if e.config.Workers > 0 {
		return 0
	}
	return below(e.turns, n)
}

// add enters a piece of work into one of the lists.
func add[T any](e *engine, list *[]T, work T) {
	*list = append(*list, work)
	e.jobs++
	e.changed.Broadcast()
}

// take removes the work at i from a list. Whoever does it counts it off with
// e.jobs-- when it is done.
func take[T any](list *[]T, i int) T {
	work := (*list)[i]
	*list = slices.Delete(*list, i, i+1)
	return work
}

// fail keeps the first mistake. The lock is held.
func (e *engine) fail(err error) {
	if e.err == nil {
		e.err = err
	}
}
