package experiment

import (
	"runtime"
	"sync"
	"sync/atomic"
	"time"
)

// The operating system may run two holders on one core by turns, for a dozen
// batches on end or as long as somebody else has the other core, and an operation
// then costs what it costs one alone. There almost no step is done in company, that
// is while another holder gets on; where each has a core it is 75 to 90 % of the
// steps, as one may do two while the other does one. So a batch with less company
// than inCompany does not count.
const inCompany = 2.0 / 3

// sideBySide has steps done by n holders, each on a goroutine of its own: who is
// free does the next one. It returns the time from when all holders run to when
// the last one is done, and which part of the steps was done while another holder
// got on: 1 if there is no other. step is called with the number of the holder.
//
// A goroutine that is woken up comes 20 to 50 us after the call that woke it. So
// nobody here sleeps: each holder that runs says so and waits for the others on
// its core.
func sideBySide(n, steps int, step func(holder int)) (took time.Duration, company float64) {
	var coming, working, taken, met atomic.Int64
	coming.Store(int64(n))
	working.Store(int64(n))
	var start time.Time
	var done sync.WaitGroup
	for holder := range n {
		done.Go(func() {
			if coming.Add(-1) == 0 { // the last one
				start = time.Now()
				coming.Add(-1)
			}
			spinWhile(func() bool { return coming.Load() >= 0 })
			mine := int64(0)
			for i := taken.Add(1); i <= int64(steps); i = taken.Add(1) {
				step(holder)
				if n == 1 || taken.Load() > i {
					mine++
				}
			}
			if working.Add(-1) == 0 {
				took = time.Since(start)
			}
			met.Add(mine)
		})
	}
	done.Wait()
	return took, float64(met.Load()) / float64(max(steps, 1))
}

// spinWhile waits without giving up the core, except now and then: where there
// are fewer cores than holders somebody else must get one.
func spinWhile(waiting func() bool) {
	for i := 1; waiting(); i++ {
		if i%(1<<12) == 0 {
			runtime.Gosched()
		}
	}
}
