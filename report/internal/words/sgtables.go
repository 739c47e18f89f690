package words

import (
	"fmt"
	"math"

	"github.com/vramlab/vramlab/bench/schema"
	"github.com/vramlab/vramlab/report/internal/judge"
	"github.com/vramlab/vramlab/report/internal/list"
	"github.com/vramlab/vramlab/report/internal/rundir"
	"github.com/vramlab/vramlab/report/internal/stat"
	"github.com/vramlab/vramlab/report/internal/text"
)

// SgHead compares the mean number of entries over all workloads, and times of
// the workloads where it differs.
func SgHead(names list.Names, workloads []*rundir.Workload, self *judge.SelfTest, builder string) text.Prose {
	entries := make([]float64, len(names))
	for s := range names {
		var all []float64
		for _, w := range workloads {
			if e := w.Table(builder, schema.SegsPerTable, s).Center(); !math.IsNaN(e) {
				all = append(all, e)
			}
		}
		entries[s] = stat.Mean(all)
	}
	best, _ := judge.Lowest(names, func(s int) float64 { return entries[s] })
	if best < 0 {
		return ""
	}
	most := best
	for s := range names {
		if entries[s] > entries[most] {
			most = s
		}
	}
	if text.Short3(entries[best]) == text.Short3(entries[most]) {
		return text.Prose("sg tables: " + text.Plural(entries[best], "entry", "entries") + " on average with all strategies.")
	}
	head := fmt.Sprintf("sg tables: %s against %s.", text.Plural(entries[best], "entry", "entries"), text.Short3(entries[most]))
	return text.Prose(head + sgPrice(workloads, self, builder, best, most))
}

// sgPrice is what more entries cost: the range over the workloads of what a
// table takes longer.
func sgPrice(workloads []*rundir.Workload, self *judge.SelfTest, builder string, best, most int) string {
	if self.Failed {
		return ""
	}
	lo, hi := math.Inf(1), math.Inf(-1)
	for _, w := range workloads {
		more := w.Table(builder, schema.NsPerTable, most).Center() - w.Table(builder, schema.NsPerTable, best).Center()
		if !math.IsNaN(more) {
			lo, hi = min(lo, more), max(hi, more)
		}
	}
	switch {
	case hi <= 0:
		return ""
	case lo <= 0:
		return fmt.Sprintf(" That costs %s up to %s per table.", text.Mark(most), text.Duration(hi))
	}
	return fmt.Sprintf(" That costs %s %s per table.", text.Mark(most), TimeRange(lo, hi))
}

// SgBody is what the sweep says about fragmentation.
func SgBody(f judge.SweepFinding) text.Prose {
	phrase := "Fragmentation adds nothing until holes are smaller than the request"
	switch {
	case f.Growth > 1.7 && f.Growth < 2.3:
		phrase += "; then cost doubles with each halving"
	case f.Growth > 1:
		phrase += fmt.Sprintf("; then cost grows to %s for %s", text.Duration(f.Costliest), text.Plural(f.Entries, "entry", "entries"))
	}
	if len(f.Refuse) > 0 {
		phrase += ", and " + text.List(text.Marks(f.Refuse))
		if len(f.Refuse) == 1 {
			phrase += " refuses"
		} else {
			phrase += " refuse"
		}
	}
	return text.Prose(phrase + ".")
}
