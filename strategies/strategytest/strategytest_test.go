package strategytest_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/strategies/strategytest"
)

func TestReference(t *testing.T)  { strategytest.Run(t, strategytest.Reference) }
func TestScattering(t *testing.T) { strategytest.Run(t, strategytest.Scattering) }
func FuzzReference(f *testing.F)  { strategytest.Fuzz(f, strategytest.Reference) }
func FuzzScattering(f *testing.F) { strategytest.Fuzz(f, strategytest.Scattering) }

// TestChecked runs the kit on a strategy that is under Checked already: the
// wrapper must keep the rules itself. Only its look at what is free takes an
// iterator from the heap now and then.
func TestChecked(t *testing.T) {
	s := strategies.Checked(strategytest.Scattering)
	for _, r := range strategytest.Rules() {
		if err := r.Check(s); err != nil && s.Caps.Has(r.Caps) && r.Name != "heap" {
			t.Error(err)
		}
	}
}

// TestGolden compares first fit with a trace written by hand.
func TestGolden(t *testing.T) {
	strategytest.Golden(t, strategytest.Reference, "testdata/*.trace")
}

// TestReferencePlacements is first fit by example, on sixteen pages of which
// 2, 3, 8 and 9 are taken.
func TestReferencePlacements(t *testing.T) {
	const p, top, contiguous, window = 4096, strategies.TopDown, strategies.Contiguous, strategies.Range
	check := func(s strategies.Strategy, r strategies.Request, want string) {
		t.Helper()
		a, err := s.New(strategies.Region{Size: 16 * p, Page: p})
		if err != nil {
			t.Fatal(err)
		}
		for _, lo := range []uint64{2 * p, 8 * p} {
			if _, err := a.Alloc(nil, strategies.Request{Size: 2 * p, Lo: lo, Flags: window}); err != nil {
				t.Fatal(err)
			}
		}
		blocks, err := a.Alloc(nil, r)
		got := strategies.Errno(err)
		for _, b := range blocks {
			got += fmt.Sprintf(" %d+%d", b.Start/p, b.Size/p)
		}
		if got = strings.TrimSpace(got); got != want {
			t.Errorf("%s, %v: got %q, want %q (in pages)", s.Name, r, got, want)
		}
	}
	one, many := strategytest.Reference, strategytest.Scattering
	check(one, strategies.Request{Size: 2 * p}, "0+2")
	check(one, strategies.Request{Size: 3*p - 1}, "4+3")
	check(one, strategies.Request{Size: 5 * p}, "10+5")
	check(one, strategies.Request{Size: 5 * p, Flags: top}, "11+5")
	check(one, strategies.Request{Size: p, Align: 5 * p}, "0+1")
	check(one, strategies.Request{Size: p, Align: 5 * p, Flags: top}, "15+1")
	check(one, strategies.Request{Size: 2 * p, Align: 4 * p, Flags: top}, "12+2")
	check(one, strategies.Request{Size: 3 * p, Align: 5*p + 100}, "5+3")
	check(one, strategies.Request{Size: 2 * p, Lo: 5 * p, Hi: 8 * p, Flags: window}, "5+2")
	check(one, strategies.Request{Size: 2 * p, Lo: 5 * p, Hi: 8 * p, Flags: window | top}, "6+2")
	check(one, strategies.Request{Size: 2 * p, Lo: 5*p + 1, Hi: 8*p + 1, Flags: window}, "6+2")
	check(one, strategies.Request{Size: 2 * p, Lo: 6 * p, Hi: 1, Flags: window}, "ENOSPC")
	check(one, strategies.Request{Size: 7 * p}, "ENOSPC")
	check(one, strategies.Request{Size: 17 * p}, "E2BIG")
	check(one, strategies.Request{}, "EINVAL")
	check(many, strategies.Request{Size: 7 * p}, "0+2 4+4 10+1")
	check(many, strategies.Request{Size: 7 * p, Flags: top}, "10+6 7+1")
	check(many, strategies.Request{Size: 7 * p, Flags: contiguous}, "ENOSPC")
	check(many, strategies.Request{Size: 5 * p, Align: 4 * p}, "0+2 4+3")
	check(many, strategies.Request{Size: 12 * p}, "0+2 4+4 10+6")
	check(many, strategies.Request{Size: 13 * p}, "ENOSPC")
}

// The rules of the kit, with the tiers in which they begin to count, as they are
// printed by failures.
func ExampleRules() {
	for _, r := range strategytest.Rules() {
		fmt.Printf("%s/%s: %s\n", r.Tier, r.Name, r.Text)
	}
	// Output:
	// correct/regions: New refuses what Region.Validate refuses, wrapping ErrInvalid, and accepts a megabyte of 4 KiB pages
	// correct/new: a new allocator has the whole managed region free, and nothing behind the last whole page
	// correct/freeblocks: FreeBlocks stops when its consumer does, and changes nothing
	// correct/sizes: in an empty region every size up to the largest power of two is granted, contiguous or not, and a free restores it
	// correct/whole: the whole region can be granted and freed, again and again
	// correct/bytes: a size that is not a multiple of the page is rounded up or refused
	// correct/zero: a request for 0 bytes is refused and changes nothing
	// correct/toolarge: a request larger than the managed region is refused and changes nothing
	// correct/clear: Clear is a preference: a Clear request is granted from dirty memory too
	// correct/append: the blocks granted are appended to dst: its prefix stays, its spare capacity is used, and no reference to it is kept
	// correct/fill: single pages are granted until the region is full, and one is granted whenever one is free
	// correct/restore: an allocator emptied in any order grants what a new one grants, in no more blocks
	// correct/apart: a request for one run of addresses is refused while no two free pages adjoin, and granted once they do
	// correct/scatter: a strategy with CapScatter uses fragmented memory up to the last page
	// kernel-grade/cleared: with CapClear memory freed as zero goes to Clear requests first, and merges with dirty memory when it must
	// correct/align: an alignment that is a power of two is honoured, and never loses memory
	// kernel-grade/anyalign: with CapAnyAlign an alignment that is not a power of two is honoured, and one below the page has no effect
	// kernel-grade/window: with CapWindow a request is granted inside its window, up to its edges, whenever there is room
	// kernel-grade/windowfull: with CapWindow a window is filled to the last page, and nothing outside it is touched
	// kernel-grade/oddwindow: a window that is empty, reversed or too small is refused, one without upper limit is granted, one that runs past the end is refused or cut
	// kernel-grade/topdown: with CapTopDown an empty region is used from its upper half first
	// kernel-grade/trim: a Trimmer keeps exactly the part asked for, the rest is free at once, and what cannot be trimmed is as it was
	// kernel-grade/badtrim: Trim panics with a sentence when it is given anything but the blocks of one live grant in their order, and changes nothing
	// kernel-grade/reset: a ClearResetter changes what is known of free memory, and neither what is free nor what is live
	// kernel-grade/place: a Placer grants exactly the free extent that it is asked for, wherever it lies, and a refusal changes nothing
	// kernel-grade/badfree: Free panics with a sentence when it is given anything but the blocks of one live grant in their order, and changes nothing
	// fast/heap: in a steady state Alloc and Free allocate nothing on the Go heap
	// kernel-grade/huge: a region of 2^64-1 bytes works, and takes no memory in proportion to its size
	// correct/deterministic: the same calls give the same placements, whatever another allocator of the strategy does meanwhile
	// correct/random: random programs keep all rules, a page is refused only where none is free, and in the end the region is empty and as good as new
	// kernel-grade/oddrandom: random programs with windows and with requests that make no sense keep all rules, and leave the region as good as new
	// kernel-grade/odddeterministic: the same calls give the same placements also with windows and with requests that make no sense
}

// A rule can be tried on any strategy outside a test, here one that cannot
// scatter on a rule that its Caps would have skipped.
func ExampleRule_Check() {
	for _, r := range strategytest.Rules() {
		if r.Name == "scatter" {
			err := r.Check(strategytest.Reference)
			fmt.Println(strings.Split(err.Error(), " with free:")[0])
		}
	}
	// Output:
	// reference broke the rule that a strategy with CapScatter uses fragmented memory up to the last page: 524288 bytes was refused (no space)
}
