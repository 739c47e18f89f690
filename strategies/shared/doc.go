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
// [Home] gave its goroutine. If that shard is in use, or has no room, the others
// are asked, free ones first; TopDown begins at the highest shard, and a window
// leaves out the shards outside it. At last all locks are taken together, in the
// order of addresses, and
//
//   - shards in which something was freed since they refused are asked again, so
//     that a refusal is true at one moment for all of the region;
//   - a request whose alignment is larger than that of the boundaries is tried at
//     each multiple;
//   - a contiguous request, and any request of a strategy without CapScatter, is
//     granted from the lowest run of free pages across a boundary that has room for
//     it (the highest for TopDown), as one piece for each shard;
//   - any other request of a strategy with CapScatter takes what each shard has,
//     shard after shard.
//
// So a request is refused only if it fits into no single shard as its strategy
// places it and into no free run across a boundary; one that may scatter, only
// for lack of memory. [Sharded] says which Caps remain, and why not all do. Called
// from one goroutine, placements depend on the calls alone; from several, also on
// their timing.
//
// # Invariants
//
// Shards tile the managed region; each boundary is a multiple of at least an
// eighth of the largest power of two in a shard. Blocks carry region addresses,
// and their Node is that of the allocator of their shard. All blocks of one
// grant that lie in one shard follow each other and are one grant of its
// allocator. A grant in several shards has a piece noted in each, with a
// checksum of the whole list, so that Free detects a part, a mixture or another
// order before anything changes. Whoever takes more than one lock takes all of
// them, in order.
//
// # Complexity and limits
//
// Locked adds the lock. Sharded adds to it a look-up of the shard by address (a
// table of 256 cells) and, on Free, a copy of the blocks; a refusal costs the sum
// over all shards. For two pages or more that no shard has room for, add the search
// at the boundaries: one request for a page at each side of a boundary, and O(log n)
// requests for exact windows where n free pages adjoin. Memory: some 2 KB a shard,
// and 16 bytes for each piece of a grant in several shards. A lock without contention
// took 6 ns a call, a shard another 10 to 15:
//
//	go test ./strategies/shared -bench Shared -cpu 1,2
//
// Each shard packs its own holes: a region that is nearly full refuses large
// requests earlier than without shards. A request from the top always begins at
// the highest shard, so a load that is all TopDown has one lock. The search at
// boundaries and a scattered grant that fails give back what they took as dirty,
// since the allocator inside cannot say what was clear. At most [MaxShards]
// shards. Reading (FreeBlocks, Counters, Footprint, Check) takes all locks.
package shared
