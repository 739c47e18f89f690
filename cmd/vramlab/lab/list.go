package lab

import (
	"context"
	"flag"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/vramlab/vramlab/bench"
	"github.com/vramlab/vramlab/sgtable"
	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/strategies/cabi"
	"github.com/vramlab/vramlab/workloads"
	"github.com/vramlab/vramlab/workloads/migrate"
)

var listCommand = command{
	name: "list",
	doc:  "list strategies, workloads, builders, policies, lifetimes",
	long: `Prints the names that -strategies, -workloads and -builders of the other commands
take, and what every run compares beside them: driver policies (how large a driver
asks, how it builds its tables) and the lifetimes of tables under migration. With
so:PATH it prints the strategies in a shared library.`,
	examples: []string{"list", "list so:./libmine.so", "list -header > vramlab.h"},
	setup: func(fs *flag.FlagSet, env *environment) action {
		header := fs.Bool("header", false, "print vramlab.h, the interface of allocators in C and C++, instead")
		var i isolation
		i.bind(fs)
		return func(ctx context.Context, args []string) error {
			switch {
			case *header && len(args) == 0:
				_, err := io.WriteString(env.stdout, cabi.Header)
				return err
			case len(args) == 0:
				return list(env)
			case len(args) == 1 && i.wanted(env, args[0]):
				_, err := env.supervise(ctx, &i, task{strategies: args[0]})
				return err
			case len(args) == 1 && strings.HasPrefix(args[0], inLibrary):
				return listLibrary(env, strings.TrimPrefix(args[0], inLibrary))
			}
			return usagef("list takes no arguments but so:PATH, got %q", args[0])
		}
	},
}

func list(env *environment) error {
	w := tabwriter.NewWriter(env.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "strategies")
	for _, s := range env.strategies {
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
	fmt.Fprintln(w, "\nexperiments (what a run measures beside its workloads)")
	for _, x := range bench.Experiments() {
		fmt.Fprintf(w, "  %s\t\t%s\n", x.Name, x.Doc)
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

// listLibrary prints the strategies in a shared library, or the one that spec names.
func listLibrary(env *environment, spec string) error {
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
		s, err := openNamed(path, name)
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
		{strategies.CapMisalignedWindow, "known deviation misalignedwindow"},
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
