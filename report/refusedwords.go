package report

import "fmt"

// refusedSizes says how large the refused requests were and why they were
// refused, nothing without a trace.
func refusedSizes(w *workload, present []int) string {
	all := refusedOn(w, present)
	if all.n == 0 {
		return ""
	}
	s := "Refused are requests of " + sizeRange(all.min, all.max)
	switch all.n {
	case all.invalid:
		return s + " that are invalid to " + list(marks(all.invalidTo)) + " (EINVAL); memory was not the reason."
	case all.tooBig:
		return s + " that are larger than " + list(marks(all.tooBigFor)) + " can ever grant in this region (E2BIG); what was free was not the reason."
	case all.beyond:
		return s + ", larger than the region."
	case all.windowed:
		return s + " that must lie in a part of the region."
	case all.roomy:
		return s + ", while at least " + size(all.leastFree) + " was free."
	case all.usedUp:
		return s + ": the memory was used up."
	}
	return s + ": " + list(all.reasons()) + "."
}

// reasons counts the refusals of each reason that occurs.
func (f refusedWork) reasons() []string {
	var out []string
	for _, c := range []struct {
		n    int
		text string
	}{
		{f.invalid, "invalid to " + list(marks(f.invalidTo)) + " (EINVAL)"},
		{f.tooBig, "larger than " + list(marks(f.tooBigFor)) + " can ever grant (E2BIG)"},
		{f.beyond, "larger than the region"},
		{f.windowed, "limited to a part of the region"},
		{f.roomy, "while enough was free"},
		{f.usedUp, "when the memory was used up"},
	} {
		if c.n > 0 {
			out = append(out, fmt.Sprintf("%s %s", count(c.n), c.text))
		}
	}
	return out
}
