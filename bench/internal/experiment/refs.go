package experiment

import (
	"context"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/vramlab/vramlab/bench/internal/meter"
	"github.com/vramlab/vramlab/bench/internal/result"
	"github.com/vramlab/vramlab/bench/schema"
	"github.com/vramlab/vramlab/sgtable"
)

// References measures a reference to a counted table when goroutines compete for it;
// migrations run on one goroutine.
var References = Experiment{
	Name:      "references",
	Doc:       "What does a reference to a counted table cost, alone and with a holder on each core?",
	Synthetic: true,
	SetUp:     setUpRefs,
	Bench:     func(b *testing.B, _ *Env) { benchRefs(b, newRef()) },
}

// A refMode is a number of goroutines that take and put references to one table at
// the same time.
type refMode struct {
	name    string
	holders func() int
}

// refModes are one holder, and as many as there are cores. On a single core there
// are two that take turns, so contended has no samples.
func refModes() []refMode {
	return []refMode{
		{schema.ModeAlone, func() int { return 1 }},
		{schema.ModeContended, func() int { return max(2, runtime.GOMAXPROCS(0)) }},
	}
}

// A sample of a refMode is the median of refBatches batches of refSteps steps, each 1 ms or
// more. A step is refStep pairs of Get and Put. The holders share out the steps of a batch,
// so that they end within a step of each other.
const (
	refBatches = 9
	refStep    = 1 << 9

	refTries = 10 * refBatches // most batches of a sample, counted or not
)

// refSteps is changed by tests.
var refSteps = 1 << 9

func setUpRefs(context.Context, *Env) ([]Cell, error) {
	var cells []Cell
	for _, m := range refModes() {
		cells = append(cells, Cell{
			What:   "references, " + m.name,
			Sample: func() ([]result.Line, error) { return m.sample(newRef()), nil },
			Crowd:  true,
			Took:   refBatches * 3 * time.Millisecond,
		})
	}
	return cells, nil
}

// sample is the time of a Get and its Put: the wall time divided by the pairs of all
// holders, as go test has it, so that with n holders each one waits n times as long.
// It is empty if no batch counted: no contention, no sample of it.
func (m refMode) sample(table *sgtable.Ref) []result.Line {
	n, pairs := m.holders(), refSteps*refStep
	ns := refTimes(func() (float64, float64) {
		took, company := sideBySide(n, refSteps, func(int) { getPut(table, refStep) })
		return NsEach(took, pairs), company
	})
	if len(ns) == 0 {
		return nil
	}
	return []result.Line{{
		Name:   schema.Ref.FullName(schema.Labels{schema.Mode: m.name}),
		Iters:  len(ns) * pairs,
		Values: []result.Value{{V: meter.LowerMedian(ns), Unit: schema.NsPerOp}},
	}}
}

// refTimes are the times of the batches that count, ascending: refBatches, or fewer
// if refTries are not enough.
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

// newRef is a table of one segment, which its owner never releases.
func newRef() *sgtable.Ref {
	return sgtable.NewRef([]sgtable.Segment{{Len: 4096}}, 4096, nil)
}

// getPut takes and puts a reference n times.
func getPut(table *sgtable.Ref, n int) {
	for range n {
		table.Get("bench").Put("bench")
	}
}

// benchRefs is described at bench.Ref.
func benchRefs(b *testing.B, table *sgtable.Ref) {
	b.Run(schema.Mode.Is(schema.ModeAlone), func(b *testing.B) {
		for b.Loop() {
			getPut(table, 1)
		}
	})
	b.Run(schema.Mode.Is(schema.ModeContended), func(b *testing.B) {
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				getPut(table, 1)
			}
		})
	})
}
