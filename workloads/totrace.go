package workloads

import "github.com/vramlab/vramlab/workloads/trace"

// statePerLine is the number of live extents on a line: few lines, and none too long to
// look at the file with other tools.
const statePerLine = 1 << 14

// WriteState writes the state in which ops begin to w. The id of an extent is the number
// of its operation.
func WriteState(w *trace.Writer, ops []Op) {
	n := State(ops)
	var line []trace.Extent
	for i := range ops[:n] {
		line = append(line, trace.Extent{Start: ops[i].Req.Lo, Size: ops[i].Req.Size})
		if len(line) == statePerLine || i == n-1 {
			w.Live(uint64(i+1-len(line)), line)
			line = line[:0]
		}
	}
}

// WriteKeep writes op, a Trim or a reset, to w; id is what the slot holds.
func WriteKeep(w *trace.Writer, id uint64, op *Op) {
	if op.Kind == Trim {
		w.Trim(id, trace.Extent{Start: op.Req.Lo, Size: op.Req.Size})
	} else {
		w.Reset(op.Kind == ResetClear)
	}
}
