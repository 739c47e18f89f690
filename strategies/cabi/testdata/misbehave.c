/* Strategies that break their contract, each in one way, over one that does not:
 * pages are granted upwards and never used again. Beside them, some that do not. */
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
	if (r->size == 0)
		return VRAMLAB_EINVAL;
	if (r->size > h->size - h->next)
		return VRAMLAB_ENOSPC;
	b->start = h->next;
	b->size = (r->size + h->page - 1) / h->page * h->page;
	h->next += b->size;
	return 1;
}

static int release(void *h, uint64_t tag, const vramlab_block *b, uint64_t n, uint32_t flags)
{
	(void)h, (void)tag, (void)b, (void)n, (void)flags;
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

#define STRATEGY(name, create, alloc, free_, free_blocks) \
	VRAMLAB_STRATEGY(name, "a test", 0, create, free, alloc, free_, free_blocks, NULL, NULL)

static int create_null(const vramlab_region *r, void **out) { return (void)r, (void)out, 0; }
static int create_nomem(const vramlab_region *r, void **out) { return (void)r, (void)out, VRAMLAB_ENOMEM; }
STRATEGY(null_heap, create_null, alloc, release, free_blocks);
STRATEGY(no_memory, create_nomem, alloc, release, free_blocks);

#define ANSWER(name, answer)                                                                                  \
	static int64_t alloc_##name(void *h, const vramlab_request *r, vramlab_block *b, uint64_t room, uint64_t *tag) \
	{                                                                                                     \
		int64_t n = alloc(h, r, b, room, tag);                                                        \
		if (n < 0)                                                                                    \
			return n;                                                                             \
		answer;                                                                                       \
	}                                                                                                     \
	STRATEGY(name, create, alloc_##name, release, free_blocks)

ANSWER(overlapping, b->start = 0; return 1);
ANSWER(outside, b->start += 1 << 30; return 1);
ANSWER(wrapping, b->size = UINT64_MAX; return 1);
ANSWER(empty, b->size = 0; return 1);
ANSWER(none, return 0);
ANSWER(too_many, return (int64_t)room + 1);
ANSWER(overrun, memset(b, 0, (room + 1) * sizeof(*b)); return 1);
ANSWER(underrun, memset(b - 1, 0, sizeof(*b)); return 1);
ANSWER(no_code, return -77);
ANSWER(no_room, return VRAMLAB_EROOM);
ANSWER(too_little, b->size -= 4096; return 1);

/* A mistake only for what is larger than the region: one block a page, as many as
 * there is room for. */
static int64_t alloc_pages(void *heap_, const vramlab_request *r, vramlab_block *b, uint64_t room, uint64_t *tag)
{
	heap *h = (heap *)heap_;
	uint64_t i, n = r->size / h->page;
	vramlab_block whole;
	int64_t got;
	if (n > room)
		return VRAMLAB_EROOM;
	got = alloc(h, r, &whole, room, tag);
	if (got < 0)
		return got;
	for (i = 0; i < n; i++) {
		b[i].start = whole.start + i * h->page;
		b[i].size = h->page;
	}
	return (int64_t)n;
}
STRATEGY(single_pages, create, alloc_pages, release, free_blocks);

static int release_fails(void *h, uint64_t tag, const vramlab_block *b, uint64_t n, uint32_t flags)
{
	return (void)h, (void)tag, (void)b, (void)n, (void)flags, VRAMLAB_EFAIL;
}
STRATEGY(bad_free, create, alloc, release_fails, free_blocks);

static int release_counts(void *h, uint64_t tag, const vramlab_block *b, uint64_t n, uint32_t flags)
{
	return (void)h, (void)tag, (void)b, (void)flags, (int)n;
}
STRATEGY(counting_free, create, alloc, release_counts, free_blocks);

static int64_t alloc_nothing(void *h, const vramlab_request *r, vramlab_block *b, uint64_t room, uint64_t *tag)
{
	return r->size == 0 ? 1 : alloc(h, r, b, room, tag);
}
STRATEGY(zero_bytes, create, alloc_nothing, release, free_blocks);

static uint64_t endless(void *h, vramlab_block *b, uint64_t room) { return (void)h, (void)b, (void)room, UINT64_MAX / 2; }
STRATEGY(endless_free, create, alloc, release, endless);

/* Mistakes of a trim and of a reset. */
#define TRIM(name, answer)                                                                                     \
	static int64_t trim_##name(void *h, uint64_t *tag, const vramlab_block *keep, vramlab_block *b, uint64_t room) \
	{                                                                                                      \
		(void)h, (void)tag, (void)room, (void)keep, (void)b;                                           \
		answer;                                                                                        \
	}                                                                                                      \
	VRAMLAB_STRATEGY_TRIMS(name, "a test", 0, create, free, alloc, release, free_blocks, NULL, NULL, trim_##name, NULL)

TRIM(trim_none, return 0);
TRIM(trim_refuses, return VRAMLAB_EINVAL);
TRIM(trim_too_many, return (int64_t)room + 1);
TRIM(trim_overrun, memset(b, 0, (room + 1) * sizeof(*b)); return 1);
TRIM(trim_outside, b->start = 1 << 30; return 1);
TRIM(trim_keeps_all, return 1);
TRIM(trim_keeps, *b = *keep; return 1); /* and gives nothing back */

static int reset_fails(void *h, uint32_t cleared) { return (void)h, cleared ? VRAMLAB_EFAIL : 0; }
VRAMLAB_STRATEGY_TRIMS(bad_reset, "a test", 0, create, free, alloc, release, free_blocks, NULL, NULL, NULL, reset_fails);

/* No mistakes: what it can do, in the other combinations. */
static void count_nothing(void *h, vramlab_counters *c) { (void)h, memset(c, 0, sizeof(*c)); }
VRAMLAB_STRATEGY_TRIMS(counts_trims, "a test", 0, create, free, alloc, release, free_blocks, count_nothing, NULL, trim_trim_keeps, NULL);
VRAMLAB_STRATEGY_TRIMS(counts_resets, "a test", 0, create, free, alloc, release, free_blocks, count_nothing, NULL, NULL, reset_fails);
VRAMLAB_STRATEGY_TRIMS(counts_trims_resets, "a test", 0, create, free, alloc, release, free_blocks, count_nothing, NULL, trim_trim_keeps, reset_fails);

/* Not a mistake: its footprint is the number of heaps that were not destroyed. */
static uint64_t heaps;
static int create_mortal(const vramlab_region *r, void **out) { return heaps++, create(r, out); }
static void destroy_mortal(void *h) { heaps--, free(h); }
static uint64_t footprint_mortal(void *h) { return (void)h, heaps; }
VRAMLAB_STRATEGY(mortal, "a test", 0, create_mortal, destroy_mortal, alloc, release, free_blocks, NULL, footprint_mortal);

/* Descriptors that no macro made. */
#define BY_HAND(name, ...)                                            \
	extern VRAMLAB_EXPORT_ const vramlab_strategy vramlab_strategy_##name; \
	const vramlab_strategy vramlab_strategy_##name = {__VA_ARGS__}
#define FUNCTIONS .create = create, .destroy = free, .alloc = alloc, .free = release, .free_blocks = free_blocks
BY_HAND(by_hand, VRAMLAB_ABI, sizeof(vramlab_strategy), "by_hand", "right, without batches", 0, 0, FUNCTIONS);
BY_HAND(null_alloc, VRAMLAB_ABI, sizeof(vramlab_strategy), "null_alloc", "a test", 0, 0,
	.create = create, .destroy = free, .alloc = alloc, .free = release);
BY_HAND(version, 7, sizeof(vramlab_strategy), "version", "a test", 0, 0, FUNCTIONS);
BY_HAND(size, VRAMLAB_ABI, 8, "size", "a test", 0, 0, FUNCTIONS);
BY_HAND(no_name, VRAMLAB_ABI, sizeof(vramlab_strategy), NULL, "a test", 0, 0, FUNCTIONS);
BY_HAND(other_name, VRAMLAB_ABI, sizeof(vramlab_strategy), "another", "a test", 0, 0, FUNCTIONS);
BY_HAND(no_doc, VRAMLAB_ABI, sizeof(vramlab_strategy), "no_doc", " ", 0, 0, FUNCTIONS);
BY_HAND(caps, VRAMLAB_ABI, sizeof(vramlab_strategy), "caps", "a test", 1 << 20, 0, FUNCTIONS);
BY_HAND(reserved, VRAMLAB_ABI, sizeof(vramlab_strategy), "reserved", "a test", 0, 9, FUNCTIONS);
BY_HAND(terminal, VRAMLAB_ABI, sizeof(vramlab_strategy), "terminal", "red\033[31m\a\txx\xff \xe2\x80\xae end", 0, 0, FUNCTIONS);
VRAMLAB_EXPORT_ void vramlab_strategy_function(void);
void vramlab_strategy_function(void) {}

/* Batches of their own: right but for what follows. */
static int drain(void *t, void *h) { return vramlab_drain_((vramlab_table *)t, h, release); }
#define RUN(n) vramlab_run_((vramlab_table *)t, h, ops, n, ns, 0, alloc, release)
#define BATCH(name, run, counts, clock)                                                                        \
	static int run_##name(void *t, void *h, const vramlab_op *ops, uint64_t n, uint32_t *ns) { run; }      \
	static void counts_##name(void *t, vramlab_counts *c) { vramlab_table_counts_(t, c); counts; }         \
	static uint64_t clock_##name(void) { return clock; }                                                   \
	BY_HAND(name, VRAMLAB_ABI, sizeof(vramlab_strategy), #name, "a test", 0, 0, FUNCTIONS,                 \
		.table_open = vramlab_table_open_, .table_run = run_##name, .table_drain = drain,              \
		.table_counts = counts_##name, .table_close = vramlab_table_close_, .clock_ps = clock_##name)
BATCH(run_well, return RUN(n), , vramlab_clock_ps_());
BATCH(run_nothing, (void)t; (void)h; (void)ops; for (; ns && n; n--) ns[n - 1] = 1; return 0, , 0);
BATCH(run_half, return RUN(n / 2), , 0);
BATCH(counts_nothing, return RUN(n), memset(c, 0, sizeof(*c)), 0);
BATCH(counts_all, return RUN(n), memset(c, 0xff, sizeof(*c)), 0);
BATCH(counts_frees, return RUN(n), c->frees = UINT64_MAX, 0);
BATCH(times_nothing, int e = RUN(n); if (ns) memset(ns, 0, n * sizeof(*ns)); return e, , 0);
BATCH(times_all, int e = RUN(n); if (ns) memset(ns, 0xff, n * sizeof(*ns)); return e, , 0);
BATCH(clock_endless, return RUN(n), , UINT64_MAX);

BY_HAND(half_a_table, VRAMLAB_ABI, sizeof(vramlab_strategy), "half_a_table", "a test", 0, 0, FUNCTIONS,
	.clock_ps = vramlab_clock_ps_);
