package words

import (
	"math"
	"slices"

	"github.com/vramlab/vramlab/report/internal/list"
	"github.com/vramlab/vramlab/report/internal/rundir"
	"github.com/vramlab/vramlab/report/internal/stat"
	"github.com/vramlab/vramlab/report/internal/text"
)

// contained says whose times hold a crossing for each call, of the strategies that
// has chooses, and what that does to the finding. It is empty when none does.
func contained(names list.Names, crossings rundir.Crossings, has func(strategy int) bool, effect string) text.Prose {
	var parts []string
	for s, name := range names {
		if !crossings.Crosses(names[s]) || !has(s) {
			continue
		}
		phrase, _ := TimeText(crossings[name].Time)
		if len(parts) == 0 {
			parts = append(parts, "Times of "+text.Mark(s)+" include a crossing of "+phrase+" per call")
		} else {
			parts = append(parts, "those of "+text.Mark(s)+" one of "+phrase)
		}
	}
	if len(parts) == 0 {
		return ""
	}
	return text.Prose(text.List(parts) + ", " + effect + ".")
}

// CrossingSentence says what calling into a C library costs apart from the
// library's own work, and how much of it each operation carries. It is empty
// when no strategy is one.
func CrossingSentence(names list.Names, crossings rundir.Crossings) string {
	var parts []string
	most, batch := 0.0, math.Inf(1)
	for _, name := range names {
		if c := crossings[name]; c != nil {
			phrase, _ := TimeText(c.Time)
			parts = append(parts, phrase+" for "+name)
			most, batch = max(most, stat.Median(slices.Clone(c.Time))), min(batch, c.Batch)
		}
	}
	if len(parts) == 0 {
		return ""
	}
	each := "each operation"
	if len(parts) > 1 {
		each += " at most"
	}
	return "one crossing takes " + text.List(parts) + "; a replay crosses once in " + text.Exact(batch) + " operations, which adds " + text.Duration(most/batch) + " to " + each
}
