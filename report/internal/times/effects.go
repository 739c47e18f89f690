package times

import (
	"github.com/vramlab/vramlab/report/internal/list"
	"github.com/vramlab/vramlab/report/internal/text"
	"github.com/vramlab/vramlab/report/internal/theme"
	"github.com/vramlab/vramlab/report/internal/words"
)

// makeEffects has a line for each strategy that is compared with the first of those that did
// the same work.
func makeEffects(names list.Names, rows []pairRow) tailTable {
	t := tailTable{Note: "The difference is that of the medians; its interval is that of the ratio of a sample to one of the first (Hodges and Lehmann), widened to hold both. " +
		"Pairs: in how many of all pairs of a sample and one of the first its time is less, or more, ties counted half " +
		"(probability of superiority, Vargha and Delaney's A: U of the rank test by the number of pairs). 50" + text.NBSP + "% is no difference. Unlike p it does not depend on the number of samples."}
	for _, of := range rows {
		if of.verdict.Workload == nil { // a strategy against itself
			continue
		}
		row := tailRow{Title: of.verdict.Workload.Title}
		for s, p := range of.pairs {
			if p == nil {
				continue
			}
			interval := text.None
			if p.Bounded() {
				interval = text.Signed(p.Lo) + " to " + text.Signed(p.Hi)
			}
			difference := text.Signed(p.Delta)
			if of.base != 0 {
				difference += " to " + names[of.base]
			}
			row.Lines = append(row.Lines, tailLine{names[s], theme.Class(s), []string{difference, interval, words.Effect(p)}})
		}
		if row.Lines != nil {
			t.Rows = append(t.Rows, row)
		}
	}
	return t
}
