package bench

import (
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/vramlab/vramlab/sgtable"
)

// A refMode is a way to use one counted table: how many goroutines take and put
// references at the same time.
type refMode struct {
	name    string
	holders func() int
}

// refModes are alone, and as many as there are cores. On a single core there are
// two, who take turns, and so no samples of contended.
func refModes() []refMode {
	return []refMode{
		{"uncontended", func() int { return 1 }},
		{"contended", func() int { return max(2, runtime.GOMAXPROCS(0)) }},
	}
}

// A sample of a refMode is the median of so many batches of so many pairs of Get
// and Put: 1 ms or more each. The holders share a batch out among themselves in
// steps, so that they end within a step of each other.
const (
	refBatches = 9
	refPairs   = 1 << 18
	refStep    = 1 << 9
)

// The operating system may run two holders on one core by turns, for a dozen
// batches on end or as long as somebody else has the other core, and a pair then
// costs what it costs one alone. There almost no step is done in company, that is
// while another holder gets on; where each has a core it is 75 to 90 % of the
// steps, as one may do two while the other does one. So a batch with less company
// than inCompany does not count, and others are made, refTries at most.
const (
	inCompany = 2.0 / 3
	refTries  = 10 * refBatches
)

// refSample is a sample of what a Get and its Put cost together: the time of all
// pairs by their number, as go test has it, so that with n holders each one waits
// n times as long for his own. It has no values if no batch counted: a sample that
// was not contended must not be called so.
func (r *runner) refSample(m refMode) (line, error) {
	table, n := newRef(), m.holders()
	ns := refTimes(func() (float64, float64) {
		took, company := sideBySide(n, refPairs/refStep, func(int) { getPut(table, refStep) })
		return float64(took.Nanoseconds()) / refPairs, company
	})
	if len(ns) == 0 {
		return line{}, nil
	}
	return line{"Ref/mode=" + m.name, len(ns) * refPairs, []value{{lowerMedian(ns), "ns/op"}}}, nil
}

// refTimes are the times of the batches that count, ascending: refBatches, or
// fewer if refTries were not enough for that.
func refTimes(batch func() (ns, company float64)) []float64 {
	var times []float64
	for tries := 0; len(times) < refBatches && tries < refTries; tries++ {
		if ns, company := batch(); company >= inCompany {
			times = append(times, ns)
		}
	}
	slices.Sort(times)
	return times
}

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

// newRef is a table as small as they come, held by its owner for good.
func newRef() *sgtable.Ref {
	return sgtable.NewRef([]sgtable.Segment{{Len: 4096}}, 4096, nil)
}

// getPut takes a reference and puts it, n times.
func getPut(table *sgtable.Ref, n int) {
	for range n {
		table.Get("bench").Put("bench")
	}
}
