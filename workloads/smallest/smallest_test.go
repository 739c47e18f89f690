package smallest_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/vramlab/vramlab/internal/churn"
	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/strategies/all"
	"github.com/vramlab/vramlab/strategies/buddy"
	"github.com/vramlab/vramlab/strategies/rangemgr"
	"github.com/vramlab/vramlab/workloads"
	"github.com/vramlab/vramlab/workloads/replay"
	"github.com/vramlab/vramlab/workloads/smallest"
)

const page = strategies.MinPage

// pagesOf is a region of so many pages.
func pagesOf(n uint64) strategies.Region { return strategies.Region{Size: n * page, Page: page} }

// alloc is a request of so many pages.
func alloc(slot uint32, pages uint64) workloads.Op {
	return workloads.Op{Slot: slot, Req: strategies.Request{Size: pages * page}}
}

func free(slot uint32) workloads.Op { return workloads.Op{Kind: workloads.Free, Slot: slot} }

// in gives a request a window, in pages.
func in(op workloads.Op, lo, hi uint64) workloads.Op {
	op.Req.Lo, op.Req.Hi, op.Req.Flags = lo*page, hi*page, op.Req.Flags|strategies.Range
	return op
}

func with(op workloads.Op, flags strategies.Flags) workloads.Op {
	op.Req.Flags |= flags
	return op
}

func aligned(op workloads.Op, align uint64) workloads.Op {
	op.Req.Align = align
	return op
}

func kind(op workloads.Op, k workloads.Kind) workloads.Op {
	op.Kind = k
	return op
}

// TestByHand has answers that can be worked out on paper, in a trace's region of 16 pages.
func TestByHand(t *testing.T) {
	hole := []workloads.Op{alloc(0, 1), alloc(1, 1), free(0), alloc(0, 2)}
	tests := []struct {
		name     string
		strategy strategies.Strategy
		ops      []workloads.Op
		pages    uint64 // the smallest region
		refused  int    // operation in a page less
		never    []int
	}{
		{"one page", churn.FirstFit, []workloads.Op{alloc(0, 1)}, 1, -1, nil},
		{"the peak", churn.FirstFit, []workloads.Op{alloc(0, 2), alloc(1, 3), free(0), free(1), alloc(0, 4)}, 5, 1, nil},
		// Page 0 is free and page 1 is not: two pages fit from 2 on.
		{"a hole", churn.FirstFit, hole, 4, 3, nil},
		{"a hole, scattered", churn.ScatterFit, hole, 3, 3, nil},
		// Three pages are not given back to a buddy's four: one is left over.
		{"a buddy scatters", buddy.Strategy, hole, 3, 3, nil},
		{"a buddy in one piece", buddy.Strategy, []workloads.Op{alloc(0, 1), with(alloc(1, 4), strategies.Contiguous)}, 5, 1, nil},
		{"nothing to serve", churn.FirstFit, nil, 0, 0, nil},
		{"0 bytes are never served", churn.FirstFit, []workloads.Op{alloc(0, 0), free(0), alloc(1, 3)}, 3, 2, []int{0}},
		{"only 0 bytes", churn.FirstFit, []workloads.Op{alloc(0, 0), free(0)}, 0, 0, []int{0}},
		{"an odd alignment", buddy.Strategy, []workloads.Op{aligned(alloc(0, 9), 3*page), alloc(1, 3)}, 3, 1, []int{0}},
		{"more than the trace's region", churn.FirstFit, []workloads.Op{alloc(0, 20)}, 20, 0, nil},
		// Pages 4 to 8 are a place of their own; the region is not shorter.
		{"a window", rangemgr.Strategy, []workloads.Op{in(alloc(0, 2), 4, 8)}, 6, 0, nil},
		{"a window cut by the end", rangemgr.Strategy, []workloads.Op{in(alloc(0, 1), 0, 8), in(alloc(1, 1), 0, 8)}, 2, 1, nil},
		{"a window to the end", rangemgr.Strategy, []workloads.Op{in(alloc(0, 3), 2, 16)}, 5, 0, nil},
		{"a window to the end, beyond it", rangemgr.Strategy, []workloads.Op{in(alloc(0, 20), 2, 16)}, 22, 0, nil},
		{"a window without an upper limit", rangemgr.Strategy, []workloads.Op{in(alloc(0, 3), 2, 0)}, 5, 0, nil},
		{"a full window", rangemgr.Strategy, []workloads.Op{in(alloc(0, 2), 0, 2), in(alloc(1, 1), 0, 2), alloc(2, 3)}, 5, 2, []int{1}},
		{"no windows", buddy.LIFO, []workloads.Op{in(alloc(0, 2), 0, 4), alloc(1, 3)}, 3, 1, []int{0}},
		{"a fallback", buddy.Strategy, []workloads.Op{
			alloc(0, 2), alloc(1, 1), alloc(2, 1), free(1),
			with(alloc(1, 3), strategies.Contiguous), kind(alloc(1, 1), workloads.Fallback),
		}, 4, 2, nil},
		{"a state", rangemgr.Strategy, []workloads.Op{in(kind(alloc(0, 1), workloads.Live), 6, 7), alloc(1, 2)}, 7, 0, nil},
		{"a state and nothing else", rangemgr.Strategy, []workloads.Op{in(kind(alloc(0, 1), workloads.Live), 6, 7)}, 7, 0, nil},
		{"a trim", buddy.Strategy, []workloads.Op{
			alloc(0, 4), {Kind: workloads.Trim, Slot: 0, Req: strategies.Request{Size: page}}, alloc(1, 3), alloc(2, 1),
		}, 5, 3, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r, err := smallest.Find(t.Context(), tt.strategy, pagesOf(16), tt.ops, smallest.Options{Smaller: -1})
			if err != nil {
				t.Fatal(err)
			}
			if r.Pages != tt.pages || tt.pages > 0 && r.Refusal.Op != tt.refused || !slices.Equal(places(r.Never), tt.never) {
				t.Errorf("%d pages, refused %v, never %v; want %d, %d, %v", r.Pages, r.Refusal, r.Never, tt.pages, tt.refused, tt.never)
			}
			if r.Pages > 0 && !r.All {
				t.Errorf("%d smaller regions tried, want all", r.Smaller)
			}
		})
	}
}

func places(list []smallest.Refusal) (ops []int) {
	for _, r := range list {
		ops = append(ops, r.Op)
	}
	return ops
}

// random is a short stream on a region of 32 pages with everything that a stream has.
func random(rng *rand.Rand) []workloads.Op {
	var ops []workloads.Op
	live := make(map[uint32]bool)
	if rng.IntN(4) == 0 {
		for slot, at := range []uint64{2, 9} {
			ops = append(ops, in(kind(alloc(uint32(slot), 1+at/4), workloads.Live), at, at+1+at/4))
			live[uint32(slot)] = true
		}
	}
	windows := rng.IntN(3) == 0
	for range 10 + rng.IntN(30) {
		slot := rng.Uint32N(12)
		switch {
		case live[slot] && rng.IntN(8) == 0:
			keep := strategies.Request{Size: page * rng.Uint64N(4), Lo: page * rng.Uint64N(2)}
			ops = append(ops, workloads.Op{Kind: workloads.Trim, Slot: slot, Req: keep})
		case live[slot]:
			ops = append(ops, free(slot))
			delete(live, slot)
		default:
			op := alloc(slot, 1+rng.Uint64N(7))
			switch rng.IntN(6) {
			case 0:
				op.Req.Align = page << rng.IntN(4)
			case 1:
				op.Req.Flags |= strategies.Contiguous
			case 2:
				op.Req.Flags |= strategies.TopDown
			case 3:
				op.Req.Size -= rng.Uint64N(page) // no whole pages
			}
			if windows && rng.IntN(2) == 0 {
				op = in(op, []uint64{0, 0, 8}[rng.IntN(3)], []uint64{16, 32, 40, 0}[rng.IntN(4)])
			}
			ops = append(ops, op)
			live[slot] = true
			if rng.IntN(6) == 0 {
				ops = append(ops, kind(alloc(slot, 1), workloads.Fallback))
			}
		}
	}
	return ops
}

// refusedSlowly lists what is refused in a region of so many pages, the obvious way; it is
// nil and false if the state cannot be laid out.
func refusedSlowly(t *testing.T, s strategies.Strategy, ops []workloads.Op, own, pages uint64) (refused []int, begins bool) {
	t.Helper()
	a, err := s.New(pagesOf(pages))
	if err != nil {
		t.Fatal(err)
	}
	held := make(map[uint32][]strategies.Block)
	end := pages * page
	for i, op := range ops {
		blocks := held[op.Slot]
		again := op.Kind == workloads.Fallback && len(blocks) == 0
		switch {
		case op.Kind == workloads.Free && len(blocks) > 0:
			a.Free(blocks)
			delete(held, op.Slot)
		case op.Kind == workloads.Trim && len(blocks) > 0:
			if trimmer, ok := strategies.As[strategies.Trimmer](a); ok {
				if left, err := trimmer.Trim(nil, blocks, blocks[0].Start+op.Req.Lo, op.Req.Size); err == nil {
					held[op.Slot] = left
				}
			}
		case op.Kind == workloads.Live:
			if op.Req.Hi > end {
				return nil, false
			}
			if placer, ok := strategies.As[strategies.Placer](a); ok {
				held[op.Slot], err = placer.Place(nil, op.Req.Lo, op.Req.Size)
			} else {
				held[op.Slot], err = a.Alloc(nil, op.Req)
			}
			if err != nil {
				return nil, false
			}
		case op.Kind == workloads.Alloc || again:
			r := op.Req
			if r.Flags&strategies.Range != 0 && r.Hi >= own*page || r.Hi > end {
				r.Hi = end
			}
			err := strategies.ErrNoSpace
			if r.Flags&strategies.Range == 0 || r.Lo < end {
				held[op.Slot], err = a.Alloc(nil, r)
			}
			if err != nil && !again {
				refused = append(refused, i)
			}
			if err == nil && again {
				refused = refused[:len(refused)-1]
			}
		}
	}
	return refused, true
}

// TestAgainstEverySize compares the search with a replay in every region there is.
func TestAgainstEverySize(t *testing.T) {
	const own, seeds = 32, 60
	islands, beyond := 0, 0 // regions that serve below one that does not; results beyond the bound
	for _, s := range append(all.List(), churn.ScatterFit) {
		for seed := range uint64(seeds) {
			ops := random(rand.New(rand.NewPCG(seed, 11)))
			where := fmt.Sprintf("%s, seed %d", s.Name, seed)
			r, err := smallest.Find(t.Context(), s, pagesOf(own), ops, smallest.Options{Smaller: -1})
			if errors.Is(err, replay.ErrState) {
				continue
			}
			if err != nil {
				t.Fatalf("%s: %v", where, err)
			}
			never, _ := refusedSlowly(t, s, ops, own, r.Roomy/page)
			if !slices.Equal(never, places(r.Never)) {
				t.Fatalf("%s: never served %v, want %v", where, places(r.Never), never)
			}
			first := make(map[uint64]int) // by pages: what is refused first, of what counts
			var serve []uint64
			for pages := uint64(1); pages <= r.Roomy/page; pages++ {
				refused, ok := refusedSlowly(t, s, ops, own, pages)
				refused = slices.DeleteFunc(refused, func(i int) bool { return slices.Contains(never, i) })
				if ok && len(refused) == 0 {
					serve = append(serve, pages)
				} else if ok {
					first[pages] = refused[0]
				}
			}
			for i := 1; i < len(serve); i++ {
				if serve[i] > serve[i-1]+1 {
					islands++
				}
			}
			if r.Pages == 0 {
				continue
			}
			if r.Pages*page > r.Bound {
				beyond++
			}
			if r.Pages != serve[0] || !r.All || r.Bound > r.Pages*page {
				t.Errorf("%s: %d pages (all tried: %v, bound %d), want %d", where, r.Pages, r.All, r.Bound/page, serve[0])
			}
			some, err := smallest.Find(t.Context(), s, pagesOf(own), ops, smallest.Options{})
			if err != nil {
				t.Fatalf("%s: %v", where, err)
			}
			if !slices.Contains(serve, some.Pages) || slices.Contains(serve, some.Pages-1) {
				t.Errorf("%s: no boundary at %d pages, of %v", where, some.Pages, serve)
			}
			for _, r := range []smallest.Result{r, some} {
				if want, ok := first[r.Pages-1]; ok && want != r.Refusal.Op {
					t.Errorf("%s: a page less refuses operation %d, want %d", where, r.Refusal.Op, want)
				}
			}
		}
	}
	if islands < 10 || beyond < 50 {
		t.Errorf("only %d islands, and %d results beyond the bound: the streams show too little", islands, beyond)
	}
}

// TestBelowTheBound: the search believes replays more than the bound. Null grants the same
// memory again and again, so one page is enough.
func TestBelowTheBound(t *testing.T) {
	ops := []workloads.Op{alloc(0, 4), alloc(1, 4)}
	r, err := smallest.Find(t.Context(), replay.Null, pagesOf(16), ops, smallest.Options{})
	if err != nil || r.Pages != 1 || r.Bound != 8*page || r.All {
		t.Errorf("%d pages, bound %d, all %v, error %v; want 1 page", r.Pages, r.Bound, r.All, err)
	}
}

// TestPickyStrategy: a region that a strategy cannot manage does not serve.
func TestPickyStrategy(t *testing.T) {
	picky := fake(func(r strategies.Region) (strategies.Region, error) {
		if r.Size&(r.Size-1) != 0 {
			return r, fmt.Errorf("%w region: no power of two", strategies.ErrInvalid)
		}
		return r, nil
	})
	r, err := smallest.Find(t.Context(), picky, pagesOf(12), []workloads.Op{alloc(0, 5)}, smallest.Options{Smaller: -1})
	if err != nil || r.Pages != 8 || !r.All || r.Refusal.Op != -1 || !errors.Is(r.Refusal.Err, strategies.ErrInvalid) {
		t.Errorf("%d pages, all %v, refused %v, error %v; want 8 pages", r.Pages, r.All, r.Refusal, err)
	}
}

// fake is first fit in another region than it was asked for, or an error.
func fake(region func(r strategies.Region) (strategies.Region, error)) strategies.Strategy {
	s := churn.FirstFit
	s.New = func(r strategies.Region) (strategies.Allocator, error) {
		r, err := region(r)
		if err != nil {
			return nil, err
		}
		return churn.FirstFit.New(r)
	}
	return s
}

// TestCost: a search tells what it did: a replay in two pages, which are roomy, and in one.
func TestCost(t *testing.T) {
	r, err := smallest.Find(t.Context(), churn.FirstFit, pagesOf(16), []workloads.Op{alloc(0, 1), free(0), alloc(0, 1)}, smallest.Options{})
	if err != nil || r.Replays != 2 || r.Ops != 6 || r.Served != 2 {
		t.Errorf("%d replays of %d operations, %d served, error %v; want 2, 6, 2", r.Replays, r.Ops, r.Served, err)
	}
}

// TestRoomy: the roomy region is doubled while that may help, and the trace's own counts if
// more is refused in the roomy one.
func TestRoomy(t *testing.T) {
	wasteful := fake(func(r strategies.Region) (strategies.Region, error) { // uses an eighth
		return strategies.Region{Size: max(page, r.Size/8), Page: page}, nil
	})
	moody := fake(func(r strategies.Region) (strategies.Region, error) { // uses a page of 8
		if r.Size == 8*page {
			r.Size = page
		}
		return r, nil
	})
	small := fake(func(r strategies.Region) (strategies.Region, error) {
		if r.Size > 4*page {
			return r, strategies.ErrInvalid
		}
		return r, nil
	})
	window := in(alloc(0, 4), 0, 8)
	for _, tt := range []struct {
		name         string
		strategy     strategies.Strategy
		op           workloads.Op
		pages, roomy uint64
		never        int
	}{
		{"doubled", wasteful, alloc(0, 4), 32, 32, 0},
		{"not for a window", wasteful, window, 0, 8, 1}, // and no better in the trace's own
		{"own", moody, in(alloc(0, 3), 0, 8), 3, 16, 0},
	} {
		r, err := smallest.Find(t.Context(), tt.strategy, pagesOf(16), []workloads.Op{tt.op}, smallest.Options{Smaller: -1})
		if err != nil || r.Pages != tt.pages || r.Roomy != tt.roomy*page || len(r.Never) != tt.never {
			t.Errorf("%s: %d pages, %d roomy, %d never, error %v; want %d, %d, %d", tt.name, r.Pages, r.Roomy/page, len(r.Never), err, tt.pages, tt.roomy, tt.never)
		}
		if r.Bytes() != r.Pages*page {
			t.Errorf("%s: %d bytes of %d pages", tt.name, r.Bytes(), r.Pages)
		}
	}
	_, err := smallest.Find(t.Context(), small, pagesOf(16), []workloads.Op{alloc(0, 3)}, smallest.Options{})
	if bad := (*smallest.RegionError)(nil); !errors.As(err, &bad) || bad.Size != 8*page || !errors.Is(err, strategies.ErrInvalid) ||
		err.Error() != "firstfit cannot manage a region of 32768 bytes: invalid" {
		t.Errorf("error %v, want that of the strategy for 8 pages", err)
	}
}

// TestCancelled: a search ends with its context.
func TestCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := smallest.Find(ctx, buddy.Strategy, pagesOf(16), []workloads.Op{alloc(0, 1)}, smallest.Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want that of the context", err)
	}
	// Behind the boundary there is a result.
	w := churn.Workload("churn", 500)
	ctx, cancel = context.WithCancel(t.Context())
	r, err := smallest.Find(ctx, churn.FirstFit, w.Region, w.Ops(1, 0), smallest.Options{Smaller: -1, Progress: func(done float64) {
		if done > 0.75 {
			cancel()
		}
	}})
	whole, _ := smallest.Find(t.Context(), churn.FirstFit, w.Region, w.Ops(1, 0), smallest.Options{})
	if !errors.Is(err, context.Canceled) || r.Pages == 0 || r.All || r.Pages != whole.Pages || r.Refusal != whole.Refusal {
		t.Errorf("%d pages, all %v, refused %v, error %v; want %d pages, refused %v", r.Pages, r.All, r.Refusal, err, whole.Pages, whole.Refusal)
	}
}

// TestProgress: progress rises from above 0 to 1.
func TestProgress(t *testing.T) {
	w := churn.Workload("churn", 500)
	last, steps, late := 0.0, 0, 0
	_, err := smallest.Find(t.Context(), churn.FirstFit, w.Region, w.Ops(1, 0), smallest.Options{Smaller: 20, Progress: func(done float64) {
		if done < last || done > 1 {
			t.Errorf("progress of %v behind %v", done, last)
		}
		if last > 0.7 && last < done && done < 1 {
			late++ // of the smaller regions
		}
		last, steps = done, steps+1
	}})
	if err != nil || last != 1 || steps < 10 || late < 10 {
		t.Errorf("%d steps, %d of them late, to %v, error %v", steps, late, last, err)
	}
}

// nowhere has neither windows nor exact extents.
var nowhere = strategies.Strategy{Name: "nowhere", New: func(r strategies.Region) (strategies.Allocator, error) {
	a, err := buddy.LIFO.New(r)
	return struct{ strategies.Allocator }{a}, err
}}

// TestState: a strategy that cannot begin says so.
func TestState(t *testing.T) {
	ops := []workloads.Op{in(kind(alloc(0, 1), workloads.Live), 6, 7), alloc(1, 1)}
	if _, err := smallest.Find(t.Context(), nowhere, pagesOf(16), ops, smallest.Options{}); !errors.Is(err, replay.ErrState) {
		t.Errorf("error %v, want one that wraps ErrState", err)
	}
}

func BenchmarkFind(b *testing.B) {
	w, _ := workloads.Lookup("chromium")
	ops := w.Ops(0, 0)
	for _, s := range []strategies.Strategy{buddy.Strategy, rangemgr.Strategy} {
		b.Run("strategy="+s.Name, func(b *testing.B) {
			for b.Loop() {
				if _, err := smallest.Find(b.Context(), s, w.Region, ops, smallest.Options{Smaller: 16}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
