package shared

import (
	"fmt"

	"github.com/vramlab/vramlab/strategies"
)

// Trim refuses where the allocators of the shards cannot trim. A grant in several
// shards has several blocks, which no allocator trims.
func (a *sharded) Trim(dst, blocks []strategies.Block, start, size uint64) ([]strategies.Block, error) {
	if len(blocks) == 0 {
		panic(badFree(blocks))
	}
	s := a.at(blocks[0].Start)
	for i := range blocks {
		if blocks[i].Start-s.base >= s.size {
			a.lockAll()
			defer a.unlockAll()
			a.mustHold(blocks)
			return dst, fmt.Errorf("%w: trim of a grant in several shards", strategies.ErrInvalid)
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, found := s.find(blocks[0].Start); found {
		panic(badFree(blocks))
	}
	return s.trim(dst, blocks, start, size)
}

// trim is Trim for blocks that are all of this shard.
func (s *shard) trim(dst, blocks []strategies.Block, start, size uint64) ([]strategies.Block, error) {
	n := len(dst)
	own := append(s.scratch[:0], blocks...)
	var before uint64
	for i := range own {
		own[i].Start -= s.base
		before += own[i].Size
	}
	s.scratch = own[:0]
	if start < s.base {
		start = s.base + s.size // outside as well, and no subtraction wraps
	}
	out, err := trim(s.inner, dst, own, start-s.base, size)
	if err != nil {
		return dst, err
	}
	for i := n; i < len(out); i++ {
		before -= out[i].Size
		out[i].Start += s.base
	}
	s.free += before
	s.frees++
	return out, nil
}
