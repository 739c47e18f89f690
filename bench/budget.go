package bench

import (
	"time"

	"github.com/vramlab/vramlab/bench/journal"
)

// A budget decides how long the timed replays of a sample last, so that the run ends
// about when it should. The rest of a round cannot be shortened: it is estimated for
// the first round and measured from then on.
type budget struct {
	end   time.Time
	limit time.Duration // SampleTime
	lanes int           // cells of a round whose replays are timed; a shard of experiments has none

	fixed time.Duration // of a round: all but the timed replays

	againRound       time.Duration // what a round adds to againMost
	again, againMost time.Duration // spent on samples taken again, and the most so far; see again.go

	// Of the current round:
	began time.Time
	spent time.Duration // in timed replays, and in samples taken again
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
	b.againMost += b.againRound
	share := b.end.Sub(now)/time.Duration(left) - b.fixed
	b.allow = min(b.limit, max(0, share/time.Duration(max(1, b.lanes))))
}

// budgetLeft is the part of a budget for the rounds to come behind a step: all of it where
// none has begun.
func budgetLeft(all time.Duration, rounds int, after journal.Step) time.Duration {
	if after.Phase != journal.Measured {
		return all
	}
	return all * time.Duration(rounds-after.Round+1) / time.Duration(rounds)
}
