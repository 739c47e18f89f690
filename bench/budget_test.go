package bench

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/vramlab/vramlab/bench/internal/experiment"
	"github.com/vramlab/vramlab/bench/internal/subject"
)

// TestPlan works the budget of a run out by hand: two workloads, two strategies and
// three builders, and two cells of experiments of which one is outside, as a profile is.
func TestPlan(t *testing.T) {
	c := tiny(t)
	c.Builders = append(c.Builders, c.Builders[0], c.Builders[0])
	c.SampleTime, c.Budget, c.Profile = 50*time.Millisecond, 100*time.Second, true
	r := newRunner(c)
	r.profileFor = 2 * time.Second
	for range 4 {
		r.subjects = append(r.subjects, new(subject.Subject))
	}
	r.loads = make([]*subject.Load, 2)
	r.experiments = []experiment.Cell{{Took: 300 * time.Millisecond}, {Took: time.Hour, Beside: true}}
	b := r.plan(time.Second)
	if want := r.began.Add(100 * time.Second); b.end != want {
		t.Errorf("the run ends %v after it began, want 100 s", b.end.Sub(r.began))
	}
	if b.limit != 50*time.Millisecond || b.lanes != 2*4+2 {
		t.Errorf("%v for a sample, %d lanes; want 50 ms, 10", b.limit, b.lanes)
	}
	if want := 10 * time.Second / 3; b.againRound != want { // a tenth of the budget, in three rounds
		t.Errorf("samples may be taken again for %v of each round, want %v", b.againRound, want)
	}
	// Of each subject two cells and three of tables, the harness, the experiments.
	if n := r.nCells(); n != 4*5+2+2 {
		t.Errorf("%d cells, want 24", n)
	}
	// Seven replays of all, twelve cells of tables of 5 ms each, the experiment.
	if want := 7*time.Second + 60*time.Millisecond + 300*time.Millisecond; b.fixed != want {
		t.Errorf("a round takes %v beside its replays, want %v", b.fixed, want)
	}
}

// TestRounds follows a budget through two rounds on a clock that stands still between.
func TestRounds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := budget{end: time.Now().Add(10 * time.Second), limit: time.Second, lanes: 4, fixed: 2 * time.Second}
		b.round(2) // 5 s each, 3 s of them for four lanes
		if b.allow != 750*time.Millisecond {
			t.Errorf("the first round allows %v, want 750 ms", b.allow)
		}
		b.spent += 3 * time.Second
		time.Sleep(6 * time.Second) // so that 3 s are fixed
		time.Sleep(time.Minute)
		b.beside(time.Minute)
		b.round(1) // 4 s are left, 1 s of them for four lanes
		if b.fixed != 3*time.Second || b.allow != 250*time.Millisecond || b.spent != 0 {
			t.Errorf("fixed %v, allowed %v, spent %v; want 3 s, 250 ms, 0", b.fixed, b.allow, b.spent)
		}
	})
}

// TestRehearse: the time of one replay of every subject, or the error of the context.
func TestRehearse(t *testing.T) {
	r := newRunner(tiny(t))
	if err := r.generate(); err != nil {
		t.Fatal(err)
	}
	for _, s := range r.subjects {
		if err := s.Prepare(r.Builders); err != nil {
			t.Fatal(err)
		}
	}
	if took, err := r.rehearse(t.Context()); err != nil || took <= 0 {
		t.Errorf("%v, error %v", took, err)
	}
	ended, end := context.WithCancel(t.Context())
	end()
	if _, err := r.rehearse(ended); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want that of the context", err)
	}
}
