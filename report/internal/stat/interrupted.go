package stat

// When the samples of a run say that the machine was busy.
const (
	LeastAway    = 5       // percent of a sample without a core above which it was interrupted
	busyFraction = 1. / 10 // share of interrupted samples above which the machine was busy
)

// Interrupted counts samples whose thread lost its core. A run is busy where they are more
// than a tenth: then its wall times are those of the others on the machine too, and
// processor time is compared instead. Report, compare, gate and history share this rule.
type Interrupted struct {
	N  int // samples in which the thread did not have a core for more than LeastAway percent
	Of int // samples that say for how long it did not
}

// Add counts a sample whose thread did not have a core for so many percent of its time.
func (i *Interrupted) Add(away float64) {
	i.Of++
	if Lost(away) {
		i.N++
	}
}

// Lost reports whether a sample was interrupted whose thread did not have a core for so
// many percent of its time.
func Lost(away float64) bool { return away > LeastAway }

// Busy reports whether so many samples were interrupted that wall times say nothing.
func (i Interrupted) Busy() bool { return float64(i.N) > busyFraction*float64(i.Of) }
