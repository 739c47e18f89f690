package migrate

import (
	"fmt"
	"slices"
	"time"

	"github.com/vramlab/vramlab/sgtable"
)

// capture is an error capture of one object. It holds the object's binding, for which
// the unbind waits, and the table.
type capture struct {
	obj   *object
	v     *vma // nil until it begins
	snap  hold
	read  bool          // the contents have arrived and are known: verify them
	next  int           // next segment of the table
	page  int           // next page of the table
	addrs []uint64      // pages of a segment
	err   error         // wrong contents
	ended bool          // a hazard: the table was released
	spent time.Duration // working time so far
}

const (
	segmentsPerStep = 4       // segments that a capture walks in one step
	mostSamples     = 1 << 16 // samples kept
)

// begin takes the holds of c, and reports whether there was a binding to hold.
// The lock is held.
func (e *engine) begin(c *capture) bool {
	v := c.obj.vma
	if v == nil || v.holds == 0 {
		e.result.CapturesLeftOut++
		return false
	}
	since := time.Now()
	v.holds++
	c.v, c.read = v, v.bound && v.known
	if v.view == nil {
		c.snap = e.rules.take(e.store, &v.snap, "capture")
	}
	c.spent = time.Since(since)
	e.result.Captures++
	return true
}

// captureNow may begin a capture of v, which is about to be taken down, with half the
// rate of the others.
func (e *engine) captureNow(v *vma) {
	if !chance(e.faults, e.config.CaptureRate/2) {
		return
	}
	if c := (&capture{obj: v.obj}); e.begin(c) {
		add(e, &e.captures, c)
	}
}

// captureStep begins a capture that was asked for, or goes on with one.
func (e *engine) captureStep() bool {
	n := len(e.captures)
	if n == 0 {
		return false
	}
	i := e.pick(n)
	c := e.captures[i]
	if c.v == nil {
		if !e.begin(c) {
			take(&e.captures, i)
			e.jobs--
		}
		return true
	}
	more := false
	e.unlocked(func() { more = c.walk(e) })
	if !more {
		e.end(c)
	}
	return true
}

// walk reads a few more segments and the contents there, and reports whether there are
// more. After the last one it drops the hold on the table.
func (c *capture) walk(e *engine) bool {
	since := time.Now()
	defer func() { c.spent += time.Since(since) }()
	for range segmentsPerStep {
		s, ok := c.segment(e.rules)
		if !ok {
			if c.v.view == nil {
				e.rules.drop(e.store, &c.snap)
			}
			return false
		}
		c.next++
		c.addrs = appendPages(c.addrs[:0], s, c.obj.pages-c.page)
		for _, addr := range c.addrs {
			if c.read && c.err == nil {
				c.err = e.mem.check(addr, c.v.image, c.v.page(c.page))
			}
			c.page++
		}
	}
	return true
}

// segment returns the next segment, if there is one and the table is not released.
func (c *capture) segment(r rules) (s sgtable.Segment, ok bool) {
	switch {
	case c.page == c.obj.pages:
		return s, false
	case c.v.view != nil:
		return c.v.view[c.next], true
	}
	s, ok = r.at(&c.snap, c.next)
	c.ended = !ok
	return s, ok
}

// end ends a capture and drops its hold on the binding, so that it can be taken down.
func (e *engine) end(c *capture) {
	if c.err != nil {
		e.fail(fmt.Errorf("migrate: in a capture: %w", c.err))
	}
	if c.ended {
		e.result.CaptureHazards++
	} else {
		e.sample(c.spent)
	}
	take(&e.captures, slices.Index(e.captures, c))
	e.unhold(c.v)
	e.jobs--
}

// sample keeps the time of a capture that had no hazard, in place of the oldest one if
// there are mostSamples.
func (e *engine) sample(spent time.Duration) {
	if len(e.samples) < mostSamples {
		e.samples = append(e.samples, spent)
	} else {
		e.samples[e.sampled%mostSamples] = spent
	}
	e.sampled++
}
