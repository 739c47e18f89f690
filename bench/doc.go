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
// for about [Config.SampleTime] of which the median of the steady part counts, and two
// replays with a clock reading after every operation. The difference between the two lanes of a
// strategy is noise, and the measure for all other differences. Samples that are
// compared must be neighbours in time, because a machine changes over seconds; that
// is why there are rounds, each in a random order of its own.
//
// # Whether a sample had its core
//
// Wall time goes on while another program has the core. On Linux each sample of a workload,
// its tables and the harness also reads the clock of its thread: cpu-ns is the processor
// time of an operation or table, the median like ns/op, and away-pct the part of the sample
// without a core. Where there is no such clock, the head of the files says so. On a machine
// of which others took 83 %, the two lanes of a strategy were 6.2 % apart by ns/op (the
// median of 30 pairs; of one in ten 33 % or more) and 1.7 % by cpu-ns (4.6 %).
//
// A sample that was away for more than 5 % is taken again, at most twice, on the same
// allocator; the taking that was away least is kept, and its away-pct is the mark that
// stays. Of the budget at most a tenth goes there, round by round.
//
// Replays at the beginning of a sample that are slower than the rest by a rank test are left
// out, up to half of them (package changepoint). That is a safeguard and no gain: it left
// out something of 42 % of the samples that had eight replays or more (10 ms each), of 16 %
// by the same test for a slow end, and moved the median time by 0.1 %. The distance of the
// lanes was the same with and without. The median does not see a few slow replays; a longer
// warm-up than half a sample would show in the lanes.
//
// With [Config.Pin] what runs on one goroutine stays on one core. On that machine, 80 % of
// it taken, the lanes were then 1.9 % apart by ns/op and 1.6 % by cpu-ns.
//
// # What a time contains
//
// ns/op is the time of a replay divided by the operations it did, loop included;
// BenchmarkHarness in curves.bench is the loop alone. An operation is a request, which
// is one together with its fallback, or a free that was made; a fallback that was not
// needed and the free of what was refused are skipped and count nowhere. Single calls
// are timed in passes of their own, which give quantiles and the ratio in which the
// time of a replay is divided between ns/alloc and ns/free. So ns/op is the mean of
// these two by the numbers of requests and frees, and lies between them. The distribution
// of the single requests, and that of the frees, is BenchmarkCallTimes in curves.bench: of
// both together a quantile says little, since frees are short and requests have the tail.
// The garbage collector runs between
// samples, never within one. ns/table is the construction of one table from blocks
// granted before, in memory of a pool.
//
// An allocator in a C library replays on its own side of the language boundary
// ([replay.Batcher]), so that its times contain one crossing in 4,096 operations.
// Growth and sharing call it one by one: their times contain a crossing each.
//
// # Shards
//
// [Config.Shard] measures a part of the run, so that several machines share it: a unit, a
// workload with all strategies or an experiment with a load of its own, is in one shard
// whole. Streams, seeds and the region of experiments are those of the whole run. Package
// merge puts the shards together.
//
// # Files
//
// run.bench has what benchstat should compare:
//
//	go tool benchstat -col /strategy run.bench
//
// served-pct stands beside every time, because a strategy that refuses requests does
// less work and looks fast. Where the strategies did not serve the same requests of a
// workload (see [schema.SameWork]), a comment "unequal-work" before the first result says
// who served how much: benchstat compares such rows, and the report does not. aa.bench has the second lanes, which benchstat would pool with
// the first or put between the results. curves.bench has what is drawn rather than compared,
// placements a trace of each replay with its results, profiles what pprof reads.
// The environment at the head of each is what go test -bench prints on the machine, so that
// benchstat puts both into the same tables; files of versions before have no pkg, and need
// -ignore pkg beside later ones. A unit is declared before the first line that has it.
// Package schema lists all names, keys and units. Each line is written when its
// sample is done, so a run that ends early leaves everything up to there.
//
// # A run that was stopped
//
// The file journal ([journal]) has a line for each step that is done, written after what
// the step writes, with the sizes of all files then. A run with [Config.Resume] cuts the
// files off at the sizes of the last whole line, does again what is only in memory (the
// streams, the untimed replays) without writing it a second time, and goes on at the next
// place of the same schedule. Placements and profiles are written under another name
// first. So whatever ended the run, it ends with the lines, the exact figures and the
// placements of one that nobody stopped; only run.bench says when it went on, and the
// times are those of other moments.
//
// What the head of the files says must be true of all samples. So a run goes on only with
// the same program (a hash: the revision does not tell two builds of changed files apart),
// the same arguments, operations and libraries, and the same processor, kernel and Go;
// what differs is named. What was written outlives the process, not the machine: nothing
// is forced to the disk, and a file that is shorter than the journal says ends the run.
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
//   - Processor time contains what a hypervisor takes unless the kernel is told of it, and
//     goes on while others use the caches, the memory and the other half of the core.
//   - A budget too short for one replay per sample is exceeded.
package bench
