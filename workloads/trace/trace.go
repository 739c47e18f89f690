// Package trace reads and writes the lab's own text format: a stream of
// allocations and frees on one region of device memory, with or without what
// an allocator answered.
//
// # Idea
//
// One format serves recorded traces, golden vectors and the placements that a
// run records, so that every stage of the lab can be read with less, cut with
// grep and compared with diff. Each line is an operation, what came of the one
// above it, or a comment. Fields are separated by one space, numbers are
// decimal bytes, lines end in a newline:
//
//	vramlab trace 1
//	# name: where the trace comes from
//	region 8589934592 page 4096
//	a 17 65536
//	= 4128768+32768 4161536+32768
//	s 4128768+65536
//	a 18 2097152 align=2097152 lo=0 hi=268435456 topdown contiguous clear
//	! ENOSPC
//	f 17
//	f 18 cleared
//
// The lines are:
//
//   - "vramlab trace 1" names the format and its version; it is the first line.
//   - "region SIZE page PAGE" is the next line that is not a comment. The
//     CPU-visible part of a region is not in a trace: the windows of its
//     requests show it.
//   - "# text" is a comment, anywhere after the first line.
//   - "a ID SIZE" allocates SIZE bytes as ID. Optional fields, in any order:
//     align=N (0 or absent: the page), lo=N and hi=N (together or not at all;
//     they make the request range-limited even when they span the region),
//     topdown, contiguous, clear.
//   - "f ID" frees; "f ID cleared" frees contents known to be zero.
//   - "= START+SIZE ..." is what was granted for the allocation above it, in
//     the order granted; "! ENOSPC" (or EINVAL, E2BIG) is how it was refused.
//   - "s START+SIZE ..." after a grant is the scatter-gather table built from it.
//
// Gzip and zstd are recognised by content; the name of a file decides nothing.
//
// # Invariants
//
// [Reader] checks what can be checked without an allocator, and [Writer]
// refuses to write what a Reader would not read:
//
//   - An id is live from its allocation to its free, whether that allocation
//     was granted or not, since a trace need not say. Allocating a live id and
//     freeing one that is not live are errors. Freeing an id that was refused
//     is legal and does nothing, as in the kernel's callers.
//   - A result comes right after its allocation, a table right after its grant;
//     only comments may stand between.
//   - Granted blocks are not empty and lie inside the region. Whether they are
//     large enough, aligned and free is for an allocator's checker to say.
//   - A size of 0 or an odd alignment is well-formed: refusing it is the
//     allocator's part.
//
// Anything else (an unknown or repeated field, a number over 64 bits, two
// spaces, a last line without its newline, a carriage return) is a
// [SyntaxError] with file, line and rule. Reading stops there: a replay that
// goes on after a skipped line does other work than what was recorded.
//
// # Complexity and limits
//
// Reading takes time linear in the bytes, some tens of nanoseconds a line, and
// no heap allocation per line. Memory is the longest line (a grant may have a
// hundred thousand extents; a line may have 64 MiB), a bit for each id that was
// counted up to, and a map entry for each live id out of that row.
//
// # Tried and rejected
//
//   - Giving the bitmap of live ids every id below 2^24 at once: a short trace
//     of random ids then spent its time clearing two megabytes. It doubles as
//     ids count up instead.
//   - Going on after an error, as benchmark readers do: one damaged line makes
//     every later free suspect, so the second message is noise.
//   - Accepting a last line without newline: a file cut off inside a number
//     then reads as a smaller number.
//   - Refusing a block only when it overflows 64 bits: every reader of
//     placements then needs its own check before it indexes by address.
package trace

import (
	"fmt"

	"github.com/vramlab/vramlab/strategies"
)

// Kind is what a line says; its value is the letter the line begins with.
type Kind byte

const (
	Alloc   Kind = 'a' // an allocation
	Free    Kind = 'f' // a free
	Granted Kind = '=' // the blocks granted for the allocation before it
	Refused Kind = '!' // the allocation before it was refused
	Table   Kind = 's' // the scatter-gather table of the grant before it
)

// String is the letter of the kind.
func (k Kind) String() string { return string(rune(k)) }

// Extent is a run of addresses, [Start, Start+Size), in bytes.
type Extent struct {
	Start, Size uint64
}

// String is the extent as it stands in a trace.
func (e Extent) String() string { return fmt.Sprintf("%d+%d", e.Start, e.Size) }

// Record is one line of a trace that is neither header nor comment. Which
// fields count depends on Kind; the others are zero.
type Record struct {
	Line    int                // number of the line in the unpacked file, from 1
	Kind    Kind               // what the line says
	Cleared bool               // Free: the contents are known to be zero
	ID      uint64             // Alloc, Free
	Req     strategies.Request // Alloc: Align is 0 when the line has none, Range is set when it has lo and hi
	Extents []Extent           // Granted, Table: never empty; overwritten by the next Scan
	Errno   string             // Refused: ENOSPC, EINVAL or E2BIG
}

// SyntaxError is a broken rule of the format, and where.
type SyntaxError struct {
	File string // the name given to [NewReader]
	Line int    // line of the unpacked file, from 1
	Msg  string // the rule, with what was found
}

// Error is FILE:LINE: MSG.
func (e *SyntaxError) Error() string { return fmt.Sprintf("%s:%d: %s", e.File, e.Line, e.Msg) }

// errnos are the refusals that a trace can name.
var errnos = [...]string{"ENOSPC", "EINVAL", "E2BIG"}
