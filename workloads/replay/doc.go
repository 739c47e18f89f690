// Package replay replays a stream of operations on an allocator.
//
// [Replay] is the loop that is timed: it does the operations of a workload, keeps the
// blocks in a [Live] table, and does nothing else. [Player] does the same operations
// one by one, for a caller that looks at each result or reads a clock. [Session] is one
// allocator that replays one stream again and again; an allocator in a C library does
// that on its own side of the language boundary ([Batcher]). [Check] checks the rules
// of a stream once, before anything is timed.
//
// [Tally] replays a stream that comes in parts, of any length, and keeps account of it.
//
// [Transcribe] and [Verify] replay a recorded trace instead of a stream: its ids are
// any numbers, and its results are written or compared.
//
// # What a replay costs
//
// BenchmarkHarness in the curves.bench of a run is the loop on the strategy [Null],
// which does nothing: a call through an interface with 40 bytes of request, a branch
// on the kind of operation, at random, and the cache. A replay takes nothing from the
// Go heap once the table has grown, or was laid out by [Live.Fit]. Reading a clock takes
// longer than a fast operation, so [Replay] has none. The times of [Player.Timed] give
// quantiles and ratios, and must not be added up.
//
// # Beyond allocations and frees
//
// A stream may begin in a given state ([Begins] says whether a strategy can): its live
// extents are granted exactly where they lie, before the time begins, and are no
// requests. A trim that a strategy refuses, or cannot do, leaves the allocation whole; it
// is counted as Untrimmed. A reset of what is known of free memory does nothing where
// the strategy keeps no clear memory.
//
// # Faults
//
// A stream that breaks the rules is a caller's bug, and so is an allocator for another
// region. An allocator that breaks its contract, under [strategies.Checked] or in a
// library, panics with a [strategies.Violation]; [Guard] turns that into an error.
package replay
