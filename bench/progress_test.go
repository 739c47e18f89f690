package bench

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/vramlab/vramlab/sgtable"
	"github.com/vramlab/vramlab/strategies"
)

// sleeper takes a time for every call that nothing but the clock of a test measures.
type sleeper struct{ strategies.Allocator }

func (s sleeper) Alloc(dst []strategies.Block, r strategies.Request) ([]strategies.Block, error) {
	time.Sleep(10 * time.Microsecond)
	return s.Allocator.Alloc(dst, r)
}

func (s sleeper) Free(blocks []strategies.Block) {
	time.Sleep(10 * time.Microsecond)
	s.Allocator.Free(blocks)
}

// TestLeft holds what a run says of its end to when it ends, on a clock on which only its
// strategies take time.
func TestLeft(t *testing.T) {
	c := tiny(t)
	c.Budget, c.Count = 1, 5 // one replay a sample: that of the harness takes no time
	build := c.Builders[0].Build
	c.Builders[0].Build = func(p *sgtable.Pool, blocks []strategies.Block, o sgtable.Options) []sgtable.Segment {
		time.Sleep(time.Microsecond)
		return build(p, blocks, o)
	}
	for i, s := range c.Strategies {
		c.Strategies[i].New = func(r strategies.Region) (strategies.Allocator, error) {
			a, err := s.New(r)
			return sleeper{a}, err
		}
	}
	type told struct {
		Progress
		at time.Time
	}
	synctest.Test(t, func(t *testing.T) {
		var all []told
		c.Progress = func(p Progress) { all = append(all, told{p, time.Now()}) }
		began := time.Now()
		if err := Run(t.Context(), c); err != nil {
			t.Fatal(err)
		}
		end := time.Now()
		whole := end.Sub(began)
		for i, p := range all {
			off := (p.Left - end.Sub(p.at)).Abs()
			if p.Phase != Measuring || off <= whole/10 {
				continue
			}
			t.Errorf("step %d of %d after %v: %v left, it was %v", p.Done, p.Total, p.at.Sub(began), p.Left, end.Sub(p.at))
			if i > 0 && all[i-1].Phase == Measuring && p.Left > all[i-1].Left+whole/20 {
				t.Errorf("step %d: %v left, after %v", p.Done, p.Left, all[i-1].Left)
			}
		}
		if n := len(all); all[n-1].Left != 0 || n < tinySteps {
			t.Errorf("%d steps, at the last of which %v is left", n, all[n-1].Left)
		}
	})
}

// TestLeftUnforeseen: cells of which nothing is expected are taken to be like those of them
// that have a sample, and others are not.
func TestLeftUnforeseen(t *testing.T) {
	f := forecast{cells: foresee([]cell{{expect: time.Second}, {expect: time.Second}, {}, {}}, 2)}
	f.round(0)
	for _, step := range []struct {
		cell       int
		took, left time.Duration
	}{
		{0, time.Second, 3 * time.Second},
		{2, 10 * time.Second, 33 * time.Second},
		{3, 10 * time.Second, 23 * time.Second},
		{1, time.Second, 22 * time.Second},
		{0, 2 * time.Second, 21 * time.Second},
	} {
		if f.took(step.cell, step.took); f.left() != step.left {
			t.Errorf("cell %d: %v left, want %v", step.cell, f.left(), step.left)
		}
	}
}
