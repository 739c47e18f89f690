package sgtable_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/vramlab/vramlab/sgtable"
)

// panicOf runs f and returns the text of its panic, "" if it did not panic.
func panicOf(f func()) (text string) {
	defer func() {
		if p := recover(); p != nil {
			text = fmt.Sprint(p)
		}
	}()
	f()
	return ""
}

// withAndWithout runs a test on a plain table and on a tracked one.
func withAndWithout(t *testing.T, f func(t *testing.T, tracker *sgtable.Tracker)) {
	t.Run("plain", func(t *testing.T) { f(t, nil) })
	t.Run("tracked", func(t *testing.T) { f(t, sgtable.NewTracker()) })
}

func TestRefLife(t *testing.T) {
	withAndWithout(t, func(t *testing.T, tracker *sgtable.Tracker) {
		table := segments(3, 2)
		releases := 0
		r := sgtable.NewRef(nil, 2*page, func(r *sgtable.Ref) {
			releases++
			if !r.Released() || r.Count() != 0 || !slices.Equal(r.Table(), table) {
				t.Errorf("in the release: released %v, count %d, table %v", r.Released(), r.Count(), r.Table())
			}
			r.SetTable(nil)
		})
		r.Track(tracker, "t")
		check := func(step string, count, released int) {
			t.Helper()
			if r.Count() != count || releases != released || r.Released() != (released > 0) {
				t.Errorf("%s: count %d, %d releases, Released %v; want %d, %d", step, r.Count(), releases, r.Released(), count, released)
			}
		}
		check("new", 1, 0)
		if r.Table() != nil || r.Size() != 2*page {
			t.Errorf("new: table %v of %d bytes, want none yet of %d", r.Table(), r.Size(), 2*page)
		}
		r.SetTable(table)
		if got := r.Get("a"); got != r {
			t.Error("Get returns another Ref")
		}
		check("got", 2, 0)
		if !r.TryGet("b") {
			t.Error("TryGet fails on a table with holders")
		}
		check("tried", 3, 0)
		r.Hand("b", "c")
		r.Put(sgtable.Owner)
		r.Put("a")
		check("one left", 1, 0)
		if !slices.Equal(r.Table(), table) {
			t.Errorf("the last holder reads %v", r.Table())
		}
		r.Put("c")
		check("none left", 0, 1)
		if r.TryGet("d") {
			t.Error("TryGet succeeds after the release")
		}
		check("at the end", 0, 1)
		if err := leaks(tracker); err != nil {
			t.Error(err)
		}
	})
}

// leaks is Leaks of a tracker that may be nil.
func leaks(tracker *sgtable.Tracker) error {
	if tracker == nil {
		return nil
	}
	return tracker.Leaks()
}

func TestRefPutNil(t *testing.T) {
	var r *sgtable.Ref
	r.Put("anybody") // does nothing
}

func TestRefDefaultRelease(t *testing.T) {
	r := sgtable.NewRef(segments(0, 1), page, nil)
	r.Put(sgtable.Owner)
	if r.Table() != nil {
		t.Error("a released table is still referred to")
	}
}

// TestRefEmbedded: the kernel's page vector embeds a Ref, whose release frees the
// vector.
func TestRefEmbedded(t *testing.T) {
	type pages struct {
		sgtable.Ref
		freed bool
	}
	var p pages
	p.Init(nil, page, func(r *sgtable.Ref) {
		if r != &p.Ref {
			t.Error("release is called with another Ref")
		}
		p.freed = true
	})
	p.Get("bind")
	p.Put(sgtable.Owner)
	if p.freed {
		t.Error("freed while bound")
	}
	p.Put("bind")
	if !p.freed {
		t.Error("not freed by the last put")
	}
}

// TestRefReuse: a release may reuse the struct, and the Put that called it does not
// touch it any more.
func TestRefReuse(t *testing.T) {
	withAndWithout(t, func(t *testing.T, tracker *sgtable.Tracker) {
		var r sgtable.Ref
		for life := range 3 {
			r.Init(segments(uint64(life), 1), page, func(r *sgtable.Ref) {
				r.Init(segments(9, 9), 9*page, nil)
			})
			r.Track(tracker, "t")
			r.Put(sgtable.Owner)
			if r.Count() != 1 || r.Size() != 9*page || !slices.Equal(r.Table(), segments(9, 9)) {
				t.Fatalf("life %d: a Put changed the table that its release had made", life)
			}
			r.Put(sgtable.Owner)
		}
	})
}

// TestRefMistakes: every mistake that a count can see panics with a sentence, tracked
// or not, and none of them revives a released table.
func TestRefMistakes(t *testing.T) {
	tests := []struct {
		name    string
		mistake func(r *sgtable.Ref) // r has been released
		want    string               // of the sentence, tracked or not
	}{
		{"put", func(r *sgtable.Ref) { r.Put("x") }, `"x" puts a table that`},
		{"get", func(r *sgtable.Ref) { r.Get("x") }, `"x" gets a table that`},
		{"set", func(r *sgtable.Ref) { r.SetTable(segments(0, 1)) }, `SetTable of a table that nobody holds`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			withAndWithout(t, func(t *testing.T, tracker *sgtable.Tracker) {
				releases := 0
				r := sgtable.NewRef(nil, page, func(*sgtable.Ref) { releases++ })
				r.Track(tracker, "t")
				r.Put(sgtable.Owner)
				for range 5 {
					if got := panicOf(func() { tt.mistake(r) }); !strings.Contains(got, tt.want) {
						t.Fatalf("panics with %q, want %q in it", got, tt.want)
					}
					if r.TryGet("y") || !r.Released() || releases != 1 {
						t.Fatalf("after the mistake: count %d, %d releases", r.Count(), releases)
					}
				}
			})
		})
	}
}

func TestRefInitMistakes(t *testing.T) {
	tests := []struct {
		name, want string
		mistake    func()
	}{
		{"init while held", "Init of a table that has 1 references", func() { sgtable.NewRef(nil, page, nil).Init(nil, page, nil) }},
		{"put before init", "never initialised", func() { new(sgtable.Ref).Put("x") }},
		{"get before init", "never initialised", func() { new(sgtable.Ref).Get("x") }},
		{"set before init", "never initialised", func() { new(sgtable.Ref).SetTable(segments(0, 1)) }},
		{"track before init", "right after Init", func() { new(sgtable.Ref).Track(sgtable.NewTracker(), "t") }},
		{"track too late", "right after Init", func() { sgtable.NewRef(nil, page, nil).Get("x").Track(sgtable.NewTracker(), "t") }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := panicOf(tt.mistake); !strings.Contains(got, tt.want) {
				t.Errorf("panics with %q, want %q in it", got, tt.want)
			}
		})
	}
	r := new(sgtable.Ref)
	panicOf(func() { r.Get("x") })
	if r.TryGet("x") || !r.Released() {
		t.Error("after a Get before Init there is a reference")
	}
}

// TestRefAllocs: without tracking no reference costs memory.
func TestRefAllocs(t *testing.T) {
	r := sgtable.NewRef(segments(0, 1), page, nil)
	r.Track(nil, "not tracked")
	got := testing.AllocsPerRun(100, func() {
		r.Get("a")
		r.Hand("a", "b")
		if r.TryGet("c") {
			r.Put("c")
		}
		_ = r.Table()
		r.Put("b")
	})
	if got != 0 {
		t.Errorf("%v allocations for references that are not tracked, want none", got)
	}
}

// TestRefConcurrent: holders pass a table from goroutine to goroutine and read it all
// the time; the last one writes to it. The race detector reports a read that is not
// ordered before the release.
func TestRefConcurrent(t *testing.T) {
	withAndWithout(t, func(t *testing.T, tracker *sgtable.Tracker) {
		const tables, holders, rounds = 20, 8, 50
		for seed := range uint64(tables) {
			var releases atomic.Int32
			r := sgtable.NewRef(segments(7, 1), page, func(r *sgtable.Ref) {
				r.Table()[0] = sgtable.Segment{}
				releases.Add(1)
			})
			r.Track(tracker, "t")
			var wg sync.WaitGroup
			for i := range holders {
				name := fmt.Sprint("holder ", i%3)
				r.Get(name)
				wg.Go(func() { useAndPut(t, r, name, rand.New(rand.NewPCG(seed, uint64(i))), rounds) })
			}
			r.Put(sgtable.Owner)
			wg.Wait()
			if releases.Load() != 1 || !r.Released() {
				t.Fatalf("seed %d: %d releases, count %d; want one and none", seed, releases.Load(), r.Count())
			}
		}
		if err := leaks(tracker); err != nil {
			t.Error(err)
		}
	})
}

// useAndPut owns a reference, takes and drops more, and drops its own at the end.
func useAndPut(t *testing.T, r *sgtable.Ref, name string, rng *rand.Rand, rounds int) {
	for range rounds {
		if rng.IntN(2) == 0 {
			r.Get(name)
		} else if !r.TryGet(name) {
			t.Error("TryGet fails beside a reference that is held")
			return
		}
		if r.Table()[0].Len != page {
			t.Error("a held table was released")
		}
		r.Put(name)
	}
	r.Put(name)
}

// TestRefTryGetOfNone: a TryGet never makes a reference where there is none: neither
// before Init, nor in the middle of the last Put, nor after it.
func TestRefTryGetOfNone(t *testing.T) {
	var never sgtable.Ref
	if never.TryGet("x") || never.Count() != 0 || !never.Released() {
		t.Errorf("TryGet before Init: count %d", never.Count())
	}
	releases := 0
	r := sgtable.NewRef(nil, page, func(*sgtable.Ref) { releases++ })
	r.LastPutBegun()
	if r.TryGet("x") || r.Count() != 0 || !r.Released() {
		t.Errorf("TryGet in the middle of the last Put: count %d", r.Count())
	}
	r.LastPutEnds(sgtable.Owner)
	if r.TryGet("x") || r.Count() != 0 || releases != 1 {
		t.Errorf("TryGet after the last Put: count %d, %d releases", r.Count(), releases)
	}
}

// TestRefTryGetStorm: while one goroutine puts the last reference, others try to get
// one all the time. Who succeeds holds a table that is not released, and the release
// runs once.
func TestRefTryGetStorm(t *testing.T) {
	const tables, finders = 2000, 3
	for range tables {
		var releases atomic.Int32
		r := sgtable.NewRef(segments(7, 1), page, func(r *sgtable.Ref) {
			r.Table()[0].Len = 0
			releases.Add(1)
		})
		var wg sync.WaitGroup
		for range finders {
			wg.Go(func() {
				// A bound, since the finders could hand it to each other for ever.
				for range 20 {
					if !r.TryGet("finder") {
						return
					}
					if r.Table()[0].Len != page {
						t.Error("released although TryGet succeeded")
					}
					r.Put("finder")
				}
			})
		}
		wg.Go(func() { r.Put(sgtable.Owner) })
		wg.Wait()
		if releases.Load() != 1 || !r.Released() {
			t.Fatalf("%d releases, count %d; want one and none", releases.Load(), r.Count())
		}
	}
}

// TestRefTryGetRace: a TryGet that races with the last Put either keeps the table or
// fails, and the release runs once.
func TestRefTryGetRace(t *testing.T) {
	withAndWithout(t, func(t *testing.T, tracker *sgtable.Tracker) {
		kept := 0
		for range 500 {
			var releases atomic.Int32
			r := sgtable.NewRef(segments(7, 1), page, func(r *sgtable.Ref) {
				r.Table()[0].Len = 0
				releases.Add(1)
			})
			r.Track(tracker, "t")
			var wg sync.WaitGroup
			wg.Go(func() { r.Put(sgtable.Owner) })
			if r.TryGet("finder") {
				kept++
				if r.Table()[0].Len != page || releases.Load() != 0 {
					t.Fatal("released although TryGet succeeded")
				}
				r.Put("finder")
			}
			wg.Wait()
			if releases.Load() != 1 {
				t.Fatalf("%d releases", releases.Load())
			}
		}
		t.Logf("kept %d of 500", kept)
	})
}
