package migrate

import (
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/strategies/ttm"
)

// engine is one run: the driver's objects, the queue, and the steps that work behind
// it.
//
// The driver is the goroutine that called Run. It alone changes the state of objects,
// which is ahead of the work done. A step is a method that takes work from one of the
// lists below. It is called with mu held, releases mu while it works, holds it again
// when it returns, and reports whether there was work. With workers, a goroutine calls
// its step again and again; without, the driver calls the steps in a random order. The
// code is the same.
type engine struct {
	config Config
	rules  rules
	store  *store
	mem    *memory
	vram   *ttm.Manager
	load   *load     // driver: the ops
	faults *rand.PCG // driver: failures and captures that the ops do not decide
	turns  *rand.PCG // no workers: the order of steps
	steps  []func() bool

	objects []*object
	spare   []*backing         // driver
	blocks  []strategies.Block // driver: for the tables of system memory
	room    *fence             // driver: of the last eviction; memory granted since is free once it is done

	mu      sync.Mutex // guards the fields below, and fields of objects and vmas that say so
	changed sync.Cond  // signals that a field below changed or a fence is done
	stopped bool       // goroutines must end
	err     error      // of the first failed check

	frames   []uint32     // free pages of system memory
	idle     []*migration // unused, to be used again
	empty    []*backing   // unused, the driver moves them to spare
	queue    []*migration // GPU copies, run in order
	copied   []*migration // copied by the GPU, successfully or not
	binds    []*vma       // to be written once the contents have arrived
	unbinds  []*vma       // nobody holds them any more
	captures []*capture   // asked for or under way
	jobs     int          // pieces of work in the lists above or being done
	pending  int          // of these, migrations
	done     uint64       // migrations completed, with their old memory given back

	result  Result
	samples []time.Duration // working times of captures
	sampled int             // samples so far, those no longer kept included
}

// A fence is done when its migration, with its recovery, or its unbind is. The
// engine's lock guards it. A nil fence is done.
type fence struct{ done bool }

func (f *fence) isDone() bool { return f == nil || f.done }

// wait lets the steps work until done returns true. done is called with the lock held,
// and must come true without the driver. The lock is held on entry and on return.
func (e *engine) wait(done func() bool) {
	for !done() {
		if e.config.Workers > 0 {
			e.changed.Wait()
		} else if !e.turn() {
			panic("migrate: the driver waits, and no step has work")
		}
	}
}

// turn runs one step that has work, from a random one on, and reports whether there is
// one.
func (e *engine) turn() bool {
	first := below(e.turns, len(e.steps))
	for i := range e.steps {
		if e.steps[(first+i)%len(e.steps)]() {
			return true
		}
	}
	return false
}

// unlocked calls f without the lock, and takes the lock again even if f panics: the
// caller of the step unlocks it, which would otherwise hide the panic.
func (e *engine) unlocked(f func()) {
	e.mu.Unlock()
	defer e.mu.Lock()
	f()
}

// let gives the steps a chance to work between two ops of the driver: a random number
// of steps, which may be 0, whether or not they have work. It reports whether all
// checks have passed so far.
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

// turnsPerOp is chosen so that the queue is a little slower than the driver, and the
// driver gets ahead until it must wait.
const turnsPerOp = 6

// pick chooses one of n pieces of work: a random one, or the first with workers, whose
// scheduling is random enough.
func (e *engine) pick(n int) int {
	if e.config.Workers > 0 {
		return 0
	}
	return below(e.turns, n)
}

// add appends a piece of work to one of the lists.
func add[T any](e *engine, list *[]T, work T) {
	*list = append(*list, work)
	e.jobs++
	e.changed.Broadcast()
}

// take removes the work at i from a list. The caller decrements e.jobs when the work is
// done.
func take[T any](list *[]T, i int) T {
	work := (*list)[i]
	*list = slices.Delete(*list, i, i+1)
	return work
}

// fail keeps the first error of a check. The lock is held.
func (e *engine) fail(err error) {
	if e.err == nil {
		e.err = err
	}
}
