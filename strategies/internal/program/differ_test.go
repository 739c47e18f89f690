package program

import (
	"strings"
	"testing"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/strategies/internal/firstfit"
)

var everything = Mix{
	Name: "everything", Region: strategies.Region{Size: 100 * 4096, Page: 4096}, Most: 10,
	Aligned: 20, AnyAlign: true, Window: 30, TopDown: 20, Contiguous: 20, Clear: 20, Odd: 10, Zero: 20,
}

// stubborn is the reference strategy, but for requests of exactly three pages
// from the top, which it refuses once it has been given anything back.
var stubborn = strategies.Strategy{
	Name: "stubborn",
	New: func(r strategies.Region) (strategies.Allocator, error) {
		a, err := firstfit.Single.New(r)
		return &stubbornAllocator{Allocator: a}, err
	},
}

type stubbornAllocator struct {
	strategies.Allocator
	sulks bool
}

func (a *stubbornAllocator) Alloc(dst []strategies.Block, r strategies.Request) ([]strategies.Block, error) {
	if a.sulks && r.Size == 3*4096 && r.Flags&strategies.TopDown != 0 {
		return dst, strategies.ErrNoSpace
	}
	return a.Allocator.Alloc(dst, r)
}

func (a *stubbornAllocator) Free(blocks []strategies.Block) {
	a.Allocator.Free(blocks)
	a.sulks = true
}

func TestEqual(t *testing.T) {
	Compare(t, firstfit.Single, firstfit.Single, everything, 1, 4000)
}

// TestDifference wants the difference found, and reduced to the operations that
// it takes: an allocation, its free, and the request.
func TestDifference(t *testing.T) {
	for seed := range uint64(5) {
		_, err := differ(stubborn, firstfit.Single, everything, Seeded(seed, 0), 4000)
		if err == nil {
			t.Fatalf("seed %d: no difference was found", seed)
		}
		if a, f := strings.Count(err.Error(), "\na "), strings.Count(err.Error(), "\nf "); a != 2 || f != 1 {
			t.Errorf("seed %d: reduced to %d allocations and %d frees: %v", seed, a, f, err)
		}
	}
}

// counting is the reference strategy with a counter of grants and frees. After a few
// frees it counts one merge too many, or as a slow one does not know its visits.
type counting struct {
	strategies.Allocator
	counts        strategies.Counters
	wrong, knower bool
}

func (a *counting) Alloc(dst []strategies.Block, r strategies.Request) ([]strategies.Block, error) {
	a.counts.Splits++
	return a.Allocator.Alloc(dst, r)
}

func (a *counting) Free(blocks []strategies.Block) {
	a.Allocator.Free(blocks)
	if a.counts.Merges++; a.wrong && a.counts.Merges%8 == 0 {
		a.counts.Merges++
	}
	if a.knower {
		a.counts.Visits++
	}
}

func (a *counting) Counters() strategies.Counters { return a.counts }
func (a *counting) KnowsVisits() bool             { return !a.knower }

// TestEvents wants a wrong count of events found, and visits left alone that the slow
// allocator does not know.
func TestEvents(t *testing.T) {
	counting := func(wrong, knower bool) strategies.Strategy {
		return strategies.Strategy{Name: "counting", New: func(r strategies.Region) (strategies.Allocator, error) {
			a, err := firstfit.Single.New(r)
			return &counting{Allocator: a, wrong: wrong, knower: knower}, err
		}}
	}
	for _, c := range []struct {
		fast, slow strategies.Strategy
		found      bool
	}{
		{counting(false, false), counting(false, false), false},
		{counting(true, false), counting(false, false), true},
		{counting(false, true), counting(false, false), true}, // visits, which the slow one knows
		{counting(false, false), counting(false, true), false},
		{counting(true, false), counting(false, true), true},
		{firstfit.Single, counting(true, false), false}, // does not count
	} {
		_, err := differ(c.fast, c.slow, everything, Seeded(1, 0), 4000)
		if (err != nil) != c.found || c.found && !strings.Contains(err.Error(), "counted") {
			t.Errorf("a wrong count is to be found: %v; got %v", c.found, err)
		}
	}
}

// TestScript wants the same program of the same bytes, and one operation
// changed by one byte.
func TestScript(t *testing.T) {
	data := make([]byte, 100*opBytes)
	for i := range data {
		data[i] = byte(i * i >> 3)
	}
	program := func(data []byte) (ops []Op) {
		// The state stays empty, so that the bytes alone decide.
		a := NewAuthor(everything, &Run{Region: everything.Region}, &script{data: data}, 100)
		for range 100 {
			ops = append(ops, a.Next())
		}
		return ops
	}
	before := program(data)
	data[50*opBytes+1] ^= 32
	after := program(data)
	for i := range before {
		if (before[i] == after[i]) != (i != 50) {
			t.Errorf("operation %d was %v, is %v", i, before[i], after[i])
		}
	}
}
