package result

import (
	"slices"
	"testing"
	"time"
)

func TestTickOf(t *testing.T) {
	for _, tt := range []struct {
		name  string
		steps []time.Duration
		want  time.Duration
	}{
		{"nothing", nil, 0},
		{"a clock that stands", []time.Duration{0, 0, 0}, 0},
		{"one step, again and again", []time.Duration{50, 50}, 0},
		{"finer than a reading", []time.Duration{43, 31, 30, 31, 2000}, 1},
		{"coarser than a reading", []time.Duration{0, 0, 100, 0, 200, 0}, 100},
		{"a microsecond, of a clock that never stands", []time.Duration{3000, 1000, 4000}, time.Microsecond},
	} {
		if got := tickOf(tt.steps); got != tt.want {
			t.Errorf("%s: a tick of %v, want %v", tt.name, got, tt.want)
		}
	}
	if got := ClockTick(); got < 0 || got > 20*time.Millisecond {
		t.Errorf("the clock of this machine ticks every %v", got)
	}
}

func TestStepsOf(t *testing.T) {
	readings := []time.Duration{5, 5, 12, 30}
	next := 0
	got := stepsOf(len(readings), func() time.Duration { next++; return readings[next-1] })
	if want := []time.Duration{5, 0, 7, 18}; !slices.Equal(got, want) {
		t.Errorf("steps %v, want %v", got, want)
	}
}
