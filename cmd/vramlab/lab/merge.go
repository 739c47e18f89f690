package lab

import (
	"context"
	"flag"

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
