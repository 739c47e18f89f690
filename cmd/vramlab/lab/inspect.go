package lab

import (
	"context"
	"flag"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"github.com/vramlab/vramlab/workloads"
	"github.com/vramlab/vramlab/workloads/census"
	"github.com/vramlab/vramlab/workloads/census/drawing"
)

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

// printTitle prints what a workload is, in lines of at most 80 columns.
func printTitle(w io.Writer, of workloads.Workload) {
	line := printable(of.Title) + ":"
	for word := range strings.FieldsSeq(printable(of.Doc)) {
		if len(line)+1+len(word) > 80 {
			fmt.Fprintln(w, line)
			line = word
			continue
		}
		line += " " + word
	}
	fmt.Fprintln(w, line)
}
