package report

import "strconv"

// moment is one sample of a replay: the state after an operation, and what
// happened since the sample before.
type moment struct {
	op      int
	broken  float64 // percent of free memory outside whole 2 MiB pages
	largest float64 // bytes of the largest free extent
	free    float64 // bytes
	refused float64 // requests, since the sample before
}

func readMoment(r *Run, l line) {
	op, err := strconv.Atoi(l.get(keyStep))
	if err != nil || op < 0 {
		l.complain("step %q is not a number of operations", l.get(keyStep))
		return
	}
	if w, s, ok := r.of(l); ok {
		w.moments[s] = append(w.moments[s], moment{
			op:      op,
			broken:  l.number("unusable2m-pct"),
			largest: l.number("largest-B"),
			free:    l.number("free-B"),
			refused: l.number("refused"),
		})
	}
}

// work is what a strategy counted in a replay: splits, merges and visits per
// operation, NaN where a line does not have one.
type work [3]float64

func readCounters(r *Run, l line) {
	if w, s, ok := r.of(l); ok {
		w.counted[s] = work{l.number("splits/op"), l.number("merges/op"), l.number("visits/op")}
	}
}
