// Package ttm is a resource manager for one region of device memory over any
// placement strategy. It is modelled on the TTM managers of the kernel, above all
// i915_ttm_buddy_manager, on TTM's eviction, and on the dmem controller of control
// groups. Package device has several such regions and moves objects between them.
//
// # Idea
//
// A strategy decides where a number of bytes goes. A driver needs more: a choice of
// places in order of preference, memory that the CPU can see, and room made by
// eviction if there is none. [Manager] is that layer, and the strategy is an
// argument of [New]: everything else stays the same if another strategy is given.
//
//   - A [Place] is a window, flags, and a [Use] that can make it desired or a fallback;
//     a [Request] has several. All numbers are bytes; the kernel has pages (fpfn, lpfn).
//   - A [Resource] is the memory of one object: its blocks, and how many of their
//     bytes are visible. Drivers embed it in their objects. It is also the node of
//     the manager's lists.
//   - Visible part: on a region with a small BAR the CPU reaches only the bytes
//     [0, Visible). The manager counts the free bytes of that part separately. An
//     allocation whose window is visible counts with its size, any other with the bytes
//     of its blocks there. What exceeds the count is refused without a search.
//   - Eviction: resources stand in a list for each priority, by their latest use. If no
//     place has room, the manager walks the lists for each place in turn, offers each
//     resource that intersects the window to [EvictFunc], and tries the allocation again
//     after each eviction, until it fits. Pinned resources are in another list.
//   - A [Bulk] is resources that age together, a [Group] one of those who share the
//     region: it is charged, limited and protected from the eviction by others.
//   - [Manager.Reserve] takes free ranges out of use, [Manager.Retire] bad memory, as soon
//     as its holders go; [Manager.AllocObject] applies i915's rules for a small BAR, and
//     [Manager.Close] names who still holds memory.
//
// # The walk
//
// An eviction callback copies megabytes, so it cannot run under the lock. A walk that
// releases the lock must keep its place in the list: the empty Resource that the
// allocation is to fill stands in the list as a marker, which costs no memory. Other
// walks step over it. Each use gives a resource a new stamp, and a walk sees only what
// is older than itself. So it ends even if others allocate all the time, never evicts
// what came after it began, and misses or repeats nothing. A [Cursor] walks in the same
// way for the driver. While a callback decides about a resource, everybody who frees, pins,
// touches or fills it waits. So a driver needs only the object's own lock, which the
// callback takes with TryLock.
//
// # Invariants
//
//   - Avail is the managed size less all blocks of resources, reservations and retired
//     memory; visible avail likewise, with what each resource counted when allocated.
//   - Every resource that holds memory is in exactly one list, by its pins and priority.
//     Stamps ascend along an LRU list; the members of a bulk stand in it side by side, at
//     the stamp of the bulk.
//   - A group uses what its resources, and those of the groups below, have requested.
//   - Memory that is to be retired is in use. [Manager.Check] counts all of it anew.
//
// # Complexity
//
// Alloc and Free cost what the strategy's do, plus O(blocks), plus the depth of the group.
// A walk looks at each resource once, and at its blocks unless the window is the region or
// its visible part; an attempt follows each eviction. Protection can make two walks of one,
// and a change of the limit that refuses one more. A [Manager.Bump] is O(1), or O(members)
// if a walk stands among them. A Resource has 240 bytes with room for four blocks; if it
// is reused, Alloc, Free and evictions take nothing from the Go heap.
//
// # Limits
//
// The Clear flag is passed on, and [Manager.FreeCleared] gives cleared memory back, but
// nothing here clears memory. Memory that was evicted is free at once: no fence is waited
// for. A strategy without CapWindow takes no windows, reservations or retirements. [Group]
// says what of dmem is not modelled. Two rules differ from the kernel throughout: Hi = 0 is
// the end of the region (there only if fpfn is 0 too), and a size that is no multiple of
// the smallest block goes to the strategy (an assertion in debug builds of i915).
package ttm
