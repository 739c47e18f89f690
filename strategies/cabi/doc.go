// Package cabi runs allocators that are not written in Go: strategies in shared
// libraries in C, C++, Rust or anything else that can export a struct of function
// pointers. A kernel engineer runs a patched drm_buddy next to the lab's own, with
// the same traces, conformance kit, tables and report, and without cgo.
//
// # Idea
//
// vramlab.h ([Header]) is the whole interface: five functions (create, destroy,
// alloc, free, free_blocks), four optional ones (counters, footprint, trim, reset_clear),
// and a macro that makes a descriptor of them, an exported object vramlab_strategy_NAME. [Open]
// loads a library, checks the descriptor and returns a [strategies.Strategy] like
// any other. Requests and answers are plain structs of 64-bit numbers; an alloc also
// sets a word, its tag, by which the library finds the grant again, as a driver finds
// the list in its resource.
//
// Crossing from Go to C and back takes longer than a fast allocator does. So the
// macro also compiles a replay loop into the library, in which alloc and free are
// direct calls that the compiler may inline. Each allocator here is
// a [replay.Batcher]: timed replays are handed over in batches of 4,096 operations,
// with the table of slots and the lists of blocks on the C side, and latencies are
// measured there too, with the clock of C. Everything that is not timed (recordings,
// checks, tables, policies) goes call by call, and the lab compares the counts of the
// two ways. The cost of a crossing is reported apart, as BenchmarkCrossing.
//
// # Invariants
//
//   - A wrong Free never reaches the library: a ledger on the Go side knows a hash of
//     every live grant, so a library need not check what it is given.
//   - C keeps no pointer into Go. What it is passed lies in one object and one
//     buffer for each allocator, for the length of a call.
//   - A library is never called by two threads at once, whatever goroutines do: all
//     its strategies share a lock. Kernel code with a slab for all its heaps works
//     as it is.
//   - In a steady state a call allocates nothing on the Go heap.
//   - Blocks lie inside the region, no more of them than there was room for, and the
//     guard behind the room is intact. All other promises are the library's own:
//     [strategies.Checked] verifies them, and the commands put it around every
//     library first. A library that breaks a promise is a [Fault], one sentence with
//     its name.
//
// # Lifetimes
//
// A library stays loaded until the process ends. A heap is destroyed when another heap
// of the same library is created, after the collector has found its allocator
// unreachable; so never while one of its functions runs or is timed. A table of slots
// goes the same way. What is left when the process ends is not destroyed.
//
// # Limits
//
//   - linux and darwin, on amd64 and arm64, also with CGO_ENABLED=0; freebsd only
//     with cgo, since the loader does not build there without it. Elsewhere Open
//     returns an error. A program that imports this package is linked to the
//     system's C library.
//   - The library runs as you: load only code you trust. One that crashes, loops or
//     exits takes the process with it, and [Open] cannot prevent that. The commands
//     load it in a process of its own, which calls [Watch]; the process that started
//     it reads with [Watched] where it was.
//   - There is room for one block per page of a request, up to 1,048,576 pages. A
//     larger request that is granted in more blocks is asked again with more room,
//     as long as the region could hold as many; some allocators then answer from
//     another state. In a batch there is room for 16 million blocks and no second
//     question.
//   - A state to begin in needs VRAMLAB_CAP_WINDOW. A stream with a state, trims or
//     resets is replayed call by call. Version 1 of the header had neither trims nor
//     resets; a library that was built with it is an allocator without them.
//   - Call by call (migrations, sweeps over heaps, goroutines that share an
//     allocator) the times contain the crossing and the lock: some 97 ns a call,
//     72 of them the crossing (BenchmarkCross), against 0.02 ns in a batch. The notes
//     of a watch are among them: a few plain stores.
package cabi
