// Package strategytest is the conformance kit for placement strategies: what
// package [strategies] promises in words, as rules that run.
//
// # Idea
//
// A strategy is tested with a few lines and no edit to this repository:
//
//	func TestConformance(t *testing.T) { strategytest.Run(t, mine.Strategy) }
//	func FuzzConformance(f *testing.F) { strategytest.Fuzz(f, mine.Strategy) }
//	func TestGolden(t *testing.T)      { strategytest.Golden(t, mine.Strategy, "testdata/*.trace") }
//	func TestKernel(t *testing.T)      { kernel.Run(t, 1, mine.Strategy) }
//
// [Run] holds the strategy to the rules that [Rules] lists, one subtest each, in
// three tiers: [Correct] first, then [KernelGrade] and [Fast]. A new allocator is
// tested with go test -run Conformance/correct; example_test.go is one that passes.
// [Fuzz] lets the fuzzer look for a program of allocations and frees that breaks a
// rule. [Golden] compares placements with recorded ones, block for block, for
// strategies that model another allocator. Package kernel plays the kernel's own
// tests of its allocators; package metamorphic runs random programs for as long as
// one likes, changes them in ways that must not matter, and compares.
//
// Almost everything runs under [strategies.Checked], so overlap, windows, alignment,
// totals and the tiling of live and free space are verified in every rule and not
// only in one. What remains for the rules is what a shadow model cannot see: whether
// a request that must succeed does, whether an emptied allocator is as good as new,
// whether the same calls give the same placements, what a wrong Free does to the
// allocator itself, what comes from the Go heap.
//
// # What a strategy may do
//
// The kit demands what Caps declares and no more. Every strategy must grant any
// size up to the largest power of two in an empty region; only one with CapScatter
// must grant every page of a fragmented one. A size that is no multiple of the page
// may be rounded up or refused; what a window means whose bounds are inside a page is
// left open. A strategy may refuse a region that [strategies.Region.Validate] accepts
// (it may take powers of two only), except a plain megabyte.
//
// # Failures
//
// The first line of a failure names the strategy, the rule, what happened and the
// region. A random program that fails follows, reduced to what it takes and written
// as a trace: "vramlab replay" runs it.
//
// A rule fails by panicking, and [Rule.Check] returns that as an error. This keeps
// rules to a few lines, treats a failed expectation, a violation found by the shadow
// model and a crash of the strategy alike, and lets the kit be tested with strategies
// that are wrong on purpose.
//
// # Limits
//
// The kit proves the presence of mistakes only. It judges neither placements beyond
// the contract (golden files do) nor speed, and says nothing about use from several
// goroutines, which the contract leaves out.
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
	"strings"
	"testing"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/strategies/internal/firstfit"
	"github.com/vramlab/vramlab/strategies/internal/program"
	"github.com/vramlab/vramlab/strategies/strategytest/internal/probe"
)

// A Tier is the level of an allocator that a rule belongs to.
type Tier string

const (
	// Correct: grant what is free, once, aligned, and take it back. Windows, the top
	// and wrong frees are not tested here. First fit over a sorted slice does.
	Correct Tier = "correct"
	// KernelGrade: what a driver relies on besides: windows to their edges, the
	// top, cleared memory, a wrong Free that is caught, requests that make no sense,
	// and all that is Correct on regions that are huge or odd.
	KernelGrade Tier = "kernel-grade"
	// Fast: no Go heap in a steady state.
	Fast Tier = "fast"
)

// Tiers lists the tiers in the order they run.
func Tiers() []Tier { return []Tier{Correct, KernelGrade, Fast} }

// Rule is one promise of the contract, and how it is tested.
type Rule struct {
	Name string          // of the subtest
	Text string          // the promise, as a failure quotes it
	Tier Tier            // the lowest in which it is tested
	Caps strategies.Caps // strategies without all of these are not held to it

	regions []strategies.Region  // where it is tested
	test    func(p *probe.Probe) // fails by program.Failf
}

// Run holds s to every rule that its Caps call for: a subtest TIER/RULE for each, so
// that go test -run Conformance/correct, say, runs those of one tier. What is
// Correct is tested on a plain megabyte there, and on the odd regions as a part of
// KernelGrade. After a failure of the first two rules the others are not tested: none
// can hold without a New that works.
func Run(t *testing.T, s strategies.Strategy) {
	t.Helper()
	if err := strategies.Validate(s); err != nil {
		t.Fatal(err)
	}
	works := true
	for _, tier := range Tiers() {
		if works {
			t.Run(string(tier), func(t *testing.T) { works = runTier(t, s, tier) })
		}
	}
}

// runTier runs the rules of a tier, and reports whether New works.
func runTier(t *testing.T, s strategies.Strategy, tier Tier) bool {
	for _, r := range rules {
		regions := r.in(tier)
		if len(regions) == 0 {
			continue
		}
		kept := t.Run(r.Name, func(t *testing.T) { r.run(t, s, regions) })
		if !kept && (r.Name == "regions" || r.Name == "new") {
			t.Log("the rest needs a working New, and was not tested")
			return false
		}
	}
	return true
}

func (r Rule) run(t *testing.T, s strategies.Strategy, regions []strategies.Region) {
	if !s.Caps.Has(r.Caps) {
		t.Skipf("not promised by the Caps of %s", s.Name)
	}
	known, err := r.check(s, regions)
	for _, d := range known {
		t.Logf("known deviation of %s: %v", s.Name, d)
	}
	if err != nil {
		t.Error(err)
	}
}

// in is where the rule is tested as a part of a tier.
func (r Rule) in(tier Tier) (regions []strategies.Region) {
	for _, region := range r.regions {
		in := r.Tier
		if in == Correct && region != probe.Megabyte {
			in = KernelGrade
		}
		if in == tier {
			regions = append(regions, region)
		}
	}
	return regions
}

// Rules lists the rules in the order they run: simple ones first, so that the
// first failure is the one to look at.
func Rules() []Rule { return append([]Rule(nil), rules...) }

// Check holds s to the rule, whether its Caps call for it or not, on every
// region of the rule that s accepts. The first line of the error names the
// strategy, the rule and what happened.
func (r Rule) Check(s strategies.Strategy) error {
	_, err := r.check(s, r.regions)
	return err
}

// check is Check on some regions; it counts the known deviations.
func (r Rule) check(s strategies.Strategy, regions []strategies.Region) (known []strategies.Deviation, err error) {
	for _, region := range regions {
		err := program.Try(func() {
			p := probe.Open(s, region)
			r.test(p)
			p.SelfCheck()
			known = probe.AddDeviations(known, p.Deviations())
		})
		if err != nil && (region == probe.Megabyte || !probe.RefusesRegion(err)) {
			return known, r.quote(err, s, region)
		}
	}
	return known, nil
}

// quoted is an error in the words of a failure.
type quoted struct {
	error
	text string
}

func (q quoted) Error() string { return q.text }

func (q quoted) Unwrap() error { return q.error }

// quote is err behind the rule that was broken, on one line with the region; the
// reduced program, or the stack of a crash, follows. A rule that the shadow model
// found broken stands in its error already.
func (r Rule) quote(err error, s strategies.Strategy, region strategies.Region) error {
	text, listing := err.Error(), ""
	if reduced := (*program.Reduced)(nil); errors.As(err, &reduced) {
		text, listing = reduced.Err.Error(), "\n"+reduced.Listing()
	}
	if v := (*strategies.Violation)(nil); !errors.As(err, &v) {
		text = s.Name + " broke the rule that " + r.Text + ": " + text
	}
	line, stack, crash := strings.Cut(text, "\n")
	line += " (" + r.Name + ", " + probe.Describe(region) + ")"
	if crash {
		line += "\n" + stack
	}
	return quoted{err, line + listing}
}

// The reference strategies are first fit on a sorted list of live blocks, written to
// be read. They are what another strategy can be compared with where only success,
// totals and rules count, and what the kit tests itself with.
var (
	// Reference grants every request as one block.
	Reference = firstfit.Single
	// Scattering takes gap after gap until the request is satisfied, unless it
	// is contiguous: it refuses a plain request only when memory is short.
	Scattering = firstfit.Scattering
)
