package report

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"unicode/utf8"
)

// A wording writes the two parts of a verdict of one kind: what was found,
// numbers first-hand and the base first, and what stands behind it.
type wording func(names Names, t *Times, v Verdict) (head, body string)

// wordings are those of every kind of verdict.
var wordings = map[Kind]wording{
	Missing: wordMissing,
	Alone:   wordAlone,
	Nothing: wordNothing,
	Unequal: wordUnequal,
	Noisy:   wordNoisy,
	Few:     wordFew,
	Tie:     wordTie,
	Win:     wordWin,
}

// Sentences are the two parts of a verdict.
func Sentences(names Names, t *Times, v Verdict) (head, body prose) {
	h, b := wordings[v.Kind](names, t, v)
	return prose(clean(v.Workload.title) + ": " + h + "."), prose(b)
}

func wordMissing(Names, *Times, Verdict) (head, body string) {
	return "not measured for every strategy", "The run holds no time to compare here."
}

func wordAlone(_ Names, _ *Times, v Verdict) (head, body string) {
	s := v.Present[0]
	return fmt.Sprintf("%s takes %s an operation", mark(s), opTime(v.Workload, s)), upperFirst(refusedOf(v.Workload, s)) + "."
}

func wordNothing(_ Names, _ *Times, v Verdict) (head, body string) {
	return "nothing was served by " + eitherOf(len(v.Present)),
		strings.TrimPrefix(refusedSizes(v.Workload, v.Present)+" There is no work whose time could be compared.", " ")
}

func wordUnequal(_ Names, t *Times, v Verdict) (head, body string) {
	return whoRefuses(v.Workload, v.Present), unequalBody(t, v)
}

func wordNoisy(names Names, t *Times, v Verdict) (head, body string) {
	return "times not called", "A strategy differs from itself by up to " + percent(100*t.Self.Largest) + " in this run. " + sameRefusals(names, v.Workload, v.Picks)
}

func wordFew(_ Names, t *Times, v Verdict) (head, body string) {
	return "too few samples to call times", fmt.Sprintf("%s a side cannot call a difference among %s; %s or more can.",
		plural(float64(Fewest(v.Workload, v.Picks)), "sample", "samples"), plural(float64(t.Tests), "comparison", "comparisons"), count(SamplesFor(t.Tests)))
}

// eitherOf is the word for none of n strategies in particular.
func eitherOf(n int) string {
	if n == 2 {
		return "either"
	}
	return "any"
}

// upperFirst begins a sentence, unless with a strategy: those are written as
// they are.
func upperFirst(s string) string {
	if s == "" || s[0] >= utf8.RuneSelf {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

// opTime is the median time of an operation.
func opTime(w *workload, s int) string {
	return duration(w.center(benchTime, unitOp, s))
}

// againstOf is "288 against 682 ns", of two strategies.
func againstOf(w *workload, bench, unit string, a, b int) string {
	return against(w.center(bench, unit, a), w.center(bench, unit, b))
}

// against is "288 against 682 ns": one unit when it serves both.
func against(a, b float64) string {
	_, ua := timeUnit(a)
	vb, ub := timeUnit(b)
	if ua != ub && a < 100e-6 && b < 100e-6 { // 346 against 14,800 ns needs no second unit
		return digits3(a*1e9) + " against " + digits3(b*1e9) + nbsp + "ns"
	}
	if ua != ub {
		return duration(a) + " against " + duration(b)
	}
	va, _ := timeUnit(a)
	return digits3(va) + " against " + digits3(vb) + nbsp + ub
}

// difference is the sentence of a called difference: "B takes 58 % less time,
// 288 against 682 ns an operation", in percent of the base.
func difference(w *workload, base, other int, p Pair) string {
	return fmt.Sprintf("%s takes %s, %s an operation", mark(other), amount(p.Delta), againstOf(w, benchTime, unitOp, other, base))
}

func wordWin(names Names, t *Times, v Verdict) (head, body string) {
	base := v.Present[0]
	other := v.Best
	if other == base {
		other = v.Next
	}
	p, _ := t.Pair(v.Workload, base, other)
	body = interval(p) + sameRefusals(names, v.Workload, v.Same)
	// A rank test can call what a spread estimate would not have promised to see;
	// then the promise says nothing.
	if d := t.Detects(v.Workload, base, other); d < math.Abs(p.Delta) {
		body += " This run would have seen " + percent(100*d) + "."
	}
	return difference(v.Workload, base, other, p), body + others(t, v, base, other)
}

func wordTie(names Names, t *Times, v Verdict) (head, body string) {
	a, b := v.Picks[0], v.Picks[1]
	d := t.Unseen(v)
	seen := "no difference this run could have seen"
	if !math.IsInf(d, 0) {
		seen = "this run would have seen " + percent(100*d)
	}
	who := ""
	if len(v.Present) > 2 {
		who = " between " + list(marks(v.Picks))
	}
	return "no difference found" + who + "; " + seen,
		upperFirst(againstOf(v.Workload, benchTime, unitOp, b, a)) + " an operation. " + sameRefusals(names, v.Workload, v.Picks) + others(t, v, a, b)
}

// interval is the sentence part with the bounds of a difference.
func interval(p Pair) string {
	if !p.Bounded() {
		return "Too few samples for an interval. "
	}
	return "95" + nbsp + "% interval " + boundsText(p.Lo, p.Hi) + ". "
}

// boundsText is "57.1 to 58.6 %" of the way the difference goes, or signed
// bounds when they disagree on that.
func boundsText(lo, hi float64) string {
	switch {
	case lo <= -0.9 && hi <= 0:
		return span("1/"+factor(1/(1+lo)), "1/"+short3(1/(1+hi)), "")
	case hi >= 9:
		return span(short3(1+lo), short3(1+hi), " times")
	case hi <= 0:
		return span(digits3(-100*hi), digits3(-100*lo), nbsp+"%")
	case lo >= 0:
		return span(digits3(100*lo), digits3(100*hi), nbsp+"%")
	}
	return digits3(100*lo) + " to +" + percent3(100*hi)
}

func percent3(v float64) string { return digits3(v) + nbsp + "%" }

// sameRefusals says what the strategies that did the same work refused.
func sameRefusals(names Names, w *workload, same []int) string {
	if len(same) == 0 {
		return ""
	}
	switch {
	case w.served(same[0]) == 100 && len(same) < len(names):
		return "Nothing refused by " + list(marks(same)) + "."
	case w.served(same[0]) == 100:
		return "Nothing refused by " + eitherOf(len(same)) + "."
	}
	who := "All refuse"
	if len(same) < len(names) {
		who = list(marks(same)) + " refuse"
	}
	if n, of, ok := w.refused(same[0]); ok {
		return fmt.Sprintf("%s the same %s of %s.", who, count(n), requests(of))
	}
	return fmt.Sprintf("%s %s in 1,000 requests.", who, short3(perMille(w, same[0])))
}

// others accounts for the strategies that the head does not name.
func others(t *Times, v Verdict, a, b int) string {
	var out strings.Builder
	for _, s := range v.Present {
		if s == a || s == b {
			continue
		}
		if !slices.Contains(v.Same, s) {
			fmt.Fprintf(&out, " %s %s and is not counted.", mark(s), refusedOf(v.Workload, s))
			continue
		}
		if p, ok := t.Pair(v.Workload, a, s); ok {
			fmt.Fprintf(&out, " %s: %s.", mark(s), amount(p.Delta))
		}
	}
	return out.String()
}

func marks(strategies []int) []string {
	out := make([]string, len(strategies))
	for i, s := range strategies {
		out[i] = mark(s)
	}
	return out
}

// requests is "1 request" or "503,686 requests".
func requests(n int) string {
	if n == 1 {
		return "1 request"
	}
	return count(n) + " requests"
}

// refusedOf is "refuses 1,080 of 503,686 requests".
func refusedOf(w *workload, s int) string {
	n, of, ok := w.refused(s)
	switch {
	case math.IsNaN(w.served(s)):
		return "refuses an unknown number of requests"
	case w.served(s) == 100:
		return "serves everything"
	case !ok:
		return "refuses " + short3(perMille(w, s)) + " in 1,000 requests"
	}
	return "refuses " + count(n) + " of " + requests(of)
}

// whoRefuses is "A serves everything, B refuses N of M requests", or "A
// refuses K and B N of M requests".
func whoRefuses(w *workload, present []int) string {
	var parts []string
	total := 0
	for _, s := range present {
		n, of, ok := w.refused(s)
		if !ok || n == 0 || total != 0 && of != total {
			total = -1
			break
		}
		parts, total = append(parts, mark(s)+" "+count(n)), of
	}
	if total > 0 {
		parts[0] = strings.Replace(parts[0], " ", " refuses ", 1)
		return list(parts) + " of " + requests(total)
	}
	parts = nil
	for _, s := range present {
		parts = append(parts, mark(s)+" "+refusedOf(w, s))
	}
	return strings.Join(parts, ", ")
}

// unequalBody says what was refused, and why a shorter time is no win.
func unequalBody(t *Times, v Verdict) string {
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
	case p.Cmp.P >= alpha || math.Abs(p.Delta) <= t.Self.Floor(v.Workload.name):
		parts = append(parts, "No difference in time was found.")
	case v.Picks == nil && len(v.Same) == 1:
		parts = append(parts, dependsSentence(v.Workload, a, b))
	case len(v.Picks) == 0:
		parts = append(parts, "They refuse different requests, so their times do not compare.")
	case v.Picks[0] == a && p.Delta < 0:
		parts = append(parts, mark(b)+"'s "+shorter(p.Delta)+" is no win: it did less work.")
	case v.Picks[0] == b && p.Delta > 0:
		parts = append(parts, mark(a)+"'s "+shorter(invert(p.Delta))+" is no win: it did less work.")
	default:
		less := a + b - v.Picks[0]
		parts = append(parts, mark(less)+" takes no less time either: "+againstOf(v.Workload, benchTime, unitOp, less, v.Picks[0])+" an operation.")
	}
	return strings.Join(parts, " ")
}

// shorter is "70 % shorter time".
func shorter(delta float64) string {
	if delta <= -0.9 {
		return factor(1/(1+delta)) + " times shorter time"
	}
	return percent(-100*delta) + " shorter time"
}

// dependsSentence gives both reasons of a pick that depends.
func dependsSentence(w *workload, a, b int) string {
	return fmt.Sprintf("It depends on what a refusal costs: %s an operation, but %s against %s refused per 1,000.",
		againstOf(w, benchTime, unitOp, b, a), short3(perMille(w, b)), short3(perMille(w, a)))
}

// perMille is refused requests per 1,000.
func perMille(w *workload, s int) float64 { return 10 * (100 - w.served(s)) }
