package device_test

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
	"github.com/vramlab/vramlab/strategies/ttm/device"
)

// The flags make a long search of it:
//
//	go test ./strategies/ttm/device -run AgainstModel -timeout 0 -rounds 1000
var (
	rounds = flag.Int("rounds", 2, "seeds of each comparison with the model")
	ops    = flag.Int("ops", 1500, "operations of each seed")
)

const page = 4096

// under are the strategies of the tests: those of the regions of a device, one after the
// other.
var under = []strategies.Strategy{buddy.Strategy, rangemgr.Strategy, strategytest.Scattering}

// testRegions are two tiles, memory behind a GTT, and system memory.
func testRegions(s []strategies.Strategy) []device.Region {
	of := func(name string, i int, pages uint64) device.Region {
		return device.Region{Name: name, Strategy: strategies.Checked(s[i%len(s)]), Region: strategies.Region{Size: pages * page, Page: page}}
	}
	return []device.Region{of("tile0", 0, 40), of("tile1", 1, 48), of("gtt", 2, 64), {Name: "system"}}
}

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

// pair is a device and a model that do the same operations.
type pair struct {
	t       testing.TB
	c       chooser
	device  *device.Device
	model   *model
	objects [48]device.Object
	things  [48]thing
	asked   []int
	did     string
}

func newPair(t testing.TB, s []strategies.Strategy, evict bool, c chooser) *pair {
	p := &pair{t: t, c: c, model: &model{flows: make(map[[2]int]device.Flow)}}
	o := device.Options{Move: func(o *device.Object, from, to int, at *ttm.Resource) error { return moving(o.Owner.(int)) }}
	if evict {
		o.Evict = func(victim *device.Object) []device.Place {
			p.asked = append(p.asked, victim.Owner.(int))
			return exile(victim.Owner.(int), victim.Region())
		}
	}
	regions := testRegions(s)
	var err error
	if p.device, err = device.New(regions, o); err != nil {
		t.Fatal(err)
	}
	for _, r := range regions {
		to := &place{managed: r.Region.Size}
		if r.Strategy.New != nil {
			if to.a, err = r.Strategy.New(r.Region); err != nil {
				t.Fatal(err)
			}
		}
		p.model.regions = append(p.model.regions, to)
	}
	for i := range p.objects {
		size := page * (1 + c.n(12))
		p.objects[i].Owner, p.objects[i].Size = i, size
		p.things[i] = thing{id: i, size: size, at: device.Nowhere}
	}
	return p
}

func (p *pair) failf(format string, args ...any) {
	p.t.Helper()
	p.t.Fatalf("%s: %s", p.did, fmt.Sprintf(format, args...))
}

func (p *pair) run(evict bool) {
	for !p.c.done() {
		if p.c.n(64) == 0 && evict {
			p.evictAll(int(p.c.n(3)))
		} else {
			p.step(evict)
		}
		p.compare()
	}
	p.did = "end"
	for i := range p.objects {
		o, t := &p.objects[i], &p.things[i]
		o.Lock()
		for ; t.pins > 0; t.pins-- {
			p.device.Unpin(o)
		}
		p.device.Free(o)
		o.Unlock()
	}
	if err := p.device.Close(); err != nil {
		p.failf("%v", err)
	}
}

func (p *pair) evictAll(at int) {
	p.did = fmt.Sprint("evict all of ", at)
	err := p.device.Manager(at).EvictAll()
	p.model.evictAll(at)
	if (err == nil) != (len(p.model.regions[at].in()) == 0) {
		p.failf("%v", err)
	}
}

// step does an operation on a random object.
func (p *pair) step(evict bool) {
	i := p.c.n(uint64(len(p.objects)))
	o, t := &p.objects[i], &p.things[i]
	o.Lock()
	defer o.Unlock()
	n := p.c.n(16)
	switch {
	case n < 8 || t.at == device.Nowhere:
		p.validate(o, t, evict)
	case n < 10:
		p.did = fmt.Sprintf("use of %v", t.id)
		p.device.Touch(o)
		if t.pins == 0 {
			p.model.age(t)
		}
	case n == 10:
		p.did = fmt.Sprintf("priority of %v", t.id)
		priority := uint8(p.c.n(ttm.Priorities))
		p.device.SetPriority(o, priority)
		if was := t.priority; was != priority {
			t.priority = priority
			if t.pins == 0 {
				p.model.age(t)
			}
		}
	case n == 11 && t.pins < 2:
		p.did = fmt.Sprintf("pin of %v", t.id)
		p.device.Pin(o)
		if t.pins++; t.pins == 1 {
			p.model.age(t)
		}
	case t.pins > 0:
		p.did = fmt.Sprintf("unpin of %v", t.id)
		p.device.Unpin(o)
		if t.pins--; t.pins == 0 {
			p.model.age(t)
		}
	default:
		p.did = fmt.Sprintf("free of %v", t.id)
		p.device.Free(o)
		p.model.count(t, device.Nowhere, false)
		p.model.leave(t)
	}
}

func (p *pair) validate(o *device.Object, t *thing, evict bool) {
	var places []device.Place
	for range 1 + p.c.n(3) {
		q := device.Place{Region: int(p.c.n(4))}
		if q.Region < 3 && p.c.n(3) == 0 {
			q.Lo = page * p.c.n(20)
			q.Hi = q.Lo + page*(1+p.c.n(20))
		}
		if q.Region < 3 {
			q.Flags = strategies.Flags(p.c.n(4)) // TopDown, Contiguous
		}
		q.Use = ttm.Use(p.c.n(3))
		places = append(places, q)
	}
	p.did = fmt.Sprintf("validation of %v of %d at %+v", t.id, t.size, places)
	got := p.device.Validate(o, places...)
	want := p.model.validateUnless(t, places, evict)
	same := strategies.Errno(got) == strategies.Errno(want) && (got == nil) == (want == nil) &&
		errors.Is(got, errHard) == errors.Is(want, errHard) && errors.Is(got, ttm.ErrBusy) == errors.Is(want, ttm.ErrBusy)
	if !same {
		p.failf("got error %v, want %v", got, want)
	}
}

// validateUnless is validate on a device that perhaps does not evict: there everything
// counts as locked.
func (m *model) validateUnless(t *thing, places []device.Place, evict bool) error {
	if !evict {
		for _, r := range m.regions {
			for _, x := range r.in() {
				x.locked = true
				defer func() { x.locked = false }()
			}
		}
	}
	return m.validate(t, places)
}

// compare checks that the model and the device agree about everything.
func (p *pair) compare() {
	if !slices.Equal(p.asked, p.model.asked) {
		p.failf("to be evicted were %v, want %v", p.asked, p.model.asked)
	}
	p.asked, p.model.asked = p.asked[:0], p.model.asked[:0]
	for i := range p.objects {
		o, t := &p.objects[i], &p.things[i]
		var blocks []strategies.Block
		if o.Resource() != nil {
			blocks = o.Resource().Blocks()
		}
		same := slices.EqualFunc(blocks, t.blocks, func(a, b strategies.Block) bool { return a.Start == b.Start && a.Size == b.Size })
		if !same || o.Region() != t.at {
			p.failf("object %d is in %d at %v, want %d at %v", i, o.Region(), blocks, t.at, t.blocks)
		}
	}
	for i, r := range p.model.regions {
		if r.a == nil {
			continue
		}
		same := slices.EqualFunc(p.device.Manager(i).Resources(), r.in(), func(r *ttm.Resource, t *thing) bool {
			return r.Owner.(*device.Object).Owner == t.id
		})
		if !same {
			p.failf("the order in region %d differs from %v", i, r.in())
		}
	}
	for from := device.Nowhere; from < 4; from++ {
		for to := device.Nowhere; to < 4; to++ {
			if got, want := p.device.Flow(from, to), p.model.flows[[2]int{from, to}]; got != want {
				p.failf("from %d to %d flowed %+v, want %+v", from, to, got, want)
			}
		}
	}
	if err := p.device.Check(); err != nil {
		p.failf("%v", err)
	}
}

// TestAgainstModel compares the device with the model, with and without eviction, the
// strategies in different regions.
func TestAgainstModel(t *testing.T) {
	for i, s := range under {
		t.Run(s.Name, func(t *testing.T) {
			t.Parallel()
			for seed := range *rounds {
				c := &random{rand.New(rand.NewPCG(uint64(seed), uint64(i))), *ops}
				evict := seed%4 != 1
				newPair(t, slices.Concat(under[i:], under[:i]), evict, c).run(evict)
			}
		})
	}
}

// bytesLeft is a chooser that reads its decisions from the bytes of a fuzzer.
type bytesLeft struct{ data []byte }

func (b *bytesLeft) done() bool { return len(b.data) == 0 }

func (b *bytesLeft) n(n uint64) uint64 {
	if len(b.data) == 0 {
		return 0
	}
	v := uint64(b.data[0])
	b.data = b.data[1:]
	return v % n
}

// FuzzDevice looks for operations in which the device differs from the model. The first
// byte chooses the strategies and whether there is eviction.
func FuzzDevice(f *testing.F) {
	for i := range byte(6) {
		r := rand.New(rand.NewPCG(uint64(i), 1))
		seed := []byte{i}
		for range 600 {
			seed = append(seed, byte(r.Uint32()))
		}
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		c := &bytesLeft{data}
		head := int(c.n(6))
		newPair(t, slices.Concat(under[head%3:], under[:head%3]), head < 3, c).run(head < 3)
	})
}
