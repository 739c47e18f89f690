package experiment

import (
	"strings"
	"testing"

	"github.com/vramlab/vramlab/bench/internal/result"
	"github.com/vramlab/vramlab/bench/schema"
	"github.com/vramlab/vramlab/internal/churn"
	"github.com/vramlab/vramlab/strategies/all"
)

// TestHoles measures the lab's own strategies on two sizes of holes.
func TestHoles(t *testing.T) {
	e := testEnv(append(all.List(), churn.FirstFit)...) // the last one knows no windows
	refused := make(map[string]int)
	e.Write = func(lines ...result.Line) error {
		for _, l := range lines {
			inTable(t, l)
			if v, _ := value(l, schema.Refused); v == 1 && l.Iters == 1 && len(l.Values) == 1 {
				refused[l.Name]++
			}
		}
		return nil
	}
	cells, err := setUpHoles(t.Context(), e, []uint64{1 << 20, 64 << 10})
	if err != nil {
		t.Fatal(err)
	}
	got := samples(t, cells, 3)
	for name, lines := range got {
		if v, ok := value(lines[0], schema.SegsPerTable); strings.HasPrefix(name, "Sweep/strategy=buddy/hole=64KiB/size=2MiB") && (!ok || v != 32) {
			t.Errorf("%s: %v segments of a table, want 32", name, v)
		}
		if strings.HasPrefix(name, "Sweep/strategy=firstfit") {
			t.Errorf("%s: it knows no windows, so the holes are not what they should be", name)
		}
	}
	for _, test := range []struct {
		name             string
		samples, refused int
	}{
		{"Sweep/strategy=buddy/hole=1MiB/size=64KiB/builder=plain", 3, 0},
		{"Sweep/strategy=buddy/hole=64KiB/size=64MiB/builder=plain", 3, 0},
		{"Sweep/strategy=rangemgr/hole=64KiB/size=64KiB/builder=plain", 3, 0},
		{"Sweep/strategy=rangemgr/hole=1MiB/size=2MiB/builder=plain", 0, 1},
	} {
		if len(got[test.name]) != test.samples || refused[test.name] != test.refused {
			t.Errorf("%s: %d samples, refused %d; want %d, %d", test.name, len(got[test.name]), refused[test.name], test.samples, test.refused)
		}
	}
}
