package importer

import (
	"bytes"
	"strings"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/workloads/importer/capture"
	"github.com/vramlab/vramlab/workloads/importer/internal/field"
)

// rmm is what a logging_resource_adaptor of RMM (RAPIDS) writes, one line for a call:
//
//	Thread,Time,Action,Pointer,Size,Stream
//	3176,13:32:46.000002,allocate,0x7f8a40000000,1048576,0x0
//	3176,13:32:47.103218,allocate failure,(nil),8589934592,0x0
//	3176,13:32:47.210004,free,0x7f8a40000000,1048576,0x0
//
// A process is a thread here. The time is one of the day, and may go past midnight.
var rmm = capture.Format{
	Name:    "rmm",
	Doc:     "a log of RMM's logging resource adaptor (CSV); an object is one allocation; -process picks a thread",
	Granule: 256,
	Detect: func(head []byte) bool {
		return field.Columns(field.FirstCells(head), rmmColumns...)[0] == 0
	},
	Read: readRMM,
}

var rmmColumns = []string{"Thread", "Time", "Action", "Pointer", "Size", "Stream"}

func readRMM(in *capture.Input, c *capture.Capture) error {
	h := c.Heap("")
	var clock field.DayClock
	var f [][]byte
	for line := range in.Lines() {
		if len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		f = field.Cells(f, line)
		if strings.EqualFold(string(f[0]), rmmColumns[0]) {
			continue // the head, which each of several logs has
		}
		if len(f) < len(rmmColumns) {
			return in.Errorf("%q has %d cells, where Thread,Time,Action,Pointer,Size,Stream are expected", line, len(f))
		}
		at, ok := clock.Read(f[1])
		if !ok {
			return in.Errorf("%q is no time of the day as 13:32:46.000002", f[1])
		}
		pointer, ok := field.Pointer(f[3])
		if !ok {
			return in.Errorf("%q is no pointer", f[3])
		}
		size, ok := field.Number(f[4])
		if !ok {
			return in.Errorf("%q is no number of bytes", f[4])
		}
		c.At(at)
		c.By(string(f[0]), string(f[5]))
		switch string(f[2]) {
		case "allocate":
			h.Alloc(capture.Key{pointer}, strategies.Request{Size: size})
		case "free":
			h.FreePointer(pointer)
		case "allocate failure":
			c.Note("requests that failed, out of memory")
			h.Fail(strategies.Request{Size: size}, strategies.ErrNoSpace)
		default:
			return in.Errorf("%q is no action: one is allocate, free or allocate failure", f[2])
		}
	}
	return nil
}
