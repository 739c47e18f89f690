package lab

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/vramlab/vramlab/cmd/vramlab/progress"
	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/workloads"
	"github.com/vramlab/vramlab/workloads/census"
	"github.com/vramlab/vramlab/workloads/replay"
	"github.com/vramlab/vramlab/workloads/smallest"
	"github.com/vramlab/vramlab/workloads/trace"
)

var fitRegionCommand = command{
	name: "fit-region", args: "[flags] FILE",
	gentle: true,
	doc:    "find the smallest region in which each strategy serves a trace",
	long: `Finds, for each strategy, a region that serves the trace without a refusal, while one
of a page less refuses. It prints the size of the region, also in percent of the bytes
live at the peak, and the request that the page less refuses. FILE is a trace, - for
standard input, or the name of a workload.

A trace that one region serves may be refused by a larger one. So the answer is found
by search, with its proof: both regions were replayed. Then smaller regions are tried,
-smaller of them, round sizes first; one that was not tried may serve the trace by
chance. If there is none left to try, it is the smallest there is.

Requests that no region helps are counted apart: what is refused too in a region that
is roomy (such as an alignment that is no power of two, or a full window). A window stays
where it is, and is cut where the region ends before it does; one that ends with the
region of the trace ends with each region.

A request that was refused when the trace was recorded, as the last one before a program
ran out of memory, is left out: the program never had that memory. -refused counts it.

A strategy that scatters needs little more than what is live, since it may grant a
request in many pieces. -contiguous asks for each request in one piece.`,
	examples: []string{
		"fit-region game.trace.gz",
		"fit-region -strategies buddy,rangemgr -smaller -1 game.trace.gz",
		"fit-region -strategies buddy,so:./libmine.so -contiguous game.trace.gz",
	},
	takes: map[string]words{"strategies": {strategyNames, true}},
	setup: func(fs *flag.FlagSet, env *environment) action {
		env.bindDevice(fs)
		var c choice
		c.bind(fs, everyName)
		smaller := fs.Int("smaller", smallest.DefaultSmaller, "try this `number` of smaller regions after the first that was found; -1 for all")
		contiguous := fs.Bool("contiguous", false, "ask for each request in one piece")
		refused := fs.Bool("refused", false, "also serve what was refused when the trace was recorded")
		return func(ctx context.Context, args []string) error {
			return c.askOn(ctx, env, args, func(path string, w workloads.Workload, list []chosen) error {
				f := &fitting{env: env, path: path, workload: w, ops: w.Ops(1, 0), smaller: *smaller}
				if !*refused {
					f.ops, f.from = workloads.Served(f.ops, w.Denied)
				}
				if *contiguous {
					f.ops = workloads.InOnePiece(f.ops)
				}
				return f.run(ctx, list)
			})
		}
	},
}

// fitting is the search for one trace on several strategies.
type fitting struct {
	env      *environment
	path     string
	workload workloads.Workload
	ops      []workloads.Op
	from     []int // where ops stand in the trace; nil: in the same order
	smaller  int

	results []smallest.Result
	errs    []error
}

// run searches, on all cores unless there is a library, and prints what was found, also if
// ctx ends.
func (f *fitting) run(ctx context.Context, list []chosen) error {
	began := time.Now()
	f.results, f.errs = make([]smallest.Result, len(list)), make([]error, len(list))
	cores := runtime.GOMAXPROCS(0)
	if slices.ContainsFunc(list, func(c chosen) bool { return foreign(c.Strategy) }) {
		cores = 1
	}
	const steps = 1000
	var (
		bar    = progress.NewPatient(f.env.stderr)
		shares = make([]float64, len(list))
		lock   sync.Mutex
		work   sync.WaitGroup
		next   = make(chan int)
	)
	for range cores {
		work.Go(func() {
			for i := range next {
				s := list[i].Strategy
				if foreign(s) {
					s = strategies.Checked(s)
				}
				f.results[i], f.errs[i] = smallest.Find(ctx, s, f.workload.Region, f.ops, smallest.Options{
					Smaller: f.smaller,
					Progress: func(done float64) {
						lock.Lock()
						defer lock.Unlock()
						shares[i] = done
						sum := 0.0
						for _, d := range shares {
							sum += d
						}
						bar.Step(int(sum*steps), len(list)*steps, s.Name+" on "+f.workload.Name)
					},
				})
			}
		})
	}
	for i := range list {
		next <- i
	}
	close(next)
	work.Wait()
	bar.Done()
	for i, err := range f.errs {
		if err != nil && !errors.Is(err, context.Canceled) && !errors.Is(err, replay.ErrState) {
			return fmt.Errorf("%s: %s%w", f.path, libraryOf(list[i].item), err)
		}
	}
	done := false
	for i := range list {
		done = done || f.done(i)
	}
	if done {
		f.print(list, time.Since(began))
	}
	switch {
	case ctx.Err() != nil:
		return errInterrupted
	case !done:
		return fmt.Errorf("%s: no strategy can begin in the state of the trace", f.path)
	}
	return nil
}

// done reports whether there is a result of strategy i, perhaps of a search that was
// interrupted.
func (f *fitting) done(i int) bool { return f.errs[i] == nil || f.results[i].Pages > 0 }

// print prints what was found.
func (f *fitting) print(list []chosen, took time.Duration) {
	out := f.env.stdout
	c := census.Count(f.workload.Region, f.ops)
	printTitle(out, f.workload)
	fmt.Fprintf(out, "region of the trace %s, pages of %s\n", census.Size(c.Region.Managed()), census.Size(c.Region.Page))
	if n := len(f.workload.Denied); n > 0 && f.from != nil {
		fmt.Fprintf(out, "left out            %s refused when it was recorded (-refused: not)\n", plural(n, "request"))
	}
	fmt.Fprintf(out, "live at the peak    %s bytes, after operation %s\n", census.Commas(c.Peak.Bytes), census.Commas(c.Peak.Op))
	if b := c.Bound(); b.Bytes > 0 {
		fmt.Fprintf(out, "lower bound         %s bytes: %s\n", census.Commas(b.Bytes), b.Why)
	}
	name := len("strategy")
	for _, s := range list {
		name = max(name, len(s.Name))
	}
	fmt.Fprintf(out, "\n%-*s  %22s  %9s  %s\n", name, "strategy", "smallest region, bytes", "% of peak", "smaller regions")
	var replays, ops uint64
	var few, never bool
	for i, s := range list {
		if r := f.results[i]; f.done(i) {
			replays, ops = replays+uint64(r.Replays), ops+r.Ops
			few, never = few || r.Pages > 0 && !r.All, never || len(r.Never) > 0
			fmt.Fprintf(out, "%-*s  %s\n", name, s.Name, fitRow(r, c.Peak.Bytes))
		} else if errors.Is(f.errs[i], replay.ErrState) {
			fmt.Fprintf(out, "%-*s  left out: it cannot begin in the state of the trace\n", name, s.Name)
		}
	}
	f.printProofs(list, name)
	if never {
		f.printNever(list, name)
	}
	if few {
		fmt.Fprintf(out, "\nFound by search: a smaller region that was not tried may serve the trace by\nchance. -smaller -1 tries all.\n")
	}
	fmt.Fprintf(out, "\n%s replays of %s operations together, in %.1f s\n", census.Commas(replays), census.Commas(ops), took.Seconds())
}

// fitRow is the row of a strategy behind its name.
func fitRow(r smallest.Result, peak uint64) string {
	if r.Pages == 0 {
		return fmt.Sprintf("%22s  %9s  %s", "none", "", "nothing to serve")
	}
	percent := "-"
	if peak > 0 {
		percent = fmt.Sprintf("%.2f", 100*float64(r.Bytes())/float64(peak))
	}
	if len(r.Never) > 0 {
		percent += "*"
	}
	below := "none can serve it" // by the bound
	least := max(1, r.Bound/r.Page)
	switch {
	case r.All && r.Pages == least+1:
		below = "one, tried: it refuses"
	case r.All && r.Pages > least:
		below = fmt.Sprintf("all %s tried, all refuse", census.Commas(r.Pages-least))
	case !r.All:
		below = fmt.Sprintf("%s of %s tried", census.Commas(uint64(r.Smaller)), census.Commas(r.Pages-min(r.Pages, least)))
	}
	return fmt.Sprintf("%22s  %9s  %s", census.Commas(r.Bytes()), percent, below)
}

// printProofs prints what a page less refuses, of each strategy that was done.
func (f *fitting) printProofs(list []chosen, width int) {
	head := "\nproof: served in so many pages, and what one page less refuses\n"
	lines, pages := f.lines(), 0
	for _, r := range f.results {
		pages = max(pages, len(census.Commas(r.Pages)))
	}
	for i, s := range list {
		r := f.results[i]
		if !f.done(i) || r.Pages == 0 {
			continue
		}
		what := ""
		switch at := r.Refusal.Op; {
		case at < 0 && r.Refusal.Err == nil:
			what = "no region is smaller than a page"
		case at < 0:
			what = oneLine(r.Refusal.Err)
		case f.ops[at].Kind == workloads.Live:
			what = fmt.Sprintf("%s the state: %d+%d", f.place(lines, at), f.ops[at].Req.Lo, f.ops[at].Req.Size)
		default:
			what = fmt.Sprintf("%s %v (%s)", f.place(lines, at), f.ops[at].Req, strategies.Errno(r.Refusal.Err))
		}
		fmt.Fprintf(f.env.stdout, "%s%-*s  %*s  %s\n", head, width, s.Name, pages, census.Commas(r.Pages), what)
		head = ""
	}
}

// printNever prints how many requests do not count, and why.
func (f *fitting) printNever(list []chosen, width int) {
	fmt.Fprintf(f.env.stdout, "\n* without requests that are refused also where there is room:\n")
	for i, s := range list {
		r := f.results[i]
		if !f.done(i) || len(r.Never) == 0 {
			continue
		}
		errnos := make(map[string]int)
		odd := 0
		for _, n := range r.Never {
			errnos[strategies.Errno(n.Err)]++
			if f.ops[n.Op].Req.Size%r.Page != 0 {
				odd++
			}
		}
		var why []string
		for _, errno := range census.Errnos() {
			if n := errnos[errno]; n > 0 {
				why = append(why, fmt.Sprintf("%s %s", census.Commas(uint64(n)), errno))
			}
		}
		line := fmt.Sprintf("%s of %s requests in %s: %s", census.Commas(uint64(len(r.Never))),
			census.Commas(uint64(len(r.Never)+r.Served)), census.Size(r.Roomy), strings.Join(why, ", "))
		if odd > 0 {
			line += fmt.Sprintf("; %s no whole pages", census.Commas(uint64(odd)))
		}
		fmt.Fprintf(f.env.stdout, "%-*s  %s\n", width, s.Name, line)
	}
}

// origin is the index of operation at among all of the trace.
func (f *fitting) origin(at int) int {
	if f.from == nil {
		return at
	}
	return f.from[at]
}

// place says where operation at stands in the trace.
func (f *fitting) place(lines map[int]int, at int) string {
	if line, ok := lines[f.origin(at)]; ok {
		return fmt.Sprintf("line %d:", line)
	}
	return fmt.Sprintf("operation %s:", census.Commas(uint64(at-workloads.State(f.ops)+1)))
}

// lines finds the lines of the operations that a page less refuses, by their place. It has
// none for what is no trace file, or was read from standard input and is gone.
func (f *fitting) lines() map[int]int {
	wanted := make(map[int]int)
	for i, r := range f.results {
		if f.done(i) && r.Pages > 0 && r.Refusal.Op >= 0 {
			wanted[f.origin(r.Refusal.Op)] = 0
		}
	}
	if f.path == standardInput {
		return nil
	}
	r, err := trace.Open(f.path)
	if err != nil {
		return nil
	}
	defer r.Close()
	for at := 0; r.Scan(); {
		rec, n := r.Record(), 0
		switch rec.Kind {
		case trace.Alloc, trace.Free, trace.Trim, trace.Reset:
			n = 1
		case trace.Live:
			n = len(rec.Extents)
		}
		for ; n > 0; n-- {
			if _, ok := wanted[at]; ok {
				wanted[at] = rec.Line
			}
			at++
		}
	}
	return wanted
}
