// Package reason holds why a strategy refused a request, or granted it in pieces: the
// facts ([Explanation]), the sentences that say them ([Explanation.Sentences]), the file
// of a run that keeps them ([Write], [Read]), and what can be found without an allocator,
// from where objects lie ([Look]).
//
// # Idea
//
// Three readers show the same explanation: the command, the end of a run, and the page.
// So the words are here and not in any of them. Whoever only has placements, such as the
// page of an old run, asks Look, which knows the geometry: what was free, which place the
// request could best have had, and what lay there. It claims nothing of what would have
// been granted. That takes a replay, which package explain does; it sets Proven.
//
// # Invariants
//
//   - Frees is empty unless a replay granted the request after these objects, and no
//     others, were freed just before it. Then Proven is set.
//   - Cheapest is set only if it is certain that no set of fewer bytes would do.
//   - Operations count from 1, as in a report. Addresses and sizes are bytes.
package reason

import (
	"github.com/vramlab/vramlab/strategies"
)

// Kind says by which rule a request was refused, or came in pieces.
type Kind string

// The kinds.
const (
	Invalid   Kind = "invalid"    // the request itself; Condition says which part of it
	TooBig    Kind = "too-big"    // for the region, ever
	Outside   Kind = "outside"    // the window lies outside the region
	Beyond    Kind = "beyond"     // larger than the window, or than the region, or of no bytes
	TooLittle Kind = "too-little" // less is free than it asks for
	OnePiece  Kind = "one-piece"  // it needs one free extent, and there is none
	OneBlock  Kind = "one-block"  // it needs one free block of Unit bytes at a multiple of that
	Several   Kind = "several"    // it needs Need free blocks of Unit bytes, each at a multiple of that, and Have are free
	OwnRules  Kind = "own-rules"  // memory was there
	Untold    Kind = "untold"     // the largest hole is too small, and the strategy's rule is not known
	Scattered Kind = "scattered"  // granted, in Segments pieces
	Granted   Kind = "granted"    // granted in one piece
)

// The conditions of an invalid request.
const (
	SizeZero    = "size-zero"    // no bytes
	SizePage    = "size-page"    // no multiple of the page
	AlignPower  = "align-power"  // no power of two of at least the page
	NoWindows   = "no-windows"   // a window, which the strategy does not take
	WindowPage  = "window-page"  // bounds that are no multiples of the page
	WindowAbove = "window-above" // ends above the region
	SizeRegion  = "size-region"  // larger than the region
	SizeWindow  = "size-window"  // larger than the window
	SizeAlign   = "size-align"   // no multiple of the alignment
	PowerRegion = "power-region" // rounded up to a power of two larger than the region; Unit is that
	ExactAlign  = "exact-align"  // an exact window that is not aligned
)

// Object is a live allocation.
type Object struct {
	ID    uint64      `json:"id"`
	Op    int         `json:"op"`    // that granted it
	Bytes uint64      `json:"bytes"` // granted, wherever they lie
	At    [][2]uint64 `json:"at"`    // [start, size] of what of it stands in the way, at most MostExtents
}

// Answer is what another strategy did at the same operation.
type Answer struct {
	Strategy string `json:"strategy"`
	What     string `json:"what"`               // GrantedIt, RefusedIt, NotAsked or NotFit
	Segments int    `json:"segments,omitempty"` // of a grant: pieces of memory that do not adjoin
	Errno    string `json:"errno,omitempty"`    // of a refusal
}

// What an [Answer] can be.
const (
	GrantedIt = "granted"
	RefusedIt = "refused"
	NotAsked  = "not-asked" // it had granted the first attempt, so that there was no second
	NotFit    = "not-fit"   // it cannot begin in the state that the operations begin in
)

// Explanation is one operation of one strategy, explained. Fields that do not belong to
// its Kind are zero.
type Explanation struct {
	Workload string `json:"workload"`
	Strategy string `json:"strategy"`
	Op       int    `json:"op"`
	ID       uint64 `json:"id"`

	Size  uint64 `json:"size"`
	Align uint64 `json:"align,omitempty"`
	Lo    uint64 `json:"lo,omitempty"`
	Hi    uint64 `json:"hi,omitempty"`
	Flags uint8  `json:"flags,omitempty"` // strategies.Flags

	Errno     string `json:"errno,omitempty"` // of the refusal; empty for a grant
	Kind      Kind   `json:"kind"`
	Condition string `json:"condition,omitempty"` // of an invalid request; empty if it is not known

	Page    uint64 `json:"page"`
	Managed uint64 `json:"managed"`
	Free    uint64 `json:"free"`    // in the addresses allowed
	Largest uint64 `json:"largest"` // hole there

	Unit    uint64      `json:"unit,omitempty"`    // OneBlock, Several
	Need    uint64      `json:"need,omitempty"`    // Several: blocks
	Have    uint64      `json:"have,omitempty"`    // Several: of them free
	Lacking [][2]uint64 `json:"lacking,omitempty"` // Several: [start, size] of the cheapest blocks to get that are not free, at most MostLacking
	Harder  bool        `json:"harder,omitempty"`  // OneBlock: the strategy also puts a run together, and found none
	Barred  bool        `json:"barred,omitempty"`  // OneBlock: it would, but for the window

	Place    [2]uint64 `json:"place"`              // [lo, hi) of the best place; 0, 0 if there is none
	Room     uint64    `json:"room,omitempty"`     // free in one piece there without the pins
	Pins     []Object  `json:"pins,omitempty"`     // what stands in it, ascending, at most MostPins
	NPins    int       `json:"npins,omitempty"`    // all of them
	PinBytes uint64    `json:"pinbytes,omitempty"` // whole
	Alike    int       `json:"alike,omitempty"`    // places that one object of the same size spoils alone, beside it

	Frees    []uint64 `json:"frees,omitempty"` // ids, ascending, at most MostFrees; see the package comment
	NFrees   int      `json:"nfrees,omitempty"`
	Freed    uint64   `json:"freed,omitempty"` // bytes of them
	Proven   bool     `json:"proven,omitempty"`
	Cheapest bool     `json:"cheapest,omitempty"`
	Hopeless bool     `json:"hopeless,omitempty"` // a replay refused it with nothing else live
	GaveUp   bool     `json:"gaveup,omitempty"`   // no frees were found in as many replays as were allowed

	Segments int    `json:"segments,omitempty"` // of a grant
	Blocks   int    `json:"blocks,omitempty"`   // of a grant
	Split    bool   `json:"split,omitempty"`    // Scattered: into as many pieces as powers of two make up the size, which are all that the strategy grants
	AsOne    string `json:"asone,omitempty"`    // Scattered: what the strategy answers if asked for one piece: GrantedIt or the errno

	Answers []Answer `json:"answers,omitempty"`
}

// What an explanation keeps of long lists.
const (
	MostPins    = 64
	MostExtents = 16
	MostFrees   = 4096
	MostLacking = 16
	mostAnswers = 64
)

// Request is what was asked.
func (x *Explanation) Request() strategies.Request {
	return strategies.Request{Size: x.Size, Align: x.Align, Lo: x.Lo, Hi: x.Hi, Flags: strategies.Flags(x.Flags)}
}

// Ask notes what was asked.
func (x *Explanation) Ask(r strategies.Request) {
	x.Size, x.Align, x.Lo, x.Hi, x.Flags = r.Size, r.Align, r.Lo, r.Hi, uint8(r.Flags)
}

// Weight ranks refusals by what they tell of memory: an invalid request tells nothing,
// one that is too large for the region little, and one that was refused although as
// much was free most.
func (x *Explanation) Weight() int {
	switch {
	case x.Errno == "EINVAL":
		return 0
	case x.Errno != "ENOSPC" || x.Kind == Beyond || x.Kind == Outside:
		return 1
	case x.Free < x.Size:
		return 2
	}
	return 3
}

// limited says that the request allowed only a part of the region.
func (x *Explanation) limited() bool {
	return strategies.Flags(x.Flags)&strategies.Range != 0 && (x.Lo > 0 || x.Hi > 0 && x.Hi < x.Managed)
}
