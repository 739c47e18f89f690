package rundir

import (
	"bytes"
	"path/filepath"

	"github.com/vramlab/vramlab/bench/schema"
	"github.com/vramlab/vramlab/report/internal/text"
)

// single are the benchmarks of which a run has one line of each name, all exact.
var single = []*schema.Bench{schema.Series, schema.Counters, schema.KernelWork, schema.Deviations, schema.Policies}

// mostDisputed is how many names with two sets of values get a warning of their own.
const mostDisputed = 5

// disputedNames are the names of lines of a file, of benchmarks that have one line of
// each, that stand there more than once with different values. Nobody knows which are
// right, so none is taken.
func disputedNames(path string, data []byte, warn *Warnings) map[string]bool {
	said := make(map[string]string)
	disputed := make(map[string]bool)
	for line := range bytes.Lines(data) {
		name, values, _ := bytes.Cut(bytes.TrimSpace(line), []byte(" "))
		if !isSingle(name) {
			continue
		}
		first, twice := said[string(name)]
		switch {
		case !twice:
			said[string(name)] = string(values)
		case first != string(values) && !disputed[string(name)]:
			if len(disputed) < mostDisputed {
				warn.Add("%s: two lines %s have different values; neither is taken", filepath.Base(path), text.Clean(string(name)))
			}
			disputed[string(name)] = true
		}
	}
	if n := len(disputed) - mostDisputed; n > 0 {
		warn.Add("%s: %s more names with different values; none is taken", filepath.Base(path), text.Count(n))
	}
	return disputed
}

// isSingle reports whether a line of this name is of a benchmark that has one of each.
func isSingle(name []byte) bool {
	for _, b := range single {
		if rest, ok := bytes.CutPrefix(name, []byte("Benchmark"+b.Name)); ok && bytes.HasPrefix(rest, []byte("/")) {
			return true
		}
	}
	return false
}
