// Package strategies is the vocabulary of the lab: what a region of device
// memory is, what a driver asks of it, what an allocator answers, and how a
// placement strategy presents itself to everything that measures it.
//
// # Idea
//
// A kernel driver that manages video memory does three things with its
// allocator: it asks for a number of bytes under a few conditions (a window of
// addresses, an alignment, contiguous or not, from the top or not), it turns
// what it got into a scatter-gather table, and later it gives exactly that
// back. [Allocator] is those three things and nothing else. A [Strategy] is a
// name and a constructor: a plain value that tools list, documents quote and
// tests run. What only some allocators can do (count events, check themselves,
// tell how much memory their bookkeeping takes) is an optional interface that
// [As] asks for, so the contract stays small.
//
// # Invariants
//
//   - Everything is in bytes, every range is half open: [Start, Start+Size).
//   - The managed size of a region is its size rounded down to the page. Live
//     blocks and free blocks tile it: no overlap, no gap, at any time between
//     two calls.
//   - Allocators are deterministic: the same calls give the same placements.
//   - Allocators are not safe for concurrent use. Locking is done by a wrapper,
//     since whether the lock or the search costs more is one of the questions.
//
// [Checked] puts any strategy under a shadow model that holds it to this
// contract and panics with a [Violation] when it breaks a rule.
package strategies

import (
	"errors"
	"fmt"
	"iter"
	"math/bits"
	"strings"
)

// Region describes the device memory that one allocator manages. Requests for
// whole pages are granted in whole pages; a strategy that works in the kernel's
// pages may round other requests to [MinPage] instead.
type Region struct {
	Size    uint64 // bytes; a rest behind the last whole page is not managed
	Page    uint64 // unit of allocation, a power of two, at least [MinPage]
	Visible uint64 // bytes from address 0 that the CPU can reach (a small BAR); 0 means all
}

// MinPage is the smallest page of a region: the kernel's own page. Drivers
// choose the same or more (64 KiB on some discrete GPUs).
const MinPage = 4096

// Managed is the number of bytes an allocator hands out: Size rounded down to
// the page.
func (r Region) Managed() uint64 { return r.Size &^ (r.Page - 1) }

// Validate reports the first rule that the region breaks, wrapping
// [ErrInvalid], or nil.
func (r Region) Validate() error {
	switch {
	case r.Page < MinPage || bits.OnesCount64(r.Page) != 1:
		return fmt.Errorf("%w region: page %d is not a power of two of at least %d", ErrInvalid, r.Page, MinPage)
	case r.Size < r.Page:
		return fmt.Errorf("%w region: size %d is less than a page of %d", ErrInvalid, r.Size, r.Page)
	case r.Visible > r.Size:
		return fmt.Errorf("%w region: visible part %d exceeds the size %d", ErrInvalid, r.Visible, r.Size)
	}
	return nil
}

// String is the region in the words of the trace format.
func (r Region) String() string {
	s := fmt.Sprintf("region %d page %d", r.Size, r.Page)
	if r.Visible != 0 {
		s += fmt.Sprintf(", of which %d visible", r.Visible)
	}
	return s
}

// Flags are the conditions of a [Request] that are either set or not.
type Flags uint8

const (
	// TopDown asks for high addresses first: drivers put what the CPU never
	// touches there, to keep the visible part free.
	TopDown Flags = 1 << iota
	// Contiguous asks for one run of addresses: the blocks granted ascend and
	// adjoin. Scan-out buffers and firmware need it.
	Contiguous
	// Clear prefers memory known to be zero. It is a preference: dirty memory
	// is granted when no cleared memory is left.
	Clear
	// Range limits the request to [Lo, Hi), even when that spans the region:
	// drm_buddy takes another path as soon as its range flag is set.
	Range
)

// Request is one allocation as a driver states it.
type Request struct {
	Size  uint64 // bytes; strategies that work in pages round it up
	Align uint64 // start alignment and, for a buddy, smallest block; 0 = the page
	// The window [Lo, Hi) counts only with Range. Bounds that are not multiples
	// of the page may be rounded down, and a Hi that is or becomes 0 is no limit.
	// A window that reaches past the region is refused or cut.
	Lo, Hi uint64
	Flags  Flags
}

// String is the request in the words of the trace format.
func (r Request) String() string {
	s := fmt.Sprintf("%d bytes", r.Size)
	if r.Align != 0 {
		s += fmt.Sprintf(" align=%d", r.Align)
	}
	if r.Flags&Range != 0 {
		s += fmt.Sprintf(" lo=%d hi=%d", r.Lo, r.Hi)
	}
	for _, f := range []struct {
		flag Flags
		name string
	}{{TopDown, " topdown"}, {Contiguous, " contiguous"}, {Clear, " clear"}} {
		if r.Flags&f.flag != 0 {
			s += f.name
		}
	}
	return s
}

// Block is one run of addresses granted by an [Allocator], or one it has free.
type Block struct {
	Start, Size uint64 // bytes
	// Node belongs to the allocator that granted the block: Free finds its
	// bookkeeping by it without a search. Callers keep it as it is.
	Node uint32
}

// End is the first address behind the block.
func (b Block) End() uint64 { return b.Start + b.Size }

// String is the block as it stands in a trace: START+SIZE, in bytes.
func (b Block) String() string { return fmt.Sprintf("%d+%d", b.Start, b.Size) }

// Blocks is a list of blocks that prints as in a trace.
type Blocks []Block

// String is the blocks with spaces between, the first few of a long list, and
// "nothing" for none.
func (l Blocks) String() string {
	const most = 16
	if len(l) == 0 {
		return "nothing"
	}
	var s strings.Builder
	for i, b := range l[:min(len(l), most)] {
		if i > 0 {
			s.WriteByte(' ')
		}
		s.WriteString(b.String())
	}
	if len(l) > most {
		fmt.Fprintf(&s, " and %d more", len(l)-most)
	}
	return s.String()
}

// Allocator places requests in one region. It is not safe for concurrent use.
//
// Tried and rejected: handles instead of blocks (the allocator keeps the block
// list, the caller an integer): every table construction then starts with a look-up
// that no driver pays. One block per call instead of a list: a buddy that scatters
// would need its request loop outside, where it could not be measured.
type Allocator interface {
	// Alloc appends the blocks granted for r to dst, in the order granted, and
	// returns the extended slice. They are at least r.Size bytes, inside the
	// window, and (with Contiguous) ascend without a gap. Every maximal run of
	// adjoining blocks starts at a multiple of r.Align, perhaps rounded down to
	// the page or to MinPage. A contiguous request smaller than its alignment is
	// aligned only to the largest power of two not above Size: drm_buddy lowers its
	// minimum block to the size.
	//
	// 0 bytes are always refused. A refusal is [ErrNoSpace] (the expected one,
	// never wrapped: a full region must be as cheap to measure as an empty one),
	// [ErrInvalid] or [ErrTooBig] (perhaps wrapped with the rule). Then dst is
	// returned unchanged and the same memory is free as before the call. Later
	// placements may differ, as in the kernel: a refused attempt reorders the
	// lists of the 2021 buddy, and makes drm_buddy merge clear memory with dirty.
	//
	// The allocator keeps no reference to dst. In a steady state of Alloc and
	// Free it allocates nothing on the Go heap but what dst needs to grow.
	Alloc(dst []Block, r Request) ([]Block, error)

	// Free takes back exactly the blocks of one Alloc, unchanged and in the
	// order granted. Anything else (a part, a mixture, twice, never granted,
	// nothing) is a bug of the caller: Free panics with a sentence and changes
	// nothing.
	Free(blocks []Block)

	// FreeBlocks yields the free blocks as the allocator sees them, in any order;
	// neighbours need not be merged. It is for metrics and checks and is never
	// timed. The allocator must not be used while it runs.
	FreeBlocks() iter.Seq[Block]
}

// Caps says what a strategy can do: what a conformance kit may demand and what a
// report may compare.
type Caps uint16

const (
	// CapScatter: a request without Contiguous may be granted as several
	// blocks, and is refused only for lack of free memory. Without it the
	// blocks of a grant always ascend without a gap.
	CapScatter Caps = 1 << iota
	// CapWindow: Range requests are honoured.
	CapWindow
	// CapTopDown: TopDown prefers high addresses (it is a preference, not a rule).
	CapTopDown
	// CapAnyAlign: alignments that are not powers of two are honoured too.
	CapAnyAlign
	// CapPow2Blocks: every block granted is a power of two of pages at a
	// multiple of its own size.
	CapPow2Blocks
	// CapClear: each allocator is a [ClearFreer] and prefers cleared memory for
	// Clear requests.
	CapClear
	// CapRoundUp: a grant may exceed the request by more than one alignment
	// (a power-of-two allocator keeps the surplus until Free).
	CapRoundUp
	// CapMisalignedWindow is a known deviation rather than an ability: a request
	// that is smaller than its alignment and lies in a window may be granted
	// aligned to its size only, as Linux 7.1 does ([MisalignedInWindow]).
	CapMisalignedWindow
)

// Has reports whether c includes all of want.
func (c Caps) Has(want Caps) bool { return c&want == want }

// capNames are the names of the bits, from the lowest.
var capNames = [...]string{"scatter", "window", "topdown", "anyalign", "pow2blocks", "clear", "roundup", "misalignedwindow"}

// String is the names of the caps with commas between, and "none" for none.
func (c Caps) String() string {
	var names []string
	for i, name := range capNames {
		if c.Has(1 << i) {
			names = append(names, name)
		}
	}
	if c >>= len(capNames); c != 0 {
		names = append(names, fmt.Sprintf("%#x", uint16(c)<<len(capNames)))
	}
	if len(names) == 0 {
		return "none"
	}
	return strings.Join(names, ",")
}

// Strategy is a way to place requests, as a value that tools can list.
type Strategy struct {
	Name string // unique, and good for [CheckName]; goes into benchmark names
	Doc  string // one sentence: the policy, and where it is used in the wild
	Caps Caps
	// Models is the kernel whose placements it reproduces, "Linux 7.1"; "" for none.
	// It says what a name that moves on with the kernel means today.
	Models string
	// New makes an empty allocator for the region, or says what is wrong with
	// the region (wrapping ErrInvalid).
	New func(Region) (Allocator, error)
	// Params are the choices in how it is made; most strategies have none. [Strategy.With]
	// chooses.
	Params []Param
	// Choose changes a copy of the strategy to these values, one for each of Params. What
	// name and Doc it has is decided by With.
	Choose func(s *Strategy, values map[string]string)
}

// The ways a request is refused, with the kernel's names for them.
//
// Tried and rejected: an error wrapped with its request on every refusal. A full
// region refuses thousands of requests a second, and the wrapping (an allocation and
// a format) cost more than the search that failed. Whoever holds the request adds it
// to the message.
var (
	ErrNoSpace = errors.New("no space") // ENOSPC: nothing free fits
	ErrInvalid = errors.New("invalid")  // EINVAL: the request makes no sense to this allocator
	ErrTooBig  = errors.New("too big")  // E2BIG: larger than the region can ever grant
)

// Errno is the kernel's name for a refusal, as it stands in a trace after "!";
// it is empty for an error that is none of the three.
func Errno(err error) string {
	switch {
	case errors.Is(err, ErrNoSpace):
		return "ENOSPC"
	case errors.Is(err, ErrInvalid):
		return "EINVAL"
	case errors.Is(err, ErrTooBig):
		return "E2BIG"
	}
	return ""
}

// CheckName reports why name cannot be part of a benchmark name. Strategies,
// workloads and builders are named by this rule. (A dash and digits would read as
// GOMAXPROCS.)
func CheckName(name string) error {
	for i, c := range name {
		lower, other := c >= 'a' && c <= 'z', c >= '0' && c <= '9' || c == '_' || c == '.'
		if !lower && (i == 0 || !other) {
			return fmt.Errorf("name %q: %q at %d: only a-z, 0-9, _ and ., beginning with a letter, since it becomes part of a benchmark name", name, c, i)
		}
	}
	if name == "" {
		return errors.New("name is empty")
	}
	return nil
}

// Validate checks a list of strategies before anything runs: names well formed
// and unique, every field filled.
func Validate(list ...Strategy) error {
	seen := make(map[string]bool, len(list))
	for _, s := range list {
		err := CheckName(s.Name)
		switch {
		case err != nil:
			return fmt.Errorf("strategy %w", err)
		case seen[s.Name]:
			return fmt.Errorf("strategy %s: the name occurs twice", s.Name)
		case s.Doc == "":
			return fmt.Errorf("strategy %s: no Doc", s.Name)
		case s.New == nil:
			return fmt.Errorf("strategy %s: no New", s.Name)
		}
		if err := s.checkParams(); err != nil {
			return fmt.Errorf("strategy %s: %w", s.Name, err)
		}
		seen[s.Name] = true
	}
	return nil
}
