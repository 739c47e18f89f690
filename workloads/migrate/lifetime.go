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
	begin(s *store, o *owner, name string)
	// current notes that b has become the object's own memory.
	current(o *owner)
	// ahead notes that the object's state has moved on from b.
	ahead(s *store, o *owner)
	// freed notes that the memory of b was given back, or promised to another.
	freed(s *store, o *owner)

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

// owner is the owner of a table: memory of an object, on one side.
type owner struct {
	own    hold   // on the table
	device bool   // device memory, not system memory
	size   uint64 // of the object, bytes
}

// name is what the owner's reference is held under: the cache keeps the table of
// device memory while the object has that memory, the page vector (tt) keeps that
// of system memory as long as the pages.
func (o *owner) name() string {
	if o.device {
		return "cache"
	}
	return "tt"
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

func (refcounted) begin(s *store, o *owner, name string) {
	t := o.own.t
	if t.release == nil {
		t.release = func(*sgtable.Ref) { s.retire(t) }
	}
	t.ref.Init(t.segs, o.size, t.release)
	t.ref.Track(s.tracker, name)
	t.ref.Hand(sgtable.Owner, o.name())
}

func (refcounted) current(o *owner) { o.own.t.ref.Get("pages") }

func (refcounted) ahead(_ *store, o *owner) {
	ref := &o.own.t.ref
	if o.device {
		ref.Put(o.name())
	}
	ref.Put("pages")
}

func (refcounted) freed(_ *store, o *owner) {
	if !o.device {
		o.own.t.ref.Put(o.name())
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

func (copied) begin(_ *store, o *owner, _ string) { o.own.segs = o.own.t.segs }

func (copied) current(*owner) {}

func (copied) ahead(s *store, o *owner) {
	if o.device {
		s.retire(o.own.t)
	}
}

func (copied) freed(s *store, o *owner) {
	if !o.device {
		s.retire(o.own.t)
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

func (withResource) begin(_ *store, o *owner, _ string) { o.own.gen = o.own.t.gen }

func (withResource) current(*owner) {}

func (withResource) ahead(*store, *owner) {}

func (withResource) freed(s *store, o *owner) {
	t := o.own.t
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

func (collected) begin(_ *store, o *owner, _ string) {
	o.own.segs = o.own.t.segs
	o.own.t.users.Store(1)
}

func (collected) current(*owner) {}

func (c collected) ahead(s *store, o *owner) {
	if o.device {
		c.drop(s, &o.own)
	}
}

func (c collected) freed(s *store, o *owner) {
	if !o.device {
		c.drop(s, &o.own)
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
