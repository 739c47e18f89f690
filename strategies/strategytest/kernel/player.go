package kernel

import (
	"fmt"
	"math/bits"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/strategies/internal/program"
	"github.com/vramlab/vramlab/strategies/strategytest/internal/probe"
)

// Unable is the error of a scenario that a strategy cannot be held to: the
// reason, in a few words.
type Unable string

// Error is the reason behind "not able: ".
func (u Unable) Error() string { return "not able: " + string(u) }

// player is a strategy in the hands of a scenario: a probe for the current region,
// which the scenario opens, and a source of random numbers.
type player struct {
	*probe.Probe
	rng   *rand.Rand
	small bool     // cut sizes, for strategies whose every search is a walk
	notes []string // what was measured, and where the strategy differs on purpose
	now   func() time.Time
}

func newPlayer(s strategies.Strategy, seed uint64) *player {
	return &player{Probe: &probe.Probe{Strategy: s}, rng: rand.New(rand.NewPCG(seed, 0)), now: time.Now}
}

func (k *player) note(text string) { k.notes = append(k.notes, text) }

// noteDeviations notes the known deviations in the region that is about to be left.
func (k *player) noteDeviations() {
	for _, d := range k.Deviations() {
		k.note(fmt.Sprintf("known deviation: %v", d))
	}
}

// open makes an empty allocator for a region, under strategies.Checked.
func (k *player) open(size, page uint64) {
	k.noteDeviations()
	region := strategies.Region{Size: size, Page: page}
	s := k.Strategy
	k.Probe = &probe.Probe{Strategy: s, Region: region}
	err := program.Try(func() { k.Probe = probe.Open(s, region) })
	if probe.RefusesRegion(err) {
		k.unable("no allocator " + probe.Describe(region))
	} else if err != nil {
		panic(program.Failure{Err: err})
	}
}

// scaled is the kernel's number n, or a part of it where sizes are cut.
func (k *player) scaled(n uint64) uint64 {
	if k.small {
		return n / 64
	}
	return n
}

// where is the current region, for a failure.
func (k *player) where() string {
	if k.Region.Page == 0 {
		return "before a region was made"
	}
	return probe.Describe(k.Region)
}

// unable ends the scenario: the strategy cannot be held to it.
func (k *player) unable(why string) { panic(program.Failure{Err: Unable(why)}) }

// close demands that the current region is as in the beginning: all free and, where
// every block is a power of two, in the largest such blocks, the largest at address 0.
func (k *player) close() {
	k.Empty("at the end")
	k.SelfCheck()
	if !k.Can(strategies.CapPow2Blocks) {
		return
	}
	free := slices.Collect(k.Allocator.FreeBlocks())
	slices.SortFunc(free, probe.ByStart)
	at := uint64(0)
	for _, b := range free {
		if want := floorPow2(k.Managed() - at); b.Size != want {
			program.Failf("at the end, free is %s: the block at %d is not of %d", strategies.Blocks(free), b.Start, want)
		}
		at = b.End()
	}
}

// granted is grant with the demand that the blocks are size bytes exactly; only
// a strategy that rounds up may give more.
func (k *player) granted(r strategies.Request) []strategies.Block {
	blocks := k.Grant(r)
	if n := probe.Total(blocks); n != r.Size && !k.Can(strategies.CapRoundUp) {
		program.Failf("%v was granted %s: %d bytes", r, strategies.Blocks(blocks), n)
	}
	return blocks
}

// denied demands that r is refused for lack of space, and looks no further:
// refuse also compares what is free, which takes long in a large region.
func (k *player) denied(r strategies.Request) {
	if blocks, err := k.Allocator.Alloc(nil, r); err == nil {
		program.Failf("%v was granted %s", r, strategies.Blocks(blocks))
	} else if err != strategies.ErrNoSpace {
		program.Failf("%v was refused with %q, not with ErrNoSpace", r, err)
	}
}

// room is the largest plain request that the window [lo, hi) can hold now: what
// is free there, or, if the strategy never scatters, the largest run of it.
func (k *player) room(lo, hi uint64) (bytes uint64) {
	for _, b := range k.FreeRuns() {
		start, end := max(b.Start, lo), min(b.End(), hi)
		switch {
		case start >= end:
		case k.Can(strategies.CapScatter):
			bytes += end - start
		default:
			bytes = max(bytes, end-start)
		}
	}
	return bytes
}

// someOf is a random number of bytes, whole pages, from one page to most.
func (k *player) someOf(most uint64) uint64 {
	return k.Bytes(1 + k.rng.Uint64N(most/k.Region.Page))
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
