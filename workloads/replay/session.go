package replay

import (
	"errors"
	"time"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/workloads"
)

// A Session is one allocator that replays one stream again and again. An
// allocator that is a [Batcher] replays it on its own side of the boundary.
//
// A fault of an allocator that a batch reports is a panic: [Catch] makes an error
// of it.
type Session struct {
	a     strategies.Allocator
	ops   []workloads.Op
	live  *Live
	batch Batch // nil for a replay on this side
}

// NewSession is a session of ops on a, which is empty, as live is. The error is
// that of a batch.
func NewSession(a strategies.Allocator, ops []workloads.Op, live *Live) (*Session, error) {
	s := &Session{a: a, ops: ops, live: live}
	if b, ok := strategies.As[Batcher](a); ok {
		batch, err := b.Batch(ops)
		if err != nil && !errors.Is(err, errors.ErrUnsupported) {
			return nil, err
		}
		s.batch = batch
	}
	return s, nil
}

// Timed is one replay and how long it took. What is live then is freed, outside
// the time.
func (s *Session) Timed() (Counts, time.Duration) {
	start := time.Now()
	if s.batch != nil {
		c, err := s.batch.Replay(nil)
		took := time.Since(start)
		s.drained(err)
		return c, took
	}
	c := Replay(s.a, s.ops, s.live)
	took := time.Since(start)
	s.live.Drain(s.a)
	return c, took
}

// TimedEach is one replay with a time for each operation, as [Player.Timed] has
// it. What is live then is freed.
func (s *Session) TimedEach(ns []uint32) {
	if s.batch != nil {
		_, err := s.batch.Replay(ns)
		s.drained(err)
		return
	}
	NewPlayer(s.a, s.live).Timed(s.ops, ns)
	s.live.Drain(s.a)
}

// Clock is what one reading of the clock adds to a time of [Session.TimedEach], in
// nanoseconds, measured anew.
func (s *Session) Clock() float64 {
	if s.batch != nil {
		return s.batch.Clock()
	}
	return ClockCost()
}

// drained ends a batch that err came of.
func (s *Session) drained(err error) {
	if err == nil {
		err = s.batch.Drain()
	}
	if err != nil {
		panic(err)
	}
}
