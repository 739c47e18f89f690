package importer

import (
	"strings"
	"testing"
)

// Blocks of 2 and 1 pages. Page 4 is allocated again, so it was freed; so is page 3, of the
// block at 2. The free of page 8 is that of a part. Batched frees repeat what was said.
const pagesTraced = `             gcc  8158 [000]  1.000000:        kmem:mm_page_alloc: page=0x2 pfn=0x2 order=1 migratetype=0 gfp_flags=GFP_KERNEL|__GFP_ZERO
             gcc  8158 [000]  1.000001:        kmem:mm_page_alloc: page=0x4 pfn=4 order=0 migratetype=0 gfp_flags=GFP_KERNEL
              as  8159 [001]  1.000002:        kmem:mm_page_alloc: page=0x4 pfn=0x4 order=0 migratetype=0 gfp_flags=GFP_KERNEL
              as  8159 [001]  1.000003:        kmem:mm_page_alloc: page=0x3 pfn=0x3 order=0 migratetype=0 gfp_flags=GFP_KERNEL
              as  8159 [001]  1.000004:        kmem:mm_page_alloc: page=(nil) pfn=0x0 order=9 migratetype=0 gfp_flags=GFP_KERNEL
              as  8159 [001]  1.000005:         kmem:mm_page_free: page=0x4 pfn=0x4 order=0
              as  8159 [001]  1.000005: kmem:mm_page_free_batched: page=0x4 pfn=0x4 order=0
              as  8159 [001]  1.000006:        kmem:mm_page_alloc: page=0x8 pfn=0x8 order=1 migratetype=0 gfp_flags=GFP_KERNEL
              as  8159 [001]  1.000007:         kmem:mm_page_free: page=0x8 pfn=0x8 order=0
              as  8159 [001]  1.000008:         kmem:mm_page_free: page=0x9 pfn=0x9 order=0
              as  8159 [001]  1.000009:        kmem:mm_page_alloc: page=0x0 pfn=0x2 order=1 migratetype=0 gfp_flags=GFP_KERNEL
`

func TestPages(t *testing.T) {
	check(t, pagesTraced, Options{}, `
region 40960 page 4096
@ 0
a 0 8192
= 8192+8192
@ 1000
a 1 4096
= 16384+4096
@ 2000
f 1
a 2 4096
= 16384+4096
@ 3000
f 0
a 3 4096
= 12288+4096
@ 5000
f 2
@ 6000
a 4 8192
= 32768+8192
@ 7000
f 4
@ 9000
f 3
a 5 8192
= 8192+8192
`, `
dropped blocks whose free is missing: a part of them was allocated again (they end there): 2
dropped objects whose free is missing: their address was allocated again (they end there): 1
dropped allocations that failed: 1
dropped frees of a part of a block (all of it is freed): 1
dropped frees of objects that nobody saw: 1
`)
	// A process by the name of its command. Most at once are 3 pages: 3 / 0.5 is 6, where
	// the pages 8 and 9 are not.
	_, told := imported(t, pagesTraced, Options{Process: "as"})
	if want := "left out as asked: allocations of other processes: 2"; !strings.HasSuffix(told, want) {
		t.Errorf("told %s, want %s", told, want)
	}
	traces, _ := imported(t, pagesTraced, Options{Fill: 50})
	if want := "region 24576 page 4096\n"; !strings.HasPrefix(traces, want) || strings.Contains(traces, "= 32768") {
		t.Errorf("got %s, want %s", traces, want)
	}
	const line = " a-1 [000] 1.5: mm_page_alloc: page=1 "
	refuse(t, line+"pfn=0x5 order=14\n", Options{}, "capture:1: mm_page_alloc has order=14, which is over 13")
	refuse(t, line+"pfn=0x10000000000000 order=1\n", Options{}, "which no machine has")
	refuse(t, line+"order=1\n", Options{}, "capture:1: mm_page_alloc has no pfn=")
}

// TestPagesKernel reads what perf printed of a compiler: of 3,000 lines 2,963 are
// allocations, none of a page that was live.
func TestPagesKernel(t *testing.T) {
	im, err := Import(strings.NewReader(recorded(t, "pages_gcc.perfscript.head.txt.gz")), "capture", Options{})
	if err != nil {
		t.Fatal(err)
	}
	if s := im.Streams[0]; s.Allocs != 2963 || s.Frees != 37-23 || len(im.Dropped) != 1 || im.Dropped[0].N != 23 {
		t.Errorf("got %v, dropped %v", s.Told(), im.Dropped)
	}
}

func FuzzPages(f *testing.F) { fuzz(f, pages, pagesTraced) }
