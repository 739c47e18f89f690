package bench

import "time"

// A budget decides how long the timed replays of a sample go on, so that the
// run ends about when it should. What else a round does cannot be shortened;
// it is estimated for the first round and measured from then on.
type budget struct {
	end   time.Time
	limit time.Duration // SampleTime
	lanes int           // cells of a round whose replays are timed

	fixed time.Duration // of a round: all but the timed replays
	began time.Time     // the round at hand
	spent time.Duration // in timed replays, in the round at hand
	allow time.Duration // for the timed replays of a sample, in the round at hand
}

// beside notes what stands beside the budget: the run ends later by so much.
func (b *budget) beside(took time.Duration) {
	b.end = b.end.Add(took)
	b.spent += took
}

// round begins a round, left of which are still to come, this one included.
func (b *budget) round(left int) {
	now := time.Now()
	if !b.began.IsZero() {
		b.fixed = now.Sub(b.began) - b.spent
	}
	b.began, b.spent = now, 0
	share := b.end.Sub(now)/time.Duration(left) - b.fixed
	b.allow = min(b.limit, max(0, share/time.Duration(b.lanes)))
}
