package lab

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/vramlab/vramlab/bench"
	"github.com/vramlab/vramlab/bench/merge"
)

var mergeCommand = command{
	name: "merge", args: "-o DIR SHARD...",
	doc: "put the shards of a run together",
	long: `Reads the run directories that run -shard 1/N to run -shard N/N made, on as many machines
or one after the other, and writes the run directory that an unsharded run would have made,
with its report. doc/cluster.md has recipes for Slurm, Kubernetes and GitHub Actions.

Every shard must be there once, and whole. All must be of one revision, seed, count and
matrix, and of the same traces; exact figures must be the same wherever they stand. If
not, one line says what and where, the exit code is 1, and nothing is written. With
-partial shards may be missing; the report then says what.

What is compared was measured by one process on one machine: a workload with all
strategies, or one experiment. Times of different workloads may be those of different
machines; where their processors differ, benchstat shows them in tables of their own.`,
	examples: []string{"merge -o merged shard-1 shard-2 shard-3", "merge -partial -o merged shards/*"},
	setup: func(fs *flag.FlagSet, env *environment) action {
		dir := fs.String("o", "", "the run `directory` to make; it must not be there")
		o := merge.Options{Command: env.line()}
		fs.BoolVar(&o.Partial, "partial", false, "merge although shards are missing")
		return func(_ context.Context, args []string) error {
			switch {
			case *dir == "":
				return usagef("-o is needed: the run directory to make")
			case len(args) == 0:
				return usagef("the run directories of the shards are needed")
			}
			if err := merge.Merge(*dir, args, o); err != nil {
				return err
			}
			return conclude(env, *dir)
		}
	},
}

// shardFlag is the flag -shard.
func shardFlag(s *bench.Shard) func(text string) error {
	return func(text string) (err error) {
		*s, err = bench.ParseShard(text)
		return err
	}
}

// shardText says what a shard measures: "shard 2/3, gfx, pages and the experiment holes".
func shardText(c bench.Config) string {
	if c.Shard == (bench.Shard{}) {
		return plural(len(c.Workloads), "workload")
	}
	return "shard " + c.Shard.String() + " (" + joinNames(c.Share(), func(u bench.Unit) string {
		if u.Experiment {
			return "experiment " + u.Name
		}
		return u.Name
	}) + ")"
}

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

// again makes o the options of the run in o.resume, which goes on, and returns the arguments
// behind its flags. fs are the flags given, and args what stands behind them.
func (o *runOptions) again(env *environment, fs *flag.FlagSet, args []string) ([]string, error) {
	b, err := begun(fs, args, o.resume)
	if err != nil {
		return nil, err
	}
	now := *o
	*o = runOptions{most: usualMost}
	was := flag.NewFlagSet("run", flag.ContinueOnError)
	was.SetOutput(io.Discard)
	o.bind(was, env)
	if err := was.Parse(b.Args[1:]); err != nil {
		return nil, fmt.Errorf("%s: was begun by a command line that is none here: %w", now.resume, err)
	}
	here, err := os.Getwd()
	elsewhere := err == nil && b.From != "" && b.From != here
	if elsewhere {
		moved(b.From, []*string{&o.file})
	}
	if err := o.read(was, env); err != nil {
		return nil, err
	}
	o.note(was)
	o.dir, o.resume, o.stopped, o.isolation = now.resume, now.resume, b.How, now.isolation
	args = slices.Clone(was.Args())
	if err := inputGone(o.dir, slices.Concat(o.traces, args)); err != nil {
		return nil, err
	}
	if elsewhere {
		paths := []*string{&o.baseline}
		for _, list := range [][]string{o.traces, o.models, args} {
			for i := range list {
				paths = append(paths, &list[i])
			}
		}
		if !strings.Contains(o.rules, " ") { // a file of rules
			paths = append(paths, &o.rules)
		}
		moved(b.From, paths)
		o.strategies = movedLibraries(b.From, o.strategies)
	}
	return args, nil
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
