package summary

import (
	"fmt"
	"html/template"
	"math"
	"strings"

	"github.com/vramlab/vramlab/report/internal/judge"
	"github.com/vramlab/vramlab/report/internal/list"
	"github.com/vramlab/vramlab/report/internal/rundir"
	"github.com/vramlab/vramlab/report/internal/text"
	"github.com/vramlab/vramlab/report/internal/theme"
)

// Small multiples: how broken free memory was over each run, one line a strategy, all on
// one scale. They are drawn once, in the strip of the first screen, and used again in the
// matrix. A drawing is a few hundred bytes: coordinates are whole numbers of a box that the
// page stretches.

const (
	sparkWidth   = 240
	sparkHeight  = 100
	sparkSamples = 60
)

// spark is the drawing of a workload.
type spark struct {
	ID    string // of the drawing
	Title string // for who cannot see it
	Paths template.HTML
}

// sparkTop is the top of the scale that all drawings share, in percent: a round number at
// or above the most broken moment, so that no line is cut.
func sparkTop(names list.Names, workloads []*rundir.Workload) float64 {
	most := 0.0
	for _, w := range workloads {
		for s := range names {
			for _, m := range w.Series(s) {
				if m.Broken > most { // false for what is no number
					most = m.Broken
				}
			}
		}
	}
	for _, top := range []float64{1, 2, 5, 10, 20, 40, 60, 80} {
		if most <= top {
			return top
		}
	}
	return 100
}

// sparkOf draws a workload; ok is false if there are fewer than two moments of every
// strategy.
func sparkOf(names list.Names, w *rundir.Workload, id string, top float64) (sp spark, ok bool) {
	last := judge.LastOp(names, w)
	if last == 0 {
		return sp, false
	}
	var b strings.Builder
	var ends []string
	for s, name := range names {
		moments := known(w.Series(s))
		if len(moments) < 2 {
			continue
		}
		fmt.Fprintf(&b, `<path class="%s" d="%s"/>`, theme.Class(s), sparkPath(moments, last, top))
		ends = append(ends, text.Clean(name)+" "+text.Percent(w.MeanBroken(s)))
	}
	for s := range names { // above all lines
		if d := refusedPath(w.Series(s), last); d != "" {
			fmt.Fprintf(&b, `<path class="%s" d="%s"/>`, theme.Class(s), d)
		}
	}
	if len(ends) == 0 {
		return sp, false
	}
	sp = spark{ID: id, Paths: template.HTML(b.String())}
	sp.Title = text.Clean(w.Title) + ": broken free memory over the run, mean " + strings.Join(ends, ", ")
	if uneven := math.IsNaN(w.MeanBroken(0)); uneven {
		sp.Title = text.Clean(w.Title) + ": broken free memory over the run"
	}
	return sp, true
}

// known are the moments that say how broken free memory is.
func known(all []rundir.Moment) (out []rundir.Moment) {
	for _, m := range all {
		if !math.IsNaN(m.Broken) {
			out = append(out, m)
		}
	}
	return out
}

// sparkPath is a line, closed around the box so that its area can be filled and the edges of
// that area are not seen.
func sparkPath(moments []rundir.Moment, last int, top float64) string {
	var b strings.Builder
	n := min(sparkSamples, len(moments))
	x, y := 0, 0
	for i := range n {
		m := moments[(i+1)*len(moments)/n-1]
		toX := int(math.Round(sparkWidth * float64(m.Op) / float64(last)))
		toY := int(math.Round(sparkHeight * (1 - min(max(m.Broken, 0), top)/top)))
		if i == 0 {
			fmt.Fprintf(&b, "M-4 %dV%dH%d", sparkHeight+4, toY, toX)
		} else {
			fmt.Fprintf(&b, "l%d %d", toX-x, toY-y)
		}
		x, y = toX, toY
	}
	fmt.Fprintf(&b, "H%dV%dZ", sparkWidth+4, sparkHeight+4)
	return strings.ReplaceAll(b.String(), " -", "-")
}

// refusedPath are strokes at the top where requests were refused.
func refusedPath(moments []rundir.Moment, last int) string {
	var b strings.Builder
	before := -2
	for _, m := range moments {
		if x := int(math.Round(sparkWidth * float64(m.Op) / float64(last))); m.Refused > 0 && x > before+1 {
			fmt.Fprintf(&b, "M%d 0v9", x)
			before = x
		}
	}
	return b.String()
}
