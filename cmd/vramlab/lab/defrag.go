package lab

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"strconv"
	"strings"

	"github.com/vramlab/vramlab/cmd/vramlab/defrag"
	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/workloads"
	"github.com/vramlab/vramlab/workloads/explain"
	"github.com/vramlab/vramlab/workloads/replay"
)

var defragCommand = command{
	name: "defrag", args: "[flags] FILE", subject: true,
	doc: "say what moves, eviction or waiting cost to grant what is refused",
	long: `Replays a trace up to a moment and says, for each strategy, what it would cost there to
grant a request in one piece that it refuses: the fewest bytes to copy out of the way, with
the moves; what TTM would evict, the least recently used first; and after which operation
the trace itself makes the place. FILE is a trace or a capture, - for standard input, or
the name of a workload.

The moves are found by search. The number of bytes that no moves are below is printed beside
them; where both are the same they are optimal. Then they are done: the trace is replayed,
each object is placed where the moves have it, and the request is made. "Granted" is
printed only if the strategy did grant it.

Without -size the request is that of operation -op, or the first that each strategy refuses
for want of memory; -refusals asks about more. -size asks for so much in one piece before
operation -op, or when most is live.`,
	examples: []string{
		"defrag game.trace.gz",
		"defrag -size 2MiB -op 74826 -strategies buddy,rangemgr game.trace.gz",
		"defrag -refusals 4 -format json -strategies tlsf splinter",
	},
	takes: map[string]words{"strategies": {strategyNames, true}, "format": formats},
	setup: func(fs *flag.FlagSet, env *environment) action {
		env.bindDevice(fs)
		o := defrag.Options{Copy: 12, Link: 12}
		fs.Func("op", "the `number` of the operation before which it is, from 1", opFlag(&o.Op))
		fs.Func("size", "ask for so many `bytes` in one piece, as 2MiB", byteFlag(&o.Size))
		fs.Func("align", "with -size, at a multiple of so many `bytes` (default: the page)", byteFlag(&o.Align))
		fs.IntVar(&o.Refusals, "refusals", 1, "the `number` of refusals to ask about, from the first on")
		fs.Func("copy", "a copy inside the memory takes so many `GB/s`: given, not measured (default 12)", rateFlag(&o.Copy))
		fs.Func("link", "eviction takes so many `GB/s`: given, not measured (default 12, half of what PCIe 4.0 x16 carries)", rateFlag(&o.Link))
		var c choice
		c.bind(fs, compared(env.strategies))
		var asJSON bool
		bindFormat(fs, &asJSON, "an object a line")
		return func(ctx context.Context, args []string) error {
			switch {
			case o.Align > 0 && o.Size == 0:
				return usagef("-align says how what -size asks for lies, and there is no -size")
			case o.Refusals < 1:
				return usagef("-refusals %d: at least 1", o.Refusals)
			case o.Refusals > 1 && (o.Op > 0 || o.Size > 0):
				return usagef("-refusals asks about those of the trace; -op and -size ask about one request")
			}
			return c.ask(ctx, env, func(list []chosen) error {
				path, err := onlyFile(args)
				if err != nil {
					return err
				}
				st, err := env.streamOf(path)
				if err != nil {
					return err
				}
				if err := o.Check(st); err != nil {
					return usagef("%s: %w", path, err)
				}
				return guarded(func() error { return env.defrag(ctx, path, st, list, o, asJSON) })
			})
		}
	},
}

// defrag asks the strategies one after the other.
func (env *environment) defrag(ctx context.Context, path string, st *explain.Stream, list []chosen, o defrag.Options, asJSON bool) error {
	for i, c := range list {
		s := c.Strategy
		if foreign(s) {
			s = strategies.Checked(s)
		}
		if i > 0 && !asJSON {
			fmt.Fprintln(env.stdout)
		}
		err := o.Answer(ctx, env.stdout, st, s, asJSON)
		switch {
		case errors.Is(err, replay.ErrState) && len(list) > 1:
			fmt.Fprintf(env.stderr, "%s: %v\n", path, err)
		case ctx.Err() != nil:
			return errInterrupted
		case err != nil:
			return fmt.Errorf("%s: %w", path, err)
		}
	}
	return nil
}

// streamOf is the stream of a trace, or of the workload of a name.
func (env *environment) streamOf(path string) (*explain.Stream, error) {
	if w, ok := workloads.Lookup(path); ok && !exists(path) {
		return &explain.Stream{Workload: w.Name, Region: w.Region, Ops: w.Ops(1, 0)}, nil
	}
	r, err := env.openTrace(path)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	st, _, err := explain.FromTrace(r, explain.All)
	if err != nil {
		return nil, err
	}
	if len(st.Ops) == 0 {
		return nil, fmt.Errorf("%s: holds no operations", path)
	}
	st.Workload = workloads.NameOf(path)
	return st, nil
}

// rateFlag reads a rate, in GB/s with or without the unit, into v.
func rateFlag(v *float64) func(string) error {
	return func(text string) error {
		n, err := strconv.ParseFloat(strings.TrimSuffix(text, "GB/s"), 64)
		if err != nil || !(n >= 1e-6) || n > 1e6 {
			return errors.New("not a rate in GB/s, from 0.000001 to 1000000")
		}
		*v = n
		return nil
	}
}
