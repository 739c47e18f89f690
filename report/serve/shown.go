package serve

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"time"

	"github.com/vramlab/vramlab/bench/schema"
	"github.com/vramlab/vramlab/report"
)

// list is the page of all runs.
func (s *Server) list(w http.ResponseWriter, r *http.Request) error {
	l := s.walk()
	live := slices.ContainsFunc(l.Runs, func(v runView) bool { return v.State.Live() })
	return s.page(w, "list.html", http.StatusOK, struct {
		listing
		Live     bool
		Old, New string // chosen at first: the newest, and the one before it
	}{l, live, nth(l.Runs, 1), nth(l.Runs, 0)})
}

// nth is the name of a run that can be compared, the newest first.
func nth(runs []runView, n int) string {
	for _, v := range runs {
		if v.Err == "" {
			if n == 0 {
				return v.Name
			}
			n--
		}
	}
	return ""
}

// run is the page of a run.
func (s *Server) run(w http.ResponseWriter, r *http.Request) error {
	v, err := s.lookup(r)
	if err != nil {
		return err
	}
	var others []runView
	for _, o := range s.walk().Runs {
		if o.Name != v.Name && o.Err == "" {
			others = append(others, o)
		}
	}
	ctx, cancel := context.WithTimeout(r.Context(), briefly)
	defer cancel()
	found, reading := s.found(ctx, v)
	return s.page(w, "run.html", http.StatusOK, struct {
		runView
		Others  []runView
		Found   finding
		Reading bool
		Wait    bool // there is something to wait for
	}{v, others, found, reading, reading || v.State.Live()})
}

// briefly is how long a page waits for what the run has found before it is shown without.
const briefly = 1500 * time.Millisecond

// finding is what a run has found so far.
type finding struct {
	Headline string
	Verdicts []string
	Warnings []string
	Err      string

	at    time.Time
	round int
}

// AsOf is "as of round 3": a run that goes on may be in a later one than it was read in.
func (f finding) AsOf() string {
	if f.Headline == "" || f.round == 0 {
		return ""
	}
	return fmt.Sprintf("as of round %d", f.round)
}

// found is the newest finding of a run; reading says that a newer one is being made.
func (s *Server) found(ctx context.Context, v runView) (f finding, reading bool) {
	if err := s.readable(v); err != nil {
		return finding{Err: err.Error()}, false
	}
	if _, ok := find(v.files, string(schema.Results)); !ok {
		return finding{}, false
	}
	mark := stamp(v.files)
	old, ready := s.findings.last(v.Name)
	switch {
	case old != nil && !ready:
		mark = old.stamp // it is being made
	case old != nil && old.stamp != mark && v.State.Live() && !s.due(old.v, v):
		return old.v, false
	}
	it := s.findings.start(v.Name, mark, func() (finding, error) { return s.find(v) })
	select {
	case <-it.ready:
		if it.err != nil {
			return finding{Err: s.within(it.err)}, false
		}
		return it.v, false
	case <-ctx.Done():
		if ready {
			return old.v, true
		}
		return finding{}, true
	}
}

// due reports whether what a run that is going on has found is to be read again.
func (s *Server) due(old finding, v runView) bool {
	return s.now().Sub(old.at) >= s.again && (old.Err != "" || old.round != v.State.Round)
}

// find reads a run and judges it. An error is part of what was found: a run that has only
// begun holds nothing yet.
func (s *Server) find(v runView) (f finding, err error) {
	done, err := turn(context.Background(), s.work)
	if err != nil {
		return f, err
	}
	defer done()
	f.round = v.State.Round
	run, err := report.Load(s.disk(v))
	f.at = s.now()
	if err != nil {
		f.Err = s.within(err)
		return f, nil
	}
	f.Headline, f.Verdicts, f.Warnings = run.Headline(), run.Verdicts(), run.Warnings()
	return f, nil
}

// liveRun is what a page is told of a run while it waits.
type liveRun struct {
	Name     string   `json:"name"`
	Phase    string   `json:"phase"`
	Words    string   `json:"words"`
	Done     int      `json:"done"`
	Total    int      `json:"total"`
	ETA      string   `json:"eta"`
	Headline string   `json:"headline,omitempty"`
	AsOf     string   `json:"asof,omitempty"` // of what was found, where the run goes on
	Verdicts []string `json:"verdicts,omitempty"`
	Reading  bool     `json:"reading,omitempty"`
}

func liveOf(v runView) liveRun {
	return liveRun{Name: v.Name, Phase: v.State.Phase, Words: v.State.Words(), Done: v.State.Done, Total: v.State.Total, ETA: v.State.ETA()}
}

// listLive says how far the runs of the list are.
func (s *Server) listLive(w http.ResponseWriter, r *http.Request) error {
	out := struct {
		Runs []liveRun `json:"runs"`
	}{[]liveRun{}}
	for _, v := range s.walk().Runs {
		out.Runs = append(out.Runs, liveOf(v))
	}
	return sendJSON(w, out)
}

// runLive says how far a run is and what it has found.
func (s *Server) runLive(w http.ResponseWriter, r *http.Request) error {
	v, err := s.lookup(r)
	if err != nil {
		return err
	}
	now, cancel := context.WithCancel(r.Context())
	cancel() // it is asked again soon
	found, reading := s.found(now, v)
	out := liveOf(v)
	out.Headline, out.Verdicts, out.Reading = cmp.Or(found.Headline, found.Err), found.Verdicts, reading
	if v.State.Live() {
		out.AsOf = found.AsOf()
	}
	return sendJSON(w, struct {
		Runs []liveRun `json:"runs"`
	}{[]liveRun{out}})
}

func sendJSON(w http.ResponseWriter, v any) error {
	text, err := json.Marshal(v)
	if err == nil {
		send(w, "application/json", text)
	}
	return err
}

// mostReport is the bytes of a report.html that is shown as it stands.
const mostReport = 64 << 20

// report is the report of a run: the file that stands in its directory, if that is newer than
// all it was made of, else one that is made now and kept in memory.
func (s *Server) report(w http.ResponseWriter, r *http.Request) error {
	v, err := s.lookup(r)
	if err != nil {
		return err
	}
	if err := s.readable(v); err != nil {
		return err
	}
	var page []byte
	if f, ok := find(v.files, reportFile); ok && f.Size <= mostReport && current(v.files, f) {
		in, err := s.open(v.path(), f)
		if err != nil {
			return err
		}
		defer in.Close()
		if page, err = io.ReadAll(io.LimitReader(in, mostReport)); err != nil {
			return err
		}
	} else {
		page, err = s.reports.get(r.Context(), v.Name, stamp(v.files), func() ([]byte, error) { return s.render(v) })
		if errors.Is(err, context.Canceled) {
			return nil // nobody waits any more
		}
		if err != nil {
			return broken("This run cannot be reported: %s", s.within(err))
		}
	}
	sandbox(w)
	send(w, "text/html; charset=utf-8", page)
	return nil
}

// current reports whether a report is newer than all files of its run.
func current(files []file, report file) bool {
	return !slices.ContainsFunc(files, func(f file) bool { return f.Name != reportFile && f.Time.After(report.Time) })
}

// render makes the report of a run.
func (s *Server) render(v runView) ([]byte, error) {
	done, err := turn(context.Background(), s.work)
	if err != nil {
		return nil, err
	}
	defer done()
	run, err := report.Load(s.disk(v))
	if err != nil {
		return nil, err
	}
	return run.HTML()
}
