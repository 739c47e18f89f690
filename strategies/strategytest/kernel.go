package strategytest

import (
	"errors"
	"fmt"
	"math/bits"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"text/tabwriter"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/strategies/internal/program"
)

// Scenario is one of the kernel's own tests of its allocators, retold for any
// strategy. The kernel had three sets of them: the selftests of i915's memory
// regions on a mock device (mock_), the unit tests of its buddy allocator
// (buddy_) and those of drm_mm (mm_). Many were removed from it for being slow
// and undocumented; here each says what it proves, draws from a seed, and takes
// a fraction of a second.
//
// Where the words differ: a reservation is a request whose window is exactly
// its size, a drm_mm node is a request that the strategy may serve in pieces if
// it scatters, GPU-only is TopDown. What a strategy is not able to do is said,
// never left out; what changes for one that never scatters, or that does not
// grant powers of two, stands at the function of the scenario.
type Scenario struct {
	Name  string          // of the subtest
	Doc   string          // what it proves, as a failure quotes it
	From  string          // the function in the kernel
	Needs strategies.Caps // strategies without all of these are not able

	play func(k *kernel) // fails by program.Failf, gives up by k.unable
}

// Unable is the error of a scenario that a strategy cannot be held to: the
// reason, in a few words.
type Unable string

// Error is the reason behind "not able: ".
func (u Unable) Error() string { return "not able: " + string(u) }

// Scenarios lists the scenarios in the order they run.
func Scenarios() []Scenario { return slices.Clone(scenarios) }

// Check holds s to the scenario, with random numbers from seed. The error is
// [Unable] if s lacks an ability, and otherwise quotes what was to be proved.
func (sc Scenario) Check(s strategies.Strategy, seed uint64) error {
	return sc.run(newKernel(s, seed), seed)
}

func (sc Scenario) run(k *kernel, seed uint64) (err error) {
	if missing := sc.Needs &^ k.strategy.Caps; missing != 0 {
		return Unable(inWords(missing))
	}
	err = program.Try(func() { sc.play(k) })
	if err == nil || errors.As(err, new(Unable)) {
		return err
	}
	return fmt.Errorf("%s: broken scenario %q: %s (%s; seed %d)\n%s: %w",
		k.strategy.Name, sc.Name, sc.Doc, sc.From, seed, k.where(), err)
}

// inWords is why a strategy without these abilities is not able.
func inWords(missing strategies.Caps) string {
	var words []string
	for _, c := range []struct {
		is   strategies.Caps
		word string
	}{
		{strategies.CapScatter, "never scatters"},
		{strategies.CapWindow, "no windows"},
		{strategies.CapTopDown, "no top-down"},
		{strategies.CapAnyAlign, "powers of two only"},
		{strategies.CapPow2Blocks, "no power-of-two blocks"},
		{strategies.CapClear, "no clear tracking"},
	} {
		if missing&c.is != 0 {
			words = append(words, c.word)
		}
	}
	return strings.Join(words, ", ")
}

// Kernel holds each strategy to each scenario, as subtests SCENARIO/STRATEGY,
// with random numbers from seed, and logs the outcomes as a table. A strategy
// that is not able skips the subtest with the reason.
func Kernel(t *testing.T, seed uint64, list ...strategies.Strategy) *Matrix {
	t.Helper()
	if err := strategies.Validate(list...); err != nil {
		t.Fatal(err)
	}
	m := &Matrix{strategies: list, cells: make(map[[2]string]error)}
	for _, sc := range scenarios {
		t.Run(sc.Name, func(t *testing.T) {
			for _, s := range list {
				t.Run(s.Name, func(t *testing.T) { m.cell(t, sc, s, seed) })
			}
		})
	}
	t.Logf("seed %d\n%v", seed, m)
	for _, s := range list {
		if m.playsNone(s) {
			t.Errorf("%s is able to play none of the scenarios", s.Name)
		}
	}
	return m
}

// playsNone reports that s was not able to play any of the scenarios, all of
// which were chosen.
func (m *Matrix) playsNone(s strategies.Strategy) bool {
	for _, sc := range scenarios {
		if m.Unable(sc.Name, s.Name) == "" {
			return false
		}
	}
	return true
}

// Matrix is the outcome of each scenario for each strategy.
type Matrix struct {
	strategies []strategies.Strategy
	cells      map[[2]string]error // by scenario and strategy; absent where the subtest was not chosen
}

// cell fills one cell.
func (m *Matrix) cell(t *testing.T, sc Scenario, s strategies.Strategy, seed uint64) {
	k := newKernel(s, seed)
	err := sc.run(k, seed)
	m.cells[[2]string{sc.Name, s.Name}] = err
	for _, note := range k.notes {
		t.Log(note)
	}
	if u := Unable(""); errors.As(err, &u) {
		t.Skip(err)
	} else if err != nil {
		t.Error(err)
	}
}

// Ran reports whether the subtest was chosen (go test -run chooses).
func (m *Matrix) Ran(scenario, strategy string) bool {
	_, ran := m.cells[[2]string{scenario, strategy}]
	return ran
}

// Unable is why the strategy is not able to play the scenario, or empty.
func (m *Matrix) Unable(scenario, strategy string) string {
	var u Unable
	errors.As(m.cells[[2]string{scenario, strategy}], &u)
	return string(u)
}

// String is the matrix as an aligned table, a line for each scenario of which
// anything ran: "ok", "not able" with the reason, "FAIL", or "-" where the
// subtest was not chosen.
func (m *Matrix) String() string {
	var text strings.Builder
	w := tabwriter.NewWriter(&text, 0, 0, 2, ' ', 0)
	fmt.Fprint(w, "scenario")
	for _, s := range m.strategies {
		fmt.Fprintf(w, "\t%s", s.Name)
	}
	fmt.Fprintln(w)
	for _, sc := range scenarios {
		if line, ran := m.line(sc); ran {
			fmt.Fprintln(w, line)
		}
	}
	w.Flush() // a strings.Builder takes everything
	return text.String()
}

func (m *Matrix) line(sc Scenario) (line string, ran bool) {
	line = sc.Name
	for _, s := range m.strategies {
		err, there := m.cells[[2]string{sc.Name, s.Name}]
		ran = ran || there
		switch why := m.Unable(sc.Name, s.Name); {
		case !there:
			line += "\t-"
		case why != "":
			line += "\tnot able (" + why + ")"
		case err != nil:
			line += "\tFAIL"
		default:
			line += "\tok"
		}
	}
	return line, ran
}

// kernel is a strategy in the hands of a scenario: a probe for the region at
// hand, which the scenario opens, and what it needs of chance.
type kernel struct {
	*probe
	rng   *rand.Rand
	small bool     // sizes are to be cut, for strategies whose every search is a walk
	notes []string // what was measured
}

func newKernel(s strategies.Strategy, seed uint64) *kernel {
	return &kernel{probe: &probe{strategy: s}, rng: rand.New(rand.NewPCG(seed, 0))}
}

// open makes an empty allocator for a region, under strategies.Checked.
func (k *kernel) open(size, page uint64) {
	region := strategies.Region{Size: size, Page: page}
	s := k.strategy
	k.probe = &probe{strategy: s, region: region}
	err := program.Try(func() { k.probe = open(s, region) })
	if refusesRegion(err) {
		k.unable("no allocator " + describe(region))
	} else if err != nil {
		panic(program.Failure{Err: err})
	}
}

// scaled is the kernel's number n, or a part of it where sizes are cut.
func (k *kernel) scaled(n uint64) uint64 {
	if k.small {
		return n / 64
	}
	return n
}

// where is the region at hand, for a failure.
func (k *kernel) where() string {
	if k.region.Page == 0 {
		return "before a region was made"
	}
	return describe(k.region)
}

// unable ends the scenario: the strategy cannot be held to it.
func (k *kernel) unable(why string) { panic(program.Failure{Err: Unable(why)}) }

// close demands that the region at hand is as in the beginning: all free, and
// where every block is a power of two, in the largest such blocks, from the
// largest at address 0 down.
func (k *kernel) close() {
	k.empty("at the end")
	k.selfCheck()
	if !k.can(strategies.CapPow2Blocks) {
		return
	}
	free := slices.Collect(k.allocator.FreeBlocks())
	slices.SortFunc(free, byStart)
	at := uint64(0)
	for _, b := range free {
		if want := floorPow2(k.managed() - at); b.Size != want {
			program.Failf("at the end, free is %s: the block at %d is not of %d", strategies.Blocks(free), b.Start, want)
		}
		at = b.End()
	}
}

// granted is grant with the demand that the blocks are size bytes exactly; only
// a strategy that rounds up may give more.
func (k *kernel) granted(r strategies.Request) []strategies.Block {
	blocks := k.grant(r)
	if n := total(blocks); n != r.Size && !k.can(strategies.CapRoundUp) {
		program.Failf("%v was granted %s: %d bytes", r, strategies.Blocks(blocks), n)
	}
	return blocks
}

// denied demands that r is refused for lack of space, and looks no further:
// refuse also compares what is free, which takes long in a large region.
func (k *kernel) denied(r strategies.Request) {
	if blocks, err := k.allocator.Alloc(nil, r); err == nil {
		program.Failf("%v was granted %s", r, strategies.Blocks(blocks))
	} else if err != strategies.ErrNoSpace {
		program.Failf("%v was refused with %q, not with ErrNoSpace", r, err)
	}
}

// room is the largest plain request that the window [lo, hi) can hold now: what
// is free there, or, if the strategy never scatters, the largest run of it.
func (k *kernel) room(lo, hi uint64) (bytes uint64) {
	for _, b := range k.freeRuns() {
		start, end := max(b.Start, lo), min(b.End(), hi)
		switch {
		case start >= end:
		case k.can(strategies.CapScatter):
			bytes += end - start
		default:
			bytes = max(bytes, end-start)
		}
	}
	return bytes
}

// someOf is a random number of bytes, whole pages, from one page to most.
func (k *kernel) someOf(most uint64) uint64 {
	return k.bytes(1 + k.rng.Uint64N(most/k.region.Page))
}

// within is a request for the bytes of a window: it may be smaller.
func within(size, lo, hi uint64) strategies.Request {
	return strategies.Request{Size: size, Lo: lo, Hi: hi, Flags: strategies.Range}
}

// aligned is a request for size bytes at a multiple of size: to a buddy, one
// block.
func aligned(size uint64) strategies.Request { return strategies.Request{Size: size, Align: size} }

// floorPow2 is the largest power of two not above n, which is not 0.
func floorPow2(n uint64) uint64 { return 1 << (bits.Len64(n) - 1) }

// primes yields 1 and the primes, as the kernel's for_each_prime_number_from(1)
// does.
func primes(yield func(uint64) bool) {
	for n := uint64(1); ; n++ {
		if prime(n) && !yield(n) {
			return
		}
	}
}

func prime(n uint64) bool {
	for d := uint64(2); d*d <= n; d++ {
		if n%d == 0 {
			return false
		}
	}
	return true
}
