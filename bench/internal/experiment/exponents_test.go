package experiment

import (
	"fmt"
	"math"
	"math/bits"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/vramlab/vramlab/internal/fit"
	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/strategies/all"
)

// mostExponent is what the cost of an operation that is called logarithmic may
// grow with: over the sizes below a logarithm has an exponent of 0.11, its
// square one of 0.23, a square root one of 0.5.
const mostExponent = 0.2

// logarithmic are the strategies of which it is promised.
var logarithmic = []string{"buddy", "buddy_next", "rangemgr"}

// The sizes of the states, and how often an operation is done in each: first
// without counting, so that what a strategy builds when it is first needed, or
// the hundredth time, is there; then with.
var growingSizes = []uint64{1 << 10, 1 << 12, 1 << 14, 1 << 16}

const (
	warmUps    = 512
	countedOps = 1024
)

// TestExponents holds how the events of an operation (places visited, blocks
// split, blocks merged: exact counts) grow with the number of live objects, and
// with the number of holes of states made to be bad. Times are in the log, and
// not held.
func TestExponents(t *testing.T) {
	for _, name := range logarithmic {
		s, ok := all.Lookup(name)
		if !ok {
			t.Fatalf("no strategy %s", name)
		}
		for _, g := range growings() {
			if s.Caps.Has(g.needs) {
				t.Run(name+"/"+g.name, func(t *testing.T) { g.hold(t, s) })
			}
		}
	}
}

// A growing is a state of n things, and an operation of which the cost should
// hardly depend on n. The operation leaves the state as it was, or near enough,
// and returns the number of calls of Alloc and Free.
type growing struct {
	name  string
	needs strategies.Caps
	state func(s strategies.Strategy, n uint64) *board
	op    func(b *board) (calls int, err error)
}

// hold measures g on s and fails if the exponent is too large. It does not go
// on to larger sizes once that is beyond doubt: a state may take quadratic time.
func (g *growing) hold(t *testing.T, s strategies.Strategy) {
	var cost, ns []float64
	var sizes []uint64
	e := 0.0
	for _, n := range growingSizes {
		c, took := g.cost(t, s, n)
		cost, ns, sizes = append(cost, c), append(ns, took), append(sizes, n)
		if len(sizes) > 1 {
			e = exponent(sizes, cost)
		}
		if e > 0.6 && c > 1000 {
			break
		}
	}
	text := fmt.Sprintf("%s, %s: %.2f events a call at n = %d: exponent %.3f (%.0f ns: %.3f)",
		s.Name, g.name, cost, sizes, e, ns, exponent(sizes, ns))
	if e >= mostExponent {
		t.Errorf("%s, want less than %v", text, mostExponent)
	} else {
		t.Log(text)
	}
}

// cost is that of a call in a state of n: events, and nanoseconds.
func (g *growing) cost(t *testing.T, s strategies.Strategy, n uint64) (events, ns float64) {
	b := g.state(s, n)
	b.rng = rand.NewPCG(1, n)
	do := func() int {
		calls, err := g.op(b)
		if err != nil {
			t.Fatal(err)
		}
		return calls
	}
	for range warmUps {
		do()
	}
	calls, before, start := 0, b.events(), time.Now()
	for range countedOps {
		calls += do()
	}
	return float64(b.events()-before) / float64(calls), float64(time.Since(start).Nanoseconds()) / float64(calls)
}

// exponent is the slope of log cost over log n by least squares. Less than one
// event counts as one: between none and one there is no search that could grow.
func exponent(n []uint64, cost []float64) float64 {
	x, y := make([]float64, len(n)), make([]float64, len(n))
	for i := range n {
		x[i], y[i] = float64(n[i]), max(1, cost[i])
	}
	law, _ := fit.Power(x, y)
	return law.Slope
}

// TestExponent plants costs that grow in known ways.
func TestExponent(t *testing.T) {
	for _, test := range []struct {
		cost func(n float64) float64
		want float64
	}{
		{func(n float64) float64 { return 3 }, 0},
		{func(n float64) float64 { return 3 * n }, 1},
		{func(n float64) float64 { return 10 * math.Sqrt(n) }, 0.5},
		{math.Log2, 0.113},
		{func(n float64) float64 { return math.Log2(n) * math.Log2(n) }, 0.226},
		{func(n float64) float64 { return n / 1e9 }, 0},
	} {
		var cost []float64
		for _, n := range growingSizes {
			cost = append(cost, test.cost(float64(n)))
		}
		if got := exponent(growingSizes, cost); math.Abs(got-test.want) > 0.005 {
			t.Errorf("%.2f: exponent %.3f, want %.3f", cost, got, test.want)
		}
	}
}

// A board is an allocator in a state of n cells.
type board struct {
	a    strategies.Allocator
	n    uint64
	cell uint64 // bytes
	rng  *rand.PCG
	buf  []strategies.Block
	pop  *population // instead of cells
}

func (b *board) events() uint64 {
	c := b.a.(strategies.Counter).Counters()
	return c.Splits + c.Merges + c.Visits
}

// below is a random number less than n.
func (b *board) below(n uint64) uint64 {
	hi, _ := bits.Mul64(b.rng.Uint64(), n)
	return hi
}

// ask makes a request and gives back what is granted.
func (b *board) ask(r strategies.Request) (calls int, granted bool) {
	blocks, err := b.a.Alloc(b.buf[:0], r)
	b.buf = blocks
	if err != nil {
		return 1, false
	}
	b.a.Free(blocks)
	return 2, true
}

// must and mustNot make a request that has one outcome.
func (b *board) must(r strategies.Request) (calls int, err error) {
	calls, granted := b.ask(r)
	if !granted {
		err = fmt.Errorf("refused: %v with %d cells of %d bytes", r, b.n, b.cell)
	}
	return calls, err
}

func (b *board) mustNot(r strategies.Request) (calls int, err error) {
	calls, granted := b.ask(r)
	if granted {
		err = fmt.Errorf("granted: %v with %d cells of %d bytes", r, b.n, b.cell)
	}
	return calls, err
}
