package frag

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/vramlab/vramlab/internal/churn"
	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/workloads/replay"
)

const page = 4096

// TestVector is the published vector: holes of 4, 4 and 8 pages, aligned.
func TestVector(t *testing.T) {
	f := Measure(slices.Values([]strategies.Block{
		{Start: 32 * page, Size: 8 * page}, {Start: 0, Size: 4 * page}, {Start: 8 * page, Size: 4 * page},
	}))
	if f.Free != 16*page || f.Largest != 8*page || f.Holes() != 3 {
		t.Errorf("free %d, largest %d, holes %d", f.Free, f.Largest, f.Holes())
	}
	for _, m := range []struct {
		name      string
		got, want float64
	}{
		{"External", f.External(), 0.5},
		{"Sawicki", f.Sawicki(), 0.625},
		{"SquareRoot", f.SquareRoot(), 0.3876},
		{"PyTorch", f.PyTorch(), 0.375},
		{"EffectiveHoles", f.EffectiveHoles(), 2.6667},
		{"MeanHole", f.MeanHole() / page, 6},
		{"Entropy", f.Entropy(), 1.0397},
		{"EntropyNormalised", f.EntropyNormalised(), 0.9464},
		{"Unusable(2)", f.Unusable(4 * page), 0},
		{"Unusable(3)", f.Unusable(8 * page), 0.5},
		{"Unusable(4)", f.Unusable(16 * page), 1},
		{"Coverage(3)", f.Coverage(8 * page), 0.5},
		{"Index(3)", f.Index(8 * page), -1},
		{"Index(4)", f.Index(16 * page), 1.0 / 3},
	} {
		if math.Abs(m.got-m.want) > 5e-5 {
			t.Errorf("%s = %v, want %v", m.name, m.got, m.want)
		}
	}
}

func TestMetricsAtTheEnds(t *testing.T) {
	none := Measure(slices.Values([]strategies.Block(nil)))
	one := Measure(slices.Values([]strategies.Block{{Start: 0, Size: 1 << 30}}))
	for _, m := range []struct {
		name                string
		of                  func(*State) float64
		ofNothing, oneWhole float64
	}{
		{"External", (*State).External, 0, 0},
		{"Sawicki", (*State).Sawicki, 0, 0},
		{"SquareRoot", (*State).SquareRoot, 0, 0},
		{"PyTorch", (*State).PyTorch, 1, 1},
		{"EffectiveHoles", (*State).EffectiveHoles, 0, 1},
		{"MeanHole", (*State).MeanHole, 0, 1 << 30},
		{"Entropy", (*State).Entropy, 0, 0},
		{"EntropyNormalised", (*State).EntropyNormalised, 0, 0},
		{"Unusable", func(f *State) float64 { return f.Unusable(2 << 20) }, 1, 0},
		{"Index", func(f *State) float64 { return f.Index(2 << 20) }, 0, -1},
	} {
		if got := m.of(none); got != m.ofNothing {
			t.Errorf("%s without free memory = %v, want %v", m.name, got, m.ofNothing)
		}
		if got := m.of(one); got != m.oneWhole {
			t.Errorf("%s of one hole = %v, want %v", m.name, got, m.oneWhole)
		}
	}
}

// TestTwoHoles: holes of one page and three, by hand.
func TestTwoHoles(t *testing.T) {
	f := Measure(slices.Values([]strategies.Block{{Start: page, Size: page}, {Start: 4 * page, Size: 3 * page}}))
	entropy := math.Log(4) - 0.75*math.Log(3)
	for _, m := range []struct {
		name      string
		got, want float64
	}{
		{"External", f.External(), 0.25},
		{"EffectiveHoles", f.EffectiveHoles(), 1.6},
		{"Entropy", f.Entropy(), entropy},
		{"EntropyNormalised", f.EntropyNormalised(), entropy / math.Log(2)},
		{"Index", f.Index(4 * page), 1 - 2.0/3}, // blocks of 1, 2 and 1 pages
	} {
		if math.Abs(m.got-m.want) > 1e-12 {
			t.Errorf("%s = %v, want %v", m.name, m.got, m.want)
		}
	}
}

// TestMeasureCoalesces feeds the same free memory whole and in pieces, in
// order and not, few and many.
func TestMeasureCoalesces(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for _, n := range []int{1, 2, 100, 5000} {
		var whole, pieces []strategies.Block
		at := uint64(0)
		for range n {
			at += uint64(1+rng.IntN(1000)) * page
			first, second := uint64(1+rng.IntN(9))*page, uint64(1+rng.IntN(9))*page
			whole = append(whole, strategies.Block{Start: at, Size: first + second})
			pieces = append(pieces, strategies.Block{Start: at, Size: first}, strategies.Block{Start: at + first, Size: second})
			at += first + second
		}
		rng.Shuffle(len(pieces), func(i, j int) { pieces[i], pieces[j] = pieces[j], pieces[i] })
		var f State
		for range 2 { // the second time into used memory
			f.Measure(slices.Values(pieces))
			if !slices.Equal(f.holes, whole) {
				t.Fatalf("%d holes in pieces: not what they are as a whole", n)
			}
		}
	}
}

// TestSortBlocks: whichever bits of the starts are in use, and above and below the
// length from which they are sorted by radix.
func TestSortBlocks(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for _, n := range []int{2, radixMin - 1, radixMin, radixMin + 1} {
		for _, shift := range []int{0, 1, 12, 31, 52, 63 - 10} {
			var want []strategies.Block
			for i := range n {
				want = append(want, strategies.Block{Start: uint64(i) << shift, Size: uint64(i)})
			}
			b := slices.Clone(want)
			rng.Shuffle(n, func(i, j int) { b[i], b[j] = b[j], b[i] })
			if got, other := sortBlocks(b, nil); !slices.Equal(got, want) || len(other) > 0 && &other[0] == &got[0] {
				t.Errorf("%d starts at multiples of 1<<%d are not sorted", n, shift)
			}
		}
	}
}

// TestMeasureReusesItsMemory: 240 samples of a hundred thousand holes add up.
// What is left is the state of the iteration.
func TestMeasureReusesItsMemory(t *testing.T) {
	a := churn.New(churn.FirstFit)
	ops := churn.Ops(1, 3000, 300)
	replay.Replay(a, ops, replay.NewLive(ops))
	var f State
	f.Measure(a.FreeBlocks())
	free := a.FreeBlocks()
	if n := testing.AllocsPerRun(10, func() { f.Measure(free) }); n > 4 {
		t.Errorf("%v heap allocations a sample", n)
	}
}

func TestPagesWithin(t *testing.T) {
	for _, test := range []struct{ lo, hi, size, want uint64 }{
		{3, 20, 16, 0},
		{0, 16, 16, 16},
		{1, 48, 16, 32},
		{15, 17, 16, 0},
		{1 << 63, 1<<64 - 1, 1 << 62, 1 << 62},
		{1<<64 - 3, 1<<64 - 1, 1 << 20, 0},
	} {
		if got := pagesWithin(test.lo, test.hi, test.size); got != test.want {
			t.Errorf("[%d,%d) by %d: %d bytes, want %d", test.lo, test.hi, test.size, got, test.want)
		}
	}
}

// TestAlignedBlocks compares with the count of blocks that a buddy's own
// greedy walk makes.
func TestAlignedBlocks(t *testing.T) {
	slow := func(lo, hi uint64) int {
		n := 0
		for lo < hi {
			size := uint64(1)
			for lo%(2*size) == 0 && lo+2*size <= hi {
				size *= 2
			}
			lo += size
			n++
		}
		return n
	}
	for lo := range uint64(40) {
		for hi := lo; hi < 80; hi++ {
			if got, want := alignedBlocks(lo, hi), slow(lo, hi); got != want {
				t.Fatalf("[%d,%d): %d blocks, want %d", lo, hi, got, want)
			}
		}
	}
}
