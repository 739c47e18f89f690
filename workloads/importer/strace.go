package importer

import (
	"errors"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/workloads/importer/capture"
	log "github.com/vramlab/vramlab/workloads/importer/internal/strace"
	"github.com/vramlab/vramlab/workloads/trace"
)

// strace is a log of the calls that change address spaces. All processes share one region,
// as they share the memory of the machine; a selection by process takes one of them.
var strace = capture.Format{
	Name:   "strace",
	Doc:    "the memory calls of a program, by strace -f; an object is an anonymous mapping or what one brk adds",
	Detect: log.Detect,
	Read: func(in *capture.Input, c *capture.Capture) error {
		err := log.Read(in.Lines(), &straced{c, c.Heap("")})
		var wrong *log.Error
		if errors.As(err, &wrong) {
			return in.ErrorAt(wrong.Line, "%s", wrong.Msg)
		}
		return err
	},
}

// straced has a capture record a log.
type straced struct {
	*capture.Capture
	h *capture.Heap
}

// Alloc, Free and Trim are those of log.Recorder.
func (s *straced) Alloc(id, size uint64) { s.h.Alloc(capture.Key{id}, strategies.Request{Size: size}) }
func (s *straced) Free(id uint64)        { s.h.Free(capture.Key{id}, false) }
func (s *straced) Trim(id, start, size uint64) {
	s.h.Trim(capture.Key{id}, trace.Extent{Start: start, Size: size})
}
