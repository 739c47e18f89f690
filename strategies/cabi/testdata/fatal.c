/* Strategies that end, hang or deface the process they are loaded in, each in one way
 * and at its seventh request, over the first fit of the guide. What happens
 * while the library is loaded is chosen by the environment: FATAL_CONSTRUCTOR. */
#define _GNU_SOURCE
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Winfinite-recursion"
#pragma GCC diagnostic ignored "-Wfree-nonheap-object"
#endif
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "vramlab.h"

static volatile int zero; /* so that the compiler cannot know */

struct heap {
	uint64_t page, end, n, room, requests, batches;
	vramlab_block *live; /* n grants, by address */
};

static int create(const vramlab_region *region, void **heap)
{
	struct heap *h = calloc(1, sizeof(*h));
	if (!h)
		return VRAMLAB_ENOMEM;
	h->page = region->page;
	h->end = region->size;
	*heap = h;
	return 0;
}

static void destroy(void *heap)
{
	free(((struct heap *)heap)->live);
	free(heap);
}

/* Puts b in front of grant i. */
static int insert(struct heap *h, uint64_t i, vramlab_block b)
{
	if (h->n == h->room) {
		uint64_t room = 2 * h->room + 64;
		vramlab_block *live = realloc(h->live, room * sizeof(*live));
		if (!live)
			return VRAMLAB_ENOMEM;
		h->live = live;
		h->room = room;
	}
	memmove(&h->live[i + 1], &h->live[i], (h->n++ - i) * sizeof(b));
	h->live[i] = b;
	return 0;
}

static int64_t alloc(void *heap, const vramlab_request *r, vramlab_block *blocks, uint64_t room, uint64_t *tag)
{
	struct heap *h = heap;
	uint64_t hi = r->hi == 0 || r->hi > h->end ? h->end : r->hi;
	uint64_t align = r->align < h->page ? h->page : r->align / h->page * h->page;
	uint64_t i, size, at = 0; /* at: the end of the grant in front of i */
	(void)room, (void)tag;    /* one block, found again by its address */
	if (r->size == 0 || r->size > h->end)
		return VRAMLAB_EINVAL;
	size = (r->size + h->page - 1) / h->page * h->page;
	for (i = 0; i <= h->n; i++) {
		uint64_t stop = i < h->n && h->live[i].start < hi ? h->live[i].start : hi;
		uint64_t from = at > r->lo ? at : r->lo, skip = (align - from % align) % align;
		if (from < stop && skip < stop - from && size <= stop - from - skip) {
			blocks[0].start = from + skip;
			blocks[0].size = size;
			return insert(h, i, blocks[0]) ? VRAMLAB_ENOMEM : 1;
		}
		if (i < h->n)
			at = h->live[i].start + h->live[i].size;
	}
	return VRAMLAB_ENOSPC;
}

static int release(void *heap, uint64_t tag, const vramlab_block *blocks, uint64_t n, uint32_t flags)
{
	struct heap *h = heap;
	uint64_t i = 0;
	(void)tag, (void)n, (void)flags;
	while (h->live[i].start != blocks[0].start)
		i++;
	memmove(&h->live[i], &h->live[i + 1], (--h->n - i) * sizeof(*h->live));
	return 0;
}

static uint64_t free_blocks(void *heap, vramlab_block *blocks, uint64_t room)
{
	struct heap *h = heap;
	uint64_t i, count = 0, at = 0;
	for (i = 0; i <= h->n; i++) {
		vramlab_block gap = {at, (i < h->n ? h->live[i].start : h->end) - at};
		if (gap.size && count++ < room)
			blocks[count - 1] = gap;
		if (i < h->n)
			at = h->live[i].start + h->live[i].size;
	}
	return count;
}

static void segfault(void) { *(volatile int *)(uintptr_t)(8 + zero) = 1; }
static void divide(void) { zero = 100 / zero; }
static void loop(void) { for (;;) zero = 0; }
static void twice(void)
{
	void *volatile p = malloc(64);
	free(p);
	free(p);
}
static void foreign(void)
{
	char *volatile p = (char *)malloc(64);
	free(p + 16);
}
static int deeper(volatile char *above)
{
	volatile char here[4096];
	here[0] = above[0];
	return deeper(here) + here[zero];
}
static void overflow(void) { volatile char first[1] = {0}; zero = deeper(first); }
static void unchecked(void) { *(volatile char *)malloc((size_t)1 << 46) = 1; }
static void greedy(void)
{
	for (;;)
		memset(malloc(1 << 20), 1, 1 << 20);
}
static void jump(void) { ((void (*)(void))(uintptr_t)(16 + zero))(); }
static void leave(void) { exit(0); }
static void leave_now(void) { _exit(0); }
static void shut(void) { close(1); }
static void shut_all(void) { int i; for (i = 0; i < 1024; i++) close(i); }
static void asserts(void) { fprintf(stderr, "fatal.c: the list is empty\n"); abort(); }
static void killed(void) { raise(SIGKILL); }
static void stopped(void) { raise(SIGSTOP); }
static void handler(void) { signal(SIGSEGV, SIG_IGN); segfault(); }

static void on_signal(int s) { (void)s; }
static void handlers(void)
{
	int s;
	for (s = 1; s < 32; s++)
		signal(s, on_signal);
}

static void sleeps(void) { for (;;) pause(); }
static void *stop(void *unused) { return usleep(100000), raise(SIGSTOP), unused; }
static void stops_later(void)
{
	pthread_t t;
	if (pthread_create(&t, NULL, stop, NULL))
		abort();
}

/* What changes the process, and what is blamed on something else then. */
static void moves(void) { if (chdir("/")) abort(); }
static void masks(void) { umask(0777); }
static void limits(void)
{
	struct rlimit r;
	getrlimit(RLIMIT_NOFILE, &r);
	r.rlim_cur = 64;
	setrlimit(RLIMIT_NOFILE, &r);
}
static void replaces(void) { if (dup2(open("/dev/null", O_RDWR), 1) < 0) abort(); }

/* Writes over all memory that the process shares with another one. */
static void deface(int byte)
{
	FILE *f = fopen("/proc/self/maps", "r");
	char line[512];
	unsigned long from, to;
	while (f && fgets(line, sizeof(line), f))
		if (strstr(line, "rw-s") && sscanf(line, "%lx-%lx", &from, &to) == 2)
			memset((void *)from, byte, to - from);
	if (f)
		fclose(f);
}
static void defaces(void) { deface(0xff); }
static void defaces_and_dies(void) { deface('Z'), segfault(); }
static void cuts(void)
{
	int fd;
	for (fd = 3; fd < 20; fd++)
		if (fd != 5 && fd != 6 && ftruncate(fd, 0))
			continue;
}

/* What ends no process: the caller must not notice. */
static void obeyed(void) { fprintf(stderr, "\033[31mred\a\n"); }
static void chatters(void) { printf("hello\n"); fprintf(stderr, "to stderr\n"); fflush(stdout); }
static void forks(void) { if (fork() < 0) abort(); }
static void stays(void) { if (fork() == 0) pause(); }
static void alarms(void) { raise(SIGALRM); raise(SIGTERM); raise(SIGINT); }

#define IN_ALLOC(name)                                                                                                  \
	static int64_t alloc_##name(void *h, const vramlab_request *r, vramlab_block *b, uint64_t room, uint64_t *tag) \
	{                                                                                                     \
		if (r->size && ++((struct heap *)h)->requests == 7)                                                  \
			name();                                                                               \
		return alloc(h, r, b, room, tag);                                                             \
	}                                                                                                     \
	VRAMLAB_STRATEGY(alloc_##name, "a test", 0, create, destroy, alloc_##name, release, free_blocks, NULL, NULL)

IN_ALLOC(segfault);
IN_ALLOC(divide);
IN_ALLOC(loop);
IN_ALLOC(twice);
IN_ALLOC(foreign);
IN_ALLOC(overflow);
IN_ALLOC(unchecked);
IN_ALLOC(greedy);
IN_ALLOC(jump);
IN_ALLOC(leave);
IN_ALLOC(leave_now);
IN_ALLOC(shut);
IN_ALLOC(shut_all);
IN_ALLOC(asserts);
IN_ALLOC(killed);
IN_ALLOC(stopped);
IN_ALLOC(handler);
IN_ALLOC(handlers);
IN_ALLOC(chatters);
IN_ALLOC(forks);
IN_ALLOC(alarms);
IN_ALLOC(stays);
IN_ALLOC(sleeps);
IN_ALLOC(stops_later);
IN_ALLOC(moves);
IN_ALLOC(masks);
IN_ALLOC(limits);
IN_ALLOC(replaces);
IN_ALLOC(defaces);
IN_ALLOC(defaces_and_dies);
IN_ALLOC(cuts);
IN_ALLOC(obeyed);

VRAMLAB_STRATEGY(by_the_guide, "a test", 0, create, destroy, alloc, release, free_blocks, NULL, NULL);

static int create_segfault(const vramlab_region *r, void **out) { return segfault(), create(r, out); }
VRAMLAB_STRATEGY(create_segfault, "a test", 0, create_segfault, destroy, alloc, release, free_blocks, NULL, NULL);

static int free_segfault(void *h, uint64_t tag, const vramlab_block *b, uint64_t n, uint32_t flags)
{
	return segfault(), release(h, tag, b, n, flags);
}
VRAMLAB_STRATEGY(free_segfault, "a test", 0, create, destroy, alloc, free_segfault, free_blocks, NULL, NULL);

static uint64_t list_segfault(void *h, vramlab_block *b, uint64_t room) { return segfault(), free_blocks(h, b, room); }
VRAMLAB_STRATEGY(list_segfault, "a test", 0, create, destroy, alloc, release, list_segfault, NULL, NULL);

static uint64_t list_garbage(void *h, vramlab_block *b, uint64_t room) { return free_blocks(h, b, room) + ((uint64_t)1 << 40); }
VRAMLAB_STRATEGY(list_garbage, "a test", 0, create, destroy, alloc, release, list_garbage, NULL, NULL);

static int64_t alloc_garbage(void *h, const vramlab_request *r, vramlab_block *b, uint64_t room, uint64_t *tag)
{
	int64_t n = alloc(h, r, b, room, tag);
	return n == 1 ? 123456789 : n;
}
VRAMLAB_STRATEGY(alloc_garbage, "a test", 0, create, destroy, alloc_garbage, release, free_blocks, NULL, NULL);

static int64_t alloc_beyond(void *h, const vramlab_request *r, vramlab_block *b, uint64_t room, uint64_t *tag)
{
	memset(b, 0x5a, (room + 8) * sizeof(*b));
	return alloc(h, r, b, room, tag);
}
VRAMLAB_STRATEGY(alloc_beyond, "a test", 0, create, destroy, alloc_beyond, release, free_blocks, NULL, NULL);

static void destroy_loop(void *h) { destroy(h), loop(); }
VRAMLAB_STRATEGY(destroy_loop, "a test", 0, create, destroy_loop, alloc, release, free_blocks, NULL, NULL);

/* Right when it is called one by one. */
static int batch(void *table, void *h, const vramlab_op *ops, uint64_t n, uint32_t *ns)
{
	struct heap *mine = h;
	if (++mine->batches == 2) {
		vramlab_run_((vramlab_table *)table, h, ops, 100, ns, 0, alloc, release);
		segfault();
	}
	return vramlab_run_((vramlab_table *)table, h, ops, n, ns, 0, alloc, release);
}
/* Right, until far more was asked of it than a trial does. */
static int late(void *table, void *h, const vramlab_op *ops, uint64_t n, uint32_t *ns)
{
	static int batches;
	if (++batches == 60)
		segfault();
	return vramlab_run_((vramlab_table *)table, h, ops, n, ns, 0, alloc, release);
}
/* Right, until it is measured. */
static int lazy(void *table, void *h, const vramlab_op *ops, uint64_t n, uint32_t *ns)
{
	static int batches;
	if (++batches > 12)
		return 0;
	return vramlab_run_((vramlab_table *)table, h, ops, n, ns, 0, alloc, release);
}
static int beyond(void *table, void *h, const vramlab_op *ops, uint64_t n, uint32_t *ns)
{
	int err = vramlab_run_((vramlab_table *)table, h, ops, n, ns, 0, alloc, release);
	if (ns)
		memset(ns, 0xff, (n + 1) * sizeof(*ns));
	return err;
}
static int hasty(void *table, void *h, const vramlab_op *ops, uint64_t n, uint32_t *ns)
{
	int err = vramlab_run_((vramlab_table *)table, h, ops, n, ns, 0, alloc, release);
	for (; ns && n; n--)
		ns[n - 1] = ns[n - 1] != 0;
	return usleep(1000), err;
}
static void miscount(void *table, vramlab_counts *counts)
{
	vramlab_table_counts_(table, counts);
	counts->blocks += 7;
}
static int drain(void *table, void *h) { return vramlab_drain_((vramlab_table *)table, h, release); }

/* Right, until the file that FATAL_ENDED names, the journal of a run, says that it has ended. */
static int create_ended(const vramlab_region *region, void **heap)
{
	const char *path = getenv("FATAL_ENDED");
	FILE *f = path ? fopen(path, "r") : NULL;
	char line[512];
	while (f && fgets(line, sizeof(line), f))
		if (strstr(line, "\"ended\""))
			segfault();
	if (f)
		fclose(f);
	return create(region, heap);
}
VRAMLAB_STRATEGY(create_ended, "a test", 0, create_ended, destroy, alloc, release, free_blocks, NULL, NULL);

#define BY_HAND(name, ...)                                            \
	extern VRAMLAB_EXPORT_ const vramlab_strategy vramlab_strategy_##name; \
	const vramlab_strategy vramlab_strategy_##name = {__VA_ARGS__}
#define FUNCTIONS .create = create, .destroy = destroy, .alloc = alloc, .free = release, .free_blocks = free_blocks
#define HEAD VRAMLAB_ABI, sizeof(vramlab_strategy)

BY_HAND(batch_segfault, HEAD, "batch_segfault", "a test", 0, 0, FUNCTIONS, .table_open = vramlab_table_open_, .table_run = batch,
	.table_drain = drain, .table_counts = vramlab_table_counts_, .table_close = vramlab_table_close_, .clock_ps = vramlab_clock_ps_);
BY_HAND(late_segfault, HEAD, "late_segfault", "a test", 0, 0, FUNCTIONS, .table_open = vramlab_table_open_, .table_run = late,
	.table_drain = drain, .table_counts = vramlab_table_counts_, .table_close = vramlab_table_close_, .clock_ps = vramlab_clock_ps_);
#define BATCH(name, run, count)                                                                                  \
	BY_HAND(name, HEAD, #name, "a test", 0, 0, FUNCTIONS, .table_open = vramlab_table_open_, .table_run = run, \
		.table_drain = drain, .table_counts = count, .table_close = vramlab_table_close_, .clock_ps = vramlab_clock_ps_)
BATCH(batch_lazy, lazy, vramlab_table_counts_);
BATCH(batch_beyond, beyond, vramlab_table_counts_);
BATCH(batch_hasty, hasty, vramlab_table_counts_);
BATCH(batch_miscounts, late, miscount);

/* Places otherwise each time it is asked. */
static int64_t alloc_fickle(void *h, const vramlab_request *r, vramlab_block *b, uint64_t room, uint64_t *tag)
{
	static uint64_t n;
	vramlab_request shifted = *r;
	if (r->size && n++ % 17 == 0 && r->size < r->hi / 2)
		shifted.lo = r->lo + 4096;
	return alloc(h, &shifted, b, room, tag);
}
VRAMLAB_STRATEGY(fickle, "a test", VRAMLAB_CAP_WINDOW, create, destroy, alloc_fickle, release, free_blocks, NULL, NULL);

/* Its descriptor is another one once it is loaded. */
extern VRAMLAB_EXPORT_ vramlab_strategy vramlab_strategy_mutable;
static int create_mutable(const vramlab_region *r, void **out)
{
	memset(&vramlab_strategy_mutable, 0, sizeof(vramlab_strategy_mutable));
	return create(r, out);
}
vramlab_strategy vramlab_strategy_mutable = {HEAD, "mutable", "a test", 0, 0, create_mutable, destroy, alloc, release, free_blocks,
	NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL};

BY_HAND(name_null, HEAD, NULL, "a test", 0, 0, FUNCTIONS);
BY_HAND(name_wrong, HEAD, (const char *)0xdead0000, "a test", 0, 0, FUNCTIONS);
BY_HAND(doc_wrong, HEAD, "doc_wrong", (const char *)-4096, 0, 0, FUNCTIONS);
BY_HAND(alloc_null, HEAD, "alloc_null", "a test", 0, 0, .create = create, .destroy = destroy, .free = release, .free_blocks = free_blocks);
BY_HAND(alloc_wrong, HEAD, "alloc_wrong", "a test", 0, 0, .create = create, .destroy = destroy, .free = release, .free_blocks = free_blocks,
	.alloc = (vramlab_alloc_fn *)0xdead0000);
static const char endless[8192] = {[0 ... 8191] = 'x'};
BY_HAND(name_endless, HEAD, endless, "a test", 0, 0, FUNCTIONS);
extern VRAMLAB_EXPORT_ const uint32_t vramlab_strategy_descriptor_short[2];
const uint32_t vramlab_strategy_descriptor_short[2] = {0, 0};

__attribute__((constructor)) static void on_load(void)
{
	static const struct { const char *name; void (*what)(void); } list[] = {
		{"segfault", segfault}, {"loop", loop}, {"leave", leave}, {"shut", shut},
		{"moves", moves}, {"limits", limits}, {"replaces", replaces},
	};
	const char *name = getenv("FATAL_CONSTRUCTOR");
	size_t i;
	for (i = 0; name && i < sizeof(list) / sizeof(list[0]); i++)
		if (!strcmp(name, list[i].name))
			list[i].what();
}
