package experiment

import (
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vramlab/vramlab/bench/schema"
	"github.com/vramlab/vramlab/sgtable"
)

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
// whole of a batch. A machine with other things to do spoils many batches: only those
// count before and after which each holder had a core, and without enough of them
// there is nothing to tell. The better third must be good, in one of several attempts.
func TestHoldersOverlap(t *testing.T) {
	n := refModes()[1].holders()
	if runtime.GOMAXPROCS(0) < n || runtime.NumCPU() < n {
		t.Skip("one core: two holders take turns")
	}
	var parts []float64
	for range 8 {
		parts = parts[:0]
		for range 42 {
			before := coreEach(n)
			part := overlap(n)
			if before && coreEach(n) {
				parts = append(parts, part)
			}
		}
		if len(parts) < 21 {
			continue
		}
		slices.Sort(parts)
		if parts[len(parts)*2/3] >= 0.92 {
			return
		}
	}
	if len(parts) < 21 {
		t.Skip("other processes have the cores")
	}
	t.Errorf("all %d holders were at work for these parts of batches: %.2f, want 0.92 of the better third", n, parts)
}

// overlap is the part of a batch in which all of n holders work: from the last
// one's first step to the first one's end.
func overlap(n int) float64 {
	table := newRef()
	first, last := make([]time.Time, n), make([]time.Time, n) // of each holder
	took, _ := sideBySide(n, refSteps, func(h int) {
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

// TestReferences: alone there is a time for each sample; contended there may be
// fewer, where the cores are busy or there is one.
func TestReferences(t *testing.T) {
	cells, err := setUpRefs(t.Context(), testEnv())
	if err != nil {
		t.Fatal(err)
	}
	got := samples(t, cells, 2)
	for _, l := range got["Ref/mode=uncontended"] {
		if ns, _ := value(l, schema.NsPerOp); ns <= 0 {
			t.Errorf("a pair takes %v ns", ns)
		}
	}
	if n := len(got["Ref/mode=uncontended"]); n != 2 {
		t.Errorf("%d samples of one holder, want 2", n)
	}
}

// TestRefSample: nine batches of two steps are 9 * 2 * 512 pairs, each a Get and a Put in the
// history of the table behind its first reference.
func TestRefSample(t *testing.T) {
	defer func(n int) { refSteps = n }(refSteps)
	refSteps = 2
	const pairs = 9 * 2 * 512
	table := newRef()
	table.Track(sgtable.NewTracker(), "table")
	lines := refModes()[0].sample(table)
	if len(lines) != 1 || lines[0].Iters != pairs {
		t.Errorf("lines %v, want one of %d pairs", lines, pairs)
	}
	wantEvents(t, table, 1+2*pairs)
	if ns := NsEach(time.Microsecond, 50); ns != 20 {
		t.Errorf("50 in 1 us are %v ns each", ns)
	}
}

// wantEvents holds the history of a tracked table against its length.
func wantEvents(t *testing.T, table *sgtable.Ref, n int) {
	t.Helper()
	defer func() {
		if history := fmt.Sprint(recover()); !strings.Contains(history, fmt.Sprintf("\n\t%d: put \"nobody\", 1 held", n+1)) {
			t.Errorf("a mistake after %d events: %s", n, history)
		}
	}()
	table.Put("nobody")
}

// TestHolders: there is one holder, and one on each core but at least two; asking changes
// nothing.
func TestHolders(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	for cores, contended := range map[int]int{1: 2, 2: 2, 3: 3} {
		runtime.GOMAXPROCS(cores)
		for _, m := range refModes() {
			want := 1
			if m.name == schema.ModeContended {
				want = contended
			}
			if got := m.holders(); got != want || runtime.GOMAXPROCS(0) != cores {
				t.Errorf("%s: %d holders, want %d; %d cores are used, want %d", m.name, got, want, runtime.GOMAXPROCS(0), cores)
			}
		}
	}
}
