package report

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
)

// Warnings are the problems met while reading a run, one line each. Paths in
// them are relative to the run directory: a run that was moved reports the same.
type Warnings struct {
	dir   string
	lines []string
}

// NewWarnings are none yet, of the run in dir.
func NewWarnings(dir string) *Warnings { return &Warnings{dir: dir} }

// add keeps a problem, up to a limit.
func (w *Warnings) add(format string, args ...any) {
	const most = 40
	switch len(w.lines) {
	default:
		s := fmt.Sprintf(format, args...)
		w.lines = append(w.lines, clean(strings.ReplaceAll(s, w.dir+string(filepath.Separator), "")))
	case most:
		w.lines = append(w.lines, "more warnings of this kind are left out")
	case most + 1:
	}
}

// all are the warnings so far.
func (w *Warnings) all() []string { return slices.Clone(w.lines) }
