package ttm_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/strategies/buddy"
	"github.com/vramlab/vramlab/strategies/rangemgr"
	"github.com/vramlab/vramlab/strategies/ttm"
)

// retired are the pages taken out of use, and those pending.
func retired(m *ttm.Manager) [2]uint64 {
	taken, pending := m.Retired()
	return [2]uint64{taken / page, pending / page}
}

// TestRetire retires pages of 16, of which 8 are visible: free ones at once, those in use
// when their owner goes.
func TestRetire(t *testing.T) {
	for _, s := range under {
		m := newManager(t, s, 16, 8, ttm.Options{})
		a, b := mustAlloc(t, m, "a", 4, window(2, 6)), mustAlloc(t, m, "b", 4, window(6, 10))
		if err := m.Reserve(12*page, 2*page); err != nil {
			t.Fatal(err)
		}
		check := func(what string, want, left [2]uint64) {
			t.Helper()
			if got := retired(m); got != want {
				t.Errorf("%s, %s: retired and pending are %d, want %d", s.Name, what, got, want)
			}
			if got := avail(m); got != left {
				t.Errorf("%s, %s: %d pages are free, want %d", s.Name, what, got, left)
			}
			if err := m.Check(); err != nil {
				t.Errorf("%s, %s: %v", s.Name, what, err)
			}
		}
		retire := func(lo, hi uint64) {
			t.Helper()
			if err := m.Retire(lo*page, (hi-lo)*page); err != nil {
				t.Fatalf("%s: %v", s.Name, err)
			}
		}
		retire(0, 1)
		check("a free page", [2]uint64{1, 0}, [2]uint64{5, 1})
		retire(5, 7)
		check("two in use", [2]uint64{1, 2}, [2]uint64{5, 1})
		retire(5, 7)
		retire(0, 1)
		check("the same", [2]uint64{1, 2}, [2]uint64{5, 1})
		retire(9, 13)
		check("in use, free and reserved", [2]uint64{3, 3}, [2]uint64{3, 1})
		m.Free(a)
		check("an owner gone", [2]uint64{4, 2}, [2]uint64{6, 4})
		if err := m.Alloc(a, ttm.Request{Size: 4 * page, Places: []ttm.Place{window(2, 6)}}); err != strategies.ErrNoSpace {
			t.Errorf("%s: a retired page was granted, or: %v", s.Name, err)
		}
		m.Free(b)
		check("both gone", [2]uint64{6, 0}, [2]uint64{8, 5})
		mustClose(t, m)
		check("closed", [2]uint64{}, [2]uint64{16, 8})
		if err := m.Retire(0, page); !errors.Is(err, strategies.ErrInvalid) {
			t.Errorf("%s, closed: %v", s.Name, err)
		}
	}
}

// TestRetireRefusals: wrong ranges are refused as by Reserve.
func TestRetireRefusals(t *testing.T) {
	m := newManager(t, buddy.Strategy, 16, 8, ttm.Options{})
	for _, r := range [][2]uint64{{0, 0}, {100, page}, {0, page + 1}, {15 * page, 2 * page}, {1 << 63, 1 << 63}} {
		if err := m.Retire(r[0], r[1]); !errors.Is(err, strategies.ErrInvalid) {
			t.Errorf("Retire(%d, %d) is %v", r[0], r[1], err)
		}
	}
	if got := retired(m); got != [2]uint64{} {
		t.Errorf("retired are %d", got)
	}
}

// TestRetireEvicted: the page of a victim is not granted to the one it was evicted for.
func TestRetireEvicted(t *testing.T) {
	for _, s := range under {
		c := newScene(t, s)
		if err := c.Retire(page, page); err != nil {
			t.Fatal(err)
		}
		r := mustAlloc(t, c.Manager, "new", 2)
		if got := strings.Join(c.evicted, ""); got != "ab" {
			t.Errorf("%s: evicted are %s", s.Name, got)
		}
		for _, b := range r.Blocks() {
			if b.Start < 2*page && b.End() > page {
				t.Errorf("%s: page 1 is bad and was granted: %v", s.Name, r.Blocks())
			}
		}
		if got := retired(c.Manager); got != [2]uint64{1, 0} {
			t.Errorf("%s: retired are %d", s.Name, got)
		}
	}
}

// TestRetireSharedPage: a page of the region of which two owners have a part leaves when
// both are gone; one that is free in between does so too.
func TestRetireSharedPage(t *testing.T) {
	m, err := ttm.New(strategies.Checked(rangemgr.Strategy), strategies.Region{Size: 64 * page, Page: 16 * page}, ttm.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var r [5]ttm.Resource
	for i := range r { // of 12 pages each, side by side
		if err := m.Alloc(&r[i], ttm.Request{Size: 12 * page, Align: page, Places: []ttm.Place{{Lo: uint64(i) * 12 * page}}}); err != nil {
			t.Fatal(err)
		}
	}
	if err := m.Retire(0, 64*page); err != nil {
		t.Fatal(err)
	}
	for _, x := range []struct {
		free int
		want [2]uint64
	}{{1, [2]uint64{0, 64}}, {2, [2]uint64{16, 48}}, {4, [2]uint64{32, 32}}, {3, [2]uint64{48, 16}}, {0, [2]uint64{64, 0}}} {
		m.Free(&r[x.free])
		if got := retired(m); got != x.want {
			t.Errorf("after %d: retired are %d pages, want %d", x.free, got, x.want)
		}
		if err := m.Check(); err != nil {
			t.Error(err)
		}
	}
	mustClose(t, m)
}

// TestUse: a desired place is not evicted for, a fallback is tried last.
func TestUse(t *testing.T) {
	const desired, fallback = ttm.Desired, ttm.Fallback
	check := func(free, want string, page uint64, err error, q ttm.Request) {
		t.Helper()
		c := newScene(t, rangemgr.Strategy)
		for _, n := range free {
			c.Free(c.r[string(n)])
		}
		r := &ttm.Resource{Owner: "new"}
		if got := c.Alloc(r, q); got != err {
			t.Fatalf("%+v: %v, want %v", q, got, err)
		}
		if got := strings.Join(c.evicted, ""); got != want {
			t.Errorf("%+v: evicted are %q, want %q", q, got, want)
		}
		if err == nil && r.Blocks()[0].Start/4096 != page {
			t.Errorf("%+v: at %v, want page %d", q, r.Blocks(), page)
		}
	}
	at := func(lo, hi uint64, u ttm.Use) ttm.Place {
		p := window(lo, hi)
		p.Use = u
		return p
	}
	pages := func(places ...ttm.Place) ttm.Request { return ttm.Request{Size: 2 * page, Places: places} }
	low, high := at(0, 8, desired), at(8, 16, 0)
	check("", "e", 8, nil, pages(low, high))
	check("b", "", 2, nil, pages(low, high))
	check("bf", "", 2, nil, pages(low, high))
	check("f", "", 10, nil, pages(low, high))
	check("", "", 0, strategies.ErrNoSpace, pages(low))
	check("b", "", 2, nil, pages(low))
	low, high = at(0, 8, 0), at(8, 16, fallback)
	check("", "a", 0, nil, pages(low, high))
	check("f", "a", 0, nil, pages(low, high)) // free room, but in the fallback
	check("f", "", 10, nil, pages(high))
	check("", "e", 8, nil, pages(high))
	check("f", "", 10, nil, pages(high, low)) // in the second round it comes first
	low.Use = desired
	check("f", "", 10, nil, pages(low, high))
	check("", "e", 8, nil, pages(low, high))
	check("f", "", 10, nil, ttm.Request{Size: 2 * page, Places: []ttm.Place{low, high}, NoEvict: true})
	check("", "", 0, strategies.ErrNoSpace, ttm.Request{Size: 2 * page, Places: []ttm.Place{low, high}, NoEvict: true})
}
