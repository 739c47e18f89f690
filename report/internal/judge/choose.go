package judge

import (
	"slices"

	"github.com/vramlab/vramlab/report/internal/list"
	"github.com/vramlab/vramlab/report/internal/rundir"
)

// Ranked puts the workload that the figures show in front, then those with
// the largest differences.
func Ranked(names list.Names, workloads []*rundir.Workload, all []Verdict) []Verdict {
	out := slices.Clone(all)
	focus := Focus(names, workloads)
	slices.SortStableFunc(out, func(a, b Verdict) int {
		switch {
		case a.Workload == b.Workload:
			return 0
		case a.Workload == focus || b.Workload != focus && a.Weight > b.Weight:
			return -1
		case b.Workload == focus || a.Weight < b.Weight:
			return 1
		}
		return 0
	})
	return out
}

// Choose takes one verdict of unequal work and one win, and fills up with the
// kinds that tell most.
func Choose(ranked []Verdict, places int) []Verdict {
	var chosen []Verdict
	take := func(k Kind, most int) {
		for _, v := range ranked {
			used := slices.ContainsFunc(chosen, func(c Verdict) bool { return c.Workload == v.Workload })
			if v.Kind == k && most > 0 && !used {
				chosen = append(chosen, v)
				most--
			}
		}
	}
	take(Unequal, 1)
	take(Win, 1)
	for _, k := range []Kind{Tie, Win, Unequal, Few, Noisy, Nothing, Alone, Missing} {
		take(k, places-len(chosen))
	}
	return chosen[:min(places, len(chosen))]
}
