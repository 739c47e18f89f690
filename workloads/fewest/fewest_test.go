package fewest_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/vramlab/vramlab/sgtable"
	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/strategies/all"
	"github.com/vramlab/vramlab/strategies/buddy"
	"github.com/vramlab/vramlab/strategies/rangemgr"
	"github.com/vramlab/vramlab/workloads"
	"github.com/vramlab/vramlab/workloads/fewest"
	"github.com/vramlab/vramlab/workloads/replay"
)

var i915 = sgtable.Policies()[0]

// find is Find, which must succeed.
func find(t *testing.T, in instance, o fewest.Options) *fewest.Result {
	t.Helper()
	r, err := fewest.Find(context.Background(), in.region, in.ops, in.policy, o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// sample is the beginning of a workload that scatters.
func sample(t *testing.T, name string, n int) instance {
	t.Helper()
	i := slices.IndexFunc(workloads.List(), func(w workloads.Workload) bool { return w.Name == name })
	if i < 0 {
		t.Fatalf("no workload %s", name)
	}
	w := workloads.List()[i]
	return instance{w.Region, w.Ops(1, n), i915}
}

// TestCandidates: each candidate can be made again, none is better than the bounds, and
// without strategies the bounds are those of the heuristics.
func TestCandidates(t *testing.T) {
	for _, name := range []string{"splinter", "gfx", "window"} {
		in := sample(t, name, 4000)
		alone := find(t, in, fewest.Options{})
		r := find(t, in, fewest.Options{Also: all.List(), Tries: 1, Seed: 3})
		if r.Granted == alone.Granted && (r.Segs.Upper > alone.Segs.Upper || r.Entries.Upper > alone.Entries.Upper) || r.Granted < alone.Granted {
			t.Errorf("%s: with strategies %+v, without %+v", name, r, alone)
		}
		var least [2]uint64
		for i, c := range r.Candidates {
			again, err := fewest.Count(context.Background(), c.Strategy, in.region, in.ops, in.policy)
			if err != nil {
				t.Fatal(err)
			}
			if c.Segs != again.Segs || c.Entries != again.Entries || c.Granted != again.Granted || c.Surplus == 0 && !c.SameWork(again) {
				t.Errorf("%s: %s had %+v, has %+v", name, c.Name, c.Tally, again)
			}
			if !c.Same {
				continue
			}
			if least[0] == 0 || c.Segs < least[0] {
				least[0] = c.Segs
			}
			if least[1] == 0 || c.Entries < least[1] {
				least[1] = c.Entries
			}
			if i == r.Segs.By && c.Segs != r.Segs.Upper || i == r.Entries.By && c.Entries != r.Entries.Upper {
				t.Errorf("%s: %s is said to have the upper bounds %+v, %+v and has %+v", name, c.Name, r.Segs, r.Entries, c.Tally)
			}
		}
		if least != [2]uint64{r.Segs.Upper, r.Entries.Upper} {
			t.Errorf("%s: the best candidates have %d, the result %+v and %+v", name, least, r.Segs, r.Entries)
		}
	}
}

// TestUnequal: a strategy that refuses requests has fewer segments, and is no bound.
func TestUnequal(t *testing.T) {
	r := find(t, sample(t, "splinter", 20000), fewest.Options{Also: []strategies.Strategy{rangemgr.Strategy}})
	c := r.Candidates[len(r.Candidates)-1]
	if c.Same || c.Granted >= r.Granted || c.Segs >= r.Segs.Upper {
		t.Fatalf("%+v of %+v: the stream tests nothing", c.Tally, r)
	}
	if c.LowerSegs > c.Segs || c.LowerEntries > c.Entries || c.LowerEntries >= r.Entries.Lower {
		t.Errorf("%s has %d segments and %d entries; the bounds of what it granted are %d and %d, of all %d and %d", c.Name,
			c.Segs, c.Entries, c.LowerSegs, c.LowerEntries, r.Segs.Lower, r.Entries.Lower)
	}
}

// TestPlanted: a placement that is cheap since it is wrong is an error, or did other work.
func TestPlanted(t *testing.T) {
	in := sample(t, "splinter", 20000)
	for _, tt := range []struct {
		fault  string
		answer func(a strategies.Allocator, dst []strategies.Block, r strategies.Request) ([]strategies.Block, error)
		rule   string // "": no error
	}{
		{"all at one address", func(_ strategies.Allocator, dst []strategies.Block, r strategies.Request) ([]strategies.Block, error) {
			return append(dst, strategies.Block{Size: r.Size}), nil
		}, "overlaps no live block"},
		{"half of what is asked for", func(a strategies.Allocator, dst []strategies.Block, r strategies.Request) ([]strategies.Block, error) {
			r.Size /= 2
			return a.Alloc(dst, r)
		}, "at least as large"},
		{"behind the region", func(_ strategies.Allocator, dst []strategies.Block, r strategies.Request) ([]strategies.Block, error) {
			return append(dst, strategies.Block{Start: in.region.Size, Size: r.Size}), nil
		}, "inside the managed region"},
		{"refuses what would scatter", func(_ strategies.Allocator, dst []strategies.Block, r strategies.Request) ([]strategies.Block, error) {
			return dst, strategies.ErrNoSpace
		}, ""},
	} {
		s := buddy.Strategy
		s.Name, s.Caps = "planted", strategies.CapWindow|strategies.CapScatter
		if tt.rule == "" {
			s.Caps = strategies.CapWindow
		}
		s.New = func(region strategies.Region) (strategies.Allocator, error) {
			a, err := buddy.Strategy.New(region)
			return &planted{a, tt.answer}, err
		}
		r, err := fewest.Find(context.Background(), in.region, in.ops, in.policy, fewest.Options{Also: []strategies.Strategy{s}})
		switch v := (*strategies.Violation)(nil); {
		case tt.rule == "":
			if err != nil || r.Candidates[len(r.Candidates)-1].Same {
				t.Errorf("%s: error %v, or it counts", tt.fault, err)
			}
		case !errors.As(err, &v) || !strings.Contains(v.Rule, tt.rule):
			t.Errorf("%s: error %v, want %q", tt.fault, err, tt.rule)
		}
	}
}

// planted answers large requests in its own way, and others as the allocator.
type planted struct {
	strategies.Allocator
	answer func(a strategies.Allocator, dst []strategies.Block, r strategies.Request) ([]strategies.Block, error)
}

func (p *planted) Alloc(dst []strategies.Block, r strategies.Request) ([]strategies.Block, error) {
	if r.Size >= 1<<20 {
		return p.answer(p.Allocator, dst, r)
	}
	return p.Allocator.Alloc(dst, r)
}

// TestVariations: what must not change the bounds does not, and what must does.
func TestVariations(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 5))
	for range 200 {
		in := pickInstance(random.IntN)
		o := fewest.Options{Also: []strategies.Strategy{buddy.Strategy}}
		r, err := fewest.Find(context.Background(), in.region, in.ops, in.policy, o)
		if err != nil {
			continue
		}
		if again := find(t, in, o); again.Segs != r.Segs || again.Entries != r.Entries {
			t.Fatalf("%v: %+v and then %+v", in.ops, r, again)
		}
		renamed := in
		renamed.ops = slices.Clone(in.ops)
		for i := range renamed.ops {
			renamed.ops[i].Slot = uint32(len(in.ops)) - 1 - renamed.ops[i].Slot
		}
		if replay.Check(renamed.ops) == nil {
			if s := find(t, renamed, o); s.Segs != r.Segs || s.Entries != r.Entries {
				t.Errorf("%v: %+v, in other slots %+v", in.ops, r, s)
			}
		}
		if workloads.State(in.ops) > 0 {
			continue
		}
		if twice := find(t, in.twice(), o); twice.Granted == 2*r.Granted && (twice.Segs.Lower != 2*r.Segs.Lower || twice.Entries.Lower != 2*r.Entries.Lower || twice.Segs.Upper > 2*r.Segs.Upper+uint64(r.Tables)) {
			t.Errorf("%v: %+v, twice %+v", in.ops, r, twice)
		}
		larger := in
		larger.region.Size *= 4
		if s := find(t, larger, o); s.Granted == r.Granted && (s.Segs.Lower > r.Segs.Lower || s.Entries.Lower > r.Entries.Lower) {
			t.Errorf("%v: at least %+v in %v, at least %+v in a larger region", in.ops, r, in.region, s)
		}
	}
}

// twice is the stream two times, with all freed in between.
func (in instance) twice() instance {
	ops := slices.Clone(in.ops)
	used := make(map[uint32]bool)
	for _, op := range in.ops {
		used[op.Slot] = op.Kind != workloads.Free
	}
	for slot := range uint32(len(in.ops)) {
		if used[slot] {
			ops = append(ops, workloads.Op{Kind: workloads.Free, Slot: slot})
		}
	}
	in.ops = append(ops, in.ops...)
	return in
}

// TestErrors: what cannot be bounded says why.
func TestErrors(t *testing.T) {
	in := sample(t, "splinter", 4000)
	ended, end := context.WithCancel(context.Background())
	end()
	if _, err := fewest.Find(ended, in.region, in.ops, i915, fewest.Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("after the end of its context: %v", err)
	}
	if _, err := fewest.Find(context.Background(), in.region, in.ops, i915, fewest.Options{Looks: 1}); !errors.Is(err, fewest.ErrNone) || !strings.Contains(err.Error(), "gave up") {
		t.Errorf("heuristics that may look at one place: %v", err)
	}
	r := find(t, in, fewest.Options{Looks: 1, Also: []strategies.Strategy{buddy.Strategy}})
	if last := len(r.Candidates) - 1; r.Segs.By != last || r.Entries.By != last {
		t.Errorf("%+v, though all heuristics gave up", r)
	}
	state := instance{strategies.Region{Size: 1 << 20, Page: 4096}, []workloads.Op{
		{Kind: workloads.Live, Req: strategies.Request{Size: 4096, Lo: 1 << 20, Hi: 1<<20 + 4096, Flags: strategies.Range}},
	}, i915}
	if _, err := fewest.Find(context.Background(), state.region, state.ops, i915, fewest.Options{}); !errors.Is(err, replay.ErrState) {
		t.Errorf("a state behind the region: %v", err)
	}
}

// TestHuge: the largest region and requests that overflow are no trouble.
func TestHuge(t *testing.T) {
	const most = 1<<64 - 1
	ops := []workloads.Op{
		{Slot: 0, Req: strategies.Request{Size: most}},
		{Slot: 1, Req: strategies.Request{Size: 1 << 63, Align: 1 << 63}},
		{Slot: 2, Req: strategies.Request{Size: 1, Lo: most, Hi: most, Flags: strategies.Range}},
		{Slot: 3, Req: strategies.Request{Size: 0}},
		{Slot: 4, Req: strategies.Request{Size: 1 << 20, Align: most}},
		{Slot: 5, Req: strategies.Request{Size: 1 << 20, Align: 3 << 20}},
		{Slot: 6, Req: strategies.Request{Size: 4096, Lo: 1 << 63, Flags: strategies.Range | strategies.Contiguous}},
	}
	for _, p := range sgtable.Policies() {
		r := find(t, instance{strategies.Region{Size: most, Page: 4096}, ops, p}, fewest.Options{})
		if r.Granted < 3 || r.Serves(3) || r.Segs.Lower == 0 || r.Segs.Lower > r.Segs.Upper {
			t.Errorf("%s: %+v", p.Name, r)
		}
	}
}

// TestOptimum: on every recorded trace, and where memory is splintered or full of holes, the
// bounds meet.
func TestOptimum(t *testing.T) {
	for _, w := range workloads.List() {
		if !w.Recorded && w.Name != "splinter" && w.Name != "holes" {
			continue
		}
		in := sample(t, w.Name, 20000)
		in.ops, _ = workloads.Served(in.ops, w.Denied)
		r := find(t, in, fewest.Options{})
		if r.Granted != r.Requests || r.Segs.Lower != r.Segs.Upper || r.Entries.Lower != r.Entries.Upper {
			t.Errorf("%s: %d of %d requests, segments %+v, entries %+v", w.Name, r.Granted, r.Requests, r.Segs, r.Entries)
		}
	}
}

// TestOnePlace: a request in one piece is granted where one hole of many takes it, at whatever
// address: heuristics that look at some holes only look at all before they refuse.
func TestOnePlace(t *testing.T) {
	const page, holes = 4096, 100
	region := strategies.Region{Size: 4 * holes * page, Page: page}
	request := strategies.Request{Size: 2 * page, Align: 2 * page, Flags: strategies.Contiguous}
	for _, place := range []int{0, 1, 50, holes - 2} {
		in := instance{region: region, policy: i915}
		live := func(from, to uint64) {
			in.ops = append(in.ops, workloads.Op{Kind: workloads.Live, Slot: uint32(len(in.ops)), Req: strategies.Request{Size: (to - from) * page, Lo: from * page, Hi: to * page, Flags: strategies.Range}})
		}
		end := uint64(0) // of the hole before; holes are two pages from an odd one on, but for one
		for k := range holes {
			at := uint64(4*k + 1)
			if k == place {
				at++
			}
			live(end, at)
			end = at + 2
		}
		live(end, 4*holes)
		in.ops = append(in.ops, workloads.Op{Kind: workloads.Alloc, Slot: uint32(len(in.ops)), Req: request})
		if r := find(t, in, fewest.Options{}); r.Granted != 1 || r.Segs.Upper != 1 {
			t.Errorf("hole %d: %d granted, in %d segments", place, r.Granted, r.Segs.Upper)
		}
	}
}
