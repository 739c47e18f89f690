package ageing

import (
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/vramlab/vramlab/internal/survival"
	"github.com/vramlab/vramlab/workloads/age"
	"github.com/vramlab/vramlab/workloads/census"
)

// Print prints the headlines, whether curves are steady, the state at the end, and what forks
// answered.
func (p *Plan) Print(w io.Writer, results []Result) {
	groups := p.groups(results)
	if p.Workload == nil {
		fmt.Fprintf(w, "%s kept full by small objects that last among larger ones that pass.\n", census.Size(results[0].Load.Region.Managed()))
	} else {
		fmt.Fprintf(w, "%s, in regions of %s that its peak fills.\n", p.Workload.Title, regions(p, results))
	}
	seeds := fmt.Sprintf("Seeds %d to %d", p.First, p.First+uint64(p.Seeds-1))
	if p.Seeds == 1 {
		seeds = fmt.Sprintf("Seed %d", p.First)
	}
	fmt.Fprintf(w, "%s; up to %s operations%s.\n", seeds, commas(p.Ops), behind(results[0].Load))
	headlines(w, p, groups)
	states(w, p, groups)
	p.forks(w, results)
}

// behind says from where operations count.
func behind(l age.Load) string {
	if l.Level > 0 {
		return " count, from the one that filled the region on"
	}
	return ", all of which count"
}

// regions are the sizes for the fill levels.
func regions(p *Plan, results []Result) string {
	var sizes []string
	for i := range p.Fills {
		sizes = append(sizes, census.Size(results[i*p.Seeds].Load.Region.Managed()))
	}
	return strings.Join(sizes, ", ")
}

// groups are the seeds of each strategy and fill level.
func (p *Plan) groups(results []Result) (out [][]Result) {
	return slices.Collect(slices.Chunk(results, p.Seeds))
}

// headlines prints the table of medians.
func headlines(w io.Writer, p *Plan, groups [][]Result) {
	fmt.Fprintf(w, "\noperations until a contiguous, aligned 2 MiB is first refused: median, and ")
	confidence := median(groups[0]).Confidence
	if p.Seeds == 1 {
		fmt.Fprintf(w, "no interval of one seed\n\n")
	} else {
		fmt.Fprintf(w, "its interval (%.1f %%%s)\n\n", math.Floor(1000*confidence)/10, few(confidence))
	}
	t := tabwriter.NewWriter(w, 0, 0, 3, ' ', 0)
	fmt.Fprint(t, "strategy")
	for _, fill := range p.Fills {
		fmt.Fprintf(t, "\t%d %%", fill)
	}
	atMost := false
	for i, g := range groups {
		if i%len(p.Fills) == 0 {
			fmt.Fprintf(t, "\n%s", g[0].Strategy.Name)
		}
		fmt.Fprintf(t, "\t%s", headline(median(g)))
		if slices.ContainsFunc(g, func(r Result) bool { return r.AtMost }) {
			fmt.Fprint(t, "*")
			atMost = true
		}
	}
	fmt.Fprintln(t)
	t.Flush()
	if atMost {
		fmt.Fprintln(w, "* at most: a fork refused it while an aligned 2 MiB was free, and may have done so before")
	}
}

// few says that the seeds are too few.
func few(confidence float64) string {
	if confidence >= survival.Confidence {
		return ""
	}
	return ": six seeds are the fewest for 95 %"
}

// median is that of the seeds of a group.
func median(g []Result) survival.Median {
	var times []survival.Time
	for _, r := range g {
		times = append(times, r.Time())
	}
	return survival.Of(times)
}

// headline is "24,956 (14,958 to 27,785)".
func headline(m survival.Median) string {
	if m.Runs == 1 || m.Lo == m.Hi {
		return longer(m.Mid)
	}
	return fmt.Sprintf("%s (%s to %s)", longer(m.Mid), longer(m.Lo), longer(m.Hi))
}

// longer is a time, with ">" if it is longer.
func longer(t survival.Time) string {
	if t.Censored {
		return ">" + commas(t.N)
	}
	return commas(t.N)
}

func commas(n int) string { return census.Commas(uint64(n)) }

// states prints when the curves were steady, and what the ends answer.
func states(w io.Writer, p *Plan, groups [][]Result) {
	fmt.Fprintf(w, "\nsteady: unusable free memory (64 KiB) differs by less than 5 points from one quarter of the run to the next\n")
	fmt.Fprintf(w, "the rest: at the end, medians of the seeds; returned are pages of 2 MiB, at best\n\n")
	t := tabwriter.NewWriter(w, 0, 0, 3, ' ', 0)
	fmt.Fprintf(t, "strategy\tfill\tsteady (confidence)\tlargest request\tfree 2 MiB\tby 1 free\tby %d frees\n", age.SomeFrees)
	for i, g := range groups {
		who := ""
		if i%len(p.Fills) == 0 {
			who = g[0].Strategy.Name
		}
		fmt.Fprintf(t, "%s\t%d %%\t%s\t%s\t%d\t%d\t%s\n", who, g[0].Load.Fill, steady(g),
			census.Size(middle(g, func(r Result) uint64 { return r.End.Largest })),
			middle(g, func(r Result) int { return r.End.Pages }),
			middle(g, func(r Result) int { return r.End.One.Found }),
			between(middle(g, func(r Result) int { return r.End.Some.Found }), middle(g, func(r Result) int { return r.End.Some.Most })))
	}
	t.Flush()
}

// middle is the lower median of a number of the results.
func middle[T interface{ ~int | ~uint64 }](g []Result, of func(Result) T) T {
	var all []T
	for _, r := range g {
		all = append(all, of(r))
	}
	slices.Sort(all)
	return all[(len(all)-1)/2]
}

// between is what lies between what was found and what no choice exceeds.
func between(found, most int) string {
	if found == most {
		return fmt.Sprint(found)
	}
	return fmt.Sprintf("%d to %d", found, most)
}

// steady says which seeds came to rest, when, and how sure that is.
func steady(g []Result) string {
	var when []int
	least, longest := 1.0, 0
	for _, r := range g {
		longest = max(longest, r.Ops)
		if r.Steady.Settled() {
			when = append(when, r.Steady.Op)
			least = min(least, r.Steady.Confidence)
		}
	}
	if len(when) == 0 {
		return "not after " + commas(longest)
	}
	slices.Sort(when)
	return fmt.Sprintf("%d of %d, from %s on (%.1f %%)", len(when), len(g), commas(when[0]), math.Floor(1000*least)/10)
}

// forks prints what forks answered.
func (p *Plan) forks(w io.Writer, results []Result) {
	if len(p.At) == 0 {
		return
	}
	fmt.Fprintf(w, "\nforks of seed %d, asked after so many operations\n\n", p.First)
	t := tabwriter.NewWriter(w, 0, 0, 3, ' ', 0)
	fmt.Fprintf(t, "strategy\tfill\tafter\tfree\tlargest request\t2 MiB granted\tfree 2 MiB\tby 1 free\tby %d frees\n", age.SomeFrees)
	for _, r := range results {
		for _, a := range r.At {
			granted := map[bool]string{true: "yes", false: "no"}[a.LargePage]
			fmt.Fprintf(t, "%s\t%d %%\t%s\t%s\t%s\t%s\t%d\t%d\t%s\n", r.Strategy.Name, r.Load.Fill, commas(a.Op), census.Size(a.Free),
				census.Size(a.Largest), granted, a.Pages, a.One.Found, between(a.Some.Found, a.Some.Most))
		}
		if r.Load.Seed == p.First && len(r.At) < len(p.At) {
			fmt.Fprintf(t, "%s\t%d %%\t%s\tthe end of the run\t\t\t\t\t\n", r.Strategy.Name, r.Load.Fill, commas(r.Ops))
		}
	}
	t.Flush()
}
