package experiment

import (
	"runtime"
	"slices"
	"time"

	"github.com/vramlab/vramlab/bench/internal/meter"
	"github.com/vramlab/vramlab/bench/internal/result"
	"github.com/vramlab/vramlab/bench/schema"
	"github.com/vramlab/vramlab/workloads/replay"
)

// A crowd is clients that work side by side.
type crowd struct {
	clients []*client
	times   *meter.Histogram
	ns      []float64 // of each batch: wall time divided by the operations of all clients
}

// batches runs at least three batches, and more until they took atLeast in all.
// Each batch begins when every client has a core of its own. That is waited for, but
// not for ever: on a busy machine there are fewer batches, or none.
//
// Whether each client had a core cannot be told from the batch itself: with one lock
// around everything the clients take turns anyway. Requiring a core for each after the
// batch too was tried: a goroutine that waited for the lock wakes up on the core
// of the one that released it, and few batches were left.
func (t *crowd) batches(atLeast time.Duration, step func(*client), done func(took time.Duration)) {
	n := len(t.clients)
	var waited time.Duration
	for count, sum := 0, time.Duration(0); count < 3 || sum < atLeast; {
		start := time.Now()
		ready := coreEach(n)
		if waited += time.Since(start); !ready {
			if waited > mostWait {
				return
			}
			continue
		}
		for _, c := range t.clients {
			c.done, c.ns = 0, c.ns[:0]
		}
		took, _ := sideBySide(n, sharedSteps, func(i int) { t.clients[i].try(step) })
		for _, c := range t.clients {
			if c.fault != nil {
				panic(c.fault) // on this goroutine, where it is caught
			}
		}
		done(took)
		count++
		sum += took
	}
}

// mostWait is how long batches waits for cores before it gives up.
const mostWait = 40 * time.Millisecond

// coreEach reports whether each of so many goroutines gets a core at the moment. If
// there are more goroutines than cores it does not matter, and is true. A test has others.
var coreEach = func(goroutines int) bool {
	if goroutines == 1 || goroutines > runtime.GOMAXPROCS(0) {
		return true
	}
	const steps, long = 128, 2 * time.Microsecond
	_, company := sideBySide(goroutines, steps, func(int) {
		for start := time.Now(); time.Since(start) < long; {
		}
	})
	return company >= inCompany
}

// measure takes the times of batches, then those of single calls in other batches.
// If no batch of either kind counts there are no values.
func (t *crowd) measure(atLeast time.Duration) []result.Value {
	t.batches(atLeast, (*client).step, func(took time.Duration) {
		var done int
		for _, c := range t.clients {
			done += c.done
		}
		t.ns = append(t.ns, float64(took.Nanoseconds())/float64(done))
	})
	t.times.Reset()
	t.batches(atLeast, (*client).timed, func(time.Duration) {
		for _, c := range t.clients {
			t.times.Add(c.ns)
		}
	})
	if len(t.ns) == 0 || t.times.Count() == 0 {
		return nil
	}
	slices.Sort(t.ns)
	q := t.times.Quantiles(replay.ClockCost(), 0.5, 0.99, 0.999)
	return []result.Value{
		{V: meter.LowerMedian(t.ns), Unit: schema.NsPerOp},
		{V: q[0], Unit: schema.P50Ns}, {V: q[1], Unit: schema.P99Ns}, {V: q[2], Unit: schema.P999Ns},
	}
}
