package bench

import (
	"runtime"
	"slices"
	"sync/atomic"
	"testing"
	"time"
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

// TestRefTimes plants batches: those out of company do not count.
func TestRefTimes(t *testing.T) {
	for _, test := range []struct {
		name         string
		good         func(batch int) bool
		tries, times int
	}{
		{"all", func(int) bool { return true }, refBatches, refBatches},
		{"every second", func(i int) bool { return i%2 == 1 }, 2 * refBatches, refBatches},
		{"one", func(i int) bool { return i == 50 }, refTries, 1},
		{"none", func(int) bool { return false }, refTries, 0},
	} {
		tries := 0
		times := refTimes(func() (ns, company float64) {
			tries++
			if test.good(tries - 1) {
				return 10, 0.8
			}
			return 4, 0.5
		})
		if tries != test.tries || !slices.Equal(times, slices.Repeat([]float64{10}, test.times)) {
			t.Errorf("%s in company: %d tries, times %v; want %d, and %d of 10", test.name, tries, times, test.tries, test.times)
		}
	}
}

// TestHoldersOverlap is what "contended" needs: all holders work for nearly the
// whole of a batch. A machine with other things to do spoils many batches, most of
// some dozens in a row: the better third must be good, in one of several attempts.
func TestHoldersOverlap(t *testing.T) {
	n := refModes()[1].holders()
	if runtime.GOMAXPROCS(0) < n || runtime.NumCPU() < n {
		t.Skip("one core: two holders take turns")
	}
	parts := make([]float64, 21)
	for range 20 {
		for i := range parts {
			parts[i] = overlap(n)
		}
		slices.Sort(parts)
		if parts[len(parts)*2/3] >= 0.92 {
			return
		}
	}
	t.Errorf("all %d holders were at work for these parts of batches: %.2f, want 0.92 of the better third", n, parts)
}

// overlap is the part of a batch in which all of n holders work: from the last
// one's first step to the first one's end.
func overlap(n int) float64 {
	table := newRef()
	first, last := make([]time.Time, n), make([]time.Time, n) // of each holder
	took, _ := sideBySide(n, refPairs/refStep, func(h int) {
		if first[h].IsZero() {
			first[h] = time.Now()
		}
		getPut(table, refStep)
		last[h] = time.Now()
	})
	from, to := first[0], last[0]
	for h := range n {
		if first[h].IsZero() {
			return 0
		}
		if first[h].After(from) {
			from = first[h]
		}
		if last[h].Before(to) {
			to = last[h]
		}
	}
	return to.Sub(from).Seconds() / took.Seconds()
}
