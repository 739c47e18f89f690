package defrag

import (
	"context"
	"fmt"
	"slices"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/workloads/explain"
	"github.com/vramlab/vramlab/workloads/reason"
	"github.com/vramlab/vramlab/workloads/replay"
)

// A Question is a request at a moment of a stream.
type Question struct {
	Op      int // it is made before this operation, from 1; one more than there are is the end
	Request strategies.Request
}

// An Answer is what it costs one strategy to grant the request of a question.
type Answer struct {
	Workload string             `json:"workload"`
	Strategy string             `json:"strategy"`
	Op       int                `json:"op"`
	Request  strategies.Request `json:"-"`
	Asked    string             `json:"request"` // Request in the words of a trace
	Size     uint64             `json:"size"`    // of it
	Live     int                `json:"live"`    // objects
	Free     uint64             `json:"free"`    // bytes, anywhere
	Largest  uint64             `json:"largest"` // hole, in bytes
	Errno    string             `json:"errno"`   // of the refusal; "" where it is granted, and costs nothing
	Moves    *Cost              `json:"moves,omitempty"`
	Evict    *Eviction          `json:"evict,omitempty"`
	Wait     *Wait              `json:"wait,omitempty"`
}

// Why moves were not looked for, as [Cost.Untried].
const (
	MayScatter = "the request may be granted in pieces, so that moves gain nothing"
	NoRequest  = "the strategy refuses the request as such"
)

// Ask replays the stream on the strategy and answers the questions, whose operations ascend. It
// holds what is live at all of them at once. The error is that of a strategy that cannot begin
// here, or of ctx. A strategy that breaks its rules panics as in any replay (see
// [strategies.Catch]).
func Ask(ctx context.Context, st *explain.Stream, s strategies.Strategy, list []Question, lim Limits) ([]Answer, error) {
	if err := replay.Begins(s, st.Region, st.Ops); err != nil {
		return nil, err
	}
	answers := make([]Answer, len(list))
	states := make([]*State, len(list))
	watches := make([]*watch, len(list))
	x, err := newSession(st, s, 0)
	if err != nil {
		return nil, err
	}
	w := watching{session: x, pages: newPages(st.Region)}
	for i, q := range list {
		if q.Op < 1 || q.Op > len(st.Ops)+1 || i > 0 && q.Op < list[i-1].Op {
			return nil, fmt.Errorf("operation %d of %d", q.Op, len(st.Ops))
		}
		if err := w.to(ctx, q.Op); err != nil {
			return nil, err
		}
		a := &answers[i]
		states[i] = x.state()
		*a = Answer{Workload: st.Workload, Strategy: s.Name, Op: q.Op, Request: q.Request, Asked: q.Request.String(), Size: q.Request.Size, Live: len(states[i].Objects)}
		a.Free, a.Largest = states[i].Free()
		// What comes now changes the allocator, so it is done to another one.
		if a.Errno, a.Evict, err = evict(st, s, q.Op, q.Request); err != nil {
			return nil, err
		}
		if a.Errno == "" {
			continue
		}
		_, least, _ := reason.Shapes(st.Region, q.Request, x.rules)
		if watches[i] = (&watch{shape: least}); a.Errno == "ENOSPC" && w.pages != nil && least.Size > 0 && movable(q.Request, x.rules) {
			w.list = append(w.list, watches[i])
		}
	}
	if len(w.list) > 0 {
		if err := w.to(ctx, len(st.Ops)+1); err != nil {
			return nil, err
		}
	}
	for i := range answers {
		a := &answers[i]
		if a.Errno == "" {
			continue
		}
		if a.Moves, err = costOf(st, s, states[i], a, lim); err != nil {
			return nil, err
		}
		if a.Wait, err = waitOf(st, s, a, watches[i], slices.Contains(w.list, watches[i])); err != nil {
			return nil, err
		}
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
	}
	return answers, nil
}

// to does all operations before the op-th, with an eye on requests that wait.
func (w *watching) to(ctx context.Context, op int) error {
	for w.done < op-1 {
		if w.done%4096 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		if w.pages == nil {
			w.session.do()
		} else {
			w.do()
		}
	}
	return nil
}

// asked replays up to the operation and makes the request.
func asked(st *explain.Stream, s strategies.Strategy, op int, r strategies.Request) (errno string, err error) {
	x, err := newSession(st, s, 0)
	if err != nil {
		return "", err
	}
	x.to(op)
	_, err = x.a.Alloc(nil, r)
	if errno = strategies.Errno(err); errno == "" && err != nil {
		return "", fmt.Errorf("%s: operation %d: %w", s.Name, op, err)
	}
	return errno, nil
}

// movable reports whether the strategy grants the request in one piece only.
func movable(r strategies.Request, rules reason.Rules) bool {
	return !rules.Scatters || r.Flags&strategies.Contiguous != 0
}

// costOf finds moves for a refused request, and does them.
func costOf(st *explain.Stream, s strategies.Strategy, state *State, a *Answer, lim Limits) (*Cost, error) {
	rules := reason.RulesOf(s.Caps)
	switch {
	case a.Errno != "ENOSPC":
		return &Cost{Untried: NoRequest}, nil
	case !movable(a.Request, rules):
		return &Cost{Untried: MayScatter}, nil
	}
	sure, least, sound := reason.Shapes(st.Region, a.Request, rules)
	solver := newSolver(state, lim)
	weak := solver.solve(least)
	c := &Cost{Possible: weak.ok, Lower: weak.lower}
	plans := []*Plan{weak.plan}
	if sound && sure != least {
		plans = append(plans, newSolver(state, lim).solve(sure).plan)
	}
	for _, p := range plans {
		if p == nil {
			continue
		}
		if err := p.Check(state); err != nil {
			return nil, fmt.Errorf("defrag: %s, operation %d: a plan that is none: %w", s.Name, a.Op, err)
		}
		c.Plan = p
		if c.Proven = prove(st, s, a.Op, state, p, a.Request) == nil; c.Proven {
			break
		}
	}
	if c.Optimal = c.Proven && c.Plan.Bytes == c.Lower; !c.Possible {
		c.Lower = 0
	}
	return c, nil
}

// waitOf asks again after the operations that seem to have made the place.
func waitOf(st *explain.Stream, s strategies.Strategy, a *Answer, w *watch, watched bool) (*Wait, error) {
	out := &Wait{Searched: watched && !w.full}
	for _, op := range w.hits {
		errno, err := asked(st, s, op+1, a.Request)
		if err != nil {
			return nil, err
		}
		if errno == "" {
			return &Wait{Op: op, Searched: true}, nil
		}
	}
	return out, nil
}
