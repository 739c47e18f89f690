package rundir

import (
	"math"
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
	Seconds float64 // since the recording began, NaN for one without times

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
		Seconds: l.number(schema.RecordedSeconds),

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

// KernelWork is what the kernel's own structures would do for the placements of a
// strategy, per operation. All of it is exact; the time is that of a model.
type KernelWork struct {
	Ops     int // that were counted: all of a replay, or the beginning of it
	Steps   float64
	Parts   [6]float64 // of the steps, as in KernelParts; NaN where not stated
	Model   float64    // seconds, NaN without a model
	Error   float64    // how far the model was off on average: 0.3 is 30 % of the time
	Differs int        // operation of the stream in which the strategy is not the kernel's, 0 for none; then nothing was counted
}

// KernelParts are the kinds of steps that are told apart.
var KernelParts = [6]struct {
	Name string
	unit *schema.Unit
}{
	{"list", schema.KernelListStepsPerOp},
	{"tree", schema.KernelTreeNodesPerOp},
	{"walk", schema.KernelWalkNodesPerOp},
	{"extents", schema.KernelExtentsPerOp},
	{"candidates", schema.KernelCandidatesPerOp},
	{"far", schema.KernelFarPerOp},
}

// kernelWorkOf reads a line; good is false for one that counted nothing.
func kernelWorkOf(l line) (k KernelWork, good bool) {
	if !l.complete(schema.Strategy, schema.Workload) {
		return k, false
	}
	k = KernelWork{Ops: l.Iters, Steps: l.number(schema.KernelStepsPerOp), Model: l.number(schema.KernelModelNs), Error: l.number(schema.KernelModelErr)}
	for i, part := range KernelParts {
		k.Parts[i] = l.number(part.unit)
	}
	if n := l.number(schema.KernelDiffersOp); n >= 1 && n <= math.MaxInt32 {
		k.Differs = int(n)
	}
	return k, k.Differs > 0 || !math.IsNaN(k.Steps)
}

// Deviations is what a strategy did because its kernel does, though it should not.
type Deviations struct {
	Misaligned int // grants aligned to less than was asked for
	Stops      int // requests at which the kernel would stop
}

func deviationsOf(l line) Deviations {
	return Deviations{l.count(schema.MisalignedGrants), l.count(schema.KernelStops)}
}

// Smallest is the smallest region that was found in which a strategy serves a recorded trace.
type Smallest struct {
	PerPeak float64 // by the bytes live at the peak; NaN where not stated
	Bytes   float64
	Never   int // requests that do not count
}

// smallestOf reads a line; good is false for one without a size.
func smallestOf(l line) (s Smallest, good bool) {
	s = Smallest{l.number(schema.RegionPerPeak), l.number(schema.RegionBytes), l.count(schema.NeverServed)}
	return s, l.complete(schema.Strategy, schema.Workload) && s.Bytes > 0
}

// Defrag is what it costs a strategy to grant a request in one piece at one moment. What is
// not stated is NaN.
type Defrag struct {
	Op      int     // operations done
	Asked   float64 // bytes in one piece
	Moved   float64 // bytes copied by moves that make the place; 0 where it is granted as it is
	Least   float64 // bytes that no moves copy less than
	Evicted float64 // bytes, the oldest objects first
	After   float64 // operations until the stream makes the place itself
}

// Granted reports whether the request is granted as it is.
func (d Defrag) Granted() bool { return d.Moved == 0 && d.Evicted == 0 }

// mostAsked are the moments of a strategy on a workload that are kept.
const mostAsked = 64

// defragOf reads a line; good is false for one that says nothing of a request.
func defragOf(l line) (d Defrag, good bool) {
	m, good := momentOf(l)
	d = Defrag{m.Op, l.number(schema.OnePieceBytes), l.number(schema.MovedBytes), l.number(schema.LeastMovedBytes),
		l.number(schema.LRUEvictedBytes), l.number(schema.GrantedAfterSteps)}
	return d, good && l.complete(schema.Strategy, schema.Workload) && d.Asked > 0
}

// Hindsight is bounds of the smallest region that holds a recorded trace with each object in
// one piece. It is zero of a workload without them.
type Hindsight struct {
	Lower, Upper float64 // bytes
}

// Whole is the smallest region that was found in which a strategy serves a recorded trace
// with each object in one piece.
type Whole struct {
	Bytes float64
	Other int // requests that only the strategy or only the placement of [Hindsight] serves
}

// sampleKey names what curves.bench has samples of, of one workload.
type sampleKey struct {
	bench    *schema.Bench
	strategy int
	op       string // of single calls, else empty
	unit     *schema.Unit
}

// count is a value that counts something, 0 when the line has none.
func (l line) count(unit *schema.Unit) int {
	v := l.number(unit)
	if math.IsNaN(v) || v > math.MaxInt32 {
		return 0
	}
	return int(v)
}
