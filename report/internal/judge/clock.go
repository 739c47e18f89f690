package judge

import (
	"math"
	"slices"
	"time"

	"github.com/vramlab/vramlab/bench/schema"
	"github.com/vramlab/vramlab/report/internal/rundir"
)

// Clock is the clock that a run was timed with.
type Clock struct {
	Tick    float64 // seconds: times are told apart in steps of it
	Guessed bool    // by the samples: the run does not say it
}

const (
	nanosecond = 1e-9
	// LeastTicks is the length of a replay from which on its time is compared: below,
	// a tick of the clock is a difference of more than 0.1 %, and reading the clock a
	// good part of what is timed.
	LeastTicks = 1000
	// coarsest is the coarsest clock there is (100 ns, on Windows): times of replays
	// that lie further apart say nothing of the clock.
	coarsest = 100
)

// clockOf is the clock that a run says it measured, or a guess.
func clockOf(r *rundir.Run) Clock {
	tick, err := time.ParseDuration(r.Facts.Value(schema.FactClock))
	if err == nil && tick > 0 && tick < time.Second {
		return Clock{Tick: tick.Seconds()}
	}
	return Clock{guessTick(r.Workloads, len(r.Strategies)), true}
}

// guessTick takes the tick for a nanosecond, the unit of the files, unless the times of
// all replays lie further apart.
func guessTick(workloads []*rundir.Workload, strategies int) float64 {
	tick := math.Inf(1)
	for _, w := range workloads {
		var took []float64 // whole nanoseconds of a replay
		for s := range strategies {
			for _, bench := range []*schema.Bench{schema.AllocFree, schema.AA} {
				if c := w.Cell(bench, schema.NsPerOp, s); c != nil {
					for _, v := range c.Sample.Values {
						took = append(took, math.Round(v/nanosecond*float64(w.ReplayOps(s))))
					}
				}
			}
		}
		slices.Sort(took)
		for i := range took[min(1, len(took)):] {
			if d := took[i+1] - took[i]; d > 0 {
				tick = min(tick, d)
			}
		}
	}
	if tick > coarsest { // nothing shows a tick
		tick = 1
	}
	return tick * nanosecond
}

// ticks is the length of a replay of the strategy, NaN when it has no times.
func (c Clock) ticks(w *rundir.Workload, s int) float64 {
	return w.Center(schema.AllocFree, schema.NsPerOp, s) * float64(w.ReplayOps(s)) / c.Tick
}

// Shortest is the length in ticks of the shortest replay of the strategies.
func (c Clock) Shortest(w *rundir.Workload, of []int) float64 {
	least := math.Inf(1)
	for _, s := range of {
		least = min(least, c.ticks(w, s))
	}
	return least
}

// tooShort reports whether a replay of one of the strategies is too short to time.
func (c Clock) tooShort(w *rundir.Workload, of []int) bool { return c.Shortest(w, of) < LeastTicks }
