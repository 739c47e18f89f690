package meter

import (
	"fmt"
	"strings"
	"testing"

	"github.com/vramlab/vramlab/bench/schema"
	"github.com/vramlab/vramlab/workloads"
)

// TestSpreadByKind: requests with their second attempts are one distribution, frees
// another, each with a longest of its own; what is neither is in none. 5 ns are the clock's.
func TestSpreadByKind(t *testing.T) {
	ops := []workloads.Op{{Kind: workloads.Alloc}, {Kind: workloads.Fallback}, {Kind: workloads.FreeCleared}, {Kind: workloads.Trim}, {Kind: workloads.Free}}
	m := NewLatency()
	for _, times := range [][]uint32{{15, 25, 35, 4500, 0}, {105, 205, 0, 4500, 1005}} { // the second knows nothing of the first
		m.ns = [2][]uint32{times, times}
		l := m.summary(ops, 5)
		for _, test := range []struct {
			got     Spread
			calls   int
			longest float64
		}{{l.Allocs, 2, float64(times[1]) - 5}, {l.Frees, 1, float64(max(times[2], times[4])) - 5}} {
			if ns := test.got.Ns; test.got.Calls != test.calls || len(ns) != len(schema.Quantiles()) || ns[len(ns)-1] != test.longest {
				t.Errorf("%v: %+v, want %d calls, the longest %v", times, test.got, test.calls, test.longest)
			}
		}
	}
}

// TestSpreadValues: a quantile needs a call beyond it, but for the longest.
func TestSpreadValues(t *testing.T) {
	ns := make([]float64, len(schema.Quantiles()))
	for calls, want := range map[int]string{
		0: "", 1: "max-ns", 2: "p50-ns max-ns", 4: "p25-ns p50-ns p75-ns max-ns", 10: "p10-ns p25-ns p50-ns p75-ns p90-ns max-ns",
		99:     "p5-ns p10-ns p25-ns p50-ns p75-ns p90-ns p95-ns max-ns",
		1000:   "p1-ns p5-ns p10-ns p25-ns p50-ns p75-ns p90-ns p95-ns p99-ns p999-ns max-ns",
		10_000: "p1-ns p5-ns p10-ns p25-ns p50-ns p75-ns p90-ns p95-ns p99-ns p999-ns p9999-ns max-ns",
	} {
		var got []string
		for _, v := range (Spread{calls, ns}).Values() {
			got = append(got, v.Unit.Name)
		}
		if fmt.Sprint(got) != "["+want+"]" {
			t.Errorf("of %d calls %s, want %s", calls, strings.Join(got, " "), want)
		}
	}
}
