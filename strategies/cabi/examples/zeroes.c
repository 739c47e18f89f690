/*
 * First fit over a byte for each page, which says whether it is live, free, or free and
 * known to be zero: an example of what a library may leave out, clear memory and trims.
 * A request for clear memory gets the lowest run that is all zero, or else the lowest.
 *
 *	cc -O2 -shared -fPIC -I .. -o libzeroes.so zeroes.c
 */
#include "vramlab.h"

enum { DIRTY, ZERO, LIVE };

typedef struct heap {
	uint64_t page, pages;
	unsigned char state[];
} heap;

/* Larger regions are not for it. */
#define MOST_PAGES (UINT64_C(1) << 26)

static int create(const vramlab_region *region, void **out)
{
	uint64_t pages = region->size / region->page;
	heap *h;
	if (pages > MOST_PAGES)
		return VRAMLAB_EINVAL;
	h = calloc(1, sizeof(*h) + pages);
	if (!h)
		return VRAMLAB_ENOMEM;
	h->page = region->page;
	h->pages = pages;
	*out = h;
	return 0;
}

static void destroy(void *h) { free(h); }

static void mark(heap *h, uint64_t start, uint64_t size, int state)
{
	memset(h->state + start / h->page, state, size / h->page);
}

/* Whether a page will do. */
static int fits(unsigned char state, int zero) { return zero ? state == ZERO : state != LIVE; }

/* The first of n pages in [at, end), at a multiple of align, that all will do; end if there
 * are none. */
static uint64_t search(const heap *h, uint64_t at, uint64_t end, uint64_t align, uint64_t n, int zero)
{
	uint64_t i = 0;
	for (at += (align - at % align) % align; at < end && n <= end - at; at += (i / align + 1) * align) {
		for (i = n; i > 0 && fits(h->state[at + i - 1], zero); i--)
			;
		if (i == 0)
			return at;
		i--; /* the last page that will not do: go on behind it */
	}
	return end;
}

static int64_t alloc(void *heap_, const vramlab_request *r, vramlab_block *blocks, uint64_t room, uint64_t *tag)
{
	heap *h = heap_;
	uint64_t all = h->pages * h->page, lo = r->lo, hi = r->hi, n, at;
	uint64_t align = r->align / h->page ? r->align / h->page : 1;
	(void)room, (void)tag; /* one block, which says all that a free needs */
	if (r->size == 0)
		return VRAMLAB_EINVAL;
	if (r->size > all)
		return VRAMLAB_E2BIG;
	if (hi == 0 || hi > all)
		hi = all;
	n = (r->size + h->page - 1) / h->page;
	lo = lo / h->page + (lo % h->page != 0);
	hi /= h->page;
	if (lo >= hi || (align > h->pages && lo > 0))
		return VRAMLAB_ENOSPC;
	at = r->flags & VRAMLAB_CLEAR ? search(h, lo, hi, align, n, 1) : hi;
	if (at == hi)
		at = search(h, lo, hi, align, n, 0);
	if (at == hi)
		return VRAMLAB_ENOSPC;
	blocks[0].start = at * h->page;
	blocks[0].size = n * h->page;
	mark(h, blocks[0].start, blocks[0].size, LIVE);
	return 1;
}

static int release(void *heap_, uint64_t tag, const vramlab_block *blocks, uint64_t n, uint32_t flags)
{
	(void)tag, (void)n;
	mark(heap_, blocks[0].start, blocks[0].size, flags & VRAMLAB_CLEARED ? ZERO : DIRTY);
	return 0;
}

/* Nothing is known of what the caller wrote: what it gives back is dirty. */
static int64_t trim(void *heap_, uint64_t *tag, const vramlab_block *keep, vramlab_block *blocks, uint64_t room)
{
	(void)tag, (void)room;
	mark(heap_, blocks[0].start, blocks[0].size, DIRTY);
	mark(heap_, keep->start, keep->size, LIVE);
	blocks[0] = *keep;
	return 1;
}

static int reset_clear(void *heap_, uint32_t cleared)
{
	heap *h = heap_;
	uint64_t i;
	for (i = 0; i < h->pages; i++)
		if (h->state[i] != LIVE)
			h->state[i] = cleared ? ZERO : DIRTY;
	return 0;
}

static uint64_t free_blocks(void *heap_, vramlab_block *blocks, uint64_t room)
{
	heap *h = heap_;
	uint64_t count = 0, i = 0, end;
	for (; i < h->pages; i = end + 1) {
		for (end = i; end < h->pages && h->state[end] != LIVE; end++)
			;
		if (end > i && count++ < room) {
			blocks[count - 1].start = i * h->page;
			blocks[count - 1].size = (end - i) * h->page;
		}
	}
	return count;
}

static uint64_t footprint(void *heap_) { return sizeof(heap) + ((heap *)heap_)->pages; }

VRAMLAB_STRATEGY_TRIMS(zeroes, "first fit over pages of which it knows the zero ones (an example in C of trims and clear memory)",
		       VRAMLAB_CAP_WINDOW | VRAMLAB_CAP_ANY_ALIGN | VRAMLAB_CAP_CLEAR,
		       create, destroy, alloc, release, free_blocks, NULL, footprint, trim, reset_clear);
