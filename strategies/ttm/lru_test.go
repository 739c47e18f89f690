package ttm_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/vramlab/vramlab/strategies/buddy"
	"github.com/vramlab/vramlab/strategies/rangemgr"
	"github.com/vramlab/vramlab/strategies/ttm"
)

// names are the owners of resources, without spaces.
func names(seq func(func(*ttm.Resource) bool)) string {
	var b strings.Builder
	for r := range seq {
		b.WriteString(r.Owner.(string))
	}
	return b.String()
}

// TestPriorities: the eviction takes all of a lower priority before a higher one, and a
// change of priority is a use.
func TestPriorities(t *testing.T) {
	check := func(prepare func(c *scene), want string) {
		t.Helper()
		c := newScene(t, rangemgr.Strategy)
		prepare(c)
		if got := names(c.Oldest()); got != want {
			t.Errorf("the order is %s, want %s", got, want)
		}
		if err := c.Check(); err != nil {
			t.Error(err)
		}
		mustAlloc(t, c.Manager, "new", 16)
		if got := strings.Join(c.evicted, ""); got != want {
			t.Errorf("evicted are %s, want %s", got, want)
		}
	}
	set := func(c *scene, name string, priority uint8) { c.SetPriority(c.r[name], priority) }
	check(func(c *scene) {}, "abcdefgh")
	check(func(c *scene) { set(c, "a", 3); set(c, "b", 1); set(c, "c", 2); set(c, "d", 1) }, "efghbdca")
	check(func(c *scene) { set(c, "a", 0) }, "abcdefgh") // no change, no use
	check(func(c *scene) { set(c, "a", 1); set(c, "a", 0) }, "bcdefgha")
	check(func(c *scene) { set(c, "a", 1); set(c, "h", 1); c.Touch(c.r["a"]) }, "bcdefgha")
	check(func(c *scene) { c.Pin(c.r["a"]); set(c, "a", 1); set(c, "h", 1); c.Unpin(c.r["a"]) }, "bcdefgha")
	check(func(c *scene) {
		c.Free(c.r["c"])
		if err := c.Alloc(c.r["c"], ttm.Request{Size: 2 * page, Priority: 1}); err != nil {
			t.Fatal(err)
		}
	}, "abdefghc")
}

// TestBulk: the members of a bulk stay together and move together.
func TestBulk(t *testing.T) {
	check := func(want string, prepare func(c *scene, b, other *ttm.Bulk)) {
		t.Helper()
		c := newScene(t, buddy.Strategy)
		b, other := c.NewBulk(), c.NewBulk()
		for _, name := range []string{"b", "d", "f"} {
			c.SetBulk(c.r[name], b)
		}
		c.Touch(c.r["h"])
		// acegbdfh
		prepare(c, b, other)
		if got := names(c.Oldest()); got != want {
			t.Errorf("the order is %s, want %s", got, want)
		}
		if err := c.Check(); err != nil {
			t.Error(err)
		}
	}
	check("acegbdfh", func(c *scene, b, other *ttm.Bulk) {})
	check("aceghbdf", func(c *scene, b, other *ttm.Bulk) { c.Bump(b) })
	check("acegbdfh", func(c *scene, b, other *ttm.Bulk) { c.Bump(other) })
	check("aceghbdf", func(c *scene, b, other *ttm.Bulk) { c.Bump(b); c.Bump(b) })
	check("acegdfbh", func(c *scene, b, other *ttm.Bulk) { c.Touch(c.r["b"]) }) // the last of its bulk
	check("cegbdfah", func(c *scene, b, other *ttm.Bulk) { c.SetBulk(c.r["a"], b) })
	check("acegbfhd", func(c *scene, b, other *ttm.Bulk) { c.SetBulk(c.r["d"], nil) })
	check("aceghfbd", func(c *scene, b, other *ttm.Bulk) {
		c.SetBulk(c.r["b"], other)
		c.SetBulk(c.r["d"], other)
		c.Bump(b)
		c.Bump(other)
	})
	check("acegdhb", func(c *scene, b, other *ttm.Bulk) { c.Free(c.r["f"]); c.Touch(c.r["b"]); c.SetBulk(c.r["b"], nil) })
	check("acegbdfh", func(c *scene, b, other *ttm.Bulk) { c.Pin(c.r["f"]); c.Unpin(c.r["f"]) })
	check("aceghbd", func(c *scene, b, other *ttm.Bulk) { c.Pin(c.r["f"]); c.Bump(b) })
	// A bulk has members of several priorities, which it does not mix.
	check("acegbhfd", func(c *scene, b, other *ttm.Bulk) {
		c.SetPriority(c.r["f"], 2)
		c.SetPriority(c.r["d"], 2)
	})
	check("aceghbfd", func(c *scene, b, other *ttm.Bulk) {
		c.SetPriority(c.r["f"], 2)
		c.SetPriority(c.r["d"], 2)
		c.Bump(b)
	})
	// Membership ends with the memory.
	check("acegdfhb", func(c *scene, b, other *ttm.Bulk) {
		c.Free(c.r["b"])
		c.r["b"] = mustAlloc(t, c.Manager, "b", 2)
	})
}

// TestCursorChange: what a walk sees next if the lists change at its place.
func TestCursorChange(t *testing.T) {
	check := func(after int, want string, change func(c *scene, b *ttm.Bulk)) {
		t.Helper()
		c := newScene(t, rangemgr.Strategy)
		b := c.NewBulk()
		for _, name := range []string{"c", "d", "e"} {
			c.SetBulk(c.r[name], b)
		}
		for _, name := range []string{"f", "g", "h"} {
			c.SetPriority(c.r[name], 1)
		}
		// abcde, then fgh
		cursor := c.Cursor()
		defer cursor.Close()
		got := ""
		for i := 0; ; i++ {
			if i == after {
				change(c, b)
				if err := c.Check(); err != nil {
					t.Error(err)
				}
			}
			r := cursor.Next()
			if r == nil {
				break
			}
			got += r.Owner.(string)
		}
		if got != want {
			t.Errorf("change after %d of %s: yielded are %s", after, want, got)
		}
		if err := c.Check(); err != nil {
			t.Error(err)
		}
		if _, _, markers := c.Order(); markers != 0 || cursor.Next() != nil {
			t.Errorf("the cursor goes on at the end, with %d markers", markers)
		}
	}
	free := func(names string) func(*scene, *ttm.Bulk) {
		return func(c *scene, b *ttm.Bulk) {
			for _, n := range names {
				c.Free(c.r[string(n)])
			}
		}
	}
	bump := func(c *scene, b *ttm.Bulk) { c.Bump(b) }
	check(0, "abcdefgh", func(*scene, *ttm.Bulk) {})
	check(2, "abdefgh", free("c"))
	check(2, "abfgh", free("bcde"))
	check(3, "abcdefgh", free("abc")) // the walk stood after the first of the bulk
	check(3, "abcdfgh", free("e"))
	check(4, "abcdfgh", free("ec")) // and is at its edge now
	check(5, "abcdefgh", free("e"))
	check(5, "abcdeh", free("fg"))
	check(0, "abfgh", bump)
	check(2, "abfgh", bump)
	check(3, "abcfgh", bump) // the walk stays behind
	check(4, "abcdfgh", func(c *scene, b *ttm.Bulk) { bump(c, b); bump(c, b) })
	check(5, "abcdefgh", bump)
	check(1, "abcdegh", func(c *scene, b *ttm.Bulk) { c.SetPriority(c.r["f"], 0) })
	check(6, "abcdefgh", func(c *scene, b *ttm.Bulk) { c.SetPriority(c.r["a"], 1) }) // seen already
	check(3, "abcdefh", func(c *scene, b *ttm.Bulk) { c.SetBulk(c.r["g"], b) })
	check(3, "abcefgh", func(c *scene, b *ttm.Bulk) { c.SetBulk(c.r["d"], nil) })
	check(3, "abcefgh", func(c *scene, b *ttm.Bulk) { c.Touch(c.r["d"]) })
	check(0, "bcdefgh", func(c *scene, b *ttm.Bulk) { c.Pin(c.r["a"]) })
	check(0, "bcdefgh", func(c *scene, b *ttm.Bulk) { c.Pin(c.r["a"]); c.Unpin(c.r["a"]) })
	check(3, "abcdefgh", func(c *scene, b *ttm.Bulk) {
		other := c.Cursor() // its marker stands in the way, and stays there
		for range 4 {
			other.Next()
		}
		defer other.Close()
		if got := names(c.Oldest()); got != "abcdefgh" {
			t.Errorf("a walk among walks yields %s", got)
		}
	})
}

// TestBumpInCallback: a bulk that moves while its member is being evicted leaves the walk
// where it was.
func TestBumpInCallback(t *testing.T) {
	var m *ttm.Manager
	var b *ttm.Bulk
	var evicted []string
	m = newManager(t, rangemgr.Strategy, 16, 0, ttm.Options{Evict: func(victim *ttm.Resource) error {
		evicted = append(evicted, victim.Owner.(string))
		m.Bump(b)
		return nil
	}})
	b = m.NewBulk()
	for i := range 8 {
		r := mustAlloc(t, m, fmt.Sprint(i), 2)
		if i == 2 || i == 3 || i == 4 {
			m.SetBulk(r, b)
		}
	}
	m.Bump(m.NewBulk())
	err := m.Alloc(new(ttm.Resource), ttm.Request{Size: 14 * page})
	if want := []string{"0", "1", "5", "6", "7"}; err == nil || !slices.Equal(evicted, want) {
		t.Errorf("%v, evicted are %v, want %v and a refusal: the bulk is newer than the walk", err, evicted, want)
	}
	if err := m.Check(); err != nil {
		t.Error(err)
	}
}

// TestOldestEarlyEnd: a loop over the oldest that ends early leaves no marker.
func TestOldestEarlyEnd(t *testing.T) {
	c := newScene(t, rangemgr.Strategy)
	for r := range c.Oldest() {
		if r.Owner == "c" {
			break
		}
	}
	if _, _, markers := c.Order(); markers != 0 {
		t.Errorf("%d markers are left", markers)
	}
}

// TestBulkHeap: neither bulks nor priorities nor cursors that are there already take
// anything from the Go heap.
func TestBulkHeap(t *testing.T) {
	m, err := ttm.New(rangemgr.Strategy, strategies64(), ttm.Options{Evict: func(*ttm.Resource) error { return nil }})
	if err != nil {
		t.Fatal(err)
	}
	g := m.NewGroup("g", m.NewGroup("above", nil, ttm.Limits{Max: 30 * page}), ttm.Limits{Low: 10 * page})
	b := m.NewBulk()
	var r [20]ttm.Resource
	i := 0
	churn := func() {
		q := ttm.Request{Size: 5 * page, Priority: uint8(i) % ttm.Priorities, Group: g, Bulk: b}
		if err := m.Alloc(&r[i%len(r)], q); err != nil {
			t.Fatal(err)
		}
		m.Bump(b)
		m.SetPriority(&r[i%len(r)], 0)
		i++
		if err := m.AllocObject(&r[i%len(r)], ttm.Object{Size: page, Group: g, Bulk: b}); err != nil {
			t.Fatal(err)
		}
		m.Free(&r[i%len(r)])
	}
	for range 100 {
		churn()
	}
	if n := testing.AllocsPerRun(200, churn); n != 0 {
		t.Errorf("%v allocations from the heap each", n)
	}
	if m.Stats().Evicted < 200 || m.Stats().Limited < 200 {
		t.Errorf("counted are %+v", m.Stats())
	}
}
