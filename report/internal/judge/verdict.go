package judge

import (
	"github.com/vramlab/vramlab/report/internal/rundir"
)

// Kind is what a run can say about one workload.
type Kind int

// The kinds of verdicts, in the order in which the rules ask for them.
const (
	Missing Kind = iota // no times of two strategies
	Alone               // one strategy: nothing to compare
	Nothing             // no strategy served anything
	Unequal             // the strategies did not do the same work
	Noisy               // the A/A lane failed: no times are called
	Few                 // too few samples to call any difference
	Tie                 // the same work, and no difference found
	Win                 // the same work in less time
)

// Verdict is the outcome of the rules for one workload.
type Verdict struct {
	Workload *rundir.Workload
	Kind     Kind
	Present  []int   // strategies that have times
	Same     []int   // of them, those that did the most work, which is the same work
	Picks    []int   // strategies to take; several: no difference between them; none: it depends
	Best     int     // of those that did the same work, the one that takes least time, or -1
	Next     int     // and the runner-up
	Tied     []int   // those without a detectable difference to the best
	Weight   float64 // how much there is to it, to compare verdicts of a kind
}

// verdict applies the rules to one workload.
func (t *Times) verdict(w *rundir.Workload) Verdict {
	v := Verdict{Workload: w, Best: -1, Next: -1, Present: Present(w, t.strategies)}
	v.Same = contenders(w, v.Present)
	if len(v.Same) > 1 {
		t.rank(&v)
	}
	for _, r := range rules {
		if picks, holds := r.holds(t, &v); holds {
			v.Kind, v.Picks = r.kind, picks
			break
		}
	}
	return v
}

// verdicts are the verdicts of all workloads, in the order of the run.
func (t *Times) verdicts(workloads []*rundir.Workload) []Verdict {
	out := make([]Verdict, len(workloads))
	for i, w := range workloads {
		out[i] = t.verdict(w)
	}
	return out
}
