// Package shared makes strategies safe for concurrent use: [Locked] puts one
// mutex around an allocator, [Sharded] cuts the region into parts with an
// allocator and a mutex each. Both are strategies again, under the same contract
// but for the line that says "not safe for concurrent use".
//
// # Idea
//
// A kernel driver has one lock around its allocator (DRM drivers a mutex, with
// TTM one for each memory type). Whether that lock or the search under it costs
// more is a question for measurement, so the lock is a wrapper and not part of
// any strategy.
//
// A sharded request goes to a home shard: the next in turn, or the one that
// [Home] gave its goroutine. If somebody is in there, or it has no room, the
// others are asked, free ones first; TopDown begins at the highest shard, and a
// window leaves out the shards that it does not touch. At last all locks are
// taken together, in the order of addresses, and
//
//   - the shards to which something was given back since they refused are asked
//     again, so that a refusal is true at one moment for all of the region;
//   - a request with an alignment that not all boundaries have is tried at each
//     multiple;
//   - a contiguous request, and any of a strategy without CapScatter, is granted
//     from the lowest run of free pages across a boundary that has room for it
//     (the highest for TopDown), as one piece for each shard;
//   - another request of a strategy with CapScatter takes from shard after shard
//     what that has.
//
// So a request is refused only if it fits into no single shard as its strategy
// places it and into no free run across a boundary; one that may scatter, only
// for lack of memory. Which caps remain, and why not all do, stands at Sharded.
// Called from one goroutine, placements depend on the calls alone; from several,
// on who came first.
//
// # Invariants
//
// Shards tile the managed region; each boundary is a multiple of at least an
// eighth of the largest power of two in a shard. Blocks carry region addresses,
// and their Node is that of the allocator of their shard. All blocks of one
// grant that lie in one shard follow each other and are one grant of its
// allocator. A grant in several shards has a piece noted in each, with a
// checksum of the whole list, so that Free finds a part, a mixture or another
// order before anything changes. Who takes more than one lock takes all of
// them, in order.
//
// # Complexity
//
// Locked: what the strategy takes, and the lock. Sharded: the same, a look-up of
// the shard by address (a table of 256 cells), and on Free a copy of the blocks;
// for a refusal the sum over all shards. Two pages or more that no shard has
// room for also cost the search at the boundaries: one request for one page at
// each side of a boundary, and O(log n) requests for exact windows where n free
// pages adjoin. Memory: some 2 KB a shard, and 16 bytes for each piece of a grant
// in several shards.
//
// # Limits
//
// Each shard packs its own holes: a region that is nearly full refuses large
// requests earlier than without shards. A request from the top always begins at
// the highest shard, so a load that is all TopDown has one lock. The search at
// boundaries and a scattered grant that fails give back what they took as dirty,
// since the allocator inside cannot say what was clear. At most [MaxShards]
// shards. Reading (FreeBlocks, Counters, Footprint, Check) takes all locks.
//
// # Measured
//
// ns for one free and one allocation, 4 KiB to 2 MiB in 8 GiB, 6,000 live; the
// lowest of 8 interleaved runs of BenchmarkShared on two cores shared with
// others, 4 shards. In brackets the median and the 999th of 1,000 operations in
// a pass that times each, clock included:
//
//	goroutines   one, no lock    one, locked     one, sharded    two, locked     two, sharded
//	buddy         91 (110, 361)  105 (120, 411)  130 (150, 461)  105 (120, 430)   65 (150, 451)
//	tlsf          53 (70, 240)    66 (81, 260)    87 (110, 270)   65 (80, 270)    41 (100, 251)
//	radix        270 (290, 561)  282 (300, 581)  311 (321, 621)  289 (291, 591)  145 (301, 621)
//
// A mutex that nobody waits for costs 6 ns a call, a quarter of the fastest
// strategy; a shard another 10 to 15: its address, its turn, the copy on Free.
// Behind one lock two goroutines do together what one does alone. In shards they
// do twice as much, which is more than one goroutine does without any lock; the
// tail is no longer. What spoils it is memory: with the bookkeeping of two shards
// of tlsf on one cache line two goroutines took 69 ns, more than one behind a
// lock. Shards and heaps of tlsf are therefore padded. The medians of the two
// goroutines, 75 to 302 locked and 84 to 295 sharded, say more about the other
// users of the cores.
//
// # Considered and rejected
//
// The home shard from the address of the goroutine's stack: real affinity
// without a handle, but addresses then decide placements. A counter in turn is
// deterministic, and Home leaves it out. Waiting at a home shard that is locked
// instead of going on to a free one: a caller then waits for the longest search.
// A reader-writer lock: nothing that is frequent only reads. Shards without
// requests across boundaries: simpler by half, but then no request larger than a
// shard could be granted in an empty region, which every strategy must.
package shared
