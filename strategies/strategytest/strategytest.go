// Package strategytest is the conformance kit for placement strategies: what
// package [strategies] promises in words, as rules that run, the kernel's own
// tests of its allocators as scenarios, and a search for what neither foresaw.
//
// # Idea
//
// A strategy is tested with ten lines and no edit to this repository:
//
//	func TestConformance(t *testing.T) { strategytest.Run(t, mine.Strategy) }
//	func FuzzConformance(f *testing.F) { strategytest.Fuzz(f, mine.Strategy) }
//	func TestGolden(t *testing.T)      { strategytest.Golden(t, mine.Strategy, "testdata/*.trace") }
//	func TestKernel(t *testing.T)      { strategytest.Kernel(t, 1, mine.Strategy) }
//
// In example_test.go stands a whole strategy with its tests, less than 60 lines.
//
// [Run] holds the strategy to the rules that [Rules] lists, one subtest each; a
// failure quotes the rule, names the region and says what happened. [Fuzz] lets
// the fuzzer look for a program of allocations and frees that breaks one.
// [Golden] compares placements with recorded ones, block for block, for
// strategies that model another allocator. [Kernel] plays the scenarios that
// [Scenarios] lists and logs a matrix of who plays which. [Metamorphic] runs
// random programs for as long as one likes, changes them in ways that must not
// matter, and compares.
//
// Almost everything runs under [strategies.Checked], so that overlap, windows,
// alignment, totals and the tiling of live and free space are verified in every
// rule and not only in one. What remains for the rules themselves is what a
// shadow model cannot see: whether a request that must succeed does, whether an
// emptied allocator is as good as new, whether the same calls give the same
// placements, what a wrong Free does to the allocator itself, what comes from
// the Go heap.
//
// # What a strategy may do
//
// The kit demands what Caps declares and no more. Every strategy must grant any
// size up to the largest power of two in an empty region; only one with
// CapScatter must grant every page of a fragmented one. A size that is no
// multiple of the page may be rounded up or refused; what a window means whose
// bounds are inside a page is left open. Regions that
// [strategies.Region.Validate] accepts may still be refused (a strategy may
// take powers of two only), and are then left out, except a plain megabyte.
// Each rule runs on regions of a power of two, of one page, of an odd number of
// pages, with a remainder behind the last page, and with larger pages, as far
// as the strategy takes them.
//
// # The kernel's scenarios
//
// A scenario keeps the name, the sizes and the assertions of the kernel's test,
// as far as the vocabulary of the lab has them. Three things are different.
//
// It is adapted to what a strategy is. i915 relaxed its mock selftests when it
// put the range manager under them; here too, one that never scatters is asked
// for no more than its largest free run wherever memory is fragmented, and has
// to refuse more. The buddy tests that rely on where a buddy puts its blocks
// tell any other strategy by exact windows. What rounds up to powers of two is
// not asked for what that makes impossible. Each such difference stands in the
// comment of its function.
//
// It says so when a strategy is not able: because Caps lacks what the scenario
// needs, because the strategy does not take the region, or, in mm_topdown,
// because its TopDown is a preference, as the contract allows. Neither a
// subtest nor the matrix passes over it in silence.
//
// It tests no absolute time. drm_mm's "twice the nodes in at most four times the time" is
// a bound on the exponent of the work over the number of nodes, fitted over four
// numbers: of exact counts if the allocator is a [strategies.Counter], and
// otherwise of times, with a wide margin.
//
// What a strategy thinks of memory that it merged by force (clear or dirty)
// cannot be seen from outside, so buddy_clear does not test it. The modes LOW
// and ONCE of drm_mm are expressed by windows.
//
// # Design
//
// A rule is a function that fails by panicking, recovered in [Rule.Check] and
// returned as an error. That keeps rules to a few lines, treats a failed
// expectation, a broken rule found by the shadow and a crash of the strategy
// alike, and lets the kit be tested with strategies that are broken on purpose
// without failing the test that does it.
//
// Random rules draw programs from fixed seeds. A program that fails is first
// reduced to a short one that still fails, and printed in the trace format:
// what stands in the failure is a file that "vramlab replay" runs. The programs
// of Metamorphic are text from the beginning; they free by id, not by place in
// a list of what is live, so that the same text does the same for every
// strategy and can be varied.
//
// # Limits
//
// The kit proves the presence of mistakes only. It does not judge placements
// beyond the contract (that is what golden files are for) nor speed, and says
// nothing about use from several goroutines, which the contract leaves out.
// Scenarios keep some ten thousand grants at a time, as in the kernel: a
// strategy whose every search is a walk takes half a minute.
//
// # Considered and rejected
//
// One large table of requests and expected placements: that tests one strategy,
// not the contract. Rules that take a *testing.T: the kit could then not be seen
// to fail. Overlap, windows and tiling as rules of their own on allocators
// without Checked: a mistake then shows only where the one rule looks, and most
// mistakes need a window, an alignment and a nearly full region at once.
package strategytest

import (
	"errors"
	"fmt"
	"runtime/debug"
	"testing"

	"github.com/vramlab/vramlab/strategies"
)

// Rule is one promise of the contract, and how it is tested.
type Rule struct {
	Name string          // of the subtest
	Text string          // the promise, as a failure quotes it
	Caps strategies.Caps // strategies without all of these are not held to it

	regions []strategies.Region // where it is tested
	test    func(p *probe)      // fails by p.failf
}

// Run holds s to every rule that its Caps call for, one subtest a rule.
func Run(t *testing.T, s strategies.Strategy) {
	t.Helper()
	if err := strategies.Validate(s); err != nil {
		t.Fatal(err)
	}
	for _, r := range rules {
		t.Run(r.Name, func(t *testing.T) {
			if !s.Caps.Has(r.Caps) {
				t.Skipf("not promised by the Caps of %s", s.Name)
			}
			if err := r.Check(s); err != nil {
				t.Error(err)
			}
		})
	}
}

// Rules lists the rules in the order they run: simple ones first, so that the
// first failure is the one to look at.
func Rules() []Rule { return append([]Rule(nil), rules...) }

// Check holds s to the rule, whether its Caps call for it or not, on every
// region of the rule that s accepts. The error quotes the rule.
func (r Rule) Check(s strategies.Strategy) error {
	for _, region := range r.regions {
		if err := r.checkIn(s, region); err != nil {
			return fmt.Errorf("%s: broken rule %q: %s\n%s: %w", s.Name, r.Name, r.Text, describe(region), err)
		}
	}
	return nil
}

func (r Rule) checkIn(s strategies.Strategy, region strategies.Region) (err error) {
	defer func() {
		if broken := recover(); broken != nil {
			err = asError(broken)
		}
	}()
	p := &probe{s: s, region: region}
	a, err := strategies.Checked(s).New(region)
	if errors.Is(err, strategies.ErrInvalid) && region != megabyte {
		return nil
	}
	if err != nil {
		return fmt.Errorf("no allocator: %w", err)
	}
	p.a = a
	r.test(p)
	p.selfCheck()
	return nil
}

// failure is what a rule panics with.
type failure string

// asError turns what a rule or a strategy panicked with into an error. A crash
// comes with its stack, a sentence of the shadow does not need it.
func asError(broken any) error {
	switch v := broken.(type) {
	case failure:
		return errors.New(string(v))
	case string:
		return fmt.Errorf("panic: %s", v)
	case error:
		if violation := (*strategies.Violation)(nil); errors.As(v, &violation) {
			return v
		}
	}
	return fmt.Errorf("panic: %v\n%s", broken, debug.Stack())
}

func describe(r strategies.Region) string {
	return fmt.Sprintf("in a region of %d bytes with pages of %d", r.Size, r.Page)
}
