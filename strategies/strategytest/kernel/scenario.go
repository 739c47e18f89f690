// Package kernel is the kernel's own tests of its allocators, as scenarios that any
// strategy can play: the selftests of i915's memory regions on a mock device (mock_),
// the unit tests of its buddy allocator (buddy_) and those of drm_mm (mm_).
//
// Many were removed from the kernel for being slow and undocumented; here each says
// what it proves, draws from a seed, and takes a fraction of a second. [Run] plays all
// that [Scenarios] lists and logs a [Matrix] of who plays which.
//
// A scenario keeps the name, the sizes and the assertions of the kernel's test as far
// as the vocabulary of the lab has them: a reservation is a request whose window is
// exactly its size, a drm_mm node is a request that the strategy may serve in pieces
// if it scatters, GPU-only is TopDown, the modes LOW and ONCE of drm_mm are windows.
// Three things are different.
//
// It is adapted to what a strategy is. i915 relaxed its mock selftests when it put the
// range manager under them; here too, a strategy that never scatters is asked for no
// more than its largest free run wherever memory is fragmented, and has to refuse
// more. The buddy tests that rely on where a buddy puts its blocks use exact windows
// for any other strategy. A strategy that rounds up to powers of two is not asked for
// what rounding makes impossible.
//
// A scenario says so when a strategy is not able: because Caps lacks what the scenario
// needs, because the strategy does not take the region, or, in mm_topdown, because its
// TopDown is a preference, as the contract allows. Neither a subtest nor the matrix
// passes over it in silence.
//
// It tests no absolute time. drm_mm's "twice the nodes in at most four times the time"
// is a bound on the exponent of the work over the number of nodes, fitted over four
// numbers: of exact counts if the allocator is a [strategies.Counter], and otherwise
// of times, with a wide margin.
//
// What a strategy thinks of memory that it merged by force (clear or dirty) cannot be
// seen from outside, so buddy_clear does not test it. Scenarios keep some ten thousand
// grants at a time, as in the kernel: a strategy whose every search is a walk takes
// half a minute.
package kernel

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"text/tabwriter"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/strategies/internal/program"
)

// Scenario is one of the kernel's own tests of its allocators, retold for any
// strategy. What changes for one that never scatters, or that does not grant powers
// of two, stands at the function that plays it.
type Scenario struct {
	Name  string          // of the subtest
	Doc   string          // what it proves, as a failure quotes it
	From  string          // the function in the kernel
	Needs strategies.Caps // strategies without all of these are not able

	play func(k *player) // fails by program.Failf, gives up by k.unable
}

// Scenarios lists the scenarios in the order they run.
func Scenarios() []Scenario { return slices.Clone(scenarios) }

// Check holds s to the scenario, with random numbers from seed. The error is
// [Unable] if s lacks an ability, and otherwise quotes what was to be proved.
func (sc Scenario) Check(s strategies.Strategy, seed uint64) error {
	return sc.run(newPlayer(s, seed), seed)
}

func (sc Scenario) run(k *player, seed uint64) (err error) {
	if missing := sc.Needs &^ k.Strategy.Caps; missing != 0 {
		return Unable(inWords(missing))
	}
	err = program.Try(func() { sc.play(k) })
	k.noteDeviations()
	if err == nil || errors.As(err, new(Unable)) {
		return err
	}
	return fmt.Errorf("%s in %s, which shows that %s (%s; seed %d; %s): %w",
		k.Strategy.Name, sc.Name, sc.Doc, sc.From, seed, k.where(), err)
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

// Run holds each strategy to each scenario, as subtests SCENARIO/STRATEGY,
// with random numbers from seed, and logs the outcomes as a table. A strategy
// that is not able skips the subtest with the reason.
func Run(t *testing.T, seed uint64, list ...strategies.Strategy) *Matrix {
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
	k := newPlayer(s, seed)
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
