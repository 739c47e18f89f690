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
