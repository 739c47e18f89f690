package rundir

import (
	"math"
	"strings"
	"testing"

	"github.com/vramlab/vramlab/bench/schema"
	"github.com/vramlab/vramlab/report/internal/fixture"
)

// The quantiles of requests and of frees are kept apart, by strategy, and each is the median
// over its samples; a line of nobody, of no kind of call or of damaged values says nothing.
func TestCalls(t *testing.T) {
	f := fixture.Pair1(2)
	line := func(strategy, op, values string) string {
		return "BenchmarkCallTimes/strategy=" + strategy + "/workload=wa" + op + " 400 " + values + "\n"
	}
	r := readCurves(t, f, line("buddy", "/op=alloc", "10 p50-ns 100 max-ns")+line("buddy", "/op=alloc", "30 p50-ns 50 p99-ns 700 max-ns")+
		line("buddy", "/op=alloc", "20 p50-ns 200 max-ns")+line("buddy", "/op=free", "5 p50-ns 0 max-ns")+
		line("rangemgr", "/op=free", "7 p50-ns")+line("nobody", "/op=free", "9 p50-ns")+line("rangemgr", "", "9 p50-ns"))
	w := r.Workload("wa")
	for _, test := range []struct {
		op       string
		unit     *schema.Unit
		strategy int
		want     float64 // nanoseconds, 0 for none
	}{
		{"alloc", schema.P50Ns, 0, 20}, {"alloc", schema.MaxNs, 0, 200}, {"alloc", schema.P99Ns, 0, 50}, {"free", schema.P50Ns, 0, 5},
		{"free", schema.MaxNs, 0, 0}, {"free", schema.P50Ns, 1, 7}, {"alloc", schema.P50Ns, 1, 0},
	} {
		got := 1e9 * w.Call(test.op, test.unit, test.strategy)
		if math.IsNaN(got) != (test.want == 0) || math.Abs(got-test.want) > 1e-9 {
			t.Errorf("%s of %s, strategy %d: %v ns, want %v", test.unit.Name, test.op, test.strategy, got, test.want)
		}
	}
	if got := strings.Join(r.Warnings.All(), "\n"); strings.Count(got, "\n") != 2 || !strings.Contains(got, "has no result of") || !strings.Contains(got, "does not name its operation") || !strings.Contains(got, "0 max-ns") {
		t.Errorf("warnings:\n%s", got)
	}
}

// A rarer call that takes less time than a more frequent one is of a damaged file.
func TestCallsInOrder(t *testing.T) {
	for values, clashes := range map[string]int{
		"1 p1-ns 2 p5-ns 3 p10-ns 4 p25-ns 5 p50-ns 6 p75-ns 7 p90-ns 8 p95-ns 9 p99-ns 10 p999-ns 11 p9999-ns 12 max-ns": 0,
		"10 p1-ns 5 p5-ns": 1, "10 p5-ns 5 p10-ns": 1, "10 p10-ns 5 p25-ns": 1, "10 p25-ns 5 p50-ns": 1, "10 p50-ns 5 p75-ns": 1,
		"10 p75-ns 5 p90-ns": 1, "10 p90-ns 5 p95-ns": 1, "10 p95-ns 5 p99-ns": 1, "10 p999-ns 5 p9999-ns": 1, "10 p50-ns 5 max-ns": 1,
	} {
		r := readCurves(t, fixture.Pair1(2), "BenchmarkCallTimes/strategy=buddy/workload=wa/op=alloc 100 "+values+"\n")
		if got := r.Workload("wa").Clashes; len(got) != clashes {
			t.Errorf("%s: %d clashes, want %d", values, len(got), clashes)
		}
	}
}
