package lab

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/vramlab/vramlab/cmd/vramlab/progress"
	"github.com/vramlab/vramlab/cmd/vramlab/sides"
	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/strategies/kernelwork"
	"github.com/vramlab/vramlab/workloads"
	"github.com/vramlab/vramlab/workloads/replay"
	"github.com/vramlab/vramlab/workloads/trace"
)

var replayCommand = command{
	name: "replay", args: "-strategy S [-check | -summary] [-against S [-kernel]] FILE",
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

With -summary it prints such a table without comparing answers, for -strategy and for
those of -against, and adds what is live, and times. The trace is read once, straight from
its compressed file, beside the replay, and may be of any length: memory is that of what
is live in it. ^C prints what there is so far.

FILE is - for standard input, which may be packed and may be a capture.

so:PATH[:NAME] is a strategy in a shared library, which runs as you: load only code
you trust. A strategy from a library or from another module runs under a shadow
model, which reports the first rule it breaks and checks the whole heap at the end.
A library is loaded in a process of its own: what ends or hangs that process is
reported in one line. With -watch=false it is loaded in this one, for a debugger.`,
	examples: []string{
		"replay -strategy buddy game.trace.gz > placed.trace",
		"replay -strategy buddy -check placed.trace",
		"replay -strategy so:./libmine.so:first_fit -check placed.trace",
		"replay -strategy buddy_6.18 -against buddy_7.1,buddy_next game.trace.gz",
		"replay -strategy buddy_6.11 -against buddy_6.18 -kernel game.trace.gz",
		"replay -strategy buddy -against tlsf -summary day.trace.zst",
	},
	takes:  map[string]words{"strategy": {strategyNames, false}, "against": {strategyNames, true}},
	gentle: true,
	setup: func(fs *flag.FlagSet, env *environment) action {
		env.bindDevice(fs)
		name := fs.String("strategy", "", "the `strategy` to replay with: a name that the command list prints, or so:PATH[:NAME]")
		check := fs.Bool("check", false, "compare with the result lines of FILE instead of printing")
		others := fs.String("against", "", "compare with these `strategies` instead of printing: names with commas between")
		kernel := fs.Bool("kernel", false, "with -against: count the steps of the kernel's own structures")
		brief := fs.Bool("summary", false, "print counts, what is live and free, and times instead of placements")
		var i isolation
		i.bind(fs)
		return func(ctx context.Context, args []string) error {
			if !*brief {
				defer env.endWith(ctx, "replay")()
			}
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
			switch {
			case *check && *others != "":
				return usagef("-check and -against exclude each other")
			case *check && *brief:
				return usagef("-check and -summary exclude each other")
			case *kernel && *others == "":
				return usagef("-kernel needs -against")
			case *kernel && *brief:
				return usagef("-kernel and -summary exclude each other")
			}
			path, err := onlyFile(args)
			if err != nil {
				return err
			}
			who := libraryOf(*name) + list[0].Name
			if *others != "" {
				who = "one of " + named
			}
			return unchanged(path+": "+who, func() error {
				switch {
				case *brief:
					return summarize(ctx, env, list, path)
				case *others != "":
					return against(env, list, path, *kernel)
				}
				return replayTrace(env, list[0], path, *check)
			})
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
	if name == everyName {
		return s, usagef("one strategy is needed, not %s", name)
	}
	list, err := strategiesOf(name, given)
	if err != nil {
		return s, err
	}
	if s = list[0]; foreign(s) {
		s = strategies.Checked(s)
	}
	return s, nil
}

// replayTrace runs the trace at path through s, and in the end checks the whole heap
// if the allocator can.
func replayTrace(env *environment, s strategies.Strategy, path string, check bool) error {
	r, err := env.openTrace(path)
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

// against replays the trace at path on several strategies side by side, and prints what
// is exact of each, and where it first answers otherwise than the first of them. With
// kernel it also counts the steps of the kernel's own structures.
func against(env *environment, list []strategies.Strategy, path string, kernel bool) error {
	r, err := env.openTrace(path)
	if err != nil {
		return err
	}
	defer r.Close()
	counted := make([]*sides.Side, len(list))
	allocators := make([]strategies.Allocator, len(list))
	for i, s := range list {
		if allocators[i], err = begin(s, r, path); err != nil {
			return err
		}
		counted[i] = &sides.Side{Name: s.Name, Allocator: allocators[i]}
	}
	place := make(map[*sides.Side]int) // of the answers of its twin
	for _, s := range counted {
		if twin, ok := kernelwork.For(s.Name); ok && kernel {
			if s.Kernel, err = twin.New(r.Region()); err != nil {
				return err
			}
			place[s] = len(allocators)
			allocators = append(allocators, s.Kernel)
		}
	}
	var apart error // of a strategy and its twin
	err = guarded(func() error {
		return replay.SideBySide(r, allocators, func(rec *trace.Record, answers []replay.Answer) {
			for i, s := range counted {
				if rec.Kind == trace.Live || s.Unfit != nil {
					s.Unfit = answers[i].Err
					continue
				}
				s.Note(rec, answers[i])
				s.Compare(rec, answers[i], counted[0], answers[0])
				if s.Kernel != nil && apart == nil && !answers[place[s]].Same(answers[i]) {
					apart = fmt.Errorf("%s: %s: %s answers %v, the kernel's own structures %v, so their steps are not its own",
						r.Where(), replay.Describe(rec), s.Name, answers[i], answers[place[s]])
				}
			}
		})
	})
	err = cmp.Or(err, apart)
	for i, a := range allocators {
		if i == 0 || err == nil {
			err = finish(a, r, path, err)
		}
	}
	if err != nil {
		return err
	}
	sides.Print(env.stdout, counted)
	sides.PrintDifferences(env.stdout, counted)
	if kernel {
		sides.PrintTwins(env.stdout, counted)
	}
	return sides.LeftOut(counted, path)
}

// A summary is a replay of a trace of any length on several strategies, of which only
// what came of it is printed.
type summary struct {
	env    *environment
	path   string
	stream *workloads.Stream
	sides  []*sides.Side
	tally  []*replay.Tally // by side
}

// summarize replays the trace at path, batch by batch, and prints what is counted of each
// strategy, and times. The trace is read once, in another goroutine, and never held. If
// ctx is done it prints what there is so far.
func summarize(ctx context.Context, env *environment, list []strategies.Strategy, path string) error {
	r, err := env.openTrace(path)
	if err != nil {
		return err
	}
	defer r.Close()
	s := summary{env: env, path: path}
	for _, strategy := range list {
		a, err := begin(strategy, r, path)
		if err != nil {
			return err
		}
		s.sides = append(s.sides, &sides.Side{Name: strategy.Name, Allocator: a, Checked: foreign(strategy)})
		s.tally = append(s.tally, replay.NewTally(a))
	}
	began := time.Now()
	s.stream = workloads.NewStream(r)
	err = s.replay(ctx)
	took := time.Since(began)
	s.stream.Close()
	if err != nil && err != errInterrupted {
		return err
	}
	for i, side := range s.sides {
		side.Take(s.tally[i])
		if err == nil && side.Unfit == nil {
			err = finish(side.Allocator, r, path, nil)
		}
	}
	if err != nil && err != errInterrupted {
		return err
	}
	sides.Print(env.stdout, s.sides)
	s.printTimes(took)
	if err != nil {
		return fmt.Errorf("%s: %w after %d operations", path, err, s.tally[0].Operations)
	}
	return sides.LeftOut(s.sides, path)
}

// replay replays the stream to its end.
func (s *summary) replay(ctx context.Context) error {
	size := int64(0)
	if info, err := os.Stat(s.path); err == nil && info.Mode().IsRegular() {
		size = info.Size()
	}
	bar := progress.NewPatient(s.env.stderr)
	defer bar.Done()
	for s.stream.Next() {
		if ctx.Err() != nil {
			return errInterrupted
		}
		for i := range s.sides {
			if err := s.part(i); err != nil {
				return err
			}
		}
		if size > 0 {
			const steps = 1000
			bar.Step(int(min(s.stream.Offset(), size)*steps/size), steps, fmt.Sprint(s.tally[0].Operations/1e6, " million operations"))
		}
	}
	return s.stream.Err()
}

// part replays a batch on a side.
func (s *summary) part(i int) error {
	t, side := s.tally[i], s.sides[i]
	if side.Unfit != nil {
		return nil
	}
	err := guarded(func() error { return t.Replay(s.stream.Ops(), s.stream.Slots()) })
	switch {
	case err == nil:
		return nil
	case !errors.Is(err, replay.ErrState):
		return fmt.Errorf("%s: operation %d: %w", s.path, t.Operations, err)
	case i == 0:
		return fmt.Errorf("%s: the strategy %w", s.path, err)
	}
	side.Unfit = err
	return nil
}

// printTimes says what the times in the table hold, and how fast all of it was.
func (s *summary) printTimes(took time.Duration) {
	out, n := s.env.stdout, s.tally[0].Operations
	if n == 0 {
		return
	}
	seconds := took.Seconds()
	fmt.Fprintf(out, "\nwith reading, unpacking and parsing: %.2f s, %.0f ns an operation, %.2f million a second\n",
		seconds, 1e9*seconds/float64(n), float64(n)/1e6/seconds)
	busy := s.stream.Busy()
	fmt.Fprintf(out, "of that, reading, unpacking and parsing took %.2f s, %d ns an operation, beside the replay\n",
		busy.Seconds(), busy.Nanoseconds()/int64(n))
	fmt.Fprintln(out, "the times in the table are without it, and with the counting of what is live")
	for _, side := range s.sides {
		if side.Checked {
			fmt.Fprintf(out, "%s ran under the shadow model, and its time is that of both\n", side.Name)
		}
	}
}
