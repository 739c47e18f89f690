package importer

import (
	"fmt"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/workloads/importer/capture"
	"github.com/vramlab/vramlab/workloads/importer/internal/tracepoint"
)

// pages are the tracepoints of the page allocator of Linux:
//
//	mm_page_alloc: page=0x1 pfn=0x1234 order=0 migratetype=1 gfp_flags=GFP_KERNEL
//	mm_page_free: page=0x1 pfn=0x1234 order=0
//
// The number of the page is the kernel's own placement. mm_page_free_batched says again what
// mm_page_free has said. A capture of one process misses what others free of it: a page
// that is allocated while it is live has been freed.
var pages = linuxTrace("pages",
	"the tracepoints kmem:mm_page_alloc and mm_page_free of Linux; an object is a block of pages, with the kernel's placement",
	readPages)

const (
	pageSize = 4096
	topOrder = 13 // of arm64 with its largest pages; others have 10
)

func readPages(c *capture.Capture) func(e *tracepoint.Event) error {
	h := c.Heap("")
	return func(e *tracepoint.Event) error {
		pfn, order := e.Number("pfn"), e.Number("order")
		if err := e.Err(); err != nil {
			return err
		}
		if order > topOrder {
			return fmt.Errorf("%s has order=%d, which is over %d", e.Name, order, topOrder)
		}
		if pfn > 1<<50 {
			return fmt.Errorf("%s has pfn=%#x, which no machine has", e.Name, pfn)
		}
		switch key := (capture.Key{pfn}); {
		case string(e.Name) == "mm_page_free":
			if h.Size(key) > pageSize<<order {
				c.Drop("frees of a part of a block (all of it is freed)")
			}
			h.Free(key, false)
		case pfn == 0:
			c.Drop("allocations that failed")
		default:
			endOverlapped(c, h, pfn, order)
			h.Alloc(key, strategies.Request{Size: pageSize << order})
			h.Granted(key, pfn*pageSize)
		}
		return nil
	}
}

// endOverlapped frees the blocks of which a part is allocated again at another address
// than theirs.
func endOverlapped(c *capture.Capture, h *capture.Heap, pfn, order uint64) {
	end := func(key capture.Key) {
		c.Drop("blocks whose free is missing: a part of them was allocated again (they end there)")
		h.Free(key, false)
	}
	for n := uint64(1); n < 1<<order; n++ {
		if key := (capture.Key{pfn + n}); h.Known(key) {
			end(key)
		}
	}
	for k := uint64(1); k <= topOrder; k++ { // blocks are aligned to their size
		key := capture.Key{pfn &^ (1<<k - 1)}
		if key[0] != pfn && h.Size(key) > (pfn-key[0])*pageSize {
			end(key)
		}
	}
}
