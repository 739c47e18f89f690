// Package defrag is behind the command of its name: it chooses the moments and requests that are
// asked about, and prints for each strategy what moves, eviction and waiting cost.
package defrag

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/workloads"
	"github.com/vramlab/vramlab/workloads/census"
	"github.com/vramlab/vramlab/workloads/defrag"
	"github.com/vramlab/vramlab/workloads/explain"
)

// Options are what is asked.
type Options struct {
	Op       int     // before which, from 1; 0 for the refusals, or with a Size for when most is live
	Size     uint64  // in one piece; 0 for the request of the operation
	Align    uint64  // with Size: 0 for the page
	Refusals int     // how many are asked about, the first ones
	Copy     float64 // bytes that the engine copies inside the memory in a nanosecond
	Link     float64 // bytes that go over the link in a nanosecond
}

// Check says what of the options the stream does not have.
func (o Options) Check(st *explain.Stream) error {
	switch last := len(st.Ops); {
	case o.Op > last+1 || o.Op > last && o.Size == 0:
		return fmt.Errorf("-op %d: there are %s", o.Op, plural(last, "operation"))
	case o.Op > 0 && o.Op <= workloads.State(st.Ops):
		return fmt.Errorf("-op %d is of the state in which the stream begins", o.Op)
	case o.Op > 0 && o.Size == 0 && st.Ops[o.Op-1].Kind != workloads.Alloc && st.Ops[o.Op-1].Kind != workloads.Fallback:
		return fmt.Errorf("-op %d asks for nothing; -size says what to ask for before it", o.Op)
	}
	return nil
}

// Questions are those that options which Check finds nothing wrong with ask of a strategy.
// There are none if it refuses nothing.
func (o Options) Questions(st *explain.Stream, s strategies.Strategy) ([]defrag.Question, error) {
	r := strategies.Request{Size: o.Size, Align: o.Align, Flags: strategies.Contiguous}
	switch {
	case o.Size > 0 && o.Op > 0:
		return []defrag.Question{{Op: o.Op, Request: r}}, nil
	case o.Size > 0:
		peak := int(census.Count(st.Region, st.Ops).Peak.Op)
		return []defrag.Question{{Op: min(max(workloads.State(st.Ops), peak), len(st.Ops)) + 1, Request: r}}, nil
	case o.Op > 0:
		return []defrag.Question{{Op: o.Op, Request: st.Ops[o.Op-1].Req}}, nil
	}
	refused, _, err := explain.Survey(st, s, false)
	if err != nil {
		return nil, err
	}
	var list []defrag.Question
	for _, f := range refused {
		if len(list) < o.Refusals && f.Errno == "ENOSPC" {
			list = append(list, defrag.Question{Op: f.Op, Request: st.Ops[f.Op-1].Req})
		}
	}
	return list, nil
}

// Answer asks one strategy and prints what it costs.
func (o Options) Answer(ctx context.Context, w io.Writer, st *explain.Stream, s strategies.Strategy, asJSON bool) error {
	list, err := o.Questions(st, s)
	if err != nil {
		return err
	}
	if len(list) == 0 && !asJSON {
		_, err := fmt.Fprintf(w, "%s refuses nothing for want of memory; -size asks for what it may refuse\n", s.Name)
		return err
	}
	for i, q := range list {
		answers, err := defrag.Ask(ctx, st, s, []defrag.Question{q}, defrag.Thorough)
		switch {
		case err != nil:
		case asJSON:
			err = json.NewEncoder(w).Encode(&answers[0])
		case i > 0:
			fmt.Fprintln(w)
			fallthrough
		default:
			err = o.print(w, &answers[0])
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// print prints an answer.
func (o Options) print(w io.Writer, a *defrag.Answer) error {
	fmt.Fprintf(w, "%s, before operation %s: %v\n", a.Strategy, census.Commas(uint64(a.Op)), a.Request)
	fmt.Fprintf(w, "  %s, %s free, the largest hole %s\n", plural(a.Live, "object"), census.Size(a.Free), census.Size(a.Largest))
	if a.Errno == "" {
		_, err := fmt.Fprintf(w, "  granted as it is: it costs nothing\n")
		return err
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintf(t, "  moves\t%s\n", o.moves(a.Moves))
	fmt.Fprintf(t, "  evict\t%s\n", o.eviction(a.Evict))
	fmt.Fprintf(t, "  wait\t%s\n", wait(a))
	if err := t.Flush(); err != nil || a.Moves.Plan == nil {
		return err
	}
	return plan(w, a.Moves)
}

// moves says what moves cost.
func (o Options) moves(c *defrag.Cost) string {
	switch {
	case c.Untried != "":
		return "not looked for: " + c.Untried
	case !c.Possible:
		return "no moves make the place"
	case c.Plan == nil:
		return fmt.Sprintf("at least %s; no moves were found", census.Size(c.Lower))
	}
	text := fmt.Sprintf("%s in %s, %s at %v GB/s; ", census.Size(c.Plan.Bytes), plural(len(c.Plan.Moves), "move"), took(c.Plan.Bytes, o.Copy), o.Copy)
	switch {
	case !c.Proven:
		return text + "refused all the same by the replay with the moves"
	case c.Optimal:
		return text + "optimal, no moves copy less"
	}
	return text + fmt.Sprintf("no moves copy less than %s", census.Size(c.Lower))
}

// eviction says what eviction costs.
func (o Options) eviction(e *defrag.Eviction) string {
	if !e.Granted {
		return "no eviction makes the place"
	}
	return fmt.Sprintf("%s in %s, the oldest first, %s out at %v GB/s, as long back if all are used again",
		census.Size(e.Bytes), plural(e.Objects, "object"), took(e.Bytes, o.Link), o.Link)
}

// wait says what becomes of the request if nothing is done.
func wait(a *defrag.Answer) string {
	switch {
	case a.Wait.Op > 0:
		return fmt.Sprintf("granted after operation %s, %s later", census.Commas(uint64(a.Wait.Op)), plural(a.Wait.Op-a.Op+1, "operation"))
	case a.Wait.Searched:
		return "refused up to the end of the stream"
	case a.Moves != nil && a.Moves.Untried == defrag.NoRequest:
		return "refused as such, at any moment"
	}
	return "not known"
}

// plan prints the window and the moves.
func plan(w io.Writer, c *defrag.Cost) error {
	fmt.Fprintf(w, "\n  window %#x to %#x\n", c.Plan.Lo, c.Plan.Hi)
	const most = 20
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	shown, lines := 0, 0
	for _, m := range c.Plan.Moves {
		if lines >= most {
			break
		}
		shown++
		for i, p := range m.Parts {
			if lines++; lines > most {
				fmt.Fprintf(t, "  \t\tand %s more\n", plural(len(m.Parts)-i, "part"))
				break
			}
			label := ""
			if i == 0 {
				label = fmt.Sprintf("allocation %d", m.ID)
			}
			fmt.Fprintf(t, "  %s\t%s\t%#x to %#x\n", label, census.Size(p.Size), p.From, p.To)
		}
	}
	if err := t.Flush(); err != nil {
		return err
	}
	if more := len(c.Plan.Moves) - shown; more > 0 {
		fmt.Fprintf(w, "  and %s more (-format json has all)\n", plural(more, "move"))
	}
	if c.Proven {
		_, err := fmt.Fprintln(w, "  replayed with the moves: granted")
		return err
	}
	return nil
}

// took is how long so many bytes take at so many in a nanosecond.
func took(bytes uint64, rate float64) string {
	ns := float64(bytes) / rate
	switch {
	case ns < 1e3:
		return fmt.Sprintf("%.3g ns", ns)
	case ns < 1e6:
		return fmt.Sprintf("%.3g µs", ns/1e3)
	case ns < 1e9:
		return fmt.Sprintf("%.3g ms", ns/1e6)
	}
	return fmt.Sprintf("%.3g s", ns/1e9)
}

func plural(n int, one string) string {
	if n == 1 {
		return "1 " + one
	}
	return census.Commas(uint64(n)) + " " + one + "s"
}
