package ttm_test

import (
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/strategies/buddy"
	"github.com/vramlab/vramlab/strategies/rangemgr"
	"github.com/vramlab/vramlab/strategies/strategytest"
	"github.com/vramlab/vramlab/strategies/ttm"
)

// The flags make a long search of it:
//
//	go test ./strategies/ttm -run AgainstModel -timeout 0 -rounds 1000
var (
	rounds = flag.Int("rounds", 2, "seeds of each comparison with the model")
	ops    = flag.Int("ops", 1000, "operations of each seed")
)

// under are the strategies that the tests of the manager run on: one of each kind, and
// two slow twins.
var under = []strategies.Strategy{buddy.Strategy, rangemgr.Strategy, strategytest.Reference, strategytest.Scattering}

// setup is a region and its options.
type setup struct {
	region strategies.Region
	o      ttm.Options
}

const page = 4096

// setups are the regions of the comparison: all visible, a part, nothing, a limit
// inside a page, a rest after the last page, larger pages.
var setups = []setup{
	{region: strategies.Region{Size: 64 * page, Page: page}},
	{region: strategies.Region{Size: 64 * page, Page: page, Visible: 24 * page}},
	{region: strategies.Region{Size: 255*page + 17, Page: page, Visible: 100*page + 1}},
	{region: strategies.Region{Size: 96 * page, Page: page}, o: ttm.Options{NoBAR: true}},
	{region: strategies.Region{Size: 200 * page, Page: page, Visible: 77 * page}, o: ttm.Options{DefaultPage: 4 * page}},
	{region: strategies.Region{Size: 45*16*page + page, Page: 16 * page, Visible: 13*16*page + page}},
	{region: strategies.Region{Size: 7 * page, Page: page, Visible: 3 * page}},
	{region: strategies.Region{Size: 40*page + 1, Page: 2 * page, Visible: 40*page + 1}},
}

// object is a buffer object, which embeds a Resource as in a driver.
type object struct {
	ttm.Resource
	id   uint64
	live bool
}

func (o *object) String() string { return fmt.Sprintf("object %d", o.id) }

// A chooser makes decisions: n returns a number below n > 0.
type chooser interface {
	n(n uint64) uint64
	done() bool // nothing more to choose
}

type random struct {
	*rand.Rand
	left int
}

func (r *random) n(n uint64) uint64 { return r.Uint64N(n) }
func (r *random) done() bool        { r.left--; return r.left < 0 }

// pair is a manager and a model that do the same operations.
type pair struct {
	t       testing.TB
	setup   setup
	caps    strategies.Caps
	c       chooser
	manager *ttm.Manager
	model   *model
	objects [40]object
	groups  []*ttm.Group // those of the model, in the same order
	bulks   []*ttm.Bulk  // the first is nil: none
	cursors [3]*ttm.Cursor
	courses [3]*course // what the cursors do in the model
	ids     uint64
	asked   []uint64 // the ids of the objects that the manager was to evict, in that order
	did     string   // what the latest operation was
}

// newPair makes a pair, nil if s refuses the region.
func newPair(t testing.TB, s strategies.Strategy, u setup, evict bool, c chooser) *pair {
	p := &pair{t: t, setup: u, caps: s.Caps, c: c}
	if evict {
		u.o.Evict = func(victim *ttm.Resource) error {
			o := victim.Owner.(*object)
			err := verdict(o.id)
			p.asked = append(p.asked, o.id)
			o.live = err != nil
			return err
		}
	}
	var err error
	if p.manager, err = ttm.New(strategies.Checked(s), u.region, u.o); err != nil {
		t.Fatal(err)
	}
	if p.model, err = newModel(s, u.region, u.o); err != nil {
		t.Fatal(err)
	}
	p.bulks = []*ttm.Bulk{nil, p.manager.NewBulk(), p.manager.NewBulk()}
	for _, parent := range []int{-1, 0, 0, 1, -1, 4, 4} {
		var above *ttm.Group
		g := &share{limits: p.limits()}
		if parent >= 0 {
			above, g.parent = p.groups[parent], p.model.groups[parent]
		}
		p.groups = append(p.groups, p.manager.NewGroup(fmt.Sprint("group ", len(p.groups)), above, g.limits))
		p.model.groups = append(p.model.groups, g)
	}
	return p
}

// run does operations until the chooser ends, compares after each, and frees everything
// at the end.
func (p *pair) run() {
	for !p.c.done() {
		p.step()
		p.compare()
	}
	for i := range p.objects {
		for o := &p.objects[i]; o.live; {
			if t := p.model.find(o.id); t.pins > 0 {
				p.unpin(o, t)
			} else {
				p.free(o, false)
			}
		}
	}
	p.did = "Close"
	if err := p.manager.Close(); err != nil {
		p.failf("%v", err)
	}
	if free := p.manager.Avail(); free.Total != p.model.managed || free.Visible != p.model.visible {
		p.failf("avail is %v", free)
	}
}

func (p *pair) failf(format string, args ...any) {
	p.t.Helper()
	p.t.Fatalf("%v: %s: %s", p.setup.region, p.did, fmt.Sprintf(format, args...))
}

func (p *pair) step() {
	if p.c.n(4) == 0 {
		p.walk(p.c.n(uint64(len(p.cursors))))
		return
	}
	o := &p.objects[p.c.n(uint64(len(p.objects)))]
	if !o.live {
		if p.c.n(16) == 0 {
			p.rarely()
			return
		}
		p.alloc(o)
		return
	}
	t := p.model.find(o.id)
	switch n := p.c.n(16); {
	case n < 3:
		p.did = fmt.Sprintf("touch %v", o)
		p.manager.Touch(&o.Resource)
		p.model.change(t, func() {})
	case n < 4:
		p.did = fmt.Sprintf("pin %v", o)
		p.manager.Pin(&o.Resource)
		p.model.pin(t)
	case t.pins > 0:
		p.unpin(o, t)
	case n < 6:
		p.ask(o, t)
	case n == 6 && p.c.n(2) == 0:
		bulk := int(p.c.n(uint64(len(p.bulks))))
		p.did = fmt.Sprintf("%v to bulk %d", o, bulk)
		p.manager.SetBulk(&o.Resource, p.bulks[bulk])
		p.model.change(t, func() { t.bulk = bulk })
	case n == 6:
		priority := uint8(p.c.n(ttm.Priorities))
		p.did = fmt.Sprintf("%v to priority %d", o, priority)
		p.manager.SetPriority(&o.Resource, priority)
		if priority != t.priority {
			p.model.change(t, func() { t.priority = priority })
		}
	case n == 7:
		bulk := 1 + int(p.c.n(uint64(len(p.bulks)-1)))
		p.did = fmt.Sprintf("bump %d", bulk)
		p.manager.Bump(p.bulks[bulk])
		p.model.bump(bulk)
	default:
		p.free(o, n == 8)
	}
}

// walk begins, goes on with or ends a walk by a cursor.
func (p *pair) walk(i uint64) {
	c := &p.cursors[i]
	if *c == nil {
		p.did = fmt.Sprintf("begin of walk %d", i)
		*c, p.courses[i] = p.manager.Cursor(), p.model.course()
		return
	}
	if p.c.n(8) == 0 {
		p.did = fmt.Sprintf("end of walk %d", i)
		(*c).Close()
		*c = nil
		return
	}
	p.did = fmt.Sprintf("walk %d", i)
	got, want := (*c).Next(), p.courses[i].next(p.model)
	if (got == nil) != (want == nil) || got != nil && got.Owner.(*object).id != want.id {
		p.failf("got %v, want %+v", got, want)
	}
	if got == nil {
		*c = nil
	}
}

// rarely does an operation on the region as a whole.
func (p *pair) rarely() {
	switch p.c.n(8) {
	case 0, 1:
		i, l := p.c.n(uint64(len(p.groups))), p.limits()
		p.did = fmt.Sprintf("limits of group %d to %+v", i, l)
		p.groups[i].SetLimits(l)
		p.model.groups[i].limits = l
		return
	case 2:
		p.did = "evict all"
		got, want := p.manager.EvictAll(), p.model.evictAll()
		if errors.Is(got, errHard) != errors.Is(want, errHard) || (got == nil) != (len(p.model.live()) == 0) {
			p.failf("got %v, want %v", got, want)
		}
		return
	}
	unit := p.setup.region.Page
	start, size := unit*p.c.n(p.model.managed/unit), unit*(1+p.c.n(3))
	size = min(size, p.model.managed-start)
	p.did = fmt.Sprintf("reserve %d+%d", start, size)
	if p.model.retired+uint64(len(p.model.reserved)+len(p.model.pending))*unit > p.model.managed/8 {
		return // leave something to work with
	}
	if p.c.n(2) == 0 {
		p.did = "retirement " + p.did
		if err := p.manager.Retire(start, size); err != nil {
			p.failf("%v", err)
		}
		p.model.retire(start, size)
		return
	}
	got, want := p.manager.Reserve(start, size), p.model.reserve(start, size)
	p.sameError(got, want)
}

func (p *pair) unpin(o *object, t *thing) {
	p.did = fmt.Sprintf("unpin %v", o)
	p.manager.Unpin(&o.Resource)
	p.model.unpin(t)
}

func (p *pair) free(o *object, cleared bool) {
	p.did = fmt.Sprintf("free %v, cleared %v", o, cleared)
	o.live = false
	if cleared {
		p.manager.FreeCleared(&o.Resource)
	} else {
		p.manager.Free(&o.Resource)
	}
	p.model.free(o.id, cleared)
}

func (p *pair) ask(o *object, t *thing) {
	place := p.place()
	p.did = fmt.Sprintf("%v at %v, place %v", o, t.blocks, place)
	if got, want := p.manager.Intersects(&o.Resource, place), p.model.intersects(t, place); got != want {
		p.failf("Intersects is %v, want %v", got, want)
	}
	if got, want := p.manager.Compatible(&o.Resource, place), p.model.compatible(t, place); got != want {
		p.failf("Compatible is %v, want %v", got, want)
	}
}

func (p *pair) alloc(o *object) {
	q := p.request()
	o.id, o.live = p.ids, true
	o.Owner = o
	p.ids++
	p.did = fmt.Sprintf("alloc %v: %+v", o, q)
	w := &want{Request: q, id: o.id}
	if i := p.c.n(16); i < uint64(len(p.groups)) {
		q.Group, w.group = p.groups[i], p.model.groups[i]
		p.did += fmt.Sprintf(" for group %d", i)
	}
	if i := int(p.c.n(8)); i < len(p.bulks) {
		q.Bulk, w.bulk = p.bulks[i], i
	}
	got, want := p.manager.Alloc(&o.Resource, q), p.model.alloc(w)
	o.live = got == nil
	p.sameError(got, want)
	if got != nil {
		return
	}
	p.sameGrant(o, p.model.find(o.id))
}

// sameError checks that both errors are of the same kind.
func (p *pair) sameError(got, want error) {
	if strategies.Errno(got) != strategies.Errno(want) || errors.Is(got, errHard) != errors.Is(want, errHard) || (got == nil) != (want == nil) {
		p.failf("got error %v, want %v", got, want)
	}
}

func (p *pair) sameGrant(o *object, t *thing) {
	same := slices.EqualFunc(o.Blocks(), t.blocks, func(a, b strategies.Block) bool { return a.Start == b.Start && a.Size == b.Size })
	if !same || o.Visible() != p.model.visibleOf(t) || o.Size() != t.size || o.Place() != t.place {
		p.failf("got %d bytes at %v of which %d visible, want %d at %v with %d",
			o.Size(), o.Blocks(), o.Visible(), t.size, t.blocks, p.model.visibleOf(t))
	}
}

// compare checks that the model and the manager agree about everything.
func (p *pair) compare() {
	if got, want := p.manager.Avail(), p.model.avail(); got != want {
		p.failf("avail is %+v, want %+v", got, want)
	}
	if got, want := p.manager.Stats(), p.model.stats; got != want {
		p.failf("counted are %+v, want %+v", got, want)
	}
	if !slices.Equal(p.asked, p.model.asked) {
		p.failf("to be evicted were %v, want %v", p.asked, p.model.asked)
	}
	p.asked, p.model.asked = p.asked[:0], p.model.asked[:0]
	lru, pinned, markers := p.manager.Order()
	for _, c := range p.cursors {
		if c != nil {
			markers--
		}
	}
	if markers != 0 {
		p.failf("%d markers more than walks are in the lists", markers)
	}
	p.sameOrder("LRU", lru, p.model.order())
	p.sameOrder("walked", slices.Collect(p.manager.Oldest()), p.model.order())
	p.sameOrder("pinned", pinned, p.model.pinned)
	for i, g := range p.groups {
		if got, want := g.Usage(), p.model.usage(p.model.groups[i]); got != want {
			p.failf("group %d uses %d, want %d", i, got, want)
		}
	}
	taken, pending := p.manager.Retired()
	if taken != p.model.retired || pending != uint64(len(p.model.pending))*p.setup.region.Page {
		p.failf("retired are %d bytes and pending %d, want %d and %d pages", taken, pending, p.model.retired, len(p.model.pending))
	}
	if err := p.manager.Check(); err != nil {
		p.failf("%v", err)
	}
}

func (p *pair) sameOrder(name string, got []*ttm.Resource, want []*thing) {
	same := slices.EqualFunc(got, want, func(r *ttm.Resource, t *thing) bool { return r.Owner.(*object).id == t.id })
	if !same {
		var ids []uint64
		for _, t := range want {
			ids = append(ids, t.id)
		}
		p.failf("the %s list is %v, want %v", name, got, ids)
	}
}

// TestAgainstModel compares the manager with the model on every strategy, with and
// without eviction.
func TestAgainstModel(t *testing.T) {
	for _, s := range under {
		for i, u := range setups {
			t.Run(fmt.Sprintf("%s/%d", s.Name, i), func(t *testing.T) {
				t.Parallel()
				for seed := range *rounds {
					c := &random{rand.New(rand.NewPCG(uint64(seed), uint64(i))), *ops}
					newPair(t, s, u, seed%2 == 0, c).run()
				}
			})
		}
	}
}
