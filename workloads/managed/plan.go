package managed

import (
	"fmt"
	"math"
	"math/bits"
	"math/rand/v2"
	"strconv"
	"strings"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/strategies/rangemgr"
	"github.com/vramlab/vramlab/strategies/ttm"
	"github.com/vramlab/vramlab/workloads"
)

// Pressure is the size of VRAM in percent of the peak of live bytes: 80 leaves
// room for four fifths of what is live at the peak. 1 to [MostPressure].
type Pressure int

// MostPressure is the largest: ten times what is live at the peak.
const MostPressure Pressure = 1000

// String is the pressure as ParsePressure reads it.
func (p Pressure) String() string { return strconv.Itoa(int(p)) + "%" }

// ParsePressure reads 80%.
func ParsePressure(text string) (Pressure, error) {
	digits, ok := strings.CutSuffix(text, "%")
	n, err := strconv.ParseUint(digits, 10, 32)
	if !ok || err != nil || n < 1 || n > uint64(MostPressure) {
		return 0, fmt.Errorf("pressure %q is not a share of the peak from 1%% to %v", text, MostPressure)
	}
	return Pressure(n), nil
}

// Config is what a plan is made by.
type Config struct {
	Placements Placements
	Pressure   Pressure
	Seed       uint64 // of uses, of shares and of the tiles of objects

	// GTT places in the GTT, if there is one: [Placements.GTT]. The zero value is the range
	// manager, as in drivers, so that what is compared is the strategy of VRAM.
	GTT strategies.Strategy
}

// Plan is a workload as objects and what is done with them. It is shared by all
// strategies and never changes.
type Plan struct {
	// Region is VRAM in the replays, all tiles together, with its visible part; 0 if the CPU
	// sees all.
	Region strategies.Region
	// Peak is the largest sum of live bytes of objects that may be in VRAM, in whole
	// pages, as if every request were granted.
	Peak uint64

	objects []object
	steps   []step
	slots   int

	regions    []region // VRAM, or its tiles; the GTT, if there is one; system memory
	tiles      int      // so many regions are VRAM
	placements Placements

	bad    []uint64     // where pages of VRAM go bad, in this order, evenly over the steps
	limits []ttm.Limits // of the objects of a rule in each region of VRAM, by rule
}

// region is a region of the device.
type region struct {
	name string
	strategies.Region
	strategy strategies.Strategy // of the GTT
}

// Regions are the names of the regions, nearest to the GPU first: vram, or tile0, tile1 and so
// on; gtt, if there is one; system.
func (p *Plan) Regions() (names []string) {
	for _, r := range p.regions {
		names = append(names, r.name)
	}
	return names
}

// Tiles is how many of the regions are VRAM: 1 where there are no tiles.
func (p *Plan) Tiles() int { return p.tiles }

// system is the region that is system memory, the last.
func (p *Plan) system() int { return len(p.regions) - 1 }

// object is an allocation.
type object struct {
	size  uint64 // bytes, whole pages unless it is larger than any region
	align uint64
	flags strategies.Flags
	tile  uint8 // its own
	rule  *rule
}

// of is the region of p for o.
func (p *place) of(o *object) int {
	if p.region == own {
		return int(o.tile)
	}
	return p.region
}

// action is what a step does.
type action uint8

const (
	create   action = iota // allocate an object into a slot
	attempt                // the same without eviction: a fallback follows
	fallback               // create if the attempt before it was refused
	drop                   // free
	dropZero               // free memory that is known to be zero
	use                    // the program uses the object
)

// step is a part of the plan.
type step struct {
	slot   uint32
	object uint32 // of create, attempt and fallback
	do     action
}

// usesPerOp is how many uses are drawn after an operation. A program uses far more objects
// than it allocates; with one use what was evicted was hardly ever used again.
const usesPerOp = 4

// mostLive is the most that may be live: more than any device has, and sums do not
// overflow.
const mostLive = 1 << 56

// NewPlan makes the plan of operations on a region, those of [workloads.Served] if some
// were refused when they were recorded. The error is one line: no operations have live
// bytes, or more than 2^56 are live.
func NewPlan(region strategies.Region, ops []workloads.Op, c Config) (*Plan, error) {
	if err := region.Validate(); err != nil {
		return nil, err
	}
	if c.Pressure < 1 || c.Pressure > MostPressure {
		return nil, fmt.Errorf("a pressure of %d %% is not from 1 to %d", c.Pressure, MostPressure)
	}
	if len(ops) >= math.MaxUint32/2 {
		return nil, fmt.Errorf("%d operations are more than a plan holds", len(ops))
	}
	if c.Placements.rules == nil {
		c.Placements, _ = ParsePlacements(Default)
	}
	if c.GTT.New == nil {
		c.GTT = rangemgr.Strategy
	}
	b := newBuilder(region, ops, c)
	for i := range ops {
		b.add(ops, i)
		if b.live > mostLive {
			return nil, fmt.Errorf("operation %d: more than 2^56 bytes are live", i+1)
		}
	}
	if b.plan.Peak == 0 {
		return nil, fmt.Errorf("nothing is ever live in the region")
	}
	b.plan.split(b.shrunk(c), c)
	b.plan.bad = b.pages(c.Placements.bad)
	for _, r := range c.Placements.rules {
		of := func(percent uint64) uint64 {
			return wholePages(share(b.plan.regions[0].Size, percent, 100), region.Page)
		}
		l := ttm.Limits{Low: of(r.limits.Low), Min: of(r.limits.Min)}
		if r.limits.Max > 0 {
			l.Max = max(region.Page, of(r.limits.Max))
		}
		b.plan.limits = append(b.plan.limits, l)
	}
	return b.plan, nil
}

// split makes the regions of VRAM and of what is farther away.
func (p *Plan) split(vram strategies.Region, c Config) {
	p.placements = c.Placements
	p.tiles = int(c.Placements.nTiles())
	n := uint64(p.tiles)
	whole := func(bytes uint64) uint64 { return max(vram.Page, wholePages(bytes, vram.Page)) }
	tile := strategies.Region{Size: whole(vram.Size / n), Page: vram.Page}
	if vram.Visible > 0 {
		if tile.Visible = whole(vram.Visible / n); tile.Visible >= tile.Size {
			tile.Visible = 0
		}
	}
	for i := range p.tiles {
		name := "vram"
		if n > 1 {
			name = "tile" + strconv.Itoa(i)
		}
		p.regions = append(p.regions, region{name: name, Region: tile})
	}
	p.Region = strategies.Region{Size: n * tile.Size, Page: tile.Page, Visible: n * tile.Visible}
	if c.Placements.gtt > 0 {
		size := whole(share(p.Region.Size, c.Placements.gtt, 100))
		p.regions = append(p.regions, region{"gtt", strategies.Region{Size: size, Page: vram.Page}, c.GTT})
	}
	p.regions = append(p.regions, region{name: "system"})
}

// wholePages is a number of bytes, rounded down.
func wholePages(bytes, page uint64) uint64 { return bytes &^ (page - 1) }

// builder makes a plan.
type builder struct {
	plan    *Plan
	c       Config
	was     strategies.Region
	visible uint64 // bytes that the CPU sees of that; 0 for all
	rng     *rand.PCG

	live  uint64   // bytes of objects that may be in VRAM
	held  []holder // by slot
	order []holder // all allocations
}

// holder is an allocation in a slot.
type holder struct{ slot, object uint32 }

// none is the object of an empty slot.
const none = math.MaxUint32

func newBuilder(region strategies.Region, ops []workloads.Op, c Config) *builder {
	b := &builder{plan: &Plan{}, c: c, was: region, visible: visibleOf(region, ops), rng: rand.NewPCG(c.Seed, 0x6d616e61676564)}
	for i := range ops {
		b.plan.slots = max(b.plan.slots, int(ops[i].Slot)+1)
	}
	b.held = make([]holder, b.plan.slots)
	for i := range b.held {
		b.held[i] = holder{uint32(i), none}
	}
	return b
}

// visibleOf is the visible part of a region: its own, or the largest window that begins at
// 0 and ends before the region does, since traces do not record it. 0 if all is visible.
func visibleOf(region strategies.Region, ops []workloads.Op) (bytes uint64) {
	if region.Visible != 0 {
		return region.Visible
	}
	for i := range ops {
		if r := &ops[i].Req; ops[i].Kind <= workloads.Fallback && r.Flags&strategies.Range != 0 && r.Lo == 0 && r.Hi < region.Managed() {
			bytes = max(bytes, r.Hi)
		}
	}
	return bytes
}

// add adds operation i, and uses after it; those after an attempt follow its fallback.
func (b *builder) add(ops []workloads.Op, i int) {
	op := &ops[i]
	switch op.Kind {
	case workloads.Alloc, workloads.Live:
		do := create
		if i+1 < len(ops) && ops[i+1].Kind == workloads.Fallback {
			do = attempt
		}
		b.allocate(op, do)
	case workloads.Fallback:
		b.do(fallback, op.Slot, b.object(op))
	case workloads.Free, workloads.FreeCleared:
		h := &b.held[op.Slot]
		if h.object == none {
			return
		}
		if o := &b.plan.objects[h.object]; b.counts(o) {
			b.live -= o.size
		}
		h.object = none
		do := drop
		if op.Kind == workloads.FreeCleared {
			do = dropZero
		}
		b.do(do, op.Slot, none)
	default: // a trim or a reset, see the package comment
		return
	}
	if b.plan.steps[len(b.plan.steps)-1].do != attempt {
		for range usesPerOp {
			b.use()
		}
	}
}

func (b *builder) do(do action, slot, object uint32) {
	b.plan.steps = append(b.plan.steps, step{slot, object, do})
}

// allocate adds an allocation, which is live from now on.
func (b *builder) allocate(op *workloads.Op, do action) {
	id := b.object(op)
	b.do(do, op.Slot, id)
	b.held[op.Slot].object = id
	b.order = append(b.order, holder{op.Slot, id})
	if o := &b.plan.objects[id]; b.counts(o) {
		b.live += o.size
		b.plan.Peak = max(b.plan.Peak, b.live)
	}
}

// counts reports whether an object is among the live bytes.
func (b *builder) counts(o *object) bool {
	return o.rule.vram && o.size <= b.was.Managed()
}

// object is the object of a request.
func (b *builder) object(op *workloads.Op) uint32 {
	id := uint32(len(b.plan.objects))
	r := &op.Req
	o := object{size: r.Size, align: r.Align, flags: r.Flags &^ strategies.Range}
	if whole := (r.Size + b.was.Page - 1) &^ (b.was.Page - 1); whole >= r.Size {
		o.size = whole
	}
	if op.Kind == workloads.Live {
		o.align, o.flags = 0, 0
	}
	mapped := op.Kind != workloads.Live && r.Flags&strategies.Range != 0 && r.Hi != 0 && r.Hi <= b.visible && r.Hi < b.was.Managed()
	hash := mix(b.c.Seed) + uint64(id)<<8
	o.rule = b.c.Placements.ruleOf(&o, mapped, hash)
	tile, _ := bits.Mul64(mix(hash+mostRules), b.c.Placements.nTiles()) // no rule has that hash
	o.tile = uint8(tile)
	b.plan.objects = append(b.plan.objects, o)
	return id
}

// use adds the use of an object, if the one drawn is live.
func (b *builder) use() {
	n := uint64(len(b.order))
	if n == 0 {
		return
	}
	power := uint64(1) << b.below(uint64(bits.Len64(n)))
	back := power - 1 + b.below(power)
	if back >= n {
		return
	}
	if h := b.order[n-1-back]; b.held[h.slot].object == h.object {
		b.do(use, h.slot, none)
	}
}

// below draws a number in [0, n), n > 0, the same on every machine.
func (b *builder) below(n uint64) uint64 {
	hi, _ := bits.Mul64(b.rng.Uint64(), n)
	return hi
}

// shrunk is VRAM in the replays: a share of the peak, and as much of it visible as of
// the region of the workload, in whole pages and at least one.
func (b *builder) shrunk(c Config) strategies.Region {
	page := b.was.Page
	whole := func(bytes uint64) uint64 { return max(page, wholePages(bytes, page)) }
	r := strategies.Region{Size: whole(share(b.plan.Peak, uint64(c.Pressure), 100)), Page: page}
	switch {
	case c.Placements.bar > 0:
		r.Visible = whole(share(r.Size, c.Placements.bar, 100))
	case b.visible > 0:
		r.Visible = whole(share(r.Size, b.visible, b.was.Managed()))
	}
	if r.Visible >= r.Size {
		r.Visible = 0
	}
	return r
}

// pages draws so many pages of VRAM, each once, or as many as it has.
func (b *builder) pages(n uint64) (at []uint64) {
	pages := b.plan.Region.Size / b.plan.Region.Page
	for drawn := make(map[uint64]bool); len(drawn) < int(min(n, pages)); {
		if p := b.below(pages); !drawn[p] {
			drawn[p] = true
			at = append(at, p*b.plan.Region.Page)
		}
	}
	return at
}

// share is n of, rounded down; n * part must be less than 2^64 * of.
func share(n, part, of uint64) uint64 {
	hi, lo := bits.Mul64(n, part)
	q, _ := bits.Div64(hi, lo, of)
	return q
}
