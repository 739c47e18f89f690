package schema

import "slices"

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
		Units: []*Unit{NsPerOp, NsPerAlloc, NsPerFree, P50Ns, P99Ns, P999Ns, MaxNs, ServedPct, MetadataBytes, CPUNs, AwayPct},
	}
	SGTable = &Bench{
		Name: "SGTable", File: Results,
		Doc:   "construction of the sg tables of all that a workload was granted",
		Keys:  []Key{Strategy, Workload, Builder},
		Units: []*Unit{NsPerTable, NsPerSeg, SegsPerTable, CPUNs, AwayPct},
	}
)

// AA is the benchmark of [Lanes].
var AA = &Bench{
	Name: "AA", File: Lanes,
	Doc:   "the same replays a second time in the same schedule: a difference to AllocFree is noise",
	Keys:  []Key{Strategy, Workload},
	Units: []*Unit{NsPerOp, CPUNs, AwayPct},
}

// The benchmarks of [Curves].
var (
	Harness = &Bench{
		Name: "Harness", File: Curves,
		Doc:   "the replay loop on a strategy that does nothing",
		Keys:  []Key{Workload},
		Units: []*Unit{NsPerOp, CPUNs, AwayPct},
	}
	CallTimes = &Bench{
		Name: "CallTimes", File: Curves,
		Doc:   "how long single requests, or frees, of a replay took, without the cost of the clock; N is their number, and a quantile that so few do not have is left out",
		Keys:  []Key{Strategy, Workload, Op},
		Units: []*Unit{P1Ns, P5Ns, P10Ns, P25Ns, P50Ns, P75Ns, P90Ns, P95Ns, P99Ns, P999Ns, P9999Ns, MaxNs},
	}
	Series = &Bench{
		Name: "Series", File: Curves,
		Doc:   "the state of memory after a number of operations",
		Keys:  []Key{Strategy, Workload, Step},
		Units: []*Unit{FragPct, Unusable64KPct, Unusable2MPct, LargestBytes, FreeBytes, LiveBytes, FailPct, Refused, SegsPerTable, RecordedSeconds},
	}
	Counters = &Bench{
		Name: "Counters", File: Curves,
		Doc:   "what the allocator counted in a replay",
		Keys:  []Key{Strategy, Workload},
		Units: []*Unit{SplitsPerOp, MergesPerOp, VisitsPerOp},
	}
	Hardware = &Bench{
		Name: "Hardware", File: Curves,
		Doc:   "what the processor counted in a replay that is not timed; no line where the kernel or the machine does not count, and the fact hardware says why",
		Keys:  []Key{Strategy, Workload},
		Units: []*Unit{InsnsPerOp, CyclesPerOp, CacheMissPerOp, BranchMissPerOp},
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
	SmallestRegion = &Bench{
		Name: "SmallestRegion", File: Curves,
		Doc:   "the smallest region in which a strategy serves a recorded trace, found by search",
		Keys:  []Key{Strategy, Workload},
		Units: []*Unit{RegionPerPeak, RegionBytes, RefusedOp, NeverServed},
	}
	FewestEntries = &Bench{
		Name: "FewestEntries", File: Curves,
		Doc:   "between what the fewest segments and page-table entries of a workload lie under a driver policy, whoever places it, for the requests that were granted by whoever granted most",
		Keys:  []Key{Workload, Policy},
		Units: []*Unit{ServedPct, LeastSegsPerTable, FoundSegsPerTable, LeastEntriesPerTable, FoundEntriesPerTable},
	}
	Distance = &Bench{
		Name: "Distance", File: Curves,
		Doc:   "how far a strategy is from these; no line for one that granted other requests",
		Keys:  []Key{Strategy, Workload, Policy},
		Units: []*Unit{SegsPerLeast, EntriesPerLeast},
	}
	Defrag = &Bench{
		Name: "Defrag", File: Curves,
		Doc:   "what it costs to grant a request in one piece after a number of operations, where one of the strategies refuses it although all have as much free",
		Keys:  []Key{Strategy, Workload, Step},
		Units: []*Unit{OnePieceBytes, MovedBytes, LeastMovedBytes, LRUEvictedBytes, GrantedAfterSteps},
	}
	WorstCase = &Bench{
		Name: "WorstCase", File: Curves,
		Doc:   "the largest region known not to suffice for 1 MiB live, with requests of 4 KiB to this size, each in one piece",
		Keys:  []Key{Strategy, Size},
		Units: []*Unit{RegionPerLive, BoundPerLive, FirstFitPerLive, HalfFitPerLive},
	}
	Managed = &Bench{
		Name: "Managed", File: Curves,
		Doc:  "a replay, perhaps of the beginning, under a memory manager that evicts, in a region smaller than what is live at the peak; N is the number of requests",
		Keys: []Key{Strategy, Workload, Pressure},
		Units: []*Unit{
			ServedPct, EvictingRequests, SystemRequests, Refused, AskedBytes, Evictions, FragEvictions,
			EvictedBytes, BrokenBytes, OccupiedBytes, RoundedBytes, MovedInBytes, VictimsLooked, RegionBytes,
		},
	}
	ManagedLock = &Bench{
		Name: "ManagedLock", File: Curves,
		Doc:   "how long the lock of the memory manager was held in such a replay, without the cost of the clock: for an attempt at one place, for taking memory back, for a step to the next victim; of VRAM, all tiles together; N is their number",
		Keys:  []Key{Strategy, Workload, Pressure, Op},
		Units: []*Unit{P50Ns, P99Ns},
	}
	ManagedFlow = &Bench{
		Name: "ManagedFlow", File: Curves,
		Doc:   "what moved in such a replay from one region to another, where a device has several; N is the number of objects; no line without any",
		Keys:  []Key{Strategy, Workload, Pressure, From, To},
		Units: []*Unit{FlowBytes, EvictedBytes, BrokenBytes, OccupiedBytes, RoundedBytes},
	}
	RegionLock = &Bench{
		Name: "RegionLock", File: Curves,
		Doc:   "the same as ManagedLock of each region, where a device has several",
		Keys:  []Key{Strategy, Workload, Pressure, Memory, Op},
		Units: []*Unit{P50Ns, P99Ns},
	}
	Ageing = &Bench{
		Name: "Ageing", File: Curves,
		Doc:   "a strategy on a region that is kept full, for a long time; N is the operations since it was filled",
		Keys:  []Key{Strategy, Fill, Seed},
		Units: []*Unit{AgedOps, Censored, SteadyOp, SteadyPct, FitsBytes, Back1Pages, Back8Pages, Back8AtMost},
	}
	HindsightBound = &Bench{
		Name: "HindsightBound", File: Curves,
		Doc:   "bounds of the smallest region that holds a recorded trace with each object in one piece, all lifetimes known; N is the objects that are placed",
		Keys:  []Key{Workload},
		Units: []*Unit{BoundPerPeak, LowerBoundBytes, UpperBoundBytes, LeftOut},
	}
	SmallestInOnePiece = &Bench{
		Name: "SmallestInOnePiece", File: Curves,
		Doc:   "the smallest region in which a strategy serves a recorded trace with each object in one piece, found by search, to compare with these bounds",
		Keys:  []Key{Strategy, Workload},
		Units: []*Unit{RegionPerPeak, RegionBytes, OtherRequests},
	}
	Policies = &Bench{
		Name: "Policy", File: Curves,
		Doc:   "a replay with the requests that a driver would make",
		Keys:  []Key{Strategy, Workload, Policy},
		Units: []*Unit{ServedPct, SegsPerTable, EntriesPerTable, PTE4KPerTable, PTE64KPerTable, PTE2MPerTable, Cover64KPct, Cover2MPct, ReachBytes, WastePct},
	}
	Walks = &Bench{
		Name: "Walk", File: Curves,
		Doc:   "what it takes to find bytes in the tables of a policy's replay, and what mapping one as a whole for another device makes of it; no line where there were none",
		Keys:  []Key{Strategy, Workload, Policy},
		Units: []*Unit{SegsPerTable, StepsPerLookup, IndexStepsPerLookup, DMASegsPerTable, DMA64KSegsPerTable},
	}
	Lookups = &Bench{
		Name: "Cursor", File: Curves,
		Doc:   "finding bytes in the table of one object whose blocks are made up",
		Keys:  []Key{Layout, Size, Lookup},
		Units: []*Unit{NsPerLookup, StepsPerLookup, SegsPerTable},
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
	CallTimes, Series, Counters, Hardware, WorstCase, Ageing, KernelWork, Deviations, SmallestRegion, HindsightBound, SmallestInOnePiece, FewestEntries, Distance, Defrag, Managed, ManagedFlow, Policies, Walks, Harness, Holes, Builders, Lookups, Scaling, Concurrent, Migrate, Crossing, Ref, ManagedLock, RegionLock,
}

// WallUnit is the unit of the wall time of which [CPUNs] is the processor time: ns/op, or
// ns/table. It is nil of a benchmark without processor times.
func (b *Bench) WallUnit() *Unit {
	if !slices.Contains(b.Units, CPUNs) {
		return nil
	}
	return b.Units[0]
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
