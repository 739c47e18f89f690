package bench

import (
	"context"
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/vramlab/vramlab/strategies"
)

func TestParseSweep(t *testing.T) {
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
		{text: "live=99", err: "is not between"},
	} {
		s, err := ParseSweep(test.text)
		switch {
		case test.err == "" && err == nil:
			if !slices.Equal(s.Regions, test.regions) || !slices.Equal(s.Live, test.live) {
				t.Errorf("%q: %v, want %v and %v", test.text, s, test.regions, test.live)
			}
		case test.err == "" || err == nil || !strings.Contains(err.Error(), test.err) || strings.Contains(err.Error(), "\n"):
			t.Errorf("%q: error %v, want one line with %q", test.text, err, test.err)
		}
	}
}

// TestSweepPoints: what cannot hold is left out, and a sweep of nothing else is
// an error.
func TestSweepPoints(t *testing.T) {
	s := Sweep{Regions: []uint64{1 << 30, 64 << 30}, Live: []int{20_000, 100_000, 1_000_000}}
	want := []sweepPoint{{1 << 30, 20_000}, {64 << 30, 20_000}, {64 << 30, 100_000}, {64 << 30, 1_000_000}}
	if got := s.points(); !slices.Equal(got, want) {
		t.Errorf("points %v, want %v", got, want)
	}
	s = Sweep{Regions: []uint64{1 << 30}, Live: []int{1_000_000}}
	if err := s.Check(); err == nil || !strings.Contains(err.Error(), "no region of at most 1GiB holds 1000000 objects") {
		t.Errorf("error %v", err)
	}
	if err := (Sweep{}).Check(); err != nil {
		t.Errorf("no sweep: %v", err)
	}
}

// TestSweepSizes: at every point the objects are as many as asked for, fill the
// region as promised, and span the octaves that they should.
func TestSweepSizes(t *testing.T) {
	for _, p := range []sweepPoint{
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
		if fill := 100 * float64(sum) / float64(p.region); len(sizes) != p.live || math.Abs(fill-sweepFill) > 1 {
			t.Errorf("%v: %d objects fill %.2f %%", p, len(sizes), fill)
		}
		if most := sizes[len(sizes)-1] / sizes[0]; most < 1<<sweepOctaves*3/4 || most > 1<<sweepOctaves*5/4 {
			t.Errorf("%v: the largest size is %d times the smallest, want about %d", p, most, 1<<sweepOctaves)
		}
	}
}

// TestHeap: churn leaves number and bytes of what is live as they are, and the
// same seed gives the same blocks.
func TestHeap(t *testing.T) {
	p := sweepPoint{32 << 20, 500}
	want := uint64(0)
	for _, s := range p.sizes() {
		want += s
	}
	var states [2]string
	for i := range states {
		h, err := newHeap(strategies.Checked(scatterFit), p, 7)
		if err != nil {
			t.Fatal(err)
		}
		for range 20 {
			if b := h.churn(); b.allocs != heapBatch || b.frees != heapBatch || b.refused != 0 {
				t.Fatalf("a batch did %+v", b)
			}
			live := uint64(0)
			for _, blocks := range h.held {
				live += total(blocks)
			}
			if free := total(slices.Collect(h.a.FreeBlocks())); live != want || live+free != p.region {
				t.Fatalf("%d bytes live and %d free, want %d of %d", live, free, want, p.region)
			}
		}
		states[i] = fmt.Sprint(h.held)
	}
	if states[0] != states[1] {
		t.Error("one seed, two heaps")
	}
}

// TestHeapRefused: of what is refused there is nothing to free, and it is asked
// for again.
func TestHeapRefused(t *testing.T) {
	small := firstFit
	small.New = func(r strategies.Region) (strategies.Allocator, error) {
		r.Size /= 2
		return firstFit.New(r)
	}
	h, err := newHeap(small, sweepPoint{32 << 20, 500}, 7)
	if err != nil {
		t.Fatal(err)
	}
	var s scaling
	s.measure(h, 0)
	if c := s.counted; c.refused == 0 || c.frees >= c.allocs || c.served() >= 100 || c.allocs != countedBatches*heapBatch {
		t.Errorf("half a region for the objects, and yet %+v", c)
	}
}

// counting is firstFit with a count of visits: the free extents there are.
var counting = func() strategies.Strategy {
	s := firstFit
	s.Name = "counting"
	s.New = func(r strategies.Region) (strategies.Allocator, error) {
		a, err := firstFit.New(r)
		return &counter{fitter: a.(*fitter)}, err
	}
	return s
}()

type counter struct {
	*fitter
	visits uint64
}

func (c *counter) Alloc(dst []strategies.Block, r strategies.Request) ([]strategies.Block, error) {
	c.visits += uint64(len(c.free))
	return c.fitter.Alloc(dst, r)
}

func (c *counter) Counters() strategies.Counters { return strategies.Counters{Visits: c.visits} }

// TestRunScaling runs a sweep and looks for its lines, and that what is exact
// is the same in every round.
func TestRunScaling(t *testing.T) {
	c := tiny(t)
	c.Strategies = []strategies.Strategy{counting, scatterFit}
	c.Workloads = c.Workloads[1:]
	c.Scaling = Sweep{Regions: []uint64{8 << 20, 64 << 20}, Live: []int{100, 1000}}
	if err := Run(context.Background(), c); err != nil {
		t.Fatal(err)
	}
	all, _ := results(t, filepath.Join(c.Dir, curvesFile))
	times := make(map[string]int)
	visits := make(map[string]float64)
	for _, r := range all {
		if !strings.HasPrefix(name(r), "Scaling/") {
			continue
		}
		if ns, ok := r.Value("sec/op"); !ok || ns <= 0 {
			t.Errorf("%s took %v", r.Name, ns)
		}
		v, counted := r.Value("visits/op")
		if counted != strings.Contains(name(r), "counting") {
			t.Errorf("%s: visits %v", r.Name, counted)
		}
		if times[name(r)]++; times[name(r)] > 1 && visits[name(r)] != v {
			t.Errorf("%s: %v visits, before %v", r.Name, v, visits[name(r)])
		}
		visits[name(r)] = v
	}
	for _, s := range c.Strategies {
		for _, at := range []string{"region=8MiB/live=100", "region=64MiB/live=100", "region=64MiB/live=1000"} {
			for _, op := range []string{"alloc", "free"} {
				want := "Scaling/strategy=" + s.Name + "/op=" + op + "/" + at
				if times[want] != c.Count {
					t.Errorf("%s: %d samples, want %d", want, times[want], c.Count)
				}
				delete(times, want)
			}
		}
	}
	if len(times) > 0 {
		t.Errorf("unexpected: %v", times)
	}
}
