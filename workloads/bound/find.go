package bound

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/workloads"
	"github.com/vramlab/vramlab/workloads/census"
)

// The efforts where nothing else is asked for: for what ejections and skylines are used for,
// and for what has too many objects for that, where it takes more steps until nothing is
// gained any more. They take up to 40 seconds of processor time, where the search does not end
// before with what is best.
const (
	DefaultEffort = 60
	LargeEffort   = 10
)

// The work of an effort of 1, which is less where there are few jobs.
const (
	stepsPerEffort = 100_000_000
	stepsPerJob    = 100_000
	stepsPerPair   = 2000
)

// Options are how much is tried.
type Options struct {
	// Effort bounds the work, in 100 million steps, less of few objects; 0 or less is
	// [DefaultEffort], or [LargeEffort] of more than 4,000 objects or where some are trimmed.
	// One sweep over all operations is done in any case.
	Effort int
	// Seed is that of the searches which choose at random. The same seed and effort give the
	// same result on every machine.
	Seed uint64
	// Progress is told the share of the work that is done, 0 to 1, if it is not nil.
	Progress func(done float64)
}

// A Result is bounds of the smallest region that holds a stream, each object in one piece,
// and a placement in a region of the upper one.
type Result struct {
	Peak  uint64       // bytes asked for that are live at the peak, of the requests that count
	Lower census.Bound // no strategy serves the stream in less, and why
	Upper uint64       // bytes of the region of Placement
	How   string       // the search that found Placement

	Placement Placement // proven: see [Prove]

	Objects    int   // that are placed
	Impossible int   // requests that no region can serve: they do not count
	Crowded    int   // requests for which no place was found in their window: they do not count
	Steps      int64 // of work
}

// Optimal reports whether the bounds meet: no placement needs less than this one.
func (r Result) Optimal() bool { return r.Upper == r.Lower.Bytes }

// Find bounds the smallest region in which ops, which were made for region, can be served
// with every object in one piece. Requests are not counted that no region can serve, or for
// which there seems to be no place in their windows. The operations are those that
// [replay.Check] accepts.
//
// The error is that of ctx if it ends, or that of [Prove]. With the error of ctx there is a
// proven result if a placement was found: its Objects are not 0 then.
func Find(ctx context.Context, region strategies.Region, ops []workloads.Op, o Options) (Result, error) {
	if len(ops) >= math.MaxInt32 {
		return Result{}, fmt.Errorf("%d operations are more than can be placed", len(ops))
	}
	w := &work{ctx: ctx, progress: o.Progress}
	if w.progress == nil {
		w.progress = func(float64) {}
	}
	p := newProblem(region, ops, nil, 0)
	s := newSearch(p, w, o.Seed)
	if o.Effort <= 0 {
		if o.Effort = DefaultEffort; s.meets == nil {
			o.Effort = LargeEffort
		}
	}
	n := int64(min(len(p.jobs), mostSkyline) + 1) // more take the most in any case
	w.all = int64(min(o.Effort, math.MaxInt32)) * min(stepsPerEffort, n*(stepsPerJob+n*stepsPerPair))
	if crowded := s.begin(); len(crowded) > 0 {
		p = newProblem(region, ops, crowded, p.granule)
		t := newSearch(p, w, o.Seed)
		t.adopt(s)
		s = t
	}
	r := Result{Objects: len(p.jobs), Impossible: p.absent, Crowded: p.crowded}
	if s.best == nil { // ended before the first placement was whole
		return Result{}, ctx.Err()
	}
	least := p.leastOps()
	c := census.Count(region, least)
	r.Peak, r.Lower = c.Peak.Bytes, c.Bound()
	if most := p.bytes(s.crowd.most(0, p.sections)); most > r.Lower.Bytes && p.exact {
		r.Lower = census.Bound{Bytes: most, Why: "what is live in the most crowded moment, as it is rounded up"}
	}
	if end := p.bytes(s.lowest()); end > r.Lower.Bytes && p.exact {
		r.Lower = census.Bound{Bytes: end, Why: "the lowest place for an object between those whose place is given"}
	}
	s.lower = r.Lower.Bytes
	if s.lower > 0 {
		s.search()
	}
	if s.lower > r.Lower.Bytes {
		r.Lower = census.Bound{Bytes: s.lower, Why: "every order of placing was tried, and none needs less"}
	}
	r.Upper, r.How, r.Steps = p.bytes(s.height), s.how, w.done
	r.Placement = p.placement(s.best, r.Upper)
	if r.Upper == 0 {
		return r, ctx.Err()
	}
	if err := Prove(context.WithoutCancel(ctx), region, ops, r.Placement); err != nil {
		return Result{}, err
	}
	w.progress(1)
	return r, ctx.Err()
}

// lowest is where the object must end at least that ends highest, if of all others only those
// were there whose place is given.
func (s *search) lowest() (top int64) {
	var fixed []int32
	for i := range s.p.jobs {
		if s.p.jobs[i].tied() == 0 {
			fixed = append(fixed, int32(i))
		}
	}
	if len(fixed) == 0 || len(fixed) > mostPiled || len(fixed)*len(s.p.jobs) > stepsPerEffort/2 {
		return 0
	}
	s.w.limit = math.MaxInt64
	s.pile.clear()
	for _, i := range fixed {
		s.pile.put(i, false, nowhere, s.w)
	}
	top = s.pile.top
	for i := range s.p.jobs {
		if j := &s.p.jobs[i]; s.pile.at[i] == unplaced && j.stages == nil {
			top = max(top, s.pile.gap(j, false, s.w)+j.size)
		}
	}
	return top
}

// leastOps are the operations of the jobs, each of which asks for no more than any of its
// attempts does.
func (p *problem) leastOps() []workloads.Op {
	out := make([]workloads.Op, 0, len(p.ops))
	held := make(map[uint32]bool)
	size := make(map[uint32]uint64)
	for i := range p.ops {
		op := p.ops[i]
		switch op.Kind {
		case workloads.Fallback:
			continue
		case workloads.Alloc, workloads.Live:
			held[op.Slot] = p.grants[i] >= 0
			if i+1 < len(p.ops) && p.ops[i+1].Kind == workloads.Fallback && p.ops[i+1].Slot == op.Slot {
				held[op.Slot] = held[op.Slot] || p.grants[i+1] >= 0
				op.Req = lesser(op.Req, p.ops[i+1].Req)
			}
			size[op.Slot] = op.Req.Size
		case workloads.Trim:
			// What is kept may lie in what the grant has beyond the request.
			if s := size[op.Slot]; op.Req.Lo > s || op.Req.Size > s-op.Req.Lo {
				op.Req.Lo, op.Req.Size = 0, min(op.Req.Size, s)
			}
			if op.Req.Size > 0 {
				size[op.Slot] = op.Req.Size
			}
		}
		if held[op.Slot] || op.Kind >= workloads.ResetDirty {
			out = append(out, op)
		}
	}
	return out
}

// lesser asks for no more than a nor b.
func lesser(a, b strategies.Request) strategies.Request {
	r := strategies.Request{Size: min(a.Size, b.Size), Align: gcd(a.Align, b.Align), Flags: (a.Flags | b.Flags) & strategies.Contiguous}
	if a.Align == 0 || b.Align == 0 {
		r.Align = 0
	}
	if a.Flags&b.Flags&strategies.Range != 0 {
		r.Flags |= strategies.Range
		r.Lo, r.Hi = min(a.Lo, b.Lo), max(a.Hi, b.Hi)
		if a.Hi == 0 || b.Hi == 0 {
			r.Hi = 0
		}
	}
	return r
}

// A search is one under way.
type search struct {
	p     *problem
	w     *work
	rng   *rand.Rand
	crowd *crowd
	meets [][]int32
	pile  *pile
	sweep *sweep

	lower  uint64 // bytes that a region must have
	best   placement
	height int64 // of best
	how    string
}

func newSearch(p *problem, w *work, seed uint64) *search {
	return &search{p: p, w: w, rng: rand.New(rand.NewPCG(seed, 0x626f756e64)), crowd: newCrowd(p), meets: p.meets(), height: nowhere}
}

// take takes a placement of all jobs if it is the lowest so far.
func (s *search) take(at placement, how string) {
	if height := s.p.height(at); height < s.height {
		s.best, s.height, s.how = append(s.best[:0], at...), height, how
	}
}

// target is the height, in granules, below which nothing can be.
func (s *search) target() int64 { return s.p.granules(s.lower) }

// done reports whether nothing is left to do.
func (s *search) done() bool { return s.height <= s.target() || s.w.left() == 0 || s.w.ended }

// begin finds a first placement, whatever it takes: that of a sweep. If it leaves jobs
// without a place in their windows, they are piled first, as long as there are not too many.
// What has no place in the better of the two is crowded, by its operation.
func (s *search) begin() (crowded map[int32]bool) {
	s.pile, s.sweep = newPile(s.p), newSweep(s.p)
	s.w.limit = math.MaxInt64
	whole := s.sweep.run(nil, nowhere, way{}, s.w)
	if s.w.ended {
		return nil
	}
	s.best = append(placement{}, s.sweep.at...)
	s.how = "first fit, in the order of the operations"
	if fixed := s.tied(); !whole && len(fixed) < mostPiled {
		s.reserve(fixed, nowhere)
		s.sweep.run(s.pile.at, nowhere, way{}, s.w)
		if s.w.ended {
			return nil
		}
		if missing(s.sweep.at) < missing(s.best) {
			s.best = append(s.best[:0], s.sweep.at...)
			s.how = "first fit around the jobs in windows"
		}
	}
	s.height = s.p.height(s.best)
	for i, y := range s.best {
		if y == unplaced {
			if crowded == nil {
				crowded = make(map[int32]bool)
			}
			crowded[s.p.jobs[i].op] = true
		}
	}
	return crowded
}

// missing is the number of jobs without a place.
func missing(at placement) (n int) {
	for _, y := range at {
		if y == unplaced {
			n++
		}
	}
	return n
}

// adopt takes over the placement of a search with more jobs, some of which have no place.
func (s *search) adopt(old *search) {
	s.pile, s.sweep = newPile(s.p), newSweep(s.p)
	s.how, s.best = old.how, placement{}
	for _, y := range old.best {
		if y != unplaced {
			s.best = append(s.best, y)
		}
	}
	s.height = s.p.height(s.best)
}

// tied are the jobs that have a window, those with the least choice first.
func (s *search) tied() (list []int32) {
	for _, i := range s.p.ordered(s.p.weights(s.crowd, 0)) {
		if s.p.jobs[i].tied() == 2 {
			break
		}
		list = append(list, i)
	}
	return list
}

// reserve piles jobs below limit, and those that do not fit above it. It returns those.
func (s *search) reserve(list []int32, limit int64) (late []int32) {
	s.pile.clear()
	for _, i := range list {
		if s.w.over() {
			return late
		}
		if !s.pile.put(i, false, limit, s.w) {
			late = append(late, i)
			s.pile.put(i, false, nowhere, s.w)
		}
	}
	return late
}
