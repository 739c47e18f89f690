package rundir

import (
	"strconv"

	"github.com/vramlab/vramlab/bench/schema"
)

// Moment is one sample of a replay: the state after an operation, and what
// happened since the sample before.
type Moment struct {
	Op      int
	Broken  float64 // percent of free memory outside whole 2 MiB pages
	Largest float64 // bytes of the largest free extent
	Free    float64 // bytes
	Refused float64 // requests, since the sample before

	Live, Frag, Unusable64K, Fail float64 // to check: bytes granted; percent as [schema] has them
}

// momentOf reads a moment; good is false for a line that is damaged.
func momentOf(l line) (m Moment, good bool) {
	op, err := strconv.Atoi(l.get(schema.Step))
	if err != nil || op < 0 {
		l.complain("step %q is not a number of operations", l.get(schema.Step))
		return m, false
	}
	return Moment{
		Op:      op,
		Broken:  l.number(schema.Unusable2MPct),
		Largest: l.number(schema.LargestBytes),
		Free:    l.number(schema.FreeBytes),
		Refused: l.number(schema.Refused),

		Live: l.number(schema.LiveBytes), Frag: l.number(schema.FragPct),
		Unusable64K: l.number(schema.Unusable64KPct), Fail: l.number(schema.FailPct),
	}, true
}

// Work is what a strategy counted in a replay: splits, merges and visits per
// operation, NaN where a line does not have one.
type Work [3]float64

func workOf(l line) Work {
	return Work{l.number(schema.SplitsPerOp), l.number(schema.MergesPerOp), l.number(schema.VisitsPerOp)}
}
