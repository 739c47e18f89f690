package ttm_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/strategies/rangemgr"
	"github.com/vramlab/vramlab/strategies/ttm"
)

// scene is a manager of 16 pages, 8 of them visible, that was filled from page
// 0 on with resources of two pages: a to h, a the oldest.
type scene struct {
	*ttm.Manager
	r       map[string]*ttm.Resource
	evicted []string         // in order
	says    map[string]error // what the callback says, nil for the others
}

func newScene(t *testing.T, s strategies.Strategy) *scene {
	t.Helper()
	c := &scene{r: make(map[string]*ttm.Resource), says: make(map[string]error)}
	c.Manager = newManager(t, s, 16, 8, ttm.Options{Evict: func(victim *ttm.Resource) error {
		name := victim.Owner.(string)
		if err := c.says[name]; err != nil {
			return err
		}
		c.evicted = append(c.evicted, name)
		return nil
	}})
	for i := range uint64(8) {
		name := string(rune('a' + i))
		c.r[name] = mustAlloc(t, c.Manager, name, 2, window(2*i, 2*i+2))
	}
	return c
}

// TestEviction: which resources are evicted, in what order, and when it stops.
func TestEviction(t *testing.T) {
	const contiguous = strategies.Contiguous
	check := func(prepare func(c *scene), q ttm.Request, want string, wantErr error) {
		t.Helper()
		for _, s := range under {
			c := newScene(t, s)
			prepare(c)
			r := &ttm.Resource{Owner: "new"}
			if err := c.Alloc(r, q); !errors.Is(err, wantErr) {
				t.Errorf("%s, %+v: %v, want %v", s.Name, q, err, wantErr)
			}
			if got := strings.Join(c.evicted, ""); got != want {
				t.Errorf("%s, %+v: evicted are %q, want %q", s.Name, q, got, want)
			}
			if st := c.Stats(); st.Evicted != uint64(len(want)) || st.EvictedBytes != st.Evicted*2*page {
				t.Errorf("%s, %+v: counted are %+v", s.Name, q, st)
			}
			if err := c.Check(); err != nil {
				t.Errorf("%s, %+v: %v", s.Name, q, err)
			}
		}
	}
	nothing := func(*scene) {}
	pages := func(n uint64, places ...ttm.Place) ttm.Request { return ttm.Request{Size: n * page, Places: places} }
	high, visible := window(8, 16), window(0, 8)

	// Oldest first, until it fits and no further.
	check(nothing, pages(2), "a", nil)
	check(nothing, pages(1), "a", nil)
	check(nothing, pages(2, high), "e", nil)
	check(nothing, pages(4, high), "ef", nil)
	check(nothing, pages(16), "abcdefgh", nil)
	// One page in the window makes a victim.
	check(nothing, pages(2, window(3, 5)), "bc", nil)
	check(func(c *scene) { c.Free(c.r["h"]) }, pages(2), "", nil)
	check(func(c *scene) { c.Free(c.r["h"]) }, pages(2, visible), "a", nil)
	// A resource that was used lately is evicted last.
	check(func(c *scene) { c.Touch(c.r["a"]); c.Touch(c.r["c"]) }, pages(2, visible), "b", nil)
	check(func(c *scene) { c.Touch(c.r["a"]); c.Touch(c.r["c"]) }, pages(8, visible), "bdac", nil)
	// A pinned resource is never evicted.
	check(func(c *scene) { c.Pin(c.r["a"]) }, pages(2), "b", nil)
	check(func(c *scene) { c.Pin(c.r["b"]) }, pages(8, visible), "acd", strategies.ErrNoSpace)
	check(func(c *scene) { c.Pin(c.r["a"]); c.Unpin(c.r["a"]) }, pages(2), "b", nil)
	check(func(c *scene) { c.Pin(c.r["a"]); c.Pin(c.r["a"]); c.Unpin(c.r["a"]); c.Touch(c.r["a"]) }, pages(2, window(0, 2)), "", strategies.ErrNoSpace)
	// The walk goes on after a busy resource, which keeps its place in the list.
	check(func(c *scene) { c.says["a"] = ttm.ErrBusy }, pages(2), "b", nil)
	check(func(c *scene) { c.says["e"] = fmt.Errorf("%w: in flight", ttm.ErrBusy) }, pages(2, high), "f", nil)
	check(func(c *scene) { c.says["c"] = ttm.ErrBusy }, pages(8, visible), "abd", strategies.ErrNoSpace)
	// Any other error ends the walk.
	check(func(c *scene) { c.says["b"] = errHard }, pages(4, visible), "a", errHard)
	// A place that has room is used before any eviction for another.
	check(func(c *scene) { c.Free(c.r["h"]) }, pages(2, visible, high), "", nil)
	check(nothing, pages(2, high, visible), "e", nil)
	check(func(c *scene) { c.Pin(c.r["a"]); c.Pin(c.r["b"]) }, pages(4, window(0, 4), high), "ef", nil)
	// Nothing is evicted for a request that can never fit, or that may not evict.
	check(nothing, pages(17), "", strategies.ErrTooBig)
	check(nothing, pages(9, visible), "", strategies.ErrTooBig)
	check(nothing, ttm.Request{Size: page, NoEvict: true}, "", strategies.ErrNoSpace)
	// One run of pages can take more victims than its size.
	check(func(c *scene) { c.Touch(c.r["b"]) }, pages(4, ttm.Place{Hi: 8 * page, Flags: contiguous}), "acd", nil)
}

// TestBusyKeepsItsAge: a resource that was busy is the first one to be tried again.
func TestBusyKeepsItsAge(t *testing.T) {
	c := newScene(t, rangemgr.Strategy)
	c.says["a"] = ttm.ErrBusy
	mustAlloc(t, c.Manager, "new", 2)
	delete(c.says, "a")
	mustAlloc(t, c.Manager, "newer", 2)
	if got := strings.Join(c.evicted, ""); got != "ba" {
		t.Errorf("evicted are %q", got)
	}
	if st := c.Stats(); st.Busy != 1 || st.Looked != 3 {
		t.Errorf("counted are %+v", st)
	}
}

// TestCallbackAllocates: a callback may use the manager, and a resource that it
// allocates is no victim of the walk that called it.
func TestCallbackAllocates(t *testing.T) {
	var m *ttm.Manager
	var victims []string
	copies := make(map[string]*ttm.Resource)
	m = newManager(t, rangemgr.Strategy, 16, 8, ttm.Options{Evict: func(victim *ttm.Resource) error {
		name := victim.Owner.(string)
		victims = append(victims, name)
		copies[name] = &ttm.Resource{Owner: "copy of " + name}
		return m.Alloc(copies[name], ttm.Request{Size: victim.Size(), Places: []ttm.Place{window(8, 16)}, NoEvict: true})
	}})
	mustAlloc(t, m, "a", 4, window(0, 8))
	mustAlloc(t, m, "b", 4, window(0, 8))
	mustAlloc(t, m, "c", 8, window(0, 8))
	if want := []string{"a", "b"}; !slices.Equal(victims, want) {
		t.Errorf("evicted are %v, want %v", victims, want)
	}
	// The copies fill the other half, so the next victim has nowhere to go. The
	// callback's ErrNoSpace is not that of the allocation.
	err := m.Alloc(new(ttm.Resource), ttm.Request{Size: page})
	if want := "ttm: eviction of copy of a: no space"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
	if err := m.Check(); err != nil {
		t.Error(err)
	}
}

// TestWalkEnds: a walk does not see a resource that was touched after it began, however
// long others keep touching it.
func TestWalkEnds(t *testing.T) {
	var m *ttm.Manager
	var a, b *ttm.Resource
	asked := ""
	m = newManager(t, rangemgr.Strategy, 16, 0, ttm.Options{Evict: func(victim *ttm.Resource) error {
		asked += victim.Owner.(string)
		if len(asked) > 10 {
			return errHard
		}
		for _, r := range []*ttm.Resource{a, b} {
			if r != victim {
				m.Touch(r)
			}
		}
		return ttm.ErrBusy
	}})
	a, b = mustAlloc(t, m, "a", 8), mustAlloc(t, m, "b", 8)
	if err := m.Alloc(new(ttm.Resource), ttm.Request{Size: page}); err != strategies.ErrNoSpace || asked != "a" {
		t.Errorf("%v after asking %s", err, asked)
	}
	if st := m.Stats(); st.Looked != 1 { // the one that ends the walk is not looked at
		t.Errorf("counted are %+v", st)
	}
}

// TestEvictAll evicts all it can and names the resources that stay.
func TestEvictAll(t *testing.T) {
	c := newScene(t, rangemgr.Strategy)
	c.Pin(c.r["c"])
	c.says["e"] = ttm.ErrBusy
	const want = "ttm: memory is still held by e (8192 bytes), c (8192 bytes, pinned 1 times)"
	if err := c.EvictAll(); err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
	if got := strings.Join(c.evicted, ""); got != "abdfgh" {
		t.Errorf("evicted are %q", got)
	}
	c.Unpin(c.r["c"])
	c.says["e"] = errHard
	if err := c.Close(); !errors.Is(err, errHard) || !strings.Contains(err.Error(), "eviction of e") {
		t.Error(err)
	}
	delete(c.says, "e")
	mustClose(t, c.Manager)
}

// TestCallbackPanics: the panic comes out of Alloc, and the victim keeps its memory.
func TestCallbackPanics(t *testing.T) {
	m := newManager(t, rangemgr.Strategy, 16, 0, ttm.Options{Evict: func(*ttm.Resource) error { panic("oops") }})
	old := mustAlloc(t, m, "old", 16)
	r := new(ttm.Resource)
	func() {
		defer func() {
			if got := recover(); got != "oops" {
				t.Errorf("recovered %v", got)
			}
		}()
		m.Alloc(r, ttm.Request{Size: page})
	}()
	m.Free(old)
	if err := m.Alloc(r, ttm.Request{Size: page}); err != nil {
		t.Error(err)
	}
	m.Free(r)
	mustClose(t, m)
}

// TestFreeWaits: a Free waits for the callback that has the resource, and then frees
// it.
func TestFreeWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		called, verdict := make(chan bool), make(chan error)
		m := newManager(t, rangemgr.Strategy, 16, 0, ttm.Options{Evict: func(*ttm.Resource) error {
			called <- true
			return <-verdict
		}})
		old, r := mustAlloc(t, m, "old", 16), new(ttm.Resource)
		refused := make(chan error)
		go func() { refused <- m.Alloc(r, ttm.Request{Size: page}) }()
		<-called

		freed := false
		go func() { m.Free(old); freed = true }()
		synctest.Wait()
		if freed {
			t.Error("Free did not wait for the callback")
		}
		if got := avail(m)[0]; got != 0 {
			t.Errorf("%d pages are free in the middle of the eviction", got)
		}
		var dump strings.Builder
		if err := m.Dump(&dump); err != nil || !strings.Contains(dump.String(), "being evicted") {
			t.Errorf("%v: the dump in the middle of the eviction is\n%s", err, &dump)
		}
		verdict <- ttm.ErrBusy
		if err := <-refused; err != strategies.ErrNoSpace {
			t.Error(err)
		}
		synctest.Wait()
		if !freed {
			t.Error("Free did not go on when the callback was busy")
		}
		mustClose(t, m)
	})
}
