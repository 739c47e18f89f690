// Package cabi runs allocators that are not written in Go: strategies out of shared
// libraries in C, C++, Rust or anything else that can export a struct of function
// pointers. A kernel engineer runs a patched drm_buddy next to the lab's own, with
// the same traces, conformance kit, tables and report, and without cgo.
//
// # Idea
//
// vramlab.h ([Header]) is the whole interface: five functions (create, destroy,
// alloc, free, free_blocks), two optional ones (counters, footprint), and a macro
// that makes a descriptor of them, an exported object vramlab_strategy_NAME. [Open]
// loads a library, checks the descriptor and returns a [strategies.Strategy] like
// any other. What the library is asked and answers are plain structs of 64-bit
// numbers; an alloc also sets a word, its tag, by which the library finds the grant
// again, as a driver finds the list in its resource.
//
// Crossing from Go to C and back costs more than a fast allocator takes. So the
// macro also compiles a replay loop into the library, in which alloc and free are
// direct calls that the compiler may inline. The allocators here are
// [replay.Batcher]s: what is timed is handed over in batches of 4,096 operations,
// with the table of slots and the lists of blocks on the C side, and latencies are
// taken there too, with the clock of C. Everything that is not timed (recordings,
// checks, tables, policies) goes call by call, and the lab compares what the two
// ways counted. The crossing itself is reported apart, as BenchmarkCrossing.
//
// # Invariants
//
//   - A wrong Free never reaches the library: a ledger on this side knows a hash of
//     every live grant, so that a library need not check what it is given.
//   - C keeps no pointer into Go. What it is passed lies in one object and one
//     buffer for each allocator, for the length of a call.
//   - A library is never called by two threads at once, whatever goroutines do: all
//     its strategies share a lock. Kernel code with a slab for all its heaps works
//     as it is.
//   - In a steady state a call takes nothing from the Go heap.
//   - Blocks lie inside the region, as many as there was room for, behind which a
//     guard was not written to. All other promises are the library's own:
//     [strategies.Checked] looks at them, and the commands put it around every
//     library first. What breaks a promise is a [Fault], one sentence with the
//     library's name.
//
// # How long things live
//
// A library stays loaded until the process ends. A heap is destroyed at the first
// creation of another heap of the same library after the collector has found its
// allocator unreachable; so never while something of it runs or is timed. A table of
// slots goes the same way. What is left at the end of the process is not destroyed.
//
// # Complexity and limits
//
// A call that does nothing takes some 97 ns on a shared two-core machine
// (BenchmarkCross), 72 of them the crossing and the rest the lock and what is copied;
// each operation of a batch carries 0.02 ns of it. Best fit on std::map replayed
// call by call took 1.9 times as long as in batches (BenchmarkReplay).
//
//   - linux and darwin, on amd64 and arm64, also with CGO_ENABLED=0; freebsd only
//     with cgo, since without it the loader does not build there. Elsewhere Open
//     returns an error. A program that imports this package is linked to the
//     system's C library.
//   - A library runs with the rights of the process. One that writes where it should
//     not, loops or exits takes the process with it.
//   - There is room for a block for each page of a request up to 1,048,576 pages.
//     A larger request that is granted in more blocks is asked again with more room,
//     as long as the region could hold as many, which some allocators answer from
//     another state; in a batch there is room for 16 million blocks and no second
//     question.
//   - What the lab times call by call (migrations, sweeps over heaps, goroutines
//     that share an allocator) contains the crossing and the lock.
//
// # Tried and rejected
//
//   - purego.RegisterLibFunc: a typed Go function for each C one, and 190 ns and
//     three allocations a call. SyscallN takes 92 ns and one allocation when its
//     arguments are written out, 72 ns and none when they lie in an array that is
//     there already.
//   - A function in C that lists the strategies of a library: one more thing to
//     write. They stand in the symbol table, which debug/elf and debug/macho read.
//   - Operations of Go passed to C as they lie in memory: the layouts could be made
//     to agree, but align = 0 and lo, hi without meaning would then be every
//     library's to treat. They are translated once for each batch.
//   - Destroying a heap from its finalizer: that runs on a thread of its own in the
//     middle of a timed replay.
//   - Checking in the batched loop that blocks do not overlap: it would be timed. The
//     same operations were replayed under the shadow model before.
package cabi
