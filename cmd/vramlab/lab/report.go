package lab

import (
	"context"
	"flag"
	"fmt"

	"github.com/vramlab/vramlab/report"
)

var reportCommand = command{
	name: "report", args: "DIR",
	doc: "write the report of a run directory again",
	long: `Reads DIR/run.bench and the files beside it and writes DIR/report.html, one file
that needs no network. No allocator runs, so the directory may be a year old, or of
a run that was interrupted. The same directory gives the same bytes.`,
	examples: []string{"report run-1"},
	setup: func(_ *flag.FlagSet, env *environment) action {
		return func(_ context.Context, args []string) error {
			if len(args) != 1 {
				return usagef("one run directory is needed, got %d arguments", len(args))
			}
			run, err := report.Load(args[0])
			if err != nil {
				return err
			}
			noteLeftOut(env, run)
			return present(env, run)
		}
	},
}

// conclude presents the run that was written to dir.
func conclude(env *environment, dir string) error {
	run, err := report.Load(dir)
	if err != nil {
		return err
	}
	return present(env, run)
}

// present writes the report of a run and prints its verdicts and its path. The verdicts
// are printed also if the report cannot be written.
func present(env *environment, run *report.Run) error {
	path, unwritten := run.Write()
	fmt.Fprintf(env.stdout, "\n%s\n\n", run.Headline())
	printLines(env, run.Verdicts(), "workloads")
	if scaling := run.Scaling(); len(scaling) > 0 {
		fmt.Fprintln(env.stdout)
		printLines(env, scaling, "lines")
	}
	if len(run.Verdicts()) > 0 {
		fmt.Fprintf(env.stdout, "\n%s\n", run.Scope())
	}
	printWarnings(env, run.Warnings())
	if unwritten != nil {
		return unwritten
	}
	_, err := fmt.Fprintf(env.stdout, "\nreport: %s\n", path)
	return err
}

// printWarnings prints what was wrong with the files of a run: a few lines, the rest of
// which the report has.
func printWarnings(env *environment, all []string) {
	const most = 5
	for i, w := range all {
		if i == 0 {
			fmt.Fprintf(env.stdout, "\nIn the files:\n")
		}
		if i == most {
			fmt.Fprintf(env.stdout, "  and %d more, listed at the end of the report\n", len(all)-most)
			return
		}
		fmt.Fprintf(env.stdout, "  %s\n", w)
	}
}
