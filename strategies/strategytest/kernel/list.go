package kernel

import "github.com/vramlab/vramlab/strategies"

// The scenarios. What each proves stands in its Doc; the functions, with what
// differs from the kernel's, are in the files named.
var scenarios = []Scenario{
	// mock.go: the selftests of i915's memory regions.
	{"mock_fill", "objects of 1, 2, 3, 5, 7, ... pages are granted until one exceeds the free memory",
		"igt_mock_fill", 0, (*player).mockFill},
	{"mock_reserve", "random ranges can be reserved, and what is left between them is all granted",
		"igt_mock_reserve", strategies.CapWindow, (*player).mockReserve},
	{"mock_contiguous", "a contiguous object is one run and no larger than asked; with every second 64 KiB taken, runs of up to 64 KiB are granted and longer ones not",
		"igt_mock_contiguous", 0, (*player).mockContiguous},
	{"mock_splintered_region", "a region a page short of a power of two is granted as a whole, and the power of two is not",
		"igt_mock_splintered_region", 0, (*player).mockSplinteredRegion},
	{"mock_max_segment", "the table of an object of 8 GiB has segments as long as 32 bits allow and no longer, and each begins at a page",
		"igt_mock_max_segment", 0, (*player).mockMaxSegment},
	{"mock_io_size", "GPU-only objects can use all memory; objects for the CPU stay inside the CPU's part and can fill it",
		"igt_mock_io_size", strategies.CapWindow | strategies.CapTopDown, (*player).mockIOSize},

	// buddy.go, bias.go, clear.go, growth.go: the unit tests of the buddy allocator.
	{"buddy_smoke", "blocks of any order and below fill a region to the last page, and it is as good as new when all are freed",
		"igt_buddy_alloc_smoke", 0, (*player).buddySmoke},
	{"buddy_optimistic", "a region with one root of each order grants one block of each, and is then full",
		"drm_test_buddy_alloc_optimistic", 0, (*player).buddyOptimistic},
	{"buddy_pessimistic", "one block of each order and a page fill a power of two; freed smallest first, each makes the next order possible",
		"drm_test_buddy_alloc_pessimistic", 0, (*player).buddyPessimistic},
	{"buddy_pathological", "where no two free pages adjoin, nothing larger than a page is granted in one run",
		"drm_test_buddy_alloc_pathological", 0, (*player).buddyPathological},
	{"buddy_limit", "the largest region of 64 bits grants its largest power of two as one block",
		"drm_test_buddy_alloc_limit", 0, (*player).buddyLimit},
	{"buddy_range", "exact windows, each behind the last, are granted in place up to the end of the region",
		"igt_buddy_alloc_range", strategies.CapWindow, (*player).buddyRange},
	{"buddy_range_bias", "requests stay in their window, are refused when it has no room, and can fill it to the last page",
		"drm_test_buddy_alloc_range_bias", strategies.CapWindow, (*player).buddyRangeBias},
	{"buddy_contiguous", "contiguous requests find free runs exactly as long as they need, and no others",
		"drm_test_buddy_alloc_contiguous", 0, (*player).buddyContiguous},
	{"buddy_clear", "clear pages go to Clear requests, never make a request fail, and merge with dirty ones when they must",
		"drm_test_buddy_alloc_clear", strategies.CapClear | strategies.CapWindow, (*player).buddyClear},
	{"buddy_exceeds_max_order", "a request that rounds up beyond the largest root is granted as it is or refused as invalid",
		"drm_test_buddy_alloc_exceeds_max_order", 0, (*player).buddyExceedsMaxOrder},
	{"buddy_fragmentation_performance", "with a fragment of 8 KiB in every 64 KiB, the cost of taking and freeing n of them grows no faster than n squared",
		"drm_test_buddy_fragmentation_performance", 0, (*player).buddyFragmentationPerformance},

	// mm.go, growth.go: the unit tests of drm_mm.
	{"mm_init", "a new region is one hole, which can be taken and comes back",
		"drm_test_mm_init", 0, (*player).mmInit},
	{"mm_reserve", "ranges are reserved in any order, once each, and none outside the region",
		"drm_test_mm_reserve", strategies.CapWindow, (*player).mmReserve},
	{"mm_insert", "nodes fill a region until no more fit, and any nodes taken out can be put back",
		"drm_test_mm_insert", 0, (*player).mmInsert},
	{"mm_align", "nodes can be aligned to any prime and to every power of two of the address space",
		"drm_test_mm_align", 0, (*player).mmAlign},
	{"mm_frag", "twice the inserts into fragmented space take at most four times the work",
		"drm_test_mm_frag", 0, (*player).mmFrag},
	{"mm_highest", "a request from the top skips a hole that is too small, and takes the highest of those that are not",
		"drm_test_mm_highest", strategies.CapTopDown, (*player).mmHighest},
	{"mm_lowest", "a request skips a low hole that is too small; windows find the lowest place of several",
		"drm_test_mm_lowest", 0, (*player).mmLowest},
	{"mm_once", "a request whose window is one hole uses no other",
		"drm_test_mm_once", strategies.CapWindow, (*player).mmOnce},
	{"mm_bottomup", "windows fill a region from below, and its gaps lowest first",
		"drm_test_mm_bottomup", strategies.CapWindow, (*player).mmBottomUp},
	{"mm_topdown", "TopDown fills a region from the top, and its gaps highest first",
		"drm_test_mm_topdown", strategies.CapTopDown, (*player).mmTopDown},
}
