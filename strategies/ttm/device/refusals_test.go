package device_test

import (
	"errors"
	"testing"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/strategies/buddy"
	"github.com/vramlab/vramlab/strategies/ttm/device"
)

// TestRefusals: what a device refuses, and what it panics for.
func TestRefusals(t *testing.T) {
	d, other := small(t, device.Options{}), small(t, device.Options{})
	o := &device.Object{Owner: "o", Size: 9 * page}
	o.Lock()
	for _, x := range []struct {
		places []device.Place
		want   error
	}{
		{nil, strategies.ErrInvalid},
		{[]device.Place{in(3, 0)}, strategies.ErrInvalid},
		{[]device.Place{in(-1, 0)}, strategies.ErrInvalid},
		{[]device.Place{in(vram, 0)}, strategies.ErrTooBig},
		{[]device.Place{in(vram, 0), in(system, 0)}, strategies.ErrTooBig},
		{[]device.Place{in(system, 0)}, nil},
	} {
		if err := d.Validate(o, x.places...); !errors.Is(err, x.want) {
			t.Errorf("%+v: %v, want %v", x.places, err, x.want)
		}
	}
	empty := &device.Object{}
	empty.Lock()
	for i := range 3 {
		if err := d.Validate(empty, in(i, 0)); !errors.Is(err, strategies.ErrInvalid) {
			t.Errorf("an empty object in %d: %v", i, err)
		}
	}
	d.Free(empty)
	d.Pin(o)
	free := &device.Object{Owner: 7}
	for _, x := range []struct {
		want string
		f    func()
	}{
		{"free of o, which is pinned", func() { d.Free(o) }},
		{"validation of int, which is not locked", func() { d.Validate(free, in(vram, 0)) }},
		{"use of int, which is not locked", func() { d.Touch(free) }},
		{"pin of unnamed, which has no memory", func() { d.Pin(empty) }},
		{"unpin of unnamed, which is not pinned", func() { d.Unpin(empty) }},
		{"priority 4 for o: the highest is 3", func() { d.SetPriority(o, 4) }},
		{"use of a bulk of another device", func() { d.SetBulk(o, other.NewBulk()) }},
		{"use of a bulk of another device", func() { d.Bump(other.NewBulk()) }},
	} {
		func() {
			defer func() {
				if got := recover(); got != "device: "+x.want {
					t.Errorf("got %v, want %s", got, x.want)
				}
			}()
			x.f()
		}()
	}
	region := device.Region{Name: "vram", Strategy: buddy.Strategy}
	for want, list := range map[string][]device.Region{
		"invalid: a device without regions":                                          nil,
		`invalid: region 0 has the name "", which is empty or taken`:                 {{}},
		`invalid: region 1 has the name "a", which is empty or taken`:                {{Name: "a"}, {Name: "a"}},
		"region vram: invalid region: page 0 is not a power of two of at least 4096": {region},
	} {
		if _, err := device.New(list, device.Options{}); !errors.Is(err, strategies.ErrInvalid) || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}
