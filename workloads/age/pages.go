package age

import (
	"fmt"

	"github.com/vramlab/vramlab/strategies"
)

// pages counts what is live in each aligned page of one size, and the pages in which
// nothing is. A rest of the region behind the last whole page is no page.
type pages struct {
	size uint64
	used []uint64 // bytes live, by page
	free int      // pages without any
}

func newPages(region, size uint64) pages {
	n := region / size
	return pages{size: size, used: make([]uint64, n), free: int(n)}
}

// take notes blocks that are live from now on.
func (p *pages) take(blocks []strategies.Block) {
	for _, b := range blocks {
		for at := b.Start; at < b.End(); {
			i := at / p.size
			end := min(b.End(), (i+1)*p.size)
			if i < uint64(len(p.used)) {
				if p.used[i] == 0 {
					p.free--
				}
				p.used[i] += end - at
			}
			at = end
		}
	}
}

// release notes blocks that are free from now on, which were taken.
func (p *pages) release(blocks []strategies.Block) {
	for _, b := range blocks {
		for at := b.Start; at < b.End(); {
			i := at / p.size
			end := min(b.End(), (i+1)*p.size)
			if i < uint64(len(p.used)) {
				if p.used[i] -= end - at; p.used[i] == 0 {
					p.free++
				}
			}
			at = end
		}
	}
}

// fits reports a block that no allocator of the region can have granted.
func fits(blocks []strategies.Block, r strategies.Region) error {
	for _, b := range blocks {
		if b.Size == 0 || b.Start > r.Managed() || b.Size > r.Managed()-b.Start {
			return fmt.Errorf("granted %v, which is outside the region of %d bytes", b, r.Managed())
		}
	}
	return nil
}
