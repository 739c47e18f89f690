package words

import (
	"strings"
	"testing"

	"github.com/vramlab/vramlab/report/internal/judge"
	"github.com/vramlab/vramlab/report/internal/rundir"
	"github.com/vramlab/vramlab/report/internal/text"
)

func TestEffect(t *testing.T) {
	base := rundir.CellOfTimes([]float64{2, 3, 4, 5})
	for want, times := range map[string][]float64{
		"less in 100 %":  {1, 1, 1, 1},
		"more in 100 %":  {6, 7, 8},
		"less in 50.0 %": {2, 3, 4, 5},
		"less in 75.0 %": {1, 3.5},
		"more in 87.5 %": {4.5, 9},
	} {
		p, ok := judge.ComparePair(base, rundir.CellOfTimes(times))
		if got := strings.ReplaceAll(Effect(&p), text.NBSP, " "); !ok || got != want {
			t.Errorf("%v: %q, want %q", times, got, want)
		}
	}
	exact := *base
	exact.IsExact = true
	p, _ := judge.ComparePair(&exact, base)
	if got := Effect(&p); got != "" {
		t.Errorf("an exact value has the effect %q", got)
	}
}
