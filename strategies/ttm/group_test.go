package ttm_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/strategies/buddy"
	"github.com/vramlab/vramlab/strategies/ttm"
)

func strategies64() strategies.Region { return strategies.Region{Size: 64 * page, Page: page} }

// tenants is a manager of 16 pages with groups in which resources of a page have been
// allocated: a string such as "aab" is a resource of group a, another, and one of b.
type tenants struct {
	*testing.T
	*ttm.Manager
	groups  map[string]*ttm.Group
	evicted string // groups of those evicted, in order
	busy    string // a group whose resources are all busy
}

func newTenants(t *testing.T) *tenants {
	c := &tenants{T: t, groups: make(map[string]*ttm.Group)}
	c.Manager = newManager(t, buddy.Strategy, 16, 0, ttm.Options{Evict: func(victim *ttm.Resource) error {
		if victim.Owner == c.busy {
			return ttm.ErrBusy
		}
		c.evicted += victim.Owner.(string)
		return nil
	}})
	return c
}

// group makes a group, limits in pages.
func (c *tenants) group(name, parent string, l ttm.Limits) {
	l.Max, l.Low, l.Min = l.Max*page, l.Low*page, l.Min*page
	c.groups[name] = c.NewGroup(name, c.groups[parent], l)
}

func (c *tenants) fill(owners string) {
	c.Helper()
	for _, o := range owners {
		if err := c.add(string(o), 1); err != nil {
			c.Fatal(err)
		}
	}
}

func (c *tenants) add(owner string, pages uint64) error {
	return c.Alloc(&ttm.Resource{Owner: owner}, ttm.Request{Size: pages * page, Group: c.groups[owner]})
}

// expect allocates for owner and checks who was evicted.
func (c *tenants) expect(owner string, pages uint64, evicted string, want error) {
	c.Helper()
	c.evicted = ""
	if err := c.add(owner, pages); !errors.Is(err, want) {
		c.Errorf("%d pages for %s: %v, want %v", pages, owner, err, want)
	}
	if c.evicted != evicted {
		c.Errorf("%d pages for %s: evicted are %q, want %q", pages, owner, c.evicted, evicted)
	}
	if err := c.Check(); err != nil {
		c.Error(err)
	}
}

// use checks the use of a group in pages.
func (c *tenants) use(group string, want uint64) {
	c.Helper()
	if got := c.groups[group].Usage(); got != want*page {
		c.Errorf("group %s uses %d bytes, want %d pages", group, got, want)
	}
}

// TestMax: who is refused by a Max evicts within that group only.
func TestMax(t *testing.T) {
	c := newTenants(t)
	c.group("p", "", ttm.Limits{Max: 6})
	c.group("a", "p", ttm.Limits{Max: 4})
	c.group("b", "p", ttm.Limits{})
	c.fill("xbaab")
	c.expect("a", 2, "", nil)
	c.use("a", 4)
	c.use("p", 6)
	c.expect("a", 1, "a", nil) // within its own limit
	c.expect("b", 1, "b", nil) // the limit of the parent: the oldest below it
	c.expect("b", 2, "ab", nil)
	c.expect("a", 5, "", strategies.ErrNoSpace) // never
	c.expect("b", 7, "", strategies.ErrNoSpace) // never, by the parent's
	c.expect("x", 10, "x", nil)                 // no group, no limit; the region is full
	c.expect("a", 4, "aab", nil)                // all of its own, and then the parent refuses
	c.use("p", 6)
	if c.Stats().Limited == 0 {
		t.Error("no refusal was counted")
	}
}

// TestProtection: Low is heeded while there is another victim, Min always.
func TestProtection(t *testing.T) {
	c := newTenants(t)
	c.group("l", "", ttm.Limits{Low: 4})
	c.group("m", "", ttm.Limits{Min: 4})
	c.fill("llllmmmmlm" + "xxxxxx")
	c.expect("y", 1, "l", nil)       // above its low, and the oldest
	c.expect("y", 1, "m", nil)       // l is within it now
	c.expect("y", 2, "xx", nil)      //
	c.expect("y", 8, "xxxxyyy", nil) // y: 1+1+2
	c.expect("y", 9, "yl", nil)      // the second walk takes l
	c.expect("y", 11, "yll", nil)    //
	c.expect("y", 13, "yl", strategies.ErrNoSpace)
	c.use("m", 4)
	c.expect("m", 13, "", strategies.ErrNoSpace)
}

// TestOwnLimit: in the group that refuses no protection counts, in those below it theirs.
func TestOwnLimit(t *testing.T) {
	c := newTenants(t)
	c.group("p", "", ttm.Limits{Max: 6, Min: 6})
	c.group("a", "p", ttm.Limits{Min: 3})
	c.group("b", "p", ttm.Limits{})
	c.fill("ppaaab")
	c.expect("b", 2, "pp", nil)
	c.expect("b", 1, "b", nil)
	c.expect("b", 3, "bb", nil)
	c.expect("b", 4, "b", strategies.ErrNoSpace)
	c.use("a", 3)
	c.use("p", 3)
}

// TestLimitLowered: a Max below the use evicts nothing by itself.
func TestLimitLowered(t *testing.T) {
	c := newTenants(t)
	c.group("a", "", ttm.Limits{})
	c.fill("aaaaaaxx")
	c.groups["a"].SetLimits(ttm.Limits{Max: 4 * page})
	c.use("a", 6)
	if got := c.groups["a"].Limits(); got != (ttm.Limits{Max: 4 * page}) {
		t.Errorf("the limits are %+v", got)
	}
	c.expect("a", 1, "aaa", nil)
	c.use("a", 4)
}

// TestOtherLimit: when the walk for one limit has ended, one for the next follows.
func TestOtherLimit(t *testing.T) {
	c := newTenants(t)
	c.group("a", "", ttm.Limits{Max: 8})
	for i, o := range "xaaxaaxaaxaaxxxx" { // at these pages
		q := ttm.Request{Size: page, Group: c.groups[string(o)], Places: []ttm.Place{window(uint64(i), uint64(i)+1)}}
		if err := c.Alloc(&ttm.Resource{Owner: string(o)}, q); err != nil {
			t.Fatal(err)
		}
	}
	q := ttm.Request{Size: 2 * page, Group: c.groups["a"], Places: []ttm.Place{{Flags: strategies.Contiguous, Hi: 4 * page}}}
	// The walk for the limit of a takes a's two in the window. The buddy has no pair of
	// pages yet, so a walk for the region takes the first x.
	if err := c.Alloc(&ttm.Resource{Owner: "a"}, q); err != nil || c.evicted != "aax" {
		t.Errorf("%v, evicted are %s", err, c.evicted)
	}
	// Here the limit is not met in the window, so nobody else loses anything.
	q.Places[0] = ttm.Place{Flags: strategies.Contiguous, Lo: 5 * page, Hi: 7 * page}
	c.evicted = ""
	if err := c.Alloc(&ttm.Resource{Owner: "a"}, q); err != strategies.ErrNoSpace || c.evicted != "a" {
		t.Errorf("%v, evicted are %s", err, c.evicted)
	}
	if err := c.Check(); err != nil {
		t.Error(err)
	}
}

// TestShare: effective protection, by the rules and the example of cgroup v2's documentation.
func TestShare(t *testing.T) {
	check := func(use, all, setting, of, siblings, want uint64) {
		t.Helper()
		if got := ttm.Share(use, all, setting, of, siblings); got != want {
			t.Errorf("a use of %d of %d with %d of %d, which claim %d: %d are protected, want %d", use, all, setting, of, siblings, got, want)
		}
	}
	check(10, 10, 0, 0, 0, 0)
	check(10, 30, 5, 100, 5, 5+95*5/25) // what is not claimed goes to the use above
	check(10, 10, 0, 8, 0, 8)           // all of a parent's to an only child
	check(10, 40, 10, 20, 40, 5)        // four that claim twice what there is
	check(30, 40, 10, 0, 20, 0)         // a parent without protection
	check(10, 10, 20, 5, 10, 5)         //
	check(10, 10, 20, 50, 10, 10)       // never more than the use
	check(1<<63, 1<<63+1<<62, 1<<63, 1<<62, 1<<63+1<<62, 1<<62/3*2)
}

// TestGroupMisuse: a caller's mistake panics with a sentence.
func TestGroupMisuse(t *testing.T) {
	c, other := newTenants(t), newTenants(t)
	c.group("a", "", ttm.Limits{})
	c.group("b", "a", ttm.Limits{})
	b := other.NewBulk()
	r := mustAlloc(t, c.Manager, "bo", 1)
	g, child := c.groups["a"], c.groups["b"]
	for _, x := range []struct {
		want string
		f    func()
	}{
		{"use of group a, which was removed or is of another manager", func() { other.NewGroup("x", g, ttm.Limits{}) }},
		{"use of group a, which was removed or is of another manager", func() { other.RemoveGroup(g) }},
		{"use of group a, which was removed or is of another manager", func() { other.Alloc(new(ttm.Resource), ttm.Request{Size: page, Group: g}) }},
		{"removal of group a, which is in use", func() { c.RemoveGroup(g) }},
		{"use of a bulk of another manager", func() { c.SetBulk(r, b) }},
		{"use of a bulk of another manager", func() { c.Bump(b) }},
		{"use of a bulk of another manager", func() { c.Alloc(new(ttm.Resource), ttm.Request{Size: page, Bulk: b}) }},
		{"priority 4 for the resource of bo: the highest is 3", func() { c.SetPriority(r, ttm.Priorities) }},
	} {
		func() {
			defer func() {
				if got := recover(); got != "ttm: "+x.want {
					t.Errorf("got %v, want %s", got, x.want)
				}
				if err := errors.Join(c.Check(), other.Check()); err != nil {
					t.Error(err)
				}
			}()
			x.f()
		}()
	}
	if err := c.Alloc(new(ttm.Resource), ttm.Request{Size: page, Priority: ttm.Priorities}); !errors.Is(err, strategies.ErrInvalid) {
		t.Error(err)
	}
	c.RemoveGroup(child)
	c.RemoveGroup(g)
	defer func() {
		if got := recover(); got != "ttm: use of group b, which was removed or is of another manager" {
			t.Error(got)
		}
	}()
	defer c.Alloc(new(ttm.Resource), ttm.Request{Size: page, Group: child})
	var dump strings.Builder
	if err := c.Dump(&dump); err != nil || strings.Contains(dump.String(), "group") {
		t.Errorf("%v: groups that were removed are in the dump:\n%s", err, &dump)
	}
}
