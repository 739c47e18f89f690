package main

import (
	"context"
	"flag"
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/vramlab/vramlab/sgtable"
	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/strategies/all"
	"github.com/vramlab/vramlab/workloads"
	"github.com/vramlab/vramlab/workloads/migrate"
)

var listCommand = command{
	name:  "list",
	short: "strategies, workloads, builders, policies, lifetimes",
	long: `Prints what -strategies, -workloads and -builders of the other commands can name,
and what every run compares: the driver policies, which say how large a driver asks
and how it builds its tables, and the lifetimes of tables under migration.`,
	examples: `
  vramlab list`,
	setup: func(*flag.FlagSet) func(context.Context, environment, []string) error { return list },
}

func list(_ context.Context, env environment, args []string) error {
	if len(args) != 0 {
		return usagef("list takes no arguments, got %q", args[0])
	}
	w := tabwriter.NewWriter(env.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "strategies")
	for _, s := range all.List() {
		fmt.Fprintf(w, "  %s\t%s\t%s\n", s.Name, abilities(s.Caps), s.Doc)
	}
	fmt.Fprintln(w, "\nworkloads")
	for _, l := range workloads.List() {
		fmt.Fprintf(w, "  %s\t%s\t%s\n", l.Name, size(l.Region.Size), l.Doc)
	}
	fmt.Fprintln(w, "\nloads (for comparisons of speed; not in the default run)")
	for _, l := range workloads.Loads() {
		fmt.Fprintf(w, "  %s\t%s\t%s\n", l.Name, size(l.Region.Size), l.Doc)
	}
	fmt.Fprintln(w, "\nsg-table builders")
	for _, b := range sgtable.Builders() {
		fmt.Fprintf(w, "  %s\t\t%s\n", b.Name, b.Doc)
	}
	fmt.Fprintln(w, "\ndriver policies")
	for _, p := range sgtable.Policies() {
		fmt.Fprintf(w, "  %s\t%s\t%s\n", p.Name, p.Builder.Name, p.Doc)
	}
	fmt.Fprintln(w, "\nlifetimes of tables")
	for _, l := range migrate.Lifetimes() {
		fmt.Fprintf(w, "  %s\t\t%s\n", l.Name, l.Doc)
	}
	return w.Flush()
}

// abilities are the Caps in a few words.
func abilities(c strategies.Caps) string {
	var words []string
	for _, a := range []struct {
		is   strategies.Caps
		word string
	}{
		{strategies.CapScatter, "scatters"},
		{strategies.CapWindow, "windows"},
		{strategies.CapTopDown, "top-down"},
		{strategies.CapClear, "clear"},
	} {
		if c.Has(a.is) {
			words = append(words, a.word)
		}
	}
	return strings.Join(words, ", ")
}

// size is a number of bytes in the largest unit that divides it.
func size(n uint64) string {
	units := []string{"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"}
	u := 0
	for ; u < len(units)-1 && n != 0 && n%1024 == 0; u++ {
		n /= 1024
	}
	return fmt.Sprintf("%d %s", n, units[u])
}
