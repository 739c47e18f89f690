// Package thread is the operating-system thread that measures: the processor time that it
// gets ([Clock]), and the core that it stays on ([Pin]).
//
// # Idea
//
// Wall time goes on while another program has the core. The processor time of a thread
// does not, so where the two part, the thread was interrupted: of the same code, ten
// samples took 66 to 243 ns of wall time on a machine with a load of 9.
//
// # Limits
//
// Processor time is not work: it goes on while the other half of a core or the memory bus
// is busy, and while the interrupts of others are served. What a hypervisor takes from a
// virtual machine counts as processor time where the kernel is not told of it. Only Linux
// is asked; other systems have no clock here.
package thread

import (
	"errors"
	"fmt"
	"runtime"
	"time"
)

// A Clock reads the processor time of the thread that calls it. A nil Clock always reads 0.
type Clock struct {
	read func() time.Duration
	cost time.Duration // what it sees of two readings of its own, with two of the wall clock between
}

// NewClock is the clock of this system. The error says why there is none: another system,
// or a clock that goes in steps too large for a sample.
func NewClock() (*Clock, error) {
	if _, err := processorTime(); err != nil {
		return nil, err
	}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	c := ClockOf(func() time.Duration {
		t, _ := processorTime() // which worked before
		return t
	})
	return c, c.check()
}

// ClockOf is a clock that reads read, which never goes back.
func ClockOf(read func() time.Duration) *Clock {
	c := &Clock{read: read}
	least := time.Duration(-1)
	for range 100 {
		before := c.Now()
		time.Since(time.Now())
		if d := c.Now() - before; least < 0 || d < least {
			least = d
		}
	}
	c.cost = least
	return c
}

// coarsest is the largest step of a clock that can tell how long a sample of some
// milliseconds had a core.
const coarsest = 100 * time.Microsecond

// check reports a clock that does not go on, or by steps that are too large. It takes about
// a millisecond.
func (c *Clock) check() error {
	least, last := time.Duration(0), c.Now()
	for range 2000 {
		now := c.Now()
		if d := now - last; d > 0 && (least == 0 || d < least) {
			least = d
		}
		last = now
	}
	switch {
	case least == 0:
		return errors.New("the clock of a thread's processor time stands still")
	case least > coarsest:
		return fmt.Errorf("the clock of a thread's processor time goes in steps of %v", least)
	}
	return nil
}

// Now is the processor time of the calling thread since some moment in its past.
func (c *Clock) Now() time.Duration {
	if c == nil {
		return 0
	}
	return c.read()
}

// Between is the processor time from one reading to another of the same thread, without the
// cost of the readings.
func (c *Clock) Between(from, to time.Duration) time.Duration {
	if c == nil {
		return 0
	}
	return max(0, to-from-c.cost)
}
