package lab

import (
	"context"
	"flag"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"github.com/vramlab/vramlab/cmd/vramlab/progress"
	"github.com/vramlab/vramlab/report/change"
	"github.com/vramlab/vramlab/report/history"
)

var compareCommand = command{
	name: "compare", args: "[-gate RULES|FILE] OLD NEW",
	doc: "say what changed from one run to another, and hold it to rules",
	long: `Puts two runs side by side (run directories, or files in the Go benchmark format) and says
what became better or worse. Exact figures have no noise: any difference counts. A time
counts if the rank test says so after Holm's correction, and if all of its interval lies
beyond what the strategy differs from itself by on that workload, and beyond what two runs
of one program differ by: 2 % of times of operations, 5 % of others, 10 % where others had
much of the machine, and what the times of the other strategies moved by. Times of two machines,
by the model of the processor, are not judged, nor those of two numbers of processors. Where
an allocator served another share of the requests, only how much it served is judged:
refusing is faster and makes shorter tables, and is no win. Of a time that changed it also
says in how many pairs of an old and a new sample the new one is more or less (the
probability of superiority, Vargha and Delaney's A). A geometric mean of times is over the
rows that were judged, and names those left out. On a busy machine, where more than a tenth
of the samples of a run were interrupted, the times of operations and tables are processor
time (cpu-ns), if both runs have it, and the first line says so.

-gate takes rules, or a file with one a line: "ns/op +5%" (at most 5 % worse), "segs/table
exact" (no change at all), "*/workload=gfx* ns/op +10%" (the last rule that fits a row
counts). A rule on ns/op is held to cpu-ns where that is compared. A time is within a rule if
all of the interval of its change is, and violates it if it counts as worse, by more than the
rule has. Anything else cannot be judged, which is frequent below those 2 % and 5 %: no
smaller change counts, so that no rule below them can be violated by one, and it can hold
only where samples agree that well. So name what is quiet, as in "AllocFree/* ns/op +5%".
What is judged in no run (maxima, the lab's own loop, a counter that all cores hold) is not
counted. The exit code is 1 if a rule is violated, and 2 if one could not be judged: noise,
unequal work, too few samples, A/A lanes that differ too much, a direction that is not known,
no row. Without -gate it is 0.

On a terminal the table is as wide as that, what is better green, worse red and not judged
faint (NO_COLOR leaves out colours); elsewhere it has all of every name.

How far to trust it, by runs of 28 times drawn with noise of 2 % and one sample in twenty off
by a fifth, ten samples and as many of the A/A lane, 200 pairs of each kind: of slowdowns by
10, 5 and 3 % it found 200, 191 and 43, of speed-ups 198, 197 and 56, called none backwards,
and raised no alarm where nothing had changed. That is what
go test -run Alarms -v ./report/change -tries 200 prints; go run ./scripts/alarms asks the
same of real runs of the machine it is on.`,
	examples: []string{
		"compare run-1 run-2",
		"compare -gate 'AllocFree/* ns/op +5%, segs/table exact, served-pct exact' run-1 run-2",
		"compare -gate ci.rules -format markdown old.bench new.bench",
	},
	takes: map[string]words{"format": {names: func(*environment) []string { return namesOf(change.Formats(), changeFormatName) }}},
	setup: func(fs *flag.FlagSet, env *environment) action {
		gate := fs.String("gate", "", "`rules` with commas between, or a file of rules")
		format := fs.String("format", change.Formats()[0].Name, "the `format` of the table: "+joinNames(change.Formats(), changeFormatName))
		all := fs.Bool("all", false, "also the rows without a change")
		return func(ctx context.Context, args []string) error {
			if len(args) != 2 {
				return usagef("two runs are needed, got %d arguments", len(args))
			}
			f, err := find(*format, "format", change.Formats(), changeFormatName)
			if err != nil {
				return err
			}
			var rules []change.Rule
			if given(fs, "gate") {
				if rules, err = change.ParseRules(*gate); err != nil {
					return usageError{err}
				}
			}
			older, err := change.Read(args[0])
			if err != nil {
				return err
			}
			newer, err := change.Read(args[1])
			if err != nil {
				return err
			}
			return baseline{older, rules}.hold(env, newer, f, *all)
		}
	},
}

// given reports whether a flag is on the command line, whatever its value.
func given(fs *flag.FlagSet, name string) (is bool) {
	fs.Visit(func(f *flag.Flag) { is = is || f.Name == name })
	return is
}

// baseline is an older run, and the rules for what may have changed since; nil: there are none.
type baseline struct {
	older *change.Side
	rules []change.Rule
}

// hold prints what changed, and what the rules say of it. If they do not hold, the error
// has the exit code.
func (b baseline) hold(env *environment, newer *change.Side, f change.Format, all bool) error {
	t := change.Compare(b.older, newer)
	var o *change.Outcome
	if b.rules != nil {
		o = t.Gate(b.rules)
	}
	if err := t.Write(env.stdout, f, o, change.Look{All: all, Columns: progress.Columns(env.stdout), Colour: progress.Colours(env.stdout)}); err != nil || o == nil || o.Code() == exitOK {
		return err
	}
	return &ended{o.Code(), errGate}
}

// gateNamed is the mistake of a -gate without a rule, as of a script whose variable is
// empty: it would hold whatever was measured.
func gateNamed(fs *flag.FlagSet) (err error) {
	fs.Visit(func(f *flag.Flag) {
		if f.Name == "gate" && strings.TrimSpace(f.Value.String()) == "" {
			err = usagef(`-gate is empty: it takes rules, as "ns/op +5%%", or a file of them`)
		}
	})
	return err
}

// openBaseline reads the baseline and the rules before anything is measured; nil without a
// baseline.
func (o *runOptions) openBaseline() (b *baseline, err error) {
	switch {
	case o.baseline == "" && o.rules != "":
		return nil, usagef("-gate needs a -baseline, whose figures the rules are about")
	case o.baseline == "":
		return nil, nil
	}
	b = new(baseline)
	if o.rules != "" {
		if b.rules, err = change.ParseRules(o.rules); err != nil {
			return nil, usageError{err}
		}
	}
	if b.older, err = change.Read(o.baseline); err != nil {
		return nil, usagef("-baseline: %w", err)
	}
	return b, nil
}

// judge holds the run in dir to the gate, if there is one, and says what changed.
func (b *baseline) judge(env *environment, dir string) error {
	if b == nil {
		return nil
	}
	newer, err := change.Read(dir)
	if err != nil {
		return err
	}
	if env.events != nil {
		return b.tell(env, newer)
	}
	fmt.Fprintf(env.stdout, "\nagainst %s:\n\n", b.older.Path)
	return b.hold(env, newer, change.Formats()[0], false)
}

// tell is hold for programs.
func (b *baseline) tell(env *environment, newer *change.Side) error {
	t := change.Compare(b.older, newer)
	if b.rules == nil {
		env.events.Gate(t, nil)
		return nil
	}
	o := t.Gate(b.rules)
	env.events.Gate(t, o)
	if o.Code() == exitOK {
		return nil
	}
	return &ended{o.Code(), errGate}
}

var historyCommand = command{
	name: "history", args: "[-plot FILE.svg] DIR...",
	doc: "find the run in a series of them at which something changed",
	long: `Reads runs in the order given (run directories, or files in the Go benchmark format) and
says at which of them a figure changed: exact figures wherever they differ, times where
cumulative sums show a step that chance does not explain and that is larger than what the
strategies differ from themselves by. If a run was on a busy machine, times are processor time,
as for compare. A time that changed with the last run is told with the next one, and times
need four runs. Where a strategy begins to serve another share of a workload, only what it
refused is told: refusing is faster, and no win. scripts/bisect makes a run of each commit of
a range and calls this.

Of a slowdown by 5 % of one of 28 times, planted at one of 40 runs with noise of 2 %, it finds
the right run in 10 of 10 tries, and nothing else: go test -run Planted -v ./report/history.`,
	examples: []string{"history run-1 run-2 run-3", "history -plot history.svg nightly/*"},
	setup: func(fs *flag.FlagSet, env *environment) action {
		drawing := fs.String("plot", "", "draw the largest changes into this `file`, an ."+strings.Join(history.Formats(), ", ."))
		all := fs.Bool("all", false, "print every figure that changes, not the first few of a run")
		return func(ctx context.Context, args []string) error {
			if len(args) < 2 {
				return usagef("two runs or more are needed, got %d", len(args))
			}
			format := strings.TrimPrefix(filepath.Ext(*drawing), ".")
			if *drawing != "" && !slices.Contains(history.Formats(), format) {
				return usagef("-plot %s: no format %q; have: %s", *drawing, format, strings.Join(history.Formats(), ", "))
			}
			var points []history.Point
			for i, name := range shortest(args) {
				s, err := change.Read(args[i])
				if err != nil {
					return err
				}
				points = append(points, history.Point{Name: name, Side: s})
			}
			h, err := history.Find(points)
			if err != nil {
				return err
			}
			if err := h.Print(env.stdout, *all); err != nil || *drawing == "" {
				return err
			}
			return env.createFile(*drawing, func(w io.Writer) error { return h.Draw(w, format) })
		}
	},
}

// shortest names paths by as many of their last elements as make each another than all
// others. What is given twice has one name.
func shortest(paths []string) []string {
	names := make([]string, len(paths))
	for i, path := range paths {
		parts := strings.Split(filepath.ToSlash(filepath.Clean(path)), "/")
		for n := 1; n <= len(parts); n++ {
			names[i] = strings.Join(parts[len(parts)-n:], "/")
			if !slices.ContainsFunc(paths, func(other string) bool {
				other = filepath.ToSlash(filepath.Clean(other))
				return other != strings.Join(parts, "/") && strings.HasSuffix("/"+other, "/"+names[i])
			}) {
				break
			}
		}
	}
	return names
}

func changeFormatName(f change.Format) string { return f.Name }
