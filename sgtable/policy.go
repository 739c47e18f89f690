package sgtable

import (
	"math/bits"

	"github.com/vramlab/vramlab/strategies"
)

// A Policy is what one kernel driver adds to an allocator: how it rounds requests,
// how it builds tables, how long a segment may be. A strategy under a policy
// behaves as in that driver.
//
// A policy belongs to a driver, not to one of its GPUs. GPUs of i915 and amdgpu
// differ by the page of the region; the policy of xe has the page of DG2.
type Policy struct {
	Name string // good for [strategies.CheckName]; goes into benchmark names
	Doc  string // one sentence: blocks, table, and the source of these facts

	// Request returns the request that the driver makes of its allocator for an
	// object requested as r; of the region only the page counts. It rounds the
	// size up and sets Align, the smallest block, never below r.Align. Applying
	// it twice is the same as once. It leaves a size of 0, a size that overflows
	// when rounded, and an alignment that is no power of two to the allocator.
	Request func(r strategies.Request, region strategies.Region) strategies.Request

	Builder Builder // builds tables like the driver, at the same cost

	// MaxSegment is the longest segment in bytes at any alignment.
	MaxSegment uint32

	// VAAlign is the alignment of virtual addresses in bytes to use with
	// [MapCost]. It is 2 MiB for all policies, an assumption of the lab, so that
	// policies differ only in device memory: under amdgpu and xe, user space
	// picks the addresses.
	VAAlign uint64
}

// Options are the driver's options for the table of an object for which it made the
// request r.
func (p Policy) Options(r strategies.Request) Options {
	o := OptionsFor(r)
	o.MaxSegment = min(o.MaxSegment, p.MaxSegment)
	return o
}

// Policies lists all policies. Their facts are those of Linux 6.11.
func Policies() []Policy {
	const cap2G = 2 << 30
	return []Policy{{
		Name: "i915",
		Doc: "blocks of at least the requested alignment, or else the region's page, and an object of one block contiguous; " +
			"ascending neighbours merged up to 4 GiB less the alignment, in a table of one entry a page that is trimmed " +
			"(i915_ttm_buddy_manager, i915_scatterlist)",
		Request: requestI915, Builder: named("worstcase"), MaxSegment: MaxSegment(1), VAAlign: Page2M,
	}, {
		Name: "amdgpu",
		Doc: "blocks of at least 2 MiB, or of a larger alignment, for an object that is a multiple of that and need not be contiguous, " +
			"of the alignment or a page otherwise; a segment for each block, neighbours not merged, 2 GiB at most (amdgpu_vram_mgr)",
		Request: requestAMDGPU, Builder: named("nomerge"), MaxSegment: cap2G, VAAlign: Page2M,
	}, {
		Name: "xe",
		Doc: "sizes and blocks of at least 64 KiB, as the discrete GPU DG2 needs, or of a larger alignment; " +
			"a segment for each block, neighbours not merged, 2 GiB at most (xe_ttm_vram_mgr, xe_bo)",
		Request: requestXe, Builder: named("nomerge"), MaxSegment: cap2G, VAAlign: Page2M,
	}}
}

// named returns the builder with that name. It panics if there is none.
func named(name string) Builder {
	b, ok := LookupBuilder(name)
	if !ok {
		panic("sgtable: a policy names the builder " + name + ", which does not exist")
	}
	return b
}

// requestI915: a requested alignment replaces the region's page as the smallest
// block, and objects are whole blocks. An object of one block is requested
// contiguous, which a buddy grants anyway.
func requestI915(r strategies.Request, region strategies.Region) strategies.Request {
	block := region.Page
	if r.Align != 0 {
		block = max(r.Align, strategies.MinPage)
	}
	r = wholeBlocks(r, block)
	if r.Size == block && powerOfTwo(block) {
		r.Flags |= strategies.Contiguous
	}
	return r
}

// requestAMDGPU: objects are whole pages. The smallest block is 2 MiB, or a larger
// requested alignment, if the size is a multiple of that and the request is not
// contiguous. The second attempt after a refused contiguous request, with blocks of
// 2 MiB, is a request of its own here.
func requestAMDGPU(r strategies.Request, region strategies.Region) strategies.Request {
	r = wholeBlocks(r, region.Page)
	large := max(r.Align, Page2M)
	if powerOfTwo(large) && r.Flags&strategies.Contiguous == 0 && r.Size >= large && r.Size%large == 0 {
		r.Align = large
	}
	return r
}

// requestXe: a page of 64 KiB, for sizes as well as for blocks.
func requestXe(r strategies.Request, region strategies.Region) strategies.Request {
	block := max(r.Align, region.Page, Page64K)
	r = wholeBlocks(r, block)
	if powerOfTwo(block) {
		r.Align = block
	}
	return r
}

// wholeBlocks rounds the size up to a multiple of block, if block is a power of two
// and the result fits into 64 bits.
func wholeBlocks(r strategies.Request, block uint64) strategies.Request {
	if size := (r.Size + block - 1) &^ (block - 1); powerOfTwo(block) && size >= r.Size {
		r.Size = size
	}
	return r
}

func powerOfTwo(n uint64) bool { return bits.OnesCount64(n) == 1 }
