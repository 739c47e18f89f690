package main

import (
	"context"
	"flag"
	"fmt"

	"github.com/vramlab/vramlab/report"
)

var reportCommand = command{
	name: "report", args: "DIR",
	short: "make the report of a run directory again",
	long: `Reads DIR/run.bench and what stands beside it and writes DIR/report.html: one
file that needs no network. No allocator runs; a directory of last year, or of a
run that was stopped, is as good as a new one. The same directory gives the same
bytes.`,
	examples: `
  vramlab report run-1`,
	setup: func(*flag.FlagSet) func(context.Context, environment, []string) error { return writeReport },
}

func writeReport(_ context.Context, env environment, args []string) error {
	if len(args) != 1 {
		return usagef("one run directory is needed, got %d arguments", len(args))
	}
	return conclude(env, args[0])
}

// conclude writes the report of dir and prints its verdicts and where it is.
func conclude(env environment, dir string) error {
	run, err := report.Load(dir)
	if err != nil {
		return err
	}
	path, err := run.Write()
	if err != nil {
		return err
	}
	fmt.Fprintf(env.stdout, "\n%s\n\n", run.Headline())
	for _, v := range run.Verdicts() {
		fmt.Fprintf(env.stdout, "  %s\n", v)
	}
	for i, s := range run.Scaling() {
		if i == 0 {
			fmt.Fprintln(env.stdout)
		}
		fmt.Fprintf(env.stdout, "  %s\n", s)
	}
	_, err = fmt.Fprintf(env.stdout, "\nreport: %s\n", path)
	return err
}
