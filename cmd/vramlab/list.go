package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/vramlab/vramlab/sgtable"
	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/strategies/all"
	"github.com/vramlab/vramlab/strategies/cabi"
	"github.com/vramlab/vramlab/workloads"
	"github.com/vramlab/vramlab/workloads/migrate"
)

var listCommand = command{
	name:  "list",
	short: "strategies, workloads, builders, policies, lifetimes",
	long: `Prints what -strategies, -workloads and -builders of the other commands can name,
and what every run compares: the driver policies, which say how large a driver asks
and how it builds its tables, and the lifetimes of tables under migration. With
so:PATH it prints the strategies of a shared library.`,
	examples: `
  vramlab list
  vramlab list so:./libmine.so
  vramlab list -header > vramlab.h`,
	setup: func(fs *flag.FlagSet) func(context.Context, environment, []string) error {
		header := fs.Bool("header", false, "print vramlab.h, the interface of allocators in C and C++, instead")
		return func(ctx context.Context, env environment, args []string) error {
			if *header && len(args) == 0 {
				_, err := io.WriteString(env.stdout, cabi.Header)
				return err
			}
			return list(ctx, env, args)
		}
	},
}

func list(_ context.Context, env environment, args []string) error {
	if len(args) == 1 {
		if spec, ok := strings.CutPrefix(args[0], inLibrary); ok {
			return listLibrary(env, spec)
		}
	}
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
	for _, l := range workloads.Plain() {
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

// listLibrary prints the strategies of a shared library, or the one that is named.
func listLibrary(env environment, spec string) error {
	path, name, err := splitSpec(spec)
	if err != nil {
		return err
	}
	names := []string{name}
	if name == "" {
		if names, err = cabi.Names(path); err != nil {
			return err
		}
	}
	w := tabwriter.NewWriter(env.stdout, 0, 0, 2, ' ', 0)
	for _, name := range names {
		s, err := cabi.Open(path, name)
		if err != nil {
			return err
		}
		fmt.Fprintf(w, "%s\t%s\t%s\n", s.Name, abilities(s.Caps), s.Doc)
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
