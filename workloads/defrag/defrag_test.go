package defrag

import (
	"bytes"
	"encoding/json"
	"flag"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/strategies/all"
	"github.com/vramlab/vramlab/workloads"
	"github.com/vramlab/vramlab/workloads/explain"
	"github.com/vramlab/vramlab/workloads/replay"
)

var rounds = flag.Int("rounds", 40, "random states for each strategy")

const page = 4096

// tiny is a stream of so many operations on a region of so many pages: what a strategy can do
// decides what it is asked.
func tiny(seed uint64, s strategies.Strategy, pages uint64, n, most int) *explain.Stream {
	rng := rand.New(rand.NewPCG(seed, 7))
	st := &explain.Stream{Workload: "tiny", Region: strategies.Region{Size: pages * page, Page: page}}
	full := make([]bool, most)
	for len(st.Ops) < n {
		slot := rng.IntN(most)
		op := workloads.Op{Slot: uint32(slot), Kind: workloads.Free}
		if !full[slot] {
			op.Kind, op.Req.Size = workloads.Alloc, page*(1+rng.Uint64N(max(1, pages/4)))
			if rng.IntN(2) == 0 {
				op.Req.Flags |= strategies.Contiguous
				op.Req.Align = page << rng.IntN(2)
			}
			if rng.IntN(6) == 0 && s.Caps.Has(strategies.CapWindow) {
				op.Req.Flags |= strategies.Range
				op.Req.Lo, op.Req.Hi = pages/4*page, pages*page
			}
		}
		full[slot] = !full[slot]
		st.Ops = append(st.Ops, op)
	}
	return st
}

// ask is Ask that must not fail.
func ask(t testing.TB, st *explain.Stream, s strategies.Strategy, q ...Question) []Answer {
	t.Helper()
	a, err := Ask(t.Context(), st, strategies.Checked(s), q, Thorough)
	if err != nil {
		t.Fatalf("%s: %v", s.Name, err)
	}
	return a
}

func inOnePiece(pages uint64) strategies.Request {
	return strategies.Request{Size: pages * page, Flags: strategies.Contiguous}
}

// TestChecker: a plan that breaks one rule is caught, and the good one is not.
func TestChecker(t *testing.T) {
	block := func(at, n uint64) strategies.Block { return strategies.Block{Start: at * page, Size: n * page} }
	st := &State{Region: strategies.Region{Size: 16 * page, Page: page}, Objects: []Object{
		{ID: 1, At: []strategies.Block{block(1, 2)}, Whole: true, Align: 2 * page, Hi: 16 * page},
		{ID: 2, At: []strategies.Block{block(4, 2)}, Align: page, Hi: 12 * page},
		{ID: 3, At: []strategies.Block{block(14, 1)}, Whole: true, Align: page, Hi: 16 * page},
	}}
	part := func(from, to, n uint64) Part { return Part{from * page, to * page, n * page} }
	good := func() *Plan {
		return &Plan{Lo: 0, Hi: 6 * page, Bytes: 4 * page, Moves: []Move{
			{ID: 1, of: 0, Bytes: 2 * page, Parts: []Part{part(1, 8, 2)}},
			{ID: 2, of: 1, Bytes: 2 * page, Parts: []Part{part(4, 7, 1), part(5, 11, 1)}},
		}}
	}
	if err := good().Check(st); err != nil {
		t.Fatalf("the good plan: %v", err)
	}
	for name, spoil := range map[string]func(p *Plan){
		"a move less":         func(p *Plan) { p.Moves, p.Bytes = p.Moves[:1], 2*page },
		"onto another":        func(p *Plan) { p.Moves[0].Parts[0].To = 14 * page },
		"onto itself":         func(p *Plan) { p.Moves[0].Parts[0].To = 2 * page },
		"onto what came":      func(p *Plan) { p.Moves[1].Parts[0].To = 9 * page },
		"twice to one place":  func(p *Plan) { p.Moves[1].Parts[1].To = 7 * page },
		"not aligned":         func(p *Plan) { p.Moves[0].Parts[0].To = 9 * page },
		"out of its window":   func(p *Plan) { p.Moves[1].Parts[1].To = 12 * page },
		"out of the region":   func(p *Plan) { p.Moves[0].Parts[0].To = 16 * page },
		"past all numbers":    func(p *Plan) { p.Moves[0].Parts[0].To = ^uint64(0) - page + 1 },
		"not where it lies":   func(p *Plan) { p.Moves[1].Parts[0].From = 6 * page },
		"one page twice":      func(p *Plan) { p.Moves[1].Parts[1].From = 4 * page },
		"whole, in two":       func(p *Plan) { p.Moves[0].Parts = []Part{part(1, 8, 1), part(2, 10, 1)} },
		"half of a whole one": func(p *Plan) { p.Moves[0].Parts[0].Size = page },
		"fewer bytes":         func(p *Plan) { p.Bytes = page },
		"fewer bytes of one":  func(p *Plan) { p.Moves[0].Bytes, p.Bytes = page, 3*page },
		"another window":      func(p *Plan) { p.Lo, p.Hi = 10*page, 16*page },
		"nothing":             func(p *Plan) { p.Moves[1].Parts = append(p.Moves[1].Parts, Part{}) },
		"of nobody":           func(p *Plan) { p.Moves[0].of = 3 },
		"of another":          func(p *Plan) { p.Moves[0].ID = 9 },
	} {
		p := good()
		if spoil(p); p.Check(st) == nil {
			t.Errorf("%s: is not caught", name)
		}
	}
}

// TestProofRefuses: the replay does not take a plan on trust.
func TestProofRefuses(t *testing.T) {
	for _, s := range all.List() {
		alloc := func(slot uint32) workloads.Op { return workloads.Op{Slot: slot, Req: inOnePiece(2)} }
		free := func(slot uint32) workloads.Op { return workloads.Op{Slot: slot, Kind: workloads.Free} }
		st := &explain.Stream{Region: strategies.Region{Size: 16 * page, Page: page}}
		for slot := range uint32(8) {
			st.Ops = append(st.Ops, alloc(slot))
		}
		st.Ops = append(st.Ops, free(0), free(2), free(4), free(6))
		q := Question{Op: len(st.Ops) + 1, Request: inOnePiece(4)}
		a := ask(t, st, s, q)[0]
		if !a.Moves.Optimal || a.Moves.Plan.Bytes != 2*page {
			t.Fatalf("%s: %+v", s.Name, a.Moves)
		}
		x, err := newSession(st, s, 0)
		if err != nil {
			t.Fatal(err)
		}
		x.to(q.Op)
		state, plan := x.state(), a.Moves.Plan
		if err := prove(st, s, q.Op, state, plan, q.Request); err != nil {
			t.Errorf("%s: %v", s.Name, err)
		}
		if prove(st, s, q.Op, state, &Plan{}, q.Request) == nil {
			t.Errorf("%s: granted without a move", s.Name)
		}
		bad := *plan
		bad.Moves = slices.Clone(plan.Moves)
		bad.Moves[0].Parts = []Part{plan.Moves[0].Parts[0]}
		for i := range state.Objects {
			if i != bad.Moves[0].of {
				bad.Moves[0].Parts[0].To = state.Objects[i].At[0].Start
			}
		}
		if prove(st, s, q.Op, state, &bad, q.Request) == nil {
			t.Errorf("%s: a copy onto another object is granted", s.Name)
		}
	}
}

// TestEvictions: the manager evicts as many as an obvious model, which frees the oldest and
// asks again until the request fits.
func TestEvictions(t *testing.T) {
	for _, s := range all.List() {
		evicted := 0
		for seed := range uint64(*rounds) {
			st := tiny(seed, s, 64, 150, 24)
			q := Question{Op: len(st.Ops) + 1, Request: inOnePiece(8 << (seed % 4))}
			a := ask(t, st, s, q)[0]
			if a.Errno == "" {
				continue
			}
			objects, size, granted := obvious(t, st, s, q.Request)
			if *a.Evict != (Eviction{objects, size, granted}) {
				t.Errorf("%s, seed %d: evicts %+v, want %d of %d bytes, %v", s.Name, seed, *a.Evict, objects, size, granted)
			}
			evicted += objects
		}
		if evicted < *rounds {
			t.Errorf("%s: %d evictions in all", s.Name, evicted)
		}
	}
}

func obvious(t *testing.T, st *explain.Stream, s strategies.Strategy, r strategies.Request) (objects int, size uint64, granted bool) {
	a, err := s.New(st.Region)
	if err != nil {
		t.Fatal(err)
	}
	live := replay.NewLive(st.Ops)
	p := replay.NewPlayer(a, live)
	var order []uint32
	for i := range st.Ops {
		op := &st.Ops[i]
		switch what, _ := p.Do(op); what {
		case replay.Granted:
			order = append(order, op.Slot)
		case replay.Freed:
			order = slices.DeleteFunc(order, func(slot uint32) bool { return slot == op.Slot })
		}
	}
	for {
		if _, err := a.Alloc(nil, r); err == nil {
			return objects, size, true
		}
		if len(order) == 0 {
			return objects, size, false
		}
		for _, b := range live.Held(order[0]) {
			size += b.Size
		}
		a.Free(live.Held(order[0]))
		order = order[1:]
		objects++
	}
}

// TestWaits: a request that waits is granted for the first time after the operation named, as
// a replay with a question after each operation says.
func TestWaits(t *testing.T) {
	for _, s := range all.List() {
		waited, never := 0, 0
		for seed := range uint64(*rounds) {
			st := tiny(seed, s, 48, 120, 20)
			q := Question{Op: 60, Request: inOnePiece(4 << (seed % 3))}
			a := ask(t, st, s, q)[0]
			if a.Errno == "" {
				continue
			}
			want := 0
			for op := q.Op; op <= len(st.Ops) && want == 0; op++ {
				if errno, err := asked(st, s, op+1, q.Request); err != nil {
					t.Fatal(err)
				} else if errno == "" {
					want = op
				}
			}
			if *a.Wait != (Wait{want, true}) {
				t.Errorf("%s, seed %d: %+v, want operation %d", s.Name, seed, *a.Wait, want)
			}
			if want > 0 {
				waited++
			} else {
				never++
			}
		}
		if waited == 0 || never == 0 {
			t.Errorf("%s: %d waited, %d never", s.Name, waited, never)
		}
	}
}

// TestSameAgain: the same arguments give the same answers, to the byte.
func TestSameAgain(t *testing.T) {
	for _, s := range all.List() {
		st := tiny(3, s, 64, 200, 24)
		var first []byte
		for range 2 {
			a := ask(t, st, s, Question{Op: 100, Request: inOnePiece(16)}, Question{Op: 201, Request: inOnePiece(8)})
			text, err := json.Marshal(a)
			if err != nil {
				t.Fatal(err)
			}
			if first != nil && !bytes.Equal(first, text) {
				t.Errorf("%s:\n%s\n%s", s.Name, first, text)
			}
			first = text
		}
	}
}

// TestUntried: what moves do not help says so.
func TestUntried(t *testing.T) {
	for _, s := range all.List() {
		st := tiny(3, s, 16, 40, 12)
		q := []Question{{41, strategies.Request{Size: 16 * page}}, {41, strategies.Request{Size: 16 * page, Align: 3}}, {41, inOnePiece(17)}}
		for i, a := range ask(t, st, s, q...) {
			if a.Errno == "" || a.Moves.Plan != nil || a.Moves.Proven || a.Moves.Possible || a.Wait.Op != 0 {
				t.Errorf("%s, question %d: %+v, %+v, %+v", s.Name, i, a, a.Moves, a.Wait)
			}
			if scatters := s.Caps.Has(strategies.CapScatter); i == 0 && (a.Moves.Untried == MayScatter) != scatters {
				t.Errorf("%s, question %d: %q", s.Name, i, a.Moves.Untried)
			}
		}
	}
}

// TestState: a stream that begins in a state is answered where the strategy can begin there.
func TestState(t *testing.T) {
	given := func(slot uint32, at, n uint64) workloads.Op {
		return workloads.Op{Kind: workloads.Live, Slot: slot, Req: strategies.Request{Size: n * page, Lo: at * page, Hi: (at + n) * page, Flags: strategies.Range}}
	}
	st := &explain.Stream{Region: strategies.Region{Size: 16 * page, Page: page}, Ops: []workloads.Op{given(0, 1, 1), given(1, 4, 1), given(2, 8, 2), given(3, 12, 1)}}
	for _, s := range all.List() {
		a := ask(t, st, s, Question{Op: 5, Request: inOnePiece(8)})[0]
		if !a.Moves.Optimal || a.Moves.Plan.Bytes != 2*page || a.Moves.Plan.Lo != 0 {
			t.Errorf("%s: %+v, %+v", s.Name, a.Moves, a.Moves.Plan)
		}
	}
}

// TestLimits: with few steps and windows the bounds stay bounds.
func TestLimits(t *testing.T) {
	s, _ := all.Lookup("rangemgr")
	for seed := range uint64(*rounds) {
		st := tiny(seed, s, 64, 200, 30)
		q := []Question{{Op: 201, Request: inOnePiece(16)}}
		whole := ask(t, st, s, q...)[0]
		few, err := Ask(t.Context(), st, s, q, Limits{Windows: 1, Steps: 100})
		if err != nil {
			t.Fatal(err)
		}
		if whole.Errno == "" || whole.Moves.Plan == nil {
			continue
		}
		if m := few[0].Moves; !m.Possible || m.Lower > whole.Moves.Plan.Bytes || m.Plan != nil && m.Plan.Bytes < whole.Moves.Lower {
			t.Errorf("seed %d: %+v beside %+v", seed, m, whole.Moves)
		}
	}
}

// FuzzAsk: any stream and request are answered without a panic, and what is said holds.
func FuzzAsk(f *testing.F) {
	f.Add(uint64(1), uint8(0), uint8(9), uint8(40))
	f.Add(uint64(5), uint8(6), uint8(4), uint8(99))
	f.Fuzz(func(t *testing.T, seed uint64, which, size, op uint8) {
		s := all.List()[int(which)%len(all.List())]
		st := tiny(seed, s, 8+seed%40, 100, 16)
		a := ask(t, st, s, Question{Op: 1 + int(op)%101, Request: inOnePiece(uint64(size))})[0]
		if a.Errno == "" {
			return
		}
		if m := a.Moves; m.Plan != nil && (m.Plan.Bytes < m.Lower || m.Optimal && m.Plan.Bytes != m.Lower || !m.Possible) {
			t.Errorf("%s: %+v", s.Name, m)
		}
		if a.Size > a.Free && a.Moves.Possible {
			t.Errorf("%s: moves make %d bytes of %d", s.Name, a.Size, a.Free)
		}
	})
}
