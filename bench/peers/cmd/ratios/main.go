// Command ratios compares the lab's strategies and the peers on the plain loads and
// prints Markdown: the median time of each strategy in interleaved rounds, and the
// median of its ratios to best fit on google/btree in the same round. It prints a table
// after each load, and one of all loads at the end. The strategy null is the harness
// alone.
//
//	cd bench/peers && go run ./cmd/ratios
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/vramlab/vramlab/bench/peers"
	"github.com/vramlab/vramlab/bench/peers/internal/rounds"
	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/strategies/all"
	"github.com/vramlab/vramlab/workloads"
	"github.com/vramlab/vramlab/workloads/replay"
)

func main() {
	switch err := ratios(os.Stdout, os.Stderr, os.Args[1:]); {
	case errors.Is(err, flag.ErrHelp):
	case err != nil:
		fmt.Fprintln(os.Stderr, "ratios:", err)
		os.Exit(1)
	}
}

// options are the values of the flags.
type options struct {
	rounds, ops int
	loads       []workloads.Workload
	strategies  []strategies.Strategy
}

// ratios is the command. It keeps only the row of a finished load: more memory on the
// heap would change how often the next load is garbage collected.
func ratios(out, errOut io.Writer, args []string) error {
	o, err := parse(errOut, args)
	if err != nil {
		return err
	}
	var rows []string
	for _, w := range o.loads {
		bout, err := rounds.New(w, o.ops, o.strategies)
		if err != nil {
			return err
		}
		for range o.rounds {
			if err := bout.Round(); err != nil {
				return err
			}
		}
		print(out, bout)
		rows = append(rows, row(bout))
	}
	printAll(out, o, rows)
	return nil
}

func parse(errOut io.Writer, args []string) (o options, err error) {
	flags := flag.NewFlagSet("ratios", flag.ContinueOnError)
	flags.SetOutput(errOut)
	flags.IntVar(&o.rounds, "rounds", 11, "replays of each strategy on each load, interleaved")
	flags.IntVar(&o.ops, "ops", 0, "operations of each load (0 = the load's default)")
	loads := flags.String("loads", "all", "loads, separated by commas")
	chosen := flags.String("strategies", "all", "strategies, separated by commas; the others are divided by the first one")
	if err := flags.Parse(args); err != nil {
		return o, err
	}
	switch {
	case flags.NArg() != 0:
		return o, fmt.Errorf("ratios takes no arguments, got %q", flags.Arg(0))
	case o.rounds < 1:
		return o, fmt.Errorf("-rounds %d: want at least 1", o.rounds)
	case o.ops < 0:
		return o, fmt.Errorf("-ops %d: want 0 or more", o.ops)
	}
	if o.loads, err = pick(*loads, "load", workloads.Plain(), func(w workloads.Workload) string { return w.Name }); err != nil {
		return o, err
	}
	have := append(append(peers.List(), all.List()...), replay.Null)
	o.strategies, err = pick(*chosen, "strategy", have, func(s strategies.Strategy) string { return s.Name })
	return o, err
}

// pick returns the items with the names in list, which are separated by commas, or all
// of them for "all".
func pick[T any](list, what string, items []T, name func(T) string) (picked []T, err error) {
	if list == "all" {
		return items, nil
	}
	for want := range strings.SplitSeq(list, ",") {
		i := slices.IndexFunc(items, func(item T) bool { return name(item) == want })
		if i < 0 {
			return nil, fmt.Errorf("no %s %q (have: %s)", what, want, names(items, name))
		}
		picked = append(picked, items[i])
	}
	return picked, nil
}

// names returns the names of items, separated by commas.
func names[T any](items []T, name func(T) string) string {
	var list []string
	for _, item := range items {
		list = append(list, name(item))
	}
	return strings.Join(list, ",")
}

// print prints the table of one load.
func print(out io.Writer, b *rounds.Bout) {
	base := b.Entries[0]
	fmt.Fprintf(out, "**%s** %s Medians of %d rounds.\n\n", b.Load.Name, b.Load.Doc, len(base.Times))
	fmt.Fprintf(out, "| strategy | ns an operation | ratio to %s (quartiles) | served | metadata a live grant |\n|---|---|---|---|---|\n", base.Strategy.Name)
	for _, e := range b.Entries {
		r := e.Ratios(base)
		fmt.Fprintf(out, "| %s | %.1f | %.3f (%.3f to %.3f) | %.2f %% | %.0f B |\n", e.Strategy.Name,
			rounds.Quantile(e.Times, 0.5),
			rounds.Quantile(r, 0.5), rounds.Quantile(r, 0.25), rounds.Quantile(r, 0.75),
			e.Served(), e.MetadataPerGrant())
	}
	fmt.Fprintln(out)
}

// row is the row of a load in the table of all loads: the time of the base, the ratios of
// the others, and the requests served if the base served another percentage.
func row(b *rounds.Bout) string {
	base := b.Entries[0]
	cells := []string{b.Load.Name, fmt.Sprintf("%.0f ns", rounds.Quantile(base.Times, 0.5))}
	for _, e := range b.Entries[1:] {
		cell := fmt.Sprintf("%.3f", rounds.Quantile(e.Ratios(base), 0.5))
		served := fmt.Sprintf("%.1f %%", e.Served())
		if served != fmt.Sprintf("%.1f %%", base.Served()) && e.Strategy.Name != replay.Null.Name {
			cell += " (" + served + ")"
		}
		cells = append(cells, cell)
	}
	cells[1] += fmt.Sprintf(" (%.1f %%)", base.Served())
	return "| " + strings.Join(cells, " | ") + " |"
}

// printAll prints the table of all loads.
func printAll(out io.Writer, o options, rows []string) {
	fmt.Fprintf(out, "**All loads.** Time of %s (requests served), and the median ratio of the others to it, of %d rounds.\n\n", o.strategies[0].Name, o.rounds)
	fmt.Fprint(out, "| load |")
	for _, s := range o.strategies {
		fmt.Fprintf(out, " %s |", s.Name)
	}
	fmt.Fprintf(out, "\n|---%s|\n%s\n", strings.Repeat("|---", len(o.strategies)), strings.Join(rows, "\n"))
}
