package bench

import "time"

// Progress is how far a run is.
type Progress struct {
	Phase       Phase
	Done, Total int           // steps; Total grows until everything is set up
	What        string        // what was done last, as "buddy on gfx"; before the first step, what begins
	Left        time.Duration // about how long the whole run still takes; 0 while that is not known
}

// Phase is a part of a run.
type Phase int

// The phases, in their order.
const (
	SettingUp Phase = iota // the experiments are set up
	Recording              // every strategy replays every workload for what is exact
	Measuring              // rounds of samples
	Profiling              // profiles are taken
)

// String is the phase in a word.
func (p Phase) String() string {
	return [...]string{"setting up", "recording", "measuring", "profiling"}[p]
}

// recordedCost is how many times as long as a plain replay the recording of a subject takes,
// roughly: it is done under a shadow model and under each policy. The rehearsal tells better.
const recordedCost = 20

// A forecast estimates how long a run still takes. While strategies are recorded it goes by
// the operations that are done; the rehearsal then tells what a round takes, cell by cell,
// and every sample corrects that.
type forecast struct {
	began     time.Time // of the recording
	done, all int       // operations recorded, and to be recorded

	cells    []foreseen
	allow    time.Duration // for the timed replays of a sample, in this round
	expected time.Duration // of first samples: what was expected of them
	measured time.Duration // and what they took
	unknown  time.Duration // first samples of cells of which nothing was expected
	nUnknown int           // and how many
	profiles time.Duration // after the rounds
}

// foreseen is what is expected of a cell.
type foreseen struct {
	takes   time.Duration // a sample: the last one, or what the rehearsal says
	timed   bool          // it has timed replays, as long as the budget allows
	seen    bool          // it has a sample
	samples int           // still to be taken
}

// recorded notes that so many operations are recorded, and estimates what is left of the
// run: rounds says what they take if one replay of everything takes so long.
func (f *forecast) recorded(ops int, now time.Time, rounds func(replays time.Duration) time.Duration) time.Duration {
	f.done += ops
	if f.done == 0 {
		return 0
	}
	each := float64(now.Sub(f.began)) / float64(f.done)
	all := time.Duration(each * float64(f.all))
	return max(0, time.Duration(each*float64(f.all-f.done))) + rounds(all/recordedCost) + f.profiles
}

// round begins a round, in which the timed replays of a sample may take so long.
func (f *forecast) round(allow time.Duration) {
	for i := range f.cells {
		if c := &f.cells[i]; c.timed {
			c.takes = max(0, c.takes+allow-f.allow)
		}
	}
	f.allow = allow
}

// took notes a sample of a cell.
func (f *forecast) took(cell int, d time.Duration) {
	c := &f.cells[cell]
	switch {
	case c.seen:
	case c.takes == 0:
		f.unknown += d
		f.nUnknown++
	default:
		f.expected += c.takes
		f.measured += d
	}
	c.takes, c.seen = d, true
	c.samples--
}

// skip notes that cells have a sample of before the run went on.
func (f *forecast) skip(cells ...int) {
	for _, at := range cells {
		f.cells[at].samples--
	}
}

// left is what the samples that are still to be taken take, and the profiles. Cells without
// a sample are taken to be as far from what is expected as the others.
func (f *forecast) left() time.Duration {
	var known, open, round time.Duration
	for _, c := range f.cells {
		round += c.takes
		switch all := c.takes * time.Duration(c.samples); {
		case c.seen:
			known += all
		case c.takes > 0:
			open += all
		case f.nUnknown > 0:
			known += f.unknown / time.Duration(f.nUnknown) * time.Duration(c.samples)
		}
	}
	if firm := round / 10; firm > 0 { // one sample says little
		open = time.Duration(float64(open) * float64(f.measured+firm) / float64(f.expected+firm))
	}
	return known + open + f.profiles
}
