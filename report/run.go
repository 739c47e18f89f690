package report

import (
	"errors"
	"io/fs"
	"path/filepath"
)

// Run is what a run directory says: facts, samples, curves and placements as
// they were read, and what was wrong with the files. It judges nothing.
type Run struct {
	dir        string
	facts      Facts
	strategies Names // the first is the base of every comparison
	builders   []string
	workloads  []*workload
	curves     curves
	warnings   *Warnings
}

// Read reads the run in dir. Only run.bench must be there, and it may be
// empty: a run that was stopped is read as far as it went, and a line or
// file that cannot be read becomes a warning.
func readRun(dir string) (*Run, error) {
	r := &Run{dir: dir, warnings: NewWarnings(dir), curves: newCurves()}
	if err := r.readMain(filepath.Join(dir, "run.bench")); err != nil {
		return nil, err
	}
	r.readCurves(filepath.Join(dir, "curves.bench"))
	if len(r.strategies) == 0 { // a run of sweeps alone has none in run.bench
		r.strategies = order(r.curves.sweptStrategies(), r.facts.value("strategies"))
	}
	r.readPlacements(filepath.Join(dir, "placements"))
	return r, nil
}

// find is the workload of a name, nil for an unknown one.
func (r *Run) workload(name string) *workload {
	for _, w := range r.workloads {
		if w.name == name {
			return w
		}
	}
	return nil
}

// missing reports whether err says that a file is not there: no news for an
// optional one.
func missing(err error) bool { return errors.Is(err, fs.ErrNotExist) }
