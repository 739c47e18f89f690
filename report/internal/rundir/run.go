// Package rundir reads a run directory and sums it up: facts, samples, curves,
// placements. It compares nothing and writes no sentence but warnings.
//
// What was measured of a strategy on a workload is kept with the [Workload]; what
// has a key of its own is a small type of [Run.Curves] that reads its own lines. A
// new benchmark of curves.bench is such a type in a file of its own, and a line in
// readers.
package rundir

import (
	"errors"
	"io/fs"
	"path/filepath"

	"github.com/vramlab/vramlab/bench/journal"
	"github.com/vramlab/vramlab/bench/schema"
	"github.com/vramlab/vramlab/report/internal/list"
)

// Run is what a run directory says: facts, samples, curves and placements as
// they were read, and what was wrong with the files. It judges nothing.
type Run struct {
	Dir        string
	Facts      Facts
	Strategies list.Names // the first is the base of every comparison
	Builders   []string   // the one whose tables stand for all first
	Workloads  []*Workload
	Basis      Basis // of the times of operations that are compared
	Curves     Curves
	Warnings   *Warnings
	CurveLines int      // results of curves.bench, whatever they are of
	Missing    []string // files and directories that a run writes
	Stopped    *Stopped // nil for a run that came to its end, or that has no journal

	journal    *journal.Journal   // of a run that was stopped
	operations map[pairName]timed // of a replay, as run.bench has them
	checked    *checker           // of the lines of all files
}

// Read reads the run in dir. Only run.bench must be there, with the head of a run or
// a result: a run that was stopped is read as far as it went, and a line or
// file that cannot be read becomes a warning. A run.bench whose results are all
// some other program's, or which has none and no head of a run, is an error. Nothing is read without a bound.
func Read(dir string) (*Run, error) {
	r := &Run{Dir: dir, Warnings: newWarnings(dir), Curves: newCurves(), operations: make(map[pairName]timed), checked: newChecker()}
	if err := r.readMain(dir); err != nil {
		return nil, err
	}
	if missing := r.Facts.Value(schema.FactMissing); missing != "" {
		r.Warnings.Add("%s: merged from shards without all of the run: %s", schema.Results, missing)
	}
	r.readCurves(filepath.Join(dir, string(schema.Curves)))
	r.fileClashes()
	if len(r.Strategies) == 0 { // a run of sweeps alone has none in run.bench
		r.Strategies = list.Order(r.Curves.strategies(), r.Facts.Value(schema.FactStrategies))
	}
	r.readPlacements(filepath.Join(dir, schema.Placements))
	r.readExplanations(filepath.Join(dir, schema.Explanations))
	r.checkCalls()
	r.checkMoments()
	return r, nil
}

// Workload is the workload of a name, nil for an unknown one.
func (r *Run) Workload(name string) *Workload {
	for _, w := range r.Workloads {
		if w.Name == name {
			return w
		}
	}
	return nil
}

// unread notes a file or directory that could not be read, or is not there.
func (r *Run) unread(name schema.File, err error) {
	if IsMissing(err) {
		r.Missing = append(r.Missing, string(name))
		return
	}
	r.Warnings.leaveOut("%v", err)
}

// IsMissing reports whether err says that a file is not there: no news for an
// optional one.
func IsMissing(err error) bool { return errors.Is(err, fs.ErrNotExist) }
