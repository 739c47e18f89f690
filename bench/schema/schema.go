// Package schema is the table of names in a run directory: files, benchmarks,
// the keys in their names, units, and the facts at the head of a file. Package
// bench writes by this table and package report reads by it; neither spells a
// name of its own.
//
// A result line in the Go benchmark format looks like this:
//
//	BenchmarkSGTable/strategy=buddy/workload=gfx/builder=counted-2 17148 73.3 ns/table 2.69 segs/table
//
// [SGTable] is its [Bench]: the name, the [File] it stands in, its keys in the
// order written, and its units. [Bench.FullName] makes the name from values
// given by key, and [Parse] reads it back. Nobody counts positions.
//
// To add a benchmark, a key or a unit, add a variable in benches.go, keys.go or
// units.go and put it into the list of its kind there. Names never change once
// they are in a release: run directories of old versions must still be readable,
// and benchstat compares lines by name.
package schema

// A File is a file of results in a run directory, by name.
type File string

// The files of results, all in the Go benchmark format. Before there was [Lanes], its
// lines stood in [Results].
const (
	Results File = "run.bench"    // what benchstat should compare
	Lanes   File = "aa.bench"     // each strategy a second time: apart, so that benchstat does not pool it with the results
	Curves  File = "curves.bench" // what is drawn rather than compared
)

var files = []File{Results, Lanes, Curves}

// Files lists the files of results, [Results] first: it says which run the others are of.
func Files() []File { return files[:len(files):len(files)] }

// Journal is the file in a run directory that says how far the run is; package journal
// reads and writes it.
const Journal = "journal"

// Experiment is the file of a run directory that describes what was measured, so that it
// can be measured again; package recipe of the command reads it.
const Experiment = "experiment.toml"

// Explanations is the file of a run directory that says why requests were refused, or granted in pieces: JSON, an
// explanation of package reason a line, by workload, strategy and operation. A run that was stopped has none.
const Explanations = "explanations.jsonl"

// The directories in a run directory.
const (
	Placements = "placements" // a trace with its results for each replay, see [PlacementFile]
	Profiles   = "profiles"   // a CPU profile for each strategy, see [ProfileFile]
)

// PlacementFile is the name of the trace of one replay in the directory
// [Placements].
func PlacementFile(workload, strategy string) string {
	return workload + "." + strategy + ".trace.gz"
}

// ProfileFile is the name of the profile of a strategy in the directory
// [Profiles].
func ProfileFile(strategy string) string { return strategy + ".pprof" }

// Version is the first line of a file, without "# ". In files of old versions it stands
// behind the Unit lines.
const Version = "vramlab run 1"

// A Fact is a key of the comment lines "# key: value" at the head of a file.
// Facts are comments because benchstat would put files that differ in a
// configuration line into tables of their own.
type Fact string

// The facts of a run. A fact that is not known has no line.
const (
	FactDate       Fact = "date"         // when the run began, RFC 3339, UTC
	FactCommand    Fact = "command"      // the command line of the run
	FactSeed       Fact = "seed"         // of the workloads and of the schedule
	FactCount      Fact = "count"        // samples of every cell
	FactOps        Fact = "ops"          // approximate operations of a workload, or "default"
	FactOrder      Fact = "order"        // of the samples
	FactIsolation  Fact = "isolation"    // sentence on which samples have a process of their own
	FactStrategies Fact = "strategies"   // names separated by spaces; the first is the base of comparisons
	FactModels     Fact = "models"       // NAME is KERNEL, for each strategy that reproduces one, with commas between
	FactWorkloads  Fact = "workloads"    // names separated by spaces
	FactBrought    Fact = "brought"      // of FactWorkloads, those that the run was given as traces or models, separated by spaces: what it is about
	FactLeftOut    Fact = "left-out"     // workload WORKLOAD: STRATEGY and why, for each pair that was not measured, with semicolons between
	FactStream     Fact = "stream"       // workload WORKLOAD: DIGEST of its region and operations, a line for each workload
	FactUnequal    Fact = "unequal-work" // workload WORKLOAD: STRATEGY served SHARE %, and so on: a line for each workload whose rows are not all of the same work by [SameWork]; before the first result of run.bench and aa.bench
	FactSkipped    Fact = "skipped"      // names of experiments, with commas between, that were left out by themselves since the run is about a trace
	FactPlacements Fact = "placements"   // where objects may lie under the memory manager, as -placements has it
	FactPressures  Fact = "pressures"    // the sizes of its VRAM: shares of the peak, with commas between
	FactBuilders   Fact = "builders"     // names separated by spaces; the tables of the first stand for all
	FactGo         Fact = "go"           // version of the Go toolchain
	FactKernel     Fact = "kernel"       // release of the Linux kernel
	FactCores      Fact = "cores"        // processor cores of the machine
	FactClock      Fact = "clock"        // step of the clock that times were taken with, as 1ns
	FactClockCost  Fact = "clock-cost"   // what one reading of that clock adds to the time of a single call, in nanoseconds, as 26.8ns; it is subtracted
	FactMachine    Fact = "machine"      // what was seen of the machine before the run, with semicolons between
	FactDisturbs   Fact = "disturbs"     // those of them that times depend on
	FactThrottled  Fact = "throttled"    // sentence on how often a quota stopped the run; behind the results of run.bench
	FactHardware   Fact = "hardware"     // how many of the counters of [Hardware] were read and why not all: not read (REASON)
	FactRevision   Fact = "revision"     // commit that vramlab was built from
	FactResumed    Fact = "resumed"      // when a run that had been stopped went on, and after what; a line each time
	FactLoad       Fact = "load"         // sentence on the processor time that others took; last line of run.bench
)

// The facts of a shard of a run, and of a run merged from shards.
const (
	FactShard            Fact = "shard"             // I/N: part I of N, counted from 1; a merged run has none
	FactShardWorkloads   Fact = "shard-workloads"   // those of FactWorkloads that the shard measures
	FactShardExperiments Fact = "shard-experiments" // those of FactExperiments that it does
	FactExperiments      Fact = "experiments"       // names, separated by spaces, of the experiments of the whole run that make their own load
	FactMatrix           Fact = "matrix"            // a digest of all that the whole run measures; the same in every shard
	FactHost             Fact = "host"              // a digest that tells machines apart

	FactShards      Fact = "shards"       // N, of a merged run
	FactPart        Fact = "part"         // a line for each shard: I/N, when and where it was measured, with semicolons between
	FactPartCommand Fact = "part-command" // a line for each shard: its command line
	FactMissing     Fact = "missing"      // what was not measured because shards were missing
)

// The facts of the thread that measured.
const (
	FactThreadClock Fact = "thread-clock" // why there is neither cpu-ns nor away-pct; no line where there is
	FactPinned      Fact = "pinned"       // core N: that of all that runs on one goroutine; no line if it was on any
)

// The configuration lines "key: value" at the head of a file, those of go test on the
// same machine in its order, so that benchstat has one table for both. They are facts too.
// Files of old versions have no pkg.
const (
	ConfigOS      Fact = "goos"
	ConfigArch    Fact = "goarch"
	ConfigPackage Fact = "pkg" // always [Package]
	ConfigCPU     Fact = "cpu" // model of the processor; not known everywhere
)

// Package is the import path of the benchmarks of go test that have the names of a run's.
const Package = "github.com/vramlab/vramlab/bench"
