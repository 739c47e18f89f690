package bench

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/vramlab/vramlab/bench/internal/experiment"
	"github.com/vramlab/vramlab/bench/internal/meter"
	"github.com/vramlab/vramlab/bench/internal/result"
	"github.com/vramlab/vramlab/bench/schema"
)

// cores are those that the calling thread may use, as the kernel lists them.
func cores(t *testing.T) string {
	t.Helper()
	status, err := os.ReadFile("/proc/thread-self/status")
	if err != nil {
		t.Skip(err)
	}
	for line := range strings.Lines(string(status)) {
		if list, ok := strings.CutPrefix(line, "Cpus_allowed_list:"); ok {
			return strings.TrimSpace(list)
		}
	}
	t.Skip("the kernel does not list the cores of a thread")
	return ""
}

// TestPinned: with a pin, cells and the replays in them are on the core that the head of the
// files names, but a cell of several goroutines is not, and nothing is afterwards.
func TestPinned(t *testing.T) {
	if err := CanPin(); err != nil {
		t.Skip(err)
	}
	held := newHeldThread(true)
	facts := held.facts()
	core, ok := strings.CutPrefix(facts[len(facts)-1].Value, "core ")
	if !ok || facts[len(facts)-1].Key != schema.FactPinned {
		t.Fatalf("the head says %v, want the core", facts)
	}
	free := cores(t)
	b := &budget{}
	l := newLanes(b, held.clock, held.pin)
	for _, crowd := range []bool{false, true} {
		want := core
		if crowd {
			want = free
		}
		sample := func() ([]result.Line, error) {
			if got := cores(t); got != want {
				t.Errorf("crowd %v: sampled on the cores %s, want %s", crowd, got, want)
			}
			_, err := l.timed(func(func() time.Duration) (took, from, to time.Duration) {
				if got := cores(t); got != core {
					t.Errorf("replays on the cores %s, want %s", got, core)
				}
				return 1, 0, 1
			})
			return nil, err
		}
		c := cell{Cell: experiment.Cell{Sample: sample, Crowd: crowd}}
		if _, err := c.held(held.pin); err != nil {
			t.Error(err)
		}
		if got := cores(t); got != free {
			t.Errorf("crowd %v: on the cores %s afterwards, want %s", crowd, got, free)
		}
	}
	// Without a pin nothing is held.
	wander := newHeldThread(false)
	if facts := wander.facts(); len(facts) > 0 && facts[len(facts)-1].Key == schema.FactPinned {
		t.Errorf("the head of a run without a pin: %v", facts)
	}
	var m meter.Replays
	if _, err := m.Measure(0, func(func() time.Duration) (took, from, to time.Duration) {
		if got := cores(t); got != free {
			t.Errorf("without a pin: on the cores %s, want %s", got, free)
		}
		return 1, 0, 0
	}); err != nil {
		t.Error(err)
	}
}
