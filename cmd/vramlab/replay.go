package main

import (
	"bufio"
	"context"
	"flag"
	"fmt"
	"strings"

	"github.com/vramlab/vramlab/bench"
	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/strategies/all"
	"github.com/vramlab/vramlab/workloads/trace"
)

var replayCommand = command{
	name: "replay", args: "-strategy S [-check] FILE",
	short: "the placements of a trace, as a trace",
	long: `Runs a trace through a strategy and prints it with a result line after each
allocation: "= START+SIZE ..." for the blocks granted, "! ENOSPC" (EINVAL, E2BIG)
for a refusal. The output is a trace again.

With -check nothing is printed; instead every "=", "!" and "s" line (sg table)
that FILE holds is compared with what the strategy does. The first difference
is reported with its line, and the exit code is 1.`,
	examples: `
  vramlab replay -strategy buddy game.trace.gz > placed.trace
  vramlab replay -strategy buddy -check placed.trace`,
	setup: func(fs *flag.FlagSet) func(context.Context, environment, []string) error {
		name := fs.String("strategy", "", "the `strategy` to replay with (vramlab list has them)")
		check := fs.Bool("check", false, "compare with the result lines of FILE instead of printing")
		return func(_ context.Context, env environment, args []string) error {
			s, err := strategyNamed(*name)
			if err != nil {
				return err
			}
			if len(args) > 1 && strings.HasPrefix(args[1], "-") {
				return usagef("%s stands behind FILE; flags stand before it", args[1])
			}
			if len(args) != 1 {
				return usagef("one trace file is needed, got %d arguments", len(args))
			}
			return replay(env, s, args[0], *check)
		}
	},
}

func strategyNamed(name string) (strategies.Strategy, error) {
	if name == "" {
		return strategies.Strategy{}, usagef("-strategy is missing")
	}
	s, ok := all.Lookup(name)
	if !ok {
		return s, usagef("no strategy %q (have: %s)", name, joinNames(all.List(), func(s strategies.Strategy) string { return s.Name }))
	}
	return s, nil
}

func replay(env environment, s strategies.Strategy, path string, check bool) error {
	r, err := trace.Open(path)
	if err != nil {
		return err
	}
	defer r.Close()
	a, err := s.New(r.Region())
	if err != nil {
		return fmt.Errorf("%s: %s cannot manage this region: %w", path, s.Name, err)
	}
	if check {
		checked, err := bench.Verify(a, r, path)
		if err == nil && checked == 0 {
			fmt.Fprintf(env.stderr, "vramlab replay: %s holds no result lines, so nothing was compared\n", path)
		}
		return err
	}
	out := bufio.NewWriter(env.stdout)
	w := trace.NewWriter(out, r.Region(), r.Comments()...)
	err = bench.Transcribe(a, r, w)
	// What was placed before an error is printed all the same.
	if e := w.Flush(); err == nil {
		err = e
	}
	if e := out.Flush(); err == nil {
		err = e
	}
	return err
}
