package report

import (
	"math"
	"slices"
)

// contained says whose times hold a crossing for each call, of the strategies that
// has chooses, and what that does to the finding. It is empty when none does.
func contained(names Names, crossings Crossings, has func(strategy int) bool, effect string) prose {
	var parts []string
	for s, name := range names {
		if !crossings.crosses(names[s]) || !has(s) {
			continue
		}
		text, _ := timeText(crossings[name].time)
		if len(parts) == 0 {
			parts = append(parts, "Times of "+mark(s)+" contain a crossing of "+text+" for each call")
		} else {
			parts = append(parts, "those of "+mark(s)+" one of "+text)
		}
	}
	if len(parts) == 0 {
		return ""
	}
	return prose(list(parts) + ", " + effect + ".")
}

// crossingSentence says what calling into a C library costs apart from the
// library's own work, and how much of it each operation carries. It is empty
// when no strategy is one.
func crossingSentence(names Names, crossings Crossings) string {
	var parts []string
	most, batch := 0.0, math.Inf(1)
	for _, name := range names {
		if c := crossings[name]; c != nil {
			text, _ := timeText(c.time)
			parts = append(parts, text+" for "+name)
			most, batch = max(most, median(slices.Clone(c.time))), min(batch, c.batch)
		}
	}
	if len(parts) == 0 {
		return ""
	}
	each := "each operation"
	if len(parts) > 1 {
		each += " at most"
	}
	return "one crossing takes " + list(parts) + "; a replay crosses once in " + exact(batch) + " operations, which adds " + duration(most/batch) + " to " + each
}
