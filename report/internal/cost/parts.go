package cost

import (
	"math"
	"slices"
)

// A Part is one of the things a driver pays for. A new one is a line in [Parts] and the
// function that counts it; the terminal, the page and the flag follow.
type Part struct {
	Name    string  // in a table, and of the price in the flag and in the view of a page
	Unit    string  // of its price; empty for what is measured or predicted
	Default float64 // price
	Rate    bool    // the price divides: it is so much in a nanosecond
	Doc     string  // where the number comes from

	amount func(in Input, s int) Range // for each request served: nanoseconds, or what the price is of
	unlike func(in Input) bool         // counted otherwise for those that did the same work; may be nil
}

// The parts, by their places in [Parts].
const (
	Allocator = iota
	Table
	PTE
	Copy
)

// Parts are all of them.
var Parts = []Part{
	{
		Name:   "allocator",
		Doc:    "the allocator's work in a kernel, predicted from its counted steps, with the error of the model (kernel-model-ns, kernel-model-err)",
		amount: allocatorWork, unlike: otherOperations,
	},
	{
		Name:   "table",
		Doc:    "building the sg table, measured in user space; from the lowest to the highest sample, and at least the noise of the run",
		amount: tableTime,
	},
	{
		Name: "pte", Unit: "ns", Default: 4,
		Doc:    "a page-table entry written: given, not measured; 8 bytes stored through a write-combined mapping that takes 2 GB/s of small stores",
		amount: entriesWritten, unlike: refusedUnderPolicy,
	},
	{
		Name: "copy", Unit: "GB/s", Default: 12, Rate: true,
		Doc:    "bytes refused for lack of memory, moved out and later back in: given, not measured; half of the 24 GB/s that PCIe 4.0 x16 carries in practice",
		amount: bytesEvicted,
	},
}

// Given reports whether the part has a price that is given.
func (p Part) Given() bool { return p.Unit != "" }

// ns is an amount in nanoseconds. A rate of a GB/s is a byte in a nanosecond.
func (p Part) ns(amount, price float64) float64 {
	switch {
	case !p.Given():
		return amount
	case p.Rate:
		return amount / price
	}
	return amount * price
}

// allocatorWork is what the model predicts of the operations that a request served takes.
func allocatorWork(in Input, s int) Range {
	k, ok := in.Workload.Kernel[s]
	each := 1e9 * k.Model * in.Workload.Placement(s).OpsPerGrant()
	if !ok || k.Differs > 0 || !(each > 0) || math.IsNaN(k.Error) {
		return unknown
	}
	return Range{each, each * max(0, 1-k.Error), each * (1 + k.Error)}
}

// otherOperations: those that did the same work were counted in other operations.
func otherOperations(in Input) bool {
	return slices.ContainsFunc(in.Same, func(s int) bool {
		return in.Workload.Kernel[s].Ops != in.Workload.Kernel[in.Same[0]].Ops
	})
}

// tableTime is the time of a table, of which a request served has one.
func tableTime(in Input, s int) Range {
	c := in.Workload.TableTime(in.Builder, s)
	if in.Short || c == nil || len(c.Sample.Values) == 0 || !(c.Center() > 0) {
		return unknown
	}
	mid, noise := 1e9*c.Center(), math.Exp(in.Floor)
	if len(c.Sample.Values) == 1 { // whose noise nobody knows
		noise = max(noise, 2)
	}
	return Range{mid,
		min(1e9*slices.Min(c.Sample.Values), mid/noise),
		max(1e9*slices.Max(c.Sample.Values), mid*noise)}
}

// entriesWritten are the page-table entries of a table under the policy.
func entriesWritten(in Input, s int) Range {
	if c, ok := in.Workload.Policy(s, in.Policy); ok {
		return exact(c.Entries())
	}
	return unknown
}

// refusedUnderPolicy: under the policy one of them refused requests, so that its tables are
// of others.
func refusedUnderPolicy(in Input) bool {
	return slices.ContainsFunc(in.Same, func(s int) bool {
		c, ok := in.Workload.Policy(s, in.Policy)
		return !ok || c.Served != 100
	})
}

// bytesEvicted are those that were asked for and refused for lack of memory. No eviction
// helps a request that is invalid, or larger than the region. At least as much is moved as
// was asked for.
func bytesEvicted(in Input, s int) Range {
	p := in.Workload.Placement(s)
	switch {
	case p != nil && p.Granted > 0:
		return exact(p.Refusals.Lacked / float64(p.Granted))
	case in.Workload.Served(s) == 100:
		return exact(0)
	}
	return unknown
}
