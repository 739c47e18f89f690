package experiment

import (
	"math"
	"testing"
	"testing/synctest"

	"github.com/vramlab/vramlab/bench/internal/meter"
	"github.com/vramlab/vramlab/bench/internal/result"
	"github.com/vramlab/vramlab/bench/schema"
	"github.com/vramlab/vramlab/internal/churn"
	"github.com/vramlab/vramlab/strategies"
)

// TestTwoSideBySide: two clients that never wait for each other, with 10 ns for every call,
// do an operation in 5 ns of wall time; a single call takes 10 all the same.
func TestTwoSideBySide(t *testing.T) {
	defer func(n int, each func(int) bool) { sharedSteps, coreEach = n, each }(sharedSteps, coreEach)
	sharedSteps, coreEach = 4, func(int) bool { return true }
	synctest.Test(t, func(t *testing.T) {
		var both []*client
		for range 2 { // each with an allocator of its own
			clients, err := newShared(sleeping(10, 10, math.MaxUint64), 0, 1).newClients()
			if err != nil {
				t.Fatal(err)
			}
			both = append(both, clients...)
		}
		c := crowd{clients: both, times: meter.NewHistogram()}
		wantLine(t, result.Line{Name: "Concurrent", Values: c.measure(1)}, 0, 5, 10, 10, 10)
	})
}

// picky refuses what is larger than most, and visits two nodes for a request and three for
// a free.
type picky struct {
	strategies.Allocator
	most, visits uint64
}

func (p *picky) Alloc(dst []strategies.Block, r strategies.Request) ([]strategies.Block, error) {
	p.visits += 2
	if r.Size > p.most {
		return dst, strategies.ErrNoSpace
	}
	return p.Allocator.Alloc(dst, r)
}

func (p *picky) Free(b []strategies.Block) {
	p.visits += 3
	p.Allocator.Free(b)
}

func (p *picky) Counters() strategies.Counters { return strategies.Counters{Visits: p.visits} }

// TestVisitsOfAFree: the visits of frees are divided by the frees made, which are fewer
// than the requests where some are refused.
func TestVisitsOfAFree(t *testing.T) {
	s := churn.FirstFit
	s.New = func(r strategies.Region) (strategies.Allocator, error) {
		a, err := churn.FirstFit.New(r)
		return &picky{Allocator: a, most: 64 << 10}, err
	}
	g := &growthCell{strategy: s, point: point{32 << 20, 500}, seed: 3}
	lines, err := g.sample(0)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []float64{3, 2} { // free, alloc
		got, _ := value(lines[i], schema.VisitsPerOp)
		if served, _ := value(lines[i], schema.ServedPct); got != want || served >= 100 {
			t.Errorf("%s, want %v visits and some refused", lines[i].Append(nil), want)
		}
	}
}
