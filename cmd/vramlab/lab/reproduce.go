package lab

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/vramlab/vramlab/bench"
	"github.com/vramlab/vramlab/workloads"
	"github.com/vramlab/vramlab/workloads/trace"
)

// traceFor is a file for replay with the operations of a workload of c up to a request.
// The last of the workloads are files already.
func traceFor(c bench.Config, files []string, workload string, requests uint64) (path string, err error) {
	for i, w := range c.Workloads {
		if w.Name != workload {
			continue
		}
		if at := i - (len(c.Workloads) - len(files)); at >= 0 {
			return files[at], nil
		}
		return writeRequests(w, w.Ops(c.Seed, c.Ops), requests)
	}
	return "", fmt.Errorf("no workload %q", workload)
}

// errSecondAttempts says that a workload is no trace before it has been replayed.
var errSecondAttempts = errors.New("a workload with second attempts depends on the answers")

// writeRequests writes the operations of w up to a request as a trace in a temporary
// directory.
func writeRequests(w workloads.Workload, ops []workloads.Op, requests uint64) (path string, err error) {
	dir, err := os.MkdirTemp("", "vramlab-")
	if err != nil {
		return "", err
	}
	path = filepath.Join(dir, w.Name+".trace")
	f, err := os.Create(path)
	if err != nil {
		return "", err
	}
	err = requestsTo(trace.NewWriter(f, w.Region, w.Name+": "+w.Doc), ops, requests)
	if e := f.Close(); err == nil {
		err = e
	}
	if err != nil {
		os.RemoveAll(dir)
	}
	return path, err
}

// requestsTo writes ops up to a request, and what is freed before the next one.
func requestsTo(w *trace.Writer, ops []workloads.Op, requests uint64) error {
	ids := make(map[uint32]uint64) // by slot
	workloads.WriteState(w, ops)
	for i := range ops {
		switch op := &ops[i]; op.Kind {
		case workloads.Alloc:
			if requests == 0 {
				return w.Flush()
			}
			requests--
			ids[op.Slot] = uint64(i)
			w.Alloc(uint64(i), op.Req)
		case workloads.Free, workloads.FreeCleared:
			w.Free(ids[op.Slot], op.Kind == workloads.FreeCleared)
		case workloads.Live:
			ids[op.Slot] = uint64(i)
		case workloads.Trim, workloads.ResetDirty, workloads.ResetClear:
			workloads.WriteKeep(w, ids[op.Slot], op)
		default:
			return errSecondAttempts
		}
	}
	return w.Flush()
}
