package lab

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/vramlab/vramlab/bench"
	"github.com/vramlab/vramlab/sgtable"
	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/strategies/cabi"
	"github.com/vramlab/vramlab/strategies/shared"
	"github.com/vramlab/vramlab/workloads"
	"github.com/vramlab/vramlab/workloads/importer"
	"github.com/vramlab/vramlab/workloads/migrate"
)

var listCommand = command{
	name: "list", args: "[-json | -header | so:PATH]",
	doc: "list strategies, workloads, formats, builders, policies, lifetimes",
	long: `Prints the names that -strategies, -workloads and -builders of the other commands
take, and what every run compares beside them: driver policies (how large a driver
asks, how it builds its tables) and the lifetimes of tables under migration. With
so:PATH it prints the strategies in a shared library.

-json prints the same as one object of arrays: strategies (name, doc, caps, models, params:
name, doc and values, the usual one first), workloads (name, title, doc, region and page in
bytes, recorded, default: whether a plain run has it), formats, experiments (synthetic:
whether a run about a trace leaves it out), builders, policies (builder) and lifetimes, each
with name and doc. Fields are added, but not renamed.`,
	examples: []string{"list", "list -json", "list so:./libmine.so", "list -header > vramlab.h"},
	setup: func(fs *flag.FlagSet, env *environment) action {
		header := fs.Bool("header", false, "print vramlab.h, the interface of allocators in C and C++, instead")
		asJSON := fs.Bool("json", false, "print one object in JSON instead, for programs")
		var i isolation
		i.bind(fs)
		return func(ctx context.Context, args []string) error {
			switch {
			case *asJSON && (*header || len(args) > 0):
				return usagef("-json is alone, without -header and arguments")
			case *asJSON:
				out := json.NewEncoder(env.stdout)
				out.SetEscapeHTML(false)
				out.SetIndent("", "\t")
				return out.Encode(catalogueOf(env))
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
	fmt.Fprintln(w, "\nparameters of strategies (NAME:PARAMETER=VALUE; the first value is the usual one)")
	for _, s := range append(slices.Clone(env.strategies), anyStrategy) {
		for _, p := range s.Params {
			fmt.Fprintf(w, "  %s:%s\t%s\t%s\n", s.Name, p.Name, strings.Join(p.Values, ", "), p.Doc)
		}
	}
	fmt.Fprintln(w, "\nworkloads")
	for _, l := range workloads.List() {
		fmt.Fprintf(w, "  %s\t%s\t%s\n", l.Name, size(l.Region.Size), l.Doc)
	}
	fmt.Fprintln(w, "\ndrivers (workloads of what drivers ask for; not in the default run: run -workloads drivers)")
	for _, l := range workloads.Drivers() {
		fmt.Fprintf(w, "  %s\t%s\t%s\n", l.Name, size(l.Region.Size), l.Doc)
	}
	fmt.Fprintln(w, "\nloads (for comparisons of speed; not in the default run)")
	for _, l := range workloads.Plain() {
		fmt.Fprintf(w, "  %s\t%s\t%s\n", l.Name, size(l.Region.Size), l.Doc)
	}
	fmt.Fprintln(w, "\nformats (captures of other programs, which convert, run and replay read)")
	for _, f := range importer.List() {
		fmt.Fprintf(w, "  %s\t\t%s\n", f.Name, f.Doc)
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

// anyStrategy has the parameters that all strategies have.
var anyStrategy = shared.WithLocks(strategies.Strategy{Name: "any", Caps: strategies.CapWindow})

// catalogue is what list -json prints: names of fields are for good.
type catalogue struct {
	Strategies  []listedStrategy   `json:"strategies"`
	Workloads   []listedWorkload   `json:"workloads"`
	Formats     []listed           `json:"formats"`
	Experiments []listedExperiment `json:"experiments"`
	Builders    []listed           `json:"builders"`
	Policies    []listedPolicy     `json:"policies"`
	Lifetimes   []listed           `json:"lifetimes"`
}

type listed struct {
	Name string `json:"name"`
	Doc  string `json:"doc"`
}

type listedStrategy struct {
	listed
	Caps   []string      `json:"caps"`             // as [strategies.Caps.String] names them
	Models string        `json:"models,omitempty"` // the kernel that it reproduces
	Params []listedParam `json:"params"`
}

type listedParam struct {
	listed
	Values []string `json:"values"` // all there are, the usual one first
}

type listedWorkload struct {
	listed
	Title    string `json:"title"`
	Region   uint64 `json:"region"` // bytes
	Page     uint64 `json:"page"`   // bytes
	Recorded bool   `json:"recorded"`
	Default  bool   `json:"default"` // a run without flags has it
}

type listedExperiment struct {
	listed
	Synthetic bool `json:"synthetic"`
}

type listedPolicy struct {
	listed
	Builder string `json:"builder"`
}

// catalogueOf is all that can be named. A strategy without caps has an empty array.
func catalogueOf(env *environment) catalogue {
	var c catalogue
	for _, s := range env.strategies {
		caps := []string{}
		if s.Caps != 0 {
			caps = strings.Split(s.Caps.String(), ",")
		}
		var params []listedParam
		for _, p := range shared.WithLocks(s).Params {
			params = append(params, listedParam{listed{p.Name, p.Doc}, p.Values})
		}
		c.Strategies = append(c.Strategies, listedStrategy{listed{s.Name, s.Doc}, caps, s.Models, params})
	}
	for i, set := range [][]workloads.Workload{workloads.List(), workloads.Drivers(), workloads.Plain()} {
		for _, w := range set {
			c.Workloads = append(c.Workloads, listedWorkload{listed{w.Name, w.Doc}, w.Title, w.Region.Size, w.Region.Page, w.Recorded, i == 0})
		}
	}
	for _, f := range importer.List() {
		c.Formats = append(c.Formats, listed{f.Name, f.Doc})
	}
	for _, x := range bench.Experiments() {
		c.Experiments = append(c.Experiments, listedExperiment{listed{x.Name, x.Doc}, x.Synthetic})
	}
	for _, b := range sgtable.Builders() {
		c.Builders = append(c.Builders, listed{b.Name, b.Doc})
	}
	for _, p := range sgtable.Policies() {
		c.Policies = append(c.Policies, listedPolicy{listed{p.Name, p.Doc}, p.Builder.Name})
	}
	for _, l := range migrate.Lifetimes() {
		c.Lifetimes = append(c.Lifetimes, listed{l.Name, l.Doc})
	}
	return c
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
