package rundir

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/vramlab/vramlab/report/internal/text"
)

// Warnings are the problems met while reading a run, one line each. Paths in
// them are relative to the run directory: a run that was moved reports the same.
type Warnings struct {
	dir   string
	lines []string
}

// newWarnings are none yet, of the run in dir.
func newWarnings(dir string) *Warnings { return &Warnings{dir: dir} }

// Add keeps a problem, up to a limit.
func (w *Warnings) Add(format string, args ...any) {
	const most = 40
	switch len(w.lines) {
	default:
		s := fmt.Sprintf(format, args...)
		w.lines = append(w.lines, text.Clean(strings.ReplaceAll(s, w.dir+string(filepath.Separator), "")))
	case most:
		w.lines = append(w.lines, "more warnings of this kind are left out")
	case most + 1:
	}
}

// All are the warnings so far.
func (w *Warnings) All() []string { return slices.Clone(w.lines) }
