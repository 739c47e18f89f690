// Package perf counts what the processor does while a function runs: instructions,
// cycles, misses of the caches and of the branch predictor. The kernel of Linux reads its
// counters for it (perf events); elsewhere, and where the kernel does not allow it or the
// machine has none, there is an error that says why.
//
// What is counted is the thread that calls, in user space: other programs and the kernel
// do not disturb a count, except that they empty caches.
package perf

import (
	"errors"
	"runtime"
)

// An Event is something that a counter counts.
type Event struct {
	Name   string
	kind   uint32 // of the kernel's kinds of events
	config uint64
}

// ErrBusy is the error of [Count] if the counters were lent to somebody else for a part of
// the time: the counts would be estimates.
var ErrBusy = errors.New("the counters were shared with another user of them")

// Available are those of the events that can be counted together. The error says why the
// others cannot; it is nil if all can.
func Available(events ...Event) ([]Event, error) { return available(openGroup, events) }

// group is some counters that count together.
type group interface {
	start() error
	stop() ([]uint64, error) // counts in the order of the events
	close()
}

// opener opens a group for the calling thread, which must stay locked to its goroutine.
type opener func(events []Event) (group, error)

func available(open opener, events []Event) ([]Event, error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	can := func(events ...Event) error {
		g, err := open(events)
		if err == nil {
			g.close()
		}
		return err
	}
	var out []Event
	var first error
	for _, e := range events {
		if err := can(e); err == nil {
			out = append(out, e)
		} else if first == nil {
			first = err
		}
	}
	if len(out) > 1 {
		if err := can(out...); err != nil {
			return nil, err
		}
	}
	return out, first
}

// Count calls do and returns what was counted meanwhile, in the order of the events. do
// must not leave the goroutine: what others do is not counted. The error is [ErrBusy], or
// that of [Available]; do was called if it is nil or ErrBusy.
func Count(do func(), events ...Event) ([]uint64, error) { return count(openGroup, do, events) }

func count(open opener, do func(), events []Event) ([]uint64, error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	g, err := open(events)
	if err != nil {
		return nil, err
	}
	defer g.close()
	if err := g.start(); err != nil {
		return nil, err
	}
	do()
	return g.stop()
}
