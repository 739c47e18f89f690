package rundir

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/vramlab/vramlab/report/internal/list"
	"github.com/vramlab/vramlab/report/internal/text"
)

// Warnings are the problems met while reading a run, one line each. Paths in
// them are relative to the run directory: a run that was moved reports the same.
type Warnings struct {
	dir     string
	lines   []string
	counted []string // kinds, in the order of their first
	count   map[string]int
	leftOut int // files
	added   int // by Add, kept or not
}

// newWarnings are none yet, of the run in dir.
func newWarnings(dir string) *Warnings { return &Warnings{dir: dir, count: make(map[string]int)} }

// tally counts one of a kind of problem that may come in every line; addTallies makes
// a warning of each kind, with its count. Kinds beyond a limit are counted as one.
func (w *Warnings) tally(kind string) {
	const most = 20
	if w.count[kind] == 0 {
		if len(w.counted) == most {
			kind = "other problems"
		}
		w.counted = list.Add(w.counted, kind)
	}
	w.count[kind]++
}

// addTallies adds what was counted in a file, beyond the limit too: the kinds are few.
func (w *Warnings) addTallies(path string) {
	for _, kind := range w.counted {
		w.keep("%s: %s left out: %s", path, text.Count(w.count[kind]), kind)
	}
	w.counted, w.count = nil, make(map[string]int)
}

// leaveOut keeps why a file is left out.
func (w *Warnings) leaveOut(format string, args ...any) {
	w.leftOut++
	w.Add(format, args...)
}

// LeftOut is the number of files that are left out.
func (w *Warnings) LeftOut() int { return w.leftOut }

// Add keeps a problem, and of those beyond a limit their number.
func (w *Warnings) Add(format string, args ...any) {
	if w.added++; w.added <= mostWarnings {
		w.keep(format, args...)
	}
}

const mostWarnings = 40

func (w *Warnings) keep(format string, args ...any) {
	s := fmt.Sprintf(format, args...)
	w.lines = append(w.lines, text.Clean(strings.ReplaceAll(s, w.dir+string(filepath.Separator), "")))
}

// All are the warnings so far.
func (w *Warnings) All() []string {
	all := slices.Clone(w.lines)
	if n := w.added - mostWarnings; n > 0 {
		all = append(all, text.Plural(float64(n), "more problem is", "more problems are")+" not listed")
	}
	return all
}
