package bench

import (
	"flag"
	"slices"
	"testing"

	"github.com/vramlab/vramlab/bench/internal/subject"
	"github.com/vramlab/vramlab/internal/firstfit"
	"github.com/vramlab/vramlab/sgtable"
	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/workloads"
)

// TestBenchmark runs the benchmarks of go test for one iteration each and
// looks at which pairs were there.
func TestBenchmark(t *testing.T) {
	old := flag.Lookup("test.benchtime").Value.String()
	flag.Set("test.benchtime", "1x")
	defer flag.Set("test.benchtime", old)
	c := Config{
		Strategies: []strategies.Strategy{firstfit.Strategy, firstfit.Scatter},
		Workloads:  []workloads.Workload{firstfit.Churn("churn", 300), firstfit.Churn("small", 20)},
		Builders:   []sgtable.Builder{sgtable.Builders()[0]},
	}
	var ran []string
	failed := true
	testing.Benchmark(func(b *testing.B) {
		c.forBenchmark(b)
		c.eachSubject(b, func(b *testing.B, s *subject.Subject) {
			if s.Counts.Granted() > 0 && !slices.Contains(ran, s.Name()) {
				ran = append(ran, s.Name())
			}
		})
		AllocFree(b, c)
		SGTable(b, c)
		Ref(b)
		failed = b.Failed()
	})
	if want := []string{"firstfit on churn", "firstfit on small", "scatterfit on churn", "scatterfit on small"}; !slices.Equal(ran, want) {
		t.Errorf("ran %q, want %q", ran, want)
	}
	if failed {
		t.Error("a benchmark failed")
	}
}
