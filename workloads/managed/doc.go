// Package managed replays a workload as a driver's objects under a memory manager:
// package ttm over any strategy, in a region too small for all of them.
//
// # Idea
//
// A strategy alone can only refuse. Under a manager a refusal becomes evictions: the
// objects that were used least recently go to system memory until the request fits, and
// come back when they are used again. What a strategy is worth there is how much it
// makes the manager move. Everything but the strategy is the same: objects, places,
// the order of use, the size of the region.
//
//   - A [Plan] is made once of a workload. Every allocation is an object with a list of
//     places by the rules of [Placements]. The region is a share of the peak of live
//     bytes, its pressure: below 100 % something has to leave, and at 100 % only what a
//     strategy places badly does. The visible part shrinks with the region.
//   - [Plan.Run] replays it over a strategy. What was evicted and is used again is moved
//     in, which may evict others.
//   - Rules may give their objects a priority, or a limit as a control group has, and pages
//     may go bad, drawn with the seed, evenly over the replay. A bad page leaves with its holder.
//   - Each eviction has a [Cause]: could the objects that are resident, and the request,
//     lie in the region side by side? If not, no strategy spares it. If so, a better
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
//   - Bytes evicted less bytes moved in are those in system memory that were evicted, or
//     were so when they were freed.
//   - Everything but the hold times follows from the workload, the seed and the strategy.
//
// # Complexity and limits
//
// A plan takes 12 bytes a step, up to five for an operation, and 32 an object; a replay 300
// a slot. A step costs what the manager's does: a walk looks at every object in the list
// before the victim, so one that needs visible memory is linear in the objects elsewhere.
//
// One region, and system memory without end; package ttm/device has several regions. A move
// takes no time, and nobody else uses the memory meanwhile. Objects are evicted whole. Uses
// are made up: they are no claim about the program, only the same for all strategies.
//
// Rejected: one use for an operation, with which 2 % of the bytes that buddy evicts on
// steady at 80 % ever come back (with four 15 %); uses drawn evenly from what is live, under which the least recently used is
// no better than any other; and moving in at frees, since a program does not touch
// what it frees.
package managed
