package rundir

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"

	"github.com/vramlab/vramlab/bench/schema"
	"github.com/vramlab/vramlab/report/internal/text"
	"github.com/vramlab/vramlab/workloads/reason"
)

// readPlacements reads the directory of placement traces, which need not be
// there. Each trace is independent, so they are read on all processors.
func (r *Run) readPlacements(dir string) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		r.unread(schema.Placements+"/", err)
		return
	}
	entries = slices.DeleteFunc(entries, func(e os.DirEntry) bool {
		return e.IsDir() || !strings.HasSuffix(e.Name(), ".trace.gz")
	})
	if len(entries) > mostTraces {
		r.Warnings.Add("%s: holds %s traces; those behind the first %s were not read", dir, text.Count(len(entries)), text.Count(mostTraces))
		entries = entries[:mostTraces]
	}
	found := make([]foundPlacement, len(entries))
	limit := make(chan struct{}, min(4, runtime.GOMAXPROCS(0))) // each may hold mostLive blocks
	var wait sync.WaitGroup
	for i, e := range entries {
		wait.Go(func() {
			limit <- struct{}{}
			defer func() { <-limit }()
			found[i] = r.openPlacement(filepath.Join(dir, e.Name()))
		})
	}
	wait.Wait()
	slices.SortStableFunc(found, func(a, b foundPlacement) int { // those named as a run names them first
		switch {
		case a.named() == b.named():
			return 0
		case a.named():
			return -1
		}
		return 1
	})
	for _, f := range found {
		r.addPlacement(f)
	}
	r.tellTitlesApart()
}

// tellTitlesApart adds the name to the titles that several workloads have: of traces, for
// one, two may call themselves alike.
func (r *Run) tellTitlesApart() {
	count := make(map[string]int)
	for _, w := range r.Workloads {
		count[w.Title]++
	}
	for _, w := range r.Workloads {
		if count[w.Title] > 1 && w.Title != w.Name {
			w.Title += " (" + w.Name + ")"
		}
	}
}

// foundPlacement is a trace with what its comments say about it.
type foundPlacement struct {
	path             string
	p                *Placement
	err              error
	name, title, doc string
	strategy         string
	facts            Facts
}

// errComments: a placement trace says in its comments whose it is.
var errComments = errors.New("no comments \"WORKLOAD: DOC\" and \"strategy: NAME\": the trace does not say whose placements it holds")

// named reports whether the file has the name that a run gives to what it holds.
func (f foundPlacement) named() bool {
	return filepath.Base(f.path) == schema.PlacementFile(f.name, f.strategy)
}

func (r *Run) openPlacement(path string) (f foundPlacement) {
	f.path = path
	t, err := OpenPlacement(path)
	if err != nil {
		f.err = err
		return f
	}
	defer t.Close()
	f.comments(t.Comments())
	if f.err = r.unwanted(f); f.err != nil {
		return f
	}
	f.p, f.err = readPlacement(t.Reader, r.Workload(f.name).Moments[r.Strategies.Index(f.strategy)])
	if f.p != nil {
		f.p.Path = path
	}
	return f
}

// unwanted says why the operations of a trace need not be read.
func (r *Run) unwanted(f foundPlacement) error {
	switch how := r.otherRun(f.facts); {
	case f.name == "" || f.strategy == "":
		return errComments
	case r.Workload(f.name) == nil || r.Strategies.Index(f.strategy) < 0:
		return fmt.Errorf("placements of %s on %s, of which run.bench has no result", f.strategy, f.name)
	case how != "":
		return fmt.Errorf("is of another run and left out: %s", how)
	}
	return nil
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
		case key == string(schema.FactSeed):
			f.facts = append(f.facts, Field{key, value})
		case i == 0:
			f.name, f.doc = key, value
		}
	}
}

// addPlacement files a trace under its workload and strategy.
func (r *Run) addPlacement(f foundPlacement) {
	if f.err != nil {
		r.Warnings.leaveOut("%v", naming(f.path, f.err))
		return
	}
	if how := r.otherOperations(f); how != "" {
		r.Warnings.leaveOut("%s: is of another run and left out: %s", f.path, how)
		return
	}
	w, s := r.Workload(f.name), r.Strategies.Index(f.strategy)
	if w.Placed == nil {
		w.Placed = make([]*Placement, len(r.Strategies))
	}
	if w.Placed[s] != nil {
		r.Warnings.leaveOut("%s: holds what %s holds, and is left out", f.path, w.Placed[s].Path)
		return
	}
	if f.title != "" {
		w.Title = f.title
	}
	w.doc = f.doc
	w.Placed[s] = f.p
}

// readExplanations files what the run says of refusals under their placements. A run that
// was stopped, or made by an old version, has no such file, which is no news. Of a
// replay without explanations nothing was refused, as far as the file goes.
func (r *Run) readExplanations(path string) {
	all, err := reason.Read(path, r.Warnings.Add)
	if errors.Is(err, fs.ErrNotExist) {
		return
	}
	if err != nil {
		r.Warnings.Add("%v", naming(path, err))
		return
	}
	for _, x := range all {
		w, s := r.Workload(text.Clean(x.Workload)), r.Strategies.Index(text.Clean(x.Strategy))
		if w == nil || s < 0 || w.Placement(s) == nil || x.Op > w.Placement(s).Ops || x.Managed != w.Placement(s).Region.Managed() {
			r.Warnings.tally("explanations of what was not placed")
			continue
		}
		p := w.Placement(s)
		p.Why = append(p.Why, x)
	}
	r.Warnings.addTallies(path)
	for _, w := range r.Workloads {
		for _, p := range w.Placed {
			if p != nil {
				slices.SortStableFunc(p.Why, func(a, b *reason.Explanation) int { return a.Op - b.Op })
				p.Why = slices.CompactFunc(p.Why, func(a, b *reason.Explanation) bool { return a.Op == b.Op })
			}
		}
	}
}

// naming puts the file before an error that does not name it.
func naming(path string, err error) error {
	if strings.HasPrefix(err.Error(), path) {
		return err
	}
	return fmt.Errorf("%s: %w", path, err)
}
