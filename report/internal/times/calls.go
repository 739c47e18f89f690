package times

import (
	"fmt"
	"html/template"
	"math"
	"strconv"
	"strings"

	"gonum.org/v1/plot/plotter"

	"github.com/vramlab/vramlab/bench/schema"
	"github.com/vramlab/vramlab/report/internal/judge"
	"github.com/vramlab/vramlab/report/internal/list"
	"github.com/vramlab/vramlab/report/internal/rundir"
	"github.com/vramlab/vramlab/report/internal/section"
	"github.com/vramlab/vramlab/report/internal/text"
	"github.com/vramlab/vramlab/report/internal/words"
)

// callsPart is how long single calls take: the workload in focus in full, the others small.
type callsPart struct {
	section.Head
	Others []section.Head
}

// callKinds are the kinds of calls, a panel each.
var callKinds = []struct{ op, title string }{{schema.OpAlloc, "requests"}, {schema.OpFree, "frees"}}

// callLine is a strategy in a panel: the shares of its calls that take no longer than some
// times, and the longest.
type callLine struct {
	strategy int
	points   plotter.XYs // seconds, odds
	longest  float64     // seconds, NaN if not stated
}

// odds is where a share stands on the axis: as far from the one before for each nine, and at
// the other end for each zero behind the point. Half of all calls are at 0.
func odds(share float64) float64 { return math.Log10(share / (1 - share)) }

// callLines are the lines of a panel, of the strategies whose times are compared on the
// workload, or of the only one. There are none if two are to be compared and one is left.
func callLines(names list.Names, times *judge.Times, w *rundir.Workload, op string) []callLine {
	var out []callLine
	for _, s := range times.Comparable(w) {
		l := callLine{strategy: s, longest: w.Call(op, schema.MaxNs, s)}
		for _, q := range schema.Quantiles() {
			if v := w.Call(op, q.Unit, s); q.Share < 1 && !math.IsNaN(v) {
				l.points = append(l.points, plotter.XY{X: v, Y: odds(q.Share)})
			}
		}
		if len(l.points) > 0 {
			out = append(out, l)
		}
	}
	if len(out) <= min(1, len(names)-1) {
		return nil
	}
	return out
}

// anyCalls reports whether a panel of the workload has lines.
func anyCalls(names list.Names, times *judge.Times, w *rundir.Workload) bool {
	for _, k := range callKinds {
		if callLines(names, times, w, k.op) != nil {
			return true
		}
	}
	return false
}

// makeCalls is empty for a run that has no such lines.
func makeCalls(in judge.Run) (p callsPart, err error) {
	var of []*rundir.Workload
	for _, w := range in.Workloads {
		switch {
		case !anyCalls(in.Strategies, in.Times, w):
		case w == judge.Focus(in.Strategies, in.Workloads):
			of = append([]*rundir.Workload{w}, of...)
		default:
			of = append(of, w)
		}
	}
	if len(of) == 0 {
		return p, nil
	}
	focus, cost := of[0], clockCost(in.Facts)
	p.How = focus.Title + words.WithFacts(focus) + ". Each line: the share of calls that take no longer. Above 90" + text.NBSP + "% the axis has a step for each nine, so that rare calls are seen."
	p.Note = callsNote(in.Times.Clock, cost)
	if p.Figure, err = callsFigure(in.Strategies, in.Times, focus, cost); err != nil {
		return p, err
	}
	for i, w := range of[1:] {
		f, err := smallCalls(in.Strategies, in.Times, w, cost, fmt.Sprintf("calls-%d", i+1))
		if err != nil {
			return p, err
		}
		p.Others = append(p.Others, section.Head{Heading: template.HTML(template.HTMLEscapeString(w.Title)), Figure: f})
	}
	return p, nil
}

// clockCost is what one reading of the clock adds to the time of a call, in seconds; 0 if the
// run does not say it.
func clockCost(facts rundir.Facts) float64 {
	ns, err := strconv.ParseFloat(strings.TrimSuffix(facts.Value(schema.FactClockCost), "ns"), 64)
	if err != nil || !(ns > 0 && ns < 1e9) {
		return 0
	}
	return ns / 1e9
}

// callsNote says what limits the figure.
func callsNote(clock judge.Clock, cost float64) string {
	note := "Medians over the samples, quantile by quantile, of strategies that did the same work; a quantile that is the longest of so few calls is left out. A dot: the longest call. " +
		"A call is timed twice, and if the two are far apart the shorter one counts. Reading the clock keeps calls from overlapping, so they take longer than in the table. "
	if cost > 0 {
		note += "A reading of the clock takes " + text.Duration(cost) + ", the dashed line, which is taken off each time: what is far below it is hardly measured."
	} else {
		note += "The cost of reading the clock is taken off each time."
	}
	if !clock.Guessed {
		note += " The clock goes in steps of " + text.Duration(clock.Tick) + ", between which quantiles are interpolated."
	}
	return note
}

// callsSentence is what a figure shows, for who does not see it.
func callsSentence(names list.Names, times *judge.Times, w *rundir.Workload) string {
	var parts []string
	for _, k := range callKinds {
		for _, l := range callLines(names, times, w, k.op) {
			var values []string
			for _, u := range rundir.Tails {
				if v := w.Call(k.op, u, l.strategy); !math.IsNaN(v) {
					values = append(values, tailName[u]+" "+text.Duration(v))
				}
			}
			parts = append(parts, k.title+", "+names[l.strategy]+": "+strings.Join(values, ", "))
		}
	}
	return strings.Join(parts, "; ")
}

// tailName names the quantiles of the table of tails.
var tailName = map[*schema.Unit]string{schema.P50Ns: "p50", schema.P99Ns: "p99", schema.P999Ns: "p99.9", schema.MaxNs: "longest"}
