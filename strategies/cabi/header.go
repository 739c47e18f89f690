package cabi

import (
	_ "embed"
	"unsafe"
)

// Header is vramlab.h, the C side of this package, as its text: what
// "vramlab list -header" prints.
//
//go:embed vramlab.h
var Header string

// The numbers of the header. A test reads both and compares.
const (
	abi = 2

	noSpace = -1
	invalid = -2
	tooBig  = -3
	noRoom  = -4
	noMem   = -5
	failed  = -6

	flagRange = 8
	cleared   = 1
	knownCaps = 1<<8 - 1
)

// The structs of the header.
type (
	cRegion struct{ size, page, visible uint64 }

	cRequest struct {
		size, align, lo, hi uint64
		flags, _            uint32
	}

	cBlock struct{ start, size uint64 }

	cCounters struct{ splits, merges, visits uint64 }

	cOp struct {
		request    cRequest
		slot, kind uint32
	}

	cCounts struct{ requests, refused, fallbacks, frees, blocks uint64 }

	cStrategy struct {
		_, _       uint32  // abi and size, looked at before the rest
		name, doc  uintptr // C strings
		caps       uint32
		reserved   uint32
		create     uintptr // from here on: functions
		destroy    uintptr
		alloc      uintptr
		free       uintptr
		freeBlocks uintptr
		counters   uintptr // or 0
		footprint  uintptr // or 0

		tableOpen, tableRun, tableDrain, tableCounts, tableClose, clockPS uintptr // or all 0

		trim, resetClear uintptr // or 0; since version 2
	}
)

// sizeOf is the size of the descriptor in a version of the header, 0 for one that this
// program does not speak.
func sizeOf(version uint32) uint32 {
	switch version {
	case 1:
		return uint32(unsafe.Offsetof(cStrategy{}.trim))
	case abi:
		return uint32(unsafe.Sizeof(cStrategy{}))
	}
	return 0
}
