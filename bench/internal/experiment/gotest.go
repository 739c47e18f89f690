package experiment

import (
	"testing"

	"github.com/vramlab/vramlab/bench/internal/result"
	"github.com/vramlab/vramlab/bench/schema"
)

// PerIteration is the time of an iteration in nanoseconds.
func PerIteration(b *testing.B) float64 {
	return float64(b.Elapsed().Nanoseconds()) / float64(b.N)
}

// Report reports values under go test -bench. The time of an iteration, ns/op, is
// go test's own part.
func Report(b *testing.B, values []result.Value) {
	for _, v := range values {
		if v.Unit != schema.NsPerOp {
			b.ReportMetric(v.V, v.Unit.Name)
		}
	}
}
