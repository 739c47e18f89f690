// Command instructions counts the instructions that an operation takes, under valgrind, and
// prints them in the Go benchmark format, for benchstat and for vramlab compare:
//
//	scripts/instructions > new.txt
//	scripts/instructions -strategies buddy,tlsf -workloads gfx -ops 50000 -count 10
//
// # Idea
//
// A time depends on what else the machine does; the number of instructions does not. It is
// no time: it knows no cache misses and no stalls. But where one and the same code is
// compared before and after a change, on a machine that is never quiet, it finds what no
// clock does, and so it can be a gate:
//
//	vramlab compare -gate 'insns/op +1%' old.txt new.txt
//
// # How it counts
//
// Valgrind (callgrind) runs this program once for each strategy and workload. It replays the
// stream once, then count times between the entries of two functions that valgrind knows by
// name: at the first it begins to count, at the second it writes down what it counted. That
// is the allocations and frees of the stream with the replay loop, and neither the state of a
// trace nor the frees of what is live at the end. There is one processor for goroutines, and
// the garbage collector runs between replays only.
//
// To count within one function was tried: valgrind follows calls by the stack, loses the
// function when the scheduler changes to another goroutine's, and then counts no more.
//
// # How far it repeats
//
// Not exactly: the Go scheduler looks after the goroutine every 10 ms, and under valgrind
// that is some times in a replay, the more often the busier the machine is. Of 20,000
// operations, at a load of 15 on two cores, replays of one process lie within 0.3 %, and the
// medians of ten of them differed by 0.2 % at most from one process to the next. So the
// unit is not an exact one, and a limit of 1 % holds.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/vramlab/vramlab/bench/schema"
	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/strategies/all"
	"github.com/vramlab/vramlab/workloads"
)

func main() { os.Exit(instructions(os.Stdout, os.Stderr, all.List(), os.Args[1:])) }

// The exit codes.
const (
	exitOK     = 0
	exitFailed = 1
	exitUsage  = 2
)

// instructions is the command, with the strategies that there are.
func instructions(out, errOut io.Writer, list []strategies.Strategy, args []string) int {
	if len(args) > 0 && args[0] == countedArg {
		return ended(errOut, exitFailed, runCounted(out, list, args[1:]))
	}
	o, err := parse(errOut, list, args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return exitOK
	case err != nil:
		return ended(errOut, exitUsage, err)
	}
	return ended(errOut, exitFailed, o.run(out))
}

// ended prints an error and returns the exit code.
func ended(errOut io.Writer, code int, err error) int {
	if err == nil {
		return exitOK
	}
	fmt.Fprintln(errOut, "instructions:", err)
	return code
}

// options are the values of the flags.
type options struct {
	strategies, workloads []string
	ops, count            int
	seed                  uint64
}

// maxCount is the most samples of a pair: valgrind writes a file for each.
const maxCount = 1000

func parse(errOut io.Writer, list []strategies.Strategy, args []string) (o options, err error) {
	flags := flag.NewFlagSet("instructions", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.IntVar(&o.ops, "ops", 20_000, "about how many `operations` a stream has; a recorded trace has its own")
	flags.IntVar(&o.count, "count", 10, "replays to count of each strategy on each workload; compare needs four, and more of many pairs")
	flags.Uint64Var(&o.seed, "seed", 1, "decides the streams")
	chosen := flags.String("strategies", "buddy,rangemgr", "`names` separated by commas, or all")
	loads := flags.String("workloads", "steady,gfx,pages", "`names` separated by commas")
	err = flags.Parse(args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		fmt.Fprintln(errOut, "usage: scripts/instructions [flags] > new.txt")
		flags.SetOutput(errOut)
		flags.PrintDefaults()
		return o, err
	case err != nil:
		return o, err
	case flags.NArg() > 0:
		return o, fmt.Errorf("takes no arguments, got %q", flags.Arg(0))
	case o.ops < 1 || o.count < 1 || o.count > maxCount:
		return o, fmt.Errorf("%d operations and %d replays: at least one of both, and at most %d replays", o.ops, o.count, maxCount)
	}
	if o.strategies = strings.Split(*chosen, ","); *chosen == "all" {
		o.strategies = namesOf(list)
	}
	o.workloads = strings.Split(*loads, ",")
	for _, name := range o.strategies {
		if _, err := find(list, name); err != nil {
			return o, err
		}
	}
	for _, name := range o.workloads {
		if _, ok := workloads.Lookup(name); !ok {
			return o, fmt.Errorf("no workload %q (vramlab list has them)", name)
		}
	}
	return o, nil
}

func namesOf(list []strategies.Strategy) (names []string) {
	for _, s := range list {
		names = append(names, s.Name)
	}
	return names
}

// find is the strategy of a name.
func find(list []strategies.Strategy, name string) (strategies.Strategy, error) {
	i := slices.IndexFunc(list, func(s strategies.Strategy) bool { return s.Name == name })
	if i < 0 {
		return strategies.Strategy{}, fmt.Errorf("no strategy %q (have: %s)", name, strings.Join(namesOf(list), ", "))
	}
	return list[i], nil
}

// run prints the head, then the lines of each pair as soon as it is counted.
func (o *options) run(out io.Writer) error {
	v, err := findValgrind()
	if err != nil {
		return err
	}
	// A fact is a comment, as in the files of a run: compare refuses other work by it.
	_, err = fmt.Fprintf(out, "%s\n# %s: %d\n# %s: %d\n", schema.InsnsPerOp.Line(), schema.FactSeed, o.seed, schema.FactOps, o.ops)
	for _, w := range o.workloads {
		for _, s := range o.strategies {
			if err != nil {
				return err
			}
			p := pair{s, w, o.ops, o.count, o.seed}
			ops, counts, failed := v.count(p)
			if failed != nil {
				return fmt.Errorf("%s on %s: %w", s, w, failed)
			}
			_, err = io.WriteString(out, p.lines(ops, counts))
		}
	}
	return err
}

// lines are those of the counts of some replays of so many operations each.
func (p *pair) lines(ops int, counts []uint64) string {
	var b strings.Builder
	for _, n := range counts {
		fmt.Fprintf(&b, "BenchmarkInstructions/%s/%s %d %.2f %s\n", schema.Strategy.Is(p.strategy), schema.Workload.Is(p.workload),
			ops, float64(n)/float64(ops), schema.InsnsPerOp.Name)
	}
	return b.String()
}
