package replay

import (
	"errors"
	"time"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/workloads"
)

// A Session is one allocator that replays one stream again and again, in batches if it
// is a [Batcher]. The error of a batch is a panic, as a broken rule is anywhere else:
// see [strategies.Catch].
type Session struct {
	a     strategies.Allocator
	ops   []workloads.Op
	state int // of ops: they lay out the state to begin in, outside the time
	live  *Live
	batch Batch // nil for a replay on this side
}

// NewSession is a session of the stream ops on a. a and live are empty. The error is
// that of [Batcher.Batch].
func NewSession(a strategies.Allocator, ops []workloads.Op, live *Live) (*Session, error) {
	s := &Session{a: a, ops: ops, state: workloads.State(ops), live: live}
	if b, ok := strategies.As[Batcher](a); ok {
		batch, err := b.Batch(ops)
		if err != nil && !errors.Is(err, errors.ErrUnsupported) {
			return nil, err
		}
		s.batch = batch
	}
	return s, nil
}

// Timed does one replay and returns its counts and time. The state to begin in is laid
// out before, and what is live freed afterwards, outside the time.
func (s *Session) Timed() (Counts, time.Duration) {
	c, took, _, _ := s.TimedBy(func() time.Duration { return 0 })
	return c, took
}

// TimedBy is Timed with a second clock. It is read before and after the time, so that its
// cost is no part of that; from and to are the readings.
func (s *Session) TimedBy(clock func() time.Duration) (c Counts, took, from, to time.Duration) {
	Replay(s.a, s.ops[:s.state], s.live)
	from = clock()
	start := time.Now()
	c, err := s.replay()
	took, to = time.Since(start), clock()
	s.drain(err)
	return c, took, from, to
}

// Around does one replay and returns its counts. The replay is done when measure calls what
// it is given, once, on the goroutine of Around; the state to begin in is laid out before,
// and what is live freed afterwards.
func (s *Session) Around(measure func(replay func())) (c Counts) {
	Replay(s.a, s.ops[:s.state], s.live)
	var err error
	measure(func() { c, err = s.replay() })
	s.drain(err)
	return c
}

// replay does what is measured.
func (s *Session) replay() (Counts, error) {
	if s.batch != nil {
		return s.batch.Replay(nil)
	}
	return Replay(s.a, s.ops[s.state:], s.live), nil
}

// drain frees what is live after a replay that returned err.
func (s *Session) drain(err error) {
	if s.batch != nil {
		s.drained(err)
		return
	}
	s.live.Drain(s.a)
}

// TimedEach does one replay and stores the time of each operation in ns, as
// [Player.Timed] does; the state to begin in takes none. It then frees what is live.
func (s *Session) TimedEach(ns []uint32) {
	if s.batch != nil {
		_, err := s.batch.Replay(ns)
		s.drained(err)
		return
	}
	Replay(s.a, s.ops[:s.state], s.live)
	clear(ns[:s.state])
	NewPlayer(s.a, s.live).Timed(s.ops[s.state:], ns[s.state:])
	s.live.Drain(s.a)
}

// Clock measures how many nanoseconds one reading of the clock adds to a time of
// [Session.TimedEach].
func (s *Session) Clock() float64 {
	if s.batch != nil {
		return s.batch.Clock()
	}
	return ClockCost()
}

// drained drains the batch after a replay that returned err.
func (s *Session) drained(err error) {
	if err == nil {
		err = s.batch.Drain()
	}
	if err != nil {
		panic(err)
	}
}
