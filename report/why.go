package report

import (
	"strings"

	"github.com/vramlab/vramlab/report/internal/judge"
	"github.com/vramlab/vramlab/report/internal/rundir"
	"github.com/vramlab/vramlab/workloads/reason"
)

// A Refusal is a request that a strategy refused and another one granted.
type Refusal struct {
	Dir                string // of the run
	Workload, Strategy string
	Index              int // of the strategy among those of the run
	Op                 int // from 1
}

// Telling is the refusal that tells most, of the workload that is shown in full or else of
// the first that has one; ok is false if the run explained none that another strategy
// granted.
func (r *Run) Telling() (most Refusal, ok bool) {
	weight := -1
	look := func(w *rundir.Workload) {
		for s, p := range w.Placed {
			if p == nil {
				continue
			}
			for _, x := range p.Why {
				if granted(x) && x.Weight() > weight {
					weight = x.Weight()
					most, ok = Refusal{r.in.Dir, w.Name, r.in.Strategies[s], s, x.Op}, true
				}
			}
		}
	}
	if w := judge.Focus(r.in.Strategies, r.in.Workloads); w != nil {
		look(w)
	}
	for _, w := range r.in.Workloads {
		if !ok {
			look(w)
		}
	}
	return most, ok
}

// granted reports whether another strategy granted what was refused.
func granted(x *reason.Explanation) bool {
	for _, a := range x.Answers {
		if a.What == reason.GrantedIt && x.Errno != "" && x.Errno != "EINVAL" {
			return true
		}
	}
	return false
}

// ClosingWith is [Run.Closing] with one more line before the last ones, if nothing else has
// to give way to it.
func (r *Run) ClosingWith(look Look, more string, last ...string) string {
	out := r.Closing(look, last...)
	if more == "" {
		return out
	}
	with := r.Closing(look, append([]string{more}, last...)...)
	if strings.Count(with, "\n") != strings.Count(out, "\n")+1 {
		return out
	}
	return with
}
