package bench

import (
	"context"
	"path/filepath"
	"strings"
	"testing"

	"github.com/vramlab/vramlab/strategies/all"
)

// TestSweep runs the lab's own strategies on two sizes of holes.
func TestSweep(t *testing.T) {
	c := tiny(t)
	c.Strategies = append(all.List(), firstFit) // which knows no windows
	r := newRunner(c)
	r.holes = []uint64{1 << 20, 64 << 10}
	if err := r.run(context.Background()); err != nil {
		t.Fatal(err)
	}
	all, _ := results(t, filepath.Join(c.Dir, curvesFile))
	samples := make(map[string]int)
	refused := make(map[string]bool)
	for _, res := range all {
		n := name(res)
		samples[n]++
		if _, ok := res.Value("refused"); ok {
			refused[n] = true
		}
		if v, ok := res.Value("segs/table"); ok && strings.HasPrefix(n, "Sweep/strategy=buddy/hole=64KiB/size=2MiB") && v != 32 {
			t.Errorf("%s: %v segments of a table, want 32", n, v)
		}
		if strings.HasPrefix(n, "Sweep/strategy=firstfit") {
			t.Errorf("%s: it knows no windows, so the holes are not what they should be", n)
		}
	}
	for _, test := range []struct {
		name    string
		samples int
		refused bool
	}{
		{"Sweep/strategy=buddy/hole=1MiB/size=64KiB/builder=plain", c.Count, false},
		{"Sweep/strategy=buddy/hole=64KiB/size=64MiB/builder=plain", c.Count, false},
		{"Sweep/strategy=rangemgr/hole=64KiB/size=64KiB/builder=plain", c.Count, false},
		{"Sweep/strategy=rangemgr/hole=1MiB/size=2MiB/builder=plain", 1, true},
	} {
		if samples[test.name] != test.samples || refused[test.name] != test.refused {
			t.Errorf("%s: %d lines, refused %v; want %d, %v", test.name, samples[test.name], refused[test.name], test.samples, test.refused)
		}
	}
}

func TestSizeName(t *testing.T) {
	for n, want := range map[uint64]string{1: "1B", 512: "512B", 4096: "4KiB", 64 << 10: "64KiB", 2 << 20: "2MiB", 4 << 30: "4GiB", 1 << 63: "8EiB", 0: "0B"} {
		if got := sizeName(n); got != want {
			t.Errorf("sizeName(%d) = %s, want %s", n, got, want)
		}
	}
}
