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

// The files of results. Both are in the Go benchmark format.
const (
	Results File = "run.bench"    // what benchstat should compare
	Curves  File = "curves.bench" // what is drawn rather than compared
)

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

// Version is the comment line behind the Unit lines of a file, without "# ".
const Version = "vramlab run 1"

// A Fact is a key of the comment lines "# key: value" at the head of a file.
// Facts are comments because benchstat would put files that differ in a
// configuration line into tables of their own.
type Fact string

// The facts of a run. A fact that is not known has no line.
const (
	FactDate       Fact = "date"       // when the run began, RFC 3339, UTC
	FactCommand    Fact = "command"    // the command line of the run
	FactSeed       Fact = "seed"       // of the workloads and of the schedule
	FactCount      Fact = "count"      // samples of every cell
	FactOps        Fact = "ops"        // approximate operations of a workload, or "default"
	FactOrder      Fact = "order"      // of the samples
	FactStrategies Fact = "strategies" // names separated by spaces; the first is the base of comparisons
	FactModels     Fact = "models"     // NAME is KERNEL, for each strategy that reproduces one, with commas between
	FactWorkloads  Fact = "workloads"  // names separated by spaces
	FactLeftOut    Fact = "left-out"   // workload WORKLOAD: STRATEGY and why, for each pair that was not measured, with semicolons between
	FactBuilders   Fact = "builders"   // names separated by spaces; the tables of the first stand for all
	FactGo         Fact = "go"         // version of the Go toolchain
	FactKernel     Fact = "kernel"     // release of the Linux kernel
	FactCores      Fact = "cores"      // processor cores of the machine
	FactClock      Fact = "clock"      // step of the clock that times were taken with, as 1ns
	FactRevision   Fact = "revision"   // commit that vramlab was built from
	FactLoad       Fact = "load"       // sentence on the processor time that others took; last line of run.bench
)

// The configuration lines "key: value" at the head of a file, as go test
// prints them. They are facts too.
const (
	ConfigOS   Fact = "goos"
	ConfigArch Fact = "goarch"
	ConfigCPU  Fact = "cpu" // model of the processor
)
