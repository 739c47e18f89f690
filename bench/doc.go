// Package bench measures allocation strategies on workloads: what an allocation, a
// free and a scatter-gather table cost, what state memory is in meanwhile, and how
// far the figures can be trusted. [Run] measures and writes a run directory; the
// other entry points are benchmarks for go test -bench.
//
// # Idea
//
// A workload is a slice of operations, generated before anything is timed. A replay
// does them on an allocator in a loop that does nothing else (package replay), and a
// time is the time of a whole replay. Everything that looks closer (latencies,
// fragmentation, placements, tables) is a pass of its own over the same operations:
// strategies are deterministic, so all passes see the same events and none disturbs
// another.
//
// # A run
//
//  1. Streams are generated and checked, and each strategy is offered each region. One that
//     cannot begin in the state of a stream is left out there.
//     Wrong arguments end the run here, before any file is written.
//  2. The experiments are set up: what a run measures beside its workloads, listed
//     by [Experiments]. One of them counts, and measures nothing: what the kernel's
//     own structures would do on each workload.
//  3. Each strategy replays each workload once, untimed and under
//     [strategies.Checked], and once more for each driver policy. That yields all
//     exact results: placements, curves, counts, page tables. A strategy that breaks
//     the contract ends the run here, before anything is timed.
//  4. Samples are taken in [Config.Count] rounds. A round has one sample of each
//     cell: for every strategy and workload a main lane, a second lane of the same
//     strategy (AA), and the tables of each builder; the harness for every workload;
//     and the cells of the experiments.
//  5. If asked for, a CPU profile of each strategy is taken after all samples.
//
// A sample of the main lane is a new allocator, one replay to warm up, timed replays
// for about [Config.SampleTime] of which the median counts, and two replays with a
// clock reading after every operation. The difference between the two lanes of a
// strategy is noise, and the measure for all other differences. Samples that are
// compared must be neighbours in time, because a machine changes over seconds; that
// is why there are rounds, each in a random order of its own.
//
// # What a time contains
//
// ns/op is the time of a replay divided by the operations it did, loop included;
// BenchmarkHarness in curves.bench is the loop alone. An operation is a request, which
// is one together with its fallback, or a free that was made; a fallback that was not
// needed and the free of what was refused are skipped and count nowhere. Single calls
// are timed in passes of their own, which give quantiles and the ratio in which the
// time of a replay is divided between ns/alloc and ns/free. So ns/op is the mean of
// these two by the numbers of requests and frees, and lies between them. The garbage collector runs between
// samples, never within one. ns/table is the construction of one table from blocks
// granted before, in memory of a pool.
//
// An allocator in a C library replays on its own side of the language boundary
// ([replay.Batcher]), so that its times contain one crossing in 4,096 operations.
// Growth and sharing call it one by one: their times contain a crossing each.
//
// # Files
//
// run.bench has what benchstat should compare:
//
//	go tool benchstat -col /strategy run.bench
//
// served-pct stands beside every time, because a strategy that refuses requests does
// less work and looks fast. curves.bench has what is drawn rather than compared,
// placements a trace of each replay with its results, profiles what pprof reads.
// Package schema lists all names, keys and units. Each line is written when its
// sample is done, so a run that ends early leaves everything up to there.
//
// # Limits
//
//   - A workload runs on one goroutine. What goroutines share is measured with one
//     synthetic load, and so is growth.
//   - Replays after the first run on a drained allocator, not on a new one. If it
//     remembers something, some placements may differ from those recorded.
//   - Drains are not timed: no recorded trace has the order in which an application
//     frees everything when it dies.
//   - Latencies end at the resolution of the clock: with ticks of 10 ns, quantiles
//     are exact to a few ns by interpolation, single times to 10.
//   - A budget too short for one replay per sample is exceeded.
package bench
