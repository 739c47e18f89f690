package device

import (
	"fmt"
	"io"
	"sync/atomic"
)

// Flow counts what moved from one region to another. From [Nowhere] come objects that are
// placed for the first time or lost their contents, to Nowhere go those that are freed or
// lose them.
type Flow struct {
	Moves   uint64 // objects
	Bytes   uint64 // their sizes
	Evicted uint64 // bytes of these that were evicted
}

type flow struct{ moves, bytes, evicted atomic.Uint64 }

// Flow returns what has moved between two regions so far. From and to are indices of
// regions or Nowhere; within a region move objects that had to leave their window.
func (d *Device) Flow(from, to int) Flow {
	f := d.flow(from, to)
	return Flow{f.moves.Load(), f.bytes.Load(), f.evicted.Load()}
}

func (d *Device) flow(from, to int) *flow { return &d.flows[(from+1)*(len(d.regions)+1)+to+1] }

// count counts a move of o to a region.
func (d *Device) count(o *Object, to int, evicted bool) {
	f := d.flow(o.region(), to)
	f.moves.Add(1)
	f.bytes.Add(o.Size)
	if evicted {
		f.evicted.Add(o.Size)
	}
}

// held is what flowed into region i less what flowed out of it.
func (d *Device) held(i int) (bytes uint64) {
	for j := Nowhere; j < len(d.regions); j++ {
		bytes += d.flow(j, i).bytes.Load() - d.flow(i, j).bytes.Load()
	}
	return bytes
}

func (d *Device) dumpFlows(w io.Writer) error {
	for from := Nowhere; from < len(d.regions); from++ {
		for to := Nowhere; to < len(d.regions); to++ {
			f := d.Flow(from, to)
			if f.Moves == 0 {
				continue
			}
			_, err := fmt.Fprintf(w, "%s to %s: %d moves, %d bytes, %d of them evicted\n", d.name(from), d.name(to), f.Moves, f.Bytes, f.Evicted)
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// Check counts everything anew and returns the first difference: what
// [ttm.Manager.Check] says of a region, an object that has other memory than it says, or
// flows that do not add up. It is for tests, while nobody else uses the device.
func (d *Device) Check() error {
	for i, r := range d.regions {
		if r.manager == nil {
			continue
		}
		if err := r.manager.Check(); err != nil {
			return fmt.Errorf("region %s: %w", r.name, err)
		}
		var sum uint64
		for _, res := range r.manager.Resources() {
			o, ok := res.Owner.(*Object)
			if !ok {
				continue
			}
			sum += o.Size
			if o.res != res || o.region() != i || o.Size != res.Size() {
				return fmt.Errorf("device: %v has a resource in region %s, but is in %s", o, r.name, d.name(o.region()))
			}
		}
		if sum != d.held(i) {
			return fmt.Errorf("device: objects of %d bytes are in region %s, but %d more came than went", sum, r.name, d.held(i))
		}
	}
	return nil
}
