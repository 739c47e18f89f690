package device_test

import (
	"errors"
	"slices"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/strategies/ttm"
	"github.com/vramlab/vramlab/strategies/ttm/device"
)

// model is the slow, obvious device, with an allocator for each region, of the same
// strategy and called in the same order. It keeps lists of objects and counts anew.
type model struct {
	regions []*place
	flows   map[[2]int]device.Flow
	asked   []int // the objects that were to be evicted
}

// place is a region of the model.
type place struct {
	a       strategies.Allocator // nil: system memory
	managed uint64
	lru     [ttm.Priorities][]*thing // oldest first
	pinned  []*thing
}

// thing is an object of the model.
type thing struct {
	id       int
	size     uint64
	at       int
	blocks   []strategies.Block
	priority uint8
	pins     int
	locked   bool
}

var errHard = errors.New("the copy engine is on fire")

// exile is where an object goes that is evicted from a region of the tests, and what its
// move says, in the model and in the device: see testRegions.
func exile(id, from int) []device.Place {
	in := func(r int, lo, hi uint64, u ttm.Use) device.Place {
		return device.Place{Region: r, Place: ttm.Place{Lo: lo * page, Hi: hi * page, Use: u}}
	}
	switch id % 6 {
	case 0:
		return nil
	case 1:
		return []device.Place{in(3, 0, 0, 0)}
	case 2: // another place here if there is room, or the next region
		return []device.Place{in(from, 16, 0, ttm.Desired), in(min(from+1, 2), 0, 0, 0)}
	case 3:
		return []device.Place{in(1-min(from, 1), 0, 0, 0)}
	case 4:
		return []device.Place{in(2, 0, 8, 0), in(3, 0, 0, ttm.Fallback)}
	}
	return []device.Place{in(1, 0, 0, ttm.Desired), in(2, 0, 0, 0)}
}

func moving(id int) error {
	switch {
	case id%32 == 31:
		return errHard
	case id%16 == 7:
		return ttm.ErrBusy
	}
	return nil
}

func (m *model) count(t *thing, to int, evicted bool) {
	f := m.flows[[2]int{t.at, to}]
	f.Moves++
	f.Bytes += t.size
	if evicted {
		f.Evicted += t.size
	}
	m.flows[[2]int{t.at, to}] = f
}

// in is everything in a region, in the order of walks, and then what is pinned.
func (p *place) in() []*thing { return append(slices.Concat(p.lru[:]...), p.pinned...) }

// drop takes t off its lists. Its blocks stay.
func (m *model) drop(t *thing) {
	if t.at == device.Nowhere {
		return
	}
	is := func(x *thing) bool { return x == t }
	p := m.regions[t.at]
	p.pinned = slices.DeleteFunc(p.pinned, is)
	for i := range p.lru {
		p.lru[i] = slices.DeleteFunc(p.lru[i], is)
	}
}

// age puts t on the list where it belongs, as the newest.
func (m *model) age(t *thing) {
	m.drop(t)
	switch p := m.regions[t.at]; {
	case p.a == nil:
	case t.pins > 0:
		p.pinned = append(p.pinned, t)
	default:
		p.lru[t.priority] = append(p.lru[t.priority], t)
	}
}

func (m *model) free(at int, blocks []strategies.Block) {
	if at != device.Nowhere && m.regions[at].a != nil {
		m.regions[at].a.Free(blocks)
	}
}

// leave takes t out of its region and gives its blocks back.
func (m *model) leave(t *thing) {
	m.drop(t)
	m.free(t.at, t.blocks)
	t.at, t.blocks = device.Nowhere, nil
}

func (m *model) bounds(p device.Place) (lo, hi uint64) {
	if p.Hi == 0 {
		return p.Lo, m.regions[p.Region].managed
	}
	return p.Lo, p.Hi
}

func (m *model) isAt(t *thing, places []device.Place, skip ttm.Use) bool {
	for _, p := range places {
		if p.Use == skip || p.Region != t.at {
			continue
		}
		lo, hi := m.bounds(p)
		out := func(b strategies.Block) bool { return b.Start < lo || b.End() > hi }
		if m.regions[t.at].a == nil || !slices.ContainsFunc(t.blocks, out) {
			return true
		}
	}
	return false
}

func (m *model) validate(t *thing, places []device.Place) error {
	t.locked = true
	defer func() { t.locked = false }()
	return m.bring(t, places, device.Nowhere)
}

func (m *model) bring(t *thing, places []device.Place, leaving int) error {
	for _, skip := range []ttm.Use{ttm.Fallback, ttm.Desired} {
		if leaving == device.Nowhere && m.isAt(t, places, skip) {
			if t.pins == 0 {
				m.age(t)
			}
			return nil
		}
		if leaving == device.Nowhere && t.pins > 0 {
			if skip == ttm.Desired {
				return strategies.ErrInvalid
			}
			continue
		}
		for _, p := range places {
			if p.Use == skip {
				continue
			}
			err := m.try(t, p, skip == ttm.Desired && p.Region > leaving, leaving)
			if err != strategies.ErrNoSpace {
				return err
			}
		}
	}
	return strategies.ErrNoSpace
}

// grant asks the allocator of a region.
func (m *model) grant(t *thing, p device.Place) ([]strategies.Block, error) {
	to := m.regions[p.Region]
	lo, hi := m.bounds(p)
	used := uint64(0)
	for _, x := range to.in() {
		used += x.size
	}
	switch {
	case t.size > hi:
		return nil, strategies.ErrTooBig
	case t.size > to.managed-used:
		return nil, strategies.ErrNoSpace
	}
	q := strategies.Request{Size: t.size, Flags: p.Flags}
	if lo != 0 || hi != to.managed {
		q.Lo, q.Hi, q.Flags = lo, hi, q.Flags|strategies.Range
	}
	return to.a.Alloc(nil, q)
}

func (m *model) try(t *thing, p device.Place, evict bool, leaving int) error {
	if m.regions[p.Region].a == nil {
		return m.move(t, p.Region, nil, leaving)
	}
	blocks, err := m.grant(t, p)
	if err == strategies.ErrNoSpace && evict {
		blocks, err = m.makeRoom(t, p)
	}
	switch {
	case err == nil:
		return m.move(t, p.Region, blocks, leaving)
	case leaving != device.Nowhere && errors.Is(err, strategies.ErrTooBig):
		return strategies.ErrNoSpace
	}
	return err
}

func (m *model) makeRoom(t *thing, p device.Place) ([]strategies.Block, error) {
	lo, hi := m.bounds(p)
	for _, victim := range slices.Concat(m.regions[p.Region].lru[:]...) {
		hit := func(b strategies.Block) bool { return b.Start < hi && b.End() > lo }
		if !slices.ContainsFunc(victim.blocks, hit) {
			continue
		}
		switch err := m.evict(victim); {
		case errors.Is(err, ttm.ErrBusy):
			continue
		case err != nil:
			return nil, err
		}
		if blocks, err := m.grant(t, p); err != strategies.ErrNoSpace {
			return blocks, err
		}
	}
	return nil, strategies.ErrNoSpace
}

func (m *model) evict(t *thing) error {
	if t.locked {
		return ttm.ErrBusy
	}
	t.locked = true
	defer func() { t.locked = false }()
	m.asked = append(m.asked, t.id)
	places := exile(t.id, t.at)
	if places == nil {
		m.count(t, device.Nowhere, true)
		m.leave(t)
		return nil
	}
	if err := m.bring(t, places, t.at); err != strategies.ErrNoSpace {
		return err
	}
	return ttm.ErrBusy
}

func (m *model) move(t *thing, to int, blocks []strategies.Block, leaving int) error {
	if t.at != device.Nowhere {
		if err := moving(t.id); err != nil {
			m.free(to, blocks)
			return err
		}
	}
	m.count(t, to, leaving != device.Nowhere)
	m.leave(t)
	t.at, t.blocks = to, blocks
	m.age(t)
	return nil
}

func (m *model) evictAll(at int) {
	for _, t := range slices.Concat(m.regions[at].lru[:]...) {
		if err := m.evict(t); err != nil && !errors.Is(err, ttm.ErrBusy) {
			return
		}
	}
}
