// Best fit on two ordered trees of the standard library, as an example of
// vramlab.h in C++: holes by address (std::map), to merge, and by size (std::set),
// to search. Of holes of one size the lowest is taken.
//
//	c++ -O2 -shared -fPIC -I .. -o libbestfit.so bestfit.cpp
#include "vramlab.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <set>
#include <utility>

namespace {

class Heap {
public:
	explicit Heap(const vramlab_region &r) : page_(r.page), end_(r.size) { add(0, r.size); }

	int64_t alloc(const vramlab_request &r, vramlab_block *out)
	{
		uint64_t lo = r.lo, hi = r.hi;
		if (r.flags & VRAMLAB_RANGE && (hi == 0 || hi > end_))
			hi = end_;
		if (r.size == 0)
			return VRAMLAB_EINVAL;
		if (r.size > end_)
			return VRAMLAB_E2BIG;
		const uint64_t size = (r.size + page_ - 1) & ~(page_ - 1); // cannot wrap: it is at most end_
		const uint64_t align = std::max(page_, r.align - r.align % page_);
		hi &= ~(page_ - 1);
		for (auto i = by_size_.lower_bound({size, 0}); i != by_size_.end(); ++i) {
			visits_++;
			const uint64_t hole = i->second, hole_end = hole + i->first;
			uint64_t start;
			if (!round_up(std::max(hole, lo), align, start))
				continue;
			const uint64_t limit = std::min(hole_end, hi);
			if (start > limit || limit - start < size)
				continue;
			remove(hole);
			if (start > hole)
				add(hole, start - hole);
			if (hole_end > start + size)
				add(start + size, hole_end - start - size);
			splits_ += (start > hole) + (hole_end > start + size);
			*out = {start, size};
			return 1;
		}
		return VRAMLAB_ENOSPC;
	}

	void release(vramlab_block b)
	{
		auto next = by_start_.lower_bound(b.start);
		if (next != by_start_.end() && next->first == b.start + b.size) {
			const auto behind = *next;
			next = remove(behind.first);
			b.size += behind.second;
			merges_++;
		}
		if (next != by_start_.begin()) {
			const auto before = *std::prev(next);
			if (before.first + before.second == b.start) {
				remove(before.first);
				b = {before.first, before.second + b.size};
				merges_++;
			}
		}
		add(b.start, b.size);
	}

	uint64_t free_blocks(vramlab_block *out, uint64_t room) const
	{
		uint64_t n = 0;
		for (const auto &hole : by_start_) {
			if (n == room)
				break;
			out[n++] = {hole.first, hole.second};
		}
		return by_start_.size();
	}

	vramlab_counters counters() const { return {splits_, merges_, visits_}; }

	// A node of either tree: its pair and, as in all common libraries, three
	// pointers and a colour, rounded up by malloc.
	uint64_t footprint() const { return sizeof(Heap) + by_start_.size() * 2 * (16 + 32 + 8); }

private:
	// Holes are disjoint, so that a start tells one.
	void add(uint64_t start, uint64_t size)
	{
		by_start_.emplace(start, size);
		by_size_.emplace(size, start);
	}

	std::map<uint64_t, uint64_t>::iterator remove(uint64_t start)
	{
		auto i = by_start_.find(start);
		by_size_.erase({i->second, start});
		return by_start_.erase(i);
	}

	// The multiple of align at or above x; false if it is past 2^64.
	static bool round_up(uint64_t x, uint64_t align, uint64_t &up)
	{
		const uint64_t over = x % align;
		up = over == 0 ? x : x + (align - over);
		return up >= x;
	}

	uint64_t page_, end_;
	std::map<uint64_t, uint64_t> by_start_;          // start, size
	std::set<std::pair<uint64_t, uint64_t>> by_size_; // size, start
	uint64_t splits_ = 0, merges_ = 0, visits_ = 0;
};

int create(const vramlab_region *region, void **heap)
{
	*heap = new Heap(*region);
	return 0;
}

void destroy(void *heap) { delete static_cast<Heap *>(heap); }

int64_t alloc(void *heap, const vramlab_request *r, vramlab_block *blocks, uint64_t, uint64_t *)
{
	return static_cast<Heap *>(heap)->alloc(*r, blocks);
}

int release(void *heap, uint64_t, const vramlab_block *blocks, uint64_t n, uint32_t)
{
	if (n != 1)
		return VRAMLAB_EINVAL;
	static_cast<Heap *>(heap)->release(*blocks);
	return 0;
}

uint64_t free_blocks(void *heap, vramlab_block *blocks, uint64_t room)
{
	return static_cast<Heap *>(heap)->free_blocks(blocks, room);
}

void counters(void *heap, vramlab_counters *c) { *c = static_cast<Heap *>(heap)->counters(); }

uint64_t footprint(void *heap) { return static_cast<Heap *>(heap)->footprint(); }

} // namespace

VRAMLAB_STRATEGY(bestfit, "best fit on std::map, the lowest of equal holes (an example in C++)",
		 VRAMLAB_CAP_WINDOW | VRAMLAB_CAP_ANY_ALIGN,
		 create, destroy, alloc, release, free_blocks, counters, footprint);
