package managed

import (
	"errors"
	"fmt"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/strategies/ttm"
	"github.com/vramlab/vramlab/strategies/ttm/device"
)

// run is a replay.
type run struct {
	plan   *Plan
	device *device.Device
	bodies []body
	result Result
	flows  [][]Flow // from any region to any

	rooms  []room           // by region with a manager
	groups [][]*ttm.Group   // by rule, of each region of VRAM; nil for one without limits
	bulks  []*device.Bulk   // by rule, nil for none
	away   [][]device.Place // where victims of a region go
	bad    int              // pages that went bad

	// What a manager makes room for.
	rule    *rule
	size    uint64
	region  int
	visible bool // in the visible part
	evicted bool // something was, for it

	victim *body // is leaving, for
	cause  Cause
}

// room is what is in a region.
type room struct {
	held     uint64   // bytes of residents
	confined uint64   // of those that can be only in the visible part
	by       []uint64 // by rule

	bad        uint64 // bytes that went bad
	badVisible uint64 // of those, in the visible part
}

func newRun(p *Plan, s strategies.Strategy) (*run, error) {
	r := &run{plan: p, bodies: make([]body, p.slots), rooms: make([]room, p.system())}
	regions := make([]device.Region, len(p.regions))
	for i := range regions {
		regions[i] = device.Region{Name: p.regions[i].name, Region: p.regions[i].Region}
		r.flows = append(r.flows, make([]Flow, len(regions)))
		if i == p.system() {
			break
		}
		regions[i].Strategy = p.strategyOf(i, s)
		r.rooms[i].by = make([]uint64, len(p.limits))
		var away []device.Place // what is nearer than system memory first, as a driver's evict_flags has it
		for farther := max(i+1, p.tiles); farther < len(regions); farther++ {
			away = append(away, device.Place{Region: farther})
		}
		r.away = append(r.away, away)
	}
	var err error
	if r.device, err = device.New(regions, device.Options{Evict: r.evict, Move: r.move}); err != nil {
		return nil, err
	}
	r.groups, r.bulks = make([][]*ttm.Group, len(p.limits)), make([]*device.Bulk, len(p.limits))
	for i, l := range p.limits {
		for t := 0; t < p.tiles && l != (ttm.Limits{}); t++ {
			r.groups[i] = append(r.groups[i], r.device.Manager(t).NewGroup(fmt.Sprint("rule ", i+1), nil, l))
		}
		if p.placements.rules[i].bulk {
			r.bulks[i] = r.device.NewBulk()
		}
	}
	return r, nil
}

// ended is the result of a run that is over.
func (r *run) ended() Result {
	for i := range r.rooms {
		r.result.Looked += r.device.Manager(i).Stats().Looked
	}
	for i := range r.bodies {
		if b := &r.bodies[i]; b.memory.Region() == r.plan.system() {
			r.result.Left.add(b.size)
		}
	}
	for from, to := range r.flows {
		for i, f := range to {
			if f.Moves.Objects > 0 {
				f.From, f.To = r.plan.regions[from].name, r.plan.regions[i].name
				r.result.Flows = append(r.result.Flows, f)
			}
		}
	}
	return r.result
}

// spoil has the pages go bad whose turn it is before a step.
func (r *run) spoil(step int) error {
	for p := r.plan; r.bad < len(p.bad) && step >= (r.bad+1)*len(p.steps)/(len(p.bad)+1); r.bad++ {
		tile := &p.regions[0]
		in, at := p.bad[r.bad]/tile.Size, p.bad[r.bad]%tile.Size
		if err := r.device.Manager(int(in)).Retire(at, tile.Page); err != nil {
			return err
		}
		r.rooms[in].bad += tile.Page
		if at < tile.Visible {
			r.rooms[in].badVisible += tile.Page
		}
	}
	return nil
}

// step does a step.
func (r *run) step(s *step) {
	b := &r.bodies[s.slot]
	if at := b.memory.Region(); s.do == use && (b.stays.has(at) || b.seen.has(at) && r.compatible(b, at)) {
		// Four steps of five: without the lock, since nobody else is there.
		r.result.Uses++
		r.device.Manager(at).Touch(b.memory.Resource())
		r.bump(b)
		return
	}
	b.memory.Lock()
	switch s.do {
	case create, attempt:
		r.request(b, s)
	case fallback:
		if b.memory.Region() == device.Nowhere {
			r.settle(b, s)
		}
	case drop, dropZero:
		r.count(b, b.memory.Region(), -b.size)
		if s.do == dropZero {
			r.device.FreeCleared(&b.memory)
		} else {
			r.device.Free(&b.memory)
		}
	case use:
		r.use(b)
	}
	b.memory.Unlock()
}

// request does an allocation, or the first attempt at one.
func (r *run) request(b *body, s *step) {
	r.result.Requests++
	r.become(b, &r.plan.objects[s.object])
	r.result.Asked += b.size
	if s.do == create {
		r.settle(b, s)
	} else if r.find(b, true) == nil {
		r.result.First++
	}
}

// become makes an object of a body without memory.
func (r *run) become(b *body, o *object) {
	b.object = o
	m, rule := &b.memory, o.rule
	if m.Owner == nil {
		m.Owner = b
	}
	m.Size, m.Align, m.Groups = o.size, o.align, r.groups[rule.number]
	r.device.SetPriority(m, uint8(rule.priority))
	if b.bulk != r.bulks[rule.number] {
		b.bulk = r.bulks[rule.number]
		r.device.SetBulk(m, b.bulk)
	}
	b.there, b.stays, b.seen = 0, 0, 0
	for i := range rule.places {
		p := &rule.places[i]
		in := regions(1) << p.of(o)
		b.there |= in
		switch {
		case p.use == ttm.Fallback:
		case p.visible:
			b.seen |= in
		default:
			b.stays |= in
		}
	}
}

// compatible reports whether all of b lies in the visible part of its region.
func (r *run) compatible(b *body, region int) bool {
	visible := ttm.Place{Hi: r.plan.regions[region].Visible}
	return r.device.Manager(region).Compatible(b.memory.Resource(), visible)
}

// settle decides a request.
func (r *run) settle(b *body, s *step) {
	r.become(b, &r.plan.objects[s.object])
	r.evicted = false
	err := r.find(b, false)
	switch {
	case err == nil && r.evicted:
		r.result.Evicting++
	case err == nil:
		r.result.First++
	case b.rule.system && !errors.Is(err, strategies.ErrInvalid) && r.device.Validate(&b.memory, device.Place{Region: r.plan.system()}) == nil:
		r.result.System++
	default:
		r.result.Refused++
	}
}

// use has the program use an object that does not stay where it is, if it can move.
func (r *run) use(b *body) {
	at := b.memory.Region()
	if at == device.Nowhere {
		return
	}
	r.result.Uses++
	if b.there.has(at) {
		if r.free(b) != nil {
			r.device.Touch(&b.memory)
		}
	} else if r.find(b, false) != nil && len(b.rule.places) > 0 {
		r.result.Missed++
	}
	r.bump(b)
}

// bump makes the bulk of b the most recently used.
func (r *run) bump(b *body) {
	if b.bulk != nil {
		r.device.Bump(b.bulk)
	}
}

// find gives b memory in a region by its rule: at the first place that has room, else at the
// first where evictions make some. What is too large for one place may fit another. A single
// place is tried, and evicted for, in one go.
func (r *run) find(b *body, gentle bool) error {
	places := b.rule.places
	err := error(strategies.ErrNoSpace)
	if len(places) > 1 || gentle || len(places) > 0 && places[0].use == ttm.Desired {
		if err = r.free(b); !goesOn(err) {
			return err
		}
	}
	for i := range places {
		p := &places[i]
		if p.use == ttm.Desired || gentle && p.use == ttm.Always {
			continue
		}
		if err = r.try(b, p, gentle); !goesOn(err) {
			return err
		}
	}
	return err
}

// free is the first round, which takes free room.
func (r *run) free(b *body) error {
	err := error(strategies.ErrNoSpace)
	for i := range b.rule.places {
		p := &b.rule.places[i]
		if p.use == ttm.Fallback {
			continue
		}
		if err = r.try(b, p, true); !goesOn(err) {
			return err
		}
	}
	return err
}

// goesOn reports whether another place may have room.
func goesOn(err error) bool {
	return err == strategies.ErrNoSpace || errors.Is(err, strategies.ErrTooBig)
}

// try gives b memory at a place, of the first round of the device or of its second.
func (r *run) try(b *body, p *place, gentle bool) error {
	at := device.Place{Region: p.of(b.object), Place: ttm.Place{Flags: p.flags, Use: ttm.Fallback}}
	if gentle {
		at.Use = ttm.Desired
	}
	r.rule, r.size, r.region, r.visible = b.rule, b.size, at.Region, false
	if at.Region < r.plan.tiles {
		at.Flags |= b.flags
	}
	if visible := r.plan.regions[at.Region].Visible; p.visible && visible > 0 {
		at.Hi, r.visible = visible, true
	}
	from := b.memory.Region()
	err := r.device.Validate(&b.memory, at)
	if err == nil && from == device.Nowhere {
		r.count(b, at.Region, b.size)
	}
	return err
}

// count adds bytes of b, which may wrap around below zero, to the sums of a region.
func (r *run) count(b *body, region int, bytes uint64) {
	if region == device.Nowhere || region == r.plan.system() {
		return
	}
	room := &r.rooms[region]
	room.held += bytes
	room.by[b.rule.number] += bytes
	if b.rule.confined {
		room.confined += bytes
	}
}

// evict is the device's callback.
func (r *run) evict(victim *device.Object) []device.Place {
	r.victim, r.cause, r.evicted = victim.Owner.(*body), r.why(), true
	return r.away[victim.Region()]
}

// move counts a move; a victim's follows the callback about it.
func (r *run) move(o *device.Object, from, to int, _ *ttm.Resource) error {
	b := o.Owner.(*body)
	f := &r.flows[from][to]
	f.Moves.add(b.size)
	if b == r.victim {
		r.victim = nil
		f.Out[r.cause].add(b.size)
		r.result.Out[r.cause].add(b.size)
	} else {
		r.result.In.add(b.size)
	}
	r.count(b, from, -b.size)
	r.count(b, to, b.size)
	return nil
}

// why is the cause of the next eviction.
func (r *run) why() Cause {
	free := r.device.Manager(r.region).Avail()
	window := free.Total
	if r.visible {
		window = free.Visible
	}
	region, room := &r.plan.regions[r.region], &r.rooms[r.region]
	limit := uint64(0)
	if r.region < r.plan.tiles {
		limit = r.plan.limits[r.rule.number].Max
	}
	switch {
	case room.held+r.size > region.Size-room.bad,
		r.visible && room.confined+r.size > region.Visible-room.badVisible,
		limit > 0 && room.by[r.rule.number]+r.size > limit:
		return Capacity
	case window >= r.size:
		return Broken
	case free.Total >= r.size:
		return Occupied
	}
	return Rounded
}
