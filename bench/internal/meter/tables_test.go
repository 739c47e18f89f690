package meter

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/vramlab/vramlab/bench/internal/thread"
	"github.com/vramlab/vramlab/sgtable"
	"github.com/vramlab/vramlab/strategies"
)

// TestTablesKeepTheirMemory: a batch takes nothing from the Go heap.
func TestTablesKeepTheirMemory(t *testing.T) {
	var l BlockLists
	for i := range uint64(50) {
		l.Add([]strategies.Block{{Start: i << 20, Size: 4096}, {Start: i<<20 + 8192, Size: 4096}}, strategies.Request{Size: 8192})
	}
	m, c := NewTables(), &TableCell{Lists: &l, Builder: sgtable.Builders()[0]}
	got := m.Measure(c, 3, 0)
	if got.Segs != 2 || got.Tables%(3*50) != 0 || got.Tables == 0 {
		t.Errorf("measured %+v", got)
	}
	if n := testing.AllocsPerRun(5, func() { m.time(c) }); n != 0 {
		t.Errorf("%v heap allocations a batch", n)
	}
}

// TestFindBatch: a batch takes 20 us or is a million passes, and is looked for once, in
// passes one, two, four and so on.
func TestFindBatch(t *testing.T) {
	var l BlockLists
	l.Hold(make([]strategies.Block, 1), sgtable.Options{})
	for _, test := range []struct {
		took          time.Duration // a pass
		batch, passes int
	}{{20 * time.Microsecond, 1, 1}, {19 * time.Microsecond, 2, 1 + 2}, {0, 1 << 20, 1<<20 - 1}} {
		synctest.Test(t, func(t *testing.T) {
			built := 0
			m, c := NewTables(), &TableCell{Lists: &l, Builder: sgtable.Builder{Build: func(*sgtable.Pool, []strategies.Block, sgtable.Options) []sgtable.Segment {
				built++
				time.Sleep(test.took)
				return nil
			}}}
			for range 2 {
				if m.findBatch(c); c.batch != test.batch || built != test.passes {
					t.Errorf("%v a pass: a batch of %d, found in %d passes; want %d in %d", test.took, c.batch, built, test.batch, test.passes)
				}
			}
		})
	}
}

// TestTablesAway: with the clock of the thread, processor time is the median of groups of
// eight batches, and the thread was away for what is missing in all of them. A batch is one
// table of 25 us; of the first group's batches, one is interrupted for 100 us.
func TestTablesAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var l BlockLists
		l.Hold(make([]strategies.Block, 1), sgtable.Options{})
		var clock time.Duration
		built := 0
		m := NewTables()
		m.Clock = thread.ClockOf(func() time.Duration { return clock })
		c := &TableCell{Lists: &l, Builder: sgtable.Builder{Build: func(*sgtable.Pool, []strategies.Block, sgtable.Options) []sgtable.Segment {
			time.Sleep(25 * time.Microsecond)
			clock += 25 * time.Microsecond
			if built++; built == 5 { // the first two are no batch of the sample
				time.Sleep(100 * time.Microsecond)
			}
			return nil
		}}}
		got := m.Measure(c, 20, 0)
		if want := (Processor{true, 25_000, 100. / 600}); got.Tables != 20 || got.Median != 25_000 || !near(got.Processor, want) {
			t.Errorf("got %+v, want 20 tables of 25 us and %+v", got, want)
		}
		if len(m.cpu) != 3 {
			t.Errorf("%d groups of 20 batches, want 3", len(m.cpu))
		}
		m.Clock = nil
		if got := m.Measure(c, 20, 0); got.Processor != (Processor{}) {
			t.Errorf("without a clock: %+v", got.Processor)
		}
	})
}
