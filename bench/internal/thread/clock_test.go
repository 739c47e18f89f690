package thread

import (
	"runtime"
	"strings"
	"testing"
	"time"
)

// scripted is a clock of the readings given, each so much after the one before, in turn.
func scripted(steps ...time.Duration) func() time.Duration {
	now, n := time.Duration(0), 0
	return func() time.Duration {
		now += steps[n%len(steps)]
		n++
		return now
	}
}

// TestClock: the cost of two readings is the least that is seen, and is no part of a time;
// without a clock all times are 0.
func TestClock(t *testing.T) {
	c := ClockOf(scripted(540, 600, 530, 90_000, 700))
	for _, tt := range []struct{ from, to, want time.Duration }{{100, 1630, 1000}, {100, 400, 0}, {7, 7, 0}} {
		if got := c.Between(tt.from, tt.to); got != tt.want {
			t.Errorf("from %d to %d: %d, want %d", tt.from, tt.to, got, tt.want)
		}
	}
	if none := (*Clock)(nil); none.Now() != 0 || none.Between(1, 5) != 0 {
		t.Error("no clock has times")
	}
}

// TestClockCheck: a clock that stands still, and one in steps of a millisecond, cannot tell
// how long a sample had a core.
func TestClockCheck(t *testing.T) {
	steps := func(every int, step time.Duration) []time.Duration {
		s := make([]time.Duration, every)
		s[0] = step
		return s
	}
	for _, tt := range []struct {
		name, want string
		steps      []time.Duration
	}{
		{"of nanoseconds", "", []time.Duration{500, 640}},
		{"of nanoseconds, with an interrupt", "", []time.Duration{500, 200_000, 600}},
		{"just fine enough", "", steps(100, 100*time.Microsecond)},
		{"of the timer's ticks", "steps of 1ms", steps(1000, time.Millisecond)},
		{"that stands still", "stands still", steps(1, 0)},
	} {
		err := ClockOf(scripted(tt.steps...)).check()
		if got := ""; err != nil {
			got = err.Error()
			if tt.want == "" || !strings.Contains(got, tt.want) {
				t.Errorf("a clock %s: %v, want %q", tt.name, got, tt.want)
			}
		} else if tt.want != "" {
			t.Errorf("a clock %s is taken, want %q", tt.name, tt.want)
		}
	}
}

// TestSystemClock: a thread that waits has no processor time, one that works has.
func TestSystemClock(t *testing.T) {
	c, err := NewClock()
	if runtime.GOOS != "linux" {
		if err == nil {
			t.Errorf("a clock on %s, want an error", runtime.GOOS)
		}
		return
	}
	if err != nil && (strings.Contains(err.Error(), "steps of") || strings.Contains(err.Error(), "stands still")) {
		t.Skip(err) // a kernel that stands in for Linux
	}
	if err != nil {
		t.Fatal(err)
	}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	const wait = 20 * time.Millisecond
	start := c.Now()
	time.Sleep(wait)
	if waited := c.Between(start, c.Now()); waited >= wait {
		t.Errorf("waiting of %v took %v of the processor", wait, waited)
	}
	before, n := c.Now(), 0
	for c.Between(before, c.Now()) == 0 {
		if n++; n == 1_000_000 {
			t.Fatalf("%d readings took no processor time", n)
		}
	}
}
