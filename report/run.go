package report

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Run is what a run directory says, read and summarised: the samples, the
// curves, what the placement traces show, and what was wrong with the files.
type Run struct {
	dir        string
	meta       []field  // "# key: value" lines of run.bench, then its config lines
	strategies []string // the first is the base of every comparison
	workloads  []*workload
	bench      cells // run.bench
	curves     curves
	warnings   []string
	self       selfTest         // each strategy against itself
	pairs      map[pairKey]pair // the times of every two strategies on every workload
	tests      int              // comparisons in pairs that the multiple-test correction counts
}

// field is one fact about a run, as its file states it.
type field struct{ Key, Value string }

// workload is one workload of a run, with what its placement traces show.
type workload struct {
	name   string
	title  string       // from the traces, else the name
	doc    string       // one sentence, may be empty
	placed []*placement // by strategy; nil where there is no trace
}

// Load reads the run in dir. Only run.bench must be there, and it may be
// empty: a run that was stopped is reported as far as it went, and a line or
// file that cannot be read becomes a warning in the report.
func Load(dir string) (*Run, error) {
	r := &Run{dir: dir}
	main, err := r.readMain(filepath.Join(dir, "run.bench"))
	if err != nil {
		return nil, err
	}
	r.bench = main
	r.readCurves(filepath.Join(dir, "curves.bench"))
	if len(r.strategies) == 0 { // a run of sweeps alone has none in run.bench
		r.strategies = order(r.sweptStrategies(), r.value("strategies"))
	}
	r.readPlacements(filepath.Join(dir, "placements"))
	r.compareAll()
	return r, nil
}

// Strategies are the names of the strategies compared, the base first.
func (r *Run) Strategies() []string { return slices.Clone(r.strategies) }

// Warnings are the problems met while reading the run, one line each.
func (r *Run) Warnings() []string { return slices.Clone(r.warnings) }

// warn keeps a problem for the report's environment section. Paths in it are
// relative to the run directory: a run that was moved reports the same.
func (r *Run) warn(format string, args ...any) {
	const most = 40
	switch len(r.warnings) {
	default:
		s := fmt.Sprintf(format, args...)
		r.warnings = append(r.warnings, clean(strings.ReplaceAll(s, r.dir+string(filepath.Separator), "")))
	case most:
		r.warnings = append(r.warnings, "more warnings of this kind are left out")
	case most + 1:
	}
}

// value is the meta or config value of a key, empty when there is none.
func (r *Run) value(key string) string {
	for _, f := range r.meta {
		if f.Key == key {
			return f.Value
		}
	}
	return ""
}

// strategy is the index of a strategy, -1 for an unknown one.
func (r *Run) strategy(name string) int { return slices.Index(r.strategies, name) }

// workload finds a workload by name, nil for an unknown one.
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

// order puts names into the order that a meta line states, those it does not
// name behind them as they were. Cells run in random order, so that the order
// of lines says nothing by itself.
func order(names []string, stated string) []string {
	var out []string
	for _, n := range strings.FieldsFunc(stated, func(c rune) bool { return c == ' ' || c == ',' }) {
		if slices.Contains(names, n) && !slices.Contains(out, n) {
			out = append(out, n)
		}
	}
	for _, n := range names {
		if !slices.Contains(out, n) {
			out = append(out, n)
		}
	}
	return out
}

// writeFile writes through a temporary file beside the target, so that a full
// disk leaves the report that was there.
func writeFile(path string, data []byte) error {
	tmp := path + ".tmp"
	if err := os.WriteFile(tmp, data, 0o666); err != nil {
		os.Remove(tmp)
		return err
	}
	if err := os.Rename(tmp, path); err != nil {
		os.Remove(tmp)
		return err
	}
	return nil
}
