/* A library built with version 1 of vramlab.h, in which a descriptor ended behind
 * clock_ps: pages are granted upwards. What lies behind the descriptor is nothing to
 * vramlab. */
#include "vramlab.h"

typedef struct {
	uint64_t next, size, page;
} heap;

static int create(const vramlab_region *r, void **out)
{
	heap *h = (heap *)calloc(1, sizeof(*h));
	h->size = r->size;
	h->page = r->page;
	*out = h;
	return 0;
}

static int64_t alloc(void *heap_, const vramlab_request *r, vramlab_block *b, uint64_t room, uint64_t *tag)
{
	heap *h = (heap *)heap_;
	(void)room, (void)tag;
	if (r->size == 0 || r->size > h->size - h->next)
		return r->size == 0 ? VRAMLAB_EINVAL : VRAMLAB_ENOSPC;
	b->start = h->next;
	b->size = (r->size + h->page - 1) / h->page * h->page;
	h->next += b->size;
	return 1;
}

/* What is freed last is there again. */
static int release(void *heap_, uint64_t tag, const vramlab_block *b, uint64_t n, uint32_t flags)
{
	heap *h = (heap *)heap_;
	(void)tag, (void)n, (void)flags;
	if (b->start + b->size == h->next)
		h->next = b->start;
	return 0;
}

static uint64_t free_blocks(void *heap_, vramlab_block *b, uint64_t room)
{
	heap *h = (heap *)heap_;
	if (h->next == h->size)
		return 0;
	if (room > 0) {
		b->start = h->next;
		b->size = h->size - h->next;
	}
	return 1;
}

typedef struct {
	uint32_t abi, size;
	const char *name, *doc;
	uint32_t caps, reserved;
	vramlab_create_fn *create;
	vramlab_destroy_fn *destroy;
	vramlab_alloc_fn *alloc;
	vramlab_free_fn *free;
	vramlab_free_blocks_fn *free_blocks;
	vramlab_counters_fn *counters;
	vramlab_footprint_fn *footprint;
	void *batches[6];
} descriptor;

/* The words behind a descriptor are no functions. */
typedef struct {
	descriptor d;
	uint64_t behind[2];
} strategy;

#define STRATEGY(name_, abi_, size_)                                        \
	extern VRAMLAB_EXPORT_ const strategy vramlab_strategy_##name_;      \
	const strategy vramlab_strategy_##name_ = {                          \
		{abi_, size_, #name_, "a test", 0, 0, create, free, alloc, release, free_blocks, NULL, NULL, {NULL}}, {0xbad, 0xbad}}

STRATEGY(old, 1, sizeof(descriptor));
STRATEGY(old_long, 1, sizeof(strategy));
STRATEGY(new_short, 2, sizeof(descriptor));
STRATEGY(new_wrong, 2, sizeof(strategy));
