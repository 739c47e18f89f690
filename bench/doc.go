// Package bench measures allocation strategies on workloads: what an
// allocation, a free and a scatter-gather table cost, what state the memory is
// in meanwhile, and how far the figures can be trusted.
//
// # Idea
//
// A workload is a slice of operations, made before anything is timed. [Replay]
// does them on an allocator in one loop that does nothing else, and a time is
// that of a whole replay. Everything that wants to look closer (latencies,
// fragmentation, placements, tables) is a pass of its own over the same
// operations: strategies are deterministic, so all passes see the same events,
// and none of them disturbs another. Results go into files in the Go benchmark
// format. benchstat and the lab's report read those, and never this package.
//
// # A run
//
// [Run] works in phases:
//
//  1. Streams are generated and checked, each strategy is offered each region.
//     What is wrong with the arguments ends the run here, before any file.
//  2. What has no workload is set up. The sweep over holes: a region with all
//     free memory in holes of one size, for each size from 4 GiB to 4 KiB, and
//     one request of each size granted. The sweep over objects: the table of one
//     from 4 KiB to 16 GiB made once by every builder, in one block, in pieces
//     that lie apart, and up to 1 GiB in pieces out of order. The migrations:
//     one load for each strategy and lifetime of tables.
//  3. Each strategy replays each workload once, untimed. Placements are
//     written, curves sampled at 240 points, blocks kept for the tables,
//     refusals and metadata counted; then once more for each driver policy, with
//     the requests that the driver would make. All of this is exact.
//  4. Samples are taken, [Config.Count] rounds of them. A round has one sample
//     of each cell: of every strategy on every workload a main lane, an alias
//     lane, and one for the tables of each builder; the harness on every
//     workload; the states of both sweeps; the points of the scaling sweep, if
//     there is one; what goroutines share; the migrations; the references.
//  5. If asked for, a CPU profile of each strategy is taken, after all samples.
//
// A sample of the main lane is a new allocator, one replay to warm it up, timed
// replays for about [Config.SampleTime] (their median counts, drains between
// them do not), and two replays with a time stamp after every operation. The
// alias lane is the same without time stamps, under another name. Its
// difference to the main lane is nothing but noise, and is the measure for all
// others.
//
// # Order is the cure
//
// On a shared machine the order of samples decides more than the number. The
// same binary compared with itself, ten samples against ten, at p < 0.05: run
// one after the other, 22 of 80 comparisons found a difference on a quiet
// machine and 45 of 80 on a loaded one, up to 255 %; interleaved, 0 and 1 of
// 80. What changes a machine (other tenants, clock frequency, memory layout)
// changes it for seconds, so samples that are compared must be neighbours. That is
// why there are rounds, the first in the order of the matrix and each later one
// in a seeded random order of its own, and why the time budget shortens samples
// but never drops one. With 40 % of all processor time taken by others, 0 of 30
// alias lanes differed from their main lanes in a default run.
//
// # What a time contains
//
// ns/op is a replay divided by its operations, the loop around them included.
// BenchmarkHarness in curves.bench says what that is: the same loop on a
// strategy that does nothing, [Null], costs 4 to 8 ns an operation on the
// lab's workloads (two-core virtual machine, streams of 2,000 to 1,000,000
// operations, up to 42,000 slots). 4 ns are a call through an interface with 40
// bytes of request; the rest is the branch on the kind of operation, where
// allocations and frees follow each other at random, and the cache.
//
// A clock costs more than a fast operation: 35 ns here, read once for each. So
// latencies come from a pass of their own and are never added up. They give
// quantiles, and the ratio in which a replay's time is shared out between
// ns/alloc and ns/free.
//
// An allocator behind a boundary, a library in C, replays on its own side if it can
// ([workloads.Batcher]): a time of it then has one crossing in 4,096 operations,
// and its latencies are taken with the clock over there. Both replays must count
// what the recording did, which went call by call. BenchmarkCrossing in curves.bench
// is one crossing, and its part of an operation in a batch. What such an allocator
// breaks of its contract ends the run with an error.
//
// ns/table is the construction of one table from blocks already granted, in
// memory of a pool that keeps what it is given back, and the giving back. The
// tables of a workload are built in order, again and again; a driver builds each
// one right after its grant, with the blocks still in the cache. Of a workload
// with many blocks or large objects it is every second table, or fourth, and so
// on; segs/table is of all.
//
// BenchmarkBuilders in curves.bench has the same for one object of one size, in
// three layouts. whole is a single block. pieces are blocks of 64 KiB in ascending
// order, no two of which adjoin: nothing merges, nothing has to be sorted. shuffled
// are blocks of 64 KiB in a pseudo-random order that is the same in every run, of
// which every fourth begins where the one before it in the list ended; it has
// objects of 64 KiB to 1 GiB. Builders that merge make three segments of four
// blocks there, and sorted pays for sorting without gaining by it: what it can gain
// is up to the strategy, and seen on the workloads. entries/table and peak-B are
// those of a pool that keeps nothing, where memory has the size that was asked for.
//
// BenchmarkMigrate has the time of one migration
// of a load that goes wrong now and then: captures, binds and recoveries are in
// it, and so is the copying of a simulated memory. All steps run on one
// goroutine, which makes hazards and peaks exact; what the lifetimes cost when
// goroutines meet is said by BenchmarkRef, a pair of Get and Put with one holder
// and with one on each core, of which none begins before all run. Batches in which
// the system ran them by turns on one core do not count; a machine whose cores are
// busy, or that has one, gives fewer samples of that mode, or none.
//
// # Scaling
//
// [Config.Scaling] asks how cost grows, with the region and with what lives in
// it. BenchmarkScaling in curves.bench has the time of an allocation and of a
// free at every point of the sweep, and the places visited, which are exact. What
// belongs together as cost = a * n^b is the report's to find.
//
// All points are one state in different sizes. A region is 75 % full of n
// objects, whose sizes are log-uniform over five octaves: 4 to 128 KiB, or all of
// that scaled so that the n fill the region. A point whose smallest object would
// be less than a page is left out: 1 GiB holds 21,140 objects, 64 GiB 1.35
// million. The sizes are the same set whatever the seed, have four significant
// bits, and go into the empty region in random order; then n objects are freed
// and others of the same sizes allocated, and the heap is as used as it is large.
// Measured is more of that, in batches: 64 random objects are freed, their sizes
// allocated in another order, so that number and bytes of what is live never
// change.
//
// A batch's blocks stand side by side when its clock runs, copied from the table
// of live objects before and back into it after. The misses on a table of a
// million objects, at random, are 100 ns and more for each, and look like an
// allocator that grows. Those on the allocator's own structures remain, and do
// grow: a free comes to a place that nobody has touched for long, the allocations
// behind it find what the frees brought into the cache. So allocations and frees
// are told apart by the cache too, and only their sum is the cost of an object.
//
// Each sample makes its heap anew: kept from round to round, all of them would be
// gigabytes. The full sweep of two strategies adds a minute at most to a
// run; it stands beside [Config.Budget].
//
// That what should be logarithmic is so is held by a test on exact counts, in
// this state and in some made to be bad: checkerboards, windows with random edges
// over holes too small, holes that no alignment fits.
//
// # Concurrency
//
// [Config.CPU] asks what allocators cost that goroutines share, behind one lock
// (locked) or with a shard for each of them (sharded), see package shared.
// BenchmarkConcurrent has the wall time by the operations of all, which halves
// from one goroutine to two if none waits for the other, and quantiles of single
// calls from batches of their own. Waiting is in those: a call is timed from the
// end of the one before. The load is 16,384 objects of the state above in 8 GiB,
// dealt out evenly, each goroutine with a random stream of its own that ends as
// it began and is repeated. With more goroutines each has fewer objects, and
// all together the same. A strategy without windows cannot be sharded and has no
// such lines. Neither has a library ([workloads.Batcher]): its heaps have one lock in
// common, so that shards would wait as behind one.
//
// A batch begins when every goroutine has just had a core to itself, which some
// steps of nothing but waiting show. Their progress within the batch says nothing,
// since at a lock they take turns by nature. So a busy machine gives fewer
// samples, or none; goroutines beyond the number of cores begin at once.
//
// The garbage collector runs between samples and never within one. A replay
// takes nothing from the heap: the result lists are in a [Live], laid out to
// the byte after the first replay.
//
// # Files
//
// run.bench has what benchstat should compare: run
//
//	benchstat -col /strategy run.bench
//
// and read each row as "second strategy against the first". It has served-pct
// beside every time, because a strategy that refuses does less work and looks
// fast. curves.bench has what is drawn rather than compared: the harness, the
// sampled series, the sweeps, the scaling, the concurrency, the driver policies,
// the migrations. placements
// has a trace of each replay with its results, from which the address space can
// be drawn at any moment; profiles has what pprof reads. Each line is written when its sample is done. A run
// that ends early, by an error or by its context, leaves all up to there.
//
// # Limits
//
//   - One goroutine, one allocator, except where the goroutines that share it are
//     the question, and their load is one and synthetic.
//   - Scaling and concurrency call one by one, so that a time of an allocator
//     behind a boundary contains the crossing, with Concurrent under the lock.
//   - The scaling sweep has one load too. Windows, alignments and failing requests
//     are in the test of exact counts, and not timed.
//   - Replays after the first run on an allocator that was drained, not on a
//     new one. For one that remembers (which memory is cleared, which index was
//     worth building) that is another state, and some placements may differ
//     from those recorded.
//   - A drain is not timed: an application that dies frees everything at once,
//     in an order that no recorded trace has.
//   - Latencies end where the clock does. One that ticks every 10 ns gives
//     quantiles within a few ns, by interpolation, and single times within 10.
//   - A budget that is too short for one replay a sample is not kept.
//
// # Tried and rejected
//
//   - A table of 12-byte places in one array of blocks, instead of a slice a
//     slot: a third less memory, but what it saved in the cache it spent on
//     putting slices together; no gain at 1,000 to 80,000 slots.
//   - Handing every slot room for 64 blocks: 26 ns an operation instead of 6 on
//     the workload with most slots, all of it cache misses.
//   - One pool of tables for the whole run: a chain of 16 GiB kept in it made a
//     collection take 12 ms instead of 0.5 ms, and there is one before every
//     sample of the main lane.
//   - A null strategy with value receivers: the wrapper that an interface then
//     calls copies the request once more, and the harness seemed to cost 2 ns
//     more than it does. Real allocators have pointer receivers.
//   - Adding up granted bytes in the loop: up to 2 ns an operation, for a number
//     that is the same every time. The untimed pass has it.
//   - Pinning the process to a core: once samples are interleaved it did not
//     make false differences fewer (2 of 80 against 0), and an engineer's
//     machine is not pinned.
//   - The least of the replays instead of their median: it falls with their
//     number, which the time budget decides.
//   - Means: one lost time slice is in them for good.
//   - Sizes over nine octaves where the mean allows, and over fewer elsewhere: more
//     points could hold their objects (1 GiB 100,000 of them), but those have few
//     sizes, a buddy grants them in fewer blocks, and the exponent of its visits
//     with the region was 0.27. With the same five octaves everywhere it is 0.01.
//   - Timing frees and allocations out of the table of live objects, as a replay
//     does: of a million objects it is most of the time.
//   - Telling by the progress of two goroutines at one lock whether each has a
//     core, as is done with references: it says more of the lock than of the cores.
//   - Demanding a core each after the batch too: goroutines that waited for one
//     lock are woken up on the core of the one that left it, and few batches of
//     locked were left.
package bench
