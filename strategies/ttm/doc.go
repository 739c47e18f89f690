// Package ttm is a resource manager for one region of device memory over any
// placement strategy. It is modelled on the TTM managers of the kernel, above all
// i915_ttm_buddy_manager, and on TTM's eviction.
//
// # Idea
//
// A strategy decides where a number of bytes goes. A driver needs more: a choice of
// places in order of preference, memory that the CPU can see, and room made by
// eviction if there is none. [Manager] is that layer, and the strategy is an
// argument of [New]: everything else stays the same if another strategy is given.
//
//   - A [Place] is a window and the flags TopDown and Contiguous; a [Request] has
//     several, in order of preference. All numbers are bytes; the kernel has pages
//     (fpfn, lpfn).
//   - A [Resource] is the memory of one object: its blocks, and how many of their
//     bytes are visible. Drivers embed it in their objects. It is also the node of
//     the manager's lists.
//   - Visible part: on a region with a small BAR the CPU reaches only the bytes
//     [0, Visible). The manager counts the free bytes of that part separately. An
//     allocation whose window is visible counts with its size; any other counts
//     the bytes of its blocks below the limit. A request for visible memory that
//     exceeds the count is refused without a search.
//   - Eviction: resources stand in a list from the least to the most recently
//     used. If no place has room, the manager walks the list for each place in
//     turn, offers each resource that intersects the window to [EvictFunc], and
//     tries the allocation again after each eviction, until it fits. Pinned
//     resources are in another list, which the walk does not see.
//   - [Manager.Reserve] takes fixed ranges out of use, [Manager.AllocObject] applies
//     i915's rules for a small BAR, and [Manager.Close] names who still holds memory.
//
// # The walk
//
// An eviction callback copies megabytes, so it cannot run under the lock. A walk that
// releases the lock must keep its place in the list: the empty Resource that the
// allocation is to fill stands in the list as a marker, which costs no memory. Other
// walks step over it. Entries have ascending stamps, and a walk looks only at entries
// older than itself. So it ends even if others allocate all the time, and it never
// evicts a resource that came after it began.
//
// While a callback decides about a resource, everybody who frees, pins, touches or
// fills that resource waits. So a driver needs only the object's own lock, which the
// callback takes with TryLock.
//
// # Invariants
//
//   - Avail is the managed size less all blocks of resources and reservations.
//   - Visible avail is the visible size less the bytes that each resource counted
//     when it was allocated, and less the visible part of reservations.
//   - Every resource that holds memory is in exactly one of the two lists, by its
//     pins. Stamps ascend along the LRU list.
//
// [Manager.Check] counts all of it anew.
//
// # Complexity
//
// Alloc and Free cost what the strategy's do, plus O(blocks). A walk looks at each
// resource in the list once, and at its blocks unless the window is the region or
// its visible part; each eviction is followed by one more attempt. A Resource has
// 224 bytes with room for four blocks; more blocks are in a slice that it keeps. With
// Resources that are reused, Alloc, Free and evictions take nothing from the Go heap.
//
// # Limits
//
// One region, so a place has no memory type: a driver that moves objects between
// regions has a manager for each and decides in the callback. One LRU list where TTM
// has one for each of four priorities; no DESIRED and FALLBACK places. The Clear flag
// is passed on, and [Manager.FreeCleared] gives cleared memory back, but nothing here
// clears memory. A strategy without CapWindow takes no windows and no reservations.
//
// Where the manager differs from the kernel's, the method concerned says so. Two
// rules hold throughout: Hi = 0 is the end of the region (in the kernel only if fpfn
// is 0 too), and a size that is no multiple of the smallest block goes to the
// strategy (an assertion in debug builds of i915).
package ttm
