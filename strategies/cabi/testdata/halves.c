/* A slow binary buddy for a region of a power of two, which places plain requests
 * as drm_buddy does: of the smallest order that has a free block the highest one,
 * halved upwards; what is not granted in one block in ever smaller ones. */
#include "vramlab.h"

enum { ORDERS = 24 };

typedef struct {
	uint64_t page, pages, live;
	int top;
	unsigned char *is_free[ORDERS]; /* by order and number of the block */
} heap;

static int create(const vramlab_region *r, void **out)
{
	heap *h = (heap *)calloc(1, sizeof(*h));
	int k;
	h->page = r->page;
	h->pages = r->size / r->page;
	while (h->top < ORDERS && UINT64_C(1) << h->top < h->pages)
		h->top++;
	if (h->top == ORDERS || UINT64_C(1) << h->top != h->pages) {
		free(h);
		return VRAMLAB_EINVAL;
	}
	for (k = 0; k <= h->top; k++)
		h->is_free[k] = (unsigned char *)calloc(h->pages >> k, 1);
	h->is_free[h->top][0] = 1;
	*out = h;
	return 0;
}

static void destroy(void *heap_)
{
	heap *h = (heap *)heap_;
	int k;
	for (k = 0; k <= h->top; k++)
		free(h->is_free[k]);
	free(h);
}

/* A block of order want, or -1. */
static int64_t take(heap *h, int want)
{
	int k;
	for (k = want; k <= h->top; k++) {
		int64_t i;
		for (i = (int64_t)(h->pages >> k) - 1; i >= 0; i--) {
			if (!h->is_free[k][i])
				continue;
			h->is_free[k][i] = 0;
			for (; k > want; k--, i = 2 * i + 1)
				h->is_free[k - 1][2 * i] = 1;
			return i;
		}
	}
	return -1;
}

static void give(heap *h, int k, uint64_t i)
{
	for (; k < h->top && h->is_free[k][i ^ 1]; k++, i /= 2)
		h->is_free[k][i ^ 1] = 0;
	h->is_free[k][i] = 1;
}

static int order(uint64_t pages)
{
	int k = 0;
	while (pages >> (k + 1))
		k++;
	return k;
}

static int release(void *heap_, uint64_t tag, const vramlab_block *b, uint64_t n, uint32_t flags)
{
	heap *h = (heap *)heap_;
	uint64_t i;
	(void)flags;
	if (tag != n)
		return VRAMLAB_EFAIL;
	for (i = 0; i < n; i++)
		give(h, order(b[i].size / h->page), b[i].start / b[i].size);
	return 0;
}

static int64_t alloc(void *heap_, const vramlab_request *r, vramlab_block *b, uint64_t room, uint64_t *tag)
{
	heap *h = (heap *)heap_;
	uint64_t left = r->size / h->page, n = 0;
	int k;
	if (r->flags || r->size == 0 || r->size % h->page || r->align != h->page || left > h->pages)
		return VRAMLAB_EINVAL;
	for (k = order(left); left > 0; left -= UINT64_C(1) << k) {
		int64_t at;
		while (UINT64_C(1) << k > left)
			k--;
		while ((at = take(h, k)) < 0 && k > 0)
			k--;
		if (at < 0 || n == room) {
			release(h, n, b, n, 0);
			return at < 0 ? VRAMLAB_ENOSPC : VRAMLAB_EROOM;
		}
		b[n].size = h->page << k;
		b[n].start = (uint64_t)at * b[n].size;
		n++;
	}
	*tag = n;
	return (int64_t)n;
}

static uint64_t free_blocks(void *heap_, vramlab_block *b, uint64_t room)
{
	heap *h = (heap *)heap_;
	uint64_t n = 0, i;
	int k;
	for (k = 0; k <= h->top; k++)
		for (i = 0; i < h->pages >> k; i++)
			if (h->is_free[k][i]) {
				if (n < room) {
					b[n].size = h->page << k;
					b[n].start = i * b[n].size;
				}
				n++;
			}
	return n;
}

VRAMLAB_STRATEGY(halves, "a slow buddy", VRAMLAB_CAP_SCATTER | VRAMLAB_CAP_POW2_BLOCKS, create, destroy, alloc, release,
		 free_blocks, NULL, NULL);
