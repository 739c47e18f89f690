package times

import (
	"fmt"
	"strings"
	"testing"

	"github.com/vramlab/vramlab/report/internal/fixture"
	"github.com/vramlab/vramlab/report/internal/testrun"
	"github.com/vramlab/vramlab/report/internal/text"
)

// Effect sizes are of those that did the same work, to the first of them.
func TestEffects(t *testing.T) {
	f := fixture.Planted(3,
		fixture.Workload{Name: "one", Ns: []float64{100, 200, 50}},
		fixture.Workload{Name: "two", Ns: []float64{100, 200, 50}, Served: []float64{99, 100, 100}},
		fixture.Workload{Name: "three", Ns: []float64{100, 200, 50}, Served: []float64{99, 98, 100}})
	f.Noise = 1e-9
	r := testrun.Load(t, f.Write(t))
	main, err := mainTimes(r.Strategies, r.Times, r.Verdicts)
	fixture.Must(t, err)
	var got []string
	for _, row := range makeEffects(r.Strategies, main.rows).Rows {
		for _, l := range row.Lines {
			got = append(got, strings.ReplaceAll(fmt.Sprint(row.Title, " ", l.Name, " ", strings.Join(l.Values, ", ")), text.NBSP, " "))
		}
	}
	want := []string{
		"one rangemgr +100.0 %, +100.0 % to +100.0 %, more in 100 %",
		"one tlsf −50.0 %, −50.0 % to −50.0 %, less in 100 %",
		"two tlsf −75.0 % to rangemgr, −75.0 % to −75.0 %, less in 100 %",
	}
	if strings.Join(got, "|") != strings.Join(want, "|") {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}
