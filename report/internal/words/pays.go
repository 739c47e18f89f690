package words

import (
	"math"
	"strings"

	"github.com/vramlab/vramlab/report/internal/cost"
	"github.com/vramlab/vramlab/report/internal/judge"
	"github.com/vramlab/vramlab/report/internal/list"
	"github.com/vramlab/vramlab/report/internal/text"
)

// partNames are the parts of what a driver pays, as prose names them.
var partNames = map[int]string{
	cost.Allocator: "the allocator's work in a kernel",
	cost.Table:     "the time of a table",
	cost.PTE:       "page-table entries",
	cost.Copy:      "what was refused",
}

// partShort are the same as heads of columns, and partFrom says where each comes from.
var (
	partShort = map[int]string{cost.Allocator: "allocator", cost.Table: "sg table", cost.PTE: "entries", cost.Copy: "evictions"}
	partFrom  = map[int]string{
		cost.Allocator: "the allocator's work (a model of a kernel)",
		cost.Table:     "building the sg table (measured)",
		cost.PTE:       "page-table entries written (given price)",
		cost.Copy:      "evictions for what was refused (given rate)",
	}
)

// Paid is what a driver pays in total, and that it is more where a part is left out.
func Paid(b *cost.Bill, s int) string {
	shown := NS(b.Total(s).Mid)
	if len(b.Out) > 0 && shown != text.None {
		shown = "≥" + shown
	}
	return shown
}

// Bounds is between which a total may lie, "812–1,170"; empty where it is exact or unknown.
func Bounds(r cost.Range) string {
	if !r.Known() || NS(r.Lo) == NS(r.Hi) {
		return ""
	}
	return NS(r.Lo) + "–" + NS(r.Hi)
}

// PriceLabel is what a given price is of.
func PriceLabel(part int) string {
	switch part {
	case cost.PTE:
		return "a page-table entry"
	case cost.Copy:
		return "bytes moved"
	}
	return cost.Parts[part].Name
}

// PaysHeading says who costs a driver less in total, where that is known.
func PaysHeading(names list.Names, verdicts []judge.Verdict) text.Prose {
	cheapest, compared, ties := make([]int, len(names)), 0, 0
	for _, v := range verdicts {
		if len(v.Bill().Out) > 0 || len(v.Same) < 2 || v.NotAsked {
			continue
		}
		compared++
		best := judge.Cheapest(v.Bill(), v.Same)
		if len(best) == len(v.Same) {
			ties++
			continue
		}
		for _, s := range best {
			cheapest[s]++
		}
	}
	if len(names) == 1 {
		return text.Prose("What a driver pays for " + text.Mark(0))
	}
	if compared == 0 {
		return "What a driver pays in total is not known of every strategy"
	}
	of := text.Plural(float64(compared), "workload", "workloads") + " with equal work"
	var parts []string
	for s, n := range cheapest {
		switch {
		case n > 0 && len(parts) == 0:
			parts = append(parts, text.Mark(s)+" costs a driver least on "+text.Count(n))
		case n > 0:
			parts = append(parts, text.Mark(s)+" on "+text.Count(n))
		}
	}
	switch {
	case len(parts) == 0:
		return text.Prose("On " + of + " nobody costs a driver less in total, beyond the errors")
	case ties > 0:
		return text.Prose("Of " + of + ", " + text.List(parts) + "; " + text.Plural(float64(ties), "is a tie", "are ties"))
	}
	return text.Prose("Of " + of + ", " + text.List(parts))
}

// ParetoCaption says how to read cost against broken memory.
func ParetoCaption(points, of int) string {
	return "What a driver pays against broken free memory: low and left is better. A thin line joins the strategies on a workload; a large dot is one that no other on that workload beats in both. " +
		text.UpperFirst(workloads(points, of)) + " with a total that is known of two strategies that did the same work, at the prices of the report."
}

// PartHead is a part of what a driver pays as the head of a column.
func PartHead(part int) string { return partShort[part] }

// PartSource is a part with where it comes from.
func PartSource(part int) string { return partFrom[part] }

// leftOut are the parts of a bill that are not known of all.
func leftOut(b *cost.Bill) string {
	var parts []string
	for _, i := range b.Out {
		parts = append(parts, partNames[i])
	}
	which := ", which is not known of all"
	if len(parts) > 1 {
		which = ", which are not known of all"
	}
	return text.List(parts) + which
}

// LeftOutOf says which parts are left out on which workloads, the most frequent first.
func LeftOutOf(verdicts []judge.Verdict) string {
	titles := make([][]string, len(cost.Parts))
	for _, v := range verdicts {
		for _, i := range v.Bill().Out {
			titles[i] = append(titles[i], text.Clean(v.Workload.Title))
		}
	}
	var parts []string
	for i, on := range titles {
		switch {
		case len(on) == 0:
		case len(on) == len(verdicts):
			parts = append(parts, partNames[i]+" everywhere")
		default:
			parts = append(parts, partNames[i]+" on "+text.List(on))
		}
	}
	if len(parts) == 0 {
		return ""
	}
	return "Left out for all strategies, since it is not known of one: " + strings.Join(parts, "; ") + "."
}

// NS is nanoseconds without their unit: whole from 100 on, since no model is as good as more.
func NS(v float64) string {
	if v >= 100 && v < 1e15 {
		return text.Count(int(math.Round(v)))
	}
	return text.Short3(v)
}

// Prices are the prices of a run, each with where it comes from.
func Prices(p cost.Prices) string {
	var parts []string
	for i, part := range cost.Parts {
		if !part.Given() {
			continue
		}
		price := text.Short3(p[i]) + text.NBSP + part.Unit
		if p[i] != part.Default {
			price += " (changed; by default " + text.Short3(part.Default) + text.NBSP + part.Unit + ")"
		}
		parts = append(parts, part.Name+" "+price+": "+part.Doc)
	}
	return "Prices: " + strings.Join(parts, ". ") + "."
}

// Otherwise says where the page-table entries under another policy would change a pick; it
// is empty where none does.
func Otherwise(n int, verdicts []judge.Verdict) text.Prose {
	type change struct{ policies, picks string }
	var order []change
	titles := make(map[change][]string)
	for _, v := range verdicts {
		under := make(map[string][]string) // by picks
		var picked []string
		for _, o := range v.Otherwise {
			picks := strings.Join(text.Marks(o.Picks), " or ")
			if len(o.Picks) == n && n > 1 {
				picks = EitherOf(n)
			}
			picked = list.Add(picked, picks)
			under[picks] = append(under[picks], o.Policy)
		}
		for _, picks := range picked {
			c := change{text.List(drivers(under[picks])), picks}
			if titles[c] == nil {
				order = append(order, c)
			}
			titles[c] = append(titles[c], text.Clean(v.Workload.Title))
		}
	}
	var parts []string
	for _, c := range order {
		parts = append(parts, c.picks+" on "+text.List(titles[c])+", under "+c.policies)
	}
	if len(parts) == 0 {
		return ""
	}
	return text.Prose("What to take goes by entries under " + Driver(verdicts[0].Bill().Policy) + ". By others it would be " + strings.Join(parts, "; and ") + ".")
}

// TakeBrief is the rule for what to take in a line of a terminal, in the names of the columns
// that it is below, with how many picks would be others by entries under another policy.
func TakeBrief(verdicts []judge.Verdict) string {
	policy, n := "", 0
	for _, v := range verdicts {
		if policy == "" {
			policy = v.Bill().Policy
		}
		if len(v.Otherwise) > 0 {
			n++
		}
	}
	under := ""
	if policy != "" {
		under = " (" + Driver(policy)
		if n > 0 {
			under += "; others change " + text.Count(n) + " of " + text.Count(len(verdicts))
		}
		under += ")"
	}
	return strings.ReplaceAll("Take: refusals, then half the PTEs"+under+", then pays ns.", text.NBSP, " ")
}
