package adversary

import (
	"context"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/strategies/all"
	"github.com/vramlab/vramlab/strategies/radix"
	"github.com/vramlab/vramlab/strategies/strategytest"
)

// anyFit grants a place at random, of those where a request fits.
func anyFit(seed uint64) strategies.Strategy {
	s := strategytest.Reference
	s.Name = "anyfit"
	s.New = func(r strategies.Region) (strategies.Allocator, error) {
		a, err := strategytest.Reference.New(r)
		return &randomly{a, r, rand.New(rand.NewPCG(seed, r.Size))}, err
	}
	return s
}

type randomly struct {
	strategies.Allocator
	region strategies.Region
	rng    *rand.Rand
}

func (a *randomly) Alloc(dst []strategies.Block, r strategies.Request) ([]strategies.Block, error) {
	var at []uint64
	for b := range a.FreeBlocks() {
		for start := b.Start; start+r.Size <= b.End(); start += page {
			at = append(at, start)
		}
	}
	if len(at) == 0 {
		return dst, strategies.ErrNoSpace
	}
	r.Lo = at[a.rng.IntN(len(at))]
	r.Hi, r.Flags = r.Lo+r.Size, r.Flags|strategies.Range
	return a.Allocator.Alloc(dst, r)
}

// TestRobsonForces plays Robson's program in regions just below his bound, where it has to
// win whatever the allocator does, against all strategies and against placement at random.
func TestRobsonForces(t *testing.T) {
	list := append(all.List(), strategytest.Reference)
	for seed := range uint64(20) {
		list = append(list, anyFit(seed))
	}
	for _, s := range list {
		for _, c := range []struct {
			m   uint64
			top uint8
		}{{16, 1}, {16, 2}, {32, 3}, {64, 4}} {
			n := uint64(1) << c.top
			needed := uint64(Robson(c.m, n))
			of := target(s, Space, c.m, n)
			for region := c.m; region < needed; region++ {
				if _, _, won, err := play(s, of.rules(region), Ladder(Occupy, c.top)); err != nil || !won {
					t.Errorf("%s serves %d live with requests up to %d in a region of %d, where the bound is %d (%v)", s.Name, c.m, n, region, needed, err)
				}
			}
		}
	}
}

// TestRobsonIsExact solves the game for small numbers: the smallest region in which some
// allocator withstands every program is Robson's.
func TestRobsonIsExact(t *testing.T) {
	for _, c := range []struct{ m, n uint64 }{{2, 2}, {4, 2}, {6, 2}, {4, 4}, {8, 2}} {
		region := int(c.m)
		for lost(region, int(c.m), int(c.n)) {
			region++
		}
		if want := Robson(c.m, c.n); float64(region) != want {
			t.Errorf("%d live with sizes up to %d: %d are needed, and the formula says %g", c.m, c.n, region, want)
		}
	}
}

// lost reports whether every allocator of a region can be brought to refuse. A state is the
// sizes of the objects at each unit, as a string; the lost states are found by going over all
// of them until none is added.
func lost(region, m, n int) bool {
	states := make(map[string]bool) // whether it is lost
	var all []string
	var add func(prefix []byte, live int)
	add = func(prefix []byte, live int) {
		if len(prefix) == region {
			states[string(prefix)] = false
			all = append(all, string(prefix))
			return
		}
		add(append(slices.Clone(prefix), 0), live)
		for size := 1; size <= n; size *= 2 {
			if live+size <= m && len(prefix)+size <= region {
				object := append(slices.Clone(prefix), byte(size))
				for range size - 1 {
					object = append(object, 'x')
				}
				add(object, live+size)
			}
		}
	}
	add(nil, 0)
	with := func(state string, at, size int, first byte, rest byte) string {
		b := []byte(state)
		b[at] = first
		for i := 1; i < size; i++ {
			b[at+i] = rest
		}
		return string(b)
	}
	isLost := func(state string) bool {
		live := region - strings.Count(state, "\x00")
		for at := range region {
			if size := int(state[at]); size > 0 && size <= n && states[with(state, at, size, 0, 0)] {
				return true // by a free
			}
		}
		for size := 1; size <= n && live+size <= m; size *= 2 {
			serves := false
			for at := 0; at+size <= region && !serves; at++ {
				serves = strings.Trim(state[at:at+size], "\x00") == "" && !states[with(state, at, size, byte(size), 'x')]
			}
			if !serves {
				return true
			}
		}
		return false
	}
	for changed := true; changed; {
		changed = false
		for _, state := range all {
			if !states[state] && isLost(state) {
				states[state], changed = true, true
			}
		}
	}
	return states[strings.Repeat("\x00", region)]
}

// TestBounds has them in order, and the ladders between.
func TestBounds(t *testing.T) {
	if r := Robson(256, 64); r != 961 {
		t.Errorf("Robson's bound of 256 and 64 is %g, want 961", r)
	}
	for n := uint64(2); n <= 64; n *= 2 {
		if !(Robson(256, n) < FirstFit(256, n) && FirstFit(256, n) < HalfFit(256, n)) {
			t.Errorf("the bounds of %d are not in order", n)
		}
		w := must(WorstOf(context.Background(), radix.Strategy, n*page))
		if found := w.Ratio() * 256; found < Robson(256, n) || found > AnyFit(256, n) || found > FirstFit(256, n) {
			t.Errorf("radix needs %g with sizes up to %d, between %g and %g", found, n, Robson(256, n), FirstFit(256, n))
		}
	}
}
