package experiment

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vramlab/vramlab/bench/internal/result"
	"github.com/vramlab/vramlab/bench/schema"
	"github.com/vramlab/vramlab/internal/churn"
	"github.com/vramlab/vramlab/sgtable"
	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/workloads/replay"
)

// testEnv has samples of a few milliseconds, and a builder under a name of its own.
// Lines that are written without a sample are lost.
func testEnv(list ...strategies.Strategy) *Env {
	plain, _ := sgtable.LookupBuilder("nomerge")
	plain.Name = "plain"
	return &Env{
		Strategies: list, Builders: []sgtable.Builder{plain}, Region: churn.Region,
		Seed: 42, SampleTime: 100 * time.Microsecond,
		Write: func(...result.Line) error { return nil },
	}
}

// samples takes so many samples of each cell. The lines are by name. Each value is
// in a unit that the table has for the benchmark.
func samples(t *testing.T, cells []Cell, count int) map[string][]result.Line {
	t.Helper()
	got := make(map[string][]result.Line)
	for range count {
		for _, c := range cells {
			if c.What == "" {
				t.Error("a cell says nothing of itself")
			}
			lines, err := c.Sample()
			if err != nil {
				t.Fatalf("%s: %v", c.What, err)
			}
			for _, l := range lines {
				inTable(t, l)
				got[l.Name] = append(got[l.Name], l)
			}
		}
	}
	return got
}

// inTable holds a line to the table of names.
func inTable(t *testing.T, l result.Line) {
	t.Helper()
	b, labels := schema.Parse(l.Name)
	if b == nil || b.File != schema.Curves || b.Missing(labels) != "" {
		t.Fatalf("%s is no line of %s", l.Name, schema.Curves)
	}
	for _, v := range l.Values {
		if !slices.Contains(b.Units, v.Unit) {
			t.Errorf("%s has %s, which is not in the table", l.Name, v.Unit.Name)
		}
	}
}

// value is a measurement of a line.
func value(l result.Line, u *schema.Unit) (float64, bool) {
	for _, v := range l.Values {
		if v.Unit == u {
			return v.V, true
		}
	}
	return 0, false
}

// sum is the number of bytes in blocks.
func sum(blocks []strategies.Block) uint64 {
	n := uint64(0)
	for _, b := range blocks {
		n += b.Size
	}
	return n
}

// TestList: every experiment has a name of its own, a question, and cells to set up.
func TestList(t *testing.T) {
	var names []string
	for _, x := range List() {
		if x.Doc == "" || x.SetUp == nil || x.Name == "" || slices.Contains(names, x.Name) {
			t.Errorf("experiment %q (%q)", x.Name, x.Doc)
		}
		names = append(names, x.Name)
	}
}

// TestBrokenContract: an experiment that places anything ends, before it measures,
// with the rule that a strategy breaks.
func TestBrokenContract(t *testing.T) {
	overlapping := replay.Null // all grants at address 0
	overlapping.Name, overlapping.Caps = "overlapping", strategies.CapWindow
	e := testEnv(overlapping)
	e.Grid = Grid{Regions: []uint64{8 << 20}, Live: []int{100}}
	e.Goroutines = []int{1}
	for _, x := range []Experiment{Holes, Growth, Sharing, Migrations} {
		_, err := x.SetUp(t.Context(), e)
		var v *strategies.Violation
		if !errors.As(err, &v) || v.Strategy != "overlapping" || strings.HasPrefix(err.Error(), "overlapping broke") {
			t.Errorf("%s: error %v, want a violation that says where", x.Name, err)
		}
	}
}
