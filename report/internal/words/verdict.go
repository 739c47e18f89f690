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
	judge.Missing:      wordMissing,
	judge.Contradicted: wordContradicted,
	judge.Alone:        wordAlone,
	judge.Unclear:      wordUnclear,
	judge.Nothing:      wordNothing,
	judge.Unequal:      wordUnequal,
	judge.Short:        wordSameWork,
	judge.Few:          wordSameWork,
	judge.Noisy:        wordSameWork,
	judge.Tie:          wordSameWork,
	judge.Win:          wordSameWork,
}

// Verdict are the two parts of a verdict.
func Verdict(names list.Names, t *judge.Times, v judge.Verdict) (head, body text.Prose) {
	h, b := wordings[v.Kind](names, t, v)
	return text.Prose(text.Clean(v.Workload.Title) + ": " + h + "."), text.Prose(b)
}

func wordMissing(list.Names, *judge.Times, judge.Verdict) (head, body string) {
	return "not measured for every strategy", "The run has no times to compare here."
}

func wordContradicted(_ list.Names, _ *judge.Times, v judge.Verdict) (head, body string) {
	var parts []string
	for _, c := range v.Contradictions {
		parts = append(parts, contradiction(c)+".")
	}
	return "the files of this run contradict each other", strings.Join(append(parts, "Nothing is judged from them."), " ")
}

// contradiction says what the files say.
func contradiction(c judge.Contradiction) string {
	who := text.Mark(c.Strategy)
	switch c.About {
	case judge.TwoShares:
		return fmt.Sprintf("Samples of run.bench say that %s served %s and %s of the same requests", who, exactPercent(c.A), exactPercent(c.B))
	case judge.ShareOfTrace:
		return fmt.Sprintf("By run.bench %s served %s of the requests, by its placements %s", who, exactPercent(c.A), exactPercent(c.B))
	case judge.SeriesCount:
		return fmt.Sprintf("By curves.bench %s refused %s, by its placements %s", who, text.Requests(int(c.A)), text.Count(int(c.B)))
	}
	return fmt.Sprintf("The placements of %s hold %s, those of %s %s", who, text.Requests(int(c.A)), text.Mark(c.Other), text.Count(int(c.B)))
}

func exactPercent(v float64) string { return text.Short3(v) + text.NBSP + "%" }

func wordAlone(_ list.Names, t *judge.Times, v judge.Verdict) (head, body string) {
	s := v.Present[0]
	if t.Clock.Shortest(v.Workload, v.Present) < judge.LeastTicks {
		return text.Mark(s) + " " + RefusedOf(v.Workload, s) + "; too short to time", tooShort(t, v)
	}
	return fmt.Sprintf("%s takes %s per operation", model(t, s), opTime(v.Workload, s)), text.UpperFirst(RefusedOf(v.Workload, s)) + "."
}

func wordUnclear(_ list.Names, _ *judge.Times, v judge.Verdict) (head, body string) {
	var who []string
	for _, s := range v.Present {
		if math.IsNaN(v.Workload.Served(s)) {
			who = append(who, text.Mark(s))
		}
	}
	return "how much " + text.List(who) + " served is not known", "Neither a share of requests served nor placements are in the files, so nothing is compared."
}

func wordNothing(_ list.Names, _ *judge.Times, v judge.Verdict) (head, body string) {
	return noStrategy(len(v.Present)) + " served anything",
		strings.TrimPrefix(refusedSizes(v.Workload, v.Present)+" There is no work to compare.", " ")
}

func wordUnequal(_ list.Names, _ *judge.Times, v judge.Verdict) (head, body string) {
	return whoRefuses(v.Workload, v.Present), unequalBody(v)
}

// wordSameWork says what carries over to a driver, then what the times are.
func wordSameWork(names list.Names, t *judge.Times, v judge.Verdict) (head, body string) {
	found, details := timesOf(t, v)
	head = carried(v)
	parts := []string{details}
	if v.Then() == judge.NoReason {
		head += "; " + found
	} else {
		parts = []string{text.UpperFirst(found) + ".", details}
	}
	if less := lessWorkOf(v); len(less) > 0 {
		head = whoRefuses(v.Workload, less) + "; " + head
		parts = append([]string{refusedSizes(v.Workload, less), compareNone(less)}, parts...)
	}
	parts = append(parts, others(names, t, v), carriedDetails(v), sameRefusals(names, v.Workload, v.Same))
	return head, strings.Join(text.NonEmpty(parts...), " ")
}

// lessWorkOf are the strategies that did less work than those compared.
func lessWorkOf(v judge.Verdict) []int {
	var out []int
	for _, s := range v.Present {
		if !slices.Contains(v.Same, s) {
			out = append(out, s)
		}
	}
	return out
}

// compareNone says that strategies did less work.
func compareNone(less []int) string {
	if len(less) == 1 {
		return text.Mark(less[0]) + " did less work: neither its time nor its counts are compared."
	}
	return text.List(text.Marks(less)) + " did less work: neither their times nor their counts are compared."
}

// carried is the finding about what the strategies leave in memory.
func carried(v judge.Verdict) string {
	picks := steps(v) + text.List(text.Marks(v.Picks))
	among := slices.Concat(v.Picks, v.Over)
	slices.Sort(among)
	have, leave, need := "has", "leaves", "needs"
	if len(v.Picks) > 1 {
		have, leave, need = "have", "leave", "need"
	}
	switch v.Then() {
	case judge.PageTables:
		p := v.Widest()
		return fmt.Sprintf("%s %s fewer page-table entries (a table under %s: %s)", picks, need, Driver(p.Policy), eachOf(among, p.Entries, ""))
	case judge.Entries:
		return fmt.Sprintf("%s %s fewer sg entries per table (%s)", picks, have, eachOf(among, v.Carried.Entries, ""))
	case judge.Broken:
		return fmt.Sprintf("%s %s less free memory broken (%s)", picks, leave, eachOf(among, v.Carried.Broken, text.NBSP+"%"))
	}
	between := ""
	if len(v.Same) < len(v.Present) {
		between = " between " + text.List(text.Marks(v.Same))
	}
	return sameCarried(v.Carried.Known, v.Carried.Equal) + between
}

// sameCarried is for strategies between which nothing decides that carries over.
func sameCarried(known, equal bool) string {
	switch {
	case !known:
		return "beyond refusals nothing that carries over to a driver was measured"
	case equal:
		return "nothing that carries over to a driver differs"
	}
	return "what carries over to a driver hardly differs"
}

// steps are what narrowed strategies down before the step that decided.
func steps(v judge.Verdict) string {
	var few []string
	for _, r := range v.Steps[:len(v.Steps)-min(1, len(v.Steps))] {
		switch r {
		case judge.PageTables:
			few = append(few, "page-table")
		case judge.Entries:
			few = append(few, "sg")
		}
	}
	if len(few) == 0 {
		return ""
	}
	return "of those with the fewest " + text.List(few) + " entries "
}

// carriedDetails are the values that the finding does not give, of those that differ.
func carriedDetails(v judge.Verdict) string {
	var parts []string
	for _, m := range []struct {
		reason     judge.Reason
		name, unit string
		values     []float64
	}{
		{judge.Entries, "sg entries per table", "", v.Carried.Entries},
		{judge.Broken, "broken free memory", text.NBSP + "%", v.Carried.Broken},
	} {
		differs := false
		for _, s := range v.Same {
			differs = differs || m.values[s] != m.values[v.Base()] && !math.IsNaN(m.values[s])
		}
		if differs && m.reason != v.Then() {
			parts = append(parts, m.name+" "+eachOf(v.Same, m.values, m.unit))
		}
	}
	if len(parts) == 0 {
		return ""
	}
	return "Also: " + strings.Join(parts, "; ") + "."
}

// eachOf is "buddy 2.8, rangemgr 1".
func eachOf(of []int, values []float64, unit string) string {
	shown := text.Apart(values)
	var parts []string
	for _, s := range of {
		parts = append(parts, text.Mark(s)+" "+shown[s]+unit)
	}
	return strings.Join(parts, ", ")
}

// model is what the times of a strategy are times of.
func model(t *judge.Times, s int) string {
	if s < len(t.Libraries) && t.Libraries[s] {
		return "the library " + text.Mark(s)
	}
	return "the Go model of " + text.Mark(s)
}

// timesOf is what was found of the times, and the sentences behind it.
func timesOf(t *judge.Times, v judge.Verdict) (found, details string) {
	switch v.Kind {
	case judge.Short:
		return "too short to time", tooShort(t, v)
	case judge.Few:
		return "too few samples to compare times", fmt.Sprintf("%s per side cannot detect a difference among %s; %s or more can.",
			text.Plural(float64(judge.Fewest(v.Workload, v.Same)), "sample", "samples"), text.Plural(float64(t.Tests), "comparison", "comparisons"), text.Count(judge.SamplesFor(t.Tests)))
	case judge.Noisy:
		if !t.Self.Failed {
			return "noise unknown, so times are not compared", text.UpperFirst(noLanes(t.Self)) + "."
		}
		return "times too noisy to compare", "A strategy differs from itself by up to " + difference(t.Self.Largest) + " in this run."
	case judge.Tie:
		return tieOf(t, v)
	}
	return winOf(t, v)
}

// tooShort says why a workload cannot be timed.
func tooShort(t *judge.Times, v judge.Verdict) string {
	took := t.Clock.Shortest(v.Workload, v.Present) * t.Clock.Tick
	return fmt.Sprintf("A replay takes %s; one of less than %s, %s ticks of the clock, is not compared.",
		text.Duration(took), text.Duration(judge.LeastTicks*t.Clock.Tick), text.Count(judge.LeastTicks))
}

// difference is a relative difference in either direction: half the time is as far
// off as double.
func difference(d float64) string {
	if d >= 1 {
		return "a factor of " + text.Short3(math.Round(100*(1+d))/100)
	}
	return text.Percent(100 * d)
}

func tieOf(t *judge.Times, v judge.Verdict) (found, details string) {
	a, b := v.Tied[0], v.Tied[1]
	seen := "this run could detect none"
	if d := t.Unseen(v); !math.IsInf(d, 0) {
		seen = "the smallest this run could detect is " + text.Percent(100*d)
	}
	who := ""
	if len(v.Same) > 2 {
		who = " between " + text.List(text.Marks(v.Tied))
	}
	return "no difference in time found" + who + " (" + seen + ")", text.UpperFirst(againstOf(v.Workload, b, a)) + " per operation."
}

// winOf is "the Go model of B takes 58 % less time", in percent of the base, and its
// interval.
func winOf(t *judge.Times, v judge.Verdict) (found, details string) {
	base, other := timed(v)
	p, _ := t.Pair(v.Workload, base, other)
	details = text.UpperFirst(againstOf(v.Workload, other, base)) + " per operation, 95" + text.NBSP + "% interval " + boundsText(p.Lo, p.Hi) + "."
	// A rank test can call what a spread estimate would not have promised to see;
	// then the promise is left out.
	if d := t.Detects(v.Workload, base, other); d < math.Abs(p.Delta) {
		details += " The smallest difference this run could detect is " + text.Percent(100*d) + "."
	}
	return model(t, other) + " takes " + text.Amount(p.Delta), details
}

// timed are the two strategies whose times a verdict gives: the base, and the one
// that takes least or is next to the base.
func timed(v judge.Verdict) (base, other int) {
	switch {
	case v.Kind == judge.Tie:
		return v.Tied[0], v.Tied[1]
	case v.Best == v.Base():
		return v.Base(), v.Next
	}
	return v.Base(), v.Best
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

// others accounts for the strategies that the times do not name.
func others(names list.Names, t *judge.Times, v judge.Verdict) string {
	var parts []string
	a, b := -1, -1
	if v.Kind == judge.Tie || v.Kind == judge.Win {
		a, b = timed(v)
	}
	for s := range names {
		switch {
		case s == a || s == b:
		case !slices.Contains(v.Present, s):
			parts = append(parts, text.Mark(s)+" was not measured.")
		case !slices.Contains(v.Same, s):
		case a >= 0:
			if p, ok := t.Pair(v.Workload, a, s); ok {
				parts = append(parts, text.Mark(s)+": "+text.Amount(p.Delta)+".")
			}
		}
	}
	return strings.Join(parts, " ")
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

// unequalBody says what was refused, and who is compared with nobody.
func unequalBody(v judge.Verdict) string {
	parts := text.NonEmpty(refusedSizes(v.Workload, v.Present))
	if len(v.Same) == 0 {
		who := "They"
		if len(v.Present) > 2 {
			who = "Those that serve most"
		}
		return strings.Join(append(parts, who+" refuse different requests, so nothing else is compared."), " ")
	}
	return strings.Join(append(parts, compareNone(lessWorkOf(v))), " ")
}

// PerMille is refused requests per 1,000.
func PerMille(w *rundir.Workload, s int) float64 { return 10 * (100 - w.Served(s)) }
