package shared

import (
	"math/bits"

	"github.com/vramlab/vramlab/strategies"
)

// The requests that go to several shards. All locks are held throughout.

// across grants a request in several shards, or in none that can be asked the
// usual way because of its alignment.
func (a *sharded) across(dst []strategies.Block, q *query) (out []strategies.Block, ok bool) {
	from := len(dst)
	r := q.request
	size := (r.Size + a.page - 1) &^ (a.page - 1)
	q.lo = (q.lo + a.page - 1) &^ (a.page - 1) // may wrap to 0 only where q.lo is past the end
	switch {
	case r.Lo > a.managed && r.Flags&strategies.Range != 0 || q.lo >= q.hi || q.hi-q.lo < size:
		return dst, false
	case r.Align > a.unit:
		out, ok = a.atMultiples(dst, q, size)
	case size == a.page:
		return dst, false
	case a.scatter && r.Flags&strategies.Contiguous == 0:
		out, ok = a.scattered(dst, q, size)
	default:
		out, ok = a.oneRun(dst, q, size)
	}
	if ok {
		a.seal(out[from:])
	}
	return out, ok
}

// atMultiples grants one run at a multiple of an alignment that not all
// boundaries are a multiple of; there are at most 16 of those for each shard.
func (a *sharded) atMultiples(dst []strategies.Block, q *query, size uint64) (out []strategies.Block, ok bool) {
	align, last := q.request.Align, q.hi-size
	first := (q.lo + align - 1) &^ (align - 1)
	if first < q.lo || first > last {
		return dst, false
	}
	n := (last-first)/align + 1
	for k := range n {
		start := first + k*align
		if q.step < 0 {
			start = first + (n-1-k)*align
		}
		if out, ok = a.take(dst, start, start+size); ok {
			return out, true
		}
	}
	return dst, false
}

// take grants precisely [lo, hi), shard by shard.
func (a *sharded) take(dst []strategies.Block, lo, hi uint64) (out []strategies.Block, ok bool) {
	out = dst
	for lo < hi {
		s := a.at(lo)
		end := min(hi, s.end())
		var err error
		if out, err = s.alloc(out, s.exact(lo, end)); err != nil {
			a.undo(out[len(dst):])
			return dst, false
		}
		lo = end
	}
	return out, true
}

// oneRun grants the lowest run of free pages across boundaries that is large
// enough, or the highest from the top.
func (a *sharded) oneRun(dst []strategies.Block, q *query, size uint64) (out []strategies.Block, ok bool) {
	align := max(q.request.Align, a.page)
	start, found := uint64(0), false
	a.runs(q.lo, q.hi, size, func(lo, hi uint64) bool {
		at := (lo + align - 1) &^ (align - 1)
		if q.step < 0 && hi-lo >= size {
			at = (hi - size) &^ (align - 1)
		}
		if at >= lo && at < hi && hi-at >= size {
			start, found = at, true
		}
		return !found || q.step < 0
	})
	if !found {
		return dst, false
	}
	return a.take(dst, start, start+size)
}

// runs yields the free runs of [lo, hi) that touch a boundary, by address, as
// far as what reaches at most size into a shard shows them.
func (a *sharded) runs(lo, hi, size uint64, yield func(lo, hi uint64) bool) {
	var start, end uint64 // of the run that ends where the shard begins
	for i := range a.shards {
		s := &a.shards[i]
		from, to := max(lo, s.base), min(hi, s.end())
		if from >= to {
			continue
		}
		if start < end {
			n := a.vacantFrom(s, from, to, size)
			if end = from + n; end == to {
				continue
			}
			if n > 0 && !yield(start, end) {
				return
			}
		}
		start, end = to-a.vacantTo(s, from, to, size), to
	}
	if start < end {
		yield(start, end)
	}
}

// vacantFrom is how much is free at the start of [from, to): up to size, or all.
func (a *sharded) vacantFrom(s *shard, from, to, size uint64) uint64 {
	if to-from <= size && s.vacant(from, to) {
		return to - from
	}
	return a.longest(min(to-from, size), func(n uint64) bool { return s.vacant(from, from+n) })
}

// vacantTo is how much is free at the end of [from, to): up to size, or all.
func (a *sharded) vacantTo(s *shard, from, to, size uint64) uint64 {
	if to-from <= size && s.vacant(from, to) {
		return to - from
	}
	return a.longest(min(to-from, size), func(n uint64) bool { return s.vacant(to-n, to) })
}

// longest is the largest number of whole pages, at most limit bytes, that is
// vacant, where all smaller ones are: found in steps that double and then halve.
func (a *sharded) longest(limit uint64, vacant func(uint64) bool) uint64 {
	shift := bits.TrailingZeros64(a.page)
	most := limit >> shift
	good, step := uint64(0), uint64(1)
	for good < most && vacant((good+min(step, most-good))<<shift) {
		good += min(step, most-good)
		step *= 2
	}
	for most = min(most, good+step); step > 0; step /= 2 {
		if good+step < most && vacant((good+step)<<shift) {
			good += step
		}
	}
	return good << shift
}

// scattered takes from shard after shard as much as it has, whatever the home, so
// that an empty region serves a request in the same number of blocks each time.
func (a *sharded) scattered(dst []strategies.Block, q *query, size uint64) (out []strategies.Block, ok bool) {
	out = dst
	if q.step > 0 {
		q.home = 0
	}
	for k := range a.shards {
		s := &a.shards[a.turn(q, k)]
		lo, hi := max(q.lo, s.base), min(q.hi, s.end())
		if lo >= hi {
			continue
		}
		r := q.request
		r.Lo, r.Hi, r.Size = lo-s.base, hi-s.base, min(size, s.free, hi-lo)
		out = a.most(out, s, r, &size)
		if size == 0 {
			return out, true
		}
	}
	a.undo(out[len(dst):])
	return dst, false
}

// most grants r, or as much of it as the shard can, and subtracts that from
// size.
func (a *sharded) most(dst []strategies.Block, s *shard, r strategies.Request, size *uint64) []strategies.Block {
	if r.Size == 0 {
		return dst
	}
	out, err := s.alloc(dst, r)
	if err == nil && strategies.MisalignedInWindow(r, out[len(dst):]) {
		// A known deviation of the strategy, which it may show in a grant of its own
		// but not in a part of one.
		s.giveBack(out[len(dst):], false)
		return dst
	}
	if err != nil {
		unit := max(a.page, r.Align)
		good, bad := uint64(0), (r.Size-1)/unit+1
		for bad-good > 1 {
			n := good + (bad-good)/2
			if r.Size = n * unit; s.possible(r) {
				good = n
			} else {
				bad = n
			}
		}
		if r.Size = good * unit; good > 0 {
			out, _ = s.alloc(dst, r)
		}
	}
	for _, b := range out[len(dst):] {
		*size -= min(*size, b.Size)
	}
	return out
}

// possible reports whether r would be granted, by trying.
func (s *shard) possible(r strategies.Request) bool {
	out, err := s.inner.Alloc(s.scratch[:0], r)
	if err == nil {
		s.inner.Free(out)
	}
	s.scratch = out[:0]
	return err == nil
}

// undo gives back blocks of which those in a shard are one grant of it.
func (a *sharded) undo(blocks []strategies.Block) {
	for len(blocks) > 0 {
		s, n := a.group(blocks)
		s.giveBack(blocks[:n], false)
		blocks = blocks[n:]
	}
}

// group is the shard of the first block, and how many blocks from there on are
// of that shard.
func (a *sharded) group(blocks []strategies.Block) (s *shard, n int) {
	s = a.at(blocks[0].Start)
	for n = 1; n < len(blocks) && blocks[n].Start-s.base < s.size; n++ {
	}
	return s, n
}

// seal notes a grant in several shards: in each, where it has a piece.
func (a *sharded) seal(blocks []strategies.Block) {
	if _, n := a.group(blocks); n == len(blocks) {
		return
	}
	sum := checksum(blocks)
	for len(blocks) > 0 {
		s, n := a.group(blocks)
		s.enter(piece{blocks[0].Start, sum})
		blocks = blocks[n:]
	}
}

// releaseAcross is release for blocks of several shards: they must be all that
// one grant had, in its order.
func (a *sharded) releaseAcross(blocks []strategies.Block, cleared bool) {
	a.lockAll()
	defer a.unlockAll()
	a.mustHold(blocks)
	for len(blocks) > 0 {
		s, n := a.group(blocks)
		s.forget(blocks[0].Start)
		s.giveBack(blocks[:n], cleared)
		blocks = blocks[n:]
	}
}

// mustHold panics unless blocks, of several shards, are exactly one live grant.
func (a *sharded) mustHold(blocks []strategies.Block) {
	sum := checksum(blocks)
	for rest := blocks; len(rest) > 0; {
		s, n := a.group(rest)
		if at, found := s.find(rest[0].Start); !found || s.pieces[at].sum != sum {
			panic(badFree(blocks))
		}
		rest = rest[n:]
	}
}

// checksum is a number that other blocks, or the same in another order, have only
// with probability 2^-64.
func checksum(blocks []strategies.Block) uint64 {
	h := uint64(len(blocks))
	for _, b := range blocks {
		for _, v := range [...]uint64{b.Start, b.Size, uint64(b.Node)} {
			hi, lo := bits.Mul64(h^v^0x9e3779b97f4a7c15, 0xd1342543de82ef95)
			h = bits.RotateLeft64(lo, 29) ^ hi + 1
		}
	}
	return h
}
