package ttm_test

import (
	"fmt"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/strategies/buddy"
	"github.com/vramlab/vramlab/strategies/rangemgr"
	"github.com/vramlab/vramlab/strategies/ttm"
)

// A driver that takes its strategy as an argument. The buddy and the range manager
// place the same objects in a region with a small BAR; when it is full, the least
// recently used object is evicted.
func Example() {
	drive := func(s strategies.Strategy) {
		region := strategies.Region{Size: 1 << 20, Page: 4096, Visible: 256 << 10}
		m, err := ttm.New(s, region, ttm.Options{
			Evict: func(victim *ttm.Resource) error {
				fmt.Println("  to system memory:", victim.Owner)
				return nil
			},
		})
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(s.Name)
		var firmware, texture, buffer, upload ttm.Resource
		for _, o := range []struct {
			r    *ttm.Resource
			name string
			ttm.Object
		}{
			{&firmware, "firmware", ttm.Object{Size: 32 << 10, Contiguous: true}},
			{&texture, "texture", ttm.Object{Size: 720 << 10, GPUOnly: true}},
			{&buffer, "buffer", ttm.Object{Size: 128 << 10}},
			{&upload, "upload", ttm.Object{Size: 160 << 10}},
		} {
			o.r.Owner = o.name
			if err := m.AllocObject(o.r, o.Object); err != nil {
				fmt.Println(" ", o.name, err)
				continue
			}
			fmt.Printf("  %s: %d KiB visible, at", o.name, o.r.Visible()>>10)
			for _, b := range o.r.Blocks() {
				fmt.Printf(" %d+%d", b.Start>>10, b.Size>>10)
			}
			fmt.Println()
			if o.r == &firmware {
				m.Pin(&firmware)
			}
		}
		fmt.Printf("  free: %d KiB, %d KiB visible\n", m.Avail().Total>>10, m.Avail().Visible>>10)
		m.Unpin(&firmware)
		if err := m.Close(); err != nil {
			fmt.Println(err)
		}
	}
	drive(buddy.Strategy)
	drive(rangemgr.Strategy)
	// Output:
	// buddy
	//   firmware: 32 KiB visible, at 0+32
	//   texture: 0 KiB visible, at 512+512 384+128 320+64 304+16
	//   buffer: 128 KiB visible, at 128+128
	//   to system memory: buffer
	//   upload: 160 KiB visible, at 128+128 32+32
	//   free: 112 KiB, 64 KiB visible
	//   to system memory: texture
	//   to system memory: upload
	//   to system memory: firmware
	// rangemgr
	//   firmware: 32 KiB visible, at 0+32
	//   texture: 0 KiB visible, at 304+720
	//   buffer: 128 KiB visible, at 32+128
	//   to system memory: buffer
	//   upload: 160 KiB visible, at 32+160
	//   free: 112 KiB, 64 KiB visible
	//   to system memory: texture
	//   to system memory: upload
	//   to system memory: firmware
}
