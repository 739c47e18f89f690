// Package trace reads and writes the lab's text format: a stream of allocations
// and frees on one region of device memory, with or without an allocator's
// answers.
//
// # Idea
//
// Recorded traces, golden vectors and the placements of a run have one format, so
// that the data of every stage can be read with less, filtered with grep and
// compared with diff. A line is an operation, the result of the operation above
// it, or a comment. Fields are separated by one space, sizes and addresses are
// decimal bytes, lines end in a newline:
//
//	vramlab trace 1
//	# name: where the trace comes from
//	region 8589934592 page 4096
//	l 0 0+16777216 20971520+4096
//	a 17 65536
//	= 4128768+32768 4161536+32768
//	s 4128768+65536
//	a 18 2097152 align=2097152 lo=0 hi=268435456 topdown contiguous clear
//	! ENOSPC
//	f 17
//	f 18 cleared
//	f 1
//	@ 16683350
//	r dirty
//	t 0 65536 start=4096
//	= 4096+65536
//
// The lines are:
//
//   - "vramlab trace 1" names the format and its version; it is the first line.
//   - "region SIZE page PAGE" is the next line that is not a comment. The
//     CPU-visible part of the region is not recorded: the windows of the requests
//     show it.
//   - "# text" is a comment, anywhere after the first line.
//   - "a ID SIZE" allocates SIZE bytes as ID. Optional fields, in any order:
//     align=N (0 or absent: the page), lo=N and hi=N (both or neither; they give
//     the request a window, even one that is the whole region), topdown,
//     contiguous, clear.
//   - "f ID" frees; "f ID cleared" frees memory known to be zero.
//   - "t ID SIZE" trims: of what ID was granted the first SIZE bytes stay, and the
//     rest is freed. With start=N they are those from N bytes behind its start on:
//     a distance, no address as the kernel's is, so that it means the same wherever a
//     strategy placed it. A start beyond the grant is EINVAL.
//   - "r dirty" or "r clear" resets: all memory that is free counts as dirty, or as
//     known to be zero, from now on. A driver does the former when it resumes.
//   - "@ NS" is the time of the operations below it, until the next such line: in
//     nanoseconds since the recording began. A trace need not have times.
//   - "l ID START+SIZE ..." are live extents of the state in which the trace begins, as
//     a dump of a heap or of its orders tells them. Each is an allocation with an id of
//     its own: ID, ID+1 and so on. An allocator is asked for exactly each extent, as a
//     window unless it can place one apart from requests. There may be several such
//     lines, before every other operation.
//   - "= START+SIZE ..." are the blocks granted for the allocation above it, in
//     the order granted, or those left by the trim above it; "! ENOSPC" (or EINVAL,
//     E2BIG) is the refusal.
//   - "s START+SIZE ..." after the grant of an allocation is the scatter-gather table
//     built from it.
//
// A [Reader] recognises gzip and zstd by content, not by file name.
//
// # Invariants
//
// [Reader] checks everything that needs no allocator, and [Writer] refuses to
// write what a Reader would not read:
//
//   - An id is live from its allocation to its free, granted or not, since a
//     trace need not have results. Allocating a live id and freeing one that is
//     not live are errors. Freeing an id that was refused is legal and does
//     nothing, as in the kernel.
//   - Trimming one that is not live is an error; trimming one that was refused does
//     nothing, and a trim that is refused changes nothing.
//   - Live extents are whole pages, and ascend without overlap over all lines: an
//     empty region has room for them, whatever the order.
//   - Times do not go back.
//   - A result line follows its allocation or trim, a table line the grant of an
//     allocation; only comments may stand between.
//   - Granted blocks are not empty and lie inside the region, so a reader of
//     placements may index by address. Whether they are large enough, aligned and
//     free only an allocator's checker can tell.
//   - A size of 0 or an odd alignment is well-formed; the allocator refuses it.
//
// Anything else (an unknown or repeated field, a number over 64 bits, two spaces,
// a last line without its newline, a carriage return) is a [SyntaxError] with
// file, line and rule.
//
// # Complexity and limits
//
// Reading takes time linear in the bytes and allocates nothing on the Go heap per line:
//
//	go test -run '^$' -bench . ./workloads/trace
//
// Memory is the longest line (at most 64 MiB, some two million extents), four bytes
// for each id below four million, and for each other live id up to 64 bytes of a table.
package trace

import (
	"fmt"

	"github.com/vramlab/vramlab/strategies"
)

// Kind is the kind of a line; its value is the letter that the line begins with.
type Kind byte

const (
	Alloc   Kind = 'a' // an allocation
	Free    Kind = 'f' // a free
	Trim    Kind = 't' // a trim
	Reset   Kind = 'r' // a reset of what is known of free memory
	Time    Kind = '@' // the time of what follows
	Live    Kind = 'l' // extents that are live when the trace begins
	Granted Kind = '=' // the blocks granted for the allocation above it, or left by the trim
	Refused Kind = '!' // the refusal of the allocation or trim above it
	Table   Kind = 's' // the scatter-gather table of the grant above it
)

// String is the letter of the kind.
func (k Kind) String() string { return string(rune(k)) }

// Extent is a run of addresses, [Start, Start+Size), in bytes.
type Extent struct {
	Start, Size uint64
}

// String is START+SIZE, as in a trace.
func (e Extent) String() string { return fmt.Sprintf("%d+%d", e.Start, e.Size) }

// Window is the request for exactly the extent: how a [Live] one is laid out.
func (e Extent) Window() strategies.Request {
	return strategies.Request{Size: e.Size, Lo: e.Start, Hi: e.Start + e.Size, Flags: strategies.Range}
}

// Record is one line of a trace that is neither header nor comment. Fields that do
// not belong to its Kind are zero.
//
// A slot is a small number in place of an id: from 0, with as many slots as ids were live
// at once, that freed last taken first. The extents of a state have consecutive slots.
type Record struct {
	Line    int                // number of the line in the decompressed file, from 1
	Kind    Kind               // which kind of line it is
	Cleared bool               // Free, Reset: the memory is known to be zero
	ID      uint64             // Alloc, Free, Trim; Live: of the first extent
	Slot    uint32             // Alloc, Free, Trim; Live: of the first extent
	Req     strategies.Request // Alloc: Align is 0 if the line has none, the flag Range is set if it has lo and hi
	Keep    Extent             // Trim: what stays, Start counted from the start of what was granted; may be empty or wrong
	Extents []Extent           // Live, Granted, Table: never empty; overwritten by the next Scan
	Time    uint64             // Time: nanoseconds since the recording began
	Errno   string             // Refused: ENOSPC, EINVAL or E2BIG
}

// SyntaxError says which rule of the format a trace breaks, and where. Reading
// stops there: after a skipped line every later free is suspect, and a replay of
// the rest would not be the work that was recorded.
type SyntaxError struct {
	File string // the name given to [NewReader]
	Line int    // number of the line in the decompressed file, from 1
	Msg  string // the rule, and what was found
}

// Error is FILE:LINE: MSG.
func (e *SyntaxError) Error() string { return fmt.Sprintf("%s:%d: %s", e.File, e.Line, e.Msg) }

// errnos are the refusals of a trace.
var errnos = [...]string{"ENOSPC", "EINVAL", "E2BIG"}
