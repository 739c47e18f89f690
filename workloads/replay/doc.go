// Package replay replays a stream of operations on an allocator.
//
// [Replay] is the loop that is timed: it does the operations of a workload, keeps
// what is live in a [Live] table, and does nothing else. [Player] does the same
// operations one by one, for whoever looks at each result or reads a clock between
// them. [Session] is one allocator that replays one stream again and again; an
// allocator behind a boundary, a library in C, does that on its own side
// ([Batcher]). [Check] holds a stream to the rules that all of them rely on, once,
// before anything is timed.
//
// [Transcribe] and [Verify] replay a recorded trace rather than a stream: its ids
// are any numbers, and its results are written down or compared.
//
// # What a replay costs
//
// The loop itself, on the strategy [Null] that does nothing, is BenchmarkHarness in
// the curves.bench of a run. It is a call through an interface with 40 bytes of
// request, the branch on the kind of operation, where allocations and frees follow
// each other at random, and the cache. A replay takes nothing from the Go heap
// once the table has grown, or was laid out by [Live.Fit]. A clock costs more than
// a fast operation, so [Replay] has none: [Player.Timed] gives quantiles and
// ratios, and its times are never added up.
//
// # Faults
//
// A stream that breaks the rules is a caller's bug; so is an allocator for another
// region. An allocator that breaks its own contract panics with a fault, which
// [Catch] makes an error.
package replay
