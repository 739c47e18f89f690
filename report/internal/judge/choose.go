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

// Choose takes one verdict of contradictory files, one of unequal work and one that
// something else decides that carries over, and fills up with the kinds that tell
// most.
func Choose(ranked []Verdict, places int) []Verdict {
	var chosen []Verdict
	take := func(most int, wanted func(Verdict) bool) {
		for _, v := range ranked {
			used := slices.ContainsFunc(chosen, func(c Verdict) bool { return c.Workload == v.Workload })
			if wanted(v) && most > 0 && !used {
				chosen = append(chosen, v)
				most--
			}
		}
	}
	kind := func(k Kind) func(Verdict) bool { return func(v Verdict) bool { return v.Kind == k } }
	take(1, kind(Contradicted))
	take(1, func(v Verdict) bool { return v.Kind == Unequal || v.Reason == Refusals })
	take(1, func(v Verdict) bool { return len(v.Steps) > 0 })
	for _, k := range []Kind{Tie, Win, Unequal, Contradicted, Unclear, Untimed, Short, Few, Noisy, Nothing, Alone, Missing} {
		take(places-len(chosen), kind(k))
	}
	return chosen[:min(places, len(chosen))]
}
