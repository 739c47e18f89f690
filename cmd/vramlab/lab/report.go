package lab

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/vramlab/vramlab/bench/schema"
	"github.com/vramlab/vramlab/cmd/vramlab/opener"
	"github.com/vramlab/vramlab/cmd/vramlab/progress"
	"github.com/vramlab/vramlab/cmd/vramlab/recipe"
	"github.com/vramlab/vramlab/report"
	"github.com/vramlab/vramlab/report/serve"
)

var reportCommand = command{
	name: "report", args: "[-open] DIR",
	doc: "write the report of a run directory again",
	long: `Reads DIR/run.bench and the files beside it and writes DIR/report.html, one file
that needs no network. No allocator runs, so the directory may be a year old, or of
a run that was interrupted. The same directory gives the same bytes.

Each workload with placements has a map of its addresses in the page, with all strategies,
within 8 MiB for all of them: first how full each cell is at 240 moments, then what else is
drawn of cells, then every object, the most telling maps first. A workload of more than
200,000 requests has more moments around its first refusal, the fullest and the most broken
one. -maps-size gives the maps more or less, and -maps says which workloads have one.`,
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
// there is none, or if the strategy is not to be had here.
func whyLine(env *environment, run *report.Run) string {
	r, ok := run.Telling()
	if !ok {
		return ""
	}
	item := r.Strategy
	if f, err := recipe.Read(filepath.Join(r.Dir, schema.Experiment)); err == nil && r.Index < len(f.Strategies) {
		if s := f.Strategies[r.Index]; s.Library != "" {
			item = s.Item()
		}
	} else if _, err := strategyNamed(item, env.strategies); err != nil {
		return ""
	}
	words := quoted([]string{r.Dir, r.Workload, item})
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

var serveCommand = command{
	name: "serve", args: "[-addr HOST:PORT] [-open] [DIR]", gentle: true,
	doc: "show the runs below a directory in a browser, finished or not",
	long: `Lists the runs in DIR (default: the current directory), which may be one itself, and one or
two levels below it; shows their reports, files and what changed from one to another, as the
command compare does; says how far a run is that is still going on, and what it has found;
and has pprof's own pages for the profiles of a run with -profile. It writes nothing: a
report that is not there, or older than its files, is made in memory.

The address stands on standard output. It listens on this machine only, at port 8080 or one
of the next if that is taken; -addr chooses another, and takes one that other machines
reach only with -public: who can reach it can read all runs of DIR. Requests that name
another host are refused, links that lead out of DIR are not followed, and reports and
the pages of pprof, which have scripts, are kept from everything else that is served.
It ends when it is interrupted.

A run is going on while a process holds the lock of its journal, or, where files have no
locks, while the journal grows. What it has found is read again once a round, since reading
takes processor time that the run may be measuring.`,
	examples: []string{"serve", "serve -open nightly", "serve -addr 127.0.0.1:0 run-1"},
	setup: func(fs *flag.FlagSet, env *environment) action {
		addr := fs.String("addr", "", "the `address` to listen at (default "+serve.DefaultAddr+", or the next free port)")
		public := fs.Bool("public", false, "take an -addr that other machines can reach")
		open := fs.Bool("open", false, "open the system's browser")
		return func(ctx context.Context, args []string) error {
			dir := "."
			switch len(args) {
			case 0:
			case 1:
				dir = args[0]
			default:
				return usagef("one directory is served, got %d arguments", len(args))
			}
			if _, _, err := net.SplitHostPort(*addr); err != nil && *addr != "" {
				return usagef("-addr %s: it is HOST:PORT, as %s", *addr, serve.DefaultAddr)
			}
			if *addr != "" && !serve.Loopback(*addr) {
				if !*public {
					return usagef("-addr %s: other machines can reach that; -public says that they may", *addr)
				}
				fmt.Fprintf(env.stderr, "warning: whoever reaches %s can read all runs in %s\n", *addr, dir)
			}
			s, err := serve.New(dir)
			if err != nil {
				return err
			}
			defer s.Close()
			l, err := serve.Listen(*addr)
			if err != nil {
				return err
			}
			url := serve.URL(l)
			if _, err := fmt.Fprintf(env.stdout, "serving %s at %s\n", printable(dir), url); err != nil {
				l.Close()
				return err
			}
			if *open {
				env.open(url)
			}
			if err := s.Serve(ctx, l, *addr); err != nil {
				return err
			}
			return errInterrupted
		}
	},
}

// open shows a page in the system's browser. That there is none is no error: the page can be
// opened by hand.
func (env *environment) open(page string) {
	if err := opener.Open(page); err != nil {
		fmt.Fprintf(env.stderr, "note: no browser was opened: %s\n", oneLine(err))
	}
}
