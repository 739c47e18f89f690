package experiment

import (
	"context"
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

// overlapping has all grants at address 0.
var overlapping = func() strategies.Strategy {
	s := replay.Null
	s.Name, s.Caps = "overlapping", strategies.CapWindow
	return s
}()

// TestBrokenContract: an experiment that places anything ends, before it measures,
// with the rule that a strategy breaks.
func TestBrokenContract(t *testing.T) {
	e := testEnv(overlapping)
	e.Grid = Grid{Regions: []uint64{8 << 20}, Live: []int{100}}
	e.Goroutines = []int{1}
	for _, x := range []Experiment{Holes, Growth, Sharing, Migrations, Ageing} {
		_, err := x.SetUp(t.Context(), e)
		var v *strategies.Violation
		if !errors.As(err, &v) || v.Strategy != "overlapping" || strings.HasPrefix(err.Error(), "overlapping broke") {
			t.Errorf("%s: error %v, want a violation that says where", x.Name, err)
		}
	}
}

// TestEnded: an experiment is not set up for a run that was stopped.
func TestEnded(t *testing.T) {
	ended, end := context.WithCancel(t.Context())
	end()
	e := testEnv(windowed)
	e.Grid = Grid{Regions: []uint64{8 << 20}, Live: []int{100}}
	e.Streams = []Stream{{Workload: "w", Region: churn.Region, Ops: churn.Ops(1, 10, 5), Recorded: true, Strategies: e.Strategies}}
	for _, x := range []Experiment{Holes, Objects, Growth, Migrations, KernelWork, Smallest, Ageing} {
		if _, err := x.SetUp(ended, e); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: error %v, want that of the context", x.Name, err)
		}
	}
}

// TestFailing: errors of a strategy come out of set-ups and samples, whichever of its
// allocators they are of.
func TestFailing(t *testing.T) {
	defer func(n int) { sampleLoad.Migrations = n }(sampleLoad.Migrations)
	sampleLoad.Migrations = 20
	fault := errors.New("no more")
	for _, x := range []Experiment{Holes, Growth, Migrations, Crossings} {
		made, most := 0, 1<<30
		s := windowed
		s.New = func(r strategies.Region) (strategies.Allocator, error) {
			if made++; made > most {
				return nil, fault
			}
			return library.New(r)
		}
		e := testEnv(s)
		e.Grid = Grid{Regions: []uint64{8 << 20}, Live: []int{100}}
		run := func() error {
			cells, err := x.SetUp(t.Context(), e)
			for _, c := range cells {
				if err == nil {
					_, err = c.Sample()
				}
			}
			return err
		}
		if x.Name == Holes.Name {
			x.SetUp = func(ctx context.Context, e *Env) ([]Cell, error) { return setUpHoles(ctx, e, []uint64{2 << 20}) }
		}
		err := run()
		all := made
		if x.Name != Holes.Name && err != nil || all == 0 {
			t.Fatalf("%s: %d allocators, error %v", x.Name, all, err)
		}
		for most = range all {
			made = 0
			if err := run(); !errors.Is(err, fault) {
				t.Errorf("%s: allocator %d of %d: error %v", x.Name, most+1, all, err)
			}
		}
	}
}
