package result

import (
	"reflect"
	"testing"

	"github.com/vramlab/vramlab/bench/schema"
)

// TestParseLines reads back what is written, and nothing else.
func TestParseLines(t *testing.T) {
	want := []Line{
		{"AllocFree/strategy=buddy/workload=gfx", 12, []Value{{0.1, schema.NsPerOp}, {1e-300, schema.P99Ns}, {100, schema.ServedPct}}},
		{"Harness/workload=w-7", 1, []Value{{123456789.125, schema.NsPerOp}}},
	}
	var text []byte
	for _, l := range want {
		text = l.Append(text)
	}
	got, err := ParseLines(string(text))
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%v, %v of\n%s", got, err, text)
	}
	for _, wrong := range []string{
		"\n", "BenchmarkHarness/workload=w 1", "Harness/workload=w 1 1 ns/op", "BenchmarkHarness/workload=w x 1 ns/op", "BenchmarkHarness/workload=w 1 x ns/op",
		"BenchmarkHarness/workload=w 1 1 miles", "BenchmarkHarness 1 1 ns/op", "BenchmarkNone/workload=w 1 1 ns/op", "BenchmarkHarness/workload=w 1 1 ns/op 2",
	} {
		if got, err := ParseLines(wrong); err == nil {
			t.Errorf("%q: %v", wrong, got)
		}
	}
}
