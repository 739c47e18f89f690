package main

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"strings"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/strategies/all"
	"github.com/vramlab/vramlab/workloads/replay"
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
is reported with its line, and the exit code is 1.

so:PATH[:NAME] is a strategy out of a shared library, which runs with your rights.
It works under a shadow model, which reports the first rule that it breaks, and
looks at the whole heap in the end.`,
	examples: `
  vramlab replay -strategy buddy game.trace.gz > placed.trace
  vramlab replay -strategy buddy -check placed.trace
  vramlab replay -strategy so:./libmine.so:first_fit -check placed.trace`,
	setup: func(fs *flag.FlagSet) func(context.Context, environment, []string) error {
		name := fs.String("strategy", "", "the `strategy` to replay with (vramlab list has them; or so:PATH[:NAME])")
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
			return replayTrace(env, s, args[0], *check, strings.HasPrefix(*name, inLibrary))
		}
	},
}

func strategyNamed(name string) (strategies.Strategy, error) {
	if name == "" {
		return strategies.Strategy{}, usagef("-strategy is missing")
	}
	s, ok := all.Lookup(name)
	if !ok {
		if spec, ok := strings.CutPrefix(name, inLibrary); ok {
			s, err := openLibrary(spec)
			return strategies.Checked(s), err
		}
		return s, usagef("no strategy %q (have: %s)", name, joinNames(all.List(), func(s strategies.Strategy) string { return s.Name }))
	}
	return s, nil
}

// replayTrace runs the trace at path through s. If s is out of a library, what it holds
// in the end is checked.
func replayTrace(env environment, s strategies.Strategy, path string, check, library bool) error {
	r, err := trace.Open(path)
	if err != nil {
		return err
	}
	defer r.Close()
	a, err := newGuarded(s, r.Region())
	if err != nil {
		return fmt.Errorf("%s: %s cannot manage this region: %w", path, s.Name, err)
	}
	if check {
		err = compare(env, a, r, path)
	} else {
		err = place(env, a, r, path)
	}
	if err == nil && library {
		if err = checkGuarded(a.(strategies.Checker)); err != nil {
			err = fmt.Errorf("%s: after the last line: %w", path, err)
		}
	}
	return err
}

// compare holds a to the result lines of a trace.
func compare(env environment, a strategies.Allocator, r *trace.Reader, path string) error {
	checked, err := verify(a, r, path)
	if err == nil && checked == 0 {
		fmt.Fprintf(env.stderr, "vramlab replay: %s holds no result lines, so nothing was compared\n", path)
	}
	return err
}

// place prints the trace with what a places.
func place(env environment, a strategies.Allocator, r *trace.Reader, path string) error {
	out := bufio.NewWriter(env.stdout)
	w := trace.NewWriter(out, r.Region(), r.Comments()...)
	err := transcribe(a, r, w, path)
	// What was placed before an error is printed all the same.
	if e := w.Flush(); err == nil {
		err = e
	}
	if e := out.Flush(); err == nil {
		err = e
	}
	return err
}

// verify is replay.Verify with the error of a library that breaks a rule.
func verify(a strategies.Allocator, r *trace.Reader, path string) (checked int, err error) {
	defer atLine(r, path, &err)
	defer strategies.Catch(&err)
	return replay.Verify(a, r, path)
}

// transcribe is replay.Transcribe with the error of a library that breaks a rule.
func transcribe(a strategies.Allocator, r *trace.Reader, w *trace.Writer, path string) (err error) {
	defer atLine(r, path, &err)
	defer strategies.Catch(&err)
	return replay.Transcribe(a, r, w)
}

// atLine names the operation that r stands at in the error of a broken allocator.
func atLine(r *trace.Reader, path string, err *error) {
	if v := (*strategies.Violation)(nil); errors.As(*err, &v) {
		*err = fmt.Errorf("%s:%d: %w", path, r.Record().Line, *err)
	}
}
