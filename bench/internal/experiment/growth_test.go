package experiment

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/vramlab/vramlab/bench/schema"
	"github.com/vramlab/vramlab/internal/churn"
	"github.com/vramlab/vramlab/strategies"
)

func TestParseGrid(t *testing.T) {
	const kib, mib, gib, tib = 1 << 10, 1 << 20, 1 << 30, 1 << 40
	regions := []uint64{gib, 4 * gib, 16 * gib, 64 * gib, 256 * gib, tib}
	live := []int{1000, 10_000, 100_000, 1_000_000}
	for _, test := range []struct {
		text    string
		regions []uint64
		live    []int
		err     string
	}{
		{"region=1GiB..1TiB,live=1e3..1e6", regions, live, ""},
		{"live=1000..1000000", regions, live, ""},
		{"region=1GiB..1TiB", regions, live, ""},
		{"live=5e2, region=6GiB", []uint64{6 * gib}, []int{500}, ""},
		{"region=1024KiB..3MiB,live=100..101", []uint64{mib, 3 * mib}, []int{100, 101}, ""},
		{"region=1TiB..1TiB,live=1e7", []uint64{tib}, []int{10_000_000}, ""},

		{text: "", err: `"" is not region=RANGE or live=RANGE`},
		{text: "region", err: `"region" is not region=RANGE`},
		{text: "live=1e3,", err: `"" is not region=RANGE`},
		{text: "size=1GiB", err: `no part "size" (have: region, live)`},
		{text: "live=1e3,live=1e4", err: "live is there twice"},
		{text: "region=1TiB..1GiB", err: "1GiB is less than 1TiB"},
		{text: "region=1GB", err: `"1GB" has none of the units KiB, MiB, GiB, TiB`},
		{text: "region=GiB", err: `"GiB" is not a whole number of GiB`},
		{text: "region=1.5GiB", err: "is not a whole number"},
		{text: "region=-1GiB", err: "is not a whole number"},
		{text: "region=1GiB..", err: `"" has none of the units`},
		{text: "region=1GiB...2GiB", err: `".2GiB" is not a whole number`},
		{text: "region=99999999999TiB", err: "is not a whole number"},
		{text: "region=512KiB", err: "is not between 1MiB and 1PiB"},
		{text: "region=2048TiB", err: "is not between"},
		{text: "live=1e", err: "is not a number of objects"},
		{text: "live=1.5e3", err: "is not a number of objects"},
		{text: "live=-5", err: "is not a number of objects"},
		{text: "live=1e99", err: "is not between 100 and 10000000 objects"},
		{text: "live=0e9", err: "is not between"},
		{text: "live=10000000e1", err: "is not between"},
		{text: "live=100000000000", err: "is not a number of objects"},
		{text: "live=1e256", err: "is not a number of objects"},
		{text: "live=1e255", err: "is not between"},
		{text: "live=a00", err: "is not a number of objects"},
		{text: "live=1ea", err: "is not a number of objects"},
		{text: "region=aGiB", err: "is not a whole number"},
		{text: "region=16777215TiB", err: "is not between"},
		{text: "region=16777216TiB", err: "is not a whole number"},
		{text: "region=1025TiB", err: "is not between"},
		{text: "live=10000001", err: "is not between"},
		{text: "live=99", err: "is not between"},
	} {
		g, err := ParseGrid(test.text)
		switch {
		case test.err == "" && err == nil:
			if !slices.Equal(g.Regions, test.regions) || !slices.Equal(g.Live, test.live) {
				t.Errorf("%q: %v, want %v and %v", test.text, g, test.regions, test.live)
			}
		case test.err == "" || err == nil || !strings.Contains(err.Error(), test.err) || strings.Contains(err.Error(), "\n"):
			t.Errorf("%q: error %v, want one line with %q", test.text, err, test.err)
		case g.Regions != nil || g.Live != nil:
			t.Errorf("%q: %v beside an error", test.text, g)
		}
	}
}

// TestGridPoints: what cannot hold is left out, and a grid of nothing else is
// an error.
func TestGridPoints(t *testing.T) {
	s := Grid{Regions: []uint64{1 << 30, 64 << 30}, Live: []int{20_000, 100_000, 1_000_000}}
	want := []point{{1 << 30, 20_000}, {64 << 30, 20_000}, {64 << 30, 100_000}, {64 << 30, 1_000_000}}
	if got := s.points(); !slices.Equal(got, want) {
		t.Errorf("points %v, want %v", got, want)
	}
	s = Grid{Regions: []uint64{1 << 30}, Live: []int{1_000_000}}
	if err := s.Check(); err == nil || !strings.Contains(err.Error(), "no region of at most 1GiB holds 1000000 objects") {
		t.Errorf("error %v", err)
	}
	if err := (Grid{}).Check(); err != nil {
		t.Errorf("no grid: %v", err)
	}
	for _, half := range []Grid{{Regions: []uint64{1 << 30}}, {Live: []int{1000}}} {
		if err := half.Check(); err == nil || err.Error() != "sweep: a grid has regions and numbers of objects, or neither" {
			t.Errorf("%v: error %v", half, err)
		}
	}
	if err := (Grid{Regions: []uint64{1 << 30}, Live: []int{1000}}).Check(); err != nil {
		t.Errorf("a grid of one point: %v", err)
	}
}

// TestHolds: the mean size is 1.5 * 31 / 5 = 9.3 times the smallest, so that 93 pages, three
// quarters of 124, hold ten objects.
func TestHolds(t *testing.T) {
	for live, want := range map[int]bool{1: true, 9: true, 10: true, 11: false, 12: false} {
		if got := (point{124 * strategies.MinPage, live}).holds(); got != want {
			t.Errorf("93 pages hold %d objects: %v", live, got)
		}
	}
}

// TestSizesByHand: ten sizes over five octaves are as 10, 15, 20, 30, ..., 160, 240, in all
// 775. Of 93 pages the first so many have 1.2, 3, 5.4, 9, 13.8, 21, 30.6, 45, 64.2 and 93,
// rounded down. The last two sizes are 19 and 29 pages then, and rounded to four bits.
func TestSizesByHand(t *testing.T) {
	var pages []uint64
	for _, size := range (point{124 * strategies.MinPage, 10}).sizes() {
		pages = append(pages, size/strategies.MinPage)
	}
	if want := []uint64{1, 2, 2, 4, 4, 8, 9, 15, 20, 30}; !slices.Equal(pages, want) {
		t.Errorf("sizes of %v pages, want %v", pages, want)
	}
	for n, want := range map[uint64]uint64{1: 1, 15: 15, 16: 16, 17: 18, 31: 32, 33: 32, 34: 36, 1000: 1024, 990: 960} {
		if got := rounded(n); got != want {
			t.Errorf("%d is rounded to %d, want %d", n, got, want)
		}
	}
}

// TestSizes: at every point the objects are as many as asked for, fill the
// region as promised, and span the octaves that they should.
func TestSizes(t *testing.T) {
	for _, p := range []point{
		{1 << 30, 1000}, {1 << 30, 21_000}, {1 << 40, 1000}, {1 << 40, 30_000}, {1 << 50, 100}, {16 << 20, 100},
	} {
		sizes := p.sizes()
		sum := uint64(0)
		for _, s := range sizes {
			sum += s
			if s < strategies.MinPage || s%strategies.MinPage != 0 {
				t.Fatalf("%v: size %d", p, s)
			}
		}
		if fill := 100 * float64(sum) / float64(p.region); len(sizes) != p.live || math.Abs(fill-fillPercent) > 1 {
			t.Errorf("%v: %d objects fill %.2f %%", p, len(sizes), fill)
		}
		if most := sizes[len(sizes)-1] / sizes[0]; most < 1<<octaves*3/4 || most > 1<<octaves*5/4 {
			t.Errorf("%v: the largest size is %d times the smallest, want about %d", p, most, 1<<octaves)
		}
	}
}

// freed counts frees.
type freed struct {
	strategies.Allocator
	n *int
}

func (f freed) Free(b []strategies.Block) {
	*f.n++
	f.Allocator.Free(b)
}

// TestGrowthCheck: the shadow model watches 64 batches of 64 frees behind the two in which a
// population of a hundred is made.
func TestGrowthCheck(t *testing.T) {
	n := 0
	s := churn.FirstFit
	s.New = func(r strategies.Region) (strategies.Allocator, error) {
		a, err := churn.FirstFit.New(r)
		return freed{a, &n}, err
	}
	if err := (&growthCell{strategy: s, point: point{8 << 20, 100}}).check(); err != nil || n != (2+64)*64 {
		t.Errorf("%d frees, want %d; error %v", n, (2+64)*64, err)
	}
}

// TestPopulation: churn leaves number and bytes of what is live as they are, and the
// same seed gives the same blocks.
func TestPopulation(t *testing.T) {
	p := point{32 << 20, 500}
	want := uint64(0)
	for _, s := range p.sizes() {
		want += s
	}
	var states [2]string
	for i := range states {
		h, err := newPopulation(strategies.Checked(churn.ScatterFit), p, 7)
		if err != nil {
			t.Fatal(err)
		}
		for range 20 {
			if b := h.churn(); b.allocs != batchObjects || b.frees != batchObjects || b.refused != 0 {
				t.Fatalf("a batch did %+v", b)
			}
			live := uint64(0)
			for _, blocks := range h.held {
				live += sum(blocks)
			}
			if free := sum(slices.Collect(h.a.FreeBlocks())); live != want || live+free != p.region {
				t.Fatalf("%d bytes live and %d free, want %d of %d", live, free, want, p.region)
			}
		}
		states[i] = fmt.Sprint(h.held)
	}
	if states[0] != states[1] {
		t.Error("one seed, two populations")
	}
}

// TestPopulationIsUsed: after it is filled as many objects are freed and requested as
// there are, in whole batches.
func TestPopulationIsUsed(t *testing.T) {
	for live, want := range map[int]int{128: 128 + 2*64, 129: 129 + 3*64, 192: 192 + 3*64} {
		allocs := 0
		s := churn.FirstFit
		s.New = func(r strategies.Region) (strategies.Allocator, error) {
			a, err := churn.FirstFit.New(r)
			return &watching{a, &allocs}, err
		}
		if _, err := newPopulation(s, point{32 << 20, live}, 7); err != nil || allocs != want {
			t.Errorf("%d objects: %d requests, want %d; error %v", live, allocs, want, err)
		}
	}
}

// watching counts requests.
type watching struct {
	strategies.Allocator
	allocs *int
}

func (w *watching) Alloc(dst []strategies.Block, r strategies.Request) ([]strategies.Block, error) {
	*w.allocs++
	return w.Allocator.Alloc(dst, r)
}

// TestPopulationRefused: of what is refused there is nothing to free, and it is asked
// for again.
func TestPopulationRefused(t *testing.T) {
	small := churn.FirstFit
	small.New = func(r strategies.Region) (strategies.Allocator, error) {
		r.Size /= 2
		return churn.FirstFit.New(r)
	}
	h, err := newPopulation(small, point{32 << 20, 500}, 7)
	if err != nil {
		t.Fatal(err)
	}
	var s churning
	s.measure(h, 0)
	if c := s.counted; c.refused == 0 || c.frees >= c.allocs || c.served() >= 100 || c.allocs != countedBatches*batchObjects {
		t.Errorf("half a region for the objects, and yet %+v", c)
	}
}

// counting is churn.FirstFit with a count of visits: the free extents there are.
var counting = func() strategies.Strategy {
	s := churn.FirstFit
	s.Name = "counting"
	s.New = func(r strategies.Region) (strategies.Allocator, error) {
		a, err := churn.FirstFit.New(r)
		return &counter{Allocator: a.(*churn.Allocator)}, err
	}
	return s
}()

type counter struct {
	*churn.Allocator
	visits uint64
}

func (c *counter) Alloc(dst []strategies.Block, r strategies.Request) ([]strategies.Block, error) {
	c.visits += uint64(c.Holes())
	return c.Allocator.Alloc(dst, r)
}

func (c *counter) Counters() strategies.Counters { return strategies.Counters{Visits: c.visits} }

// TestGrowth takes samples on a grid and looks for the lines, and that what is
// exact is the same in every round.
func TestGrowth(t *testing.T) {
	e := testEnv(counting, churn.ScatterFit)
	e.Grid = Grid{Regions: []uint64{8 << 20, 64 << 20}, Live: []int{100, 1000}}
	cells, err := setUpGrowth(t.Context(), e)
	if err != nil {
		t.Fatal(err)
	}
	if !cells[0].Beside {
		t.Error("the grid is in the budget, which it may use up by itself")
	}
	got := samples(t, cells, 3)
	for _, s := range e.Strategies {
		for _, at := range []string{"region=8MiB/live=100", "region=64MiB/live=100", "region=64MiB/live=1000"} {
			for _, op := range []string{"alloc", "free"} {
				name := "Scaling/strategy=" + s.Name + "/op=" + op + "/" + at
				lines := got[name]
				if len(lines) != 3 {
					t.Errorf("%s: %d samples, want 3", name, len(lines))
				}
				delete(got, name)
				for _, l := range lines {
					if ns, ok := value(l, schema.NsPerOp); !ok || ns <= 0 {
						t.Errorf("%s took %v", name, ns)
					}
					v, counted := value(l, schema.VisitsPerOp)
					if first, _ := value(lines[0], schema.VisitsPerOp); counted != (s.Name == "counting") || v != first {
						t.Errorf("%s: %v visits, before %v", name, v, first)
					}
				}
			}
		}
	}
	if len(got) > 0 {
		t.Errorf("unexpected: %v", got)
	}
}

// TestGrowthChecks: a region that a strategy refuses is an error before anything
// is measured.
func TestGrowthChecks(t *testing.T) {
	e := testEnv(churn.FirstFit)
	e.Grid = Grid{Regions: []uint64{1000}, Live: []int{100}}
	if err := Growth.Check(e); err == nil || !strings.Contains(err.Error(), "firstfit on region=1000B") {
		t.Errorf("error %v", err)
	}
}

// TestBatchValues: visits are of an operation, be there one or none, and the share served
// is of the requests.
func TestBatchValues(t *testing.T) {
	b := &batch{allocs: 8, refused: 2}
	for _, tt := range []struct {
		counts bool
		visits uint64
		ops    int
		want   string
	}{
		{false, 3, 1, "5 ns/op 75 served-pct"},
		{true, 3, 1, "5 ns/op 3 visits/op 75 served-pct"},
		{true, 6, 4, "5 ns/op 1.5 visits/op 75 served-pct"},
		{true, 0, 0, "5 ns/op 0 visits/op 75 served-pct"},
	} {
		var got []string
		for _, v := range b.values(5, tt.counts, tt.visits, tt.ops) {
			got = append(got, fmt.Sprint(v.V, " ", v.Unit.Name))
		}
		if all := strings.Join(got, " "); all != tt.want {
			t.Errorf("%d visits of %d operations: %s, want %s", tt.visits, tt.ops, all, tt.want)
		}
	}
}
