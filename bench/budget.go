package bench

import "time"

// A budget decides how long the timed replays of a sample last, so that the run ends
// about when it should. The rest of a round cannot be shortened: it is estimated for
// the first round and measured from then on.
type budget struct {
	end   time.Time
	limit time.Duration // SampleTime
	lanes int           // cells of a round whose replays are timed

	fixed time.Duration // of a round: all but the timed replays

	// Of the current round:
	began time.Time
	spent time.Duration // in timed replays
	allow time.Duration // for the timed replays of a sample
}

// beside notes time outside the budget: the run ends later by it.
func (b *budget) beside(took time.Duration) {
	b.end = b.end.Add(took)
	b.spent += took
}

// round begins a round; left rounds are still to come, this one included.
func (b *budget) round(left int) {
	now := time.Now()
	if !b.began.IsZero() {
		b.fixed = now.Sub(b.began) - b.spent
	}
	b.began, b.spent = now, 0
	share := b.end.Sub(now)/time.Duration(left) - b.fixed
	b.allow = min(b.limit, max(0, share/time.Duration(b.lanes)))
}
