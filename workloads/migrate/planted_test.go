package migrate

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/vramlab/vramlab/sgtable"
	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/strategies/rangemgr"
)

// misled is refcounted, but one user reads addresses that are one page off.
type misled struct {
	refcounted
	who string
}

func (r misled) at(h *hold, i int) (sgtable.Segment, bool) {
	s, ok := r.refcounted.at(h, i)
	if h.who == r.who {
		if s.Addr ^= strategies.MinPage; h.who == "copy work, target" {
			s.Addr = deviceBase // limits the damage
		}
	}
	return s, ok
}

// forgetful is refcounted, but captures never drop their holds.
type forgetful struct{ refcounted }

func (r forgetful) drop(s *store, h *hold) {
	if h.who != "capture" {
		r.refcounted.drop(s, h)
	}
}

// careless is withResource, but one user does not check the generation and reads other
// memory.
type careless struct {
	withResource
	who string
}

func (r careless) take(s *store, from *hold, who string) hold {
	h := r.withResource.take(s, from, who)
	h.who = who
	return h
}

func (r careless) at(h *hold, i int) (sgtable.Segment, bool) {
	s, ok := r.withResource.at(h, i)
	if !ok && h.who == r.who {
		return sgtable.Segment{Addr: deviceBase, Len: 64 * strategies.MinPage}, true
	}
	return s, ok
}

// twice is refcounted, but one user puts its reference twice.
type twice struct {
	refcounted
	who string
}

func (r twice) drop(s *store, h *hold) {
	r.refcounted.drop(s, h)
	if h.who == r.who {
		r.refcounted.drop(s, h)
	}
}

// TestPlanted: the checks find the planted mistakes.
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
	check(misled{who: "copy work, source"}, "after a recovery")
	check(misled{who: "copy work, target"}, "after a recovery")
	check(misled{who: "vma"}, "seen through a binding")
	check(misled{who: "capture"}, "in a capture")
	check(forgetful{}, "were not released")
	check(forgetful{}, `table "object 0, cache" of 12288 bytes was not released: "capture" holds it`)
	check(careless{who: "copy work, source"}, "after a recovery")
	check(careless{who: "capture"}, "in a capture")
}

// TestPlantedRules: without a planted mistake the same load passes, so TestPlanted
// finds nothing else.
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

// TestPanic: the panic of an extra Put comes out of Run with the table's history,
// though steps release the lock and their callers unlock it.
func TestPanic(t *testing.T) {
	for _, who := range []string{"copy work, target", "vma", "capture"} {
		func() {
			defer func() {
				got := fmt.Sprint(recover())
				want := fmt.Sprintf("sgtable: %q puts a table that it does not hold", who)
				if !strings.HasPrefix(got, want) || strings.Count(got, fmt.Sprintf(": put %q", who)) != 2 {
					t.Errorf("%s: the panic is %s", who, got)
				}
			}()
			Run(context.Background(), Config{
				Strategy: rangemgr.Strategy, Lifetime: Lifetime{Name: "planted", rules: twice{who: who}},
				Migrations: 200, CopyFaults: 0.2, CaptureRate: 0.5, Tracker: sgtable.NewTracker(),
			})
		}()
	}
}

// TestCheckedAtTheEnd destroys a page of each object in turn: the check at the end
// finds it.
func TestCheckedAtTheEnd(t *testing.T) {
	for i := range 4 {
		c, err := Config{Strategy: rangemgr.Strategy, Objects: 4}.withDefaults()
		if err != nil {
			t.Fatal(err)
		}
		e, err := newEngine(c)
		if err != nil {
			t.Fatal(err)
		}
		o := e.objects[i]
		pages, _ := o.memory.own.pages(e.rules, nil, o.pages)
		e.mem.scribble(pages[len(pages)-1:])
		if err := e.close(); err == nil || !strings.Contains(err.Error(), fmt.Sprintf("at the end: object %d", i)) {
			t.Errorf("object %d: %v", i, err)
		}
	}
}
