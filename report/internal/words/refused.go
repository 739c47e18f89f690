package words

import (
	"strings"

	"github.com/vramlab/vramlab/report/internal/judge"
	"github.com/vramlab/vramlab/report/internal/rundir"
	"github.com/vramlab/vramlab/report/internal/text"
)

// refusedSizes says how large the refused requests were and why they were
// refused, nothing without a trace.
func refusedSizes(w *rundir.Workload, present []int) string {
	all := judge.RefusedOn(w, present)
	if len(all.By) == 0 {
		return ""
	}
	s := "The refused requests were " + text.SizeRange(all.Min, all.Max)
	if all.One {
		s = "The refused request was " + text.Size(all.Min)
	}
	who := text.List(text.Marks(all.Who()))
	switch {
	case all.Only(func(f rundir.Refusals) int { return f.Invalid }):
		return s + " and invalid to " + who + " (EINVAL); memory was not the reason."
	case all.Only(func(f rundir.Refusals) int { return f.TooBig }):
		return s + ", larger than " + who + " can ever grant in this region (E2BIG); free memory was not the reason."
	case all.Only(func(f rundir.Refusals) int { return f.Beyond }):
		return s + ", larger than the region."
	case all.Only(func(f rundir.Refusals) int { return f.Windowed }):
		return s + " and had to lie in a part of the region" + windowed(all)
	case all.Only(func(f rundir.Refusals) int { return f.Roomy }):
		return s + ", while at least " + text.Size(all.LeastFree) + " was free."
	case all.Only(func(f rundir.Refusals) int { return f.UsedUp }):
		return s + ", more than was free."
	}
	var parts []string
	for _, b := range all.By {
		parts = append(parts, text.List(text.Marks(b.Strategies))+" refused "+text.List(refusalsBy(b.Refusals)))
	}
	return s + ": " + strings.Join(parts, "; ") + "."
}

// takesForInvalid is "buddy takes 2 of 4 requests for invalid (EINVAL)", or "buddy takes 2
// and tlsf 1 of 4 requests for invalid (EINVAL)": of those that did less work only by that.
func takesForInvalid(v judge.Verdict) string {
	var parts []string
	of := 0
	for i, s := range v.Untold {
		p, takes := v.Workload.Placement(s), " "
		if of = p.Requests; i == 0 {
			takes = " takes "
		}
		parts = append(parts, text.Mark(s)+takes+text.Count(p.Refusals.Invalid))
	}
	return text.List(parts) + " of " + text.Requests(of) + " for invalid (EINVAL)"
}

// refusalsBy counts the refusals of each reason that occurs.
func refusalsBy(f rundir.Refusals) []string {
	var out []string
	for _, c := range []struct {
		n    int
		text string
	}{
		{f.Invalid, "as invalid (EINVAL)"},
		{f.TooBig, "as larger than can ever be granted (E2BIG)"},
		{f.Beyond, "larger than the region"},
		{f.Windowed, "limited to a part of the region"},
		{f.Roomy, "while enough was free"},
		{f.UsedUp, "larger than what was free"},
	} {
		if c.n > 0 {
			out = append(out, text.Count(c.n)+" "+c.text)
		}
	}
	return out
}

// windowed ends a sentence about requests that were refused in a part of the region: with
// what was free there, where that would have been enough.
func windowed(all judge.RefusedWork) string {
	f := all.Window
	switch {
	case f.Fits == 0:
		return "."
	case !all.Only(func(r rundir.Refusals) int { return r.Window.Fits }):
		if who := all.Who(); len(who) == 1 {
			return "; at " + text.Count(f.Fits) + " of them enough was free there in one piece."
		}
		return "; at some of them enough was free there in one piece."
	}
	s := ", where at least " + text.Size(f.LeastHole) + " was free in one piece"
	if all.Rounded && f.Contiguous == f.Fits {
		return s + ": a binary buddy rounds a contiguous request up to a power of two, and does not try harder in a window."
	}
	return s + ": the rules of the strategy turned them down, not the memory."
}
