package experiment

import (
	"runtime"
	"sync"
	"sync/atomic"
	"time"
)

// inCompany is the least share of the steps of a batch that must be done while
// another holder makes progress; a batch with less does not count. The operating
// system may run two holders on one core by turns, for a dozen batches or as long as
// another process has the other core, and an operation then costs as much as alone:
// almost no step is done in company there. Where each holder has a core 75 to 90 % of
// the steps are, since one may do two while the other does one.
const inCompany = 2.0 / 3

// sideBySide does the steps on n goroutines, the holders; the next step goes to
// whichever is free. It returns the time from when all holders run to the end of the
// last step, and the share of the steps done while another holder made progress: 1 if
// there is no other. step is called with the number of the holder.
//
// A goroutine runs only 20 to 50 us after it is woken up. So no holder sleeps: it
// announces that it runs, and waits for the others on its core.
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

// spinWhile waits without giving up the core, except now and then: with fewer cores
// than holders the others need one too.
func spinWhile(waiting func() bool) {
	for i := 1; waiting(); i++ {
		if i%(1<<12) == 0 {
			runtime.Gosched()
		}
	}
}
