package meter

import (
	"testing"
	"time"

	"github.com/vramlab/vramlab/sgtable"
	"github.com/vramlab/vramlab/strategies"
)

// TestTablesKeepTheirMemory: a batch takes nothing from the Go heap.
func TestTablesKeepTheirMemory(t *testing.T) {
	var l BlockLists
	for i := range uint64(50) {
		l.Add([]strategies.Block{{Start: i << 20, Size: 4096}, {Start: i<<20 + 8192, Size: 4096}}, strategies.Request{Size: 8192})
	}
	m, c := NewTables(), &TableCell{Lists: &l, Builder: sgtable.Builders()[0]}
	got := m.Measure(c, 3, 0)
	if got.Segs != 2 || got.Tables%(3*50) != 0 || got.Tables == 0 {
		t.Errorf("measured %+v", got)
	}
	if n := testing.AllocsPerRun(5, func() { m.time(c) }); n != 0 {
		t.Errorf("%v heap allocations a batch", n)
	}
}

// TestReplays: at least one, then until their sum is what was asked for; the result is
// the lower median. The next measurement has times of its own.
func TestReplays(t *testing.T) {
	var m Replays
	for _, test := range []struct {
		atLeast     time.Duration
		n           int
		median, sum time.Duration
	}{{0, 1, 50, 50}, {50, 1, 50, 50}, {51, 2, 20, 70}, {110, 4, 30, 130}} {
		took := []time.Duration{50, 20, 30, 30, 10}
		n, median, sum := m.Measure(test.atLeast, func() time.Duration {
			d := took[0]
			took = took[1:]
			return d
		})
		if n != test.n || median != test.median || sum != test.sum {
			t.Errorf("at least %v: %d replays, median %v of %v; want %+v", test.atLeast, n, median, sum, test)
		}
	}
}

// TestReplaysFault: the fault of an allocator comes to the goroutine that measures.
func TestReplaysFault(t *testing.T) {
	want := &strategies.Violation{Detail: "overlap"}
	var err error
	func() {
		defer strategies.Catch(&err)
		new(Replays).Measure(0, func() time.Duration { panic(want) })
	}()
	if err != want {
		t.Errorf("error %v, want %v", err, want)
	}
}
