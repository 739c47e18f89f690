package age

import (
	"bytes"
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"github.com/vramlab/vramlab/bench/frag"
	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/strategies/all"
	"github.com/vramlab/vramlab/workloads"
	"github.com/vramlab/vramlab/workloads/replay"
	"github.com/vramlab/vramlab/workloads/trace"
)

// small is a load of n operations in 16 MiB, which are kept full by objects of 4 KiB to
// 512 KiB that are freed at random.
func small(seed uint64, percent, n int) Load {
	region := strategies.Region{Size: 16 << 20, Page: 4096}
	rng := rand.New(rand.NewPCG(seed, 3))
	var ops []workloads.Op
	var live, empty []uint32
	sizes, used := make(map[uint32]uint64), uint64(0)
	level := region.Size / 100 * uint64(percent)
	for len(ops) < n {
		if used >= level {
			i := rng.IntN(len(live))
			slot := live[i]
			live[i] = live[len(live)-1]
			live, empty = live[:len(live)-1], append(empty, slot)
			used -= sizes[slot]
			ops = append(ops, workloads.Op{Kind: workloads.Free, Slot: slot})
			continue
		}
		slot := uint32(len(live) + len(empty))
		if k := len(empty) - 1; k >= 0 {
			slot, empty = empty[k], empty[:k]
		}
		sizes[slot] = 4096 << rng.IntN(8)
		used += sizes[slot]
		live = append(live, slot)
		ops = append(ops, workloads.Op{Slot: slot, Req: strategies.Request{Size: sizes[slot]}})
	}
	w := workloads.Workload{Name: "small", Region: region, Ops: func(uint64, int) []workloads.Op { return ops }}
	return Load{Workload: w, Fill: percent, Level: level, Ops: n}
}

// run is Run without an error.
func run(t *testing.T, s strategies.Strategy, l Load, o Options) *Life {
	t.Helper()
	life, err := Run(t.Context(), s, l, o)
	if err != nil {
		t.Fatalf("%s: %v", s.Name, err)
	}
	return life
}

// fork is NewFork without an error, after so many operations.
func fork(t *testing.T, s strategies.Strategy, l Load, n int) *Fork {
	t.Helper()
	f, err := NewFork(t.Context(), s, l, n)
	if err != nil {
		t.Fatalf("%s: %v", s.Name, err)
	}
	return f
}

// placements is what a does for the first n operations, as a trace.
func placements(l Load, a strategies.Allocator, n int) string {
	var b bytes.Buffer
	ops := l.Workload.Ops(0, 0)
	live := replay.NewLive(ops)
	p, r := replay.NewPlayer(a, live), &replay.Record{Writer: trace.NewWriter(&b, l.Region)}
	for i := range ops[:n] {
		what, err := p.Do(&ops[i])
		r.Op(uint64(i), &ops[i], what, live.Held(ops[i].Slot), err)
	}
	r.Flush()
	return b.String()
}

// TestBruteForce: the headline is what a fork at every operation says, of every strategy; the
// proof agrees.
func TestBruteForce(t *testing.T) {
	refused := 0
	for _, s := range all.List() {
		for seed := range uint64(4) {
			l := small(seed, 50+15*int(seed), 500)
			life := run(t, s, l, Options{})
			if life.Filled <= 0 || life.Ops != 500-life.Filled {
				t.Fatalf("%s, seed %d: filled after %d operations, %d counted", s.Name, seed, life.Filled, life.Ops)
			}
			want := -1
			for n := 0; n <= life.Ops && want < 0; n++ {
				if !fork(t, s, l, life.Filled+n).LargePage() {
					want = n
				}
			}
			if life.Refused != want {
				t.Errorf("%s, seed %d: first refused after %d operations, and forks say %d", s.Name, seed, life.Refused, want)
			}
			if want >= 0 {
				refused++
			}
			if err := life.Prove(t.Context(), s, l); err != nil || life.AtMost || life.Refused != want {
				t.Errorf("%s, seed %d: proved to %d, at most %v, error %v", s.Name, seed, life.Refused, life.AtMost, err)
			}
		}
	}
	if all := 4 * len(all.List()); refused < all/3 || refused == all {
		t.Errorf("%d of %d runs have a refusal: the loads are too easy or too hard to show anything", refused, all)
	}
}

// TestUndisturbed: a run places as a replay that was never asked, whatever its forks are
// asked, under every strategy; and a fork is the state of the run.
func TestUndisturbed(t *testing.T) {
	l := small(1, 90, 600)
	for _, s := range all.List() {
		var b bytes.Buffer
		w := trace.NewWriter(&b, l.Region)
		life := run(t, s, l, Options{Watch: &replay.Record{Writer: w}})
		w.Flush()
		a, err := s.New(l.Region)
		if err != nil {
			t.Fatal(err)
		}
		if got, want := b.String(), placements(l, a, 600); got != want {
			t.Errorf("%s: the run placed otherwise than a replay", s.Name)
		}
		for _, n := range []int{0, 100, life.Ops / 2, life.Ops} {
			first, err := life.Ask(t.Context(), s, l, n)
			if err != nil {
				t.Fatal(err)
			}
			short := l
			short.Ops = n
			if got := run(t, s, short, Options{}).End; got != first {
				t.Errorf("%s after %d: a run that ends there answers %+v, a fork %+v", s.Name, n, got, first)
			}
			f := fork(t, s, l, life.Filled+n)
			f.Answers()
			if again := run(t, s, l, Options{}); !reflect.DeepEqual(again, life) {
				t.Errorf("%s after %d: asked, the run is another", s.Name, n)
			}
		}
	}
}

// TestAskingDisturbs: what is asked and freed at once changes what some strategies do after.
// So it is a fork that is asked.
func TestAskingDisturbs(t *testing.T) {
	l := small(2, 85, 600)
	disturbed := 0
	for _, s := range all.List() {
		a, err := s.New(l.Region)
		if err != nil {
			t.Fatal(err)
		}
		b, err := s.New(l.Region)
		if err != nil {
			t.Fatal(err)
		}
		if placements(l, &asker{a}, 600) != placements(l, b, 600) {
			t.Log(s.Name)
			disturbed++
		}
	}
	if disturbed == 0 {
		t.Error("no strategy places otherwise once it was asked")
	}
}

// asker asks before each allocation, and frees what it got.
type asker struct{ strategies.Allocator }

func (a *asker) Alloc(dst []strategies.Block, r strategies.Request) ([]strategies.Block, error) {
	grants(a.Allocator, LargeRequest)
	grants(a.Allocator, strategies.Request{Size: 3 * r.Size})
	return a.Allocator.Alloc(dst, r)
}

// TestLargest: of every size, each asked of a fork of its own, the largest that is granted.
func TestLargest(t *testing.T) {
	l := small(3, 85, 300)
	for _, s := range all.List() {
		for _, n := range []int{40, 170, 300} {
			want := uint64(0)
			for size := largestHole(fork(t, s, l, n).a); size > 0 && want == 0; size -= 4096 {
				if grants(fork(t, s, l, n).a, strategies.Request{Size: size, Flags: strategies.Contiguous}) {
					want = size
				}
			}
			if got := fork(t, s, l, n).Largest(); got != want {
				t.Errorf("%s after %d: the largest is %d, want %d", s.Name, n, got, want)
			}
		}
	}
}

// TestLargestOfMany: where there are more sizes than are asked for, the hole itself and
// coarse sizes are.
func TestLargestOfMany(t *testing.T) {
	s, _ := all.Lookup("rangemgr")
	region := strategies.Region{Size: 3<<40 + 12288, Page: 4096}
	a, err := s.New(region)
	if err != nil {
		t.Fatal(err)
	}
	if got := largest(a, region); got != region.Size {
		t.Errorf("the largest in an empty region of %d is %d", region.Size, got)
	}
	b, _ := all.Lookup("buddy")
	if a, err = b.New(region); err != nil {
		t.Fatal(err)
	}
	if got := largest(a, region); got < 2<<40 || got > region.Size {
		t.Errorf("the largest in an empty region of %d is %d under a buddy", region.Size, got)
	}
}

// TestCurve is the metric of package frag.
func TestCurve(t *testing.T) {
	l := Filled(95, 3, 20_000)
	s, _ := all.Lookup("rangemgr")
	c, err := newClock(s, l, Options{})
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	err = l.eachOp(t.Context(), func(i int, op *workloads.Op) error {
		if i%997 == 0 {
			n++
			f := frag.Measure(c.a.FreeBlocks())
			if got, want := c.unusable(), f.Unusable(curvePage); math.Abs(got-want) > 1e-12 {
				t.Fatalf("after %d operations: %v, package frag has %v", i, got, want)
			}
			if got, want := c.large.free == 0, f.Unusable(LargePage) == 1; got != want {
				t.Fatalf("after %d operations: no large page %v, package frag says %v", i, got, want)
			}
		}
		return c.do(i, op)
	})
	if err != nil || n < 10 {
		t.Errorf("%d moments, error %v", n, err)
	}
}

// TestCensored: a bound before the first refusal is no refusal, and one after it changes
// nothing.
func TestCensored(t *testing.T) {
	s, _ := all.Lookup("rangemgr")
	whole := run(t, s, Filled(95, 1, 5000), Options{})
	if whole.Refused < 10 || whole.Time().Censored {
		t.Fatalf("refused after %d", whole.Refused)
	}
	for _, bound := range []int{whole.Refused - 1, whole.Refused, whole.Refused + 1} {
		l := run(t, s, Filled(95, 1, bound), Options{})
		got := l.Time()
		if got.Censored != (bound < whole.Refused) || got.N != min(bound, whole.Refused) || l.Steady.Settled() {
			t.Errorf("bound %d: %v, steady %v; the first refusal is after %d", bound, got, l.Steady, whole.Refused)
		}
	}
	none := small(1, 90, 500)
	none.Level = none.Region.Size // never reached
	l := run(t, s, none, Options{})
	if l.Filled >= 0 || l.Ops != 0 || l.Refused >= 0 {
		t.Errorf("a level that is not reached: %+v", l)
	}
	if err := l.Prove(t.Context(), s, none); err != nil {
		t.Error(err)
	}
}

// TestPicky: a strategy that refuses a large page while one is free is found out.
func TestPicky(t *testing.T) {
	s, _ := all.Lookup("rangemgr")
	made := s.New
	s.Name = "picky"
	s.New = func(r strategies.Region) (strategies.Allocator, error) {
		a, err := made(r)
		return &picky{a}, err
	}
	l := small(1, 50, 500)
	life := run(t, s, l, Options{})
	if life.Refused >= 0 {
		t.Fatalf("without a page free after %d", life.Refused)
	}
	if err := life.Prove(t.Context(), s, l); err != nil || !life.AtMost || life.Refused < 0 {
		t.Errorf("refused after %d, at most %v, error %v", life.Refused, life.AtMost, err)
	}
}

// picky grants no large page.
type picky struct{ strategies.Allocator }

func (p *picky) Alloc(dst []strategies.Block, r strategies.Request) ([]strategies.Block, error) {
	if r == LargeRequest {
		return dst, strategies.ErrNoSpace
	}
	return p.Allocator.Alloc(dst, r)
}

// TestErrors: what ends a run is one line that says where.
func TestErrors(t *testing.T) {
	s, _ := all.Lookup("rangemgr")
	state := small(1, 90, 100)
	ops := []workloads.Op{{Kind: workloads.Live, Req: strategies.Request{Size: 4096, Hi: 4096, Flags: strategies.Range}}}
	state.Workload.Ops = func(uint64, int) []workloads.Op { return ops }
	ended, end := context.WithCancel(t.Context())
	end()
	lost := errors.New("no region")
	outside := replay.Null
	outside.New = func(strategies.Region) (strategies.Allocator, error) { return &astray{}, nil }
	broken := s
	broken.New = func(strategies.Region) (strategies.Allocator, error) { return nil, lost }
	for _, tt := range []struct {
		ctx  context.Context
		s    strategies.Strategy
		l    Load
		want string
	}{
		{t.Context(), s, state, "begins in a given state"},
		{ended, s, small(1, 90, 100), "canceled"},
		{t.Context(), broken, small(1, 90, 100), "no region"},
		{t.Context(), outside, small(1, 90, 100), "outside the region"},
		{t.Context(), strategies.Checked(replay.Null), small(1, 90, 100), "broke the rule"},
	} {
		if _, err := Run(tt.ctx, tt.s, tt.l, Options{}); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("error %v, want one with %q", err, tt.want)
		}
	}
	if _, err := Fitted(t.Context(), state.Workload, 90, 1, 100); err == nil || !strings.Contains(err.Error(), "given state") {
		t.Errorf("fitted to a state: error %v", err)
	}
	huge := small(1, 90, 100)
	huge.Region.Size = 1 << 50
	if _, err := Run(t.Context(), s, huge, Options{}); err == nil || !strings.Contains(err.Error(), "can grow old") {
		t.Errorf("a huge region: error %v", err)
	}
	ops = nil
	for slot := range uint32(100) {
		ops = append(ops, workloads.Op{Slot: slot, Req: strategies.Request{Size: math.MaxUint64 - uint64(slot)}})
	}
	if _, err := Fitted(t.Context(), state.Workload, 90, 1, 100); err == nil || !strings.Contains(err.Error(), "asks for more than") {
		t.Errorf("fitted to huge sizes: error %v", err)
	}
	ops = []workloads.Op{{Kind: workloads.Free}}
	if _, err := Fitted(t.Context(), state.Workload, 90, 1, 100); err == nil || !strings.Contains(err.Error(), "fills no region") {
		t.Errorf("fitted to nothing: error %v", err)
	}
}

// astray grants what is not there.
type astray struct{ strategies.Allocator }

func (*astray) Alloc(dst []strategies.Block, r strategies.Request) ([]strategies.Block, error) {
	return append(dst, strategies.Block{Start: 1 << 63, Size: r.Size}), nil
}

// TestFitted: the region is filled to the percentage by the peak of the operations that count,
// and the fork replays a stream that comes in parts as one that does not.
func TestFitted(t *testing.T) {
	w, _ := workloads.Lookup("steady")
	s, _ := all.Lookup("tlsf")
	l, err := Fitted(t.Context(), w, 90, 7, 30_000)
	if err != nil {
		t.Fatal(err)
	}
	whole := w
	whole.Parts = nil
	whole.Ops = func(seed uint64, _ int) []workloads.Op { return w.Ops(seed, 30_000) }
	other, err := Fitted(t.Context(), whole, 90, 7, 30_000)
	if err != nil || other.Region != l.Region {
		t.Fatalf("%v and %v, error %v", other.Region, l.Region, err)
	}
	a, b := run(t, s, l, Options{}), run(t, s, other, Options{})
	if !reflect.DeepEqual(a, b) {
		t.Errorf("in parts %+v, whole %+v", a, b)
	}
	peak := float64(0)
	live, sizes := uint64(0), make(map[uint32]uint64)
	for _, op := range w.Ops(7, 30_000) {
		if live -= sizes[op.Slot]; op.Kind == workloads.Alloc {
			live += op.Req.Size
			sizes[op.Slot] = op.Req.Size
		} else {
			sizes[op.Slot] = 0
		}
		peak = max(peak, float64(live))
	}
	if share := 100 * peak / float64(l.Region.Size); share > 90 || share < 89.9 || l.Region.Size%LargePage != 0 {
		t.Errorf("the peak is %.2f %% of %d bytes", share, l.Region.Size)
	}
	ended, end := context.WithCancel(t.Context())
	end()
	if _, err := Fitted(ended, w, 90, 7, 30_000); !errors.Is(err, context.Canceled) {
		t.Errorf("with a context that is done: %v", err)
	}
}
