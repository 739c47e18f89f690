package memory

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/vramlab/vramlab/report/internal/fixture"
	"github.com/vramlab/vramlab/report/internal/judge"
	"github.com/vramlab/vramlab/report/internal/list"
	"github.com/vramlab/vramlab/report/internal/rundir"
	"github.com/vramlab/vramlab/report/internal/testrun"
	"github.com/vramlab/vramlab/report/internal/text"
	"github.com/vramlab/vramlab/report/internal/words"
	"github.com/vramlab/vramlab/strategies"
)

// oddSeries are series that break naive drawings.
func oddSeries() map[string][]rundir.Moment {
	nan, inf := math.NaN(), math.Inf(1)
	line := func(broken, largest, refused float64) []rundir.Moment {
		var out []rundir.Moment
		for op := range 20 {
			out = append(out, rundir.Moment{Op: 10 * op, Broken: broken, Largest: largest, Refused: refused})
		}
		return out
	}
	return map[string][]rundir.Moment{
		"one point":       {{Op: 5, Broken: 3, Largest: 1 << 20, Refused: 1}},
		"operation zero":  {{}},
		"all zero":        line(0, 0, 0),
		"all equal":       line(50, 1<<30, 7),
		"not a number":    line(nan, nan, nan),
		"infinite":        line(inf, inf, inf),
		"negative":        line(-1, -1, -1),
		"one byte":        line(100, 1, 1e-9),
		"larger than all": line(1e9, math.MaxFloat64, 1e15),
		"gaps": {{Op: 1, Broken: 1, Largest: 1}, {Op: 2, Broken: nan, Largest: nan, Refused: nan},
			{Op: 3, Broken: 2, Largest: 4096, Refused: 2}},
		"same operation twice": {{Op: 1, Broken: 1}, {Op: 1, Broken: 2}},
	}
}

func TestOddSeries(t *testing.T) {
	for name, moments := range oddSeries() {
		t.Run(name, func(t *testing.T) {
			w := rundir.NewWorkload("w")
			r := judge.Run{Run: &rundir.Run{Strategies: []string{"a", "b"}, Workloads: []*rundir.Workload{w}}, Times: &judge.Times{Self: &judge.SelfTest{}}}
			w.Moments = map[int][]rundir.Moment{0: moments, 1: oddSeries()["all equal"]}
			f, err := seriesFigure(r.Strategies, w, "series")
			fixture.Must(t, err)
			testrun.CheckFigure(t, f)
			delete(w.Moments, 1)
			f, err = seriesFigure(r.Strategies, w, "series")
			fixture.Must(t, err)
			testrun.CheckFigure(t, f)
		})
	}
}

func TestOddSizes(t *testing.T) {
	var one, both rundir.Placement
	one.ReqHist[0], one.BlkHist[63], one.Requests = 1, 1, 1
	both.Requests = 3
	for _, placed := range [][]*rundir.Placement{{{}}, {&one}, {nil, &both}, {&one, &both}} {
		w := &rundir.Workload{Name: "w", Title: "W", Placed: placed}
		r := judge.Run{Run: &rundir.Run{Strategies: []string{"a", "b"}, Workloads: []*rundir.Workload{w}}, Times: &judge.Times{Self: &judge.SelfTest{}}}
		f, err := sizesFigure(r.Strategies, w)
		fixture.Must(t, err)
		testrun.CheckFigure(t, f)
	}
}

func TestOpsLabel(t *testing.T) {
	if got := opsLabel(250000); got != "250k" {
		t.Errorf("got %s, want 250k", got)
	}
}

// One quantity has one number: the heading and the labels at both widths say the moment
// of the heading, the last or, where everything is freed by then, the fullest, and no
// label says another.
func TestHeadingAndFigureAgree(t *testing.T) {
	names := list.Names{"a", "b"}
	for _, freed := range []bool{false, true} {
		w := rundir.NewWorkload("w")
		w.Placed = []*rundir.Placement{{Region: strategies.Region{Size: 1 << 30, Page: 4096}}}
		w.Moments = make(map[int][]rundir.Moment)
		for op := 1; op <= 997; op++ {
			for s := range 2 {
				m := rundir.Moment{Op: op, Free: 512 << 20, Broken: float64(op%13 + s), Largest: float64((op*7%101 + 3*s + 5)) * (1 << 20)}
				if op == 333 {
					m.Free = 1 << 20
				}
				if freed && op == 997 {
					m.Free, m.Broken, m.Largest = 1<<30, 0, 1<<30
				}
				w.Moments[s] = append(w.Moments[s], m)
			}
		}
		at := 997
		if freed {
			at = 333
		}
		heading := text.Plain(names, words.SeriesHeading(names, w))
		f, err := seriesFigure(names, w, "series")
		fixture.Must(t, err)
		said := words.SeriesMoment(names, w)
		for _, phrase := range []string{heading, strings.ReplaceAll(said, text.NBSP, " ")} {
			if !strings.Contains(phrase, fmt.Sprintf("fter %d operations", at)) {
				t.Errorf("%q is not about operation %d", phrase, at)
			}
		}
		for s, name := range names {
			size := text.Size(uint64(at*7%101+3*s+5) << 20)
			if !strings.Contains(heading, strings.ReplaceAll(size, text.NBSP, " ")) {
				t.Errorf("%q does not say %s", heading, size)
			}
			beside := []string{text.Percent(float64(at%13 + s)), size}
			for _, d := range fixture.Drawings(t, string(f.Wide)) {
				var got []string
				for _, l := range d.Labels {
					if value, ok := strings.CutPrefix(l.Text, name+" "); ok {
						got = append(got, value)
					}
				}
				if !slices.Equal(got, beside) {
					t.Errorf("%s: beside the lines of %s stands %q, want %q", d.ID, name, got, beside)
				}
			}
			for _, want := range beside {
				if !strings.Contains(string(f.Narrow), want+"<") {
					t.Errorf("the narrow drawing has no label %s", want)
				}
			}
		}
	}
}
