package kernelwork_test

import (
	"flag"
	"path/filepath"
	"testing"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/strategies/all"
	"github.com/vramlab/vramlab/strategies/internal/program"
	"github.com/vramlab/vramlab/strategies/kernelwork"
	"github.com/vramlab/vramlab/workloads/replay"
	"github.com/vramlab/vramlab/workloads/trace"
)

// The flags make a long search of it:
//
//	go test ./strategies/kernelwork -run AgainstFast -timeout 0 -rounds 100
var (
	rounds = flag.Int("rounds", 1, "seeds of each comparison with a fast strategy")
	ops    = flag.Int("ops", 1500, "operations of each seed")
)

// TestGolden compares every twin with what the kernel did, block for block.
func TestGolden(t *testing.T) {
	for _, test := range []struct{ twin, files string }{
		{"buddy_lifo", "../buddy/testdata/lifo"},
		{"buddy_6.11", "../buddy/testdata/6.11"},
		{"buddy_6.11", "../buddy/testdata/clear"},
		{"buddy_6.11", "../buddy/testdata/sg"},
		{"buddy_6.18", "../buddy/testdata/6.18"},
		{"buddy_7.1", "../buddy/testdata/7.1"},
		{"buddy_next", "../buddy/testdata/next"},
		{"rangemgr", "../rangemgr/testdata/golden"},
		{"rangemgr", "../rangemgr/testdata/sg"},
	} {
		files, err := filepath.Glob(test.files + "/*.trace")
		if err != nil || len(files) == 0 {
			t.Fatalf("no golden file in %s (%v)", test.files, err)
		}
		twin := twinOf(t, test.twin)
		for _, file := range files {
			if err := verify(twin, file); err != nil {
				t.Error(err)
			}
		}
	}
}

func twinOf(t *testing.T, name string) kernelwork.Twin {
	t.Helper()
	twin, ok := kernelwork.For(name)
	if !ok {
		t.Fatalf("%s has no twin", name)
	}
	return twin
}

func verify(twin kernelwork.Twin, file string) error {
	r, err := trace.Open(file)
	if err != nil {
		return err
	}
	defer r.Close()
	a, err := twin.New(r.Region())
	if err != nil {
		return err
	}
	_, err = replay.Verify(a, r, file)
	return err
}

func region(pages, page uint64) strategies.Region {
	return strategies.Region{Size: pages * page, Page: page}
}

// mixes are requests of all kinds on regions of many shapes.
var mixes = []program.Mix{
	{Name: "plain", Region: region(1023, 4096), Most: 24, Odd: 2},
	{Name: "tiny", Region: region(7, 4096), Most: 4, Window: 40, Contiguous: 30, TopDown: 20, Aligned: 30, Clear: 30, Zero: 30, Odd: 10, Trim: 10, Reset: 2},
	{Name: "contiguous", Region: region(300, 4096), Most: 3, Contiguous: 50, Aligned: 5},
	{Name: "aligned", Region: region(640, 4096), Most: 64, Aligned: 80, Contiguous: 20, Window: 20},
	{Name: "aligned.any", Region: region(2000, 4096), Most: 30, Aligned: 50, AnyAlign: true, TopDown: 20, Window: 20, Odd: 5},
	{Name: "window", Region: region(777, 4096), Most: 40, Window: 70, Aligned: 30, TopDown: 20, Contiguous: 10, Odd: 5},
	{Name: "topdown", Region: region(1536, 4096), Most: 40, TopDown: 70, Aligned: 20},
	{Name: "clear", Region: region(512, 4096), Most: 24, Clear: 50, Zero: 50, TopDown: 10, Aligned: 20},
	{Name: "clear.all", Region: region(700, 4096), Most: 24, Clear: 50, Zero: 50, Window: 25, TopDown: 20, Contiguous: 25, Aligned: 30, Trim: 20, Reset: 1},
	{Name: "64k", Region: strategies.Region{Size: 1073938432, Page: 1 << 16}, Most: 1000, Window: 20, Contiguous: 20, TopDown: 20, Aligned: 30, Clear: 20, Zero: 20},
	{Name: "limit", Region: strategies.Region{Size: 1<<64 - 1, Page: 4096}, Most: 1 << 50, Window: 30, Contiguous: 30, TopDown: 20, Aligned: 20, Odd: 10},
}

// TestAgainstFast compares every placement with that of the fast strategy, which shares
// nothing with its twin: this tests both.
func TestAgainstFast(t *testing.T) {
	for _, fast := range all.List() {
		name := fast.Name
		if _, pinned := all.Lookup("buddy_7.1"); name == "buddy" && !pinned {
			name = "buddy_6.11" // what the name meant before there were generations
		}
		twin, ok := kernelwork.For(name)
		if !ok {
			continue
		}
		t.Run(fast.Name, func(t *testing.T) {
			t.Parallel()
			for _, m := range mixes {
				if !fast.Caps.Has(strategies.CapWindow) {
					m.Window, m.Clear, m.Zero = 5, 0, 0
				}
				m.AnyAlign = m.AnyAlign && fast.Caps.Has(strategies.CapAnyAlign)
				for seed := range *rounds {
					program.Compare(t, fast, twin.Strategy(), m, uint64(seed), *ops)
				}
			}
		})
	}
}
