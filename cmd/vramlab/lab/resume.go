package lab

import (
	"errors"
	"flag"
	"path/filepath"
	"slices"
	"strings"

	"github.com/vramlab/vramlab/bench"
)

// besideResume are the flags of run that do not change what is measured.
var besideResume = []string{"resume", "watch", "limit"}

// begun is the run in dir, which -resume names beside the flags of fs that are set and the
// arguments behind them.
func begun(fs *flag.FlagSet, args []string, dir string) (b bench.Begun, err error) {
	fs.Visit(func(f *flag.Flag) {
		if !slices.Contains(besideResume, f.Name) {
			err = usagef("-%s cannot stand beside -resume, which takes all from the run", f.Name)
		}
	})
	switch {
	case err != nil:
		return b, err
	case len(args) > 0:
		return b, usagef("unexpected argument %q beside -resume, which takes all from the run", args[0])
	}
	if b, err = bench.Unfinished(dir); err != nil {
		return b, err
	}
	if len(b.Args) == 0 || b.Args[0] != "run" {
		return b, errors.New(dir + ": was not begun by the command run")
	}
	return b, nil
}

// inputGone is the error of a run in dir that read a trace from standard input, nil for
// one whose traces are files.
func inputGone(dir string, traces []string) error {
	if slices.ContainsFunc(traces, func(path string) bool { return fileNamed(path) == standardInput }) {
		return errors.New(dir + ": the run read a trace from standard input, which is gone: it cannot go on")
	}
	return nil
}

// moved makes paths that were given in the directory there right in this one. An empty one
// is none.
func moved(there string, paths []*string) {
	for _, path := range paths {
		if *path != "" && !filepath.IsAbs(*path) {
			*path = filepath.Join(there, *path)
		}
	}
}

// movedLibraries is a list of strategies, as moved makes the paths of libraries in it.
func movedLibraries(there, strategies string) string {
	items := strings.Split(strategies, ",")
	for i, item := range items {
		spec, ok := strings.CutPrefix(strings.TrimSpace(item), inLibrary)
		if ok && spec != "" && !filepath.IsAbs(spec) {
			items[i] = inLibrary + filepath.Join(there, spec)
		}
	}
	return strings.Join(items, ",")
}

// librariesOf are the files of the libraries in a list of strategies.
func librariesOf(strategies string) []string {
	paths := pathsOf(strings.Split(strategies, ","))
	for i, path := range paths {
		if abs, err := filepath.Abs(path); err == nil {
			paths[i] = abs
		}
	}
	slices.Sort(paths)
	return slices.Compact(paths)
}
