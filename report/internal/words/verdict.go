// Package words turns what package judge found into sentences: headings, verdicts,
// notes. Strategies stand in them as marks, so that one sentence serves the page and
// the terminal. It knows no HTML.
package words

import (
	"fmt"
	"math"
	"slices"
	"strings"

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
	judge.Untimed:      wordSameWork,
	judge.Short:        wordSameWork,
	judge.Few:          wordSameWork,
	judge.Noisy:        wordSameWork,
	judge.Tie:          wordSameWork,
	judge.Win:          wordSameWork,
}

// Verdict are the two parts of a verdict.
func Verdict(names list.Names, t *judge.Times, v judge.Verdict) (head, body text.Prose) {
	h, b := wordings[v.Kind](names, t, v)
	if v.Kind != judge.Missing && v.Kind != judge.Contradicted {
		b = strings.Join(text.NonEmpty(append([]string{b}, kernelSentences(v)...)...), " ")
	}
	return text.Prose(text.Clean(v.Workload.Title) + ": " + h + "."), text.Prose(b)
}

func wordMissing(list.Names, *judge.Times, judge.Verdict) (head, body string) {
	return "not measured for two strategies", "There is nothing to compare here."
}

// mostContradictions are named of a workload; one doctored line breaks several rules.
const mostContradictions = 4

func wordContradicted(_ list.Names, _ *judge.Times, v judge.Verdict) (head, body string) {
	var parts []string
	for _, c := range v.Contradictions[:min(mostContradictions, len(v.Contradictions))] {
		parts = append(parts, contradiction(c)+".")
	}
	if more := len(v.Contradictions) - mostContradictions; more > 0 {
		parts = append(parts, text.Plural(float64(more), "other is", "others are")+" left out here.")
	}
	return "the files of this run contradict each other", strings.Join(append(parts, "Nothing is judged from them."), " ")
}

func wordAlone(_ list.Names, t *judge.Times, v judge.Verdict) (head, body string) {
	head = text.Mark(v.Present[0]) + " " + RefusedOf(v.Workload, v.Present[0])
	switch {
	case len(v.Timed) == 0:
		return head, "It was not timed."
	case t.Clock.Shortest(v.Workload, v.Timed) < judge.LeastTicks:
		return head + "; too short to time", tooShort(t, v)
	}
	return head, text.UpperFirst(model(t, v.Present[0])) + " takes " + opTime(v.Workload, v.Present[0]) + perOperation(t) + "."
}

func wordUnclear(_ list.Names, _ *judge.Times, v judge.Verdict) (head, body string) {
	var who []string
	for _, s := range v.Present {
		if math.IsNaN(v.Workload.Served(s)) {
			who = append(who, text.Mark(s))
		}
	}
	if len(who) == 0 {
		return "which requests were refused is not known", "Those that serve most refuse as many, and their placements are not in the files, so nothing is compared."
	}
	return "how much " + text.List(who) + " served is not known", "Neither a share of requests served nor placements are in the files, so nothing is compared."
}

func wordNothing(_ list.Names, _ *judge.Times, v judge.Verdict) (head, body string) {
	return noStrategy(len(v.Present)) + " served anything",
		strings.TrimPrefix(refusedSizes(v.Workload, v.Present)+" There is no work to compare.", " ")
}

func wordUnequal(_ list.Names, _ *judge.Times, v judge.Verdict) (head, body string) {
	head, body = whoRefuses(v.Workload, v.Present), unequalBody(v)
	switch {
	case len(v.Untold) > 0 && !v.NotAsked:
		if invalid := undecided(v); len(v.Untold) < len(lessWorkOf(v)) {
			head += "; " + invalid
		} else {
			head = invalid
		}
	case v.NotAsked:
		body += " " + notAsked(v)
	}
	if v.Then() != judge.NoReason {
		head += "; " + carried(v)
	}
	return head, body
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
		parts = append([]string{refusedSizes(v.Workload, v.Present), notAsked(v), compareNone(v, less)}, parts...)
	}
	parts = append(parts, others(names, v), carriedDetails(v), text.Sentence(stronger(v)), sameRefusals(names, v.Workload, v.Same))
	return head, strings.Join(text.NonEmpty(parts...), " ")
}

// notAsked says that refusals have nothing to do with a driver, or nothing.
func notAsked(v judge.Verdict) string {
	if !v.NotAsked {
		return ""
	}
	return "No driver's policy makes such requests: under " + text.List(policies(v)) + " nothing is refused."
}

// policies are those that the workload was replayed under.
func policies(v judge.Verdict) []string {
	var out []string
	for _, p := range v.Carried.PageTables {
		out = append(out, Driver(p.Policy))
	}
	return out
}

// stronger says what of a reason that counts more than what was found is missing.
func stronger(v judge.Verdict) string {
	switch gaps := v.Carried.Gaps; {
	case len(v.Same) < 2 || !v.Carried.Known:
		return ""
	case len(gaps) > 0:
		return "page-table entries under " + text.List(drivers(gaps)) + " were not counted for all"
	case len(v.Carried.PageTables) > 0:
		return ""
	case v.Carried.Counted:
		return "page-table entries are not compared: under each policy somebody refuses requests"
	}
	return "page-table entries were not measured"
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

// compareNone says that strategies did less work. Under the policies they may have done
// the same.
func compareNone(v judge.Verdict, less []int) string {
	counts := "counts"
	if v.NotAsked {
		counts = "other counts"
	}
	if len(less) == 1 {
		return text.Mark(less[0]) + " did less work: neither its time nor its " + counts + " are compared."
	}
	return text.List(text.Marks(less)) + " did less work: neither their times nor their " + counts + " are compared."
}

// carried is the finding about what the strategies cost a driver.
func carried(v judge.Verdict) string {
	picks := steps(v) + text.List(text.Marks(v.Picks))
	among := slices.Concat(v.Picks, v.Over)
	slices.Sort(among)
	costs, need := "costs", "needs"
	if len(v.Picks) > 1 {
		costs, need = "cost", "need"
	}
	switch v.Then() {
	case judge.PageTables:
		return fmt.Sprintf("%s %s fewer page-table entries (a table under %s: %s)", picks, need, Driver(v.Bill().Policy), eachOf(among, v.Bill().Entries, ""))
	case judge.Pays:
		return fmt.Sprintf("%s %s a driver less (a request served, under %s: %s)", picks, costs, Driver(v.Bill().Policy), eachPays(v, among))
	}
	between := ""
	if len(v.Untold) == 0 && !v.NotAsked && len(v.Same) < len(v.Present) && len(v.Same) > 1 {
		between = "between " + text.List(text.Marks(v.Same)) + " "
	}
	if saysAlike(v) {
		return noGeneration
	}
	return between + undecided(v)
}

// undecided is for strategies between which nothing decides.
func undecided(v judge.Verdict) string {
	switch {
	case v.NotAsked:
		return "nothing decides: what is refused is invalid (EINVAL), and no driver's policy asks for it"
	case len(v.Untold) > 0:
		return "nothing decides: " + takesForInvalid(v)
	case !v.Carried.Known:
		return "beyond refusals nothing that carries over to a driver was measured"
	case v.Carried.Equal:
		return "nothing that carries over to a driver differs"
	case len(v.Bill().Out) > 0:
		return "nothing decides without " + leftOut(v.Bill())
	}
	return "what a driver pays does not differ by more than its errors"
}

// steps are what narrowed strategies down before the step that decided.
func steps(v judge.Verdict) string {
	if len(v.Steps) < 2 {
		return ""
	}
	return "of those with the fewest page-table entries "
}

// carriedDetails are the values that the finding does not give, of those that differ.
func carriedDetails(v judge.Verdict) string {
	var parts []string
	if len(v.Bill().Out) == 0 && v.Then() != judge.Pays && len(v.Same) > 1 && !v.NotAsked {
		parts = append(parts, "what a driver pays for a request served "+eachPays(v, v.Same))
	}
	for _, m := range []struct {
		name, unit string
		values     []float64
	}{
		{"sg entries per table", "", v.Carried.Entries},
		{"broken free memory (mean over the run)", text.NBSP + "%", v.Carried.Broken},
	} {
		differs := false
		for _, s := range v.Same {
			differs = differs || m.values[s] != m.values[v.Base()] && !math.IsNaN(m.values[s])
		}
		if differs {
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

// eachPays is "buddy 1,743 ns, rangemgr 486 ns": what a driver pays in total.
func eachPays(v judge.Verdict, of []int) string {
	var parts []string
	for _, s := range of {
		parts = append(parts, text.Mark(s)+" "+NS(v.Bill().Total(s).Mid)+text.NBSP+"ns")
	}
	return strings.Join(parts, ", ")
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

// others accounts for the strategies that were not measured.
func others(names list.Names, v judge.Verdict) string {
	var parts []string
	for s := range names {
		switch {
		case !slices.Contains(v.Present, s):
			parts = append(parts, text.Mark(s)+" was not measured.")
		case v.Kind != judge.Untimed && slices.Contains(v.Same, s) && !slices.Contains(v.Timed, s):
			parts = append(parts, text.Mark(s)+" was not timed.")
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
	return strings.Join(append(parts, compareNone(v, lessWorkOf(v))), " ")
}

// PerMille is refused requests per 1,000.
func PerMille(w *rundir.Workload, s int) float64 { return 10 * (100 - w.Served(s)) }
