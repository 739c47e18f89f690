package change_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/vramlab/vramlab/report/change"
)

// TestControl: what the times of another strategy moved by between two runs is no finding of
// this one, and where they stand it is.
func TestControl(t *testing.T) {
	run := func(a, b float64) string {
		var s strings.Builder
		for w := range 3 {
			for _, lane := range []string{"AllocFree", "AA"} {
				for strategy, ns := range map[string]float64{"a": a, "b": b} {
					s.WriteString(times(fmt.Sprintf("Benchmark%s/strategy=%s/workload=w%d-2", lane, strategy, w), "ns/op", ten(ns)...))
				}
			}
		}
		return s.String()
	}
	for _, c := range []struct {
		a, b  float64
		worse int
	}{{106, 100, 3}, {106, 106, 0}, {106, 94, 0}, {130, 106, 3}, {100, 100, 0}} {
		table := change.Compare(read(t, run(100, 100)), read(t, run(c.a, c.b)))
		n := 0
		for _, r := range table.Rows {
			if r.Verdict == change.Worse && strings.Contains(r.Bench, "strategy=a") {
				n++
			}
		}
		if n != c.worse {
			t.Errorf("a from 100 to %v, b from 100 to %v: %d times of a are worse, want %d", c.a, c.b, n, c.worse)
		}
	}
}
