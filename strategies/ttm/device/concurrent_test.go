package device_test

import (
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/strategies/ttm"
	"github.com/vramlab/vramlab/strategies/ttm/device"
)

// TestConcurrent has several goroutines submit, free and pin objects of one device that
// are twice as large as its VRAM, and looks for pages granted twice.
func TestConcurrent(t *testing.T) {
	var pages [3][64]atomic.Int32
	swap := func(o *device.Object, r int, at *ttm.Resource, old, new int32) {
		if at == nil {
			return
		}
		for _, b := range at.Blocks() {
			for p := b.Start / page; p < b.End()/page; p++ {
				if !pages[r][p].CompareAndSwap(old, new) {
					t.Errorf("page %d of region %d belongs to %d, not %d", p, r, pages[r][p].Load(), old)
				}
			}
		}
	}
	id := func(o *device.Object) int32 { return int32(o.Owner.(int)) }
	d, err := device.New(testRegions(under), device.Options{
		Evict: func(victim *device.Object) []device.Place {
			places := exile(victim.Owner.(int), victim.Region())
			if places == nil {
				swap(victim, victim.Region(), victim.Resource(), id(victim), 0)
			}
			return places
		},
		Move: func(o *device.Object, from, to int, at *ttm.Resource) error {
			swap(o, to, at, 0, id(o))
			swap(o, from, o.Resource(), id(o), 0)
			return nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	d.MeasureHolds(true)
	bulk := d.NewBulk()
	objects := make([]device.Object, 64)
	for i := range objects {
		objects[i].Owner, objects[i].Size = i+1, uint64(1+i%9)*page
	}
	use := func(o *device.Object, rng *rand.Rand) {
		o.Lock()
		defer o.Unlock()
		switch rng.IntN(8) {
		case 0:
			if r := o.Region(); r != device.Nowhere {
				swap(o, r, o.Resource(), id(o), 0)
				d.Free(o)
			}
		case 1:
			d.SetPriority(o, uint8(rng.IntN(ttm.Priorities)))
			d.SetBulk(o, bulk)
		case 2:
			d.Bump(bulk)
		case 3:
			if o.Region() != device.Nowhere {
				d.Pin(o)
				d.Unpin(o)
			}
		default:
			was := o.Region()
			p := device.Place{Region: rng.IntN(3), Place: ttm.Place{Use: ttm.Use(rng.IntN(2))}}
			err := d.Validate(o, p, in(rng.IntN(4), ttm.Fallback))
			if err != nil && err != strategies.ErrNoSpace {
				t.Error(err)
			}
			if err == nil && was == device.Nowhere {
				swap(o, o.Region(), o.Resource(), 0, id(o))
			}
		}
	}
	var wg sync.WaitGroup
	for g := range uint64(6) {
		wg.Go(func() {
			rng := rand.New(rand.NewPCG(g, 5))
			for range 1500 {
				use(&objects[rng.IntN(len(objects))], rng)
			}
		})
	}
	wg.Wait()
	if err := d.Check(); err != nil {
		t.Error(err)
	}
	if d.Flow(0, 3).Evicted == 0 || d.Flow(1, 2).Evicted == 0 {
		t.Error("nothing was evicted")
	}
	for i := range objects {
		objects[i].Lock()
		d.Free(&objects[i])
		objects[i].Unlock()
	}
	if err := d.Close(); err != nil {
		t.Error(err)
	}
}
