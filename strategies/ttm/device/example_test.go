package device_test

import (
	"fmt"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/strategies/buddy"
	"github.com/vramlab/vramlab/strategies/rangemgr"
	"github.com/vramlab/vramlab/strategies/ttm"
	"github.com/vramlab/vramlab/strategies/ttm/device"
)

// A card with VRAM of which the CPU sees a quarter, memory behind a GTT, and system
// memory. As in amdgpu, a victim in visible VRAM goes to VRAM that is not, if there is
// room, or else behind the GTT.
func Example() {
	const vram, gtt = 0, 1
	hidden := device.Place{Region: vram, Place: ttm.Place{Lo: 256 << 10, Use: ttm.Desired}}
	d, err := device.New([]device.Region{
		{Name: "vram", Strategy: buddy.Strategy, Region: strategies.Region{Size: 1 << 20, Page: 4096, Visible: 256 << 10}},
		{Name: "gtt", Strategy: rangemgr.Strategy, Region: strategies.Region{Size: 2 << 20, Page: 4096}},
		{Name: "system"},
	}, device.Options{
		Evict: func(victim *device.Object) []device.Place {
			if r := victim.Resource(); victim.Region() == vram && r.Visible() > 0 {
				return []device.Place{hidden, {Region: gtt}}
			}
			return []device.Place{{Region: victim.Region() + 1}}
		},
		Move: func(o *device.Object, from, to int, at *ttm.Resource) error {
			fmt.Printf("%v moves from %d to %d\n", o, from, to)
			return nil
		},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	visible := device.Place{Region: vram, Place: ttm.Place{Hi: 256 << 10}}
	fallback := device.Place{Region: gtt, Place: ttm.Place{Use: ttm.Fallback}}
	for _, o := range []*device.Object{
		{Owner: "upload", Size: 192 << 10},
		{Owner: "readback", Size: 128 << 10},
		{Owner: "mapped", Size: 256 << 10},
	} {
		o.Lock()
		if err := d.Validate(o, visible, fallback); err != nil {
			fmt.Println(o, err)
		}
		o.Unlock()
	}
	fmt.Printf("%+v\n", d.Flow(vram, vram))
	// Output:
	// upload moves from 0 to 0
	// readback moves from 0 to 0
	// {Moves:2 Bytes:327680 Evicted:327680}
}
