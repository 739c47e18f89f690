package schema

// A Bench is one benchmark of a run.
type Bench struct {
	Name  string // without "Benchmark"
	Doc   string // what one result line says
	File  File   // where its lines stand
	Keys  []Key  // of its full name, in the order written
	Units []*Unit
}

// The benchmarks of [Results].
var (
	AllocFree = &Bench{
		Name: "AllocFree", File: Results,
		Doc:   "replays of a workload on a strategy",
		Keys:  []Key{Strategy, Workload},
		Units: []*Unit{NsPerOp, NsPerAlloc, NsPerFree, P50Ns, P99Ns, P999Ns, MaxNs, ServedPct, MetadataBytes},
	}
	AA = &Bench{
		Name: "AA", File: Results,
		Doc:   "the same replays a second time in the same schedule: a difference to AllocFree is noise",
		Keys:  []Key{Strategy, Workload},
		Units: []*Unit{NsPerOp},
	}
	SGTable = &Bench{
		Name: "SGTable", File: Results,
		Doc:   "construction of the sg tables of all that a workload was granted",
		Keys:  []Key{Strategy, Workload, Builder},
		Units: []*Unit{NsPerTable, NsPerSeg, SegsPerTable},
	}
)

// The benchmarks of [Curves].
var (
	Harness = &Bench{
		Name: "Harness", File: Curves,
		Doc:   "the replay loop on a strategy that does nothing",
		Keys:  []Key{Workload},
		Units: []*Unit{NsPerOp},
	}
	Series = &Bench{
		Name: "Series", File: Curves,
		Doc:   "the state of memory after a number of operations",
		Keys:  []Key{Strategy, Workload, Step},
		Units: []*Unit{FragPct, Unusable64KPct, Unusable2MPct, LargestBytes, FreeBytes, LiveBytes, FailPct, Refused, SegsPerTable},
	}
	Counters = &Bench{
		Name: "Counters", File: Curves,
		Doc:   "what the allocator counted in a replay",
		Keys:  []Key{Strategy, Workload},
		Units: []*Unit{SplitsPerOp, MergesPerOp, VisitsPerOp},
	}
	KernelWork = &Bench{
		Name: "KernelWork", File: Curves,
		Doc:  "what the kernel's own structures would do in a replay, or in the beginning of it where they would take long",
		Keys: []Key{Strategy, Workload},
		Units: []*Unit{
			KernelStepsPerOp, KernelListStepsPerOp, KernelTreeNodesPerOp, KernelWalkNodesPerOp,
			KernelExtentsPerOp, KernelCandidatesPerOp, KernelFarPerOp, KernelModelNs, KernelModelErr, KernelDiffersOp,
		},
	}
	Deviations = &Bench{
		Name: "Deviations", File: Curves,
		Doc:   "what a strategy did in a replay because its kernel does, though it should not; no line for a strategy that never does",
		Keys:  []Key{Strategy, Workload},
		Units: []*Unit{MisalignedGrants, KernelStops},
	}
	Policies = &Bench{
		Name: "Policy", File: Curves,
		Doc:   "a replay with the requests that a driver would make",
		Keys:  []Key{Strategy, Workload, Policy},
		Units: []*Unit{ServedPct, SegsPerTable, EntriesPerTable, PTE4KPerTable, PTE64KPerTable, PTE2MPerTable, Cover64KPct, Cover2MPct, ReachBytes, WastePct},
	}
	Holes = &Bench{
		Name: "Sweep", File: Curves,
		Doc:   "the table of one object where all free memory is in holes of one size; only refused if there is no such grant",
		Keys:  []Key{Strategy, Hole, Size, Builder},
		Units: []*Unit{NsPerTable, P99Ns, SegsPerTable, Refused},
	}
	Builders = &Bench{
		Name: "Builders", File: Curves,
		Doc:   "the table of one object whose blocks are made up",
		Keys:  []Key{Layout, Builder, Size},
		Units: []*Unit{NsPerTable, NsPerSeg, SegsPerTable, EntriesPerTable, PeakBytes},
	}
	Scaling = &Bench{
		Name: "Scaling", File: Curves,
		Doc:   "allocations or frees in a region with so many live objects",
		Keys:  []Key{Strategy, Op, Region, Live},
		Units: []*Unit{NsPerOp, VisitsPerOp, ServedPct},
	}
	Concurrent = &Bench{
		Name: "Concurrent", File: Curves,
		Doc:   "goroutines that share one allocator; ns/op is wall time by the operations of all",
		Keys:  []Key{Strategy, Lock, Goroutines},
		Units: []*Unit{NsPerOp, P50Ns, P99Ns, P999Ns},
	}
	Migrate = &Bench{
		Name: "Migrate", File: Curves,
		Doc:   "migrations between device and system memory, some of which fail",
		Keys:  []Key{Strategy, Lifetime},
		Units: []*Unit{NsPerOp, CaptureP50Ns, CaptureP99Ns, Hazards, PeakTables, PeakBytes, Recovered},
	}
	Ref = &Bench{
		Name: "Ref", File: Curves,
		Doc:   "a reference to a counted table taken and put",
		Keys:  []Key{Mode},
		Units: []*Unit{NsPerOp},
	}
	Crossing = &Bench{
		Name: "Crossing", File: Curves,
		Doc:   "one crossing of the boundary to a library in C",
		Keys:  []Key{Strategy},
		Units: []*Unit{NsPerOp, NsPerBatchedOp},
	}
)

var benches = []*Bench{
	AllocFree, AA, SGTable,
	Series, Counters, KernelWork, Deviations, Policies, Harness, Holes, Builders, Scaling, Concurrent, Migrate, Crossing, Ref,
}

// Benches lists all benchmarks.
func Benches() []*Bench { return benches[:len(benches):len(benches)] }

// In lists the benchmarks whose lines stand in f.
func In(f File) []*Bench {
	var out []*Bench
	for _, b := range benches {
		if b.File == f {
			out = append(out, b)
		}
	}
	return out
}

// FindBench is the benchmark of a name without "Benchmark", nil if there is
// none.
func FindBench(name string) *Bench {
	for _, b := range benches {
		if b.Name == name {
			return b
		}
	}
	return nil
}
