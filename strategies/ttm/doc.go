// Package ttm is a resource manager for one region of device memory over any
// placement strategy, after the TTM managers of the kernel: above all
// i915_ttm_buddy_manager, and what TTM itself adds to it, eviction.
//
// # Idea
//
// A strategy answers where a number of bytes goes. A driver asks more: put this
// object here, or else there; keep within what the CPU can see; and if there is
// no room, make some. [Manager] is that layer, and the strategy below is an
// argument of [New]: a buddy and a range manager are exchanged by naming the
// other one, and whatever else is said of objects stays as it is.
//
//   - [Place] is a window and the flags TopDown and Contiguous; a [Request] has
//     several, in order of preference. Everything is in bytes; the kernel has
//     pages here (fpfn, lpfn).
//   - [Resource] is what one object holds: its blocks, and how much of them is
//     visible. Drivers embed it, and so it is its own node in the list below.
//   - Visible part: of a region with a small BAR the bytes [0, Visible) can be
//     reached by the CPU, and what is left of them is counted apart. An
//     allocation whose whole window is visible counts with its size, any other
//     with what its blocks have below the limit. The first kind is refused by the
//     count alone when that is too small, without a search.
//   - Eviction: resources stand in a list from the least to the most recently
//     used. When no place has room, the list is walked from the old end for each
//     place in turn; who intersects with the wanted window is offered to
//     [EvictFunc], which decides what eviction means; after each one that goes
//     the allocation is tried again, and the first time it fits the walk ends.
//     Pinned resources are in another list, so that the walk never meets them.
//   - [Manager.Reserve] takes fixed ranges out for good, [Manager.AllocObject]
//     applies i915's rules for what may lie outside the visible part, and
//     [Manager.Close] says who still holds memory.
//
// # The walk
//
// A callback copies megabytes and cannot run under the lock. But a walk that
// lets go of the lock loses its place. Later kernels put a hitch into the list;
// here the empty Resource that the walk is to fill serves as one, so that nothing
// is allocated for it. Others step over it. A walk looks only at what was in the
// list when it began (each entry has an ascending stamp): it ends even if others
// allocate and touch all the time, and it never evicts what came after it.
//
// While a callback has a resource, whoever frees, pins, touches or fills it
// waits for the verdict. So an object's own lock, taken by the callback with
// TryLock, is all that a driver needs; there is no moment in which both the
// manager and the owner think that the resource is theirs.
//
// # Invariants
//
// Avail is the managed size less all blocks of resources and reservations.
// Visible avail is the visible size less what each resource counted when it was
// allocated and the visible part of reservations. Every resource that holds
// memory is in exactly one of two lists, by its pins; stamps ascend along the LRU
// list. [Manager.Check] adds everything up anew.
//
// # The lock
//
// One mutex guards the strategy, the counts and the lists. The kernel asks
// itself, of this very lock, whether it should spin or sleep. What decides is how
// long it is held, so [Manager.MeasureHolds] turns on a histogram for each of the
// three critical sections. With 2,400 objects of 4 KiB to 2 MiB in 1 GiB, churn
// at three quarters full, and bringing in objects over the full region, each of
// which evicts another (BenchmarkManager; medians of eight runs of 200 ms on a
// virtual machine with an AMD EPYC, in ns):
//
//	                    alloc      free       walk      one replacement or entry
//	                   p50  p99   p50  p99   p50  p99   strategy manager measured
//	buddy     churn     63  239    51  223     -    -        109     163      278
//	rangemgr  churn     51   71    31   71     -    -         69     118      227
//	buddy     evict     31  831    95  671    10  175          -     472      708
//	rangemgr  evict     43   67    21   51    10   21          -     156      375
//
// All of that is below the microseconds of a sleep and a wake-up, for both:
// these structures could live under a spinlock. The maxima, 50 to 500 us, are the
// scheduler's and not the allocators': a holder was preempted. The manager itself
// adds about 50 ns to an allocation and a free. Measuring adds about 110; off, it
// is a branch. The kernel's own structures do not fit under a spinlock this way:
// its buddy takes nodes from the slab allocator, which may sleep, and walks lists
// and trees whose length grows.
//
// # Complexity
//
// Alloc and Free are the strategy's, plus O(blocks) to count them. A walk looks
// at each resource of the list once, and at its blocks unless the window is the
// region or its visible part; the allocation is tried once more for each
// resource evicted. A Resource is 224 bytes with room for four blocks, more
// blocks are a slice that stays with it. With resources that are used again
// neither Alloc, Free nor an eviction takes anything from the Go heap; with new
// ones, the Resource.
//
// # Differences to the kernel
//
//   - The kernel compares the number of chunks of an allocation with the
//     visible pages that are left, and so needs a chunk to be a page. In bytes
//     there is no such rule.
//   - A reservation that fails is counted against the visible part there. It
//     is not counted here: reserving the same range twice would make what is
//     left wrap around below zero, and the check at the end, which compares
//     left plus reserved with the whole, would not even notice, since the error
//     is in both.
//   - Hi = 0 is the end of the region everywhere. In the kernel's intersects and
//     compatible it is so only when fpfn is 0 too; its buddy manager takes a
//     place with fpfn alone for an empty window then, its range manager does not.
//   - A size that is no multiple of the smallest block is an assertion of i915's
//     debug builds. Here it goes to the strategy, as in other builds.
//   - ErrNoSpace stays that to the top; i915 says ENXIO to its objects.
//   - The second round of places begins with a walk, not with another attempt
//     that would fail as the one before did; and there is none after a victim
//     that was busy.
//   - Close returns as an error what the kernel warns about, and may be called
//     again.
//
// Kept as it is: what a strategy grants beyond the size (a power of two for a
// contiguous request, say) is not counted as visible when the whole window is,
// and makes a resource allocated without that window not compatible with it. And
// the first refusal that is not ErrNoSpace ends an allocation, though another
// place might do: a size above the end of the first window is ErrTooBig. A size
// above the length of a window that does not begin at 0 is not noticed: all that
// lies in the window is evicted before the answer is ErrNoSpace.
//
// # Limits
//
// One region, so a place has no memory type: a driver that moves objects between
// regions has a manager for each and decides in the callback. One LRU list, where
// TTM has one for each of four priorities, and no DESIRED and FALLBACK places.
// The clear flag is passed on and [Manager.FreeCleared] gives cleared memory
// back, but nothing here clears. A strategy without CapWindow takes no windows and
// no reservations.
//
// # Considered and rejected
//
// Victims chosen by one pass over the list and evicted together: one walk less
// under the lock, but it evicts too much, since only an allocation can tell what
// fits. The callback frees its victim: it is natural to write, but a second free
// by the owner at that moment cannot be told from it. Walks that begin anew at
// the old end after each victim, as in TTM before it had hitches: quadratic in
// what does not intersect or is busy. A lock for the list beside the one for the strategy,
// as in the kernel: two locks a call, for a section of some ten nanoseconds. A
// map from objects to resources instead of embedding: a hash and a cache miss in
// each call. HdrHistogram for the hold times: it is not the standard library, and
// eight buckets to a power of two are a type of thirty lines.
package ttm
