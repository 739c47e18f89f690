/* A strategy that grants several blocks, keeps a record of each grant behind its
 * tag, and holds every free against it: the lowest free runs until the request is
 * served, cleared pages first for a CLEAR request. */
#include "vramlab.h"

enum { FREE, FREE_CLEAR, USED };

typedef struct {
	uint64_t page, pages, grants;
	unsigned char state[];
} heap;

typedef struct {
	uint64_t n;
	vramlab_block blocks[];
} grant;

static int create(const vramlab_region *r, void **out)
{
	uint64_t pages = r->size / r->page;
	heap *h;
	if (pages > 1 << 20)
		return VRAMLAB_EINVAL;
	h = (heap *)calloc(1, sizeof(*h) + pages);
	h->page = r->page;
	h->pages = pages;
	*out = h;
	return 0;
}

/* Enters the run of free pages at first, most pages of it at most, and for clear
 * only such as its first one. */
static uint64_t take(heap *h, uint64_t first, uint64_t most, int same, vramlab_block *b)
{
	unsigned char kind = h->state[first];
	uint64_t n = 0;
	while (n < most && first + n < h->pages && h->state[first + n] != USED && (!same || h->state[first + n] == kind))
		n++;
	memset(h->state + first, USED, n);
	b->start = first * h->page;
	b->size = n * h->page;
	return n;
}

/* The lowest run of pages at a multiple of align; h->pages if there is none. */
static uint64_t lowest(const heap *h, uint64_t want, uint64_t align)
{
	uint64_t i, n = 0;
	for (i = 0; i < h->pages; i++) {
		n = h->state[i] == USED || (n == 0 && i % align) ? 0 : n + 1;
		if (n == want)
			return i + 1 - n;
	}
	return h->pages;
}

static int64_t keep(heap *h, const vramlab_block *blocks, uint64_t n, uint64_t *tag)
{
	grant *g = (grant *)malloc(sizeof(*g) + n * sizeof(*blocks));
	g->n = n;
	memcpy(g->blocks, blocks, n * sizeof(*blocks));
	*tag = (uint64_t)(uintptr_t)g;
	h->grants++;
	return (int64_t)n;
}

static int64_t alloc(void *heap_, const vramlab_request *r, vramlab_block *blocks, uint64_t room, uint64_t *tag)
{
	heap *h = (heap *)heap_;
	uint64_t i, n = 0, left, free_pages = 0;
	int pass;
	if (r->size == 0 || r->flags & VRAMLAB_RANGE)
		return VRAMLAB_EINVAL;
	if (r->size > h->pages * h->page)
		return VRAMLAB_E2BIG;
	left = (r->size + h->page - 1) / h->page;
	if (r->flags & VRAMLAB_CONTIGUOUS || r->align > h->page) {
		i = lowest(h, left, r->align > h->page ? r->align / h->page : 1);
		if (i == h->pages)
			return VRAMLAB_ENOSPC;
		take(h, i, left, 0, blocks);
		return keep(h, blocks, 1, tag);
	}
	for (i = 0; i < h->pages; i++)
		free_pages += h->state[i] != USED;
	if (left > free_pages)
		return VRAMLAB_ENOSPC;
	for (pass = r->flags & VRAMLAB_CLEAR ? 0 : 1; pass < 2; pass++)
		for (i = 0; i < h->pages && left; i++)
			if (h->state[i] == (pass ? h->state[i] : FREE_CLEAR) && h->state[i] != USED) {
				if (n == room)
					return VRAMLAB_EFAIL; /* cannot be: there is room for every page */
				left -= take(h, i, left, pass == 0, &blocks[n++]);
			}
	return keep(h, blocks, n, tag);
}

static int release(void *heap_, uint64_t tag, const vramlab_block *blocks, uint64_t n, uint32_t flags)
{
	heap *h = (heap *)heap_;
	grant *g = (grant *)(uintptr_t)tag;
	uint64_t i;
	if (g->n != n || memcmp(g->blocks, blocks, n * sizeof(*blocks)))
		return VRAMLAB_EFAIL;
	for (i = 0; i < n; i++)
		memset(h->state + blocks[i].start / h->page, flags & VRAMLAB_CLEARED ? FREE_CLEAR : FREE,
		       blocks[i].size / h->page);
	free(g);
	h->grants--;
	return 0;
}

static uint64_t free_blocks(void *heap_, vramlab_block *blocks, uint64_t room)
{
	heap *h = (heap *)heap_;
	uint64_t i, n = 0;
	for (i = 0; i < h->pages; i++)
		if (h->state[i] != USED) {
			if (n < room) {
				blocks[n].start = i * h->page;
				blocks[n].size = h->page;
			}
			n++;
		}
	return n;
}

static void destroy(void *h) { free(h); }

VRAMLAB_STRATEGY(scatter, "the lowest free runs", VRAMLAB_CAP_SCATTER | VRAMLAB_CAP_CLEAR, create, destroy, alloc,
		 release, free_blocks, NULL, NULL);
