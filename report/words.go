package report

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"unicode/utf8"
)

// word writes the two parts of a verdict: what was found, numbers first-hand
// and the base first, and what stands behind it.
func (r *Run) word(v *verdict, present []int) {
	title := clean(v.w.title) + ": "
	switch v.kind {
	case kindMissing:
		v.head = prose(title + "not measured for every strategy.")
		v.body = "The run holds no time to compare here."
	case kindAlone:
		s := present[0]
		v.head = prose(fmt.Sprintf("%s%s takes %s an operation.", title, mark(s), r.opTime(v.w, s)))
		v.body = prose(upperFirst(r.refusedOf(v.w, s)) + ".")
	case kindNothing:
		v.head = prose(title + "nothing was served by " + eitherOf(len(present)) + ".")
		v.body = prose(strings.TrimPrefix(r.refusedSizes(v.w, present)+" There is no work whose time could be compared.", " "))
	case kindUnequal:
		v.head = prose(title + r.whoRefuses(v.w, present) + ".")
		v.body = prose(r.unequalBody(v, present))
	case kindNoisy:
		v.head = prose(title + "times not called.")
		v.body = prose("A strategy differs from itself by up to " + percent(100*r.self.largest) + " in this run. " + r.sameRefusals(v.w, v.picks))
	case kindFew:
		v.head = prose(title + "too few samples to call times.")
		v.body = prose(fmt.Sprintf("%s a side cannot call a difference among %s; %s or more can.",
			plural(float64(r.fewest(v.w, v.picks)), "sample", "samples"), plural(float64(r.tests), "comparison", "comparisons"), count(samplesFor(r.tests))))
	case kindTie:
		r.wordTie(v, title, present)
	case kindWin:
		r.wordWin(v, title, present)
	}
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
func (r *Run) opTime(w *workload, s int) string {
	return duration(r.center(benchTime, unitOp, w, s))
}

// against is "288 against 682 ns": one unit when it serves both.
func (r *Run) against(w *workload, bench, unit string, a, b int) string {
	return against(r.center(bench, unit, w, a), r.center(bench, unit, w, b))
}

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
func (r *Run) difference(w *workload, base, other int, p pair) string {
	return fmt.Sprintf("%s takes %s, %s an operation", mark(other), amount(p.delta), r.against(w, benchTime, unitOp, other, base))
}

func (r *Run) wordWin(v *verdict, title string, present []int) {
	base := present[0]
	other := v.best
	if other == base {
		other = v.next
	}
	p, _ := r.pair(v.w, base, other)
	v.head = prose(title + r.difference(v.w, base, other, p) + ".")
	body := r.interval(p) + r.sameRefusals(v.w, r.contenders(v.w, present))
	// A rank test can call what a spread estimate would not have promised to see;
	// then the promise says nothing.
	if d := r.detects(v.w, base, other); d < math.Abs(p.delta) {
		body += " This run would have seen " + percent(100*d) + "."
	}
	v.body = prose(body + r.others(v, base, other, present))
}

func (r *Run) wordTie(v *verdict, title string, present []int) {
	a, b := v.picks[0], v.picks[1]
	d := r.unseen(*v)
	seen := "no difference this run could have seen"
	if !math.IsInf(d, 0) {
		seen = "this run would have seen " + percent(100*d)
	}
	who := ""
	if len(present) > 2 {
		who = " between " + list(marks(v.picks))
	}
	v.head = prose(title + "no difference found" + who + "; " + seen + ".")
	v.body = prose(upperFirst(r.against(v.w, benchTime, unitOp, b, a)) + " an operation. " + r.sameRefusals(v.w, v.picks) +
		r.others(v, a, b, present))
}

// interval is the sentence part with the bounds of a difference.
func (r *Run) interval(p pair) string {
	if !p.bounded() {
		return "Too few samples for an interval. "
	}
	return "95" + nbsp + "% interval " + boundsText(p.lo, p.hi) + ". "
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
func (r *Run) sameRefusals(w *workload, same []int) string {
	if len(same) == 0 {
		return ""
	}
	switch {
	case r.served(w, same[0]) == 100 && len(same) < len(r.strategies):
		return "Nothing refused by " + list(marks(same)) + "."
	case r.served(w, same[0]) == 100:
		return "Nothing refused by " + eitherOf(len(same)) + "."
	}
	who := "All refuse"
	if len(same) < len(r.strategies) {
		who = list(marks(same)) + " refuse"
	}
	if n, of, ok := r.refused(w, same[0]); ok {
		return fmt.Sprintf("%s the same %s of %s.", who, count(n), requests(of))
	}
	return fmt.Sprintf("%s %s in 1,000 requests.", who, short3(r.perMille(w, same[0])))
}

// others accounts for the strategies that the head does not name.
func (r *Run) others(v *verdict, a, b int, present []int) string {
	var out strings.Builder
	same := r.contenders(v.w, present)
	for _, s := range present {
		if s == a || s == b {
			continue
		}
		if !slices.Contains(same, s) {
			fmt.Fprintf(&out, " %s %s and is not counted.", mark(s), r.refusedOf(v.w, s))
			continue
		}
		if p, ok := r.pair(v.w, a, s); ok {
			fmt.Fprintf(&out, " %s: %s.", mark(s), amount(p.delta))
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

// refused is how many of how many requests a strategy refused; ok is false
// without a trace, when only the share is known.
func (r *Run) refused(w *workload, s int) (n, of int, ok bool) {
	if p := w.placement(s); p != nil {
		return p.refusals.n, p.requests, true
	}
	return 0, 0, false
}

// requests is "1 request" or "503,686 requests".
func requests(n int) string {
	if n == 1 {
		return "1 request"
	}
	return count(n) + " requests"
}

// refusedOf is "refuses 1,080 of 503,686 requests".
func (r *Run) refusedOf(w *workload, s int) string {
	n, of, ok := r.refused(w, s)
	switch {
	case math.IsNaN(r.served(w, s)):
		return "refuses an unknown number of requests"
	case r.served(w, s) == 100:
		return "serves everything"
	case !ok:
		return "refuses " + short3(r.perMille(w, s)) + " in 1,000 requests"
	}
	return "refuses " + count(n) + " of " + requests(of)
}

// whoRefuses is "A serves everything, B refuses N of M requests", or "A
// refuses K and B N of M requests".
func (r *Run) whoRefuses(w *workload, present []int) string {
	var parts []string
	total := 0
	for _, s := range present {
		n, of, ok := r.refused(w, s)
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
		parts = append(parts, mark(s)+" "+r.refusedOf(w, s))
	}
	return strings.Join(parts, ", ")
}

// unequalBody says what was refused, and why a shorter time is no win.
func (r *Run) unequalBody(v *verdict, present []int) string {
	var parts []string
	if s := r.refusedSizes(v.w, present); s != "" {
		parts = append(parts, s)
	}
	if len(present) > 2 {
		return strings.Join(append(parts, "Times are not comparable: the strategies did not do the same work."), " ")
	}
	a, b := present[0], present[1]
	p, ok := r.pair(v.w, a, b)
	switch {
	case !ok || r.self.failed:
	case p.cmp.P >= alpha || math.Abs(p.delta) <= r.self.floor(v.w.name):
		parts = append(parts, "No difference in time was found.")
	case v.picks == nil && len(r.contenders(v.w, present)) == 1:
		parts = append(parts, r.dependsSentence(v.w, a, b))
	case len(v.picks) == 0:
		parts = append(parts, "They refuse different requests, so their times do not compare.")
	case v.picks[0] == a && p.delta < 0:
		parts = append(parts, mark(b)+"'s "+shorter(p.delta)+" is no win: it did less work.")
	case v.picks[0] == b && p.delta > 0:
		parts = append(parts, mark(a)+"'s "+shorter(invert(p.delta))+" is no win: it did less work.")
	default:
		less := a + b - v.picks[0]
		parts = append(parts, mark(less)+" takes no less time either: "+r.against(v.w, benchTime, unitOp, less, v.picks[0])+" an operation.")
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
func (r *Run) dependsSentence(w *workload, a, b int) string {
	return fmt.Sprintf("It depends on what a refusal costs: %s an operation, but %s against %s refused per 1,000.",
		r.against(w, benchTime, unitOp, b, a), short3(r.perMille(w, b)), short3(r.perMille(w, a)))
}

// perMille is refused requests per 1,000.
func (r *Run) perMille(w *workload, s int) float64 { return 10 * (100 - r.served(w, s)) }
