package meter

import (
	"slices"

	"github.com/vramlab/vramlab/bench/internal/result"
	"github.com/vramlab/vramlab/bench/schema"
)

// Processor is what the clock of the thread says of a sample, beside wall time.
type Processor struct {
	known bool    // false where there is no such clock
	ns    float64 // processor time of a replay, or of a table: the median, in nanoseconds
	away  float64
}

// processor is that of a sample, whose parts took the processor times ns, which it sorts,
// and in all cpu of wall. known is false without a clock.
func processor[T ~int64 | ~float64](known bool, ns []T, cpu, wall T) Processor {
	if !known || wall <= 0 {
		return Processor{}
	}
	slices.Sort(ns)
	return Processor{true, float64(LowerMedian(ns)), max(0, 1-float64(cpu)/float64(wall))}
}

// Away is the part of the wall time in which the thread did not have a core, 0 to 1; 0 if
// that is not known.
func (p Processor) Away() float64 { return p.away }

// Values are the measurements: the processor time of each of so many parts of a replay or
// table, and how much of the sample the thread was away. A time of 0 was not measured.
func (p Processor) Values(parts float64) []result.Value {
	if !p.known {
		return nil
	}
	v := []result.Value{{V: p.ns / parts, Unit: schema.CPUNs}, {V: 100 * p.away, Unit: schema.AwayPct}}
	if p.ns == 0 {
		return v[1:]
	}
	return v
}
