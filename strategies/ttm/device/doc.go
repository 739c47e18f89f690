// Package device is a device with several regions of memory, a TTM manager for each, and
// objects that move between them.
//
// # Idea
//
// A [ttm.Manager] has one region. A device has more: the VRAM of one or several tiles,
// memory of the machine that the GPU reaches through its GTT, and system memory. In TTM a
// place therefore has a memory type, an object is validated against a list of places,
// and it is evicted by moving it to another type. [Device] is that layer:
//
//   - A [Region] has a name, a strategy and a range of addresses, and so a manager. One
//     without a strategy is system memory: no addresses and no limit. The index of a
//     region in the list given to [New] is its memory type.
//   - A [Place] is a place of one region. Its Use says, as in TTM, whether it is tried in
//     the first round, which takes free room in the order of the places, or in the second,
//     which evicts.
//   - An [Object] has its memory in one region at a time. [Device.Validate] lets it stay,
//     if it is at one of the places already, or moves it to the first that has room.
//   - Eviction moves: [Options].Evict picks the places of a victim, as a driver's
//     evict_flags does; none drops its contents. All that moves is counted by the pair of
//     regions ([Device.Flow]).
//
// Groups, bulks, priorities, bad pages and lock hold times are those of the managers. A
// [Bulk] here has one bulk in each region, an object one group for each.
//
// # Locks
//
// An object has a lock, as TTM's objects have a reservation. Whoever validates, frees or
// changes an object holds it; a driver takes the locks of all objects of a submission
// first and validates them then. An eviction only tries the lock: a locked object is busy.
// So it cannot deadlock, and does not evict what belongs to the same submission. The
// device has no lock of its own; its counts are atomic, everything else is in the
// managers, whose hold times [Device.Holds] returns.
//
// # Invariants
//
//   - An object that has memory in a region with a strategy is the owner of exactly one
//     resource there, two while it moves.
//   - What flowed into a region less what flowed out of it is the size of all objects in
//     it. [Device.Check] counts it anew.
//   - The number of regions bounds how deep evictions nest: a victim that comes to a
//     region of a lower or the same index finds free room there or none. So regions are
//     listed by distance from the GPU. In the kernel only the locks of the victims end
//     such a chain.
//
// # Complexity
//
// An attempt at a place costs what the manager's does. In the second round an attempt
// without eviction comes first, as in the kernel; [ttm.Manager.Alloc] saves it for places of
// one region. An object keeps the resources that it had, so moves between the same regions
// take nothing from the Go heap.
//
// # Limits
//
// Moves are instantaneous and direct: no copy engine that finishes later, no ghost of a
// moved object that holds its old memory until then, and no multihop, in which TTM takes
// a detour by a third region where two cannot reach each other. No swapping of system
// memory. A victim is charged to its own group in the region that it comes to, where the
// kernel charges whoever evicts.
package device
