package strategytest

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/vramlab/vramlab/strategies"
)

// checkSmall is Scenario.Check with sizes cut: the strategies here walk a list
// for every request.
func checkSmall(sc Scenario, s strategies.Strategy, seed uint64) error {
	k := newKernel(s, seed)
	k.small = true
	return sc.run(k, seed)
}

// TestScenarios holds the scenarios back: what keeps the contract passes, or is
// not able.
func TestScenarios(t *testing.T) {
	for _, s := range []strategies.Strategy{Reference, Scattering, modest, clearingStrategy} {
		for _, sc := range Scenarios() {
			t.Run(sc.Name+"/"+s.Name, func(t *testing.T) {
				if err := checkSmall(sc, s, 1); errors.As(err, new(Unable)) {
					t.Skip(err)
				} else if err != nil {
					t.Error(err)
				}
			})
		}
	}
}

// idleCounter claims to do nothing.
type idleCounter struct{ strategies.Allocator }

func (idleCounter) Counters() strategies.Counters { return strategies.Counters{} }

// scanner counts as a visit every pair of live blocks for each allocation.
type scanner struct {
	*firstFit
	visits uint64
}

func (a *scanner) Alloc(dst []strategies.Block, r strategies.Request) ([]strategies.Block, error) {
	a.visits += uint64(len(a.live) * len(a.live))
	return a.firstFit.Alloc(dst, r)
}

func (a *scanner) Counters() strategies.Counters { return strategies.Counters{Visits: a.visits} }

// onlyGap sets the window of r to what is free in front of the nth live block.
func onlyGap(a *firstFit, r *strategies.Request, n int) {
	gap := a.gap(n)
	r.Flags |= strategies.Range
	r.Lo, r.Hi = gap.Start, gap.End()
}

// inQuarters replaces a large block by its quarters, the highest first.
func inQuarters(a *firstFit, dst, out []strategies.Block, err error) ([]strategies.Block, error) {
	if err != nil || out[len(dst)].Size < 1<<32 {
		return out, err
	}
	b := out[len(dst)]
	a.forget(b.Start)
	out = out[:len(dst)]
	for i := range uint64(4) {
		out = append(out, strategies.Block{Start: b.Start + (3-i)*b.Size/4, Size: b.Size / 4})
	}
	a.enter(out[len(dst):])
	return out, nil
}

// kernelPlants are strategies with one mistake; rules are names of scenarios
// that must find it, among others.
var kernelPlants = []planted{
	{mistake: "a request for more than half of what is free is refused", rules: "mock_fill",
		alloc: when(func(a *firstFit, r strategies.Request) bool { return r.Size > total(freeRuns(a))/2 }, refuse(strategies.ErrNoSpace))},
	{mistake: "the last page of a window is never used", rules: "mock_reserve buddy_range mm_bottomup",
		alloc: when(has(strategies.Range), changed(func(a *firstFit, r *strategies.Request) { r.Hi -= a.region.Page }))},
	{mistake: "contiguous means in total", rules: "mock_contiguous buddy_contiguous buddy_pathological", base: Scattering,
		alloc: changed(func(_ *firstFit, r *strategies.Request) { r.Flags &^= strategies.Contiguous })},
	{mistake: "a size that is the region's is refused", rules: "mock_splintered_region buddy_range_bias",
		alloc: when(func(a *firstFit, r strategies.Request) bool {
			return r.Size == a.region.Managed() && r.Size&(r.Size-1) != 0 || r.Size == 1<<20 && r.Align != 0
		}, refuse(strategies.ErrInvalid))},
	{mistake: "8 GiB come as quarters, the highest first", rules: "mock_max_segment", base: Scattering, alloc: after(inQuarters)},
	{mistake: "windows are ignored", rules: "mock_io_size mm_once",
		alloc: changed(func(_ *firstFit, r *strategies.Request) { r.Flags &^= strategies.Range })},
	{mistake: "large blocks leak", rules: "buddy_smoke",
		free: func(a *firstFit, blocks []strategies.Block) {
			if blocks[0].Size < 8*a.region.Page {
				a.Free(blocks)
			}
		}},
	{mistake: "a region holds ten grants at most", rules: "buddy_optimistic",
		alloc: when(func(a *firstFit, _ strategies.Request) bool { return len(a.live) == 10 }, refuse(strategies.ErrNoSpace))},
	{mistake: "freed memory is never merged", rules: "buddy_pessimistic", make: withWalls},
	{mistake: "addresses are signed", rules: "buddy_limit",
		alloc: when(func(_ *firstFit, r strategies.Request) bool { return int64(r.Size) < 0 }, refuse(strategies.ErrTooBig))},
	{mistake: "CapClear is claimed in vain", rules: "buddy_clear", caps: strategies.CapClear},
	{mistake: "what exceeds the largest power of two is too big", rules: "buddy_exceeds_max_order",
		alloc: when(func(a *firstFit, r strategies.Request) bool { return r.Size > floorPow2(a.region.Managed()) }, refuse(strategies.ErrTooBig))},
	{mistake: "every pair of live blocks is looked at", rules: "mm_frag buddy_fragmentation_performance",
		make: func(r strategies.Region) (strategies.Allocator, error) {
			a, err := newFirstFit(r, false)
			if err != nil {
				return nil, err
			}
			return &scanner{firstFit: a.(*firstFit)}, nil
		}},
	{mistake: "the counter stands still", rules: "mm_frag buddy_fragmentation_performance",
		make: func(r strategies.Region) (strategies.Allocator, error) {
			a, err := newFirstFit(r, false)
			if err != nil {
				return nil, err
			}
			return idleCounter{a}, nil
		}},
	{mistake: "the last page is not managed", rules: "mm_init",
		make: func(r strategies.Region) (strategies.Allocator, error) {
			r.Size = max(r.Size-r.Page, r.Page)
			return newFirstFit(r, false)
		}},
	{mistake: "what is reserved can be reserved again", rules: "mm_reserve",
		alloc: when(has(strategies.Range), func(a *firstFit, dst []strategies.Block, r strategies.Request) ([]strategies.Block, error) {
			a.forget(r.Lo)
			return a.Alloc(dst, r)
		})},
	{mistake: "the last free page is never granted", rules: "mm_insert",
		alloc: when(func(a *firstFit, r strategies.Request) bool { return r.Size == total(freeRuns(a)) }, refuse(strategies.ErrNoSpace))},
	{mistake: "half the alignment is enough", rules: "mm_align",
		alloc: changed(func(_ *firstFit, r *strategies.Request) { r.Align /= 2 })},
	{mistake: "only the highest hole is looked at from the top", rules: "mm_highest",
		alloc: when(has(strategies.TopDown), changed(func(a *firstFit, r *strategies.Request) { onlyGap(a, r, len(a.live)) }))},
	{mistake: "only the lowest hole is looked at for a contiguous request", rules: "mm_lowest",
		alloc: when(has(strategies.Contiguous), changed(func(a *firstFit, r *strategies.Request) { onlyGap(a, r, 0) }))},
	{mistake: "TopDown is ignored", rules: "mm_topdown",
		alloc: changed(func(_ *firstFit, r *strategies.Request) { r.Flags &^= strategies.TopDown })},
}

// TestKernelPlanted holds the scenarios to their purpose: each planted mistake
// is found by the scenarios named, and the failure quotes what was to be proved
// and the seed.
func TestKernelPlanted(t *testing.T) {
	for _, p := range kernelPlants {
		t.Run(strings.ReplaceAll(p.mistake, " ", "_"), func(t *testing.T) {
			for _, name := range strings.Fields(p.rules) {
				sc := scenarioNamed(t, name)
				err := checkSmall(sc, p.strategy(), 7)
				switch {
				case err == nil || errors.As(err, new(Unable)):
					t.Errorf("scenario %q does not find it: %v", name, err)
				case !strings.Contains(err.Error(), sc.Doc) || !strings.Contains(err.Error(), "seed 7"):
					t.Errorf("the failure does not quote the scenario and its seed: %v", err)
				}
			}
		})
	}
}

// TestEveryScenarioCanFail demands a planted mistake for each scenario.
func TestEveryScenarioCanFail(t *testing.T) {
	var named []string
	for _, p := range kernelPlants {
		named = append(named, strings.Fields(p.rules)...)
	}
	for _, sc := range Scenarios() {
		if !slices.Contains(named, sc.Name) {
			t.Errorf("no planted mistake is to be found by scenario %q", sc.Name)
		}
	}
}

func scenarioNamed(t *testing.T, name string) Scenario {
	t.Helper()
	i := slices.IndexFunc(scenarios, func(sc Scenario) bool { return sc.Name == name })
	if i < 0 {
		t.Fatalf("there is no scenario %q", name)
	}
	return scenarios[i]
}

// TestMatrix prints each kind of cell.
func TestMatrix(t *testing.T) {
	a, b := Reference, modest
	m := &Matrix{strategies: []strategies.Strategy{a, b}, cells: map[[2]string]error{
		{"mm_init", a.Name}:    nil,
		{"mm_init", b.Name}:    errors.New("broken"),
		{"mm_highest", b.Name}: Unable("no top-down"),
	}}
	const want = "" +
		"scenario    reference  modest\n" +
		"mm_init     ok         FAIL\n" +
		"mm_highest  -          not able (no top-down)\n"
	if got := m.String(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if got := m.Unable("mm_highest", b.Name); got != "no top-down" {
		t.Errorf("Unable is %q", got)
	}
}

// TestSlope fits powers.
func TestSlope(t *testing.T) {
	for _, power := range []float64{0, 1, 2, 3} {
		x := []float64{1, 2, 3, 4}
		var y []float64
		for _, v := range x {
			y = append(y, 5+power*v)
		}
		if got := slope(x, y); got < power-1e-9 || got > power+1e-9 {
			t.Errorf("the slope of a line of slope %v is %v", power, got)
		}
	}
}
