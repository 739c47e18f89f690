package defrag

import (
	"fmt"
	"testing"

	"github.com/vramlab/vramlab/strategies/all"
	"github.com/vramlab/vramlab/workloads/reason"
)

// TestBrackets: on tiny states all sequences of moves are tried. The bounds bracket the least
// bytes that make place, what is called optimal is, and what is called impossible is.
func TestBrackets(t *testing.T) {
	seen, optimal, gaps, hopeless := 0, 0, 0, 0
	for _, s := range all.List() {
		for seed := range uint64(*rounds) {
			st := tiny(seed, s, 9+seed%4, 24+int(seed%7), 7)
			r := inOnePiece(2 + seed%3)
			a := ask(t, st, s, Question{Op: len(st.Ops) + 1, Request: r})[0]
			if a.Errno != "ENOSPC" || a.Free < a.Size && !a.Moves.Possible {
				continue
			}
			x, err := newSession(st, s, 0)
			if err != nil {
				t.Fatal(err)
			}
			x.to(len(st.Ops) + 1)
			sure, least, _ := reason.Shapes(st.Region, r, x.rules)
			low, okLow := exhaustive(x.state(), least)
			high, okHigh := exhaustive(x.state(), sure)
			at := fmt.Sprintf("%s, seed %d, %v", s.Name, seed, r)
			switch {
			case !a.Moves.Possible && okLow:
				t.Errorf("%s: called impossible, and %d bytes do it", at, low)
			case okLow && a.Moves.Lower > low:
				t.Errorf("%s: no less than %d, and %d bytes do it", at, a.Moves.Lower, low)
			case a.Moves.Plan != nil && (!okLow || a.Moves.Plan.Bytes < low):
				t.Errorf("%s: a plan of %d bytes, and all sequences take %d", at, a.Moves.Plan.Bytes, low)
			case a.Moves.Optimal && sure == least && a.Moves.Plan.Bytes != high:
				t.Errorf("%s: called optimal with %d bytes, and %d do it", at, a.Moves.Plan.Bytes, high)
			case a.Moves.Plan != nil && sure == least && !a.Moves.Proven:
				t.Errorf("%s: the replay with the moves refuses", at)
			}
			seen++
			switch {
			case a.Moves.Optimal:
				optimal++
			case !okHigh:
				hopeless++
			default:
				gaps++
			}
		}
	}
	t.Logf("%d states: %d optimal, %d hopeless, %d with a gap", seen, optimal, hopeless, gaps)
	if optimal < seen/4 || hopeless == 0 || seen < *rounds {
		t.Errorf("%d states, %d optimal, %d hopeless: this test does not see much", seen, optimal, hopeless)
	}
}

// exhaustive is the least bytes that sequences of copies take to leave a window of the shape
// free, found by trying all, the cheapest first: a state is which object each page belongs to.
func exhaustive(st *State, shape reason.Shape) (least uint64, ok bool) {
	n := int(st.Region.Managed() / page)
	var first tinyState
	for i := range st.Objects {
		for _, b := range st.Objects[i].At {
			first = first.with(int(b.Start/page), int(b.Size/page), uint64(i+1))
		}
	}
	done, levels := make(map[tinyState]bool), [][]tinyState{{first}}
	for cost := 0; cost < len(levels); cost++ {
		for len(levels[cost]) > 0 {
			last := len(levels[cost]) - 1
			now := levels[cost][last]
			levels[cost] = levels[cost][:last]
			if done[now] {
				continue
			}
			done[now] = true
			for at := shape.Lo; at+shape.Size <= shape.Hi; at += page {
				if at%shape.Align == 0 && now.free(int(at/page), int(shape.Size/page)) {
					return uint64(cost) * page, true
				}
			}
			now.moves(st, n, func(next tinyState, pages int) {
				for len(levels) <= cost+pages {
					levels = append(levels, nil)
				}
				if !done[next] {
					levels[cost+pages] = append(levels[cost+pages], next)
				}
			})
		}
	}
	return 0, false
}

// tinyState has 4 bits for each of 16 pages at most: 0, or one more than the index of an object.
type tinyState uint64

func (s tinyState) at(p int) uint64 { return uint64(s) >> (4 * p) & 15 }

func (s tinyState) with(at, n int, label uint64) tinyState {
	for p := at; p < at+n; p++ {
		s = s&^(15<<(4*p)) | tinyState(label<<(4*p))
	}
	return s
}

func (s tinyState) free(at, n int) bool { return s>>(4*at)&(1<<(4*n)-1) == 0 }

// moves yields the states one copy away, with its pages: of a whole object, or of a page.
func (s tinyState) moves(st *State, n int, yield func(next tinyState, pages int)) {
	for from := range n {
		label := s.at(from)
		if label == 0 {
			continue
		}
		o, size := &st.Objects[label-1], 1
		if o.Whole {
			if size = int(o.Bytes() / page); from > 0 && s.at(from-1) == label {
				continue
			}
		}
		for to := range n - size + 1 {
			lo, hi := uint64(to)*page, uint64(to+size)*page
			if s.free(to, size) && lo%o.Align == 0 && lo >= o.Lo && hi <= o.Hi {
				yield(s.with(from, size, 0).with(to, size, label), size)
			}
		}
	}
}
