package strategytest

import (
	"slices"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/strategies/strategytest/internal/probe"
)

// The regions that the rules run on.
var (
	plain   = []strategies.Region{probe.Megabyte}
	regions = slices.Concat(plain, probe.OddRegions)
	huge    = []strategies.Region{{Size: 1<<64 - 1, Page: 4096}}
)

// The rules, simple ones first. What a rule demands stands in its text; the
// functions are in the files named.
var rules = []Rule{
	// rules_basic.go: a region, and one grant in it.
	{"regions", "New refuses what Region.Validate refuses, wrapping ErrInvalid, and accepts a megabyte of 4 KiB pages",
		Correct, 0, plain, testRegions},
	{"new", "a new allocator has the whole managed region free, and nothing behind the last whole page",
		Correct, 0, regions, testNew},
	{"freeblocks", "FreeBlocks stops when its consumer does, and changes nothing",
		Correct, 0, regions, testFreeBlocks},
	{"sizes", "in an empty region every size up to the largest power of two is granted, contiguous or not, and a free restores it",
		Correct, 0, regions, testSizes},
	{"whole", "the whole region can be granted and freed, again and again",
		Correct, 0, regions, testWhole},
	{"bytes", "a size that is not a multiple of the page is rounded up or refused",
		Correct, 0, regions, testBytes},
	{"zero", "a request for 0 bytes is refused and changes nothing",
		Correct, 0, regions, testZero},
	{"toolarge", "a request larger than the managed region is refused and changes nothing",
		Correct, 0, regions, testTooLarge},
	{"clear", "Clear is a preference: a Clear request is granted from dirty memory too",
		Correct, 0, regions, testClear},
	{"append", "the blocks granted are appended to dst: its prefix stays, its spare capacity is used, and no reference to it is kept",
		Correct, 0, regions, testAppend},

	// rules_full.go: many grants at once.
	{"fill", "single pages are granted until the region is full, and one is granted whenever one is free",
		Correct, 0, regions, testFill},
	{"restore", "an allocator emptied in any order grants what a new one grants, in no more blocks",
		Correct, 0, regions, testRestore},
	{"apart", "a request for one run of addresses is refused while no two free pages adjoin, and granted once they do",
		Correct, 0, regions, testApart},
	{"scatter", "a strategy with CapScatter uses fragmented memory up to the last page",
		Correct, strategies.CapScatter, regions, testScatter},
	{"cleared", "with CapClear memory freed as zero goes to Clear requests first, and merges with dirty memory when it must",
		KernelGrade, strategies.CapClear, regions, testCleared},

	// rules_place.go: where a grant lies.
	{"align", "an alignment that is a power of two is honoured, and never loses memory",
		Correct, 0, regions, testAlign},
	{"anyalign", "with CapAnyAlign an alignment that is not a power of two is honoured, and one below the page has no effect",
		KernelGrade, strategies.CapAnyAlign, regions, testAnyAlign},
	{"window", "with CapWindow a request is granted inside its window, up to its edges, whenever there is room",
		KernelGrade, strategies.CapWindow, regions, testWindow},
	{"windowfull", "with CapWindow a window is filled to the last page, and nothing outside it is touched",
		KernelGrade, strategies.CapWindow, regions, testWindowFull},
	{"oddwindow", "a window that is empty, reversed or too small is refused, one without upper limit is granted, one that runs past the end is refused or cut",
		KernelGrade, strategies.CapWindow, regions, testOddWindow},
	{"topdown", "with CapTopDown an empty region is used from its upper half first",
		KernelGrade, strategies.CapTopDown, regions, testTopDown},

	// rules_trim.go: what a Trimmer keeps, and what a ClearResetter changes.
	{"trim", "a Trimmer keeps exactly the part asked for, the rest is free at once, and what cannot be trimmed is as it was",
		KernelGrade, 0, regions, testTrim},
	{"badtrim", "Trim panics with a sentence when it is given anything but the blocks of one live grant in their order, and changes nothing",
		KernelGrade, 0, plain, testBadTrim},
	{"reset", "a ClearResetter changes what is known of free memory, and neither what is free nor what is live",
		KernelGrade, 0, regions, testReset},

	// rules_exact.go: what a Placer takes.
	{"place", "a Placer grants exactly the free extent that it is asked for, wherever it lies, and a refusal changes nothing",
		KernelGrade, 0, regions, testPlace},

	// rules_free.go: what a wrong Free does.
	{"badfree", "Free panics with a sentence when it is given anything but the blocks of one live grant in their order, and changes nothing",
		KernelGrade, 0, plain, testBadFree},

	// rules_cost.go: what it takes from the machine.
	{"heap", "in a steady state Alloc and Free allocate nothing on the Go heap",
		Fast, 0, regions, testHeap},
	{"huge", "a region of 2^64-1 bytes works, and takes no memory in proportion to its size",
		KernelGrade, 0, huge, testHuge},

	// rules_random.go: everything at once.
	{"deterministic", "the same calls give the same placements, whatever another allocator of the strategy does meanwhile",
		Correct, 0, regions, testDeterministic},
	{"random", "random programs keep all rules, a page is refused only where none is free, and in the end the region is empty and as good as new",
		Correct, 0, regions, testRandom},
	{"oddrandom", "random programs with windows and with requests that make no sense keep all rules, and leave the region as good as new",
		KernelGrade, 0, regions, testOddRandom},
	{"odddeterministic", "the same calls give the same placements also with windows and with requests that make no sense",
		KernelGrade, 0, regions, testOddDeterministic},
}
