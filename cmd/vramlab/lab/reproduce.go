package lab

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/vramlab/vramlab/workloads"
	"github.com/vramlab/vramlab/workloads/trace"
)

// writeTrace writes a workload up to a request for replay, and returns where. A
// workload that is a file is that file.
func (o *runOptions) writeTrace(args []string, workload string, requests uint64) (path string, err error) {
	c, err := o.plan(args)
	if err != nil {
		return "", err
	}
	files := append(slices.Clone(o.traces), args...)
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
		default:
			return errSecondAttempts
		}
	}
	return w.Flush()
}
