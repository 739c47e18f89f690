/*
 * vramlab.h: how an allocator written in C, C++, Rust or anything else that
 * makes a shared library takes part in vramlab. Version 2: version 1 had neither trim
 * nor reset_clear, and a library that was built with it works as it is.
 *
 * Write five functions, name them in VRAMLAB_STRATEGY, build a shared library:
 *
 *	cc -O2 -shared -fPIC -I DIR -o libmine.so mine.c      (vramlab list -header > DIR/vramlab.h)
 *	vramlab replay -strategy so:./libmine.so -check placed.trace
 *	vramlab run -quick -strategies buddy,so:./libmine.so
 *
 * Include this file before headers that define words such as min or likely as
 * macros. It needs C99 or C++11, and the POSIX clock (-std=gnu99, not -std=c99).
 *
 * What holds for all functions:
 *  - Sizes and addresses are in bytes. Ranges are half open: [start, start+size).
 *  - A heap is one region under one allocator. Any number of them exist at once,
 *    but vramlab never calls a library from two threads at the same time. The
 *    thread may be another one from call to call.
 *  - Pointers that vramlab passes are good until the function returns.
 *  - The same calls must give the same placements: no clock, no random seed.
 *  - The process is not the library's alone: its working directory, umask, limits,
 *    open descriptors and signal handlers stay as they are.
 *  - Nothing may be thrown, longjmp'ed or aborted through vramlab. (What one of the
 *    five functions throws in C++ is caught by VRAMLAB_STRATEGY and ends the run
 *    with an error, in destroy without one. The optional functions must not throw.)
 */
#ifndef VRAMLAB_H
#define VRAMLAB_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#ifndef CLOCK_MONOTONIC
#error "vramlab.h needs clock_gettime: compile with -std=gnu99 or later, or -D_POSIX_C_SOURCE=199309L"
#endif

#ifdef __cplusplus
#define VRAMLAB_C extern "C"
#else
#define VRAMLAB_C extern
#endif

/* The version of this interface: the first word of a strategy. */
#define VRAMLAB_ABI 2

/* Refusals and failures, as functions return them. */
enum {
	VRAMLAB_ENOSPC = -1, /* refused: nothing free fits; changes nothing */
	VRAMLAB_EINVAL = -2, /* refused: the request, or the region, makes no sense to this allocator */
	VRAMLAB_E2BIG  = -3, /* refused: larger than the region can ever grant */
	VRAMLAB_EROOM  = -4, /* alloc: more blocks than there is room; nothing was changed; call again with more */
	VRAMLAB_ENOMEM = -5, /* failed: no memory for the allocator's own use; ends the run */
	VRAMLAB_EFAIL  = -6  /* failed: anything else (a corrupt heap, an exception); ends the run */
};

/* Conditions of a request. */
enum {
	VRAMLAB_TOPDOWN    = 1, /* high addresses first */
	VRAMLAB_CONTIGUOUS = 2, /* one run: the blocks ascend without a gap */
	VRAMLAB_CLEAR      = 4, /* memory known to be zero, if there is some */
	VRAMLAB_RANGE      = 8  /* inside [lo, hi) */
};

/* What a strategy can do. vramlab demands what is claimed here, and no more. */
enum {
	VRAMLAB_CAP_SCATTER     = 1,  /* may grant several blocks apart; refuses a plain request only for lack of free memory */
	VRAMLAB_CAP_WINDOW      = 2,  /* honours VRAMLAB_RANGE */
	VRAMLAB_CAP_TOPDOWN     = 4,  /* prefers high addresses for VRAMLAB_TOPDOWN */
	VRAMLAB_CAP_ANY_ALIGN   = 8,  /* honours alignments that are no power of two */
	VRAMLAB_CAP_POW2_BLOCKS = 16, /* every block is a power of two of pages at a multiple of its size */
	VRAMLAB_CAP_CLEAR       = 32, /* keeps apart what was freed with VRAMLAB_CLEARED */
	VRAMLAB_CAP_ROUND_UP    = 64, /* may grant more than an alignment too much */
	/* a known deviation: in a window, a block smaller than its alignment may be aligned to its size only (Linux 7.1) */
	VRAMLAB_CAP_MISALIGNED_WINDOW = 128
};

/* Flag of free: the contents are known to be zero. Never set without VRAMLAB_CAP_CLEAR. */
enum { VRAMLAB_CLEARED = 1 };

typedef struct vramlab_region {
	uint64_t size;    /* a multiple of the page, not 0 */
	uint64_t page;    /* unit of allocation: a power of two, at least 4096 */
	uint64_t visible; /* bytes from address 0 that the CPU reaches; 0: all */
} vramlab_region;

typedef struct vramlab_request {
	uint64_t size;   /* any number: 0 must be refused, odd ones rounded up or refused */
	uint64_t align;  /* of the start and, for a buddy, smallest block; never 0: the page if nothing was asked */
	uint64_t lo, hi; /* without VRAMLAB_RANGE the whole region; with it as asked: hi may be 0 (no limit),
	                    past the end (refuse or cut), or at or below lo (refuse) */
	uint32_t flags;
	uint32_t reserved; /* 0 */
} vramlab_request;

typedef struct vramlab_block {
	uint64_t start, size;
} vramlab_block;

/* Events since the heap was made. */
typedef struct vramlab_counters {
	uint64_t splits; /* free blocks of which a grant left a part */
	uint64_t merges; /* pairs of free blocks that a free made one */
	uint64_t visits; /* places looked at in search of one that fits */
} vramlab_counters;

/* One step of a replay, and what a replay did. Only the loop below uses them. */
enum { VRAMLAB_OP_ALLOC, VRAMLAB_OP_FREE, VRAMLAB_OP_FREE_CLEARED, VRAMLAB_OP_FALLBACK };
typedef struct vramlab_op {
	vramlab_request request;
	uint32_t slot, kind;
} vramlab_op;
typedef struct vramlab_counts {
	uint64_t requests, refused, fallbacks, frees, blocks;
} vramlab_counts;

/* The five functions to write, and four that may be NULL. */

/* Makes an empty heap: 0 and *heap, or VRAMLAB_EINVAL for a region it does not
 * take, or another error. */
typedef int vramlab_create_fn(const vramlab_region *region, void **heap);

/* Ends a heap with whatever is live in it. */
typedef void vramlab_destroy_fn(void *heap);

/* Grants request: writes the blocks in the order granted, at least request->size
 * bytes of whole pages, and returns their number, at least 1 and at most room. Or
 * returns an error and leaves the heap as it was.
 *
 * room is at least the pages of the request, rounded up to a power of two, as
 * long as these are no more than 1048576; so only a larger request can meet
 * VRAMLAB_EROOM. That is a failure if there was room for twice the request, or for
 * the whole region, in blocks of 4096 bytes.
 *
 * *tag is 0 and may be set to whatever finds the grant again: a pointer, an
 * index. The word comes back with the free. */
typedef int64_t vramlab_alloc_fn(void *heap, const vramlab_request *request,
				 vramlab_block *blocks, uint64_t room, uint64_t *tag);

/* Takes back the n blocks of one grant, as granted. 0, or an error. vramlab has
 * checked that this is one live grant, whole and in order. */
typedef int vramlab_free_fn(void *heap, uint64_t tag, const vramlab_block *blocks, uint64_t n, uint32_t flags);

/* Writes the free blocks in any order, room of them at most, and returns how many
 * there are. Neighbours need not be merged. Never timed. */
typedef uint64_t vramlab_free_blocks_fn(void *heap, vramlab_block *blocks, uint64_t room);

/* Optional: the events. */
typedef void vramlab_counters_fn(void *heap, vramlab_counters *counters);

/* Optional: the bytes of bookkeeping held now. */
typedef uint64_t vramlab_footprint_fn(void *heap);

/* Optional: cuts the grant of one block, blocks[0], to keep, which is whole pages of it,
 * perhaps all, and takes back the rest. Writes the blocks that the grant consists of from
 * now on, and returns their number, at least 1: they ascend without a gap and are exactly
 * keep. room is at least 128. Or returns VRAMLAB_ENOMEM or VRAMLAB_EFAIL: a refusal is none,
 * for vramlab asks for nothing else. *tag is that of the grant and may be changed. */
typedef int64_t vramlab_trim_fn(void *heap, uint64_t *tag, const vramlab_block *keep, vramlab_block *blocks, uint64_t room);

/* Optional, for VRAMLAB_CAP_CLEAR: all memory that is free now is known to be zero (cleared
 * is 1), or none of it (0). Nothing live changes. 0, or an error. */
typedef int vramlab_reset_clear_fn(void *heap, uint32_t cleared);

/* A strategy as vramlab finds it: the exported object vramlab_strategy_NAME.
 * VRAMLAB_STRATEGY fills in all of it. Written by hand (in Rust, say) the part for
 * batches may be left NULL; every operation is then a call of its own. With abi = 1 it
 * ends behind clock_ps. */
typedef struct vramlab_strategy {
	uint32_t abi;     /* VRAMLAB_ABI */
	uint32_t size;    /* of this struct */
	const char *name; /* [a-z][a-z0-9_]*, the NAME of the symbol */
	const char *doc;  /* one sentence: the policy, where it is used */
	uint32_t caps;
	uint32_t reserved; /* 0 */
	vramlab_create_fn *create;
	vramlab_destroy_fn *destroy;
	vramlab_alloc_fn *alloc;
	vramlab_free_fn *free;
	vramlab_free_blocks_fn *free_blocks;
	vramlab_counters_fn *counters;
	vramlab_footprint_fn *footprint;
	/* Batches: a table of slots for one stream, which lives with the library. table_run
	 * does the same as the calls, and sets ns[i] to what operation i took, at least 1, or
	 * to 0 if there was nothing to do. table_counts is since the last time. */
	void *(*table_open)(uint64_t slots, uint64_t room);
	int (*table_run)(void *table, void *heap, const vramlab_op *ops, uint64_t n, uint32_t *ns);
	int (*table_drain)(void *table, void *heap);
	void (*table_counts)(void *table, vramlab_counts *counts);
	void (*table_close)(void *table);
	uint64_t (*clock_ps)(void);
	vramlab_trim_fn *trim;
	vramlab_reset_clear_fn *reset_clear;
} vramlab_strategy;

/*
 * VRAMLAB_STRATEGY(name, doc, caps, create, destroy, alloc, free, free_blocks,
 * counters, footprint) defines and exports a strategy, and compiles a replay loop
 * in which alloc and free are called directly. name is a word without quotes. A
 * library may have several strategies:
 *
 *	VRAMLAB_STRATEGY(first_fit, "First fit over a bitmap.", VRAMLAB_CAP_WINDOW,
 *			 create, destroy, alloc, release, free_blocks, NULL, NULL);
 *
 * VRAMLAB_STRATEGY_TRIMS has trim and reset_clear behind them; one may be NULL. A replay
 * with trims or resets goes call by call.
 */
#define VRAMLAB_STRATEGY(name_, doc_, caps_, create_, destroy_, alloc_, free_, free_blocks_, counters_, footprint_) \
	VRAMLAB_STRATEGY_TRIMS(name_, doc_, caps_, create_, destroy_, alloc_, free_, free_blocks_, counters_,       \
			       footprint_, NULL, NULL)
#define VRAMLAB_STRATEGY_TRIMS(name_, doc_, caps_, create_, destroy_, alloc_, free_, free_blocks_, counters_,       \
			       footprint_, trim_, reset_clear_)                                                     \
	static int vramlab_create_##name_(const vramlab_region *region, void **heap)                                \
	{                                                                                                           \
		VRAMLAB_TRY_ { return create_(region, heap); } VRAMLAB_CATCH_(VRAMLAB_EFAIL)                        \
	}                                                                                                           \
	static int64_t vramlab_alloc_##name_(void *heap, const vramlab_request *request, vramlab_block *blocks,     \
					     uint64_t room, uint64_t *tag)                                          \
	{                                                                                                           \
		VRAMLAB_TRY_ { return alloc_(heap, request, blocks, room, tag); } VRAMLAB_CATCH_(VRAMLAB_EFAIL)     \
	}                                                                                                           \
	static int vramlab_free_##name_(void *heap, uint64_t tag, const vramlab_block *blocks, uint64_t n,          \
					uint32_t flags)                                                             \
	{                                                                                                           \
		VRAMLAB_TRY_ { return free_(heap, tag, blocks, n, flags); } VRAMLAB_CATCH_(VRAMLAB_EFAIL)           \
	}                                                                                                           \
	static void vramlab_destroy_##name_(void *heap)                                                             \
	{                                                                                                           \
		VRAMLAB_TRY_ { destroy_(heap); } VRAMLAB_CATCH_()                                                   \
	}                                                                                                           \
	static uint64_t vramlab_free_blocks_##name_(void *heap, vramlab_block *blocks, uint64_t room)               \
	{                                                                                                           \
		VRAMLAB_TRY_ { return free_blocks_(heap, blocks, room); } VRAMLAB_CATCH_(UINT64_MAX)                \
	}                                                                                                           \
	static int vramlab_run_##name_(void *table, void *heap, const vramlab_op *ops, uint64_t n, uint32_t *ns)    \
	{                                                                                                           \
		VRAMLAB_TRY_                                                                                        \
		{                                                                                                   \
			if (ns)                                                                                     \
				return vramlab_run_((vramlab_table *)table, heap, ops, n, ns, (caps_), alloc_, free_); \
			return vramlab_run_((vramlab_table *)table, heap, ops, n, NULL, (caps_), alloc_, free_);    \
		}                                                                                                   \
		VRAMLAB_CATCH_(VRAMLAB_EFAIL)                                                                       \
	}                                                                                                           \
	static int vramlab_drain_##name_(void *table, void *heap)                                                   \
	{                                                                                                           \
		return vramlab_drain_((vramlab_table *)table, heap, vramlab_free_##name_);                          \
	}                                                                                                           \
	VRAMLAB_C VRAMLAB_EXPORT_ const vramlab_strategy vramlab_strategy_##name_;                                  \
	const vramlab_strategy vramlab_strategy_##name_ = {                                                         \
		VRAMLAB_ABI, (uint32_t)sizeof(vramlab_strategy), #name_, doc_, (caps_), 0, vramlab_create_##name_,  \
		vramlab_destroy_##name_, vramlab_alloc_##name_, vramlab_free_##name_, vramlab_free_blocks_##name_,  \
		counters_, footprint_,                                                                              \
		vramlab_table_open_, vramlab_run_##name_, vramlab_drain_##name_, vramlab_table_counts_,             \
		vramlab_table_close_, vramlab_clock_ps_, trim_, reset_clear_}

/*
 * From here on: the replay loop, of no interest to the author of an allocator.
 */
#if defined(__GNUC__) || defined(__clang__)
#define VRAMLAB_EXPORT_ __attribute__((visibility("default")))
#define VRAMLAB_INLINE_ static inline __attribute__((always_inline))
#else
#define VRAMLAB_EXPORT_
#define VRAMLAB_INLINE_ static inline
#endif

#if defined(__cpp_exceptions)
#define VRAMLAB_TRY_ try
#define VRAMLAB_CATCH_(answer) catch (...) { return answer; }
#else
#define VRAMLAB_TRY_
#define VRAMLAB_CATCH_(answer)
#endif

/* What a slot holds: nothing, a block in the slot itself, or blocks in an array
 * that the slot keeps from its first grant of several on. */
typedef struct vramlab_slot {
	uint64_t tag;
	uint32_t n, cap; /* blocks; room in the array, 0: there is none */
	union {
		vramlab_block one;
		vramlab_block *many;
	} at;
} vramlab_slot;

typedef struct vramlab_table {
	vramlab_slot *slots;
	vramlab_block *scratch; /* what alloc writes to */
	uint64_t nslots, room;
	vramlab_counts counts;
} vramlab_table;

static inline void vramlab_table_close_(void *table)
{
	vramlab_table *t = (vramlab_table *)table;
	uint64_t i;
	if (t->slots)
		for (i = 0; i < t->nslots; i++)
			if (t->slots[i].cap)
				free(t->slots[i].at.many);
	free(t->slots);
	free(t->scratch);
	free(t);
}

static inline void *vramlab_table_open_(uint64_t slots, uint64_t room)
{
	vramlab_table *t = (vramlab_table *)calloc(1, sizeof(*t));
	if (!t)
		return NULL;
	t->nslots = slots;
	t->room = room;
	t->slots = (vramlab_slot *)calloc(slots ? slots : 1, sizeof(*t->slots));
	t->scratch = (vramlab_block *)malloc(room * sizeof(*t->scratch));
	if (t->slots && t->scratch)
		return t;
	vramlab_table_close_(t);
	return NULL;
}

/* Hands out what was counted since the last time. */
static inline void vramlab_table_counts_(void *table, vramlab_counts *counts)
{
	vramlab_table *t = (vramlab_table *)table;
	*counts = t->counts;
	memset(&t->counts, 0, sizeof(t->counts));
}

static inline uint64_t vramlab_now_(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* What one reading of the clock costs, in picoseconds: the least mean of several
 * rows of readings. */
static inline uint64_t vramlab_clock_ps_(void)
{
	enum { ROWS = 16, READS = 256 };
	uint64_t best = UINT64_MAX;
	int row, i;
	for (row = 0; row < ROWS; row++) {
		uint64_t first = vramlab_now_(), last = first;
		for (i = 0; i < READS; i++)
			last = vramlab_now_();
		if ((last - first) * 1000 / READS < best)
			best = (last - first) * 1000 / READS;
	}
	return best;
}

VRAMLAB_INLINE_ vramlab_block *vramlab_blocks_(vramlab_slot *s)
{
	return s->cap ? s->at.many : &s->at.one;
}

/* Keeps n blocks, which are in scratch, in the slot. */
static inline int vramlab_keep_many_(vramlab_slot *s, const vramlab_block *scratch, uint32_t n)
{
	if (n > s->cap) {
		vramlab_block *many = (vramlab_block *)realloc(s->cap ? s->at.many : NULL, n * sizeof(*many));
		if (!many)
			return VRAMLAB_ENOMEM;
		s->at.many = many;
		s->cap = n;
	}
	memcpy(s->at.many, scratch, n * sizeof(*scratch));
	return 0;
}

/* One allocation: 1 if granted, 0 if refused, or an error. */
VRAMLAB_INLINE_ int vramlab_alloc_(vramlab_table *t, vramlab_slot *s, void *heap, const vramlab_op *op,
				   vramlab_alloc_fn *alloc)
{
	uint64_t tag = 0;
	int64_t n = alloc(heap, &op->request, t->scratch, t->room, &tag);
	if (n < 0)
		return n >= VRAMLAB_E2BIG ? 0 : (int)n;
	if (n == 0 || (uint64_t)n > t->room || n > UINT32_MAX)
		return VRAMLAB_EROOM;
	s->tag = tag;
	s->n = (uint32_t)n;
	t->counts.blocks += (uint64_t)n;
	if (n == 1) {
		*vramlab_blocks_(s) = t->scratch[0];
		return 1;
	}
	n = vramlab_keep_many_(s, t->scratch, s->n);
	return n < 0 ? (int)n : 1;
}

/* The loop: ops in order, and with ns what each took, 0 for one with nothing to do. */
VRAMLAB_INLINE_ int vramlab_run_(vramlab_table *t, void *heap, const vramlab_op *ops, uint64_t n, uint32_t *ns,
				 uint32_t caps, vramlab_alloc_fn *alloc, vramlab_free_fn *release)
{
	uint64_t i, last = ns ? vramlab_now_() : 0;
	for (i = 0; i < n; i++) {
		const vramlab_op *op = &ops[i];
		vramlab_slot *s = &t->slots[op->slot];
		int err, idle = 0;
		if (op->kind == VRAMLAB_OP_ALLOC) {
			t->counts.requests++;
			err = vramlab_alloc_(t, s, heap, op, alloc);
			if (err < 0)
				return err;
			t->counts.refused += !err;
		} else if (op->kind == VRAMLAB_OP_FALLBACK && s->n == 0) {
			t->counts.fallbacks++;
			err = vramlab_alloc_(t, s, heap, op, alloc);
			if (err < 0)
				return err;
			t->counts.refused -= (uint64_t)err;
		} else if (op->kind != VRAMLAB_OP_FALLBACK && s->n != 0) {
			uint32_t cleared = op->kind == VRAMLAB_OP_FREE_CLEARED && (caps & VRAMLAB_CAP_CLEAR);
			err = release(heap, s->tag, vramlab_blocks_(s), s->n, cleared);
			if (err)
				return err;
			s->n = 0;
			t->counts.frees++;
		} else {
			idle = 1;
		}
		if (ns) {
			uint64_t now = vramlab_now_(), took = now - last;
			last = now;
			ns[i] = idle ? 0 : took == 0 ? 1 : took > UINT32_MAX ? UINT32_MAX : (uint32_t)took;
		}
	}
	return 0;
}

/* Frees what is live, in slot order. */
static inline int vramlab_drain_(vramlab_table *t, void *heap, vramlab_free_fn *release)
{
	uint64_t i;
	for (i = 0; i < t->nslots; i++) {
		vramlab_slot *s = &t->slots[i];
		int err = s->n ? release(heap, s->tag, vramlab_blocks_(s), s->n, 0) : 0;
		if (err)
			return err;
		s->n = 0;
	}
	return 0;
}

#endif /* VRAMLAB_H */
