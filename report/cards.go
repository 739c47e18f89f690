package report

import (
	"fmt"
	"html/template"
	"math"
	"slices"
)

// cards are the three verdicts of the first screen: the workload where most
// was refused, the largest win, what sg tables cost. What a run does not have
// is replaced by the next best.
func cards(names Names, workloads []*workload, times *Times, builders []string, sweep Sweep, all []Verdict) []card {
	sg, hasSG := sgCard(names, workloads, times.Self, builders, sweep)
	places := 3
	if hasSG {
		places = 2
	}
	var out []card
	for _, v := range choose(ranked(names, workloads, all), places) {
		head, body := Sentences(names, times, v)
		c := card{Head: markup(names, head), Body: markup(names, body)}
		if len(v.Picks) == 1 && len(names) > 1 {
			c.Class = class(v.Picks[0])
		}
		out = append(out, c)
	}
	if hasSG {
		out = append(out, sg)
	}
	return out
}

// ranked puts the workload that the figures show in front, then those with
// the largest differences.
func ranked(names Names, workloads []*workload, all []Verdict) []Verdict {
	out := slices.Clone(all)
	focus := focus(names, workloads)
	slices.SortStableFunc(out, func(a, b Verdict) int {
		switch {
		case a.Workload == b.Workload:
			return 0
		case a.Workload == focus || b.Workload != focus && a.Weight > b.Weight:
			return -1
		case b.Workload == focus || a.Weight < b.Weight:
			return 1
		}
		return 0
	})
	return out
}

// choose takes one verdict of unequal work and one win, and fills up with the
// kinds that tell most.
func choose(ranked []Verdict, places int) []Verdict {
	var chosen []Verdict
	take := func(k Kind, most int) {
		for _, v := range ranked {
			used := slices.ContainsFunc(chosen, func(c Verdict) bool { return c.Workload == v.Workload })
			if v.Kind == k && most > 0 && !used {
				chosen = append(chosen, v)
				most--
			}
		}
	}
	take(Unequal, 1)
	take(Win, 1)
	for _, k := range []Kind{Tie, Win, Unequal, Few, Noisy, Nothing, Alone, Missing} {
		take(k, places-len(chosen))
	}
	return chosen[:min(places, len(chosen))]
}

// sgCard is the verdict on sg tables: entries, what the difference costs, and
// what fragmentation adds.
func sgCard(names Names, workloads []*workload, self *SelfTest, builders []string, sweep Sweep) (card, bool) {
	if len(builders) == 0 {
		return card{}, false
	}
	c := card{Head: markup(names, sgHead(names, workloads, self, builders[0]))}
	if lines := sweepLines(names, sweep); len(lines) > 0 {
		c.Body = markup(names, sgBody(findSweep(lines)))
	}
	return c, c.Head != ""
}

// sgHead compares the mean number of entries over all workloads, and times of
// the workloads where it differs.
func sgHead(names Names, workloads []*workload, self *SelfTest, builder string) prose {
	entries := make([]float64, len(names))
	for s := range names {
		var all []float64
		for _, w := range workloads {
			if e := w.table(builder, unitSegs, s).center(); !math.IsNaN(e) {
				all = append(all, e)
			}
		}
		entries[s] = mean(all)
	}
	best, _ := lowest(names, func(s int) float64 { return entries[s] })
	if best < 0 {
		return ""
	}
	most := best
	for s := range names {
		if entries[s] > entries[most] {
			most = s
		}
	}
	if short3(entries[best]) == short3(entries[most]) {
		return prose("sg tables: " + plural(entries[best], "entry", "entries") + " on average with all strategies.")
	}
	head := fmt.Sprintf("sg tables: %s against %s.", plural(entries[best], "entry", "entries"), short3(entries[most]))
	return prose(head + sgPrice(workloads, self, builder, best, most))
}

// sgPrice is what more entries cost: the range over the workloads of what a
// table takes longer.
func sgPrice(workloads []*workload, self *SelfTest, builder string, best, most int) string {
	if self.Failed {
		return ""
	}
	lo, hi := math.Inf(1), math.Inf(-1)
	for _, w := range workloads {
		more := w.table(builder, unitTable, most).center() - w.table(builder, unitTable, best).center()
		if !math.IsNaN(more) {
			lo, hi = min(lo, more), max(hi, more)
		}
	}
	switch {
	case hi <= 0:
		return ""
	case lo <= 0:
		return fmt.Sprintf(" That costs %s up to %s a table.", mark(most), duration(hi))
	}
	return fmt.Sprintf(" That costs %s %s a table.", mark(most), timeRange(lo, hi))
}

// sgBody is what the sweep says about fragmentation.
func sgBody(f sweepFinding) prose {
	text := "Fragmentation adds nothing until holes are smaller than the request"
	switch {
	case f.growth > 1.7 && f.growth < 2.3:
		text += "; then cost doubles with each halving"
	case f.growth > 1:
		text += fmt.Sprintf("; then cost grows to %s for %s", duration(f.costliest), plural(f.entries, "entry", "entries"))
	}
	if len(f.refuse) > 0 {
		text += ", and " + list(marks(f.refuse))
		if len(f.refuse) == 1 {
			text += " refuses"
		} else {
			text += " refuse"
		}
	}
	return prose(text + ".")
}

// card is one of the three verdicts of the first screen.
type card struct {
	Class      string // of the strategy it speaks for, or none
	Head, Body template.HTML
}
