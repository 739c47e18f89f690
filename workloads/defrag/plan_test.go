package defrag

import (
	"slices"
	"testing"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/strategies/all"
	"github.com/vramlab/vramlab/workloads"
	"github.com/vramlab/vramlab/workloads/explain"
	"github.com/vramlab/vramlab/workloads/reason"
)

// TestBuilder: while a plan is made, what it takes for free and where it takes objects to lie
// is what its moves make of the state.
func TestBuilder(t *testing.T) {
	moves, parts := 0, 0
	for _, s := range all.List() {
		for seed := range uint64(*rounds) {
			st := tiny(seed, s, 40+seed%50, 200, 16)
			x, err := newSession(st, s, 0)
			if err != nil {
				t.Fatal(err)
			}
			x.to(len(st.Ops) + 1)
			state, steps := x.state(), 1<<20
			lo := seed % 20 * page
			b := newBuilder(state, state.holes(state.pieces()), &steps)
			if !b.clear(lo, lo+(4+seed%9)*page, depth) {
				continue
			}
			now := State{Region: st.Region, Objects: slices.Clone(state.Objects)}
			for _, m := range b.plan.Moves {
				left := now.Objects[m.of].At
				for _, p := range m.Parts {
					left, _ = without(left, p.From, p.From+p.Size)
				}
				left = slices.Clone(left)
				for _, p := range m.Parts {
					left = append(left, strategies.Block{Start: p.To, Size: p.Size})
				}
				now.Objects[m.of].At = joined(left)
				moves, parts = moves+1, parts+len(m.Parts)
			}
			for i := range now.Objects {
				if !slices.Equal(now.Objects[i].At, b.at[i]) {
					t.Errorf("%s, seed %d: object %d lies at %v, and the plan has it at %v", s.Name, seed, i, now.Objects[i].At, b.at[i])
				}
			}
			var free []strategies.Block
			for _, h := range now.holes(now.pieces()) {
				rest := []strategies.Block{h}
				for _, k := range b.kept {
					var next []strategies.Block
					for _, r := range rest {
						if k.Start < r.End() && k.End() > r.Start {
							r, _ := without([]strategies.Block{r}, max(k.Start, r.Start), min(k.End(), r.End()))
							next = append(next, r...)
							continue
						}
						next = append(next, r)
					}
					rest = next
				}
				free = append(free, rest...)
			}
			if !slices.Equal(free, b.holes) {
				t.Errorf("%s, seed %d: free is %v, and the plan has %v", s.Name, seed, free, b.holes)
			}
		}
	}
	if parts <= moves || moves < *rounds {
		t.Errorf("%d moves in %d parts: this test does not see much", moves, parts)
	}
}

// TestObjects: what an object may do follows from its request and the strategy.
func TestObjects(t *testing.T) {
	region := strategies.Region{Size: 64 * page, Page: page}
	scatters, ranges := reason.Rules{Scatters: true}, reason.Rules{OnePiece: true}
	held := []strategies.Block{{Start: 8 * page, Size: page}, {Start: 4 * page, Size: page}, {Start: 5 * page, Size: page}}
	for name, test := range map[string]struct {
		rules reason.Rules
		op    workloads.Op
		whole bool
		align uint64
		lo    uint64
		hi    uint64
	}{
		"scattered":   {scatters, workloads.Op{}, false, page, 0, 64 * page},
		"contiguous":  {scatters, workloads.Op{Req: strategies.Request{Flags: strategies.Contiguous}}, true, page, 0, 64 * page},
		"one piece":   {ranges, workloads.Op{Req: strategies.Request{Align: 3 * page}}, true, 3 * page, 0, 64 * page},
		"window":      {ranges, workloads.Op{Req: strategies.Request{Lo: page, Hi: 9 * page, Flags: strategies.Range}}, true, page, page, 9 * page},
		"no end":      {ranges, workloads.Op{Req: strategies.Request{Lo: page, Flags: strategies.Range}}, true, page, page, 64 * page},
		"too far":     {ranges, workloads.Op{Req: strategies.Request{Lo: page, Hi: 99 * page, Flags: strategies.Range}}, true, page, page, 64 * page},
		"no window":   {ranges, workloads.Op{Req: strategies.Request{Lo: page, Hi: 9 * page}}, true, page, 0, 64 * page},
		"given":       {scatters, workloads.Op{Kind: workloads.Live, Req: strategies.Request{Lo: page, Hi: 9 * page, Flags: strategies.Range}}, false, page, 0, 64 * page},
		"given whole": {ranges, workloads.Op{Kind: workloads.Live, Req: strategies.Request{Lo: page, Hi: 9 * page, Flags: strategies.Range}}, true, page, 0, 64 * page},
	} {
		st := &explain.Stream{Region: region, Ops: []workloads.Op{test.op}}
		o := objectOf(st, test.rules, 1, 7, held)
		at := []strategies.Block{{Start: 4 * page, Size: 2 * page}, {Start: 8 * page, Size: page}}
		if o.Slot != 7 || o.Op != 1 || !slices.Equal(o.At, at) || o.Whole != test.whole || o.Align != test.align || o.Lo != test.lo || o.Hi != test.hi {
			t.Errorf("%s: %+v", name, o)
		}
	}
}
