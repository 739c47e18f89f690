package device

import (
	"errors"
	"fmt"
	"io"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/strategies/ttm"
)

// Region is one kind of memory of a device.
type Region struct {
	// Name is for messages, unique on the device.
	Name string
	// Strategy places in the region. The zero Strategy makes it system memory.
	Strategy strategies.Strategy
	// Region, DefaultPage and NoBAR are as for [ttm.New]; system memory has none.
	Region      strategies.Region
	DefaultPage uint64
	NoBAR       bool
}

// Options are a driver's choices for a device.
type Options struct {
	// Evict picks where victim goes, in order of preference, by the rules of
	// [Device.Validate], but a region that is too small for victim, or whose strategy does
	// not take its size and alignment, counts as full. With no places victim loses its memory
	// and its contents. If no place has room, victim counts as busy. Nil means that nothing is
	// ever evicted.
	//
	// Evict runs with the lock of victim held, on the goroutine that needs the room. It
	// must wait for no lock under which the device is called. It only reads victim.
	Evict func(victim *Object) []Place

	// Move copies the contents of o, which is in the region from, to the resource at,
	// nil in system memory, of the region to. An error leaves o where it is; it ends the
	// operation that needs the move, except for [ttm.ErrBusy] in an eviction, which tries
	// the next victim. It runs as Evict does. Nil copies nothing.
	Move func(o *Object, from, to int, at *ttm.Resource) error
}

// Nowhere is the region of an object without memory.
const Nowhere = -1

// Device manages the memory of all its regions. It is safe for use by several goroutines.
type Device struct {
	regions []region
	options Options
	flows   []flow // from any region or Nowhere to any, see Device.flow
}

// region is a region with its manager, nil for system memory.
type region struct {
	name    string
	manager *ttm.Manager
}

// New makes a device with these regions, all free. The error is ErrInvalid for a list
// that is empty or has a name twice, or what [ttm.New] says of a region.
func New(regions []Region, o Options) (*Device, error) {
	d := &Device{options: o, flows: make([]flow, (len(regions)+1)*(len(regions)+1))}
	if len(regions) == 0 {
		return nil, fmt.Errorf("%w: a device without regions", strategies.ErrInvalid)
	}
	seen := make(map[string]bool)
	for i, r := range regions {
		if r.Name == "" || seen[r.Name] {
			return nil, fmt.Errorf("%w: region %d has the name %q, which is empty or taken", strategies.ErrInvalid, i, r.Name)
		}
		seen[r.Name] = true
		to := region{name: r.Name}
		if r.Strategy.New != nil {
			var err error
			if to.manager, err = ttm.New(r.Strategy, r.Region, d.managerOptions(i, r)); err != nil {
				return nil, fmt.Errorf("region %s: %w", r.Name, err)
			}
		}
		d.regions = append(d.regions, to)
	}
	return d, nil
}

// managerOptions are the options of the manager of region i.
func (d *Device) managerOptions(i int, r Region) ttm.Options {
	o := ttm.Options{DefaultPage: r.DefaultPage, NoBAR: r.NoBAR}
	if d.options.Evict != nil {
		o.Evict = func(victim *ttm.Resource) error { return d.evict(i, victim) }
	}
	return o
}

// Manager is the manager of region i, nil for system memory: for its groups, bad pages and
// counts. What is allocated from it directly, such as firmware, is never evicted.
func (d *Device) Manager(i int) *ttm.Manager { return d.regions[i].manager }

// Regions is the number of regions.
func (d *Device) Regions() int { return len(d.regions) }

// name is the name of region i.
func (d *Device) name(i int) string {
	if i == Nowhere {
		return "nowhere"
	}
	return d.regions[i].name
}

// MeasureHolds starts or stops measuring how long the locks of all managers are held.
func (d *Device) MeasureHolds(on bool) {
	for _, r := range d.regions {
		if r.manager != nil {
			r.manager.MeasureHolds(on)
		}
	}
}

// Holds returns the hold times of the lock of each region's manager, by region; those of
// system memory, which has none, are empty.
func (d *Device) Holds() []ttm.Holds {
	holds := make([]ttm.Holds, len(d.regions))
	for i, r := range d.regions {
		if r.manager != nil {
			holds[i] = r.manager.Holds()
		}
	}
	return holds
}

// Close ends the use of the device as [ttm.Manager.Close] does for each region, first to
// last: what can be evicted is moved once more, so a driver frees its objects before.
func (d *Device) Close() error {
	var errs []error
	for _, r := range d.regions {
		if r.manager == nil {
			continue
		}
		if err := r.manager.Close(); err != nil {
			errs = append(errs, fmt.Errorf("region %s: %w", r.name, err))
		}
	}
	return errors.Join(errs...)
}

// Dump writes the state of each region as [ttm.Manager.Dump] does, and what flowed between
// them.
func (d *Device) Dump(w io.Writer) error {
	for i, r := range d.regions {
		if r.manager == nil {
			if _, err := fmt.Fprintf(w, "region %s: %d bytes\n", r.name, d.held(i)); err != nil {
				return err
			}
			continue
		}
		if _, err := fmt.Fprintf(w, "region %s: ", r.name); err != nil {
			return err
		}
		if err := r.manager.Dump(w); err != nil {
			return err
		}
	}
	return d.dumpFlows(w)
}
