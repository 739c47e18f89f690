// Package merge puts the shards of a run together: the run directories that machines made
// with [bench.Config.Shard], into one that holds what an unsharded run would.
//
// # What is checked
//
// Nothing is written unless every shard is there, once, and finished; all were built from
// one revision and set out to measure the same matrix; every line is of what its shard had
// to measure; and each exact figure is the same wherever it stands. What is missing or
// doubled, or differs, is an error that names the files.
//
// # What is written
//
// Lines stand in the order of an unsharded run, by workload in the order of the matrix, so
// that benchstat shows the same rows and columns. A figure is never computed from those of
// two shards: lines are copied as they are. Where shards were measured on different
// processors, a line "cpu:" before the lines of each keeps them apart for benchstat.
//
// Crossings of a library are measured in every shard; those of the first that has any are
// kept, because there are as many samples of them as of everything else.
package merge

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/vramlab/vramlab/bench/schema"
)

// Options are the choices of a merge.
type Options struct {
	Partial bool   // missing shards are no error; the merged run says what is missing
	Command string // for the head of the merged run, may be empty
}

// Merge reads the shards in the directories dirs and writes the run dir, which must not be
// there. It appears under its name when it is whole; after an error there is nothing.
func Merge(dir string, dirs []string, o Options) error {
	if len(dirs) == 0 {
		return errors.New("no shard to merge")
	}
	if _, err := os.Lstat(dir); !errors.Is(err, fs.ErrNotExist) {
		if err == nil {
			err = fmt.Errorf("%s: is there already; nothing is overwritten", dir)
		}
		return err
	}
	m, err := read(dirs, o)
	if err != nil {
		return err
	}
	return m.write(dir)
}

// A merged run, before it is written.
type merged struct {
	Options
	shards    []*shard // in the order of their numbers
	workloads []string // of the matrix
	lines     map[schema.File][]line
}

// read reads and checks the shards.
func read(dirs []string, o Options) (*merged, error) {
	m := &merged{Options: o, lines: make(map[schema.File][]line)}
	for _, dir := range dirs {
		s, err := readShard(dir)
		if err != nil {
			return nil, err
		}
		m.shards = append(m.shards, s)
	}
	m.workloads = m.shards[0].names(schema.FactWorkloads)
	for _, check := range []func() error{m.same, m.complete, m.finished, m.agree} {
		if err := check(); err != nil {
			return nil, err
		}
	}
	m.order()
	return m, nil
}

// write writes the run beside its place, and moves it there.
func (m *merged) write(dir string) (err error) {
	temporary, err := os.MkdirTemp(filepath.Dir(dir), ".merge-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(temporary)
	run := filepath.Join(temporary, "run")
	if err := os.MkdirAll(filepath.Join(run, schema.Placements), 0o777); err != nil {
		return err
	}
	for _, file := range schema.Files() {
		if err := os.WriteFile(filepath.Join(run, string(file)), m.text(file), 0o666); err != nil {
			return err
		}
	}
	if err := m.copyPlacements(filepath.Join(run, schema.Placements)); err != nil {
		return err
	}
	if err := m.mergeProfiles(filepath.Join(run, schema.Profiles)); err != nil {
		return err
	}
	if err := m.mergeExplanations(filepath.Join(run, schema.Explanations)); err != nil {
		return err
	}
	return os.Rename(run, dir)
}
