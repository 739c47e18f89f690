package rundir

import (
	"math"
	"strconv"

	"github.com/vramlab/vramlab/bench/schema"
)

// ManagedKey names a replay under a memory manager: the strategy, and the region in percent
// of what is live at the peak.
type ManagedKey struct{ Strategy, Pressure int }

// Managed is what a memory manager moved in a replay. What the line does not state is NaN.
type Managed struct {
	Requests int
	Served   float64 // requests that got memory in the region, in percent
	Refused  float64 // requests that got none at all
	Asked    float64 // bytes of all requests
	Evicted  float64 // bytes
	Spared   float64 // of them, those that a better placement would have spared
	In       float64 // bytes that came back
}

// Flow is what moved in such a replay from one region of a device to another.
type Flow struct {
	From, To string
	Bytes    float64 // all; the others are NaN where the line does not state them
	Evicted  float64 // of them
	Spared   float64 // of those, what a better placement would have spared
}

// mostFlows bounds the flows of a replay: a device of eight tiles has less.
const mostFlows = 100

// lockKey names hold times of a manager's lock: of VRAM if there is no region.
type lockKey struct {
	ManagedKey
	op, region string
}

// flowOf reads a line of [schema.ManagedFlow]; good is false for one in which a part is more
// than the whole.
func flowOf(l line) (f Flow, good bool) {
	nan := math.NaN()
	f = Flow{From: l.get(schema.From), To: l.get(schema.To), Bytes: nan, Evicted: nan}
	causes := [3]float64{nan, nan, nan}
	l.set(&f.Bytes, schema.FlowBytes)
	l.set(&f.Evicted, schema.EvictedBytes)
	l.set(&causes[0], schema.BrokenBytes)
	l.set(&causes[1], schema.OccupiedBytes)
	l.set(&causes[2], schema.RoundedBytes)
	f.Spared = causes[0] + causes[1] + causes[2]
	if f.Spared > f.Evicted || f.Evicted > f.Bytes {
		l.complain("%v bytes moved, %v of them evicted and %v of those for broken memory: a part is more than the whole", f.Bytes, f.Evicted, f.Spared)
		return f, false
	}
	return f, f.Bytes >= 0
}

// managedOf reads a line of [schema.Managed]. What is evicted for a cause is a part of all that
// is evicted; good is false for a line without bytes asked for.
func managedOf(l line) (m Managed, good bool) {
	nan := math.NaN()
	m = Managed{Requests: l.Iters, Served: nan, Refused: nan, Asked: nan, Evicted: nan, In: nan}
	if !l.isShare(schema.ServedPct) {
		return m, false
	}
	causes := [3]float64{nan, nan, nan}
	l.set(&m.Served, schema.ServedPct)
	l.set(&m.Refused, schema.Refused)
	l.set(&m.Asked, schema.AskedBytes)
	l.set(&m.Evicted, schema.EvictedBytes)
	l.set(&m.In, schema.MovedInBytes)
	l.set(&causes[0], schema.BrokenBytes)
	l.set(&causes[1], schema.OccupiedBytes)
	l.set(&causes[2], schema.RoundedBytes)
	m.Spared = causes[0] + causes[1] + causes[2]
	if m.Spared > m.Evicted {
		l.complain("%v bytes evicted for broken memory are more than the %v that were evicted", m.Spared, m.Evicted)
		return m, false
	}
	return m, m.Asked > 0
}

// pressure is the share in the name of a line.
func (l line) pressure() (percent int, ok bool) {
	if !l.complete(schema.Strategy, schema.Workload, schema.Pressure) {
		return 0, false
	}
	percent, err := strconv.Atoi(l.get(schema.Pressure))
	if err != nil || percent < 1 {
		l.complain("pressure %q is not a share in percent", l.get(schema.Pressure))
		return 0, false
	}
	return percent, true
}
