package kernel

import (
	"errors"
	"iter"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/strategies/internal/firstfit"
	"github.com/vramlab/vramlab/strategies/strategytest/internal/planted"
	"github.com/vramlab/vramlab/strategies/strategytest/internal/probe"
)

// checkSmall is Scenario.Check with sizes cut: the strategies here walk a list
// for every request.
func checkSmall(sc Scenario, s strategies.Strategy, seed uint64, now func() time.Time) error {
	k := newPlayer(s, seed)
	k.small, k.now = true, now
	return sc.run(k, seed)
}

// TestScenarios holds the scenarios back: what keeps the contract passes, or is
// not able.
func TestScenarios(t *testing.T) {
	for _, s := range []strategies.Strategy{firstfit.Single, firstfit.Scattering, planted.Modest, planted.Clearing} {
		for _, sc := range Scenarios() {
			t.Run(sc.Name+"/"+s.Name, func(t *testing.T) {
				if err := checkSmall(sc, s, 1, time.Now); errors.As(err, new(Unable)) {
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

// A clock is what the planted mistakes take their time from: it stands still but for
// what they say they did, so that no busy machine changes what is measured.
type clock struct{ at time.Time }

func (c *clock) now() time.Time        { return c.at }
func (c *clock) spend(d time.Duration) { c.at = c.at.Add(d) }

// walked is the clock of all plants, which play one after the other.
var walked clock

// scanner counts as a visit every pair of live blocks for each allocation; a lax one
// one visit and one split.
type scanner struct {
	*firstfit.Allocator
	lax    bool
	counts strategies.Counters
}

func (a *scanner) Alloc(dst []strategies.Block, r strategies.Request) ([]strategies.Block, error) {
	if a.lax {
		a.counts.Visits++
		a.counts.Splits++
	} else {
		a.counts.Visits += uint64(len(a.Live) * len(a.Live))
	}
	return a.Allocator.Alloc(dst, r)
}

func (a *scanner) FreeCleared(blocks []strategies.Block) { a.Free(blocks) }

func (a *scanner) Counters() strategies.Counters { return a.counts }

// onlyGap sets the window of r to what is free in front of the nth live block.
func onlyGap(a *firstfit.Allocator, r *strategies.Request, n int) {
	gap := a.Gap(n)
	r.Flags |= strategies.Range
	r.Lo, r.Hi = gap.Start, gap.End()
}

// inQuarters replaces a large block by its quarters, the highest first.
func inQuarters(a *firstfit.Allocator, dst, out []strategies.Block, err error) ([]strategies.Block, error) {
	if err != nil || out[len(dst)].Size < 1<<32 {
		return out, err
	}
	b := out[len(dst)]
	planted.Forget(a, b.Start)
	out = out[:len(dst)]
	for i := range uint64(4) {
		out = append(out, strategies.Block{Start: b.Start + (3-i)*b.Size/4, Size: b.Size / 4})
	}
	a.Enter(out[len(dst):])
	return out, nil
}

// kernelPlants are strategies with one mistake; rules are names of scenarios
// that must find it, among others.
var kernelPlants = []planted.Plant{
	{Mistake: "a request for more than half of what is free is refused", Rules: "mock_fill",
		Alloc: planted.When(func(a *firstfit.Allocator, r strategies.Request) bool {
			return r.Size > probe.Total(probe.FreeRuns(a))/2
		}, planted.Refuse(strategies.ErrNoSpace))},
	{Mistake: "the last page of a window is never used", Rules: "mock_reserve buddy_range mm_bottomup",
		Alloc: planted.When(planted.Has(strategies.Range), planted.Changed(func(a *firstfit.Allocator, r *strategies.Request) { r.Hi -= a.Region.Page }))},
	{Mistake: "contiguous means in total", Rules: "mock_contiguous buddy_contiguous buddy_pathological", Base: firstfit.Scattering,
		Alloc: planted.Changed(func(_ *firstfit.Allocator, r *strategies.Request) { r.Flags &^= strategies.Contiguous })},
	{Mistake: "a size that is the region's is refused", Rules: "mock_splintered_region buddy_range_bias",
		Alloc: planted.When(func(a *firstfit.Allocator, r strategies.Request) bool {
			return r.Size == a.Region.Managed() && r.Size&(r.Size-1) != 0 || r.Size == 1<<20 && r.Align != 0
		}, planted.Refuse(strategies.ErrInvalid))},
	{Mistake: "8 GiB come as quarters, the highest first", Rules: "mock_max_segment", Base: firstfit.Scattering, Alloc: planted.After(inQuarters)},
	{Mistake: "windows are ignored", Rules: "mock_io_size mm_once",
		Alloc: planted.Changed(func(_ *firstfit.Allocator, r *strategies.Request) { r.Flags &^= strategies.Range })},
	{Mistake: "large blocks leak", Rules: "buddy_smoke",
		Free: func(a *firstfit.Allocator, blocks []strategies.Block) {
			if blocks[0].Size < 8*a.Region.Page {
				a.Free(blocks)
			}
		}},
	{Mistake: "a region holds ten grants at most", Rules: "buddy_optimistic",
		Alloc: planted.When(func(a *firstfit.Allocator, _ strategies.Request) bool { return len(a.Live) == 10 }, planted.Refuse(strategies.ErrNoSpace))},
	{Mistake: "freed memory is never merged", Rules: "buddy_pessimistic", Make: planted.WithWalls},
	{Mistake: "addresses are signed", Rules: "buddy_limit",
		Alloc: planted.When(func(_ *firstfit.Allocator, r strategies.Request) bool { return int64(r.Size) < 0 }, planted.Refuse(strategies.ErrTooBig))},
	{Mistake: "CapClear is claimed in vain", Rules: "buddy_clear buddy_clear_reset", Caps: strategies.CapClear},
	{Mistake: "what exceeds the largest power of two is too big", Rules: "buddy_alloc_exceeds_max_order",
		Alloc: planted.When(func(a *firstfit.Allocator, r strategies.Request) bool { return r.Size > floorPow2(a.Region.Managed()) }, planted.Refuse(strategies.ErrTooBig))},
	{Mistake: "every pair of live blocks is looked at", Rules: "mm_frag buddy_fragmentation_performance buddy_dirty_tracker_performance", Caps: strategies.CapClear,
		Make: func(r strategies.Region) (strategies.Allocator, error) {
			a, err := firstfit.New(r, false)
			if err != nil {
				return nil, err
			}
			return &scanner{Allocator: a.(*firstfit.Allocator)}, nil
		}},
	{Mistake: "the counter stands still", Rules: "mm_frag buddy_fragmentation_performance",
		Make: func(r strategies.Region) (strategies.Allocator, error) {
			a, err := firstfit.New(r, false)
			if err != nil {
				return nil, err
			}
			return idleCounter{a}, nil
		}},
	{Mistake: "splits are counted, merges are not", Rules: "buddy_fragmentation_performance",
		Make: func(r strategies.Region) (strategies.Allocator, error) {
			a, err := firstfit.New(r, false)
			return &scanner{Allocator: a.(*firstfit.Allocator), lax: true}, err
		}},
	{Mistake: "a free of two pages looks at every three live blocks, and counts nothing", Rules: "buddy_fragmentation_performance",
		Free: func(a *firstfit.Allocator, blocks []strategies.Block) {
			if n := time.Duration(len(a.Live)); blocks[0].Size == 2*a.Region.Page {
				walked.spend(n * n * n)
			}
			a.Free(blocks)
		}},
	{Mistake: "what is live is said to be free too", Rules: "buddy_allocated_addr_to_block",
		Blocks: func(a *firstfit.Allocator) iter.Seq[strategies.Block] {
			return func(yield func(strategies.Block) bool) { yield(strategies.Block{Size: a.Region.Managed()}) }
		}},
	{Mistake: "the last page is not managed", Rules: "mm_init",
		Make: func(r strategies.Region) (strategies.Allocator, error) {
			r.Size = max(r.Size-r.Page, r.Page)
			return firstfit.New(r, false)
		}},
	{Mistake: "what is reserved can be reserved again", Rules: "mm_reserve",
		Alloc: planted.When(planted.Has(strategies.Range), func(a *firstfit.Allocator, dst []strategies.Block, r strategies.Request) ([]strategies.Block, error) {
			planted.Forget(a, r.Lo)
			return a.Alloc(dst, r)
		})},
	{Mistake: "the last free page is never granted", Rules: "mm_insert",
		Alloc: planted.When(func(a *firstfit.Allocator, r strategies.Request) bool {
			return r.Size == probe.Total(probe.FreeRuns(a))
		}, planted.Refuse(strategies.ErrNoSpace))},
	{Mistake: "half the alignment is enough", Rules: "mm_align buddy_offset_aligned_allocation buddy_subtree_offset_alignment_stress",
		Alloc: planted.Changed(func(_ *firstfit.Allocator, r *strategies.Request) { r.Align /= 2 })},
	{Mistake: "only the highest hole is looked at from the top", Rules: "mm_highest",
		Alloc: planted.When(planted.Has(strategies.TopDown), planted.Changed(func(a *firstfit.Allocator, r *strategies.Request) { onlyGap(a, r, len(a.Live)) }))},
	{Mistake: "only the lowest hole is looked at for a contiguous request", Rules: "mm_lowest",
		Alloc: planted.When(planted.Has(strategies.Contiguous), planted.Changed(func(a *firstfit.Allocator, r *strategies.Request) { onlyGap(a, r, 0) }))},
	{Mistake: "in a window a hole above page 4 seems a byte too short", Rules: "mm_lowest",
		Alloc: planted.When(planted.Has(strategies.Contiguous|strategies.Range), planted.Changed(func(a *firstfit.Allocator, r *strategies.Request) {
			n := 0
			for n < len(a.Live) && a.Gap(n).Size < r.Size {
				n++
			}
			if gap := a.Gap(n); gap.Start >= 4*a.Region.Page {
				r.Hi = min(r.Hi, gap.Start+r.Size-1)
			}
		}))},
	{Mistake: "TopDown is ignored", Rules: "mm_topdown mm_highest",
		Alloc: planted.Changed(func(_ *firstfit.Allocator, r *strategies.Request) { r.Flags &^= strategies.TopDown })},
}

// TestKernelPlanted holds the scenarios to their purpose: each planted mistake
// is found by the scenarios named, and the failure quotes what was to be proved
// and the seed.
func TestKernelPlanted(t *testing.T) {
	for _, p := range kernelPlants {
		t.Run(strings.ReplaceAll(p.Mistake, " ", "_"), func(t *testing.T) {
			for _, name := range strings.Fields(p.Rules) {
				sc := scenarioNamed(t, name)
				switch err := checkSmall(sc, p.Strategy(), 7, walked.now); {
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
		named = append(named, strings.Fields(p.Rules)...)
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
	a, b := firstfit.Single, planted.Modest
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
