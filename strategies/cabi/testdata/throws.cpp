// A strategy that throws where it must not.
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
static uint64_t free_blocks(void *, vramlab_block *, uint64_t) { return 0; }

VRAMLAB_STRATEGY(throws, "a test", 0, create, destroy, alloc, release, free_blocks, NULL, NULL);
