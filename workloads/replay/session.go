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
	Replay(s.a, s.ops[:s.state], s.live)
	start := time.Now()
	if s.batch != nil {
		c, err := s.batch.Replay(nil)
		took := time.Since(start)
		s.drained(err)
		return c, took
	}
	c := Replay(s.a, s.ops[s.state:], s.live)
	took := time.Since(start)
	s.live.Drain(s.a)
	return c, took
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
