package words

import (
	"fmt"
	"math"
	"strings"

	"github.com/vramlab/vramlab/report/internal/judge"
	"github.com/vramlab/vramlab/report/internal/list"
	"github.com/vramlab/vramlab/report/internal/rundir"
	"github.com/vramlab/vramlab/report/internal/text"
)

// HolesHeading states what the sweep found.
func HolesHeading(f judge.HolesFinding) text.Prose {
	var parts []string
	if len(f.Scatter) > 0 && f.Growth > 1 {
		verb := "pays"
		if len(f.Scatter) > 1 {
			verb = "pay"
		}
		by := fmt.Sprintf("%s up to %s for %s", verb, text.Duration(f.Costliest), text.Plural(f.Entries, "entry", "entries"))
		if f.Growth > 1.7 && f.Growth < 2.3 {
			by = verb + " double for each halving"
		}
		parts = append(parts, text.List(text.Marks(f.Scatter))+" "+by)
	}
	if len(f.Refuse) > 0 {
		verb := "refuses"
		if len(f.Refuse) > 1 {
			verb = "refuse"
		}
		parts = append(parts, text.List(text.Marks(f.Refuse))+" "+verb)
	}
	then := strings.Join(parts, ", and ")
	switch {
	case f.FloorHi == 0:
		return "The sweep of this run has only refusals"
	case then == "":
		return text.Prose("An sg table costs " + TimeRange(f.FloorLo, f.FloorHi) + " while a hole can hold the request")
	case f.Flat:
		return text.Prose("An sg table costs the same until holes are smaller than the request; then " + then)
	}
	return text.Prose("An sg table costs " + TimeRange(f.FloorLo, f.FloorHi) + " until holes are smaller than the request; then " + then)
}

// HolesCaption says what limits the figure, whose tables the builder built.
func HolesCaption(names list.Names, workloads []*rundir.Workload, builder string) text.Prose {
	phrase := "Controlled sweep, tables by builder " + builder + ": memory is pinned so that every hole has one size."
	lo, hi := math.Inf(1), 0.0
	for s := range names {
		for _, e := range judge.Ends(workloads, s) {
			lo, hi = min(lo, e), max(hi, e)
		}
	}
	switch {
	case hi == 0:
		return text.Prose(phrase)
	case lo >= 32<<20:
		return text.Prose(phrase + fmt.Sprintf(" The workloads of this run all ended far left, with holes of %s and more: there the number of entries follows from the request (a buddy splits 11 pages into 8 + 2 + 1), not from fragmentation. Expect the cost on the right only when memory is nearly full.", text.Size(uint64(lo))))
	}
	return text.Prose(phrase + fmt.Sprintf(" The workloads of this run ended with holes of %s to %s (mean by bytes): the curve above a stroke is the cost of a table there.", text.Size(uint64(lo)), text.Size(uint64(hi))))
}
