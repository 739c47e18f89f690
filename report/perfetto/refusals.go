package perfetto

import (
	"github.com/vramlab/vramlab/report/internal/rundir"
	"github.com/vramlab/vramlab/strategies"
)

// Bounds of the instants: a run may refuse every other request, and a viewer draws the first
// of them as well as all.
const (
	mostHere = 20_000  // of a strategy on a workload
	mostEver = 400_000 // of a run
)

// refusals writes an instant for each request that was refused, with what it asked for. They
// are read from the trace of the replay; a trace that cannot be read any more has none.
func (w *writer) refusals(p *rundir.Placement, pid, tid int, at func(op int) float64) {
	f, err := rundir.OpenPlacement(p.Path)
	if err != nil {
		return
	}
	defer f.Close()
	n, left, last := 0, 0, 0
	rundir.EachEvent(f.Reader, func(e *rundir.Event) { // an error: what was read until then stands
		switch {
		case e.Errno == "" || w.err != nil:
		case n >= mostHere || w.instants >= mostEver:
			if left++; left == 1 {
				last = e.Op
			}
		default:
			n++
			w.instants++
			w.event(event{Name: "refused: " + e.Errno, Phase: instant, Scope: "t", Time: at(e.Op), Pid: pid, Tid: tid, Args: asked(e)})
		}
	})
	if left > 0 {
		w.event(event{Name: "refused: more, not drawn", Phase: instant, Scope: "t", Time: at(last), Pid: pid, Tid: tid, Args: map[string]any{"requests": left}})
	}
}

// asked is what a request asked for.
func asked(e *rundir.Event) map[string]any {
	args := map[string]any{"operation": e.Op, "bytes": e.Req.Size}
	if e.Req.Align > 0 {
		args["align"] = e.Req.Align
	}
	if e.Req.Flags&strategies.Range != 0 {
		args["window from"], args["window to"] = e.Req.Lo, e.Req.Hi
	}
	if e.Req.Flags&strategies.Contiguous != 0 {
		args["contiguous"] = true
	}
	return args
}
