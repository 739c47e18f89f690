// Package why is behind the command explain, and behind the explanations that a run writes:
// it finds the streams of a run directory, words what was found for a terminal, and chooses
// which refusals of a run are explained.
package why

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/vramlab/vramlab/bench/schema"
	"github.com/vramlab/vramlab/workloads/explain"
	"github.com/vramlab/vramlab/workloads/trace"
)

// Placed is the placement trace of one replay of a run.
type Placed struct {
	Path, Workload, Strategy string
}

// Placements lists those in a run directory, by workload and strategy. Files that do not
// say whose they are are left out.
func Placements(dir string) ([]Placed, error) {
	paths, err := filepath.Glob(filepath.Join(escape(dir), schema.Placements, "*.trace.gz"))
	if err != nil || len(paths) == 0 {
		return nil, fmt.Errorf("%s: holds no placements (%s/), so there is nothing to replay", dir, schema.Placements)
	}
	var list []Placed
	for _, path := range paths {
		if info, err := os.Stat(path); err != nil {
			return nil, err
		} else if !info.Mode().IsRegular() {
			return nil, fmt.Errorf("%s: is no regular file", path) // a pipe would have whoever opens it wait
		}
		r, err := trace.Open(path)
		if err != nil {
			return nil, err
		}
		if p := placedBy(r); p.Strategy != "" && p.Workload != "" {
			p.Path = path
			list = append(list, p)
		}
		r.Close()
	}
	return list, nil
}

// escape makes a path that a pattern takes as it is.
func escape(path string) string {
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`).Replace(path)
}

// placedBy is what the comments of a placement trace say.
func placedBy(r *trace.Reader) (p Placed) {
	for i, c := range r.Comments() {
		key, value, ok := strings.Cut(c, ": ")
		switch {
		case !ok:
		case key == "strategy":
			p.Strategy = value
		case i == 0:
			p.Workload = key
		}
	}
	return p
}

// IsRun reports whether path is a directory.
func IsRun(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

// Workloads are the names in a list of placements, each once.
func Workloads(list []Placed) (names []string) {
	for _, p := range list {
		if !slices.Contains(names, p.Workload) {
			names = append(names, p.Workload)
		}
	}
	return names
}

// Strategies are the names in a list of placements, each once.
func Strategies(list []Placed) (names []string) {
	for _, p := range list {
		if !slices.Contains(names, p.Strategy) {
			names = append(names, p.Strategy)
		}
	}
	return names
}

// Read reads the streams of a workload, by strategy, with the answer of each to an
// operation, and fills in what each does not know of the stream from the others.
func Read(list []Placed, workload string, op int) (map[string]*explain.Recorded, error) {
	streams := make(map[string]*explain.Recorded)
	var all []*explain.Recorded
	for _, p := range list {
		if p.Workload != workload {
			continue
		}
		r, err := trace.Open(p.Path)
		if err != nil {
			return nil, err
		}
		st, err := explain.FromPlacements(r, op)
		r.Close()
		if err != nil {
			return nil, err
		}
		st.Workload = workload
		streams[p.Strategy] = st
		all = append(all, st)
	}
	for _, st := range all {
		if err := st.Merge(all); err != nil {
			return nil, fmt.Errorf("%s: the placements of its strategies are not of one stream: %w", workload, err)
		}
	}
	return streams, nil
}
