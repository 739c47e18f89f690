package migrate

import (
	"context"
	"strings"
	"testing"

	"github.com/vramlab/vramlab/sgtable"
	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/strategies/rangemgr"
)

// misled is refcounted, but one user reads another table than its own: the memory
// one page further.
type misled struct {
	refcounted
	who string
}

func (r misled) at(h *hold, i int) (sgtable.Segment, bool) {
	s, ok := r.refcounted.at(h, i)
	if h.who == r.who {
		if s.Addr ^= strategies.MinPage; h.who == "copy work, target" {
			s.Addr = deviceBase // not to destroy more than can be said
		}
	}
	return s, ok
}

// forgetful is refcounted, but nobody puts what was taken for a capture.
type forgetful struct{ refcounted }

func (r forgetful) drop(s *store, h *hold) {
	if h.who != "capture" {
		r.refcounted.drop(s, h)
	}
}

// careless points at tables of resources and does not ask whether they are still
// there: what it reads then is whatever is at the place.
type careless struct{ withResource }

func (r careless) at(h *hold, i int) (sgtable.Segment, bool) {
	if s, ok := r.withResource.at(h, i); ok {
		return s, true
	}
	return sgtable.Segment{Addr: deviceBase, Len: 4 * strategies.MinPage}, true
}

// TestPlanted: the checks find what they are for.
func TestPlanted(t *testing.T) {
	check := func(r rules, want string) {
		t.Helper()
		tracker := sgtable.NewTracker()
		_, err := Run(context.Background(), Config{
			Strategy: rangemgr.Strategy, Lifetime: Lifetime{Name: "planted", rules: r},
			Migrations: 2000, CopyFaults: 0.2, CaptureRate: 0.5, Tracker: tracker,
		})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %v, want an error with %q", r, err, want)
		}
	}
	check(misled{who: "copy work, source"}, "object")
	check(misled{who: "copy work, target"}, "object")
	check(misled{who: "vma"}, "seen through a binding")
	check(misled{who: "capture"}, "in a capture")
	check(forgetful{}, "were not released")
	check(forgetful{}, `"capture" holds it`)
	check(careless{}, "object")
}

// TestPlantedRules: without a plant the same load passes, so that TestPlanted
// finds the plants and nothing else.
func TestPlantedRules(t *testing.T) {
	for _, r := range []rules{misled{who: "nobody"}, refcounted{}} {
		if _, err := Run(context.Background(), Config{
			Strategy: rangemgr.Strategy, Lifetime: Lifetime{Name: "planted", rules: r},
			Migrations: 2000, CopyFaults: 0.2, CaptureRate: 0.5, Tracker: sgtable.NewTracker(),
		}); err != nil {
			t.Error(err)
		}
	}
}
