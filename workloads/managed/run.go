package managed

import (
	"context"
	"fmt"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/strategies/ttm"
	"github.com/vramlab/vramlab/strategies/ttm/device"
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

// Flow is what moved from one region to another. Regions are vram, or tile0, tile1 and so
// on; gtt; and system.
type Flow struct {
	From, To string
	Moves    Moves         // all
	Out      [Causes]Moves // those of them that were evicted
}

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
	Out    [Causes]Moves // evicted, from all regions
	In     Moves         // moved to one of their places when they were used, from within the region too
	Uses   int           // of objects that have memory
	Missed int           // uses of those that stayed elsewhere, since there was no room by the rule
	Looked uint64        // objects that walks for victims looked at
	Left   Moves         // objects in system memory at the end

	Flows []Flow // between the regions, nearest first; none without moves

	Holds []ttm.Holds // hold times of the managers' locks, VRAM or its tiles first; nil if they were not measured
}

// Evicted are all evictions.
func (r *Result) Evicted() Moves { return sum(&r.Out) }

// Spared are the evictions that a better placement would have spared: all but those for
// capacity.
func (r *Result) Spared() Moves {
	all := r.Evicted()
	return Moves{all.Objects - r.Out[Capacity].Objects, all.Bytes - r.Out[Capacity].Bytes}
}

// Evicted are those that were.
func (f *Flow) Evicted() Moves { return sum(&f.Out) }

func sum(out *[Causes]Moves) (all Moves) {
	for _, m := range out {
		all.Objects += m.Objects
		all.Bytes += m.Bytes
	}
	return all
}

// body is what is in a slot.
type body struct {
	bulk   *device.Bulk
	there  regions       // in which it has a place
	stays  regions       // of them, those in which it stays, wherever it lies
	seen   regions       // those in which it stays in the visible part
	memory device.Object // in no region if the slot is empty, or the request was refused
	*object
}

// regions is a set of regions of a plan, without [device.Nowhere].
type regions uint16

func (s regions) has(region int) bool { return region >= 0 && s>>region&1 != 0 }

// String names the object in errors of the manager.
func (b *body) String() string { return "an object" }

// Options are what else a replay does.
type Options struct {
	// Holds measures how long the locks are held, which takes some time itself.
	Holds bool
	// Check has the managers count everything anew after so many steps; 0: never. An
	// error of that is one of the strategy, or of a manager.
	Check int
}

// Run replays the plan over a strategy. The error is that of a strategy that [Plan.Suits] is
// against, of a check, or of a context that is done.
func (p *Plan) Run(ctx context.Context, s strategies.Strategy, o Options) (Result, error) {
	r, err := newRun(p, s)
	if err != nil {
		return Result{}, err
	}
	r.device.MeasureHolds(o.Holds)
	for i := range p.steps {
		if i%1024 == 0 && ctx.Err() != nil {
			return Result{}, ctx.Err()
		}
		if err := r.spoil(i); err != nil {
			return Result{}, err
		}
		r.step(&p.steps[i])
		if o.Check > 0 && i%o.Check == 0 {
			if err := r.device.Check(); err != nil {
				return Result{}, err
			}
		}
	}
	if o.Holds {
		r.result.Holds = r.device.Holds()[:p.system()]
	}
	return r.ended(), nil
}

// Suits says why the plan cannot be replayed over a strategy: it, or that of the GTT, refuses
// the region, or it has no windows, by which bad pages are taken out of use. It is nil if the
// plan can be.
func (p *Plan) Suits(s strategies.Strategy) error {
	if len(p.bad) > 0 && !s.Caps.Has(strategies.CapWindow) {
		return fmt.Errorf("%w: %s has no windows, so no page can go bad", strategies.ErrInvalid, s.Name)
	}
	for i := range p.regions[:p.system()] {
		if _, err := p.strategyOf(i, s).New(p.regions[i].Region); err != nil {
			return fmt.Errorf("region %s: %w", p.regions[i].name, err)
		}
	}
	return nil
}

// strategyOf is that of a region that has one: s in VRAM.
func (p *Plan) strategyOf(region int, s strategies.Strategy) strategies.Strategy {
	if region < p.tiles {
		return s
	}
	return p.regions[region].strategy
}
