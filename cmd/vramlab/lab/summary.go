package lab

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/vramlab/vramlab/cmd/vramlab/progress"
	"github.com/vramlab/vramlab/cmd/vramlab/sides"
	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/workloads"
	"github.com/vramlab/vramlab/workloads/replay"
)

// A summary is a replay of a trace of any length on several strategies, of which only
// what came of it is printed.
type summary struct {
	env    *environment
	path   string
	stream *workloads.Stream
	sides  []*sides.Side
	tally  []*replay.Tally // by side
}

// summarize replays the trace at path, batch by batch, and prints what is counted of each
// strategy, and times. The trace is read once, in another goroutine, and never held. If
// ctx is done it prints what there is so far.
func summarize(ctx context.Context, env *environment, list []strategies.Strategy, path string) error {
	r, err := env.openTrace(path)
	if err != nil {
		return err
	}
	defer r.Close()
	s := summary{env: env, path: path}
	for _, strategy := range list {
		a, err := begin(strategy, r, path)
		if err != nil {
			return err
		}
		s.sides = append(s.sides, &sides.Side{Name: strategy.Name, Allocator: a, Checked: foreign(strategy)})
		s.tally = append(s.tally, replay.NewTally(a))
	}
	began := time.Now()
	s.stream = workloads.NewStream(r)
	err = s.replay(ctx)
	took := time.Since(began)
	s.stream.Close()
	if err != nil && err != errInterrupted {
		return err
	}
	for i, side := range s.sides {
		side.Take(s.tally[i])
		if err == nil && side.Unfit == nil {
			err = finish(side.Allocator, r, path, nil)
		}
	}
	if err != nil && err != errInterrupted {
		return err
	}
	sides.Print(env.stdout, s.sides)
	s.printTimes(took)
	if err != nil {
		return fmt.Errorf("%s: %w after %d operations", path, err, s.tally[0].Operations)
	}
	return sides.LeftOut(s.sides, path)
}

// replay replays the stream to its end.
func (s *summary) replay(ctx context.Context) error {
	size := int64(0)
	if info, err := os.Stat(s.path); err == nil && info.Mode().IsRegular() {
		size = info.Size()
	}
	bar := progress.NewPatient(s.env.stderr)
	defer bar.Done()
	for s.stream.Next() {
		if ctx.Err() != nil {
			return errInterrupted
		}
		for i := range s.sides {
			if err := s.part(i); err != nil {
				return err
			}
		}
		if size > 0 {
			const steps = 1000
			bar.Step(int(min(s.stream.Offset(), size)*steps/size), steps, fmt.Sprint(s.tally[0].Operations/1e6, " million operations"))
		}
	}
	return s.stream.Err()
}

// part replays a batch on a side.
func (s *summary) part(i int) error {
	t, side := s.tally[i], s.sides[i]
	if side.Unfit != nil {
		return nil
	}
	err := guarded(func() error { return t.Replay(s.stream.Ops(), s.stream.Slots()) })
	switch {
	case err == nil:
		return nil
	case !errors.Is(err, replay.ErrState):
		return fmt.Errorf("%s: operation %d: %w", s.path, t.Operations, err)
	case i == 0:
		return fmt.Errorf("%s: the strategy %w", s.path, err)
	}
	side.Unfit = err
	return nil
}

// printTimes says what the times in the table hold, and how fast all of it was.
func (s *summary) printTimes(took time.Duration) {
	out, n := s.env.stdout, s.tally[0].Operations
	if n == 0 {
		return
	}
	seconds := took.Seconds()
	fmt.Fprintf(out, "\nwith reading, unpacking and parsing: %.2f s, %.0f ns an operation, %.2f million a second\n",
		seconds, 1e9*seconds/float64(n), float64(n)/1e6/seconds)
	busy := s.stream.Busy()
	fmt.Fprintf(out, "of that, reading, unpacking and parsing took %.2f s, %d ns an operation, beside the replay\n",
		busy.Seconds(), busy.Nanoseconds()/int64(n))
	fmt.Fprintln(out, "the times in the table are without it, and with the counting of what is live")
	for _, side := range s.sides {
		if side.Checked {
			fmt.Fprintf(out, "%s ran under the shadow model, and its time is that of both\n", side.Name)
		}
	}
}
