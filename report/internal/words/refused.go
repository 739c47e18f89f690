package words

import (
	"fmt"

	"github.com/vramlab/vramlab/report/internal/judge"
	"github.com/vramlab/vramlab/report/internal/rundir"
	"github.com/vramlab/vramlab/report/internal/text"
)

// refusedSizes says how large the refused requests were and why they were
// refused, nothing without a trace.
func refusedSizes(w *rundir.Workload, present []int) string {
	all := judge.RefusedOn(w, present)
	if all.N == 0 {
		return ""
	}
	s := "The refused requests were " + text.SizeRange(all.Min, all.Max)
	switch all.N {
	case all.Invalid:
		return s + " and invalid to " + text.List(text.Marks(all.InvalidTo)) + " (EINVAL); memory was not the reason."
	case all.TooBig:
		return s + ", larger than " + text.List(text.Marks(all.TooBigFor)) + " can ever grant in this region (E2BIG); free memory was not the reason."
	case all.Beyond:
		return s + ", larger than the region."
	case all.Windowed:
		return s + " and had to lie in a part of the region" + windowed(all)
	case all.Roomy:
		return s + ", while at least " + text.Size(all.LeastFree) + " was free."
	case all.UsedUp:
		return s + ": the memory was used up."
	}
	return s + ": " + text.List(refusalsBy(all)) + "."
}

// refusalsBy counts the refusals of each reason that occurs.
func refusalsBy(f judge.RefusedWork) []string {
	var out []string
	for _, c := range []struct {
		n    int
		text string
	}{
		{f.Invalid, "invalid to " + text.List(text.Marks(f.InvalidTo)) + " (EINVAL)"},
		{f.TooBig, "larger than " + text.List(text.Marks(f.TooBigFor)) + " can ever grant (E2BIG)"},
		{f.Beyond, "larger than the region"},
		{f.Windowed, "limited to a part of the region"},
		{f.Roomy, "while enough was free"},
		{f.UsedUp, "when the memory was used up"},
	} {
		if c.n > 0 {
			out = append(out, fmt.Sprintf("%s %s", text.Count(c.n), c.text))
		}
	}
	return out
}
