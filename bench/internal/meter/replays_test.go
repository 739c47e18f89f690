package meter

import (
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/vramlab/vramlab/bench/internal/thread"
	"github.com/vramlab/vramlab/strategies"
)

// near compares two results for processor time.
func near(a, b Processor) bool {
	return a.known == b.known && math.Abs(a.ns-b.ns) < 1e-6 && math.Abs(a.away-b.away) < 1e-9
}

// script is replays that take these times, of which the thread had less.
func script(took []time.Duration, had func(i int) time.Duration) (*thread.Clock, Replay) {
	var cpu time.Duration
	n := 0
	return thread.ClockOf(func() time.Duration { return cpu }), func(clock func() time.Duration) (time.Duration, time.Duration, time.Duration) {
		from := clock()
		cpu += had(n)
		n++
		return took[n-1], from, clock()
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
		_, once := script([]time.Duration{50, 20, 30, 30, 10}, func(int) time.Duration { return 0 })
		got, err := m.Measure(test.atLeast, once)
		if want := (ReplayTime{test.n, test.median, test.sum, Processor{}}); got != want || err != nil {
			t.Errorf("at least %v: %+v, error %v; want %+v", test.atLeast, got, err, want)
		}
	}
}

// TestReplaysAway: a thread that loses the core has less processor time than wall time. The
// median of that is of single replays, what is missing of all.
func TestReplaysAway(t *testing.T) {
	for _, test := range []struct {
		name       string
		took, lost []time.Duration
		ns, away   float64
	}{
		{"never", []time.Duration{100, 100, 100}, []time.Duration{0, 0, 0}, 100, 0},
		{"in one of three", []time.Duration{100, 900, 200}, []time.Duration{0, 800, 0}, 100, 800. / 1200},
		{"in all", []time.Duration{150, 300, 250}, []time.Duration{60, 200, 140}, 100, 400. / 700},
		{"more than there was, by the clocks' errors", []time.Duration{100}, []time.Duration{-3}, 103, 0},
	} {
		var m Replays
		var once Replay
		m.Clock, once = script(test.took, func(i int) time.Duration { return test.took[i] - test.lost[i] })
		var all time.Duration
		for _, d := range test.took {
			all += d
		}
		got, err := m.Measure(all, once)
		if want := (Processor{true, test.ns, test.away}); err != nil || !near(got.Processor, want) {
			t.Errorf("away %s: %+v, error %v; want %+v", test.name, got.Processor, err, want)
		}
	}
}

// TestReplaysWarmup: replays at the beginning that are slower than the rest are left out of
// both medians, not of the sum or of what the thread lost.
func TestReplaysWarmup(t *testing.T) {
	took := make([]time.Duration, 30)
	for i := range took {
		if took[i] = 100; i < 14 {
			took[i] = 200
		}
	}
	var m Replays
	var once Replay
	m.Clock, once = script(took, func(i int) time.Duration { return took[i] - 10 })
	got, err := m.Measure(14*200+16*100, once)
	want := ReplayTime{16, 100, 4400, Processor{true, 90, 300. / 4400}}
	if err != nil || got.Replays != want.Replays || got.Median != want.Median || got.Sum != want.Sum || !near(got.Processor, want.Processor) {
		t.Errorf("got %+v, error %v; want %+v", got, err, want)
	}
}

// TestProcessorValues: both times by the part, percent, and no time of 0.
func TestProcessorValues(t *testing.T) {
	for _, test := range []struct {
		of   Processor
		want string
	}{
		{Processor{}, ""},
		{Processor{true, 300, 0.25}, "30 cpu-ns, 25 away-pct, "},
		{Processor{true, 0, 1}, "100 away-pct, "},
	} {
		got := ""
		for _, v := range test.of.Values(10) {
			got += fmt.Sprint(v.V, " ", v.Unit.Name, ", ")
		}
		if got != test.want {
			t.Errorf("%+v: %q, want %q", test.of, got, test.want)
		}
	}
}

// TestReplaysFault: the fault of an allocator comes to the goroutine that measures.
func TestReplaysFault(t *testing.T) {
	want := &strategies.Violation{Detail: "overlap"}
	var err error
	func() {
		defer strategies.Catch(&err)
		new(Replays).Measure(0, func(func() time.Duration) (took, from, to time.Duration) { panic(want) })
	}()
	if err != want {
		t.Errorf("error %v, want %v", err, want)
	}
}
