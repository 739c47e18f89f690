package lab

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"github.com/vramlab/vramlab/bench"
	"github.com/vramlab/vramlab/bench/schema"
	"github.com/vramlab/vramlab/cmd/vramlab/process"
	"github.com/vramlab/vramlab/cmd/vramlab/recipe"
	"github.com/vramlab/vramlab/cmd/vramlab/why"
	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/workloads"
	"github.com/vramlab/vramlab/workloads/explain"
	"github.com/vramlab/vramlab/workloads/replay"
)

var explainCommand = command{
	name: "explain", args: "[-op N] [-strategy S] [-workload W] RUN|FILE", subject: true,
	doc: "say why a request was refused, or granted in pieces",
	long: `Replays the stream of a run, or a trace, up to operation N, counted from 1 as in a
report, and says why the strategy refused what is asked for there: by its own rule, which
place would have been the best, what lay there, and what the other strategies answered.
Then it replays the stream again without objects that lay there: "the request would fit"
is printed only if that replay granted it. Of few live objects all sets are tried, of
many those that the rule names.

Without -op it lists the refusals. Of an operation that was no refusal it says what
happened: a grant in several pieces is explained too.

RUN is a run directory: its placements hold the streams, and -workload names one if there
are several. The strategies are those of the run, or only -strategy. FILE is a trace or a
capture, or - for standard input; without -strategy the strategies are those that run
compares, as far as they refuse the request or scatter it, and all others answer.

so:PATH[:NAME] is a strategy in a shared library, as for replay.`,
	examples: []string{
		"explain run-1 -workload gfx",
		"explain run-1 -workload gfx -op 74826",
		"explain -op 74826 -strategy tlsf -format json game.trace.gz",
	},
	takes:  map[string]words{"strategy": {strategyNames, false}, "format": formats},
	gentle: false,
	setup: func(fs *flag.FlagSet, env *environment) action {
		env.bindDevice(fs)
		x := explaining{env: env}
		fs.Func("op", "the `number` of the operation, from 1 (default: list the refusals)", opFlag(&x.op))
		fs.Func("strategy", "only this `strategy`: a name that the command list prints, or so:PATH[:NAME]", func(text string) error {
			if x.strategy = text; text == "" {
				return errors.New("no name; without the flag it is all of them")
			}
			return nil
		})
		fs.StringVar(&x.workload, "workload", "", "of a run the `name` of the workload")
		bindFormat(fs, &x.json, "an object a line")
		var i isolation
		i.bind(fs)
		return func(ctx context.Context, args []string) error {
			if i.wanted(env, x.strategy) {
				_, err := env.supervise(ctx, &i, task{strategies: x.strategy})
				return err
			}
			path, err := only("run directory or trace file", args)
			switch {
			case err != nil:
				return err
			case why.IsRun(path):
				return guarded(func() error { return x.run(path) })
			case x.workload != "":
				return usagef("-workload picks one of a run, and %s is no directory", path)
			}
			return guarded(func() error { return x.file(path) })
		}
	},
}

// explaining is what the flags of explain say.
type explaining struct {
	env                *environment
	op                 int
	strategy, workload string
	json               bool
}

// side is a strategy with the stream that it is explained on.
type side struct {
	strategies.Strategy
	stream   *explain.Stream
	recorded *explain.Recorded // nil if the answer is not on file
}

// run explains a stream of a run directory.
func (x *explaining) run(dir string) error {
	list, err := why.Placements(dir)
	if err != nil {
		return err
	}
	names := why.Workloads(list)
	switch {
	case x.workload == "" && len(names) == 1:
		x.workload = names[0]
	case x.workload == "":
		return usagef("%s: several workloads: -workload picks one (%s)", dir, strings.Join(quoted(names), ", "))
	case !slices.Contains(names, x.workload):
		return usagef("%s: no placements of workload %q (have %s)", dir, x.workload, strings.Join(quoted(names), ", "))
	}
	streams, err := why.Read(list, x.workload, x.op)
	if err != nil {
		return err
	}
	known, order := x.ofRun(dir, list)
	var there []side
	var lost []string
	for _, name := range why.Strategies(list) {
		st := streams[name]
		if s, ok := known[name]; ok && st != nil {
			there = append(there, side{s, &st.Stream, st})
		} else if st != nil {
			lost = append(lost, name)
		}
	}
	slices.SortStableFunc(there, func(a, b side) int { return slices.Index(order, a.Name) - slices.Index(order, b.Name) })
	chosen, err := x.choose(there)
	switch {
	case err != nil:
		return err
	case chosen != nil:
	case x.strategy == "" && len(there) == 0:
		return fmt.Errorf("%s: none of its strategies is known here: %s (-strategy so:PATH names one in a library)", dir, strings.Join(quoted(lost), ", "))
	case x.strategy == "":
		chosen = there
		if lost != nil {
			fmt.Fprintf(x.env.stderr, "%s: not known here, and left out: %s\n", dir, strings.Join(quoted(lost), ", "))
		}
	default:
		s, err := strategyNamed(x.strategy, x.env.strategies)
		if err != nil {
			return err
		}
		st := streams[slices.Sorted(maps.Keys(streams))[0]]
		if st.Unknown > 0 {
			fmt.Fprintf(x.env.stderr, "%s: the run has no placements of %s, and no strategy of it needed %s: if %s does, it is asked for nothing\n",
				dir, s.Name, plural(st.Unknown, "second attempt"), s.Name)
		}
		chosen = []side{{s, &st.Stream, nil}}
	}
	command := fmt.Sprintf("%s explain %s -workload %s", x.env.program, quoted([]string{dir})[0], quoted([]string{x.workload})[0])
	return x.tell(dir, command, chosen, there)
}

// choose is the side that the user named, if it is one of those there are.
func (x *explaining) choose(there []side) ([]side, error) {
	i := slices.IndexFunc(there, func(s side) bool { return s.Name == x.strategy })
	if i < 0 {
		return nil, nil
	}
	return there[i : i+1], nil
}

// ofRun are the strategies of a run that are known here, by the names that they have in
// it, and these names in their order.
func (x *explaining) ofRun(dir string, list []why.Placed) (known map[string]strategies.Strategy, order []string) {
	known = make(map[string]strategies.Strategy)
	add := func(item string) {
		if s, err := strategyNamed(item, x.env.strategies); err == nil {
			known[s.Name] = s
			order = append(order, s.Name)
		}
	}
	if f, err := recipe.Read(filepath.Join(dir, schema.Experiment)); err == nil {
		for _, s := range f.Strategies {
			if s.Library == "" { // loading code is for the user to ask for
				add(s.Item())
			}
		}
	}
	for _, name := range why.Strategies(list) {
		if _, ok := known[name]; !ok && strategies.CheckName(name) == nil {
			add(name)
		}
	}
	return known, order
}

// file explains a trace or a capture.
func (x *explaining) file(path string) error {
	r, err := x.env.openTrace(path)
	if err != nil {
		return err
	}
	defer r.Close()
	most := explain.All
	if x.op > 0 {
		most = x.op
	}
	st, _, err := explain.FromTrace(r, most)
	if err != nil {
		return err
	}
	if len(st.Ops) == 0 {
		return fmt.Errorf("%s: holds no operations", path)
	}
	st.Workload = workloads.NameOf(path)
	var chosen, there []side
	names := strings.Split(compared(x.env.strategies), ",")
	for _, s := range x.env.strategies {
		if foreign(s) {
			s = strategies.Checked(s)
		}
		there = append(there, side{s, st, nil})
		if x.strategy == "" && (slices.Contains(names, s.Name) || names[0] == everyName) {
			chosen = append(chosen, there[len(there)-1])
		}
	}
	if x.strategy != "" {
		s, err := strategyNamed(x.strategy, x.env.strategies)
		if err != nil {
			return err
		}
		chosen = []side{{s, st, nil}}
	}
	command := fmt.Sprintf("%s explain %s", x.env.program, quoted([]string{path})[0])
	if x.env.device != "" {
		command += " -device " + quoted([]string{x.env.device})[0]
	}
	return x.tell(path, command, chosen, there)
}

// told is a strategy with what it did at the operation.
type told struct {
	side
	explain.Event
}

// telling says that there is something to explain.
func (t told) telling() bool { return t.Why != nil && (t.Errno != "" || t.Why.Segments > 1) }

// tell prints what is to be said of the chosen strategies; all that there are answer. If the
// user named none, those with nothing to explain are left out, as long as one is left.
func (x *explaining) tell(path, command string, chosen, there []side) error {
	if x.op == 0 {
		return x.list(path, command, chosen)
	}
	if n := len(chosen[0].stream.Ops); x.op > n {
		return usagef("%s: -op %d: there are %s", path, x.op, plural(n, "operation"))
	}
	var list []told
	for _, c := range chosen {
		events, err := explain.Explain(c.stream, c.Strategy, nil, []int{x.op}, explain.Thorough)
		switch {
		case errors.Is(err, replay.ErrState) && len(chosen) > 1:
			fmt.Fprintf(x.env.stderr, "%s: %v\n", path, err)
			continue
		case err != nil:
			return fmt.Errorf("%s: %w", path, err)
		}
		list = append(list, told{c, events[0]})
	}
	if len(list) == 0 {
		return fmt.Errorf("%s: no strategy %w", path, replay.ErrState)
	}
	if some := slices.ContainsFunc(list, told.telling); some {
		list = slices.DeleteFunc(list, func(t told) bool { return !t.telling() })
	} else {
		list = list[:1]
	}
	slices.SortStableFunc(list, func(a, b told) int { // refusals first
		switch {
		case a.Errno != "" && b.Errno == "":
			return -1
		case a.Errno == "" && b.Errno != "":
			return 1
		}
		return 0
	})
	for i, t := range list {
		others, silent := x.others(t, there)
		if len(silent) > 0 {
			fmt.Fprintf(x.env.stderr, "%s: not asked, since so many operations come before: %s\n", path, strings.Join(silent, ", "))
		}
		if err := explain.Ask(t.stream, others, []explain.Event{t.Event}); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		x.compare(path, t)
		var err error
		switch {
		case x.json:
			err = why.PrintJSON(x.env.stdout, t.stream.Workload, t.Name, t.Event)
		case i > 0:
			fmt.Fprintln(x.env.stdout)
			fallthrough
		default:
			err = why.Print(x.env.stdout, t.Name, t.Event)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// mostAsked bounds the operations that other strategies replay to answer.
const mostAsked = 20_000_000

// others are the strategies that answer beside t, those that a run compares first, and the
// names of those that it would take too long to ask.
func (x *explaining) others(t told, there []side) (list []strategies.Strategy, silent []string) {
	usual := strings.Split(compared(x.env.strategies), ",")
	room := max(1, mostAsked/x.op)
	for _, first := range []bool{true, false} {
		for _, o := range there {
			switch {
			case o.Name == t.Name || slices.Contains(usual, o.Name) != first:
			case len(list) == room:
				silent = append(silent, o.Name)
			default:
				list = append(list, o.Strategy)
			}
		}
	}
	return list, silent
}

// compare says on standard error that a strategy answers otherwise than the run has it.
func (x *explaining) compare(path string, t told) {
	if t.recorded == nil || !t.recorded.Answered() || t.Why == nil {
		return
	}
	now, then := replay.Answer{Blocks: t.Blocks}, replay.Answer{Blocks: t.recorded.Blocks}
	now.Err, then.Err = errorOf(t.Errno), errorOf(t.recorded.Errno)
	if !now.Same(then) {
		fmt.Fprintf(x.env.stderr, "%s: %s of this program answers operation %d with %v, and in the run it was %v: what follows is of this program\n",
			path, t.Name, t.Op, now, then)
	}
}

// errorOf is the error that has a name in a trace.
func errorOf(errno string) error {
	for _, err := range []error{strategies.ErrNoSpace, strategies.ErrInvalid, strategies.ErrTooBig} {
		if errno != "" && strategies.Errno(err) == errno {
			return err
		}
	}
	return nil
}

// list prints the refusals of the chosen strategies.
func (x *explaining) list(path, command string, chosen []side) error {
	for i, c := range chosen {
		refused, pieces, err := explain.Survey(c.stream, c.Strategy, true)
		switch {
		case errors.Is(err, replay.ErrState) && len(chosen) > 1:
			fmt.Fprintf(x.env.stderr, "%s: %v\n", path, err)
			continue
		case err != nil:
			return fmt.Errorf("%s: %w", path, err)
		case x.json:
			err = why.ListJSON(x.env.stdout, c.stream.Workload, c.Name, refused, pieces)
		default:
			if i > 0 {
				fmt.Fprintln(x.env.stdout)
			}
			err = why.List(x.env.stdout, c.Name, refused, pieces, command+" -strategy "+c.Name)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// explained writes into the directory of a run, or of a shard, why requests were refused. A
// run is as good without it, so what fails is a warning.
func explained(ctx context.Context, env *environment, c *bench.Config) {
	var loads []workloads.Workload
	for _, u := range c.Share() {
		for _, w := range c.Workloads {
			if !u.Experiment && w.Name == u.Name {
				loads = append(loads, w)
			}
		}
	}
	env.worker.Explain()
	before := process.Now()
	err := why.Record(ctx, c.Dir, loads, c.Seed, c.Ops, c.Strategies, func(err error) {
		if !errors.Is(err, replay.ErrState) { // which the run has said
			env.unexplained(err)
		}
	})
	if how := before.Changed(); how != "" && err == nil {
		err = fmt.Errorf("a library %s", how)
	}
	if err != nil {
		env.unexplained(err)
	}
}

// unexplained warns of what is not explained.
func (env *environment) unexplained(err error) {
	text := "not explained: " + oneLine(err)
	env.events.Warning(text)
	fmt.Fprintf(env.stderr, "%s run: %s\n", env.program, text)
}
