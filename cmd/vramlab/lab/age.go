package lab

import (
	"context"
	"flag"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"github.com/vramlab/vramlab/cmd/vramlab/ageing"
	"github.com/vramlab/vramlab/cmd/vramlab/progress"
	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/workloads"
	"github.com/vramlab/vramlab/workloads/age"
)

var ageCommand = command{
	name: "age", args: "[flags]",
	gentle: true,
	doc:    "find how long a strategy that grows old serves large pages",
	long: `Keeps a region full for a long time under each strategy, and prints after how many
operations a contiguous, aligned 2 MiB would first be refused: the median of some seeds,
with an interval that assumes no distribution. >N is a median of runs that did not refuse
it within N operations. The count begins when the region is full.

A run ends when that has happened and its curve of unusable free memory is steady, or after
-ops operations. What is asked is asked of forks: second allocators that did the same
operations, so that asking changes nothing. They also prove the headline.

-o keeps the placements of each run as a trace. Anybody can find the headline in it again:
scripts/ageing-headline does, and shares no code with the command.

so:PATH[:NAME] is a strategy in a shared library, as for replay.`,
	examples: []string{
		"age",
		"age -strategies all -seeds 21 -ops 1M",
		"age -fill 95 -at 0,1000,100000 -o aged",
		"age -workload gfx -fill 90",
	},
	takes: map[string]words{"strategies": {strategyNames, true}, "workload": {func(*environment) []string {
		return namesOf(append(workloads.List(), workloads.Plain()...), workloadName)
	}, false}},
	setup: func(fs *flag.FlagSet, env *environment) action {
		env.bindDevice(fs)
		g := growingOld{env: env, fills: age.Fills(), ops: age.DefaultOps, seeds: 9}
		var c choice
		c.bind(fs, compared(env.strategies))
		fs.Func("fill", "how full the region is kept, `percent` with commas between (default 80,90,95)", numbersFlag(&g.fills, 1, 99))
		fs.Func("seeds", "the `number` of runs of each strategy at each level (default 9)", func(text string) (err error) {
			g.seeds, err = strconv.Atoi(text)
			return inRange(err, g.seeds, 1, mostSeeds)
		})
		fs.Uint64Var(&g.first, "seed", 1, "the first seed")
		fs.Func("ops", fmt.Sprintf("the `number` of operations after which a run ends at the latest, as 1000000, 1e6 or 1M (default %d)", age.DefaultOps), countFlag(&g.ops))
		fs.StringVar(&g.workload, "workload", "", "grow old on this workload, or on the trace in this `file`, in a region that its peak fills (default: a load made for it)")
		fs.Func("at", "also ask a fork of the first seed after so many `operations`, with commas between", numbersFlag(&g.at, 0, mostCounted))
		fs.StringVar(&g.out, "o", "", "the `directory` to keep the placements in")
		return func(ctx context.Context, args []string) error {
			if len(args) > 0 {
				return usagef("age takes flags only, got %q", args[0])
			}
			if g.ops > mostCounted {
				return usagef("-ops %d: at most %d", g.ops, mostCounted)
			}
			return c.ask(ctx, env, func(list []chosen) error { return g.run(ctx, list) })
		}
	},
}

const (
	mostSeeds   = 10_000
	mostCounted = 1 << 30 // operations
)

// growingOld is what the flags of age say.
type growingOld struct {
	env           *environment
	workload, out string
	fills, at     []int
	seeds, ops    int
	first         uint64
}

func (g *growingOld) run(ctx context.Context, list []chosen) error {
	bar := progress.NewPatient(g.env.stderr)
	p := ageing.Plan{Fills: g.fills, Seeds: g.seeds, First: g.first, Ops: g.ops, At: g.at, Step: bar.Step}
	cores := runtime.GOMAXPROCS(0)
	for _, c := range list {
		s := c.Strategy
		if foreign(s) {
			s, cores = strategies.Checked(s), 1
		}
		p.Strategies = append(p.Strategies, s)
	}
	if g.workload != "" {
		w, err := g.env.workloadOf(g.workload, math.MaxInt)
		if err != nil {
			return err
		}
		if p.Workload = &w; w.Parts == nil {
			p.Seeds = 1 // a trace is the same with each
		}
	}
	if g.out != "" {
		if err := os.MkdirAll(g.out, 0o777); err != nil {
			return err
		}
		p.Create = func(name string, write func(io.Writer) error) error {
			return g.env.createFile(filepath.Join(g.out, name), write)
		}
	}
	results, err := p.Run(ctx, cores)
	bar.Done()
	switch {
	case ctx.Err() != nil:
		return errInterrupted
	case err != nil:
		return err
	}
	p.Print(g.env.stdout, results)
	return nil
}

// numbersFlag reads whole numbers from least to most, with commas between, into list. None
// is there twice.
func numbersFlag(list *[]int, least, most int) func(string) error {
	return func(text string) error {
		var read []int
		for part := range strings.SplitSeq(text, ",") {
			n, err := strconv.Atoi(strings.TrimSpace(part))
			if err := inRange(err, n, least, most); err != nil {
				return fmt.Errorf("%q: %w", part, err)
			}
			if slices.Contains(read, n) {
				return fmt.Errorf("%d is named twice", n)
			}
			read = append(read, n)
		}
		*list = read
		return nil
	}
}

// inRange is the error of a number that is none, or not one from least to most.
func inRange(err error, n, least, most int) error {
	if err != nil || n < least || n > most {
		return fmt.Errorf("not a whole number from %d to %d", least, most)
	}
	return nil
}
