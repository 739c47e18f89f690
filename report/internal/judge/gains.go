package judge

import (
	"slices"

	"github.com/vramlab/vramlab/bench/schema"
	"github.com/vramlab/vramlab/report/internal/list"
	"github.com/vramlab/vramlab/report/internal/rundir"
)

// Goroutines are the numbers of goroutines that were measured, sorted, and
// locks how the strategies were protected.
func Goroutines(names list.Names, concurrent rundir.Concurrent) (numbers []int, locks []string) {
	for k := range concurrent {
		if names.Index(k.Strategy) >= 0 {
			numbers, locks = append(numbers, k.Goroutines), append(locks, k.Lock)
		}
	}
	slices.Sort(numbers)
	return slices.Compact(numbers), list.Known(locks, schema.LockOne, schema.LockShards)
}

// Gain is what a cell does more than another: the ratio of throughputs, and
// whether their samples lie apart.
func Gain(self *SelfTest, from, to *rundir.ConcurrentCell) (times float64, told, ok bool) {
	if from == nil || to == nil {
		return 0, false, false
	}
	return to.PerSecond() / from.PerSecond(), self.toldApart(from.Op, to.Op), true
}

// Moved reports whether the samples of two cells lie apart.
func Moved(self *SelfTest, from, to []float64) bool { return self.toldApart(from, to) }

// Gains are the ratios of several strategies.
type Gains struct {
	Lo, Hi     float64 // of those whose samples lie apart
	Told, Many int
}

// Take counts the ratio of a strategy; told says whether its samples lie apart.
func (g *Gains) Take(times float64, told bool) {
	if g.Many++; !told {
		return
	}
	if g.Told++; g.Told == 1 {
		g.Lo, g.Hi = times, times
	}
	g.Lo, g.Hi = min(g.Lo, times), max(g.Hi, times)
}

// Lacks reports whether a strategy has samples with a lock, and none of them of n
// goroutines.
func Lacks(names list.Names, concurrent rundir.Concurrent, n int) bool {
	for k := range concurrent {
		if s := names.Index(k.Strategy); s >= 0 && concurrent.Of(names[s], k.Lock, n) == nil {
			return true
		}
	}
	return false
}
