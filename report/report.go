package report

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
)

// A Report is a run that was read and judged.
type Report struct{ in In }

// Load reads the run in dir. Only run.bench must be there, and it may be
// empty: a run that was stopped is reported as far as it went, and a line or
// file that cannot be read becomes a warning in the report.
func Load(dir string) (*Report, error) {
	run, err := readRun(dir)
	if err != nil {
		return nil, err
	}
	return &Report{newIn(run)}, nil
}

// Strategies are the names of the strategies compared, the base first.
func (r *Report) Strategies() []string { return slices.Clone(r.in.strategies) }

// Warnings are the problems met while reading the run, one line each.
func (r *Report) Warnings() []string { return r.in.warnings.all() }

// Headline is the finding of the whole run in one sentence.
func (r *Report) Headline() string {
	return r.in.strategies.plain(headline(r.in.strategies, r.in.times, r.in.curves.scaling, r.in.curves.crossing, r.in.verdicts))
}

// Verdicts are the findings as plain sentences, one line per workload.
func (r *Report) Verdicts() []string {
	var out []string
	for _, v := range r.in.verdicts {
		head, body := Sentences(r.in.strategies, r.in.times, v)
		out = append(out, r.in.strategies.plain(head+" "+body))
	}
	return out
}

// Scaling is what the scaling sweep of the run found, as plain sentences for a
// terminal: for each size that grows the finding, a line for every strategy
// with the exponents of its operations, and where strategies cross; at last whose
// times contain a crossing into a C library. It is nil when the run has no sweep.
func (r *Report) Scaling() []string {
	var out []string
	for _, text := range scalingSentences(r.in.strategies, r.in.times.Self, r.in.curves.scaling, r.in.curves.crossing) {
		out = append(out, r.in.strategies.plain(text))
	}
	return out
}

// Write renders the report of the run in dir into dir/report.html and returns
// that path. The same directory gives the same bytes.
func Write(dir string) (path string, err error) {
	r, err := Load(dir)
	if err != nil {
		return "", err
	}
	return r.Write()
}

// Write renders the report of a run already loaded into its directory.
func (r *Report) Write() (path string, err error) {
	data, err := Render(r.in)
	if err != nil {
		return "", fmt.Errorf("report of %s: %w", r.in.dir, err)
	}
	path = filepath.Join(r.in.dir, "report.html")
	return path, writeFile(path, data)
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
