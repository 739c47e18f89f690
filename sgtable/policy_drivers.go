package sgtable

import (
	"fmt"

	"github.com/vramlab/vramlab/strategies"
)

// policyI915 is i915 of Linux 6.11 (i915_ttm_buddy_manager.c, i915_gem_region.c,
// i915_scatterlist.c):
//
//   - The smallest block is the region's page; a requested alignment replaces it, and
//     may be smaller. Objects are whole blocks, and one of a single block is requested
//     contiguous, which a buddy grants anyway.
//   - Contiguous requests are left to the buddy, which rounds them up and trims, or tries
//     harder.
//   - A table merges ascending neighbours up to 4 GiB less the alignment. It is made with
//     an entry a page and then trimmed.
func policyI915() Policy {
	return Policy{
		Name: "i915",
		Doc: "Linux 6.11: blocks of at least the requested alignment, or else the region's page, and an object of one block contiguous; " +
			"ascending neighbours merged up to 4 GiB less the alignment, in a table of one entry a page that is trimmed " +
			"(i915_ttm_buddy_manager, i915_scatterlist)",
		Request: requestI915, Builder: named("worstcase"), MaxSegment: MaxSegment(1), VAAlign: Page2M,
	}
}

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

// policyAMDGPU is amdgpu of Linux 6.11 (amdgpu_vram_mgr.c, amdgpu_vram_mgr_new and
// amdgpu_vram_mgr_alloc_sgt):
//
//   - Objects are whole pages. The smallest block is 2 MiB, or a larger requested
//     alignment, if the size is at least that and a multiple of it; otherwise it is
//     the alignment or a page. A contiguous request never has the 2 MiB.
//   - Where contiguous memory is preferred and not demanded, a refusal for lack of space
//     (ENOSPC, and no other) is followed by a second attempt without the condition, and
//     then with blocks of 2 MiB. In a stream that is a request of its own, a
//     [github.com/vramlab/vramlab/workloads.Fallback], for which this Request is asked
//     again.
//   - Not modelled: for displays with compression (DCC) the driver asks for more than the
//     object, up to a power of two, and trims to an aligned start.
//   - A table has a segment for each block, cut at 2 GiB; neighbours are not merged.
func policyAMDGPU() Policy {
	return Policy{
		Name: "amdgpu",
		Doc: "Linux 6.11: blocks of at least 2 MiB, or of a larger alignment, for an object that is a multiple of that and need not be contiguous, " +
			"of the alignment or a page otherwise; a segment for each block, neighbours not merged, 2 GiB at most (amdgpu_vram_mgr)",
		Request: requestAMDGPU, Builder: named("nomerge"), MaxSegment: maxBlockTable, VAAlign: Page2M,
	}
}

func requestAMDGPU(r strategies.Request, region strategies.Region) strategies.Request {
	r = wholeBlocks(r, region.Page)
	large := max(r.Align, Page2M)
	if powerOfTwo(large) && r.Flags&strategies.Contiguous == 0 && r.Size >= large && r.Size%large == 0 {
		r.Align = large
	}
	return r
}

// policyXe is xe from January 2026 on (xe_ttm_vram_mgr.c, xe_bo.c):
//
//   - A page of 64 KiB, which the discrete GPU DG2 needs, for sizes as well as for
//     blocks, or a larger alignment.
//   - Contiguous requests of any size are left to the buddy, as in i915. Before, the
//     driver treated them itself: see policyXe611.
//   - A table has a segment for each block, cut at 2 GiB; neighbours are not merged.
func policyXe() Policy {
	return Policy{
		Name: "xe",
		Doc: "from January 2026 on: sizes and blocks of at least 64 KiB, as the discrete GPU DG2 needs, or of a larger alignment; " +
			"a segment for each block, neighbours not merged, 2 GiB at most (xe_ttm_vram_mgr, xe_bo)",
		Request: requestXe, Builder: named("nomerge"), MaxSegment: maxBlockTable, VAAlign: Page2M,
	}
}

func requestXe(r strategies.Request, region strategies.Region) strategies.Request {
	block := max(r.Align, region.Page, Page64K)
	r = wholeBlocks(r, block)
	if powerOfTwo(block) {
		r.Align = block
	}
	return r
}

// policyXe611 is xe of Linux 6.11 (xe_ttm_vram_mgr.c). It is [policyXe] but for contiguous
// objects:
//
//   - One over 2 GiB is refused with EINVAL by the driver.
//   - Others are rounded up to a power of two by the driver, which is the smallest block
//     too, and trimmed to the object afterwards. So the buddy gives one block or
//     refuses: it never tries harder, since no larger and no equal block is left then.
func policyXe611() Policy {
	return Policy{
		Name: "xe_6.11",
		Doc: "Linux 6.11: as xe, but a contiguous object over 2 GiB is refused as invalid, and a smaller one is rounded up to a power of two, " +
			"granted as one block and trimmed (xe_ttm_vram_mgr, xe_bo)",
		Request: requestXe611, Refuses: refuseXe611, Keeps: keepXe611,
		Builder: named("nomerge"), MaxSegment: maxBlockTable, VAAlign: Page2M,
	}
}

func requestXe611(r strategies.Request, region strategies.Region) strategies.Request {
	r = requestXe(r, region)
	if r.Flags&strategies.Contiguous != 0 && r.Size != 0 && r.Size <= 1<<63 {
		r.Size = ceilPowerOfTwo(r.Size)
		if powerOfTwo(r.Align) {
			r.Align = max(r.Align, r.Size)
		}
	}
	return r
}

// largestXe611 is the largest contiguous object of xe of Linux 6.11, in bytes.
const largestXe611 = 2 << 30

func refuseXe611(r strategies.Request) error {
	if r.Flags&strategies.Contiguous != 0 && r.Size > largestXe611 {
		return fmt.Errorf("%w: xe of Linux 6.11 makes no contiguous object over 2 GiB", strategies.ErrInvalid)
	}
	return nil
}

func keepXe611(r strategies.Request, region strategies.Region) uint64 {
	return requestXe(r, region).Size
}

// policyNouveau is nouveau of Linux 6.11 on Pascal and newer (nouveau_bo.c,
// nouveau_bo_alloc and nouveau_bo_fixup_align; nvkm/subdev/mmu/vmmgp100.c for the pages;
// nouveau_ttm.c for who manages the memory):
//
//   - An object has pages of 2 MiB, 64 KiB or 4 KiB: the largest that is not larger than
//     the object. It is whole pages, of blocks of at least one. The lab takes the larger page
//     where the smaller would round the object up to it, so that a request made twice is
//     the same.
//   - A table has an entry for each block, cut at 2 GiB, which is an assumption: nouveau
//     maps block by block and exports no table of device memory.
//   - Not modelled: objects for compression, that prefer other pages.
//
// The driver gives these requests to its own allocator of device memory (nvkm_mm). The range
// manager itself serves nouveau only on cards before Tesla, and radeon: those have no page
// tables, or write an entry for each 4 KiB wherever they lie, so that no placement changes
// their cost. What the policy has of nouveau is how it asks for memory of a manager that
// aligns what it is told to and nothing else.
func policyNouveau() Policy {
	return Policy{
		Name: "nouveau",
		Doc: "Linux 6.11, Pascal and newer: sizes and blocks of the largest page of 2 MiB, 64 KiB and 4 KiB that is not larger than the object, or of a larger alignment; " +
			"a segment for each block, neighbours not merged, 2 GiB at most (nouveau_bo, vmmgp100)",
		Request: requestNouveau, Builder: named("nomerge"), MaxSegment: maxBlockTable, VAAlign: Page2M,
	}
}

func requestNouveau(r strategies.Request, region strategies.Region) strategies.Request {
	page := max(region.Page, strategies.MinPage)
	for _, larger := range []uint64{Page64K, Page2M} {
		if wholeBlocks(r, page).Size >= larger {
			page = max(page, larger)
		}
	}
	r = wholeBlocks(r, page)
	if r.Align == 0 || powerOfTwo(r.Align) {
		r.Align = max(r.Align, page)
	}
	return r
}
