package migrate

import (
	"slices"

	"github.com/vramlab/vramlab/sgtable"
)

// Lifetime is an answer to the question of how long a table lives: the axis that
// this package exists for. The values are those of [Lifetimes].
type Lifetime struct {
	Name string // [a-z][a-z0-9_.]*; goes into benchmark names
	Doc  string // one sentence: who keeps a table alive

	rules rules
}

// Lifetimes lists the lifetimes there are; the first is the one that drivers
// use.
func Lifetimes() []Lifetime {
	return []Lifetime{
		{"refcount", "a table lives until the last of its holders puts it: one count, no copies (i915)", refcounted{}},
		{"copy", "each user makes a copy of the table for itself; the table is dropped when the object moves on", copied{}},
		{"resource", "a table lives and dies with the memory it describes, and users only point at it (considered for i915, and rejected)", withResource{}},
		{"gc", "users keep a plain pointer and Go's collector frees what nobody points at any more", collected{}},
	}
}

// LookupLifetime finds a lifetime by its name.
func LookupLifetime(name string) (Lifetime, bool) {
	list := Lifetimes()
	i := slices.IndexFunc(list, func(l Lifetime) bool { return l.Name == name })
	if i < 0 {
		return Lifetime{}, false
	}
	return list[i], true
}

// rules are what a lifetime decides. take, at and drop may be called from several
// goroutines at once, the others for one backing by one at a time.
type rules interface {
	// begin gives a table just built to its owner, a backing.
	begin(s *store, b *backing, name string)
	// current notes that b has become the object's own memory.
	current(b *backing)
	// ahead notes that the object's state has moved on from b.
	ahead(s *store, b *backing)
	// freed notes that the memory of b was given back, or promised to another.
	freed(s *store, b *backing)

	// take makes a hold for who on the table that from holds.
	take(s *store, from *hold, who string) hold
	// at is segment i of the table, or false if the table was released.
	at(h *hold, i int) (sgtable.Segment, bool)
	// drop ends a hold made by take.
	drop(s *store, h *hold)
}

// A hold is what somebody keeps in order to read a table later. The zero value
// holds nothing.
type hold struct {
	t    *table
	segs []sgtable.Segment // what at reads: copied and collected only
	gen  uint64            // of t when the hold was made: withResource only
	n    int               // segments
	who  string
}

// pages appends the addresses of the first n pages of h's table to dst, or
// reports that the table was released.
func (h *hold) pages(r rules, dst []uint64, n int) ([]uint64, bool) {
	for i := 0; i < h.n && len(dst) < n; i++ {
		s, ok := r.at(h, i)
		if !ok {
			return dst, false
		}
		dst = appendPages(dst, s, n)
	}
	return dst, true
}

// refcounted is the design of i915. The first reference is the cache's for device
// memory, that of the page vector ("tt") for system memory; the object has one
// for the pages it calls its own; users have one each.
type refcounted struct{}

func (refcounted) begin(s *store, b *backing, name string) {
	t := b.own.t
	if t.release == nil {
		t.release = func(*sgtable.Ref) { s.retire(t) }
	}
	t.ref.Init(t.segs, b.obj.size, t.release)
	t.ref.Track(s.tracker, name)
	t.ref.Hand(sgtable.Owner, b.ownerName())
}

func (refcounted) current(b *backing) { b.own.t.ref.Get("pages") }

func (refcounted) ahead(_ *store, b *backing) {
	ref := &b.own.t.ref
	if b.device {
		ref.Put(b.ownerName())
	}
	ref.Put("pages")
}

func (refcounted) freed(_ *store, b *backing) {
	if !b.device {
		b.own.t.ref.Put(b.ownerName())
	}
}

func (refcounted) take(_ *store, from *hold, who string) hold {
	from.t.ref.Get(who)
	return hold{t: from.t, n: from.n, who: who}
}

func (refcounted) at(h *hold, i int) (sgtable.Segment, bool) { return h.t.ref.Table()[i], true }

func (refcounted) drop(_ *store, h *hold) { h.t.ref.Put(h.who) }

// copied copies. What a user reads is its own, so nothing can take it away.
type copied struct{}

func (copied) begin(_ *store, b *backing, _ string) { b.own.segs = b.own.t.segs }

func (copied) current(*backing) {}

func (copied) ahead(s *store, b *backing) {
	if b.device {
		s.retire(b.own.t)
	}
}

func (copied) freed(s *store, b *backing) {
	if !b.device {
		s.retire(b.own.t)
	}
}

func (copied) take(s *store, from *hold, _ string) hold {
	return hold{segs: s.copy(from.segs), n: from.n}
}

func (copied) at(h *hold, i int) (sgtable.Segment, bool) { return h.segs[i], true }

func (copied) drop(s *store, h *hold) { s.dropCopy(h.segs) }

// withResource takes no measures. A table has a generation, which ends with the
// memory that it describes; a hold remembers it, so that a reader who comes too
// late notices. The check is under a lock for each segment: what is found is a
// hazard to be counted, and never a read of memory that a builder writes.
type withResource struct{}

func (withResource) begin(_ *store, b *backing, _ string) { b.own.gen = b.own.t.gen }

func (withResource) current(*backing) {}

func (withResource) ahead(*store, *backing) {}

func (withResource) freed(s *store, b *backing) {
	t := b.own.t
	t.mu.Lock()
	t.gen++
	t.mu.Unlock()
	s.retire(t)
}

func (withResource) take(_ *store, from *hold, _ string) hold { return *from }

func (withResource) at(h *hold, i int) (sgtable.Segment, bool) {
	h.t.mu.Lock()
	defer h.t.mu.Unlock()
	if h.t.gen != h.gen {
		return sgtable.Segment{}, false
	}
	return h.t.segs[i], true
}

func (withResource) drop(*store, *hold) {}

// collected leaves the memory of tables to the collector. The count of users only
// keeps the books: without it nobody knew how many tables are alive.
type collected struct{}

func (collected) begin(_ *store, b *backing, _ string) {
	b.own.segs = b.own.t.segs
	b.own.t.users.Store(1)
}

func (collected) current(*backing) {}

func (c collected) ahead(s *store, b *backing) {
	if b.device {
		c.drop(s, &b.own)
	}
}

func (c collected) freed(s *store, b *backing) {
	if !b.device {
		c.drop(s, &b.own)
	}
}

func (collected) take(_ *store, from *hold, _ string) hold {
	from.t.users.Add(1)
	return *from
}

func (collected) at(h *hold, i int) (sgtable.Segment, bool) { return h.segs[i], true }

func (collected) drop(s *store, h *hold) {
	if h.t.users.Add(-1) == 0 {
		s.retire(h.t)
	}
}
