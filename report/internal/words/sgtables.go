package words

import (
	"fmt"

	"github.com/vramlab/vramlab/bench/schema"
	"github.com/vramlab/vramlab/report/internal/judge"
	"github.com/vramlab/vramlab/report/internal/list"
	"github.com/vramlab/vramlab/report/internal/rundir"
	"github.com/vramlab/vramlab/report/internal/text"
)

// SgHead compares the mean number of entries over the workloads on which all
// strategies did the same work. It is empty when there
// is no such workload.
func SgHead(names list.Names, workloads []*rundir.Workload, builder string) text.Prose {
	entries, same := judge.MeanEntries(workloads, len(names), builder)
	if len(same) == 0 {
		return ""
	}
	best, most := 0, 0
	for s := range names {
		if entries[s] < entries[best] {
			best = s
		}
		if entries[s] > entries[most] {
			most = s
		}
	}
	of := "sg tables (builder " + builder + ")"
	if len(same) < len(workloads) {
		of += " on the " + text.Plural(float64(len(same)), "workload", "workloads") + " with the same work"
	}
	if entries[best] == entries[most] {
		with := ""
		if len(names) > 1 {
			with = " with all strategies"
		}
		return text.Prose(of + ": " + text.Plural(entries[best], "entry", "entries") + " on average" + with + ".")
	}
	return text.Prose(of + ": " + eachOf(text.Indices(len(names)), entries, "") + " entries on average.")
}

// SgBody is what the sweep says about fragmentation, whose tables another builder
// may have built.
func SgBody(f judge.HolesFinding, builder, swept string) text.Prose {
	phrase := "Fragmentation adds nothing until holes are smaller than the request"
	if swept != builder {
		phrase = "Builder " + swept + ": fragmentation adds nothing until holes are smaller than the request"
	}
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

// WalksHeading says where finding a page in a table takes most steps: on w, the workload
// with the longest walks under a policy.
func WalksHeading(w *rundir.Workload, strategies int, policy string) text.Prose {
	most, at := rundir.WalkCell{}, 0
	for s := range strategies {
		if c, ok := w.Walk(s, policy); ok && c.Steps > most.Steps {
			most, at = c, s
		}
	}
	if most.Steps == 0 {
		return "Every page is in the first segment of its table"
	}
	phrase := fmt.Sprintf("%s: a walk to a page of %s passes %s", text.Clean(w.Title), text.Mark(at), text.Plural(most.Steps, "segment", "segments"))
	if most.Compared > 0 {
		phrase += ", an index compares " + text.Short3(most.Compared)
	}
	return text.Prose(phrase)
}

// LookupTimes is a sentence about the times of finding a byte in the largest made-up object
// that was looked into both ways; empty if there is none.
func LookupTimes(lookups rundir.Lookups) string {
	var largest rundir.LookupKey
	for k, c := range lookups {
		if by := lookups[rundir.LookupKey{Layout: k.Layout, Way: schema.LookupIndex, Size: k.Size}]; k.Way == schema.LookupLinear && k.Layout == schema.LayoutPieces &&
			k.Size > largest.Size && len(c.Time) > 0 && by != nil && len(by.Time) > 0 {
			largest = k
		}
	}
	if largest.Size == 0 {
		return ""
	}
	way := func(way string) string {
		c := lookups[rundir.LookupKey{Layout: largest.Layout, Way: way, Size: largest.Size}]
		took, _ := TimeText(c.Time)
		return took + " for " + text.Plural(c.Steps, "step", "steps")
	}
	return fmt.Sprintf(" An object of %s in pieces of 64"+text.NBSP+"KiB, in Go: %s in order, %s by an index.", text.Size(largest.Size), way(schema.LookupLinear), way(schema.LookupIndex))
}
