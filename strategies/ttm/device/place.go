package device

import (
	"errors"
	"fmt"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/strategies/ttm"
)

// Place is a place in one region of a device. System memory has no windows and flags; what
// a place there says of them does not count, but its Use does.
type Place struct {
	Region int // index
	ttm.Place
}

// Validate brings o to one of places, in order of preference. In the first round only free
// room counts, and places that are a [ttm.Fallback] do not; in the second one it evicts,
// and places that are [ttm.Desired] do not count. In each round o stays where it is, and
// becomes the most recently used, if it is at one of the places of the round; flags do not
// count for that. So an object in its fallback goes back as soon as there is room, and
// stays if there is none.
//
// The refusals are those of [ttm.Manager.Alloc]; o keeps the memory that it has. A refusal
// that is not ErrNoSpace ends the search, also for a size that is too big for one region.
// It is ErrInvalid, too, if there are no places, if a region does not exist, or if a
// pinned object would have to move. An error of [Options].Move is wrapped.
func (d *Device) Validate(o *Object, places ...Place) error {
	o.locked("validation")
	if len(places) == 0 {
		return fmt.Errorf("%w: %v is to be at no place", strategies.ErrInvalid, o)
	}
	return d.bring(o, places, Nowhere)
}

// bring is Validate, and the search for a victim's place: then leaving is the region that
// o leaves for a victim, and its old resource is not freed.
func (d *Device) bring(o *Object, places []Place, leaving int) error {
	for i := range places {
		if r := places[i].Region; r < 0 || r >= len(d.regions) {
			return fmt.Errorf("%w: %v is to be in region %d of %d", strategies.ErrInvalid, o, r, len(d.regions))
		}
	}
	for _, skip := range [...]ttm.Use{ttm.Fallback, ttm.Desired} {
		if leaving == Nowhere {
			if d.isAt(o, places, skip) {
				d.Touch(o)
				return nil
			}
			if o.pins != 0 {
				if skip == ttm.Fallback {
					continue // it may be at one of the others
				}
				return fmt.Errorf("%w: %v is pinned in %s", strategies.ErrInvalid, o, d.name(o.region()))
			}
		}
		for i := range places {
			p := &places[i]
			if p.Use == skip {
				continue
			}
			// A victim makes others leave only regions that are farther away.
			evict := skip == ttm.Desired && p.Region > leaving
			if err := d.try(o, p, evict, leaving); err != strategies.ErrNoSpace {
				return err
			}
		}
	}
	return strategies.ErrNoSpace
}

// isAt reports whether o is at one of the places that count.
func (d *Device) isAt(o *Object, places []Place, skip ttm.Use) bool {
	for i := range places {
		p := &places[i]
		if p.Use != skip && p.Region == o.region() && (o.res == nil || d.regions[p.Region].manager.Compatible(o.res, p.Place)) {
			return true
		}
	}
	return false
}

// try moves o to one place, if there is room.
func (d *Device) try(o *Object, p *Place, evict bool, leaving int) error {
	m := d.regions[p.Region].manager
	if m == nil {
		if o.Size == 0 {
			return fmt.Errorf("%w: 0 bytes", strategies.ErrInvalid)
		}
		return d.move(o, p.Region, nil, leaving)
	}
	places := [1]ttm.Place{p.Place}
	places[0].Use = ttm.Always
	q := ttm.Request{Size: o.Size, Align: o.Align, Places: places[:], NoEvict: !evict, Priority: o.priority, Bulk: o.bulk.in(p.Region)}
	if p.Region < len(o.Groups) {
		q.Group = o.Groups[p.Region]
	}
	r := o.take(p.Region)
	if err := m.Alloc(r, q); err != nil {
		o.keep(p.Region, r)
		if leaving != Nowhere && (errors.Is(err, strategies.ErrTooBig) || errors.Is(err, strategies.ErrInvalid)) {
			return strategies.ErrNoSpace
		}
		return err
	}
	return d.move(o, p.Region, r, leaving)
}

// move moves o to new memory, r in region to.
func (d *Device) move(o *Object, to int, r *ttm.Resource, leaving int) error {
	if o.region() != Nowhere && d.options.Move != nil {
		if err := d.copy(o, to, r); err != nil {
			return err
		}
	}
	d.count(o, to, leaving != Nowhere)
	if leaving == Nowhere {
		d.release(o, false)
	} else {
		o.keep(o.region(), o.res) // its manager frees it
	}
	o.at, o.res = to+1, r
	return nil
}

// copy calls Move. If that fails or panics, r is freed.
func (d *Device) copy(o *Object, to int, r *ttm.Resource) error {
	done := false
	defer func() {
		if !done && r != nil {
			d.regions[to].manager.Free(r)
			o.keep(to, r)
		}
	}()
	if err := d.options.Move(o, o.region(), to, r); err != nil {
		return fmt.Errorf("device: move of %v from %s to %s: %w", o, d.name(o.region()), d.name(to), err)
	}
	done = true
	return nil
}

// evict is the callback of region i's manager.
func (d *Device) evict(i int, victim *ttm.Resource) error {
	o, ok := victim.Owner.(*Object)
	if !ok || !o.mu.TryLock() {
		return ttm.ErrBusy
	}
	defer o.mu.Unlock()
	places := d.options.Evict(o)
	if len(places) == 0 {
		d.count(o, Nowhere, true)
		o.keep(i, victim)
		o.at, o.res = 0, nil
		return nil
	}
	if err := d.bring(o, places, i); err != strategies.ErrNoSpace {
		return err
	}
	return ttm.ErrBusy
}
