package bench

import (
	"errors"
	"runtime"
	"strings"
	"testing"

	"github.com/vramlab/vramlab/bench/schema"
)

// TestNoThreadClock: where there is no clock of the thread, the head says so and why, and
// which units are missing.
func TestNoThreadClock(t *testing.T) {
	facts := heldThread{noClock: errors.New("because of a test")}.facts()
	if len(facts) != 1 || facts[0].Key != schema.FactThreadClock {
		t.Fatalf("facts %v, want one on the clock", facts)
	}
	for _, want := range []string{"cpu-ns", "away-pct", "because of a test"} {
		if !strings.Contains(facts[0].Value, want) {
			t.Errorf("%q does not say %q", facts[0].Value, want)
		}
	}
}

// TestPinElsewhere: a run that is to be pinned where that cannot be is refused before
// anything is written.
func TestPinElsewhere(t *testing.T) {
	c := tiny(t)
	c.Pin = true
	if err := c.complete(); (err != nil) != (runtime.GOOS != "linux") {
		t.Errorf("error %v on %s", err, runtime.GOOS)
	}
}
