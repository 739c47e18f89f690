package result

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"golang.org/x/perf/benchfmt"

	"github.com/vramlab/vramlab/bench/schema"
)

// TestTornLine: a line that did not fit is taken out again.
func TestTornLine(t *testing.T) {
	if _, err := os.Stat("/dev/full"); err != nil {
		t.Skip("no device that is full")
	}
	f, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	out := &File{path: "x/run.bench", f: f}
	if err := out.Add(Line{"X", 1, []Value{{1, schema.NsPerOp}}}); err == nil || !strings.Contains(err.Error(), "/dev/full") {
		t.Errorf("error %v, want one that names the file", err)
	}
}

func TestLineIsExact(t *testing.T) {
	for _, v := range []float64{0.1, 1.0 / 3, 1e21, 123456789.123456789, 5e-324} {
		text := Line{"X/y=z", 7, []Value{{v, schema.FreeBytes}}}.Append(nil)
		r := benchfmt.NewReader(bytes.NewReader(text), "x")
		if !r.Scan() {
			t.Fatalf("%q does not parse", text)
		}
		got := r.Result().(*benchfmt.Result)
		if got.Iters != 7 || got.Values[0].Value != v {
			t.Errorf("wrote %v, read %v", v, got.Values[0].Value)
		}
	}
}
