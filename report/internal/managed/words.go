package managed

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/vramlab/vramlab/report/internal/list"
	"github.com/vramlab/vramlab/report/internal/text"
)

// percent is a share of the bytes asked for.
func percent(v float64) string {
	if v == 0 {
		return "0"
	}
	return text.Short3(100*v) + text.NBSP + "%"
}

// told is the pressure that the heading speaks of: the largest region that is no more than
// the peak, in which the least is evicted for capacity, or the smallest there is.
func told(pressures []int) int {
	at := pressures[0]
	for _, p := range pressures {
		if p <= 100 {
			at = p
		}
	}
	return at
}

// mostNamed is the number of strategies that the heading names: of more those with the
// least and the most.
const mostNamed = 4

// heading compares the strategies by the bytes that are evicted over all workloads on which
// they did the same work: each workload counts by its share.
func heading(names list.Names, cases []evictions, pressures []int) text.Prose {
	p, n, fits := told(pressures), 0, true
	sum, worst, where := make([]float64, len(names)), make([]float64, len(names)), make([]string, len(names))
	for _, c := range cases {
		if c.pressure != p || !c.all() {
			continue
		}
		n++
		for s, v := range c.evicted {
			fits = fits && c.spared[s] == v
			if sum[s] += v; v > worst[s] || where[s] == "" {
				worst[s], where[s] = v, c.workload.Title
			}
		}
	}
	region := fmt.Sprintf("in a region of %d%s%% of the peak", p, text.NBSP)
	if p == 100 && fits { // a visible part by the rules, a limit or bad pages may be too small
		region = "in a region into which all would fit"
	}
	if n == 0 {
		return text.Prose("What a memory manager evicts " + region)
	}
	var parts []string
	for s := range names {
		part := fmt.Sprintf("%s %s", text.Mark(s), percent(sum[s]/float64(n)))
		if n > 1 && worst[s] > 0 && len(names) == 2 {
			part += fmt.Sprintf(" (%s on %s)", percent(worst[s]), text.Clean(where[s]))
		}
		parts = append(parts, part)
	}
	if len(names) > mostNamed {
		least, most := slices.Index(sum, slices.Min(sum)), slices.Index(sum, slices.Max(sum))
		parts = []string{"from " + parts[least] + " to " + parts[most]}
	}
	what := "bytes evicted of those allocated " + region
	if n > 1 {
		what += fmt.Sprintf(", mean of %s", text.Plural(float64(n), "workload", "workloads"))
	} else {
		what += ", on " + text.Clean(where[0])
	}
	return text.Prose(text.UpperFirst(what) + ": " + strings.Join(parts, ", "))
}

// how is how to read the section: what is compared, by what placements if the run states them.
func how(pressures []int, placements string) string {
	var regions []string
	for _, p := range pressures {
		regions = append(regions, text.Percent(float64(p)))
	}
	if placements != "" {
		placements = " Placements: " + placements + "."
	}
	return "Compared is the strategy alone, swapped under one memory manager as TTM's: the same objects, uses and rules, in a region of " + text.List(regions) +
		" of the bytes live at the peak. What finds no room evicts the least recently used; what was evicted comes back when it is used. " +
		"Full colour: evicted though all that was there and the request would have fitted, better placed. Pale: for capacity, which no placement spares." + placements
}

// note is what limits it, with those that refuse outright.
func note(names list.Names, cases []evictions) string {
	const most = 3
	var refusing []string
	unequal := false
	for _, c := range cases {
		for s, v := range c.evicted {
			unequal = unequal || !math.IsNaN(v) && !slices.Contains(c.same, s)
		}
		for s, n := range c.refused {
			if n > 0 && !slices.Contains(c.same, s) {
				refusing = append(refusing, fmt.Sprintf("%s %s on %s at %s", names[s], text.Requests(int(math.Min(n, math.MaxInt32))), text.Clean(c.workload.Title), text.Percent(float64(c.pressure))))
			}
		}
	}
	said := "Counts are exact, in percent of the bytes allocated; moves take no time. Uses are drawn by a seed, young objects more often. In a default run it is the beginning of each workload (run -manager ttm: all). Lock: how long the manager held it for an attempt, a free, a step of a walk; times of the models."
	if unequal {
		said += " In brackets, and compared in nothing: fewer requests got memory in the region."
	}
	if len(refusing) > 0 {
		more := ""
		if len(refusing) > most {
			more = fmt.Sprintf(" and %d more", len(refusing)-most)
			refusing = refusing[:most]
		}
		said += " Refused outright: " + strings.Join(refusing, "; ") + more + "."
	}
	return said
}
