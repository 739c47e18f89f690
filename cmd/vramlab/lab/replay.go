package lab

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"slices"
	"strings"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/workloads/replay"
	"github.com/vramlab/vramlab/workloads/trace"
)

var replayCommand = command{
	name: "replay", args: "-strategy S [-check | -against S [-kernel]] FILE",
	doc: "print the placements of a trace, as a trace",
	long: `Replays a trace through a strategy and prints it with a result line after each
allocation: "= START+SIZE ..." for the blocks granted, "! ENOSPC" (EINVAL, E2BIG)
for a refusal. The output is a trace again.

With -check it prints nothing and compares every "=", "!" and "s" line (sg table)
of FILE with what the strategy does. The first difference is reported with its
line, and the exit code is 1.

With -against it replays the trace on other strategies too, side by side, and prints a
table of what is exact: requests served and refused, blocks and sg entries granted, what
the allocators split and merged, how many answers differ from those of the first, and what
is free at the end. A free block counts under the power of two at or below its size. Then
it prints the first answer that differs. -kernel adds what the kernel's own lists and trees
would do, step by step; where the kernel is slow, that is slow too.

so:PATH[:NAME] is a strategy in a shared library, which runs as you: load only code
you trust. A strategy from a library or from another module runs under a shadow
model, which reports the first rule it breaks and checks the whole heap at the end.
A library is loaded in a process of its own: what ends or hangs that process is
reported in one line. With -isolate=false it is loaded in this one, for a debugger.`,
	examples: []string{
		"replay -strategy buddy game.trace.gz > placed.trace",
		"replay -strategy buddy -check placed.trace",
		"replay -strategy so:./libmine.so:first_fit -check placed.trace",
		"replay -strategy buddy_6.18 -against buddy_7.1,buddy_next game.trace.gz",
		"replay -strategy buddy_6.11 -against buddy_6.18 -kernel game.trace.gz",
	},
	setup: func(fs *flag.FlagSet, env *environment) action {
		name := fs.String("strategy", "", "the `strategy` to replay with: a name that the command list prints, or so:PATH[:NAME]")
		check := fs.Bool("check", false, "compare with the result lines of FILE instead of printing")
		others := fs.String("against", "", "compare with these `strategies` instead of printing: names with commas between")
		kernel := fs.Bool("kernel", false, "with -against: count the steps of the kernel's own structures")
		var i isolation
		i.bind(fs)
		return func(ctx context.Context, args []string) error {
			named := *name
			if *others != "" {
				named += "," + *others
			}
			if i.wanted(env, named) {
				_, err := env.supervise(ctx, &i, task{strategies: named})
				return err
			}
			list, err := sidesNamed(*name, *others, env.strategies)
			if err != nil {
				return err
			}
			if *check && *others != "" {
				return usagef("-check and -against exclude each other")
			}
			if *kernel && *others == "" {
				return usagef("-kernel needs -against")
			}
			if len(args) > 1 && strings.HasPrefix(args[1], "-") {
				return usagef("%s follows FILE; flags go before it", args[1])
			}
			if len(args) != 1 {
				return usagef("one trace file is needed, got %d arguments", len(args))
			}
			before, who := processNow(), libraryOf(*name)+list[0].Name
			if *others != "" {
				who = "one of " + named
				err = against(env, list, args[0], *kernel)
			} else {
				err = replayTrace(env, list[0], args[0], *check)
			}
			if how := before.changed(); how != "" && !isFault(err) {
				err = fmt.Errorf("%s: %s %s", args[0], who, how)
			}
			return err
		}
	},
}

// sidesNamed returns the strategy of a name, and others with commas between, if there are any.
func sidesNamed(name, others string, given []strategies.Strategy) (list []strategies.Strategy, err error) {
	names := []string{name}
	if others != "" {
		names = append(names, strings.Split(others, ",")...)
	}
	for i, name := range names {
		if slices.Contains(names[:i], name) {
			return nil, usagef("strategy %q is named twice", name)
		}
		s, err := strategyNamed(name, given)
		if err != nil {
			return nil, err
		}
		list = append(list, s)
	}
	return list, nil
}

// strategyNamed returns the strategy of a name or in a library, under the shadow
// model if it is foreign.
func strategyNamed(name string, given []strategies.Strategy) (s strategies.Strategy, err error) {
	if name == "" {
		return s, usagef("-strategy is missing")
	}
	if spec, ok := strings.CutPrefix(name, inLibrary); ok {
		s, err = openLibrary(spec)
		return strategies.Checked(s), err
	}
	s, err = find(name, "strategy", given, strategyName)
	if err == nil && foreign(s) {
		s = strategies.Checked(s)
	}
	return s, err
}

// replayTrace runs the trace at path through s, and in the end checks the whole heap
// if the allocator can.
func replayTrace(env *environment, s strategies.Strategy, path string, check bool) error {
	r, err := trace.Open(path)
	if err != nil {
		return err
	}
	defer r.Close()
	a, err := begin(s, r, path)
	if err != nil {
		return err
	}
	if check {
		err = compare(env, a, r, path)
	} else {
		err = place(env, a, r)
	}
	return finish(a, r, path, err)
}

// begin makes an allocator of s for the region of the trace at path.
func begin(s strategies.Strategy, r *trace.Reader, path string) (a strategies.Allocator, err error) {
	err = guarded(func() error {
		a, err = s.New(r.Region())
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("%s: %s cannot manage this region: %w", path, s.Name, err)
	}
	return a, nil
}

// finish is the error of a replay on a: err, with its place if a broke a rule, or what is
// wrong with the whole heap, if a can check it.
func finish(a strategies.Allocator, r *trace.Reader, path string, err error) error {
	if v := (*strategies.Violation)(nil); errors.As(err, &v) {
		return fmt.Errorf("%s:%d: %w", path, r.Record().Line, err)
	}
	if c, ok := a.(strategies.Checker); ok && err == nil {
		if err = guarded(c.Check); err != nil {
			err = fmt.Errorf("%s: after the last line: %w", path, err)
		}
	}
	return err
}

// compare compares the placements of a with the result lines of a trace.
func compare(env *environment, a strategies.Allocator, r *trace.Reader, path string) error {
	return guarded(func() error {
		checked, err := replay.Verify(a, r, path)
		if err == nil && checked == 0 {
			fmt.Fprintf(env.stderr, "%s replay: %s has no result lines, so nothing was compared\n", env.program, path)
		}
		return err
	})
}

// place prints the trace with what a places.
func place(env *environment, a strategies.Allocator, r *trace.Reader) error {
	out := bufio.NewWriter(env.stdout)
	w := trace.NewWriter(out, r.Region(), r.Comments()...)
	err := guarded(func() error { return replay.Transcribe(a, r, w) })
	// What was placed before an error is printed too.
	if e := w.Flush(); err == nil {
		err = e
	}
	if e := out.Flush(); err == nil {
		err = e
	}
	return err
}
