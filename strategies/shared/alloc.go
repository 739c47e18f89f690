package shared

import (
	"fmt"

	"github.com/vramlab/vramlab/strategies"
)

// alloc is Alloc with a home shard. This is the fast path: a plain request whose home
// shard is free and has room.
func (a *sharded) alloc(dst []strategies.Block, r strategies.Request, home int) ([]strategies.Block, error) {
	s := &a.shards[home]
	conditions := r.Flags & (strategies.Range | strategies.TopDown)
	if conditions != 0 || r.Align&((r.Align-1)|(a.page-1)) != 0 || r.Align > a.unit || r.Size-1 >= s.size || !s.mu.TryLock() {
		return a.allocSlow(dst, r, query{home: home})
	}
	out, frees, err := s.tryHome(dst, r)
	if err != nil {
		return a.refusedHome(dst, r, home, frees, err)
	}
	return out, nil
}

// tryHome is alloc for a shard whose lock is held, and is released.
func (s *shard) tryHome(dst []strategies.Block, r strategies.Request) (out []strategies.Block, frees uint64, err error) {
	defer s.mu.Unlock()
	out, err = s.alloc(dst, r)
	return out, s.frees, err
}

// refusedHome goes on where the home shard refused.
func (a *sharded) refusedHome(dst []strategies.Block, r strategies.Request, home int, frees uint64, err error) ([]strategies.Block, error) {
	q := query{home: home, asked: 1 << (home & 63)}
	q.seen[home&(MaxShards-1)] = frees
	q.refused(err)
	return a.allocSlow(dst, r, q)
}

// A query is a request on its way through the shards.
type query struct {
	request strategies.Request
	lo, hi  uint64 // window; the region if there is none
	home    int    // the shard that is asked first
	step    int    // to the next: up, or down from the top

	asked   uint64            // bit: the shard was asked, or need not be
	seen    [MaxShards]uint64 // frees of those that were asked, then
	noSpace bool              // one of them had no space
	err     error             // what another refused with
}

// allocSlow asks every shard: first those not in use, then the others, at last all
// together.
func (a *sharded) allocSlow(dst []strategies.Block, r strategies.Request, q query) ([]strategies.Block, error) {
	if err := a.prepare(&q, r); err != nil {
		return dst, err
	}
	for _, wait := range [...]bool{false, true} {
		for k := range a.shards {
			if out, ok := a.ask(dst, &q, a.turn(&q, k), wait); ok {
				return out, nil
			}
		}
	}
	return a.together(dst, &q)
}

// prepare refuses what makes no sense and sets window and order.
func (a *sharded) prepare(q *query, r strategies.Request) error {
	switch {
	case r.Size == 0:
		return strategies.ErrInvalid
	case r.Size > a.managed:
		return strategies.ErrTooBig
	case r.Align&(r.Align-1) != 0:
		return fmt.Errorf("%w: align %d is not a power of two, which shards need", strategies.ErrInvalid, r.Align)
	}
	if r.Align < a.page {
		r.Align = 0
	}
	q.request, q.hi, q.step = r, a.managed, 1
	if r.Flags&strategies.Range != 0 {
		q.lo = r.Lo
		if hi := r.Hi &^ (a.page - 1); hi != 0 {
			q.hi = min(hi, a.managed)
		}
	}
	if r.Flags&strategies.TopDown != 0 {
		q.home, q.step = len(a.shards)-1, -1
	}
	return nil
}

// turn is the shard that is asked k-th.
func (a *sharded) turn(q *query, k int) int {
	n := len(a.shards)
	return (q.home + n + q.step*k) % n
}

// ask asks shard i unless it was. Without wait, one that is locked is left for
// later.
func (a *sharded) ask(dst []strategies.Block, q *query, i int, wait bool) (out []strategies.Block, ok bool) {
	s := &a.shards[i]
	bit := uint64(1) << (i & 63)
	r, possible := q.in(s)
	switch {
	case q.asked&bit != 0:
		return dst, false
	case !possible:
		q.asked |= bit
		return dst, false
	case wait:
		s.mu.Lock()
	case !s.mu.TryLock():
		return dst, false
	}
	defer s.mu.Unlock()
	q.asked |= bit
	return q.try(dst, s, i, r)
}

// in is the request in terms of a shard, if it can be one.
func (q *query) in(s *shard) (r strategies.Request, possible bool) {
	r = q.request
	if r.Flags&strategies.Range != 0 {
		lo, hi := max(q.lo, s.base), min(q.hi, s.end())
		if lo >= hi || hi-lo < r.Size {
			return r, false
		}
		r.Lo, r.Hi = lo-s.base, hi-s.base
	}
	return r, r.Size <= s.size && (r.Align == 0 || s.base&(r.Align-1) == 0)
}

// try asks a shard whose lock is held.
func (q *query) try(dst []strategies.Block, s *shard, i int, r strategies.Request) (out []strategies.Block, ok bool) {
	q.seen[i&(MaxShards-1)] = s.frees
	out, err := s.alloc(dst, r)
	if err != nil {
		q.refused(err)
	}
	return out, err == nil
}

// refused notes why a shard refused.
func (q *query) refused(err error) {
	if err == strategies.ErrNoSpace {
		q.noSpace = true
	} else if q.err == nil {
		q.err = err
	}
}

// together holds all locks: it asks again the shards in which something was freed
// since, and then for a place in several shards. So a refusal is true at one moment
// for all of the region.
func (a *sharded) together(dst []strategies.Block, q *query) ([]strategies.Block, error) {
	a.lockAll()
	defer a.unlockAll()
	for k := range a.shards {
		i := a.turn(q, k)
		s := &a.shards[i]
		if r, possible := q.in(s); possible && q.seen[i] != s.frees {
			if out, ok := q.try(dst, s, i, r); ok {
				return out, nil
			}
		}
	}
	if q.err != nil && !q.noSpace {
		return dst, q.err
	}
	if out, ok := a.across(dst, q); ok {
		return out, nil
	}
	return dst, strategies.ErrNoSpace
}

// release is Free and FreeCleared.
func (a *sharded) release(blocks []strategies.Block, cleared bool) {
	if len(blocks) == 0 {
		panic(badFree(blocks))
	}
	s := a.at(blocks[0].Start)
	for i := range blocks {
		if blocks[i].Start-s.base >= s.size {
			a.releaseAcross(blocks, cleared)
			return
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.pieces) != 0 {
		if _, found := s.find(blocks[0].Start); found {
			panic(badFree(blocks))
		}
	}
	s.giveBack(blocks, cleared)
}

// badFree says what is wrong with a list that is not one live grant.
func badFree(blocks []strategies.Block) string {
	if len(blocks) == 0 {
		return "shared: free of no blocks, which no allocation returned"
	}
	return fmt.Sprintf("shared: free of %d blocks from %d+%d on, which are not (or no longer) one grant",
		len(blocks), blocks[0].Start, blocks[0].Size)
}
