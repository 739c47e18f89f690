package strategies

import "testing"

// able is an allocator with every ability.
type able struct{ *script }

func (a able) FreeCleared([]Block) { a.freed += 100 }
func (able) Counters() Counters    { return Counters{Visits: 5} }
func (able) Footprint() uint64     { return 12 }

// veiled is a wrapper that passes nothing on.
type veiled struct{ Allocator }

func (v veiled) Unwrap() Allocator { return v.Allocator }

func under(t *testing.T, a Allocator) Allocator {
	t.Helper()
	c, err := Checked(Strategy{Name: "scripted", New: func(Region) (Allocator, error) { return a, nil }}).New(Region{Size: 64 * p, Page: p})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestAs asks allocators and wrappers around them for each ability.
func TestAs(t *testing.T) {
	inner := &script{free: pages(0, 64)}
	check := func(what string, a Allocator, want bool) {
		t.Helper()
		clears, ok1 := As[ClearFreer](a)
		counts, ok2 := As[Counter](a)
		foot, ok3 := As[Footprinter](a)
		if ok1 != want || ok2 != want || ok3 != want {
			t.Errorf("%s: FreeCleared %v, Counters %v, Footprint %v, want %v", what, ok1, ok2, ok3, want)
		}
		if ok1 && any(clears) != any(a) {
			t.Errorf("%s: FreeCleared goes past the wrapper", what)
		}
		if ok2 && counts.Counters().Visits != 5 || ok3 && foot.Footprint() != 12 {
			t.Errorf("%s: %v, %d", what, counts.Counters(), foot.Footprint())
		}
	}
	check("able", able{inner}, true)
	check("unable", inner, false)
	check("checked", under(t, able{inner}), true)
	check("checked twice", under(t, under(t, able{inner})), true)
	check("checked and unable", under(t, inner), false)
	check("checked twice and unable", under(t, under(t, inner)), false)
	check("veiled", veiled{able{inner}}, false)
	check("checked and veiled", under(t, veiled{able{inner}}), false)

	c := under(t, inner) // without the ability a wrapper has the method all the same
	if n, f := c.(Counter).Counters(), c.(Footprinter).Footprint(); n != (Counters{}) || f != 0 {
		t.Errorf("of an allocator that does not count: %v, %d", n, f)
	}
}
