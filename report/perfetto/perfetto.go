// Package perfetto writes a run as a trace that ui.perfetto.dev and chrome://tracing open,
// so that the state of memory can be looked at beside what else was traced.
//
// It is the JSON of the Trace Event Format: a process for each workload, in it the counters
// of each strategy and a thread with an instant for each request that it refused, with what
// that asked for. A viewer draws a counter for each name and unit of a process, so both are
// in the names of the tracks. Where a strategy refuses more than 20,000 requests of a workload,
// the first of them are drawn and the others are one instant with their number. Time is the operation, one a microsecond; for a trace that has times it is that of the recording.
package perfetto

import (
	"bufio"
	"encoding/json"
	"io"
	"math"

	"github.com/vramlab/vramlab/report/internal/rundir"
)

// event is one of the Trace Event Format.
type event struct {
	Name  string         `json:"name"`
	Phase string         `json:"ph"`
	Time  float64        `json:"ts"` // microseconds
	Pid   int            `json:"pid"`
	Tid   int            `json:"tid"`
	Scope string         `json:"s,omitempty"` // of an instant: t, its thread
	Args  map[string]any `json:"args,omitempty"`
}

// The phases of the format that are written.
const (
	metadata = "M"
	counter  = "C"
	instant  = "i"
)

// counters are what is drawn of each moment.
var counters = []struct {
	name, unit string
	of         func(m rundir.Moment) float64
}{
	{"live", "MiB", func(m rundir.Moment) float64 { return m.Live / (1 << 20) }},
	{"broken", "% of free memory outside whole 2 MiB pages", func(m rundir.Moment) float64 { return m.Broken }},
	{"broken", "MiB", func(m rundir.Moment) float64 { return m.Broken / 100 * m.Free / (1 << 20) }},
	{"largest hole", "MiB", func(m rundir.Moment) float64 { return m.Largest / (1 << 20) }},
}

// Write writes the run in the directory dir, a run directory. The error is that of w, or of
// a directory that holds no run; what of it cannot be read is left out.
func Write(w io.Writer, dir string) error {
	run, err := rundir.Read(dir)
	if err != nil {
		return err
	}
	out := &writer{buf: bufio.NewWriter(w)}
	out.text("{\"displayTimeUnit\":\"ns\",\"traceEvents\":[")
	for i, load := range run.Workloads {
		out.workload(i+1, load, run.Strategies)
	}
	out.text("\n]}\n")
	if out.err == nil {
		out.err = out.buf.Flush()
	}
	return out.err
}

// writer writes events, and keeps the first error.
type writer struct {
	buf      *bufio.Writer
	n        int
	instants int
	err      error
}

func (w *writer) text(s string) {
	if w.err == nil {
		_, w.err = w.buf.WriteString(s)
	}
}

func (w *writer) event(e event) {
	if w.err != nil {
		return
	}
	text, err := json.Marshal(e)
	if err != nil {
		w.err = err
		return
	}
	if w.n++; w.n > 1 {
		w.text(",")
	}
	w.text("\n" + string(text))
}

// workload writes one process.
func (w *writer) workload(pid int, load *rundir.Workload, strategies []string) {
	title := load.Name
	if load.Title != load.Name {
		title += ", " + load.Title
	}
	w.event(event{Name: "process_name", Phase: metadata, Pid: pid, Args: map[string]any{"name": title}})
	for s, strategy := range strategies {
		tid := s + 1
		moments := load.Moments[s]
		w.event(event{Name: "thread_name", Phase: metadata, Pid: pid, Tid: tid, Args: map[string]any{"name": strategy}})
		at := timesOf(moments)
		p := load.Placement(s)
		for i, m := range moments {
			if math.IsNaN(m.Live) && p != nil {
				m.Live = max(0, float64(p.Region.Managed())-m.Free)
			}
			for _, c := range counters {
				if v := c.of(m); !math.IsNaN(v) {
					w.event(event{Name: strategy + ": " + c.name, Phase: counter, Time: at(m.Op), Pid: pid, Tid: tid, Args: map[string]any{c.unit: v}})
				}
			}
			if !math.IsNaN(m.Refused) && i > 0 {
				w.event(event{Name: strategy + ": refused", Phase: counter, Time: at(m.Op), Pid: pid, Tid: tid, Args: map[string]any{"requests since the moment before": m.Refused}})
			}
		}
		if p != nil {
			w.refusals(p, pid, tid, at)
		}
	}
}

// timesOf is the time of an operation in microseconds: where every moment has the seconds
// of the recording, what lies between two moments is interpolated.
func timesOf(moments []rundir.Moment) func(op int) float64 {
	timed := len(moments) > 1
	for _, m := range moments {
		timed = timed && !math.IsNaN(m.Seconds)
	}
	if !timed {
		return func(op int) float64 { return float64(op) }
	}
	return func(op int) float64 {
		var before rundir.Moment
		for _, m := range moments {
			if m.Op >= op {
				share := float64(op-before.Op) / float64(max(m.Op-before.Op, 1))
				return 1e6 * (before.Seconds + share*(m.Seconds-before.Seconds))
			}
			before = m
		}
		return 1e6 * before.Seconds
	}
}
