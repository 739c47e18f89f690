package ttm_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/strategies/buddy"
	"github.com/vramlab/vramlab/strategies/rangemgr"
	"github.com/vramlab/vramlab/strategies/strategytest"
	"github.com/vramlab/vramlab/strategies/ttm"
)

// newManager makes a manager of a number of pages, of which the first ones are visible
// (0: all).
func newManager(t testing.TB, s strategies.Strategy, pages, visible uint64, o ttm.Options) *ttm.Manager {
	t.Helper()
	m, err := ttm.New(strategies.Checked(s), strategies.Region{Size: pages * page, Page: page, Visible: visible * page}, o)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// window is a place of pages [lo, hi).
func window(lo, hi uint64) ttm.Place { return ttm.Place{Lo: lo * page, Hi: hi * page} }

// mustAlloc allocates a number of pages for owner.
func mustAlloc(t testing.TB, m *ttm.Manager, owner string, pages uint64, places ...ttm.Place) *ttm.Resource {
	t.Helper()
	r := &ttm.Resource{Owner: owner}
	if err := m.Alloc(r, ttm.Request{Size: pages * page, Places: places}); err != nil {
		t.Fatalf("%s, %d pages at %v: %v", owner, pages, places, err)
	}
	return r
}

func mustClose(t testing.TB, m *ttm.Manager) {
	t.Helper()
	if err := m.Close(); err != nil {
		t.Error(err)
	}
}

// avail is the number of free pages, all and visible.
func avail(m *ttm.Manager) [2]uint64 {
	a := m.Avail()
	return [2]uint64{a.Total / page, a.Visible / page}
}

// TestVisible checks the accounting of the visible part, 8 of 16 pages, with every
// strategy.
func TestVisible(t *testing.T) {
	const top = strategies.TopDown
	for _, s := range under {
		check := func(pages uint64, p ttm.Place, want uint64) {
			t.Helper()
			m := newManager(t, s, 16, 8, ttm.Options{})
			r := mustAlloc(t, m, "", pages, p)
			if got := r.Visible() / page; got != want {
				t.Errorf("%s: %d pages at %v lie at %v and count %d pages as visible, want %d", s.Name, pages, p, r.Blocks(), got, want)
			}
			if got, want := avail(m), [2]uint64{16 - pages, 8 - want}; got != want {
				t.Errorf("%s: %d pages at %v: avail is %d pages, want %d", s.Name, pages, p, got, want)
			}
			m.Free(r)
			mustClose(t, m)
		}
		check(3, window(0, 8), 3)
		check(8, window(0, 8), 8)
		check(2, window(2, 4), 2)   // inside the visible part
		check(4, window(8, 12), 0)  // outside
		check(1, window(7, 8), 1)   // its last page
		check(1, window(8, 9), 0)   // the page behind
		check(6, window(6, 12), 2)  // a block or two across the limit
		check(16, ttm.Place{}, 8)   // everything
		check(15, window(0, 15), 8) // all but the last page
		check(8, ttm.Place{Flags: top}, 0)
		check(9, ttm.Place{Flags: top | strategies.Contiguous}, map[string]uint64{
			"buddy":             8, // the first 9 of the only block of 16
			"rangemgr":          1,
			"reference":         1,
			"reference.scatter": 1,
		}[s.Name])
	}
}

// TestVisibleWithoutSearch: the count alone refuses more than the visible part has,
// though other pages are free.
func TestVisibleWithoutSearch(t *testing.T) {
	m := newManager(t, spying(t), 16, 8, ttm.Options{})
	mustAlloc(t, m, "a", 6, window(0, 8))
	r := &ttm.Resource{Owner: "b"}
	err := m.Alloc(r, ttm.Request{Size: 3 * page, Places: []ttm.Place{window(0, 8)}})
	if err != strategies.ErrNoSpace {
		t.Errorf("3 pages where 2 are visible: %v", err)
	}
	if err := m.Alloc(r, ttm.Request{Size: 3 * page, Places: []ttm.Place{window(0, 9)}}); err != nil {
		t.Error("3 pages of which one need not be visible:", err)
	}
}

// spying is a strategy whose allocator fails the test if it gets a request that the
// manager must refuse.
func spying(t *testing.T) strategies.Strategy {
	s := rangemgr.Strategy
	s.New = func(r strategies.Region) (strategies.Allocator, error) {
		a, err := rangemgr.Strategy.New(r)
		return spy{a, t}, err
	}
	return s
}

type spy struct {
	strategies.Allocator
	t *testing.T
}

func (s spy) Alloc(dst []strategies.Block, r strategies.Request) ([]strategies.Block, error) {
	blocks, err := s.Allocator.Alloc(dst, r)
	if err != nil {
		s.t.Errorf("the strategy was asked for %v", r)
	}
	return blocks, err
}

// TestRefusals checks every reason to refuse.
func TestRefusals(t *testing.T) {
	check := func(s strategies.Strategy, q ttm.Request, want error) {
		t.Helper()
		m := newManager(t, s, 16, 8, ttm.Options{})
		mustAlloc(t, m, "a", 4, window(4, 8))
		before := avail(m)
		if err := m.Alloc(new(ttm.Resource), q); !errors.Is(err, want) {
			t.Errorf("%s, %+v: %v, want %v", s.Name, q, err, want)
		}
		if got := avail(m); got != before {
			t.Errorf("%s, %+v: avail was %d pages and is %d after the refusal", s.Name, q, before, got)
		}
	}
	at := func(size uint64, places ...ttm.Place) ttm.Request { return ttm.Request{Size: size, Places: places} }
	for _, s := range under {
		check(s, at(0), strategies.ErrInvalid)
		check(s, at(17*page), strategies.ErrTooBig)
		check(s, at(1<<64-1), strategies.ErrTooBig)
		check(s, at(13*page), strategies.ErrNoSpace)
		check(s, at(9*page, window(0, 8)), strategies.ErrTooBig)  // larger than the end of the window
		check(s, at(5*page, window(0, 4)), strategies.ErrTooBig)  //
		check(s, at(5*page, window(0, 8)), strategies.ErrNoSpace) // larger than what is free in it
		check(s, at(5*page, window(4, 8)), strategies.ErrNoSpace) // larger than the window, not than its end
		check(s, at(page, window(4, 8)), strategies.ErrNoSpace)
		check(s, at(page, ttm.Place{Lo: 100}), strategies.ErrInvalid)
		check(s, at(page, ttm.Place{Hi: page + 1}), strategies.ErrInvalid)
		// The first error other than ErrNoSpace decides.
		check(s, at(9*page, window(0, 8), ttm.Place{}), strategies.ErrTooBig)
		check(s, at(5*page, window(0, 8), window(8, 10)), strategies.ErrNoSpace)
	}
	noWindows := strategytest.Reference
	noWindows.Caps &^= strategies.CapWindow
	m, err := ttm.New(noWindows, strategies.Region{Size: 16 * page, Page: page}, ttm.Options{})
	if err != nil {
		t.Fatal(err)
	}
	err = m.Alloc(new(ttm.Resource), at(page, window(0, 8)))
	if !errors.Is(err, strategies.ErrInvalid) || !errors.Is(m.Reserve(0, page), strategies.ErrInvalid) {
		t.Errorf("a window without CapWindow: %v", err)
	}
	mustAlloc(t, m, "the window that is the region", 1, window(0, 16))
}

// TestPlaces goes through several places in order.
func TestPlaces(t *testing.T) {
	m := newManager(t, rangemgr.Strategy, 16, 8, ttm.Options{})
	visible, end := window(0, 4), window(12, 16)
	for i, want := range []struct {
		pages, start uint64
	}{{3, 0}, {3, 12}, {1, 3}, {1, 15}} {
		r := mustAlloc(t, m, "", want.pages, visible, end)
		if got := r.Blocks()[0].Start / page; got != want.start {
			t.Errorf("allocation %d is at page %d, want %d", i, got, want.start)
		}
		if in := r.Place() == end; in != (want.start >= 12) {
			t.Errorf("allocation %d at page %d says it is at %v", i, want.start, r.Place())
		}
	}
}

// TestAlign: the default page is the alignment of requests that have none.
func TestAlign(t *testing.T) {
	for _, s := range under {
		m := newManager(t, s, 64, 0, ttm.Options{DefaultPage: 4 * page})
		odd := new(ttm.Resource) // what follows it must skip pages
		if err := m.Alloc(odd, ttm.Request{Size: page, Align: page, Places: []ttm.Place{window(0, 1)}}); err != nil {
			t.Fatal(err)
		}
		for align, want := range map[uint64]uint64{0: 4, 1: 1, 2: 2, 16: 16} {
			r := new(ttm.Resource)
			if err := m.Alloc(r, ttm.Request{Size: 16 * page, Align: align * page}); err != nil {
				t.Fatal(err)
			}
			for _, b := range r.Blocks() {
				if b.Start/page%want != 0 {
					t.Errorf("%s, align %d: block at page %d", s.Name, align, b.Start/page)
				}
			}
			m.Free(r)
		}
	}
}

// TestIntersectsCompatible checks both for a resource at pages [4, 10) of 16, of which
// 8 are visible.
func TestIntersectsCompatible(t *testing.T) {
	for _, s := range under {
		m := newManager(t, s, 16, 8, ttm.Options{})
		across := mustAlloc(t, m, "across", 6, window(4, 10))
		low := mustAlloc(t, m, "low", 2, window(2, 4))
		high := mustAlloc(t, m, "high", 2, window(12, 14))
		check := func(r *ttm.Resource, p ttm.Place, intersects, compatible bool) {
			t.Helper()
			if got := m.Intersects(r, p); got != intersects {
				t.Errorf("%s: %v: Intersects(%v, %v) is %v", s.Name, r.Blocks(), r.Owner, p, got)
			}
			if got := m.Compatible(r, p); got != compatible {
				t.Errorf("%s: %v: Compatible(%v, %v) is %v", s.Name, r.Blocks(), r.Owner, p, got)
			}
		}
		anywhere, visible := ttm.Place{}, window(0, 8)
		check(across, anywhere, true, true)
		check(across, window(0, 16), true, true)
		check(across, visible, true, false)
		check(across, window(0, 4), false, false)
		check(across, window(0, 5), true, false)
		check(across, window(0, 10), true, true)
		check(across, window(4, 10), true, true)
		check(across, window(5, 10), true, false)
		check(across, window(4, 9), true, false)
		check(across, window(6, 7), true, false)
		check(across, window(9, 16), true, false)
		check(across, window(10, 16), false, false)
		check(across, window(4, 0), true, true) // no upper limit
		check(across, window(9, 0), true, false)
		check(across, window(10, 0), false, false)
		check(low, visible, true, true)
		check(low, window(8, 16), false, false)
		check(high, visible, false, false)
		check(high, window(8, 16), true, true)
		check(high, window(0, 12), false, false)
	}
}

// TestNoBAR: if nothing is visible, nothing counts as visible and there is no limit.
func TestNoBAR(t *testing.T) {
	m := newManager(t, buddy.Strategy, 16, 0, ttm.Options{NoBAR: true})
	r := new(ttm.Resource)
	if err := m.AllocObject(r, ttm.Object{Size: 16 * page}); err != nil {
		t.Fatal(err)
	}
	if got := avail(m); got != [2]uint64{} || r.Visible() != 0 {
		t.Errorf("avail is %d pages with everything taken, %d bytes of it visible", got, r.Visible())
	}
	m.Free(r)
	mustClose(t, m)
}

// TestReserve reserves pages of 16, of which 8 are visible and page 4 is in use.
func TestReserve(t *testing.T) {
	check := func(s strategies.Strategy, start, size uint64, want error, left [2]uint64) {
		t.Helper()
		m := newManager(t, s, 16, 8, ttm.Options{})
		r := mustAlloc(t, m, "a", 1, window(4, 5))
		if err := m.Reserve(start, size); !errors.Is(err, want) {
			t.Errorf("%s: Reserve(%d, %d) is %v, want %v", s.Name, start, size, err, want)
		}
		if got := avail(m); got != left {
			t.Errorf("%s: Reserve(%d, %d) leaves %d pages, want %d", s.Name, start, size, got, left)
		}
		m.Free(r)
		mustClose(t, m)
		if got := avail(m); got != [2]uint64{16, 8} {
			t.Errorf("%s: Reserve(%d, %d) leaves %d pages after Close", s.Name, start, size, got)
		}
	}
	for _, s := range under {
		check(s, 0, page, nil, [2]uint64{14, 6})
		check(s, 15*page, page, nil, [2]uint64{14, 7})
		check(s, 5*page, 7*page, nil, [2]uint64{8, 4}) // across the limit
		check(s, 5*page, 11*page, nil, [2]uint64{4, 4})
		// A reservation that fails counts nothing, visible or not.
		check(s, 4*page, page, strategies.ErrNoSpace, [2]uint64{15, 7})
		check(s, 0, 16*page, strategies.ErrNoSpace, [2]uint64{15, 7})
		check(s, 3*page, 2*page, strategies.ErrNoSpace, [2]uint64{15, 7})
		check(s, 0, 0, strategies.ErrInvalid, [2]uint64{15, 7})
		check(s, 100, page, strategies.ErrInvalid, [2]uint64{15, 7})
		check(s, 0, page+1, strategies.ErrInvalid, [2]uint64{15, 7})
		check(s, 15*page, 2*page, strategies.ErrInvalid, [2]uint64{15, 7})
		check(s, 1<<63, 1<<63, strategies.ErrInvalid, [2]uint64{15, 7})
	}
}

// TestReservedTwice: the second reservation of the same pages fails and must not be
// counted. The kernel's count goes below zero here.
func TestReservedTwice(t *testing.T) {
	m := newManager(t, buddy.Strategy, 16, 8, ttm.Options{})
	for range 3 {
		m.Reserve(0, 6*page)
	}
	if got := avail(m); got != [2]uint64{10, 2} {
		t.Errorf("%d pages are left", got)
	}
	mustAlloc(t, m, "what is left of the visible part", 2, window(0, 8))
}

// TestClose: it names the holders, keeps the reservations while there are any, and
// succeeds when they are gone.
func TestClose(t *testing.T) {
	m := newManager(t, buddy.Strategy, 16, 8, ttm.Options{})
	if err := m.Reserve(0, page); err != nil {
		t.Fatal(err)
	}
	fb, other := mustAlloc(t, m, "framebuffer", 2), mustAlloc(t, m, "texture", 1)
	m.Pin(fb)
	m.Pin(fb)
	const want = "ttm: memory is still held by texture (4096 bytes), framebuffer (8192 bytes, pinned 2 times)"
	if err := m.Close(); err == nil || err.Error() != want {
		t.Errorf("Close said %v, want %s", err, want)
	}
	if got := avail(m); got[0] != 12 {
		t.Errorf("%d pages are free after a Close that failed", got[0])
	}
	if err := m.Alloc(new(ttm.Resource), ttm.Request{Size: page}); !errors.Is(err, strategies.ErrInvalid) {
		t.Errorf("an allocation after Close: %v", err)
	}
	if err := m.Reserve(page, page); !errors.Is(err, strategies.ErrInvalid) {
		t.Errorf("a reservation after Close: %v", err)
	}
	m.Unpin(fb)
	m.Unpin(fb)
	m.Free(fb)
	m.Free(other)
	mustClose(t, m)
	mustClose(t, m)
}

// TestCloseNamesAFew: of many holders Close names the first few.
func TestCloseNamesAFew(t *testing.T) {
	m := newManager(t, buddy.Strategy, 16, 0, ttm.Options{})
	for i := range 12 {
		mustAlloc(t, m, fmt.Sprint("bo", i), 1)
	}
	err := m.Close()
	if err == nil || !strings.HasSuffix(err.Error(), "bo7 (4096 bytes), 4 more") {
		t.Error(err)
	}
}

// TestNew checks the errors of New.
func TestNew(t *testing.T) {
	check := func(r strategies.Region, o ttm.Options) {
		t.Helper()
		if _, err := ttm.New(buddy.Strategy, r, o); !errors.Is(err, strategies.ErrInvalid) {
			t.Errorf("%+v %+v: %v", r, o, err)
		}
	}
	check(strategies.Region{Size: 16 * page, Page: 100}, ttm.Options{})
	check(strategies.Region{Size: 16 * page, Page: 4 * page}, ttm.Options{DefaultPage: page})
	check(strategies.Region{Size: 16 * page, Page: page}, ttm.Options{DefaultPage: 3 * page})
	picky := buddy.Strategy
	picky.New = func(strategies.Region) (strategies.Allocator, error) { return nil, errHard }
	if _, err := ttm.New(picky, strategies.Region{Size: page, Page: page}, ttm.Options{}); err != errHard {
		t.Errorf("the strategy's error came as %v", err)
	}
}

// TestMisuse: a caller's mistake panics with a sentence, changes nothing and leaves the
// lock free.
func TestMisuse(t *testing.T) {
	m, other := newManager(t, buddy.Strategy, 16, 0, ttm.Options{}), newManager(t, buddy.Strategy, 16, 0, ttm.Options{})
	check := func(want string, f func()) {
		t.Helper()
		defer func() {
			t.Helper()
			if got := fmt.Sprint(recover()); got != "ttm: "+want {
				t.Errorf("got %q, want %q", got, "ttm: "+want)
			}
			if err := m.Check(); err != nil {
				t.Error(err)
			}
		}()
		f()
	}
	r, gone := mustAlloc(t, m, "bo", 1), mustAlloc(t, m, "gone", 1)
	m.Free(gone)
	check("allocation into the resource of bo, which holds memory", func() { m.Alloc(r, ttm.Request{Size: page}) })
	check("allocation into the resource of gone, which belongs to another manager", func() { other.Alloc(gone, ttm.Request{Size: page}) })
	check("free of the resource of gone, which holds no memory", func() { m.Free(gone) })
	check("free of the resource of bo, which is not of this manager", func() { other.Free(r) })
	check("touch of the resource of unnamed, which is not of this manager", func() { m.Touch(new(ttm.Resource)) })
	check("unpin of the resource of bo, which is not pinned", func() { m.Unpin(r) })
	check("pin of the resource of gone, which holds no memory", func() { m.Pin(gone) })
	m.Pin(r)
	check("free of the resource of bo, which is pinned", func() { m.Free(r) })
	m.Unpin(r)
	m.Free(r)
	mustClose(t, m)
}

// TestHeap: with resources that are reused, neither allocation nor eviction takes
// anything from the Go heap.
func TestHeap(t *testing.T) {
	for _, s := range []strategies.Strategy{buddy.Strategy, rangemgr.Strategy} {
		for _, measured := range []bool{false, true} {
			m, err := ttm.New(s, strategies.Region{Size: 64 * page, Page: page}, ttm.Options{
				Evict: func(*ttm.Resource) error { return nil },
			})
			if err != nil {
				t.Fatal(err)
			}
			m.MeasureHolds(measured)
			var r [20]ttm.Resource // 5 pages each: a dozen fit
			i := 0
			churn := func() {
				if err := m.Alloc(&r[i%len(r)], ttm.Request{Size: 5 * page, Places: []ttm.Place{{Flags: strategies.Contiguous}}}); err != nil {
					t.Fatal(err)
				}
				i++
			}
			for range 100 {
				churn()
			}
			if n := testing.AllocsPerRun(200, churn); n != 0 {
				t.Errorf("%s, evicting: %v allocations from the heap each", s.Name, n)
			}
			if m.Stats().Evicted < 200 {
				t.Errorf("%s: only %d evictions", s.Name, m.Stats().Evicted)
			}
		}
	}
}

// TestFresh: a new resource takes one allocation on the Go heap, which has room for a
// usual number of blocks.
func TestFresh(t *testing.T) {
	m, err := ttm.New(buddy.Strategy, strategies.Region{Size: 64 * page, Page: page}, ttm.Options{})
	if err != nil {
		t.Fatal(err)
	}
	n := testing.AllocsPerRun(200, func() {
		r := new(ttm.Resource)
		if m.Alloc(r, ttm.Request{Size: 15 * page}) != nil || len(r.Blocks()) != 4 {
			t.Fatal(r.Blocks())
		}
		m.Free(r)
	})
	if n != 1 {
		t.Errorf("%v allocations from the heap each", n)
	}
}
