package report

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
