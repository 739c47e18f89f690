// Package words turns what package judge found into sentences: headings, verdicts,
// notes. Strategies stand in them as marks, so that one sentence serves the page and
// the terminal. It knows no HTML.
package words

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/vramlab/vramlab/bench/schema"
	"github.com/vramlab/vramlab/report/internal/judge"
	"github.com/vramlab/vramlab/report/internal/list"
	"github.com/vramlab/vramlab/report/internal/rundir"
	"github.com/vramlab/vramlab/report/internal/text"
)

// A wording writes the two parts of a verdict of one kind: what was found,
// with the base first, and the reasons.
type wording func(names list.Names, t *judge.Times, v judge.Verdict) (head, body string)

// wordings are those of every kind of verdict.
var wordings = map[judge.Kind]wording{
	judge.Missing: wordMissing,
	judge.Alone:   wordAlone,
	judge.Nothing: wordNothing,
	judge.Unequal: wordUnequal,
	judge.Noisy:   wordNoisy,
	judge.Few:     wordFew,
	judge.Tie:     wordTie,
	judge.Win:     wordWin,
}

// Verdict are the two parts of a verdict.
func Verdict(names list.Names, t *judge.Times, v judge.Verdict) (head, body text.Prose) {
	h, b := wordings[v.Kind](names, t, v)
	return text.Prose(text.Clean(v.Workload.Title) + ": " + h + "."), text.Prose(b)
}

func wordMissing(list.Names, *judge.Times, judge.Verdict) (head, body string) {
	return "not measured for every strategy", "The run has no times to compare here."
}

func wordAlone(_ list.Names, _ *judge.Times, v judge.Verdict) (head, body string) {
	s := v.Present[0]
	return fmt.Sprintf("%s takes %s per operation", text.Mark(s), opTime(v.Workload, s)), text.UpperFirst(RefusedOf(v.Workload, s)) + "."
}

func wordNothing(_ list.Names, _ *judge.Times, v judge.Verdict) (head, body string) {
	return noStrategy(len(v.Present)) + " served anything",
		strings.TrimPrefix(refusedSizes(v.Workload, v.Present)+" There is no work to compare.", " ")
}

func wordUnequal(_ list.Names, t *judge.Times, v judge.Verdict) (head, body string) {
	return whoRefuses(v.Workload, v.Present), unequalBody(t, v)
}

func wordNoisy(names list.Names, t *judge.Times, v judge.Verdict) (head, body string) {
	return "times too noisy to compare", "A strategy differs from itself by up to " + text.Percent(100*t.Self.Largest) + " in this run. " + sameRefusals(names, v.Workload, v.Picks)
}

func wordFew(_ list.Names, t *judge.Times, v judge.Verdict) (head, body string) {
	return "too few samples to compare times", fmt.Sprintf("%s per side cannot detect a difference among %s; %s or more can.",
		text.Plural(float64(judge.Fewest(v.Workload, v.Picks)), "sample", "samples"), text.Plural(float64(t.Tests), "comparison", "comparisons"), text.Count(judge.SamplesFor(t.Tests)))
}

// EitherOf is the word for none of n strategies in particular.
func EitherOf(n int) string {
	if n == 2 {
		return "either"
	}
	return "any"
}

// noStrategy is the subject of what none of n strategies did.
func noStrategy(n int) string {
	if n == 2 {
		return "neither strategy"
	}
	return "no strategy"
}

// opTime is the median time of an operation.
func opTime(w *rundir.Workload, s int) string {
	return text.Duration(w.Center(schema.AllocFree, schema.NsPerOp, s))
}

// againstOf is "288 against 682 ns", of two strategies.
func againstOf(w *rundir.Workload, a, b int) string {
	return against(w.Center(schema.AllocFree, schema.NsPerOp, a), w.Center(schema.AllocFree, schema.NsPerOp, b))
}

// against is "288 against 682 ns": one unit when it serves both.
func against(a, b float64) string {
	_, ua := text.TimeUnit(a)
	vb, ub := text.TimeUnit(b)
	if ua != ub && a < 100e-6 && b < 100e-6 { // 346 against 14,800 ns needs no second unit
		return text.Digits3(a*1e9) + " against " + text.Digits3(b*1e9) + text.NBSP + "ns"
	}
	if ua != ub {
		return text.Duration(a) + " against " + text.Duration(b)
	}
	va, _ := text.TimeUnit(a)
	return text.Digits3(va) + " against " + text.Digits3(vb) + text.NBSP + ub
}

// difference is the sentence of a called difference: "B takes 58 % less time,
// 288 against 682 ns per operation", in percent of the base.
func difference(w *rundir.Workload, base, other int, p judge.Pair) string {
	return fmt.Sprintf("%s takes %s, %s per operation", text.Mark(other), text.Amount(p.Delta), againstOf(w, other, base))
}

func wordWin(names list.Names, t *judge.Times, v judge.Verdict) (head, body string) {
	base := v.Present[0]
	other := v.Best
	if other == base {
		other = v.Next
	}
	p, _ := t.Pair(v.Workload, base, other)
	body = interval(p) + sameRefusals(names, v.Workload, v.Same)
	// A rank test can call what a spread estimate would not have promised to see;
	// then the promise is left out.
	if d := t.Detects(v.Workload, base, other); d < math.Abs(p.Delta) {
		body += " The smallest difference this run could detect is " + text.Percent(100*d) + "."
	}
	return difference(v.Workload, base, other, p), body + others(t, v, base, other)
}

func wordTie(names list.Names, t *judge.Times, v judge.Verdict) (head, body string) {
	a, b := v.Picks[0], v.Picks[1]
	d := t.Unseen(v)
	seen := "this run could detect none"
	if !math.IsInf(d, 0) {
		seen = "the smallest difference this run could detect is " + text.Percent(100*d)
	}
	who := ""
	if len(v.Present) > 2 {
		who = " between " + text.List(text.Marks(v.Picks))
	}
	return "no difference found" + who + "; " + seen,
		text.UpperFirst(againstOf(v.Workload, b, a)) + " per operation. " + sameRefusals(names, v.Workload, v.Picks) + others(t, v, a, b)
}

// interval is the sentence part with the bounds of a difference.
func interval(p judge.Pair) string {
	if !p.Bounded() {
		return "Too few samples for an interval. "
	}
	return "95" + text.NBSP + "% interval " + boundsText(p.Lo, p.Hi) + ". "
}

// boundsText is "57.1 to 58.6 %" of the way the difference goes, or signed
// bounds when they disagree on that.
func boundsText(lo, hi float64) string {
	switch {
	case lo <= -0.9 && hi <= 0:
		return text.Span("1/"+text.Factor(1/(1+lo)), "1/"+text.Short3(1/(1+hi)), "")
	case hi >= 9:
		return text.Span(text.Short3(1+lo), text.Short3(1+hi), " times")
	case hi <= 0:
		return text.Span(text.Digits3(-100*hi), text.Digits3(-100*lo), text.NBSP+"%")
	case lo >= 0:
		return text.Span(text.Digits3(100*lo), text.Digits3(100*hi), text.NBSP+"%")
	}
	return text.Digits3(100*lo) + " to +" + percent3(100*hi)
}

func percent3(v float64) string { return text.Digits3(v) + text.NBSP + "%" }

// sameRefusals says what the strategies that did the same work refused.
func sameRefusals(names list.Names, w *rundir.Workload, same []int) string {
	if len(same) == 0 {
		return ""
	}
	switch {
	case w.Served(same[0]) == 100 && len(same) < len(names):
		return text.List(text.Marks(same)) + " refused nothing."
	case w.Served(same[0]) == 100:
		return text.UpperFirst(noStrategy(len(same))) + " refused a request."
	}
	who := "All refuse"
	if len(same) < len(names) {
		who = text.List(text.Marks(same)) + " refuse"
	}
	if n, of, ok := w.Refused(same[0]); ok {
		return fmt.Sprintf("%s the same %s of %s.", who, text.Count(n), text.Requests(of))
	}
	return fmt.Sprintf("%s %s in 1,000 requests.", who, text.Short3(PerMille(w, same[0])))
}

// others accounts for the strategies that the head does not name.
func others(t *judge.Times, v judge.Verdict, a, b int) string {
	var out strings.Builder
	for _, s := range v.Present {
		if s == a || s == b {
			continue
		}
		if !slices.Contains(v.Same, s) {
			fmt.Fprintf(&out, " %s %s and is not counted.", text.Mark(s), RefusedOf(v.Workload, s))
			continue
		}
		if p, ok := t.Pair(v.Workload, a, s); ok {
			fmt.Fprintf(&out, " %s: %s.", text.Mark(s), text.Amount(p.Delta))
		}
	}
	return out.String()
}

// RefusedOf is "refuses 1,080 of 503,686 requests".
func RefusedOf(w *rundir.Workload, s int) string {
	n, of, ok := w.Refused(s)
	switch {
	case math.IsNaN(w.Served(s)):
		return "refuses an unknown number of requests"
	case w.Served(s) == 100:
		return "serves everything"
	case !ok:
		return "refuses " + text.Short3(PerMille(w, s)) + " in 1,000 requests"
	}
	return "refuses " + text.Count(n) + " of " + text.Requests(of)
}

// whoRefuses is "A serves everything, B refuses N of M requests", or "A
// refuses K and B N of M requests".
func whoRefuses(w *rundir.Workload, present []int) string {
	var parts []string
	total := 0
	for _, s := range present {
		n, of, ok := w.Refused(s)
		if !ok || n == 0 || total != 0 && of != total {
			total = -1
			break
		}
		parts, total = append(parts, text.Mark(s)+" "+text.Count(n)), of
	}
	if total > 0 {
		parts[0] = strings.Replace(parts[0], " ", " refuses ", 1)
		return text.List(parts) + " of " + text.Requests(total)
	}
	parts = nil
	for _, s := range present {
		parts = append(parts, text.Mark(s)+" "+RefusedOf(w, s))
	}
	return strings.Join(parts, ", ")
}

// unequalBody says what was refused, and why a shorter time is no win.
func unequalBody(t *judge.Times, v judge.Verdict) string {
	present := v.Present
	var parts []string
	if s := refusedSizes(v.Workload, present); s != "" {
		parts = append(parts, s)
	}
	if len(present) > 2 {
		return strings.Join(append(parts, "Times are not comparable: the strategies did not do the same work."), " ")
	}
	a, b := present[0], present[1]
	p, ok := t.Pair(v.Workload, a, b)
	switch {
	case !ok || t.Self.Failed:
	case p.Cmp.P >= rundir.Alpha || math.Abs(p.Delta) <= t.Self.Floor(v.Workload.Name):
		parts = append(parts, "No difference in time was found.")
	case v.Picks == nil && len(v.Same) == 1:
		parts = append(parts, dependsSentence(v.Workload, a, b))
	case len(v.Picks) == 0:
		parts = append(parts, "They refuse different requests, so their times cannot be compared.")
	case v.Picks[0] == a && p.Delta < 0:
		parts = append(parts, text.Mark(b)+"'s "+shorter(p.Delta)+" is no win: it did less work.")
	case v.Picks[0] == b && p.Delta > 0:
		parts = append(parts, text.Mark(a)+"'s "+shorter(judge.Invert(p.Delta))+" is no win: it did less work.")
	default:
		less := a + b - v.Picks[0]
		parts = append(parts, text.Mark(less)+" is not faster either: "+againstOf(v.Workload, less, v.Picks[0])+" per operation.")
	}
	return strings.Join(parts, " ")
}

// shorter is "70 % shorter time".
func shorter(delta float64) string {
	if delta <= -0.9 {
		return text.Factor(1/(1+delta)) + " times shorter time"
	}
	return text.Percent(-100*delta) + " shorter time"
}

// dependsSentence gives both reasons of a pick that depends.
func dependsSentence(w *rundir.Workload, a, b int) string {
	return fmt.Sprintf("It depends on what a refusal costs: %s per operation, but %s against %s refused per 1,000.",
		againstOf(w, b, a), text.Short3(PerMille(w, b)), text.Short3(PerMille(w, a)))
}

// PerMille is refused requests per 1,000.
func PerMille(w *rundir.Workload, s int) float64 { return 10 * (100 - w.Served(s)) }
