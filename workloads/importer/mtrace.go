package importer

import (
	"bytes"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/workloads/importer/capture"
	"github.com/vramlab/vramlab/workloads/importer/internal/field"
)

// mtrace is what glibc writes for a program that calls mtrace: a line "= Start", then one
// for each call, which may begin with the place of the caller, "@ PLACE".
//
//	@ PLACE + 0xPOINTER 0xSIZE    malloc
//	@ PLACE - 0xPOINTER           free
//	@ PLACE < 0xPOINTER           realloc: the old object,
//	@ PLACE > 0xPOINTER 0xSIZE    and the new one
//	@ PLACE ! 0xPOINTER 0xSIZE    a realloc that failed
var mtrace = capture.Format{
	Name:    "mtrace",
	Doc:     "glibc's mtrace; an object is one malloc",
	Granule: 16,
	Detect: func(head []byte) bool {
		return bytes.HasPrefix(head, []byte("= Start")) || bytes.HasPrefix(head, []byte("@ ")) && bytes.Contains(head, []byte("] + 0x"))
	},
	Read: readMtrace,
}

func readMtrace(in *capture.Input, c *capture.Capture) error {
	h := c.Heap("")
	for line := range in.Lines() {
		f := bytes.Fields(line)
		if len(f) == 0 || string(f[0]) == "=" {
			continue
		}
		if string(f[0]) == "@" && len(f) > 2 {
			f = f[2:]
		}
		if len(f[0]) != 1 {
			// A place may hold spaces, in a path. The call stands behind its address.
			if i := bytes.LastIndexByte(line, ']'); i >= 0 {
				f = bytes.Fields(line[i+1:])
			}
		}
		if err := mtraceCall(in, c, h, f); err != nil {
			return err
		}
	}
	return nil
}

// mtraceCall does the call of a line, of which the place is gone.
func mtraceCall(in *capture.Input, c *capture.Capture, h *capture.Heap, f [][]byte) error {
	var pointer, size uint64
	ok := len(f) >= 2
	if ok {
		pointer, ok = field.Number(f[1])
	}
	if ok && len(f) == 3 {
		size, ok = field.Number(f[2])
	}
	call := ""
	if ok {
		call = string(f[0])
	}
	switch {
	case call == "+" && len(f) == 3, call == ">" && len(f) == 3:
		h.Alloc(capture.Key{pointer}, strategies.Request{Size: size})
	case call == "-" && len(f) == 2, call == "<" && len(f) == 2:
		h.FreePointer(pointer)
	case call == "!":
		c.Drop("reallocations that failed")
	default:
		return in.Errorf("no call behind the place: one is \"+ 0xPOINTER 0xSIZE\", \"- 0xPOINTER\", \"< 0xPOINTER\" or \"> 0xPOINTER 0xSIZE\"")
	}
	return nil
}
