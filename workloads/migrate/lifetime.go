package migrate

import (
	"github.com/vramlab/vramlab/sgtable"
)

// Lifetime decides how long tables live. The values are those of [Lifetimes].
type Lifetime struct {
	Name string // good for [strategies.CheckName]; goes into benchmark names
	Doc  string // one sentence: who keeps a table alive

	rules rules
}

// Lifetimes lists all lifetimes; the first is the one that drivers use.
func Lifetimes() []Lifetime {
	return []Lifetime{
		{"refcount", "a table lives until its last holder puts it: one count, no copies (i915)", refcounted{}},
		{"copy", "each user makes its own copy of the table; the table is dropped when the object moves on", copied{}},
		{"resource", "a table lives and dies with the memory it describes, and users only point at it (considered for i915, and rejected)", withResource{}},
		{"gc", "users keep a plain pointer, and Go's collector frees tables that nobody points at", collected{}},
	}
}

// rules are the decisions of a lifetime. Several goroutines may call take, at and drop
// at once; the other methods are called for one owner by one goroutine at a time.
type rules interface {
	// begin gives a table just built to its owner.
	begin(s *store, o *owner, name string)
	// current says that the owner has become the object's memory.
	current(o *owner)
	// ahead says that the object's state has moved on to other memory.
	ahead(s *store, o *owner)
	// freed says that the owner's memory was given back, or promised to another.
	freed(s *store, o *owner)

	// take makes a hold for who on the table that from holds.
	take(s *store, from *hold, who string) hold
	// at returns segment i of the table, or false if the table was released.
	at(h *hold, i int) (sgtable.Segment, bool)
	// drop ends a hold made by take.
	drop(s *store, h *hold)
}

// owner is the owner of a table: memory of an object, in the device or the system.
type owner struct {
	own    hold   // on the table
	device bool   // device memory, not system memory
	size   uint64 // of the object, bytes
}

// name is the holder of the owner's reference. The cache keeps the table of device
// memory while the object has that memory; the page vector (tt) keeps the table of
// system memory as long as the pages.
func (o *owner) name() string {
	if o.device {
		return "cache"
	}
	return "tt"
}

// A hold lets a user read a table later. The zero value holds nothing.
type hold struct {
	t    *table
	segs []sgtable.Segment // read by at: copied and collected only
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

// refcounted is the design of i915. The first reference belongs to the cache (device
// memory) or the page vector, "tt" (system memory); the object has one for its current
// pages; each user has one. In the kernel the table of system pages is freed with the
// pages, and late holders keep an empty container; here the last holder frees it.
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

// copied gives each user a copy of its own, which lives until the user drops it.
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

// withResource does not protect tables. A table has a generation that changes when its
// memory is freed, and a hold remembers the generation, so a late reader notices. The
// check takes a lock for each segment, so that a late reader counts a hazard and never
// reads memory that a builder writes.
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

// collected leaves the memory of tables to the garbage collector. The number of users
// serves only to count the tables alive.
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
