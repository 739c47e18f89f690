package device_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/strategies/buddy"
	"github.com/vramlab/vramlab/strategies/ttm"
	"github.com/vramlab/vramlab/strategies/ttm/device"
)

const vram, gtt, system = 0, 1, 2

// small is a device of eight pages of VRAM, eight behind the GTT, and system memory, that
// evicts from each region to the next.
func small(t testing.TB, o device.Options) *device.Device {
	t.Helper()
	of := func(name string) device.Region {
		return device.Region{Name: name, Strategy: buddy.Strategy, Region: strategies.Region{Size: 8 * page, Page: page}}
	}
	if o.Evict == nil {
		next := [2]device.Place{{Region: gtt}, {Region: system}}
		o.Evict = func(victim *device.Object) []device.Place { return next[victim.Region():][:1] }
	}
	d, err := device.New([]device.Region{of("vram"), of("gtt"), {Name: "system"}}, o)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func in(region int, u ttm.Use) device.Place {
	return device.Place{Region: region, Place: ttm.Place{Use: u}}
}

func validate(t testing.TB, d *device.Device, o *device.Object, places ...device.Place) {
	t.Helper()
	o.Lock()
	defer o.Unlock()
	if err := d.Validate(o, places...); err != nil {
		t.Fatalf("%v: %v", o, err)
	}
}

// TestUse: rounds over the regions, in the cases for which drivers have the flags.
func TestUse(t *testing.T) {
	const desired, fallback = ttm.Desired, ttm.Fallback
	check := func(full string, start, want int, places ...device.Place) {
		t.Helper()
		d := small(t, device.Options{})
		for i, name := range []string{"vram", "gtt"} {
			if strings.Contains(full, name) {
				validate(t, d, &device.Object{Owner: "old " + name, Size: 8 * page}, in(i, 0))
			}
		}
		o := &device.Object{Owner: "new", Size: 8 * page}
		if start == gtt && strings.Contains(full, "gtt") {
			t.Fatal("no room to start from")
		}
		if start != device.Nowhere {
			validate(t, d, o, in(start, 0))
		}
		o.Lock()
		defer o.Unlock()
		err := d.Validate(o, places...)
		if got := o.Region(); got != want || want == device.Nowhere && err != strategies.ErrNoSpace {
			t.Errorf("with %q full, from %d: %v, in %d, want %d", full, start, err, got, want)
		}
		if err := d.Check(); err != nil {
			t.Error(err)
		}
	}
	const nowhere = device.Nowhere
	// Preference, nothing in the way.
	check("", nowhere, vram, in(vram, 0), in(gtt, 0))
	check("", nowhere, gtt, in(gtt, 0), in(vram, 0))
	// Room anywhere comes before eviction,
	check("vram", nowhere, gtt, in(vram, 0), in(gtt, 0))
	// but not in a fallback,
	check("vram", nowhere, vram, in(vram, 0), in(gtt, fallback))
	check("vram", nowhere, gtt, in(vram, desired), in(gtt, fallback))
	check("vram gtt", nowhere, gtt, in(vram, desired), in(gtt, 0))
	check("vram", nowhere, nowhere, in(vram, desired))
	check("", nowhere, gtt, in(gtt, fallback))
	// An object stays where it is, if that is one of the places of the round;
	check("", system, system, in(vram, 0), in(system, 0))
	check("", gtt, gtt, in(vram, desired), in(gtt, 0))
	// it leaves its fallback when there is room, and else stays.
	check("", gtt, vram, in(vram, desired), in(gtt, fallback))
	check("vram", gtt, gtt, in(vram, desired), in(gtt, fallback))
	check("vram", gtt, gtt, in(vram, 0), in(gtt, fallback))
	check("vram", system, vram, in(vram, 0))
}

// TestChain: an eviction from VRAM to the GTT evicts from there to system memory, and each
// is counted.
func TestChain(t *testing.T) {
	d := small(t, device.Options{})
	var o [3]device.Object
	for i := range o {
		o[i].Owner, o[i].Size = fmt.Sprint(i), 8*page
		validate(t, d, &o[i], in(vram, 0))
	}
	for i, want := range []int{system, gtt, vram} {
		if got := o[i].Region(); got != want {
			t.Errorf("object %d is in %d, want %d", i, got, want)
		}
	}
	for _, x := range []struct {
		from, to int
		want     device.Flow
	}{
		{device.Nowhere, vram, device.Flow{Moves: 3, Bytes: 24 * page}},
		{vram, gtt, device.Flow{Moves: 2, Bytes: 16 * page, Evicted: 16 * page}},
		{gtt, system, device.Flow{Moves: 1, Bytes: 8 * page, Evicted: 8 * page}},
		{vram, system, device.Flow{}},
		{system, device.Nowhere, device.Flow{}},
	} {
		if got := d.Flow(x.from, x.to); got != x.want {
			t.Errorf("from %d to %d flowed %+v, want %+v", x.from, x.to, got, x.want)
		}
	}
	var dump strings.Builder
	if err := d.Dump(&dump); err != nil {
		t.Fatal(err)
	}
	const want = `region vram: buddy: size 32768, page 4096, default page 4096
avail 0
visible 32768, avail 0, reserved 0
2: 32768 bytes, 32768 visible, at 0+32768
region gtt: buddy: size 32768, page 4096, default page 4096
avail 0
visible 32768, avail 0, reserved 0
1: 32768 bytes, 32768 visible, at 0+32768
region system: 32768 bytes
nowhere to vram: 3 moves, 98304 bytes, 0 of them evicted
vram to gtt: 2 moves, 65536 bytes, 65536 of them evicted
gtt to system: 1 moves, 32768 bytes, 32768 of them evicted
`
	if dump.String() != want {
		t.Errorf("got\n%s\nwant\n%s", dump.String(), want)
	}
}

// TestSubmission: objects that are locked are not evicted, so a submission does not evict
// its own.
func TestSubmission(t *testing.T) {
	d := small(t, device.Options{})
	a, b := &device.Object{Owner: "a", Size: 5 * page}, &device.Object{Owner: "b", Size: 5 * page}
	a.Lock()
	b.Lock()
	if err := d.Validate(a, in(vram, 0)); err != nil {
		t.Fatal(err)
	}
	if err := d.Validate(b, in(vram, 0)); err != strategies.ErrNoSpace {
		t.Errorf("b beside a: %v", err)
	}
	a.Unlock()
	if err := d.Validate(b, in(vram, 0)); err != nil || a.Region() != gtt {
		t.Errorf("b instead of a: %v, and a is in %d", err, a.Region())
	}
	b.Unlock()
}

// TestForeign: memory that is of no object is never evicted.
func TestForeign(t *testing.T) {
	d := small(t, device.Options{})
	firmware := &ttm.Resource{Owner: "firmware"}
	if err := d.Manager(vram).Alloc(firmware, ttm.Request{Size: 4 * page}); err != nil {
		t.Fatal(err)
	}
	o := &device.Object{Size: 5 * page}
	o.Lock()
	defer o.Unlock()
	if err := d.Validate(o, in(vram, 0)); err != strategies.ErrNoSpace {
		t.Error(err)
	}
	if err := d.Check(); err != nil {
		t.Error(err)
	}
}

// TestGroups: each region charges the object's group there, also after an eviction.
func TestGroups(t *testing.T) {
	d := small(t, device.Options{})
	groups := []*ttm.Group{
		d.Manager(vram).NewGroup("app", nil, ttm.Limits{Max: 4 * page}),
		d.Manager(gtt).NewGroup("app", nil, ttm.Limits{}),
	}
	a, b := &device.Object{Size: 3 * page, Groups: groups}, &device.Object{Size: 2 * page, Groups: groups}
	validate(t, d, a, in(vram, 0))
	validate(t, d, b, in(vram, 0))
	if a.Region() != gtt || groups[vram].Usage() != 2*page || groups[gtt].Usage() != 3*page {
		t.Errorf("a is in %d, the groups use %d and %d", a.Region(), groups[vram].Usage(), groups[gtt].Usage())
	}
	if got := b.Resource().Group(); got != groups[vram] {
		t.Errorf("b is paid by %v", got)
	}
}

// TestBulk: members keep their bulk where they go.
func TestBulk(t *testing.T) {
	d := small(t, device.Options{})
	b := d.NewBulk()
	var o [4]device.Object
	for i := range o {
		o[i].Owner, o[i].Size = fmt.Sprint(i), 2*page
		if i < 2 {
			o[i].Lock()
			d.SetBulk(&o[i], b)
			o[i].Unlock()
		}
		validate(t, d, &o[i], in(gtt, 0))
	}
	for i := range o {
		validate(t, d, &o[i], in(vram, 0))
	}
	d.Bump(b)
	d.MeasureHolds(true)
	d.Bump(b)
	holds := d.Holds()
	if vram, none := holds[vram].Bump.Count(), holds[system].Bump.Count(); vram != 1 || none != 0 {
		t.Errorf("%d and %d bumps were measured", vram, none)
	}
	order := ""
	for r := range d.Manager(vram).Oldest() {
		order += r.Owner.(*device.Object).String()
	}
	if order != "2301" {
		t.Errorf("the order is %s", order)
	}
}

// TestMoveFails: an object whose move fails or panics stays, and nothing leaks.
func TestMoveFails(t *testing.T) {
	var err error
	d := small(t, device.Options{Move: func(*device.Object, int, int, *ttm.Resource) error {
		if err == nil {
			panic("oops")
		}
		return err
	}})
	o := &device.Object{Owner: "o", Size: 8 * page}
	validate(t, d, o, in(vram, 0))
	o.Lock()
	err = errHard
	if got := d.Validate(o, in(gtt, 0)); !errors.Is(got, errHard) || got.Error() != "device: move of o from vram to gtt: the copy engine is on fire" {
		t.Error(got)
	}
	err = nil
	func() {
		defer func() {
			if got := recover(); got != "oops" {
				t.Errorf("recovered %v", got)
			}
		}()
		d.Validate(o, in(gtt, 0))
	}()
	o.Unlock()
	if err := d.Check(); err != nil || o.Region() != vram || d.Manager(gtt).Avail().Total != 8*page {
		t.Errorf("%v, o is in %d, the other region has %+v", err, o.Region(), d.Manager(gtt).Avail())
	}
	err = ttm.ErrBusy
	other := &device.Object{Size: page}
	other.Lock()
	if got := d.Validate(other, in(vram, 0)); got != strategies.ErrNoSpace {
		t.Errorf("beside a victim whose move is busy: %v", got)
	}
}

// TestPinned: a pinned object is fine where it is, and nowhere else.
func TestPinned(t *testing.T) {
	d := small(t, device.Options{})
	o := &device.Object{Owner: "screen", Size: 2 * page}
	validate(t, d, o, in(vram, 0))
	o.Lock()
	d.Pin(o)
	if err := d.Validate(o, in(gtt, 0), in(vram, ttm.Fallback)); err != nil {
		t.Error(err)
	}
	if err := d.Validate(o, in(gtt, 0)); !errors.Is(err, strategies.ErrInvalid) || o.Region() != vram {
		t.Errorf("%v, in %d", err, o.Region())
	}
}

// TestFreeCleared: who asks for cleared memory gets what was freed as such, and else the dirty
// memory in front of it or behind it, as it comes.
func TestFreeCleared(t *testing.T) {
	for _, cleared := range []int{0, 1} {
		d := small(t, device.Options{})
		var o [2]device.Object
		var at [2]uint64
		for i := range o {
			o[i].Size = 4 * page
			o[i].Lock()
			if err := d.Validate(&o[i], in(vram, 0)); err != nil {
				t.Fatal(err)
			}
			at[i] = o[i].Resource().Blocks()[0].Start
		}
		d.FreeCleared(&o[cleared])
		d.FreeCleared(&o[cleared]) // without memory there is none to take
		d.Free(&o[1-cleared])
		clear := in(vram, 0)
		clear.Flags = strategies.Clear
		if err := d.Validate(&o[0], clear); err != nil {
			t.Fatal(err)
		}
		if got := o[0].Resource().Blocks()[0].Start; got != at[cleared] {
			t.Errorf("got cleared memory at %d, freed as such was %d", got, at[cleared])
		}
	}
}

// TestVictimRefused: a victim passes over a region that is too small for it, or whose strategy
// takes no such alignment.
func TestVictimRefused(t *testing.T) {
	odd := buddy.Strategy
	odd.New = func(r strategies.Region) (strategies.Allocator, error) {
		a, err := buddy.Strategy.New(r)
		return picky{a}, err
	}
	region := func(pages uint64) strategies.Region { return strategies.Region{Size: pages * page, Page: page} }
	d, err := device.New([]device.Region{
		{Name: "vram", Strategy: buddy.Strategy, Region: region(8)},
		{Name: "small", Strategy: buddy.Strategy, Region: region(4)},
		{Name: "picky", Strategy: odd, Region: region(16)},
		{Name: "system"},
	}, device.Options{Evict: func(*device.Object) []device.Place { return []device.Place{in(1, 0), in(2, 0), in(3, 0)} }})
	if err != nil {
		t.Fatal(err)
	}
	for i, size := range []uint64{8, 4, 8} { // each evicts the one before
		validate(t, d, &device.Object{Size: size * page}, in(0, 0))
		if got := d.Flow(0, 3).Moves; i == 1 && got != 1 {
			t.Errorf("%d victims came to system memory", got)
		}
	}
	if got := d.Flow(0, 1).Moves; got != 1 {
		t.Errorf("%d victims came to the small region", got)
	}
}

// picky refuses everything as invalid.
type picky struct{ strategies.Allocator }

func (picky) Alloc(dst []strategies.Block, _ strategies.Request) ([]strategies.Block, error) {
	return dst, strategies.ErrInvalid
}

// TestHeap: moves to and fro take nothing from the Go heap.
func TestHeap(t *testing.T) {
	d := small(t, device.Options{})
	var o [6]device.Object
	for i := range o {
		o[i].Size = 3 * page
	}
	places := []device.Place{in(vram, 0), in(gtt, ttm.Fallback)}
	i := 0
	churn := func() {
		x := &o[i%len(o)]
		x.Lock()
		if err := d.Validate(x, places...); err != nil {
			t.Fatal(err)
		}
		x.Unlock()
		i++
	}
	for range 50 {
		churn()
	}
	if n := testing.AllocsPerRun(200, churn); n != 0 {
		t.Errorf("%v allocations from the heap each", n)
	}
	if got := d.Flow(gtt, system).Moves; got < 100 {
		t.Errorf("only %d moves from the GTT to system memory", got)
	}
}
