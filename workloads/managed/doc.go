// Package managed replays a workload as a driver's objects under a memory manager:
// package ttm over any strategy, on a device with too little VRAM for all of them.
//
// # Idea
//
// A strategy alone can only refuse. Under a manager a refusal becomes evictions: the
// objects that were used least recently go to system memory until the request fits, and
// come back when they are used again. What a strategy is worth there is how much it
// makes the manager move. Everything but the strategy is the same: objects, places,
// the order of use, the regions and what is placed in those that are not VRAM.
//
//   - A [Plan] is made once of a workload. Every allocation is an object with a list of
//     places by the rules of [Placements]. VRAM is a share of the peak of live bytes, its
//     pressure: below 100 % something has to leave, and at 100 % only what a strategy
//     places badly does. The visible part shrinks with it. VRAM may be several tiles, and
//     there may be a GTT, which has a range manager as in drivers.
//   - [Plan.Run] replays it over a strategy, on a [device.Device]. What is used and lies at
//     none of its places is moved to one, which may evict others; what lies at a fallback, if
//     another has free room. A victim in VRAM goes behind the GTT if there is free room, and
//     else to system memory, as one behind the GTT does: what amdgpu's evict_flags asks for
//     once its copy engine runs.
//   - Rules may give their objects a priority, a bulk, or limits and protection as a control
//     group has, and pages may go bad, drawn with the seed, evenly over the replay. A bad
//     page leaves with its holder.
//   - Each eviction has a [Cause]: could the objects that are in the region, and the request,
//     lie there side by side? If not, no strategy spares it. If so, a better
//     placement would have.
//
// # Use
//
// A trace does not say when an object is used. With every allocation and free four
// are drawn: each is the one allocated d allocations before, if it is live, where d is even
// within a power of two and all powers are as likely. So young objects are used often and
// old ones rarely but ever again. It depends on the trace and the seed, not on the strategy.
//
// # What becomes of the trace
//
// A window that begins at 0 and ends before the region does says that the CPU must reach
// the object; every other window is dropped, since addresses of one region mean nothing
// in a smaller one. A state to begin in is laid out as ordinary objects, for the same
// reason. Trims leave objects whole, since a manager takes back what it gave, and resets
// do nothing. A contiguous request with a fallback evicts nothing: the fallback does.
//
// # Invariants
//
//   - All strategies get the same requests and uses in the same order, until a request
//     is refused outright: that object is nowhere and its uses do nothing.
//   - What is allocated in a region or moves into it, less what moves out of it or is freed
//     there, is what lies there.
//   - Room for a victim is never made by evicting another, so evictions do not nest.
//   - Everything but the hold times follows from the workload, the seed and the strategy.
//
// # Complexity and limits
//
// A plan takes 12 bytes a step, up to five for an operation, and 32 an object; a replay 420
// a slot. A step costs what the manager's does: a walk looks at every object in the list
// before the victim, so one that needs visible memory is linear in the objects elsewhere.
//
// System memory has no end, and victims in the visible part do not go to the rest of VRAM. A
// move takes no time, and nobody else uses the memory meanwhile. Objects are evicted whole.
// Uses are made up: they are no claim about the program, only the same for all strategies.
//
// Rejected: one use for an operation, with which 4 % of the bytes that buddy evicts on the
// beginning of steady at 80 % ever come back (with four 15 %); uses drawn evenly from what is
// live, under which the least recently used is no better than any other; and moving in at
// frees, since a program does not touch what it frees. And a replay of its own for one region,
// on a [ttm.Manager]: it took a quarter less time, and was a second account of everything that
// is counted.
package managed
