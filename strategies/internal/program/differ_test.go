package program

import (
	"slices"
	"strings"
	"testing"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/strategies/internal/firstfit"
)

var everything = Mix{
	Name: "everything", Region: strategies.Region{Size: 100 * 4096, Page: 4096}, Most: 10,
	Trim: 10, Reset: 2, Aligned: 20, AnyAlign: true, Window: 30, TopDown: 20, Contiguous: 20, Clear: 20, Odd: 10, Zero: 20,
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

// careless is the reference strategy, but for trims to an end while more than two grants
// are live: of those it keeps a page more than it says.
var careless = strategies.Strategy{
	Name: "careless",
	New: func(r strategies.Region) (strategies.Allocator, error) {
		a, err := firstfit.Single.New(r)
		return carelessAllocator{a.(*firstfit.Allocator)}, err
	},
}

type carelessAllocator struct{ *firstfit.Allocator }

func (a carelessAllocator) Trim(dst, blocks []strategies.Block, start, size uint64) ([]strategies.Block, error) {
	out, err := a.Allocator.Trim(dst, blocks, start, size)
	if err == nil && len(a.Live) > 2 && start > blocks[0].Start {
		a.Enter([]strategies.Block{{Start: start - a.Region.Page, Size: a.Region.Page}})
	}
	return out, err
}

// TestTrimDifference wants a wrong trim found, and reduced to the operations that it takes:
// three allocations and the trim; what is free is compared at the end.
func TestTrimDifference(t *testing.T) {
	for seed := range uint64(5) {
		_, err := differ(careless, firstfit.Single, everything, Seeded(seed, 0), 4000)
		if err == nil {
			t.Fatalf("seed %d: no difference was found", seed)
		}
		if a, f, trims := strings.Count(err.Error(), "\na "), strings.Count(err.Error(), "\nf "), strings.Count(err.Error(), "\nt "); a != 3 || f != 0 || trims != 1 {
			t.Errorf("seed %d: reduced to %d allocations, %d frees and %d trims: %v", seed, a, f, trims, err)
		}
	}
}

// TestDraws wants trims and resets in programs for an allocator that can, and only there;
// and what is drawn for one that cannot is what a mix without them draws.
func TestDraws(t *testing.T) {
	draw := func(a strategies.Allocator, m Mix) (ops []Op, kinds [4]int) {
		r := &Run{Region: m.Region, Allocator: a}
		author := NewAuthor(m, r, Seeded(3, 4), 3000)
		for range 3000 {
			o := author.Next()
			r.Do(o)
			ops = append(ops, o)
			kinds[o.Kind]++
		}
		return ops, kinds
	}
	make := func() *firstfit.Allocator {
		a, err := firstfit.Single.New(everything.Region)
		if err != nil {
			t.Fatal(err)
		}
		return a.(*firstfit.Allocator)
	}
	if _, kinds := draw(make(), everything); kinds[Trim] < 200 || kinds[Trim] > 400 || kinds[Reset] != 0 {
		t.Errorf("of 3000 operations %d trim and %d reset, want a tenth and none", kinds[Trim], kinds[Reset])
	}
	if _, kinds := draw(resettable{make()}, everything); kinds[Reset] < 30 || kinds[Reset] > 90 {
		t.Errorf("of 3000 operations %d reset, want one in fifty", kinds[Reset])
	}
	without := everything
	without.Trim, without.Reset = 0, 0
	plain, _ := draw(struct{ strategies.Allocator }{make()}, everything)
	if ops, _ := draw(struct{ strategies.Allocator }{make()}, without); !slices.Equal(plain, ops) {
		t.Error("an allocator that can neither trim nor reset gets another program than without them")
	}
}

type resettable struct{ *firstfit.Allocator }

func (resettable) ResetClear(bool) {}

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
