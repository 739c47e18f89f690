package words

import (
	"fmt"

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
