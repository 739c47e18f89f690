package schema

import "strings"

// A Unit is what a reader must know of a measurement.
type Unit struct {
	Name   string    // as written
	Doc    string    // what is measured, in which unit, of what
	Better Direction // Neither where more is no better or worse than less
	Exact  bool      // deterministic: any difference is real, there is no noise
}

// A Direction says which values are better.
type Direction string

// The directions, as Unit lines write them.
const (
	Neither Direction = ""
	Lower   Direction = "lower"
	Higher  Direction = "higher"
)

// Times of a replay, and what belongs beside them. ns/op is a unit of Go's: it
// needs no Unit line.
var (
	NsPerOp       = &Unit{"ns/op", "nanoseconds of an operation: a request, which is one together with its fallback, or a free that was made", Lower, false}
	NsPerAlloc    = &Unit{"ns/alloc", "nanoseconds of a request, its fallback included", Lower, false}
	NsPerFree     = &Unit{"ns/free", "nanoseconds of a free that was made", Lower, false}
	P1Ns          = &Unit{"p1-ns", "1st percentile of the time of a single call in nanoseconds", Lower, false}
	P5Ns          = &Unit{"p5-ns", "5th percentile of the time of a single call in nanoseconds", Lower, false}
	P10Ns         = &Unit{"p10-ns", "10th percentile of the time of a single call in nanoseconds", Lower, false}
	P25Ns         = &Unit{"p25-ns", "25th percentile of the time of a single call in nanoseconds", Lower, false}
	P50Ns         = &Unit{"p50-ns", "median time of a single call in nanoseconds", Lower, false}
	P75Ns         = &Unit{"p75-ns", "75th percentile of the time of a single call in nanoseconds", Lower, false}
	P90Ns         = &Unit{"p90-ns", "90th percentile of the time of a single call in nanoseconds", Lower, false}
	P95Ns         = &Unit{"p95-ns", "95th percentile of the time of a single call in nanoseconds", Lower, false}
	P99Ns         = &Unit{"p99-ns", "99th percentile of the time of a single call in nanoseconds", Lower, false}
	P999Ns        = &Unit{"p999-ns", "99.9th percentile of the time of a single call in nanoseconds", Lower, false}
	P9999Ns       = &Unit{"p9999-ns", "99.99th percentile of the time of a single call in nanoseconds", Lower, false}
	MaxNs         = &Unit{"max-ns", "longest time of a single call in nanoseconds", Lower, false}
	ServedPct     = &Unit{"served-pct", "requests granted, in percent of all", Higher, true}
	MetadataBytes = &Unit{"metadata-B", "peak memory of the allocator's own data in bytes", Lower, true}
)

// Whether a sample had its core: the clock of the thread that measured, where the system
// has one, see [FactThreadClock].
var (
	CPUNs   = &Unit{"cpu-ns", "processor time of an operation (of a table, for tables) in nanoseconds, by the clock of the thread that did it", Lower, false}
	AwayPct = &Unit{"away-pct", "time of the sample in which its thread did not have a core, in percent", Neither, false}
)

// Times and lengths of sg tables.
var (
	NsPerTable   = &Unit{"ns/table", "nanoseconds to build one table", Lower, false}
	NsPerSeg     = &Unit{"ns/seg", "nanoseconds to build one segment of a table", Lower, false}
	SegsPerTable = &Unit{"segs/table", "segments of a table, on average", Lower, true}
)

// The state of memory in the course of a replay.
var (
	FragPct         = &Unit{"frag-pct", "free memory outside the largest hole, in percent", Lower, true}
	Unusable64KPct  = &Unit{"unusable64k-pct", "free memory outside whole aligned pages of 64 KiB, in percent", Lower, true}
	Unusable2MPct   = &Unit{"unusable2m-pct", "free memory outside whole aligned pages of 2 MiB, in percent", Lower, true}
	LargestBytes    = &Unit{"largest-B", "bytes of the largest hole", Higher, true}
	FreeBytes       = &Unit{"free-B", "bytes free", Neither, true}
	LiveBytes       = &Unit{"live-B", "bytes granted and not freed", Neither, true}
	FailPct         = &Unit{"fail-pct", "requests refused since the sample before, in percent", Lower, true}
	RecordedSeconds = &Unit{"recorded-s", "seconds since the recording began, of a trace that has times", Neither, true}
	Refused         = &Unit{"refused", "requests refused since the sample before; in a sweep of holes, 1: no such grant; under a memory manager outright, in all", Lower, true}
)

// What allocators count, for each operation that a replay did: a request, with its
// fallback, or a free.
var (
	SplitsPerOp = &Unit{"splits/op", "blocks split", Lower, true}
	MergesPerOp = &Unit{"merges/op", "blocks merged", Lower, true}
	VisitsPerOp = &Unit{"visits/op", "places looked at in search of one that fits", Lower, true}
)

// What the processor counts in a replay, for each operation.
var (
	InsnsPerOp      = &Unit{"insns/op", "instructions of an operation", Lower, false}
	CyclesPerOp     = &Unit{"cycles/op", "cycles of the processor in an operation", Lower, false}
	CacheMissPerOp  = &Unit{"cachemiss/op", "misses of the last level of the processor's caches in an operation", Lower, false}
	BranchMissPerOp = &Unit{"branchmiss/op", "branches that the processor predicted wrongly in an operation", Lower, false}
)

// What the kernel's own structures would do for the same placements, counted by package
// kernelwork, and the time that its model makes of that.
var (
	KernelStepsPerOp      = &Unit{"kernel-steps/op", "steps of all kinds that the kernel's algorithm takes", Lower, true}
	KernelListStepsPerOp  = &Unit{"kernel-liststeps/op", "nodes that walks along the kernel's free lists look at", Lower, true}
	KernelTreeNodesPerOp  = &Unit{"kernel-treenodes/op", "nodes of the kernel's red-black trees visited", Lower, true}
	KernelWalkNodesPerOp  = &Unit{"kernel-walknodes/op", "nodes of the kernel's block tree that walks of windows and ranges look at", Lower, true}
	KernelExtentsPerOp    = &Unit{"kernel-extents/op", "extents of the kernel's dirty tracker visited", Lower, true}
	KernelCandidatesPerOp = &Unit{"kernel-candidates/op", "free blocks or holes that the kernel tries one after the other", Lower, true}
	KernelFarPerOp        = &Unit{"kernel-far/op", "steps of the kernel's algorithm to a node not visited lately, and so in no cache", Lower, true}
	KernelModelNs         = &Unit{"kernel-model-ns", "nanoseconds that an operation would take in the kernel's C by a model of these steps, without locks and drivers", Lower, true}
	KernelModelErr        = &Unit{"kernel-model-err", "how far that model was off, on average, for a load left out of its fit: 0.3 is 30 % of the time", Lower, true}
	KernelDiffersOp       = &Unit{"kernel-differs-op", "operation of the stream, the first being 1, that the strategy did otherwise than the kernel of its name; nothing else is said of the pair", Neither, true}
)

// What a strategy does on purpose as its kernel does, though it should not.
var (
	MisalignedGrants = &Unit{"misaligned-grants", "grants in a window that are aligned to their size only, less than was asked for", Lower, true}
	KernelStops      = &Unit{"kernel-stops", "requests at which the kernel would stop with an assertion; the strategy goes on", Lower, true}
)

// The smallest region that serves a recorded trace.
var (
	RegionPerPeak = &Unit{"region/peak", "smallest region found that serves the workload, by the bytes live at its peak: 1.05 is 5 % more", Lower, true}
	RegionBytes   = &Unit{"region-B", "bytes of that region, or of the one under a memory manager", Lower, true}
	RefusedOp     = &Unit{"refused-op", "operation of the stream, the first being 1, that a region of a page less refuses; 0 if that is none", Neither, true}
	NeverServed   = &Unit{"never-served", "requests refused also where there is room, which do not count", Lower, true}
)

// The fewest segments and page-table entries that a stream can take under a policy, whoever
// places it, and how far a strategy is from that.
var (
	LeastSegsPerTable    = &Unit{"least-segs/table", "segments of a table, on average, of which it is proved that no placement has fewer", Neither, true}
	FoundSegsPerTable    = &Unit{"found-segs/table", "segments of a table, on average, in the best placement that was found", Neither, true}
	LeastEntriesPerTable = &Unit{"least-entries/table", "page-table entries of a table, on average, of which it is proved that no placement has fewer", Neither, true}
	FoundEntriesPerTable = &Unit{"found-entries/table", "page-table entries of a table, on average, in the best placement that was found", Neither, true}
	SegsPerLeast         = &Unit{"segs/least", "segments of all tables, by the number that no placement is below: 1.05 is at most 5 % from the optimum", Lower, true}
	EntriesPerLeast      = &Unit{"entries/least", "page-table entries of all tables, by the number that no placement is below", Lower, true}
)

// What it costs to grant a request in one piece that a strategy refuses.
var (
	OnePieceBytes     = &Unit{"one-piece-B", "bytes asked for in one piece", Neither, true}
	MovedBytes        = &Unit{"moved-B", "bytes copied by moves after which a replay grants that; 0 if it is granted as it is, and left out where no moves were found", Lower, true}
	LeastMovedBytes   = &Unit{"moved-least-B", "bytes that no such moves copy less than; left out where there are none", Lower, true}
	LRUEvictedBytes   = &Unit{"lru-evicted-B", "bytes of what a TTM-style manager evicts for it, the oldest first; left out where that does not help", Lower, true}
	GrantedAfterSteps = &Unit{"granted-after-ops", "operations of the stream after which it is granted if nothing is done; left out where it is not up to the end, or not known", Lower, true}
)

// The worst case that is known of a strategy.
var (
	RegionPerLive   = &Unit{"region/live", "region needed at least by the worst trace known, by the bytes live at most: a page less is refused", Lower, true}
	BoundPerLive    = &Unit{"bound/live", "region that the best allocator needs for such traces with sizes that are powers of two (Robson 1974), by the same", Neither, true}
	FirstFitPerLive = &Unit{"first-fit/live", "region that first fit by address needs at most for such traces (Robson 1977), by the same", Neither, true}
	HalfFitPerLive  = &Unit{"half-fit/live", "region that half fit needs at most for such traces, by the same", Neither, true}
)

// What a memory manager moves. Bytes are those of objects in whole pages.
var (
	AskedBytes       = &Unit{"asked-B", "bytes that all requests asked for", Neither, true}
	EvictedBytes     = &Unit{"evicted-B", "bytes evicted, all causes together", Lower, true}
	BrokenBytes      = &Unit{"broken-evicted-B", "bytes evicted though the free bytes where the request could lie sufficed: they were in pieces", Lower, true}
	OccupiedBytes    = &Unit{"occupied-evicted-B", "bytes evicted though free bytes elsewhere sufficed: objects that could have lain there were in the window", Lower, true}
	RoundedBytes     = &Unit{"rounded-evicted-B", "bytes evicted though all objects would have fitted: the strategy granted more than they asked for", Lower, true}
	MovedInBytes     = &Unit{"moved-in-B", "bytes that came back to one of their places when they were used", Lower, true}
	FlowBytes        = &Unit{"flow-B", "bytes that moved, evicted or not", Lower, true}
	Evictions        = &Unit{"evictions", "objects evicted", Lower, true}
	FragEvictions    = &Unit{"frag-evictions", "of them, those that a better placement of the objects that were there would have spared", Lower, true}
	EvictingRequests = &Unit{"evicting-requests", "requests that were granted after evictions: refusals without a manager", Lower, true}
	SystemRequests   = &Unit{"system-requests", "requests that got system memory instead", Lower, true}
	VictimsLooked    = &Unit{"victims-looked", "objects that walks in search of victims looked at", Lower, true}
)

// How a strategy grows old; operations count from the one that filled the region.
var (
	AgedOps     = &Unit{"aged-ops", "operations until a contiguous, aligned 2 MiB is first refused; all that were done if it never is", Higher, true}
	Censored    = &Unit{"censored", "1 if it never is, so that the number is only a lower bound; else 0", Neither, true}
	SteadyOp    = &Unit{"steady-op", "operations until the curve of unusable free memory (64 KiB) is steady; 0 if it is not within the run", Neither, true}
	SteadyPct   = &Unit{"steady-pct", "confidence that it is, in percent; 0 if it is not", Neither, true}
	FitsBytes   = &Unit{"fits-B", "bytes of the largest contiguous request that fits at the end", Higher, true}
	Back1Pages  = &Unit{"back1-pages", "pages of 2 MiB that one free would return at the end, at best", Neither, true}
	Back8Pages  = &Unit{"back8-pages", "pages of 2 MiB that eight frees would return at the end: so many were found", Neither, true}
	Back8AtMost = &Unit{"back8-most", "pages of 2 MiB that eight frees return at most", Neither, true}
)

// How small a region could be with hindsight.
var (
	BoundPerPeak    = &Unit{"bound/peak", "bytes of a region that holds the workload with each object in one piece, by the bytes live at its peak", Lower, true}
	LowerBoundBytes = &Unit{"lower-bound-B", "bytes that a region must have for that, whoever places the objects", Neither, true}
	UpperBoundBytes = &Unit{"upper-bound-B", "bytes of a region in which a placement was found, and replayed without a refusal", Lower, true}
	OtherRequests   = &Unit{"other-requests", "requests that only one of the two serves, the strategy or the placement of the bounds, which do not compare if there are any", Neither, true}
	LeftOut         = &Unit{"left-out", "requests that the bounds do not count, since no region serves them or no place was found in their windows", Neither, true}
)

// NsPerBatchedOp is the cost of a boundary in a replay that crosses it in batches.
var NsPerBatchedOp = &Unit{"ns/batched-op", "nanoseconds of a boundary crossing for each operation of a batch", Lower, false}

// What a table costs beyond time.
var (
	EntriesPerTable = &Unit{"entries/table", "entries allocated for a table, or page-table entries that map it", Lower, true}
	PeakBytes       = &Unit{"peak-B", "peak memory of tables in bytes", Lower, true}
)

// What it takes to find a byte of an object in its table. A mean is over all pages of all
// tables, each found once.
var (
	NsPerLookup         = &Unit{"ns/lookup", "nanoseconds to find a byte", Lower, false}
	StepsPerLookup      = &Unit{"steps/lookup", "segments passed to find a page, from the first on; by an index, ends of segments compared", Lower, true}
	IndexStepsPerLookup = &Unit{"index-steps/lookup", "ends of segments that a binary search compares to find a page", Lower, true}
)

// What mapping a table as a whole for another GPU makes of it, on average. Without an IOMMU
// it has segs/table.
var (
	DMASegsPerTable    = &Unit{"dma-segs/table", "segments for a device behind an IOMMU with pages of 4 KiB", Lower, true}
	DMA64KSegsPerTable = &Unit{"dma64k-segs/table", "segments for a device behind an IOMMU with pages of 64 KiB", Lower, true}
)

// Tables under migration.
var (
	CaptureP50Ns = &Unit{"capture-p50-ns", "median time of a capture in nanoseconds", Lower, false}
	CaptureP99Ns = &Unit{"capture-p99-ns", "99th percentile of the time of a capture in nanoseconds", Lower, false}
	Hazards      = &Unit{"hazards", "tables read after their release", Lower, true}
	PeakTables   = &Unit{"peak-tables", "most tables alive at once", Lower, true}
	Recovered    = &Unit{"recovered", "failed copies done again", Neither, true}
)

// Page tables under a driver policy.
var (
	PTE4KPerTable  = &Unit{"pte4k/table", "page-table entries of 4 KiB for a table", Lower, true}
	PTE64KPerTable = &Unit{"pte64k/table", "page-table entries of 64 KiB for a table", Neither, true}
	PTE2MPerTable  = &Unit{"pte2m/table", "page-table entries of 2 MiB for a table", Neither, true}
	Cover64KPct    = &Unit{"cover64k-pct", "bytes mapped by entries of 64 KiB or more, in percent", Higher, true}
	Cover2MPct     = &Unit{"cover2m-pct", "bytes mapped by entries of 2 MiB, in percent", Higher, true}
	ReachBytes     = &Unit{"reach-B", "bytes that a translation cache of 512 entries maps", Higher, true}
	WastePct       = &Unit{"waste-pct", "bytes granted beyond what the workload asked for, in percent of those granted", Lower, true}
)

var units = []*Unit{
	CPUNs, AwayPct,
	NsPerOp, NsPerAlloc, NsPerFree,
	P1Ns, P5Ns, P10Ns, P25Ns, P50Ns, P75Ns, P90Ns, P95Ns, P99Ns, P999Ns, P9999Ns, MaxNs,
	ServedPct, MetadataBytes,
	NsPerTable, NsPerSeg, SegsPerTable,
	FragPct, Unusable64KPct, Unusable2MPct, LargestBytes, FreeBytes, LiveBytes, FailPct, Refused, RecordedSeconds,
	SplitsPerOp, MergesPerOp, VisitsPerOp,
	InsnsPerOp, CyclesPerOp, CacheMissPerOp, BranchMissPerOp,
	KernelStepsPerOp, KernelListStepsPerOp, KernelTreeNodesPerOp, KernelWalkNodesPerOp,
	KernelExtentsPerOp, KernelCandidatesPerOp, KernelFarPerOp, KernelModelNs,
	KernelModelErr, KernelDiffersOp, MisalignedGrants, KernelStops,
	RegionPerPeak, RegionBytes, RefusedOp, NeverServed,
	LeastSegsPerTable, FoundSegsPerTable, LeastEntriesPerTable, FoundEntriesPerTable, SegsPerLeast, EntriesPerLeast,
	OnePieceBytes, MovedBytes, LeastMovedBytes, LRUEvictedBytes, GrantedAfterSteps, RegionPerLive, BoundPerLive, FirstFitPerLive, HalfFitPerLive,
	AskedBytes, EvictedBytes, BrokenBytes, OccupiedBytes, RoundedBytes, MovedInBytes, FlowBytes,
	Evictions, FragEvictions, EvictingRequests, SystemRequests, VictimsLooked,
	AgedOps, Censored, SteadyOp, SteadyPct, FitsBytes, Back1Pages, Back8Pages, Back8AtMost,
	BoundPerPeak, LowerBoundBytes, UpperBoundBytes, LeftOut, OtherRequests,
	NsPerBatchedOp,
	EntriesPerTable, PeakBytes,
	NsPerLookup, StepsPerLookup, IndexStepsPerLookup, DMASegsPerTable, DMA64KSegsPerTable,
	CaptureP50Ns, CaptureP99Ns, Hazards, PeakTables, Recovered,
	PTE4KPerTable, PTE64KPerTable, PTE2MPerTable, Cover64KPct, Cover2MPct, ReachBytes, WastePct,
}

// Units lists all units.
func Units() []*Unit { return units[:len(units):len(units)] }

// FindUnit is the unit of a name, as written or as [Unit.Tidy] has it; nil if
// there is none.
func FindUnit(name string) *Unit {
	for _, u := range units {
		if u.Name == name || u.Tidy() == name {
			return u
		}
	}
	return nil
}

// Tidy is the name of the unit as benchstat and package benchfmt read it: what
// is written in nanoseconds they turn into seconds. ns/op becomes sec/op, and
// p99-ns becomes p99-sec.
func (u *Unit) Tidy() string {
	if rest, ok := strings.CutPrefix(u.Name, "ns/"); ok {
		return "sec/" + rest
	}
	if rest, ok := strings.CutSuffix(u.Name, "-ns"); ok {
		return rest + "-sec"
	}
	return u.Name
}

// Line is the Unit line of u, without a line end. Without it benchstat takes the
// exact for a sample and does not know which way is better. It is empty for a unit of which
// there is nothing to say.
func (u *Unit) Line() string {
	if u.Better == Neither && !u.Exact {
		return ""
	}
	l := "Unit " + u.Name
	if u.Better != Neither {
		l += " better=" + string(u.Better)
	}
	if u.Exact {
		l += " assume=exact"
	}
	return l
}

// UnitLines are the Unit lines for what the benchmarks measure, one line for each
// unit, each with its line end: what stands before their results.
func UnitLines(of ...*Bench) string {
	var b strings.Builder
	seen := map[*Unit]bool{NsPerOp: true} // known without a line
	for _, bench := range of {
		for _, u := range bench.Units {
			if l := u.Line(); !seen[u] && l != "" {
				seen[u] = true
				b.WriteString(l + "\n")
			}
		}
	}
	return b.String()
}
