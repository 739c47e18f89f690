package times

import (
	"strings"
	"testing"

	"github.com/vramlab/vramlab/bench/schema"
	"github.com/vramlab/vramlab/report/internal/fixture"
	"github.com/vramlab/vramlab/report/internal/testrun"
	"github.com/vramlab/vramlab/report/internal/text"
)

// The mean is over the workloads on which all did the same work: the third, which the second
// strategy refuses a part of, would make it look faster.
func TestMeanOfEqualWork(t *testing.T) {
	planted := func(served ...float64) []fixture.Workload {
		return []fixture.Workload{
			{Name: "one", Ns: []float64{100, 200}}, {Name: "two", Ns: []float64{400, 200}},
			{Name: "three", Ns: []float64{100, 10}, Served: served},
		}
	}
	for _, c := range []struct {
		loads []fixture.Workload
		want  string
	}{
		{planted(100, 99), "Geometric mean over the 2 of 3 workloads on which all did the same work: buddy 200 ns, rangemgr 200 ns (0.0 %). Left out, unequal work: three."},
		{planted(100, 100), "Geometric mean over the 3 of 3 workloads on which all did the same work: buddy 159 ns, rangemgr 73.7 ns (−53.6 %)."},
		{append(planted(100, 100), fixture.Workload{Name: "short", Ns: []float64{0.1, 0.2}}), "Geometric mean over the 3 of 4 workloads on which all did the same work: buddy 159 ns, rangemgr 73.7 ns (−53.6 %). Left out, times not compared: short."},
		{planted(100, 99)[2:], ""},
		{append(planted(100, 99)[2:], fixture.Workload{Name: "four", Ns: []float64{1, 2}, Served: []float64{99, 98}}), "No geometric mean: on none of 2 workloads are all strategies compared."},
	} {
		f := fixture.Planted(2, c.loads...)
		f.Noise, f.Meta = 1e-9, "# clock: 1ns\n"
		r := testrun.Load(t, f.Write(t))
		table := opTimes(r.Strategies, r.Times, r.Verdicts, "", schema.NsPerOp)
		if got := strings.ReplaceAll(table.Mean, text.NBSP, " "); got != c.want {
			t.Errorf("got  %s\nwant %s", got, c.want)
		}
	}
	one := fixture.Planted(1, planted(100, 100)...)
	r := testrun.Load(t, one.Write(t))
	if got := opTimes(r.Strategies, r.Times, r.Verdicts, "", schema.NsPerOp).Mean; got != "" {
		t.Errorf("one strategy: %q", got)
	}
}
