package explain_test

import (
	"flag"
	"fmt"
	"math/bits"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/strategies/all"
	"github.com/vramlab/vramlab/strategies/rangemgr"
	"github.com/vramlab/vramlab/workloads"
	"github.com/vramlab/vramlab/workloads/explain"
	"github.com/vramlab/vramlab/workloads/replay"
)

var rounds = flag.Int("rounds", 40, "streams of TestAgainstAllSets for each strategy")

const page = 4096

// drawn is a random stream on a small region, with at most ten objects live.
func drawn(seed uint64) *explain.Stream {
	r := rand.New(rand.NewPCG(seed, 14))
	pages := 16 + r.Uint64N(17)
	st := &explain.Stream{Workload: "drawn", Region: strategies.Region{Size: pages * page, Page: page}}
	var live []uint32
	clears := r.IntN(2) == 0
	for range 60 {
		if len(live) == 10 || len(live) > 0 && r.IntN(7) < 2 {
			i := r.IntN(len(live))
			kind := workloads.Free
			if clears && r.IntN(2) == 0 {
				kind = workloads.FreeCleared
			}
			st.Ops = append(st.Ops, workloads.Op{Kind: kind, Slot: live[i]})
			live = slices.Delete(live, i, i+1)
			continue
		}
		slot := uint32(0)
		for slices.Contains(live, slot) {
			slot++
		}
		live = append(live, slot)
		st.Ops = append(st.Ops, workloads.Op{Kind: workloads.Alloc, Slot: slot, Req: request(r, pages, clears)})
		if r.IntN(8) == 0 {
			req := st.Ops[len(st.Ops)-1].Req
			req.Flags &^= strategies.Contiguous
			st.Ops = append(st.Ops, workloads.Op{Kind: workloads.Fallback, Slot: slot, Req: req})
		}
	}
	return st
}

func request(r *rand.Rand, pages uint64, clears bool) strategies.Request {
	req := strategies.Request{Size: page * (1 + r.Uint64N(max(2, pages/3)))}
	if r.IntN(3) == 0 {
		req.Size = page * (1 + r.Uint64N(3))
	}
	if r.IntN(20) == 0 {
		req.Size = page * (pages/2 + r.Uint64N(pages))
	}
	if r.IntN(3) == 0 {
		req.Align = page << r.IntN(4)
		if r.IntN(2) == 0 {
			req.Size = (req.Size + req.Align - 1) / req.Align * req.Align
		}
	}
	if r.IntN(3) == 0 {
		req.Flags |= strategies.Contiguous
	}
	if r.IntN(5) == 0 {
		req.Flags |= strategies.TopDown
	}
	if clears && r.IntN(3) == 0 {
		req.Flags |= strategies.Clear
	}
	if r.IntN(4) == 0 {
		req.Flags |= strategies.Range
		req.Lo = page * r.Uint64N(pages/2)
		req.Hi = page * (req.Lo/page + 1 + r.Uint64N(pages-req.Lo/page))
		if r.IntN(4) == 0 {
			req.Hi = min(req.Lo+req.Size, page*pages)
		}
	}
	if r.IntN(40) == 0 {
		req.Size += 100
	}
	return req
}

// generous is a strategy whose rule is not known: one extent of the next power of two, and
// never the lowest pages.
var generous = strategies.Strategy{
	Name: "generous", Doc: "More than was asked for.", Caps: rangemgr.Strategy.Caps | strategies.CapRoundUp,
	New: func(r strategies.Region) (strategies.Allocator, error) {
		a, err := rangemgr.Strategy.New(r)
		if err != nil {
			return nil, err
		}
		_, err = a.Alloc(nil, strategies.Request{Size: 4 * page, Hi: 4 * page, Flags: strategies.Range})
		return generousAllocator{a}, err
	},
}

type generousAllocator struct{ strategies.Allocator }

func (a generousAllocator) Alloc(dst []strategies.Block, r strategies.Request) ([]strategies.Block, error) {
	if r.Size > 0 && r.Size < 1<<62 {
		r.Size = 1 << bits.Len64(r.Size-1)
	}
	return a.Allocator.Alloc(dst, r)
}

// state replays the operations before op and returns what is live, by id.
func state(t *testing.T, st *explain.Stream, s strategies.Strategy, op int) (strategies.Allocator, map[uint64][]strategies.Block) {
	t.Helper()
	a, err := s.New(st.Region)
	if err != nil {
		t.Fatal(err)
	}
	live := replay.NewLive(st.Ops)
	p := replay.NewPlayer(a, live)
	ids := make(map[uint32]uint64)
	for i := range st.Ops[:op-1] {
		if what, _ := p.Do(&st.Ops[i]); what == replay.Granted {
			ids[st.Ops[i].Slot] = st.ID(i)
		}
	}
	held := make(map[uint64][]strategies.Block)
	for slot := range live.Slots() {
		if b := live.Held(uint32(slot)); len(b) > 0 {
			held[ids[uint32(slot)]] = slices.Clone(b)
		}
	}
	return a, held
}

// grants reports whether the request at op is granted if these are freed before it.
func grants(t *testing.T, st *explain.Stream, s strategies.Strategy, op int, ids []uint64) bool {
	a, held := state(t, st, s, op)
	for _, id := range ids {
		if held[id] == nil {
			t.Fatalf("%s, operation %d: %d is not live", s.Name, op, id)
		}
		a.Free(held[id])
	}
	_, err := a.Alloc(nil, st.Ops[op-1].Req)
	return err == nil
}

// cheapest tries all sets of live objects, and returns the best that serves; none if none does.
func cheapest(t *testing.T, st *explain.Stream, s strategies.Strategy, op int) (best []uint64, bytes uint64) {
	_, held := state(t, st, s, op)
	var ids []uint64
	for id := range held {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	for mask := uint(1); mask < 1<<len(ids); mask++ {
		var set []uint64
		sum := uint64(0)
		for rest := mask; rest != 0; rest &= rest - 1 {
			id := ids[bits.TrailingZeros(rest)]
			set = append(set, id)
			for _, b := range held[id] {
				sum += b.Size
			}
		}
		if best != nil && (sum > bytes || sum == bytes && (len(set) > len(best) || len(set) == len(best) && slices.Compare(set, best) > 0)) {
			continue
		}
		if grants(t, st, s, op, set) {
			best, bytes = set, sum
		}
	}
	return best, bytes
}

// TestAgainstAllSets compares what is said of every refusal of drawn streams with all sets of
// live objects, each freed and asked for in a replay of its own: once as the rule has it, and
// once as the search through all sets has it.
//
//	go test ./workloads/explain -run AgainstAllSets -v -rounds 500
func TestAgainstAllSets(t *testing.T) {
	byRule, bySets := explain.Thorough, explain.Thorough
	byRule.Objects = 0
	for _, s := range append(all.List(), generous) {
		t.Run(s.Name, func(t *testing.T) {
			t.Parallel()
			n := make(map[string]int)
			for seed := range uint64(*rounds) {
				st := drawn(seed)
				refused, _, err := explain.Survey(st, s, false)
				if err != nil {
					t.Fatal(err)
				}
				for _, f := range refused {
					best, bytes := cheapest(t, st, s, f.Op)
					n["refusals"]++
					if best == nil {
						n["hopeless"]++
					}
					for how, lim := range map[string]explain.Limits{"by rule": byRule, "by sets": bySets} {
						events, err := explain.Explain(st, s, nil, []int{f.Op}, lim)
						if err != nil {
							t.Fatal(err)
						}
						x := events[0].Why
						about := fmt.Sprintf("%s, seed %d, operation %d, %v, %s: %s, frees %v of %d bytes, cheapest %v, hopeless %v; all sets: %v of %d",
							s.Name, seed, f.Op, x.Request(), how, x.Kind, x.Frees, x.Freed, x.Cheapest, x.Hopeless, best, bytes)
						if x.Proven {
							n[how+", proven"]++
						}
						if x.Cheapest {
							n[how+", cheapest"]++
						}
						if x.Hopeless {
							n[how+", hopeless"]++
						}
						switch {
						case x.Errno != f.Errno:
							t.Fatalf("errno %s, want %s: %s", x.Errno, f.Errno, about)
						case x.Proven && !grants(t, st, s, f.Op, x.Frees):
							t.Fatalf("refused in a replay: %s", about)
						case x.Cheapest && x.Freed != bytes:
							t.Fatalf("not the cheapest: %s", about)
						case x.Hopeless && best != nil:
							t.Fatalf("not hopeless: %s", about)
						case how == "by sets" && !slices.Equal(x.Frees, best):
							t.Fatalf("not the best set: %s", about)
						case best != nil && !x.Proven:
							n[how+", missed"]++
							if n["missed"]++; n["missed"] < 4 {
								t.Logf("missed: %s", about)
							}
						}
					}
				}
			}
			t.Log(n)
		})
	}
}

// The ids of a stream may be any; a second attempt has that of the first.
func TestID(t *testing.T) {
	st := &explain.Stream{Ops: []workloads.Op{{Kind: workloads.Alloc}, {Kind: workloads.Fallback}, {Kind: workloads.Free}}, IDs: []uint64{7, 0, 0}}
	if st.ID(1) != 7 {
		t.Errorf("id %d, want 7", st.ID(1))
	}
	if st.IDs = nil; st.ID(1) != 0 {
		t.Errorf("id %d, want 0", st.ID(1))
	}
}
