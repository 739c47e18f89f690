package schema

// A Key is what stands before "=" in a part of a benchmark's name.
type Key string

// The keys.
const (
	Strategy   Key = "strategy"
	Workload   Key = "workload"
	Builder    Key = "builder"
	Step       Key = "step"
	Hole       Key = "hole"
	Size       Key = "size"
	Layout     Key = "layout"
	Policy     Key = "policy"
	Op         Key = "op"
	Region     Key = "region"
	Live       Key = "live"
	Lock       Key = "lock"
	Goroutines Key = "goroutines"
	Lifetime   Key = "lifetime"
	Mode       Key = "mode"
	Lookup     Key = "lookup"
	Pressure   Key = "pressure"
	Fill       Key = "fill"
	Seed       Key = "seed"
	Memory     Key = "memory"
	From       Key = "from"
	To         Key = "to"
)

// Keys that stand in no file: those of go test -bench, and of the labels in
// profiles, which have [Strategy] and [Workload] too.
const (
	Pass  Key = "pass"  // go test: allocfree or sgtable
	Reuse Key = "reuse" // go test: yes or no, whether a table gets the memory of the one before
	Phase Key = "phase" // profile: [PhaseReplay] or [PhaseTables]
)

// Values that both sides know.
const (
	OpAlloc = "alloc" // of Op
	OpFree  = "free"
	OpWalk  = "walk" // the search for a victim, under a memory manager

	LockOne    = "locked"  // of Lock: one lock around the whole allocator
	LockShards = "sharded" // of Lock: a part of the region with its own lock for each goroutine

	ModeAlone     = "uncontended" // of Mode: one holder
	ModeContended = "contended"   // of Mode: a holder on each core

	LayoutWhole    = "whole"    // of Layout: one block
	LayoutPieces   = "pieces"   // of Layout: blocks of 64 KiB, ascending, none adjoining
	LayoutShuffled = "shuffled" // of Layout: blocks of 64 KiB in a fixed pseudo-random order

	LookupLinear = "linear" // of Lookup: from the first segment on, as drivers do
	LookupIndex  = "index"  // of Lookup: by binary search over the ends of the segments

	PhaseReplay = "replay"  // of Phase: allocations and frees
	PhaseTables = "sgtable" // of Phase: construction of tables
)

// keys is the list of all keys of files, with what their values mean.
var keys = []struct {
	key Key
	doc string
}{
	{Strategy, "name of the allocation strategy"},
	{Workload, "name of the workload"},
	{Builder, "name of the sg-table builder"},
	{Step, "operations of the stream done when the state was sampled; here a fallback is one of its own, needed or not"},
	{Hole, "bytes of every hole in the free memory, as FormatSize has them"},
	{Size, "bytes of the object, or of the largest one, as FormatSize has them"},
	{Layout, "how the blocks of the object lie in memory: whole, pieces or shuffled"},
	{Policy, "name of the driver policy"},
	{Op, "kind of operation: alloc or free; of a memory manager also walk"},
	{Region, "bytes of the region, as FormatSize has them"},
	{Live, "number of live objects"},
	{Lock, "how goroutines share the allocator: locked or sharded"},
	{Goroutines, "number of goroutines"},
	{Lifetime, "how long tables live under migration"},
	{Mode, "how many goroutines hold the table: uncontended or contended"},
	{Lookup, "how a byte is found: linear, from the first segment on, or index, by binary search"},
	{Pressure, "bytes of the region under a memory manager, in percent of the bytes live at the peak"},
	{Fill, "percent of the region that are kept full"},
	{Seed, "seed of the load"},
	{Memory, "region of a device under a memory manager: vram, or tile0, tile1 and so on; gtt"},
	{From, "region that is left: one of memory, or system"},
	{To, "region that is gone to: one of memory, or system"},
}

// Keys lists the keys that stand in files.
func Keys() []Key {
	out := make([]Key, len(keys))
	for i, k := range keys {
		out[i] = k.key
	}
	return out
}

// Doc says what the values of a key mean; empty for a key that stands in no
// file.
func (k Key) Doc() string {
	for _, e := range keys {
		if e.key == k {
			return e.doc
		}
	}
	return ""
}

// Is is one part of a benchmark's name, as in strategy=buddy: what go test -bench
// calls a sub-benchmark.
func (k Key) Is(value string) string { return string(k) + "=" + value }

// Labels are the values in the name of a benchmark, by key. Reading a key that
// the name does not have gives "".
type Labels map[Key]string
