package managed

import (
	"context"
	"errors"
	"fmt"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/strategies/ttm"
)

// Cause is why an object was evicted: what would have spared it.
type Cause int

// The causes, in the order in which they are asked for. Those behind Capacity are the
// strategy's: what is resident and the request could lie in the region side by side.
const (
	Capacity Cause = iota // nothing: together they are more than the region, its visible part, or the limit of their rule
	Broken                // one piece: the free bytes of the window sufficed
	Occupied              // other places for what lies in the window: the free bytes of the region sufficed
	Rounded               // smaller grants: what objects hold beyond their size would have sufficed
	Causes                // their number
)

// String is the cause in a word.
func (c Cause) String() string { return [...]string{"capacity", "broken", "occupied", "rounded"}[c] }

// Moves counts objects that moved.
type Moves struct {
	Objects int
	Bytes   uint64 // in whole pages
}

func (m *Moves) add(bytes uint64) { m.Objects++; m.Bytes += bytes }

// Result is what a replay did. All of it but Holds is exact.
type Result struct {
	// Requests are the allocations, one together with its fallback. Each is one of the
	// next four.
	Requests int
	First    int // found room at once
	Evicting int // found room after evictions: refusals that became evictions
	System   int // got system memory, by their rule
	Refused  int // got nothing

	Asked  uint64        // bytes of all requests, in whole pages
	Out    [Causes]Moves // evicted
	In     Moves         // moved in when they were used
	Uses   int           // of objects that have memory
	Missed int           // uses in system memory, since the region had no room by the rule
	Looked uint64        // objects that walks for victims looked at
	Left   Moves         // objects in system memory at the end

	Holds *ttm.Holds // hold times of the manager's lock; nil if they were not measured
}

// Evicted are all evictions.
func (r *Result) Evicted() (all Moves) {
	for _, m := range r.Out {
		all.Objects += m.Objects
		all.Bytes += m.Bytes
	}
	return all
}

// Spared are the evictions that a better placement would have spared: all but those for
// capacity.
func (r *Result) Spared() Moves {
	all := r.Evicted()
	return Moves{all.Objects - r.Out[Capacity].Objects, all.Bytes - r.Out[Capacity].Bytes}
}

// where is where an object is.
type where uint8

const (
	nowhere  where = iota // the slot is empty, or the request was refused
	resident              // in the region
	system                // in system memory
)

// body is what is in a slot.
type body struct {
	ttm.Resource
	*object
	at where
}

// run is a replay.
type run struct {
	plan    *Plan
	manager *ttm.Manager
	bodies  []body
	result  Result

	held        uint64   // bytes of residents
	heldVisible uint64   // of those that can be only in the visible part
	heldBy      []uint64 // by rule

	groups     []*ttm.Group // by rule, nil for one without a limit
	bad        int          // pages that went bad
	badVisible int          // of those, in the visible part

	// What the manager makes room for.
	rule    *rule
	size    uint64
	visible bool // in the visible part
	evicted bool // something was, for it
}

// Options are what else a replay does.
type Options struct {
	// Holds measures how long the lock is held, which takes some time itself.
	Holds bool
	// Check has the manager count everything anew after so many steps; 0: never. An
	// error of that is one of the strategy, or of the manager.
	Check int
}

// Run replays the plan over a strategy. The error is that of a strategy that [Plan.Suits] is
// against, of a check, or of a context that is done.
func (p *Plan) Run(ctx context.Context, s strategies.Strategy, o Options) (Result, error) {
	r := &run{plan: p, bodies: make([]body, p.slots)}
	var err error
	if r.manager, err = ttm.New(s, p.Region, ttm.Options{Evict: r.evict}); err != nil {
		return Result{}, err
	}
	r.manager.MeasureHolds(o.Holds)
	r.heldBy, r.groups = make([]uint64, len(p.limits)), make([]*ttm.Group, len(p.limits))
	for i, limit := range p.limits {
		if limit > 0 {
			r.groups[i] = r.manager.NewGroup(fmt.Sprint("rule ", i+1), nil, ttm.Limits{Max: limit})
		}
	}
	for i := range r.bodies {
		r.bodies[i].Owner = &r.bodies[i]
	}
	for i := range p.steps {
		if i%1024 == 0 && ctx.Err() != nil {
			return Result{}, ctx.Err()
		}
		if err := r.spoil(i); err != nil {
			return Result{}, err
		}
		r.step(&p.steps[i])
		if o.Check > 0 && i%o.Check == 0 {
			if err := r.manager.Check(); err != nil {
				return Result{}, err
			}
		}
	}
	r.result.Looked = r.manager.Stats().Looked
	if o.Holds {
		h := r.manager.Holds()
		r.result.Holds = &h
	}
	for i := range r.bodies {
		if b := &r.bodies[i]; b.at == system {
			r.result.Left.add(b.size)
		}
	}
	return r.result, nil
}

// Suits says why the plan cannot be replayed over a strategy: it refuses the region, or has no
// windows, by which bad pages are taken out of use. It is nil if the plan can be.
func (p *Plan) Suits(s strategies.Strategy) error {
	if len(p.bad) > 0 && !s.Caps.Has(strategies.CapWindow) {
		return fmt.Errorf("%w: %s has no windows, so no page can go bad", strategies.ErrInvalid, s.Name)
	}
	_, err := s.New(p.Region)
	return err
}

// spoil has the pages go bad whose turn it is before a step.
func (r *run) spoil(step int) error {
	for p := r.plan; r.bad < len(p.bad) && step >= (r.bad+1)*len(p.steps)/(len(p.bad)+1); r.bad++ {
		at := p.bad[r.bad]
		if err := r.manager.Retire(at, p.Region.Page); err != nil {
			return err
		}
		if at < p.Region.Visible {
			r.badVisible++
		}
	}
	return nil
}

// String names the object in errors of the manager.
func (b *body) String() string { return "an object" }

// step does a step.
func (r *run) step(s *step) {
	b := &r.bodies[s.slot]
	switch s.do {
	case create, attempt:
		r.request(b, s)
	case fallback:
		if b.at == nowhere {
			r.settle(b, s)
		}
	case drop, dropZero:
		if b.at == resident {
			r.leave(b)
			if s.do == dropZero {
				r.manager.FreeCleared(&b.Resource)
			} else {
				r.manager.Free(&b.Resource)
			}
		}
		b.at = nowhere
	case use:
		r.use(b)
	}
}

// request does an allocation, or the first attempt at one.
func (r *run) request(b *body, s *step) {
	r.result.Requests++
	b.object = &r.plan.objects[s.object]
	r.result.Asked += b.size
	if s.do == create {
		r.settle(b, s)
	} else if r.find(b, true) == nil {
		r.result.First++
	}
}

// settle decides a request.
func (r *run) settle(b *body, s *step) {
	b.object = &r.plan.objects[s.object]
	r.evicted = false
	err := r.find(b, false)
	switch {
	case err == nil && r.evicted:
		r.result.Evicting++
	case err == nil:
		r.result.First++
	case b.rule.system && !errors.Is(err, strategies.ErrInvalid):
		b.at = system
		r.result.System++
	default:
		r.result.Refused++
	}
}

// use has the program use an object, which comes back if it can.
func (r *run) use(b *body) {
	if b.at == nowhere {
		return
	}
	r.result.Uses++
	switch {
	case b.at == resident:
		r.manager.Touch(&b.Resource)
	case r.find(b, false) == nil:
		r.result.In.add(b.size)
	case len(b.rule.places) > 0:
		r.result.Missed++
	}
}

// find gives b memory in the region by its rule: at the first place that has room, else at
// the first where evictions make some. What is too large for one place may fit another.
func (r *run) find(b *body, gentle bool) error {
	places := b.rule.places
	err := error(strategies.ErrNoSpace)
	if len(places) > 1 || gentle || len(places) > 0 && places[0].desired {
		for i := range places {
			if err = r.try(b, &places[i], true); goesOn(err) {
				continue
			}
			return err
		}
	}
	if gentle {
		return err
	}
	for i := range places {
		if places[i].desired {
			continue
		}
		if err = r.try(b, &places[i], false); !goesOn(err) {
			return err
		}
	}
	return err
}

// goesOn reports whether another place may have room.
func goesOn(err error) bool {
	return err == strategies.ErrNoSpace || errors.Is(err, strategies.ErrTooBig)
}

// try gives b memory at a place.
func (r *run) try(b *body, p *place, gentle bool) error {
	at := [1]ttm.Place{{Flags: b.flags | p.flags}}
	r.rule, r.size, r.visible = b.rule, b.size, false
	if visible := r.plan.Region.Visible; p.visible && visible > 0 {
		at[0].Hi, r.visible = visible, true
	}
	err := r.manager.Alloc(&b.Resource, ttm.Request{
		Size: b.size, Align: b.align, Places: at[:], NoEvict: gentle,
		Priority: uint8(b.rule.priority), Group: r.groups[b.rule.number],
	})
	if err != nil {
		return err
	}
	b.at = resident
	r.held += b.size
	r.heldBy[b.rule.number] += b.size
	if b.rule.onlyVisible() {
		r.heldVisible += b.size
	}
	return nil
}

// leave takes b out of the sums of residents.
func (r *run) leave(b *body) {
	r.held -= b.size
	r.heldBy[b.rule.number] -= b.size
	if b.rule.onlyVisible() {
		r.heldVisible -= b.size
	}
}

// evict is the manager's callback.
func (r *run) evict(victim *ttm.Resource) error {
	b := victim.Owner.(*body)
	r.evicted = true
	r.result.Out[r.cause()].add(b.size)
	r.leave(b)
	b.at = system
	return nil
}

// cause is why the next eviction is made.
func (r *run) cause() Cause {
	free := r.manager.Avail()
	window := free.Total
	if r.visible {
		window = free.Visible
	}
	region, limit := &r.plan.Region, r.plan.limits[r.rule.number]
	good, goodVisible := region.Size-uint64(r.bad)*region.Page, region.Visible-uint64(r.badVisible)*region.Page
	switch {
	case r.held+r.size > good, r.visible && r.heldVisible+r.size > goodVisible, limit > 0 && r.heldBy[r.rule.number]+r.size > limit:
		return Capacity
	case window >= r.size:
		return Broken
	case free.Total >= r.size:
		return Occupied
	}
	return Rounded
}
