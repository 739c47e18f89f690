package judge

import (
	"github.com/vramlab/vramlab/report/internal/cost"
	"github.com/vramlab/vramlab/report/internal/rundir"
)

// Kind is what a run can say about the work and the times of one workload.
type Kind int

// The kinds of verdicts, in the order in which the rules ask for them.
const (
	Missing      Kind = iota // nothing of two strategies
	Contradicted             // the files of the run contradict each other
	Alone                    // one strategy: nothing to compare
	Unclear                  // how much one of the strategies served is not known, or what those did that served most
	Nothing                  // no strategy served anything
	Unequal                  // the strategies did not do the same work
	Untimed                  // the same work, and no times of two of those that did it
	Short                    // the same work, and a replay is too short to time
	Few                      // the same work, and too few samples to call any difference in time
	Noisy                    // the A/A lanes failed, or there are none: no times are called
	Tie                      // the same work, and no difference in time found
	Win                      // the same work in less time

	Kinds // how many there are
)

// Verdict is the outcome of the rules for one workload.
type Verdict struct {
	Workload       *rundir.Workload
	Kind           Kind
	Present        []int           // strategies that were measured
	Same           []int           // of them, those that did the most work, which is the same work
	Timed          []int           // of those, the ones that have times
	NotAsked       bool            // all refusals are of invalid requests, which no policy of a driver makes
	Untold         []int           // that did less work, and that only by requests invalid to them: no reason for a pick
	Picks          []int           // strategies to take; several: a tie; none: nothing is to be taken
	Reason         Reason          // the strongest reason for the picks
	Steps          []Reason        // what narrowed those down that did the same work, one behind the other
	Over           []int           // those that the last step left out
	Bills          []cost.Bill     // under each policy, the one that decides first; there is always one
	Otherwise      []Taken         // policies of the run under which the picks are others
	Carried        Carried         // when at least two are compared in it
	Contradictions []Contradiction // when the kind is Contradicted
	Best           int             // of those that did the same work, the one that takes least time, or -1
	Next           int             // and the runner-up
	Tied           []int           // those without a detectable difference in time to the best
	Saved          float64         // share of its time that the best saves the runner-up
	Kernel         Kernel          // what the run says of kernels
	Weight         float64         // how much there is to it, to compare verdicts of a kind
}

// Base is the strategy that others are compared with: the first that did the most
// work.
func (v *Verdict) Base() int { return v.Same[0] }

// Then is the last step that narrowed those down that did the same work.
func (v *Verdict) Then() Reason {
	if len(v.Steps) == 0 {
		return NoReason
	}
	return v.Steps[len(v.Steps)-1]
}

// verdict applies the rules to one workload. Tables of the builder stand for all.
func (t *Times) verdict(w *rundir.Workload, builder string) Verdict {
	v := Verdict{Workload: w, Best: -1, Next: -1, Present: Present(w, t.strategies)}
	v.Same, v.Timed = Equal(w, t.strategies, Own), timed(w, t.strategies)
	v.Untold = Untold(w, v.Present)
	if len(v.Timed) > 1 {
		t.rank(&v)
	}
	v.Bills = t.bills(&v, builder)
	for _, r := range rules {
		if r.holds(t, &v) {
			v.Kind = r.kind
			break
		}
	}
	switch v.Kind {
	case Missing, Unclear, Nothing:
	case Contradicted:
		v.Contradictions = Contradictions(w, t.strategies)
	case Alone:
		v.Picks = v.Present
	default:
		t.take(&v, builder)
	}
	switch {
	case v.Kind == Unequal || v.Reason == Refusals:
		v.Weight = servedSpread(w, v.Present)
	case len(v.Same) > 1:
		v.Weight = v.Margin()
	}
	return v
}

// verdicts are the verdicts of all workloads, in the order of the run.
func (t *Times) verdicts(workloads []*rundir.Workload, builder string) []Verdict {
	out := make([]Verdict, len(workloads))
	for i, w := range workloads {
		out[i] = t.verdict(w, builder)
	}
	return out
}
