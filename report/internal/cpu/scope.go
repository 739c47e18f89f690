package cpu

import (
	"slices"

	"github.com/vramlab/vramlab/bench/schema"
	"github.com/vramlab/vramlab/report/internal/judge"
	"github.com/vramlab/vramlab/report/internal/rundir"
	"github.com/vramlab/vramlab/report/internal/text"
)

// enoughSamples is the number of samples from which a profile is drawn: a tenth of 1,000 samples
// is known to a tenth of itself.
const enoughSamples = 1000

// scope is the workloads of which profiles are drawn.
type scope []*rundir.Workload

// samples is the number a profile has of them.
func (s scope) samples(r recorded) int {
	n := 0.0
	for _, w := range s {
		n += r.byWorkload[w.Name]
	}
	return int(n)
}

// opTime is the nanoseconds of an operation, 0 where that was not measured.
func opTime(w *rundir.Workload, s int) float64 {
	if t := 1e9 * w.OpTime(schema.AllocFree, s).Center(); t > 0 {
		return t
	}
	return 0
}

// tree is a profile of these workloads, in nanoseconds of an operation, of several the mean. A
// profile knows shares only: the time of an operation comes from the samples of run.bench.
// Each workload counts alike, however many samples it has.
func (s scope) tree(r recorded) *node {
	weight := make(map[string]float64)
	for _, w := range s {
		if n := r.byWorkload[w.Name]; n > 0 {
			weight[w.Name] = opTime(w, r.strategy) / n / float64(len(s))
		}
	}
	return callTree(r, weight)
}

// timedIn are the workloads with samples and times of all these profiles.
func timedIn(workloads []*rundir.Workload, of ...recorded) scope {
	var out scope
	for _, w := range workloads {
		lacks := func(r recorded) bool { return !(r.byWorkload[w.Name] > 0) || opTime(w, r.strategy) == 0 }
		if !slices.ContainsFunc(of, lacks) {
			out = append(out, w)
		}
	}
	return out
}

// enough reports whether all these profiles have enough samples of a scope.
func (s scope) enough(of ...recorded) bool {
	few := func(r recorded) bool { return s.samples(r) < enoughSamples }
	return len(s) > 0 && !slices.ContainsFunc(of, few)
}

// commonScope is the workload in focus, or all together where that has too few samples of
// one of the profiles: all or none, or they would not compare.
func commonScope(in judge.Run, focus *rundir.Workload, of []recorded) scope {
	if one := timedIn([]*rundir.Workload{focus}, of...); one.enough(of...) {
		return one
	}
	return timedIn(in.Workloads, of...)
}

// pairScope is as commonScope for two that are compared: of workloads on which both did
// the same work.
func pairScope(in judge.Run, focus *rundir.Workload, a, b recorded) scope {
	same := func(s scope) scope {
		return slices.DeleteFunc(s, func(w *rundir.Workload) bool {
			of := in.Times.Comparable(w)
			return !slices.Contains(of, a.strategy) || !slices.Contains(of, b.strategy)
		})
	}
	if one := same(timedIn([]*rundir.Workload{focus}, a, b)); one.enough(a, b) {
		return one
	}
	return same(timedIn(in.Workloads, a, b))
}

// words name a scope: "on Graphics mix", "mean of 3 workloads".
func (s scope) words() string {
	if len(s) == 1 {
		return "on " + s[0].Title
	}
	return "mean of " + text.Plural(float64(len(s)), "workload", "workloads")
}
