package rundir

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"

	"github.com/vramlab/vramlab/report/internal/text"
	"github.com/vramlab/vramlab/workloads/trace"
)

// readPlacements reads the directory of placement traces, which need not be
// there. Each trace is independent, so they are read on all processors.
func (r *Run) readPlacements(dir string) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		if !IsMissing(err) {
			r.Warnings.Add("%v", err)
		}
		return
	}
	found := make([]foundPlacement, len(entries))
	limit := make(chan struct{}, runtime.GOMAXPROCS(0))
	var wait sync.WaitGroup
	for i, e := range entries {
		if e.IsDir() || !strings.HasSuffix(e.Name(), ".trace.gz") {
			continue
		}
		wait.Go(func() {
			limit <- struct{}{}
			defer func() { <-limit }()
			found[i] = openPlacement(filepath.Join(dir, e.Name()))
		})
	}
	wait.Wait()
	for _, f := range found { // in the order of the names
		r.addPlacement(f)
	}
}

// foundPlacement is a trace with what its comments say about it.
type foundPlacement struct {
	path             string
	p                *Placement
	err              error
	name, title, doc string
	strategy         string
}

// errComments: a placement trace says in its comments whose it is.
var errComments = errors.New("no comments \"WORKLOAD: DOC\" and \"strategy: NAME\": the trace does not say whose placements it holds")

func openPlacement(path string) (f foundPlacement) {
	f.path = path
	t, err := trace.Open(path)
	if err != nil {
		f.err = err
		return f
	}
	defer t.Close()
	f.comments(t.Comments())
	f.p, f.err = ReadPlacement(t)
	if f.p != nil {
		f.p.Path = path
	}
	return f
}

// comments reads "WORKLOAD: DOC" (the first), "title: ..." and "strategy: ...".
func (f *foundPlacement) comments(lines []string) {
	for i, c := range lines {
		key, value, ok := strings.Cut(text.Clean(c), ": ")
		switch {
		case !ok:
		case key == "title":
			f.title = value
		case key == "strategy":
			f.strategy = value
		case i == 0:
			f.name, f.doc = key, value
		}
	}
}

// addPlacement files a trace under its workload and strategy. One that holds
// a strategy or a workload without a single result line is left out.
func (r *Run) addPlacement(f foundPlacement) {
	if f.path == "" {
		return
	}
	if f.err == nil && (f.name == "" || f.strategy == "") {
		r.Warnings.Add("%s: %v", f.path, errComments)
		return
	}
	if f.err != nil {
		r.Warnings.Add("%v", f.err)
		return
	}
	w, s := r.Workload(f.name), r.Strategies.Index(f.strategy)
	if w == nil || s < 0 {
		r.Warnings.Add("%s: placements of %s on %s, of which run.bench has no result", f.path, f.strategy, f.name)
		return
	}
	if f.title != "" {
		w.Title = f.title
	}
	w.doc = f.doc
	if w.Placed == nil {
		w.Placed = make([]*Placement, len(r.Strategies))
	}
	w.Placed[s] = f.p
}
