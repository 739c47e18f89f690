package defrag

import (
	"math/rand/v2"
	"testing"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/strategies/all"
	"github.com/vramlab/vramlab/workloads/reason"
)

// TestPlaces: the cheapest place is that of a search through all windows, the places ascend in
// cost, and none of the windows that one stands for is cheaper.
func TestPlaces(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for range 2000 {
		n := 4 + rng.Uint64N(60)
		st := &State{Region: strategies.Region{Size: n * page, Page: page}}
		mixed := rng.IntN(2) == 0
		for at := rng.Uint64N(4); at < n; {
			size := min(1+rng.Uint64N(6), n-at)
			o := Object{At: []strategies.Block{{Start: at * page, Size: size * page}}, Whole: !mixed || rng.IntN(2) == 0, Align: page, Hi: n * page}
			st.Objects = append(st.Objects, o)
			at += size + rng.Uint64N(4)
		}
		shape := reason.Shape{Size: (1 + rng.Uint64N(n)) * page, Align: page << rng.IntN(3), Hi: n * page}
		shape.Lo = rng.Uint64N(n) / 4 * page
		var avoid []strategies.Block
		if rng.IntN(2) == 0 {
			avoid = append(avoid, strategies.Block{Start: rng.Uint64N(n) * page, Size: page})
		}
		v := newSurvey(st.Objects, st.pieces(), nil)
		cost := func(at uint64) (sum uint64) {
			for _, o := range st.Objects {
				switch lo, hi := max(at, o.At[0].Start), min(at+shape.Size, o.At[0].End()); {
				case lo >= hi:
				case o.Whole:
					sum += o.At[0].Size
				default:
					sum += hi - lo
				}
			}
			return sum
		}
		least, any := ^uint64(0), false
		for at := shape.Lo; at+shape.Size <= shape.Hi; at += page {
			if at%shape.Align == 0 && !meets(avoid, at, at+shape.Size) {
				least, any = min(least, cost(at)), true
			}
		}
		list := v.places(shape, avoid, 1000)
		if any != (len(list) > 0) || any && list[0].cost != least {
			t.Fatalf("%+v, avoid %v: %v, want %d, %v\n%v", shape, avoid, list, least, any, st.Objects)
		}
		for i, p := range list {
			if p.cost != cost(p.at) || i > 0 && p.cost < list[i-1].cost || p.first > p.at || p.last < p.at {
				t.Fatalf("%+v: %+v costs %d", shape, p, cost(p.at))
			}
		}
		if few := v.places(shape, avoid, 3); len(few) != min(3, len(list)) || len(few) > 0 && few[len(few)-1] != list[len(few)-1] {
			t.Fatalf("%+v: the first are %v of %v", shape, few, list)
		}
	}
}

// TestRooms: the largest power of two that is granted is the largest that the strategy grants.
func TestRooms(t *testing.T) {
	for _, s := range all.List() {
		for seed := range uint64(*rounds) {
			st := tiny(seed, s, 40+seed%3, 100, 20)
			ops := []int{40, 101}
			rooms, err := Rooms(t.Context(), st, s, ops)
			if err != nil {
				t.Fatal(err)
			}
			for i, room := range rooms {
				largest := uint64(0)
				for n := uint64(1); n <= 32; n *= 2 {
					if errno, err := asked(st, s, ops[i], inOnePiece(n)); err != nil {
						t.Fatal(err)
					} else if errno == "" {
						largest = n * page
					}
				}
				if room.Block != largest {
					t.Errorf("%s, seed %d, operation %d: %d, want %d", s.Name, seed, ops[i], room.Block, largest)
				}
			}
		}
	}
}

// TestLeast: what is asked is refused by one at least, and all have as much free.
func TestLeast(t *testing.T) {
	for _, test := range []struct {
		rooms []Room
		want  uint64
	}{
		{nil, 0},
		{[]Room{{100, 64}}, 0},
		{[]Room{{128, 64}}, 128},
		{[]Room{{128, 64}, {300, 4}}, 8},
		{[]Room{{300, 2}}, 8},
		{[]Room{{7, 2}}, 0},
		{[]Room{{300, 0}}, 8},
		{[]Room{{300, 0}, {300, 64}}, 8},
		{[]Room{{300, 64}, {300, 0}}, 8},
	} {
		if got := Least(test.rooms, 7); got != test.want {
			t.Errorf("%v: %d, want %d", test.rooms, got, test.want)
		}
	}
}

// TestPages: the free run around an extent is that of a plain array.
func TestPages(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 3000 {
		n := uint64(1 + rng.IntN(300))
		p := newPages(strategies.Region{Size: n*page + 17, Page: page})
		plain := make([]bool, n)
		for range 12 {
			lo := rng.Uint64N(n)
			hi := lo + rng.Uint64N(n-lo+1)
			taken := rng.IntN(3) == 0
			p.set(lo*page, hi*page, taken)
			for i := lo; i < hi; i++ {
				plain[i] = taken
			}
		}
		at := rng.Uint64N(n)
		if plain[at] {
			continue
		}
		lo, hi := at, at+1
		for lo > 0 && !plain[lo-1] {
			lo--
		}
		for hi < n && !plain[hi] {
			hi++
		}
		if from, to := p.hole(at*page, (at+1)*page, n*page); from != lo*page || to != hi*page {
			t.Fatalf("%d pages, around %d: %d to %d, want %d to %d", n, at, from/page, to/page, lo, hi)
		}
	}
}
