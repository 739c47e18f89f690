package lab

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/vramlab/vramlab/cmd/vramlab/progress"
	"github.com/vramlab/vramlab/workloads"
	"github.com/vramlab/vramlab/workloads/census"
	"github.com/vramlab/vramlab/workloads/census/drawing"
	"github.com/vramlab/vramlab/workloads/model"
	"github.com/vramlab/vramlab/workloads/trace"
)

var generateCommand = command{
	name: "generate", args: "WORKLOAD -n N [-o FILE.zst]",
	doc: "write a generated workload of any length as a trace",
	long: `Writes the operations of a generated workload (the command list prints the names) as a
trace: those that run would do with the same seed and length. Memory does not grow with the
length. FILE.zst is packed with zstd and FILE.gz with gzip; without -o the trace goes to
standard output, as text.

Ids are small numbers that are used again. A second attempt after a refusal (contigfirst)
is left out, since only an allocator can say whether it is made; a comment counts them.

FILE is written whole or not at all. One that is there already is not touched.`,
	examples: []string{
		"generate steady -n 100M -o steady.trace.zst",
		"generate -n 1e5 -seed 7 gfx | vramlab replay -strategy buddy -summary -",
	},
	takes:  map[string]words{"": {names: func(*environment) []string { return namesOf(generators(), workloadName) }}},
	gentle: true, subject: true,
	setup: func(fs *flag.FlagSet, env *environment) action {
		g := generation{env: env}
		fs.Func("n", "the `number` of operations, as 100000000, 1e8 or 100M (default: what run does)", countFlag(&g.n))
		fs.StringVar(&g.out, "o", "", "the trace `file` to make; .gz or .zst at its end packs it")
		fs.Uint64Var(&g.seed, "seed", 1, "the seed of the workload")
		return func(ctx context.Context, args []string) error {
			if len(args) != 1 {
				return usagef("one workload is needed, got %d arguments", len(args))
			}
			var err error
			if g.w, err = find(args[0], "generated workload", generators(), workloadName); err != nil {
				return err
			}
			return g.run(ctx)
		}
	},
}

// generators are the workloads that can be of any length.
func generators() (list []workloads.Workload) {
	for _, w := range workloads.All() {
		if w.Parts != nil {
			list = append(list, w)
		}
	}
	return list
}

// generation is what generate does.
type generation struct {
	env  *environment
	w    workloads.Workload
	n    int // operations wanted, 0: the usual number
	seed uint64
	out  string

	done, skipped int // operations; of them, second attempts
	bar           *progress.Bar
}

func (g *generation) run(ctx context.Context) error {
	if err := vacant(g.out); err != nil {
		return err
	}
	g.bar = progress.NewPatient(g.env.stderr)
	write := func(w io.Writer) error { return g.write(ctx, w) }
	var err error
	if g.out == "" {
		err = packedAs(g.env.stdout, "", write)
	} else {
		err = g.env.createFile(g.out, write)
	}
	g.bar.Done()
	if err != nil {
		return err
	}
	target := g.out
	if target == "" {
		target = "standard output"
	}
	fmt.Fprintf(g.env.stderr, "%s: %d operations of %s, seed %d%s\n", target, g.done, g.w.Name, g.seed, g.leftOut())
	return nil
}

// leftOut says how many second attempts are not in the trace.
func (g *generation) leftOut() string {
	if g.skipped == 0 {
		return ""
	}
	return fmt.Sprintf("; %d second attempts are left out of them", g.skipped)
}

// write writes the trace, and stops if ctx is done.
func (g *generation) write(ctx context.Context, to io.Writer) error {
	w := trace.NewWriter(to, g.w.Region, g.w.Title+": "+g.w.Doc, fmt.Sprintf("generated: %s, seed %d", g.w.Name, g.seed))
	err := g.w.Parts(g.seed, g.n, func(part []workloads.Op) error {
		if ctx.Err() != nil {
			return errInterrupted
		}
		for i := range part {
			switch op := &part[i]; op.Kind {
			case workloads.Alloc:
				w.Alloc(uint64(op.Slot), op.Req)
			case workloads.Free, workloads.FreeCleared:
				w.Free(uint64(op.Slot), op.Kind == workloads.FreeCleared)
			case workloads.Fallback:
				g.skipped++
			default:
				workloads.WriteKeep(w, uint64(op.Slot), op)
			}
		}
		g.done += len(part)
		if g.n > 0 {
			g.bar.Step(g.done, g.n, g.w.Name)
		}
		return w.Err()
	})
	if err != nil {
		return err
	}
	if left := g.leftOut(); left != "" {
		w.Comment(strings.TrimPrefix(left, "; "))
	}
	return w.Flush()
}

// timeFlag reads a time above 0 into d.
func timeFlag(d *time.Duration) func(string) error {
	return func(text string) (err error) {
		if *d, err = time.ParseDuration(text); err != nil || *d <= 0 {
			return errors.New("not a time above 0, as 40ms or 1m30s")
		}
		return nil
	}
}

var modelCommand = command{
	name: "model", args: "[-o OUT.model] FILE",
	doc: "fit a generator to a trace",
	long: `Fits sizes, lifetimes and the course of both over the run of a trace, or of a capture of
another program, and writes them as a small text, which run -workload makes a generator
of: with other seeds, longer than the trace, or changed by hand. Without -o it goes to
standard output. What a model does not keep is said in its comments; run both to see how
far it is from its trace.`,
	examples: []string{
		"model -o game.model game.trace.gz",
		"run -trace game.trace.gz -workload game.model",
	},
	setup: func(fs *flag.FlagSet, env *environment) action {
		env.bindDevice(fs)
		out := fs.String("o", "", "the `file` to make")
		most := usualMost
		fs.Func("most", mostDoc, countFlag(&most))
		return func(ctx context.Context, args []string) error {
			path, err := onlyFile(args)
			if err != nil {
				return err
			}
			if err := vacant(*out); err != nil {
				return err
			}
			w, err := env.workloadOf(path, most)
			if err != nil {
				return err
			}
			m := model.Fit(&w, w.Ops(1, 0))
			if len(m.Classes) == 0 {
				return fmt.Errorf("%s: nothing is allocated", path)
			}
			if *out == "" {
				return m.Write(env.stdout)
			}
			return env.createFile(*out, func(w io.Writer) error { return m.Write(w) })
		}
	},
}

var inspectCommand = command{
	name: "inspect", args: "[-plot FILE.svg] FILE",
	doc: "print what a trace consists of: sizes, lifetimes, what it needs",
	long: `Prints what a trace consists of, without an allocator: operations by kind, what is
live and when, alignments, conditions and windows, requests by size, objects by size and
lifetime, and the least that a region must have to serve it. FILE is a trace, - for
standard input, or the name of a workload.

What is live is counted as if every request had been granted. Lifetimes are counted in
operations. A class of sizes is named by its smallest size: 4 KiB is 4 KiB and more, and
less than 8 KiB.

With -plot it also draws what is live over the operations, and the table of sizes and
lifetimes as a map, into an SVG or a PNG.`,
	examples: []string{"inspect game.trace.gz", "inspect -plot chromium.svg chromium"},
	setup: func(fs *flag.FlagSet, env *environment) action {
		env.bindDevice(fs)
		plot := fs.String("plot", "", "draw it too, into this `file`, which ends in "+strings.Join(drawing.Formats(), " or "))
		return func(_ context.Context, args []string) error {
			path, err := onlyFile(args)
			if err != nil {
				return err
			}
			if ending := filepath.Ext(*plot); *plot != "" && !slices.Contains(drawing.Formats(), ending) {
				return usagef("-plot %s: a drawing ends in %s", *plot, strings.Join(drawing.Formats(), " or "))
			}
			if err := vacant(*plot); err != nil {
				return err
			}
			title, c, err := env.inspect(path)
			if err != nil {
				return err
			}
			printTitle(env.stdout, title)
			fmt.Fprintln(env.stdout)
			if err := c.Print(env.stdout); err != nil || *plot == "" {
				return err
			}
			return env.drawTo(*plot, title, c)
		}
	},
}

// drawTo draws a census into a file at path.
func (env *environment) drawTo(path string, of workloads.Workload, c *census.Census) error {
	return env.createFile(path, func(w io.Writer) error {
		return drawing.Write(w, filepath.Ext(path), printable(of.Title+": "+of.Doc), c)
	})
}

// inspect counts the trace at path, or the workload of that name if there is no such file.
// The workload has no operations if it is a trace: only its head is kept.
func (env *environment) inspect(path string) (workloads.Workload, *census.Census, error) {
	if w, ok := workloads.Lookup(path); ok && !exists(path) {
		return w, census.Count(w.Region, w.Ops(1, 0)), nil
	}
	r, err := env.openTrace(path)
	if err != nil {
		return workloads.Workload{}, nil, err
	}
	defer r.Close()
	c, err := census.Read(r)
	return workloads.FromHeader(path, r), c, err
}
