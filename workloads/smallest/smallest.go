package smallest

import (
	"context"
	"errors"
	"fmt"
	"math/bits"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/workloads"
	"github.com/vramlab/vramlab/workloads/census"
	"github.com/vramlab/vramlab/workloads/replay"
)

// DefaultSmaller is the number of smaller regions that are tried where nothing else is asked
// for: on the recorded traces it finds what all of them do, or is off by tenths of a percent.
const DefaultSmaller = 100

// Options are how much a search does.
type Options struct {
	// Smaller is the number of smaller regions that are tried after a boundary was
	// found; below 0 every one.
	Smaller int
	// Progress is told the share of the work that is done, 0 to 1, if it is not nil.
	Progress func(done float64)
}

// A Result is the smallest region that was found.
type Result struct {
	Page  uint64 // bytes
	Pages uint64 // of the region; 0 if there is no request to serve

	// Refusal is what is refused in a region of a page less; its Op is -1 if the strategy
	// cannot manage that, and then its Err is nil if no region is smaller than a page.
	Refusal Refusal

	Never  []Refusal // requests refused anyway, which do not count
	Roomy  uint64    // bytes of the region in which they are refused
	Served int       // requests that count, all of which are served

	Bound   uint64 // bytes below which no region can serve the requests that count
	Smaller int    // regions smaller than Pages that were tried down to the bound; none serves
	All     bool   // they are all

	Replays int    // replays of the search
	Ops     uint64 // operations in them
}

// Bytes is the size of the region.
func (r Result) Bytes() uint64 { return r.Pages * r.Page }

// Refuses are the operations of Never.
func (r Result) Refuses() map[int]bool {
	ops := make(map[int]bool, len(r.Never))
	for _, v := range r.Never {
		ops[v.Op] = true
	}
	return ops
}

// A Refusal is a request that is refused.
type Refusal struct {
	Op  int   // its place in the operations; perhaps an extent of the state
	Err error // of the strategy
}

// RegionError is that of a strategy that cannot manage a region.
type RegionError struct {
	Strategy string
	Size     uint64 // bytes of the region
	err      error
}

// Error names the strategy and the region.
func (e *RegionError) Error() string {
	return fmt.Sprintf("%s cannot manage a region of %d bytes: %v", e.Strategy, e.Size, e.err)
}

// Unwrap is the error of the strategy.
func (e *RegionError) Unwrap() error { return e.err }

// errBehind is the refusal of a request whose window begins behind the region.
var errBehind = fmt.Errorf("%w: its window begins behind the region", strategies.ErrNoSpace)

// Find finds the smallest region in which s serves ops, which were made for region. The
// error wraps [replay.ErrState] if s cannot begin in the state of ops; it is that of ctx
// if it ends, a [*RegionError] if s cannot manage the roomy region, or a
// [strategies.Violation]. With the error of ctx there is a result if a boundary was found:
// its Pages are not 0 then.
func Find(ctx context.Context, s strategies.Strategy, region strategies.Region, ops []workloads.Op, o Options) (r Result, err error) {
	defer strategies.Catch(&err)
	f := &search{ctx: ctx, strategy: s, region: region, ops: ops, options: o, tried: make(map[uint64]Refusal)}
	f.Page = region.Page
	if o.Progress == nil {
		f.options.Progress = func(float64) {}
	}
	if err := f.anyway(); err != nil {
		return Result{}, err
	}
	if f.Served+workloads.State(ops) == 0 {
		return f.Result, nil
	}
	err = f.find()
	return f.Result, err
}

// A search is one under way.
type search struct {
	Result
	ctx      context.Context
	strategy strategies.Strategy
	region   strategies.Region
	ops      []workloads.Op
	options  Options

	never map[int]bool       // by operation: refused anyway
	tried map[uint64]Refusal // by pages: what is refused, or served
}

// What the Op of a Refusal is if it is no operation.
const (
	noRegion = -1 // the strategy cannot manage it
	served   = -2 // nothing is refused
)

// The limits of the roomy region. Up to roomiest, tables by page take some strategies no more
// than some hundred MiB.
const (
	roomyFactor = 2
	doublings   = 4
	roomiest    = 1 << 42
)

// anyway finds the requests that no region helps, and a region that serves the others:
// it is left in tried.
func (f *search) anyway() error {
	need := census.Count(f.region, f.ops).Bound().Bytes
	own := f.region.Managed()
	roomy := f.region.Page
	for roomy < roomyFactor*need {
		roomy *= 2
	}
	inRoomy, err := f.refusals(roomy)
	for n := 0; n < doublings && roomy < roomiest && err == nil && f.spaceRefused(inRoomy); n++ {
		roomy *= 2
		inRoomy, err = f.refusals(roomy)
	}
	if err != nil {
		return err
	}
	f.Never, f.Roomy = inRoomy, roomy
	if len(inRoomy) > 0 {
		inOwn, err := f.refusals(own)
		switch {
		case errors.Is(err, replay.ErrState), errors.As(err, new(*RegionError)):
		case err != nil:
			return err
		case len(inOwn) < len(inRoomy):
			f.Never, f.Roomy = inOwn, own
		}
	}
	f.never = f.Refuses()
	f.Served = -len(f.Never)
	for i := range f.ops {
		if f.ops[i].Kind == workloads.Alloc {
			f.Served++
		}
	}
	f.Bound = need
	if len(f.Never) > 0 {
		f.Bound = f.boundOfOthers()
	}
	f.tried[f.Roomy/f.Page] = Refusal{Op: served}
	return nil
}

// spaceRefused reports whether a request without a window of its own is refused for
// space: a larger region may help.
func (f *search) spaceRefused(list []Refusal) bool {
	for _, r := range list {
		op := &f.ops[r.Op]
		if !f.inWindow(op) && strategies.Errno(r.Err) != "EINVAL" && op.Req.Size <= census.MostBytes {
			return true
		}
	}
	return false
}

// boundOfOthers is the bound of the requests that count. What follows one that does not
// finds its slot empty.
func (f *search) boundOfOthers() uint64 {
	var count []workloads.Op
	for i := range f.ops {
		if !f.never[i] {
			count = append(count, f.ops[i])
		}
	}
	return census.Count(f.region, count).Bound().Bytes
}

// refusals replays everything in a region of so many bytes and lists the requests that
// are refused there.
func (f *search) refusals(size uint64) ([]Refusal, error) {
	var list []Refusal
	err := f.replay(size, func(r Refusal) bool {
		list = append(list, r)
		return f.ops[r.Op].Kind != workloads.Live
	})
	if n := len(list); err == nil && n > 0 && f.ops[list[n-1].Op].Kind == workloads.Live {
		return nil, fmt.Errorf("%s %w", f.strategy.Name, list[n-1].Err)
	}
	return list, err
}

// serves reports whether a region of so many pages serves every request that counts.
func (f *search) serves(pages uint64) (bool, error) {
	if r, ok := f.tried[pages]; ok {
		return r.Op == served, nil
	}
	first := Refusal{Op: served}
	err := f.replay(pages*f.Page, func(r Refusal) bool {
		if f.never[r.Op] {
			return true
		}
		first = r
		return false
	})
	if bad := (*RegionError)(nil); errors.As(err, &bad) {
		first, err = Refusal{noRegion, err}, nil
	}
	if err != nil {
		return false, err
	}
	f.tried[pages] = first
	return first.Op == served, nil
}

// patience is the number of operations after which a replay looks whether it is to end.
const patience = 1 << 12

// replay does the operations in a region of so many bytes. It shows refusals, until
// refused returns false.
func (f *search) replay(size uint64, refused func(Refusal) (goOn bool)) error {
	region := strategies.Region{Size: size, Page: f.region.Page, Visible: min(f.region.Visible, size)}
	a, err := f.strategy.New(region)
	if err != nil {
		return &RegionError{f.strategy.Name, size, err}
	}
	f.Replays++
	live := replay.NewLive(f.ops)
	player := replay.NewPlayer(a, live)
	for i := range f.ops {
		if i%patience == 0 {
			if err := f.ctx.Err(); err != nil {
				return err
			}
		}
		f.Ops++
		op, cut := &f.ops[i], workloads.Op{}
		if op.Req.Flags&strategies.Range != 0 && op.Kind != workloads.Live {
			cut = *op
			f.cut(&cut.Req, size)
			op = &cut
		}
		var what replay.Outcome
		if op.Req.Flags&strategies.Range != 0 && op.Req.Lo >= size {
			what, err = replay.Refused, errBehind
		} else {
			what, err = player.Do(op)
		}
		if what != replay.Refused || op.Kind == workloads.Trim {
			continue
		}
		at := i
		if op.Kind == workloads.Fallback {
			at-- // the request is the allocation before it
		} else if i+1 < len(f.ops) && f.ops[i+1].Kind == workloads.Fallback {
			continue
		}
		if !refused(Refusal{at, err}) {
			return nil
		}
	}
	return nil
}

// cut is the window of r in a region of so many bytes.
func (f *search) cut(r *strategies.Request, size uint64) {
	if r.Hi != 0 && (r.Hi >= f.region.Managed() || r.Hi > size) {
		r.Hi = size
	}
}

// inWindow reports whether op has a window that stays where it is.
func (f *search) inWindow(op *workloads.Op) bool {
	r := &op.Req
	return r.Flags&strategies.Range != 0 && r.Hi != 0 && r.Hi < f.region.Managed()
}

// floorPow2 is the largest power of two not above n, which is not 0.
func floorPow2(n uint64) uint64 { return 1 << (bits.Len64(n) - 1) }
