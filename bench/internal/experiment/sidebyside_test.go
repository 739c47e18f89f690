package experiment

import (
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
)

// TestSideBySide: every step is done once, whatever the number of holders, and
// those that have nothing to do end all the same.
func TestSideBySide(t *testing.T) {
	for _, test := range []struct{ holders, steps int }{{1, 0}, {1, 1}, {1, 100}, {2, 1}, {2, 1000}, {7, 1000}, {16, 3}} {
		var done atomic.Int64
		took, company := sideBySide(test.holders, test.steps, func(h int) {
			if h < 0 || h >= test.holders {
				t.Errorf("holder %d of %d", h, test.holders)
			}
			done.Add(1)
		})
		if int(done.Load()) != test.steps || took < 0 || company > 1 || test.holders == 1 && test.steps > 0 && company != 1 {
			t.Errorf("%d holders did %d of %d steps in %v, %v of them in company", test.holders, done.Load(), test.steps, took, company)
		}
	}
}

// TestSpinWhile: one that waits on the only core gives that up each time it has asked so
// often. Where the system takes the core away it asks less, so it gets several attempts.
func TestSpinWhile(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	const often = 1 << 12
	asked := 0
	for range 20 {
		asked = 0
		var turns atomic.Int64
		var other sync.WaitGroup
		other.Go(func() {
			for turns.Add(1) < 3 {
				runtime.Gosched()
			}
		})
		spinWhile(func() bool { asked++; return turns.Load() < 3 })
		other.Wait()
		if asked == 3*often+1 {
			return
		}
	}
	t.Errorf("waiting asked %d times for three turns of another, want %d", asked, 3*often+1)
}

// TestCompany: two holders who hand a ball to and fro are always in company, and
// one who does all steps while the other is stuck in its own never is.
func TestCompany(t *testing.T) {
	var stuck atomic.Bool
	var done atomic.Int64
	_, company := sideBySide(2, 100, func(int) {
		if stuck.CompareAndSwap(false, true) {
			spinWhile(func() bool { return done.Load() < 99 })
			return
		}
		done.Add(1)
	})
	if company > 0.03 { // the stuck step, and one that the other began before it
		t.Errorf("%v of the steps in company, though one holder did them all", company)
	}
	var ball atomic.Int64
	_, company = sideBySide(2, 100, func(int) {
		if n := ball.Add(1); n < 100 { // until the other one, or the last, has begun after this
			spinWhile(func() bool { return ball.Load() == n })
		}
	})
	if company < 0.97 {
		t.Errorf("%v of the steps in company, though each waited for the next", company)
	}
}
