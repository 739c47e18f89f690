package sgtable

import (
	"math/bits"

	"github.com/vramlab/vramlab/strategies"
)

// A Policy is what one kernel driver adds to an allocator: how it words its
// requests, how it builds its tables, how long it lets a segment be. A strategy
// under a policy is what a GPU of that driver would see.
//
// A policy is of the driver, not of one of its GPUs: what differs from GPU to
// GPU is the page of the region, and xe's is said below.
type Policy struct {
	Name string // [a-z][a-z0-9_.]*; goes into benchmark names
	Doc  string // one sentence: blocks, table, and where the facts are from

	// Request is the request that the driver makes of its allocator when r was
	// asked of it, in a region of which the page counts. It rounds sizes up and
	// sets the smallest block (Align), never less than r has; a request that it
	// makes is left as it is if it comes again. A size of 0, one that cannot be
	// rounded, and an alignment that is no power of two are left for the
	// allocator to refuse or serve.
	Request func(r strategies.Request, region strategies.Region) strategies.Request

	Builder Builder // builds the driver's tables the driver's way, at its cost

	// MaxSegment is the longest segment in bytes, whatever the alignment.
	MaxSegment uint32

	// VAAlign is the alignment of virtual addresses in bytes that [MapCost]
	// should count on. It is an assumption of the lab and the same for all
	// policies, 2 MiB, so that they differ by nothing but what they do to device
	// memory: under amdgpu and xe it is the user's part that picks the
	// addresses.
	VAAlign uint64
}

// Options are how the driver builds the table of an object for which it made
// the request r.
func (p Policy) Options(r strategies.Request) Options {
	o := OptionsFor(r)
	o.MaxSegment = min(o.MaxSegment, p.MaxSegment)
	return o
}

// Policies lists the drivers that there are policies of. The facts are those of
// Linux 6.11.
func Policies() []Policy {
	const cap2G = 2 << 30
	return []Policy{{
		Name: "i915",
		Doc: "blocks of the alignment asked, otherwise of the region's page, and an object of one such page contiguous; " +
			"ascending neighbours merged up to 4 GiB less the alignment, in a table of one entry a page that is trimmed " +
			"(i915_ttm_buddy_manager, i915_scatterlist)",
		Request: requestI915, Builder: named("worstcase"), MaxSegment: MaxSegment(1), VAAlign: Page2M,
	}, {
		Name: "amdgpu",
		Doc: "blocks of 2 MiB for an object of whole 2 MiB (or of a larger alignment asked) that need not be contiguous, of the " +
			"alignment or a page otherwise; a segment for each block, neighbours not merged, 2 GiB at most (amdgpu_vram_mgr)",
		Request: requestAMDGPU, Builder: named("nomerge"), MaxSegment: cap2G, VAAlign: Page2M,
	}, {
		Name: "xe",
		Doc: "sizes and blocks of 64 KiB at least, as on the discrete GPUs that need it (DG2), or of a larger alignment asked; " +
			"a segment for each block, neighbours not merged, 2 GiB at most (xe_ttm_vram_mgr, xe_bo)",
		Request: requestXe, Builder: named("nomerge"), MaxSegment: cap2G, VAAlign: Page2M,
	}}
}

// named is a builder that is known to exist.
func named(name string) Builder {
	b, ok := LookupBuilder(name)
	if !ok {
		panic("sgtable: a policy wants the builder " + name + ", and there is none")
	}
	return b
}

// requestI915: the alignment asked replaces the region's page as the smallest
// block, and objects are whole blocks. An object of one block is declared
// contiguous, which it would be anyhow from a buddy.
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

// requestAMDGPU: objects are whole pages. 2 MiB, or a larger alignment asked,
// becomes the smallest block if the size is a multiple of it, and the request
// is not for one run anyhow. The second attempt of a contiguous request that was
// refused, which has blocks of 2 MiB again, comes as a request of its own here.
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

// wholeBlocks rounds the size up to a multiple of block, if that is a power of
// two and 64 bits can hold the sum.
func wholeBlocks(r strategies.Request, block uint64) strategies.Request {
	if size := (r.Size + block - 1) &^ (block - 1); powerOfTwo(block) && size >= r.Size {
		r.Size = size
	}
	return r
}

func powerOfTwo(n uint64) bool { return bits.OnesCount64(n) == 1 }
