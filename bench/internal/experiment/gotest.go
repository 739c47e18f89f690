package experiment

import (
	"testing"
	"time"

	"github.com/vramlab/vramlab/bench/internal/result"
	"github.com/vramlab/vramlab/bench/schema"
)

// PerIteration is the time of an iteration in nanoseconds.
func PerIteration(b *testing.B) float64 { return NsEach(b.Elapsed(), b.N) }

// NsEach is the time of one of n in nanoseconds.
func NsEach(took time.Duration, n int) float64 { return float64(took.Nanoseconds()) / float64(n) }

// Report reports values under go test -bench. The time of an iteration, ns/op, is
// go test's own part.
func Report(b *testing.B, values []result.Value) {
	for _, v := range values {
		if v.Unit != schema.NsPerOp {
			b.ReportMetric(v.V, v.Unit.Name)
		}
	}
}
