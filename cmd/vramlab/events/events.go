// Package events is what run -json writes for programs: one JSON object a line.
package events

import (
	"encoding/json"
	"io"
	"sync"
	"time"

	"github.com/vramlab/vramlab/bench"
	"github.com/vramlab/vramlab/report"
	"github.com/vramlab/vramlab/report/change"
)

// Events writes an object a line. The methods of nil do nothing. Names of events and of their fields never change once released.
type Events struct {
	mu sync.Mutex
	w  io.Writer
}

// New writes events to w.
func New(w io.Writer) *Events { return &Events{w: w} }

// write writes an event.
func (e *Events) write(event any) {
	if e == nil {
		return
	}
	line, err := json.Marshal(event)
	if err != nil {
		panic(err) // no event holds what JSON cannot say
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.w.Write(append(line, '\n')) // fails only if nobody listens
}

// Start says what is measured, once the files are there.
func (e *Events) Start(dir string, strategies, workloads []string, samples int, skipped []string) {
	e.write(struct {
		Event      string   `json:"event"`
		Dir        string   `json:"dir"`
		Strategies []string `json:"strategies"`
		Workloads  []string `json:"workloads"`
		Samples    int      `json:"samples"`
		Skipped    []string `json:"skipped"` // experiments
	}{"start", dir, array(strategies), array(workloads), samples, array(skipped)})
}

// Step says how far the run is.
func (e *Events) Step(p bench.Progress) {
	var eta *float64
	if p.Left > 0 || p.Done == p.Total {
		s := p.Left.Round(100 * time.Millisecond).Seconds()
		eta = &s
	}
	e.write(struct {
		Event string   `json:"event"`
		Phase string   `json:"phase"`
		Done  int      `json:"done"`
		Total int      `json:"total"`
		What  string   `json:"what"`
		ETA   *float64 `json:"eta_s"` // seconds to the end of the run; null while unknown
	}{"step", p.Phase.String(), p.Done, p.Total, p.What, eta})
}

// Warning says what is left out, or was wrong with the files of the run.
func (e *Events) Warning(message string) {
	e.write(struct {
		Event   string `json:"event"`
		Message string `json:"message"`
	}{"warning", message})
}

// Gate says how the run differs from a baseline, and what rules say of that; o is nil
// without rules. A rule that holds has no finding.
func (e *Events) Gate(t *change.Table, o *change.Outcome) {
	gate := struct {
		Event    string    `json:"event"`
		Baseline string    `json:"baseline"` // path
		Summary  string    `json:"summary"`
		Code     int       `json:"exit_code"` // 0: all rules hold, 1: one is violated, 2: one could not be judged
		Rows     int       `json:"rows"`      // that a rule was applied to
		Findings []finding `json:"findings"`
	}{Event: "gate", Baseline: t.Old.Path, Summary: t.Summary(), Findings: []finding{}}
	if o != nil {
		gate.Code, gate.Rows = o.Code(), o.Held
		for _, f := range o.Violated {
			gate.Findings = append(gate.Findings, found(f, "violated"))
		}
		for _, f := range o.Unjudged {
			gate.Findings = append(gate.Findings, found(f, "not judged"))
		}
		for _, f := range o.Coarse {
			gate.Findings = append(gate.Findings, found(f, "not judged"))
		}
		for _, u := range o.Unused {
			gate.Findings = append(gate.Findings, finding{Rule: u.Rule.Text, Outcome: "not judged", Message: u.Why})
		}
	}
	e.write(gate)
}

// finding is a rule that does not hold of a row; of a rule about no row it has none.
type finding struct {
	Rule    string   `json:"rule"`
	Outcome string   `json:"outcome"` // violated, or not judged
	Bench   string   `json:"benchmark"`
	Unit    string   `json:"unit"`
	Old     *float64 `json:"old"` // null: the run does not have it
	New     *float64 `json:"new"`
	Message string   `json:"message"`
}

func found(f change.Finding, outcome string) finding {
	out := finding{Rule: f.Rule.Text, Outcome: outcome, Bench: f.Row.Name(), Unit: f.Row.Unit, Message: f.Text}
	if f.Row.N1 > 0 {
		out.Old = &f.Row.Old
	}
	if f.Row.N2 > 0 {
		out.New = &f.Row.New
	}
	return out
}

// End says what was found.
func (e *Events) End(run *report.Run, path string) {
	for _, w := range run.Warnings() {
		e.Warning(w)
	}
	e.write(struct {
		Event    string   `json:"event"`
		Report   string   `json:"report"` // path; empty: it could not be written
		Headline string   `json:"headline"`
		Verdicts []string `json:"verdicts"`
		Growth   []string `json:"growth"`
		Scope    string   `json:"scope"`
	}{"end", path, run.Headline(), array(run.Verdicts()), array(run.Scaling()), run.Scope()})
}

// Fail says why the program fails.
func (e *Events) Fail(message string, code int) {
	e.write(struct {
		Event   string `json:"event"`
		Message string `json:"message"`
		Code    int    `json:"exit_code"`
	}{"error", message, code})
}

// array is a list that JSON writes as one also when it is empty.
func array(list []string) []string { return append([]string{}, list...) }
