/*
 * First fit over a bitmap, one bit a page: the plainest allocator there is, as an
 * example of vramlab.h. A search looks at every 64 pages below the place it finds,
 * so that it is no rival to anything, and easy to check by eye.
 *
 *	cc -O2 -shared -fPIC -I .. -o libbitmap.so bitmap.c
 */
#include "vramlab.h"

typedef struct heap {
	uint64_t page, pages;
	uint64_t visits;
	uint64_t used[]; /* bit i%64 of word i/64: page i is live */
} heap;

/* A bitmap of the pages of 1 TiB takes 32 MiB; larger regions are not for it. */
#define MOST_PAGES (UINT64_C(1) << 28)

static uint64_t words(const heap *h) { return (h->pages + 63) / 64; }

static int create(const vramlab_region *region, void **out)
{
	uint64_t pages = region->size / region->page;
	heap *h;
	if (pages > MOST_PAGES)
		return VRAMLAB_EINVAL;
	h = calloc(1, sizeof(*h) + (pages + 63) / 64 * sizeof(uint64_t));
	if (!h)
		return VRAMLAB_ENOMEM;
	h->page = region->page;
	h->pages = pages;
	*out = h;
	return 0;
}

static void destroy(void *h) { free(h); }

/* Makes n pages from first on live, or free. */
static void mark(heap *h, uint64_t first, uint64_t n, int used)
{
	while (n > 0) {
		uint64_t bit = first % 64, some = 64 - bit < n ? 64 - bit : n;
		uint64_t mask = ~UINT64_C(0) >> (64 - some) << bit;
		if (used)
			h->used[first / 64] |= mask;
		else
			h->used[first / 64] &= ~mask;
		first += some;
		n -= some;
	}
}

/* The first page at or above i that is live (flip 0) or free (flip ~0), end if that
 * comes first. */
static uint64_t next(heap *h, uint64_t i, uint64_t end, uint64_t flip)
{
	while (i < end) {
		uint64_t word = (h->used[i / 64] ^ flip) >> i % 64;
		h->visits++;
		if (word) {
			i += (uint64_t)__builtin_ctzll(word);
			return i < end ? i : end;
		}
		i += 64 - i % 64;
	}
	return end;
}

/* The multiple of align at or above i. Pages are few enough for this not to wrap,
 * and an alignment past the end is as good as any other. */
static uint64_t round_up(const heap *h, uint64_t i, uint64_t align)
{
	if (align > h->pages)
		return i == 0 ? 0 : h->pages;
	return (i + align - 1) / align * align;
}

static int64_t alloc(void *heap_, const vramlab_request *r, vramlab_block *blocks, uint64_t room, uint64_t *tag)
{
	heap *h = heap_;
	uint64_t end = h->pages * h->page, lo = r->lo, hi = r->hi, align, n, at;
	(void)room; /* one block, always */
	(void)tag;  /* the block says all that a free needs */
	if (r->flags & VRAMLAB_RANGE && (hi == 0 || hi > end))
		hi = end;
	if (r->size == 0)
		return VRAMLAB_EINVAL;
	if (r->size > end)
		return VRAMLAB_E2BIG;
	n = (r->size + h->page - 1) / h->page;
	align = r->align / h->page; /* in pages: less than a page is none */
	if (align == 0)
		align = 1;
	lo = lo / h->page + (lo % h->page != 0);
	hi = hi / h->page;
	for (at = round_up(h, lo, align); at < hi && n <= hi - at;) {
		uint64_t live = next(h, at, at + n, 0);
		if (live == at + n) {
			mark(h, at, n, 1);
			blocks[0].start = at * h->page;
			blocks[0].size = n * h->page;
			return 1;
		}
		at = round_up(h, next(h, live, hi, ~UINT64_C(0)), align);
	}
	return VRAMLAB_ENOSPC;
}

static int release(void *heap_, uint64_t tag, const vramlab_block *blocks, uint64_t n, uint32_t flags)
{
	heap *h = heap_;
	(void)tag;
	(void)flags;
	if (n != 1)
		return VRAMLAB_EINVAL;
	mark(h, blocks[0].start / h->page, blocks[0].size / h->page, 0);
	return 0;
}

static uint64_t free_blocks(void *heap_, vramlab_block *blocks, uint64_t room)
{
	heap *h = heap_;
	uint64_t count = 0, visits = h->visits, i = 0, end;
	while ((i = next(h, i, h->pages, ~UINT64_C(0))) < h->pages) {
		end = next(h, i, h->pages, 0);
		if (count < room) {
			blocks[count].start = i * h->page;
			blocks[count].size = (end - i) * h->page;
		}
		count++;
		i = end;
	}
	h->visits = visits; /* this was no search */
	return count;
}

static void counters(void *heap_, vramlab_counters *c)
{
	heap *h = heap_;
	c->splits = c->merges = 0; /* it knows pages, not blocks */
	c->visits = h->visits;
}

static uint64_t footprint(void *heap_) { return sizeof(heap) + words(heap_) * sizeof(uint64_t); }

VRAMLAB_STRATEGY(bitmap, "first fit over a bitmap of pages: the lowest place that is large enough (an example in C)",
		 VRAMLAB_CAP_WINDOW | VRAMLAB_CAP_ANY_ALIGN,
		 create, destroy, alloc, release, free_blocks, counters, footprint);
