package sgtable

import (
	"math/bits"

	"github.com/vramlab/vramlab/strategies"
)

// A Policy is what one kernel driver adds to an allocator: how it rounds requests,
// how it builds tables, how long a segment may be. A strategy under a policy
// behaves as in that driver.
//
// A policy belongs to a driver, not to one of its GPUs. GPUs of i915 and amdgpu
// differ by the page of the region; the policies of xe have the page of DG2.
//
// The CPU-visible part of a region is no matter of a policy: an object that the CPU
// must reach comes with the window [0, visible), which all drivers pass on as it is.
// That a manager counts what is left of the visible part, and refuses without a
// search, is in package ttm.
type Policy struct {
	Name string // good for [strategies.CheckName]; goes into benchmark names
	Doc  string // one sentence: blocks, table, and the source of these facts

	// Request returns the request that the driver makes of its allocator for an
	// object requested as r; of the region only the page counts. It rounds the
	// size up and sets Align, the smallest block, never below r.Align. Applying
	// it twice is the same as once. It leaves a size of 0, a size that overflows
	// when rounded, and an alignment that is no power of two to the allocator.
	Request func(r strategies.Request, region strategies.Region) strategies.Request

	// Refuses is the driver's own refusal of an object requested as r, which then
	// never comes to the allocator; it wraps [strategies.ErrInvalid]. It may be nil.
	Refuses func(r strategies.Request) error

	// Keeps is how many bytes the driver keeps of what it was granted for an object
	// requested as r: it trims the rest at once. It may be nil, for all.
	Keeps func(r strategies.Request, region strategies.Region) uint64

	Builder Builder // builds tables like the driver, at the same cost

	// MaxSegment is the longest segment in bytes at any alignment.
	MaxSegment uint32

	// VAAlign is the alignment of virtual addresses in bytes to use with
	// [MapCost]. It is 2 MiB for all policies, an assumption of the lab, so that
	// policies differ only in device memory: under amdgpu and xe, user space
	// picks the addresses.
	VAAlign uint64
}

// Options are the driver's options for the table of an object for which it made the
// request r.
func (p Policy) Options(r strategies.Request) Options {
	o := OptionsFor(r)
	o.MaxSegment = min(o.MaxSegment, p.MaxSegment)
	return o
}

// Policies lists all policies. A name with a version is the driver of that kernel; a name
// without is the newest that is known. What changed between the two stands at the
// policies.
func Policies() []Policy {
	return []Policy{policyI915(), policyAMDGPU(), policyXe611(), policyXe(), policyNouveau()}
}

// maxBlockTable is the longest segment of amdgpu and xe, in bytes: each block of the buddy
// is a segment, cut at 2 GiB.
const maxBlockTable = 2 << 30

// named returns the builder with that name. It panics if there is none.
func named(name string) Builder {
	b, ok := LookupBuilder(name)
	if !ok {
		panic("sgtable: a policy names the builder " + name + ", which does not exist")
	}
	return b
}

// wholeBlocks rounds the size up to a multiple of block, if block is a power of two
// and the result fits into 64 bits.
func wholeBlocks(r strategies.Request, block uint64) strategies.Request {
	if size := (r.Size + block - 1) &^ (block - 1); powerOfTwo(block) && size >= r.Size {
		r.Size = size
	}
	return r
}

// ceilPowerOfTwo is the smallest power of two not below n, which is at least 1 and at
// most 2^63.
func ceilPowerOfTwo(n uint64) uint64 { return 1 << bits.Len64(n-1) }

func powerOfTwo(n uint64) bool { return bits.OnesCount64(n) == 1 }
