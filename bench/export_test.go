package bench

import (
	"context"
	"time"

	"github.com/vramlab/vramlab/bench/internal/thread"
)

// RunBy is Run with another clock of the thread than the system's.
func RunBy(ctx context.Context, c Config, clock func() time.Duration) error {
	if err := c.complete(); err != nil {
		return err
	}
	r := newRunner(c)
	r.thread = heldThread{clock: thread.ClockOf(clock)}
	return r.run(ctx)
}
