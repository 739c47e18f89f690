package lab

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/vramlab/vramlab/cmd/vramlab/progress"
	"github.com/vramlab/vramlab/report"
)

var reportCommand = command{
	name: "report", args: "[-open] DIR",
	doc: "write the report of a run directory again",
	long: `Reads DIR/run.bench and the files beside it and writes DIR/report.html, one file
that needs no network. No allocator runs, so the directory may be a year old, or of
a run that was interrupted. The same directory gives the same bytes.

Each workload with placements has a map of its addresses in the page, with all strategies,
within 8 MiB for all of them: first how full each cell is at 240 moments, then what else is
drawn of cells, then every object, the most telling maps first. -maps-size gives them more
or less, and -maps says which workloads have one.`,
	examples: []string{"report run-1", "report -open run-1", "report -cost pte=4ns,copy=12GB/s run-1", "report -maps gfx,steady -maps-size 20MiB run-1"},
	setup: func(fs *flag.FlagSet, env *environment) action {
		open := fs.Bool("open", false, "open the report in the system's browser")
		var o report.Options
		fs.StringVar(&o.Cost, "cost", "", pricesDoc())
		fs.StringVar(&o.Maps, "maps", "all", "the workloads that have address maps, by `names` with commas between, or all or none")
		fs.Func("maps-size", "`bytes` that the data of the maps may take, as in 20MiB (default 8MiB)", byteFlag(&o.MapBytes))
		return func(_ context.Context, args []string) error {
			if len(args) != 1 {
				return usagef("one run directory is needed, got %d arguments", len(args))
			}
			if err := o.Check(); err != nil {
				return usagef("-%w", err)
			}
			run, err := report.LoadWith(args[0], o)
			if err != nil {
				return err
			}
			noteLeftOut(env, run)
			if err := present(env, run); err != nil || !*open {
				return err
			}
			env.open(filepath.Join(args[0], "report.html"))
			return nil
		}
	},
}

// pricesDoc says which prices there are.
func pricesDoc() string {
	var all []string
	for _, p := range report.Prices() {
		all = append(all, p.Name+"="+p.Default)
	}
	return "`prices` of what a driver pays, by default " + strings.Join(all, ",") + ": of a page-table entry written, and of bytes moved for what was refused"
}

// conclude presents the run that was written to dir.
func conclude(env *environment, dir string) error {
	run, err := report.Load(dir)
	if err != nil {
		return err
	}
	return present(env, run)
}

// present writes the report of a run and prints what it found, also if the report cannot be
// written.
func present(env *environment, run *report.Run) error {
	path, unwritten := run.Write()
	last := "report: " + path
	if unwritten != nil {
		path, last = "", "no report was written"
	}
	if env.events != nil {
		env.events.End(run, path)
		return unwritten
	}
	_, err := fmt.Fprint(env.stdout, "\n", run.ClosingWith(report.Look{
		Columns: progress.Width(env.stdout), Colour: progress.Colours(env.stdout), Whole: progress.Columns(env.stdout) == 0,
	}, whyLine(env, run), last))
	return cmp.Or(unwritten, err)
}

// whyLine names the command that explains a refusal that another strategy granted; "" if
// there is none.
func whyLine(env *environment, run *report.Run) string {
	r, ok := run.Telling()
	if !ok {
		return ""
	}
	words := quoted([]string{r.Dir, r.Workload, r.Strategy})
	return fmt.Sprintf("why: %s explain %s -workload %s -strategy %s -op %d", env.program, words[0], words[1], words[2], r.Op)
}

// noteLeftOut says on standard error which files of a run are not there, and how many were
// left out.
func noteLeftOut(env *environment, run *report.Run) {
	if missing := run.Missing(); len(missing) > 0 {
		fmt.Fprintf(env.stderr, "not there: %s\n", strings.Join(missing, ", "))
	}
	switch n := run.LeftOut(); n {
	case 0:
	case 1:
		fmt.Fprintln(env.stderr, "1 file was left out (see the end of the page)")
	default:
		fmt.Fprintf(env.stderr, "%d files were left out (see the end of the page)\n", n)
	}
}

// numberedDir begins the name of a run directory that nobody chose.
const numberedDir = "run-"

func numbered(dir string) bool {
	n, ok := strings.CutPrefix(dir, numberedDir)
	_, err := strconv.ParseUint(n, 10, 32)
	return ok && err == nil
}

// makeDir makes the run directory: dir, or the first of run-1, run-2, ... that does
// not exist, so that two runs at once never share one. Files can be made in it.
func makeDir(dir string) (string, error) {
	if dir != "" {
		if err := os.MkdirAll(dir, 0o777); err != nil {
			return dir, err
		}
		f, err := os.CreateTemp(dir, ".new-")
		if err != nil {
			return dir, fmt.Errorf("nothing can be written in %s: %w", dir, errors.Unwrap(err))
		}
		f.Close()
		return dir, os.Remove(f.Name())
	}
	for i := 1; ; i++ {
		dir = numberedDir + strconv.Itoa(i)
		if err := os.Mkdir(dir, 0o777); !errors.Is(err, fs.ErrExist) {
			return dir, err
		}
	}
}
