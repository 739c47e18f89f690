package bench

import "time"

// A sample whose thread was away from its core is marked, by away-pct, and taken again.
// The taking in which it was away least is kept: the choice knows nothing of the time that
// was measured, so it favours no strategy.
const (
	// mostAway is the part of a sample's time that it may be away. A thread that is not
	// interrupted is away for less than a hundredth; a lost time slice of 3 ms is 7 % of
	// the usual sample.
	mostAway = 0.05
	// mostAgain is how often one sample is taken again.
	mostAgain = 2
	// againShare is the part of the budget for that, in each round as in the whole run. On
	// a machine where all samples are disturbed, it shortens the others by a tenth.
	againShare = 0.1
)

// undisturbed takes a sample, and takes it again where it was disturbed, if the budget
// allows that. It ends at the first error.
func undisturbed[T interface{ Away() float64 }](b *budget, take func() (T, error)) (T, error) {
	start := time.Now()
	kept, err := take()
	took := time.Since(start)
	for n := 0; n < mostAgain && err == nil && kept.Away() > mostAway && b.mayAgain(took); n++ {
		var next T
		start, spent := time.Now(), b.spent
		next, err = take()
		took = time.Since(start)
		b.spent = spent + took
		b.again += took
		if next.Away() < kept.Away() {
			kept = next
		}
	}
	return kept, err
}

// mayAgain reports whether a sample that takes so long may be taken again.
func (b *budget) mayAgain(took time.Duration) bool { return b.again+took <= b.againMost }
