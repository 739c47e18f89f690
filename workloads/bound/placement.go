package bound

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/workloads"
	"github.com/vramlab/vramlab/workloads/replay"
	"github.com/vramlab/vramlab/workloads/trace"
)

// A Placement says where each object of a stream lies in a region.
type Placement struct {
	Region strategies.Region
	// Grants has one for each operation that asks for memory (Alloc, Fallback and Live), in
	// their order.
	Grants []Grant
}

// A Grant is what a request is granted.
type Grant struct {
	Request strategies.Request
	Start   uint64 // bytes
	Size    uint64 // bytes, the request in whole pages; 0: it is refused
	Second  bool   // it is a second attempt, which is not made if the one before it is granted
}

// placement is at as a Placement in a region of so many bytes.
func (p *problem) placement(at placement, size uint64) Placement {
	region := strategies.Region{Size: size, Page: p.region.Page, Visible: min(p.region.Visible, size)}
	l := Placement{Region: region}
	for i, op := range Within(p.region, p.ops, size) {
		g := p.grants[i]
		if g == none {
			continue
		}
		given := Grant{Request: op.Req, Second: op.Kind == workloads.Fallback}
		if g >= 0 {
			given.Start, given.Size = uint64(at[g])*p.granule, uint64(p.jobs[g].size)*p.granule
		}
		l.Grants = append(l.Grants, given)
	}
	return l
}

// Within is ops, made for region, in a region of so many bytes: windows that end with the
// region, or behind the new one, end with the new one. It is a copy.
func Within(region strategies.Region, ops []workloads.Op, size uint64) []workloads.Op {
	out := slices.Clone(ops)
	for i := range out {
		op := &out[i]
		if op.Kind == workloads.Live || op.Kind == workloads.Trim || op.Req.Flags&strategies.Range == 0 {
			continue
		}
		if hi := op.Req.Hi; hi != 0 && (hi >= region.Managed() || hi > size) {
			op.Req.Hi = size
		}
	}
	return out
}

// Strategy is a strategy that grants what the placement says, to requests in the order of
// the stream that it is of; it refuses any other as invalid. It manages its own region and
// larger ones.
func (l Placement) Strategy() strategies.Strategy {
	return strategies.Strategy{
		Name: "hindsight",
		Doc:  "grants each request of one stream the place that was chosen for it with all lifetimes known",
		Caps: strategies.CapWindow | strategies.CapAnyAlign,
		New: func(r strategies.Region) (strategies.Allocator, error) {
			if err := r.Validate(); err != nil {
				return nil, err
			}
			if r.Page != l.Region.Page || r.Managed() < l.Region.Managed() {
				return nil, fmt.Errorf("%w region: the placement is one in %v", strategies.ErrInvalid, l.Region)
			}
			return &placed{region: r, grants: l.Grants, live: make(map[uint64]uint64)}, nil
		},
	}
}

// placed is the allocator of a placement.
type placed struct {
	region strategies.Region
	grants []Grant           // still to be made
	live   map[uint64]uint64 // ends by starts
}

// Alloc grants the next of the placement.
func (a *placed) Alloc(dst []strategies.Block, r strategies.Request) ([]strategies.Block, error) {
	if len(a.grants) == 0 {
		return dst, fmt.Errorf("%w: the placement has no more requests", strategies.ErrInvalid)
	}
	g := a.grants[0]
	if g.Request != r {
		return dst, fmt.Errorf("%w: the placement is for %v here", strategies.ErrInvalid, g.Request)
	}
	a.grants = a.grants[1:]
	if g.Size == 0 {
		return dst, strategies.ErrNoSpace
	}
	if len(a.grants) > 0 && a.grants[0].Second {
		a.grants = a.grants[1:]
	}
	a.live[g.Start] = g.Start + g.Size
	return append(dst, strategies.Block{Start: g.Start, Size: g.Size}), nil
}

// mustHold panics unless blocks are one live grant.
func (a *placed) mustHold(blocks []strategies.Block) {
	if len(blocks) != 1 || a.live[blocks[0].Start] != blocks[0].End() || blocks[0].Size == 0 {
		panic(fmt.Sprintf("hindsight: free of %v, which was not granted so", strategies.Blocks(blocks)))
	}
}

// Free takes a grant back.
func (a *placed) Free(blocks []strategies.Block) {
	a.mustHold(blocks)
	delete(a.live, blocks[0].Start)
}

// Trim keeps whole pages of a grant.
func (a *placed) Trim(dst, blocks []strategies.Block, start, size uint64) ([]strategies.Block, error) {
	a.mustHold(blocks)
	b, page := blocks[0], a.region.Page
	if size == 0 || (start|size|b.Start|b.Size)&(page-1) != 0 || start < b.Start || start > b.End() || size > b.End()-start {
		return dst, fmt.Errorf("%w: trim of %v to %d+%d", strategies.ErrInvalid, b, start, size)
	}
	delete(a.live, b.Start)
	a.live[start] = start + size
	return append(dst, strategies.Block{Start: start, Size: size}), nil
}

// FreeBlocks yields what lies between the live blocks.
func (a *placed) FreeBlocks() iter.Seq[strategies.Block] {
	return func(yield func(strategies.Block) bool) {
		list := make([]strategies.Block, 0, len(a.live)+1)
		for start, end := range a.live {
			list = append(list, strategies.Block{Start: start, Size: end - start})
		}
		slices.SortFunc(list, func(x, y strategies.Block) int { return cmp.Compare(x.Start, y.Start) })
		at := uint64(0)
		for _, b := range append(list, strategies.Block{Start: a.region.Managed()}) {
			if b.Start > at && !yield(strategies.Block{Start: at, Size: b.Start - at}) {
				return
			}
			at = b.End()
		}
	}
}

// ErrUnproven is that of a placement that does not serve its stream: the error wraps it and
// says where.
var ErrUnproven = errors.New("the placement does not hold")

// provePatience is the number of operations between two looks at the context.
const provePatience = 1 << 12

// Prove replays ops, which were made for region, on the placement under
// [strategies.Checked], in a region of its size. It is nil if every request is granted that
// the placement has a place for, and no rule is broken.
func Prove(ctx context.Context, region strategies.Region, ops []workloads.Op, l Placement) (err error) {
	defer func() {
		if v := (*strategies.Violation)(nil); errors.As(err, &v) {
			err = fmt.Errorf("%w: %w", ErrUnproven, err)
		}
	}()
	defer strategies.Catch(&err)
	a, err := strategies.Checked(l.Strategy()).New(l.Region)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrUnproven, err)
	}
	ops = Within(region, ops, l.Region.Managed())
	player := replay.NewPlayer(a, replay.NewLive(ops))
	next := 0
	for i := range ops {
		if i%provePatience == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		op := &ops[i]
		asks := op.Kind == workloads.Alloc || op.Kind == workloads.Fallback || op.Kind == workloads.Live
		what, err := player.Do(op)
		switch {
		case !asks:
			continue
		case next == len(l.Grants):
			return fmt.Errorf("%w: operation %d is one more than it has places for", ErrUnproven, i)
		case what == replay.Refused && (l.Grants[next].Size > 0 || !errors.Is(err, strategies.ErrNoSpace)):
			return fmt.Errorf("%w: operation %d: %v is refused: %w", ErrUnproven, i, op.Req, err)
		case what == replay.Skipped && l.Grants[next].Size > 0:
			return fmt.Errorf("%w: operation %d: %v has two places", ErrUnproven, i, op.Req)
		}
		next++
	}
	return a.(strategies.Checker).Check()
}

// Write writes ops, which were made for region, as a trace with the answers of the placement.
// A second attempt that is not needed is absent; one that is frees the first.
func Write(w *trace.Writer, region strategies.Region, ops []workloads.Op, l Placement) error {
	ops = Within(region, ops, l.Region.Managed())
	workloads.WriteState(w, ops)
	id := make(map[uint32]uint64)
	live := make(map[uint32]strategies.Block)
	next := workloads.State(ops)
	for i := range ops {
		op := &ops[i]
		switch op.Kind {
		case workloads.Alloc, workloads.Fallback:
			g := l.Grants[next]
			next++
			if _, ok := live[op.Slot]; ok { // granted before
				continue
			}
			if op.Kind == workloads.Fallback {
				w.Free(id[op.Slot], false)
			}
			id[op.Slot] = uint64(i)
			w.Alloc(uint64(i), op.Req)
			if g.Size == 0 {
				w.Refused(strategies.ErrNoSpace)
				continue
			}
			live[op.Slot] = strategies.Block{Start: g.Start, Size: g.Size}
			w.Granted([]strategies.Block{live[op.Slot]})
		case workloads.Live:
			id[op.Slot] = uint64(i)
			live[op.Slot] = strategies.Block{Start: op.Req.Lo, Size: op.Req.Size}
		case workloads.Free, workloads.FreeCleared:
			w.Free(id[op.Slot], op.Kind == workloads.FreeCleared)
			delete(live, op.Slot)
		case workloads.Trim:
			workloads.WriteKeep(w, id[op.Slot], op)
			b, ok := live[op.Slot]
			if !ok {
				continue
			}
			a := placed{region: l.Region, live: map[uint64]uint64{b.Start: b.End()}}
			kept, err := a.Trim(nil, []strategies.Block{b}, b.Start+op.Req.Lo, op.Req.Size)
			if err != nil {
				w.Refused(strategies.ErrInvalid)
				continue
			}
			live[op.Slot] = kept[0]
			w.Granted(kept)
		default:
			workloads.WriteKeep(w, id[op.Slot], op)
		}
	}
	return w.Flush()
}

// Compare compares what the placement serves of ops, which it was found for, with a strategy
// that refuses the requests at refused in any region: unserved are the requests that only the
// placement serves, extra those that only the strategy does. Where both are 0 the regions are
// for the same requests.
func (l Placement) Compare(ops []workloads.Op, refused map[int]bool) (unserved, extra int) {
	next := 0
	for i := range ops {
		switch ops[i].Kind {
		case workloads.Live, workloads.Fallback:
			next++
			continue
		case workloads.Alloc:
		default:
			continue
		}
		placed := next < len(l.Grants) && l.Grants[next].Size > 0
		if next++; next < len(l.Grants) && l.Grants[next].Second {
			placed = placed || l.Grants[next].Size > 0
		}
		switch {
		case placed && refused[i]:
			unserved++
		case !placed && !refused[i]:
			extra++
		}
	}
	return unserved, extra
}
