package ttm_test

import (
	"fmt"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/strategies/buddy"
	"github.com/vramlab/vramlab/strategies/ttm"
)

// eight is a manager of eight pages that evicts, and says what.
func eight() *ttm.Manager {
	m, err := ttm.New(buddy.Strategy, strategies.Region{Size: 8 * page, Page: page}, ttm.Options{
		Evict: func(victim *ttm.Resource) error {
			fmt.Println("evicted:", victim.Owner)
			return nil
		},
	})
	if err != nil {
		panic(err)
	}
	return m
}

// bring allocates pages for an owner and prints why not.
func bring(m *ttm.Manager, owner string, pages uint64, q ttm.Request) *ttm.Resource {
	r := &ttm.Resource{Owner: owner}
	q.Size = pages * page
	if err := m.Alloc(r, q); err != nil {
		fmt.Println(owner+":", err)
	}
	return r
}

// Scan-out buffers are evicted last, though they are the oldest here.
func ExampleManager_SetPriority() {
	m := eight()
	screen := bring(m, "screen", 2, ttm.Request{Priority: 1})
	bring(m, "texture", 2, ttm.Request{})
	bring(m, "buffer", 4, ttm.Request{})
	bring(m, "scene", 6, ttm.Request{})
	m.SetPriority(screen, 0)
	bring(m, "upload", 1, ttm.Request{})
	// Output:
	// evicted: texture
	// evicted: buffer
	// evicted: scene
}

// The objects of an address space are used together, whenever it runs.
func ExampleBulk() {
	m := eight()
	game, browser := m.NewBulk(), m.NewBulk()
	for i := range 4 {
		bring(m, fmt.Sprint("game ", i), 1, ttm.Request{Bulk: game})
		bring(m, fmt.Sprint("browser ", i), 1, ttm.Request{Bulk: browser})
	}
	m.Bump(game)
	m.Bump(browser)
	m.Bump(game)
	bring(m, "editor", 3, ttm.Request{})
	// Output:
	// evicted: browser 0
	// evicted: browser 1
	// evicted: browser 2
}

// A shrinker writes back the oldest objects and lets others use the manager meanwhile.
func ExampleManager_Oldest() {
	m := eight()
	for _, name := range []string{"a", "b", "c"} {
		bring(m, name, 1, ttm.Request{})
	}
	var left uint64 = 2 * page
	for r := range m.Oldest() {
		fmt.Println("write back", r.Owner)
		m.Touch(r) // a change: the walk does not come back to it
		if left -= r.Size(); left == 0 {
			break
		}
	}
	// Output:
	// write back a
	// write back b
}

// Two containers share a card: one may use five pages, the other is sure of three.
func ExampleGroup() {
	m := eight()
	batch := m.NewGroup("batch", nil, ttm.Limits{Max: 5 * page})
	desktop := m.NewGroup("desktop", nil, ttm.Limits{Min: 3 * page})
	bring(m, "window", 3, ttm.Request{Group: desktop})
	bring(m, "first job", 3, ttm.Request{Group: batch})
	bring(m, "second job", 2, ttm.Request{Group: batch})
	bring(m, "third job", 2, ttm.Request{Group: batch}) // within batch only
	bring(m, "greedy job", 6, ttm.Request{Group: batch})
	bring(m, "stranger", 6, ttm.Request{})
	fmt.Println(desktop, "has", desktop.Usage()/page, "pages")
	// Output:
	// evicted: first job
	// greedy job: no space
	// evicted: second job
	// evicted: third job
	// stranger: no space
	// desktop has 3 pages
}

// A page fails its error correction while a texture is there. The texture keeps it; when
// it goes, nobody gets the page again.
func ExampleManager_Retire() {
	m := eight()
	texture := bring(m, "texture", 4, ttm.Request{})
	if err := m.Retire(texture.Blocks()[0].Start, page); err != nil {
		fmt.Println(err)
	}
	fmt.Println(m.Retired())
	m.Free(texture)
	fmt.Println(m.Retired())
	fmt.Println(m.Avail().Total/page, "pages are free")
	// Output:
	// 0 4096
	// 4096 0
	// 7 pages are free
}

// An object prefers the lower half, as long as there is room; nobody is evicted for it
// there.
func ExampleUse() {
	m := eight()
	lower := ttm.Place{Hi: 4 * page, Use: ttm.Desired}
	places := []ttm.Place{lower, {Lo: 4 * page}}
	for _, name := range []string{"a", "b", "c"} {
		r := bring(m, name, 4, ttm.Request{Places: places})
		fmt.Println(name, "at page", r.Blocks()[0].Start/page)
	}
	// Output:
	// a at page 0
	// b at page 4
	// evicted: b
	// c at page 4
}
