// Strategies that throw where they must not.
#include "vramlab.h"

#include <stdexcept>

static int create(const vramlab_region *, void **heap)
{
	*heap = new int;
	return 0;
}
static void destroy(void *heap) { delete static_cast<int *>(heap); }
static int64_t alloc(void *, const vramlab_request *, vramlab_block *, uint64_t, uint64_t *)
{
	throw std::runtime_error("out of luck");
}
static int release(void *, uint64_t, const vramlab_block *, uint64_t, uint32_t) { return 0; }
static uint64_t free_blocks(void *, vramlab_block *b, uint64_t)
{
	*b = {0, 1 << 20}; // the region of the tests
	return 1;
}

VRAMLAB_STRATEGY(throws, "a test", 0, create, destroy, alloc, release, free_blocks, NULL, NULL);

static int64_t refuse(void *, const vramlab_request *, vramlab_block *, uint64_t, uint64_t *) { return VRAMLAB_ENOSPC; }
static uint64_t throw_free_blocks(void *, vramlab_block *, uint64_t) { throw 1; }
VRAMLAB_STRATEGY(throws_list, "a test", 0, create, destroy, refuse, release, throw_free_blocks, NULL, NULL);

// Its footprint is the number of heaps that were not destroyed.
static uint64_t heaps;
static int create_mortal(const vramlab_region *region, void **heap) { return heaps++, create(region, heap); }
static void destroy_mortal(void *heap)
{
	heaps--, destroy(heap);
	throw std::runtime_error("out of life");
}
static uint64_t footprint(void *) { return heaps; }
VRAMLAB_STRATEGY(throws_last, "a test", 0, create_mortal, destroy_mortal, refuse, release, free_blocks, NULL, footprint);
