package strategies

import (
	"cmp"
	"fmt"
	"slices"
)

// checkTiling walks live and free blocks together in address order and returns
// the first gap or overlap.
func (c *checked) checkTiling() error {
	c.free = c.free[:0]
	for b := range c.inner.FreeBlocks() {
		c.free = append(c.free, b)
	}
	slices.SortFunc(c.free, func(a, b Block) int { return cmp.Compare(a.Start, b.Start) })

	t := tiling{managed: c.region.Managed(), prev: "the beginning"}
	rest := c.free
	for e := range c.live.all {
		for len(rest) > 0 && rest[0].Start <= e.start {
			if err := t.next("free", rest[0]); err != nil {
				return err
			}
			rest = rest[1:]
		}
		if err := t.next("live", e.block()); err != nil {
			return err
		}
	}
	for _, b := range rest {
		if err := t.next("free", b); err != nil {
			return err
		}
	}
	if t.at != t.managed {
		return fmt.Errorf("%d to %d is neither live nor free", t.at, t.managed)
	}
	return nil
}

// tiling is a walk over blocks that shall cover [0, managed) without a gap.
type tiling struct {
	managed uint64
	at      uint64 // end of what was covered
	prev    string // what covered it: kind of block
}

func (t *tiling) next(kind string, b Block) error {
	switch {
	case b.Size == 0 || b.Start > t.managed || b.Size > t.managed-b.Start:
		return fmt.Errorf("%s block %v is empty or outside the region of %d", kind, b, t.managed)
	case b.Start > t.at:
		return fmt.Errorf("%d to %d, before the %s block %v, is neither live nor free", t.at, b.Start, kind, b)
	case b.Start < t.at:
		return fmt.Errorf("%s block %v overlaps the %s block before it, which ends at %d", kind, b, t.prev, t.at)
	}
	t.at, t.prev = b.End(), kind
	return nil
}
