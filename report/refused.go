package report

import "fmt"

// refusedWork is what the strategies refused of a workload, all together, and
// which of them gave the reasons that have nothing to do with what is free.
type refusedWork struct {
	refusals
	invalidTo, tooBigFor []int
}

// refusedOn sums up the refusals of the strategies.
func refusedOn(w *workload, present []int) refusedWork {
	var all refusedWork
	for _, s := range present {
		p := w.placement(s)
		if p == nil || p.refusals.n == 0 {
			continue
		}
		all.merge(p.refusals)
		if p.refusals.invalid > 0 {
			all.invalidTo = append(all.invalidTo, s)
		}
		if p.refusals.tooBig > 0 {
			all.tooBigFor = append(all.tooBigFor, s)
		}
	}
	return all
}

// merge adds the counts and the bounds of other refusals, not which they were.
func (f *refusals) merge(g refusals) {
	if f.n == 0 || g.min < f.min {
		f.min = g.min
	}
	if g.roomy > 0 && (f.roomy == 0 || g.leastFree < f.leastFree) {
		f.leastFree = g.leastFree
	}
	f.max = max(f.max, g.max)
	f.n += g.n
	f.invalid += g.invalid
	f.tooBig += g.tooBig
	f.beyond += g.beyond
	f.windowed += g.windowed
	f.roomy += g.roomy
	f.usedUp += g.usedUp
}

// refusedSizes says how large the refused requests were and why they were
// refused, nothing without a trace.
func (r *Run) refusedSizes(w *workload, present []int) string {
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
