package lab

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"

	"github.com/vramlab/vramlab/bench"
	"github.com/vramlab/vramlab/bench/schema"
	"github.com/vramlab/vramlab/cmd/vramlab/recipe"
	"github.com/vramlab/vramlab/cmd/vramlab/spelling"
	"github.com/vramlab/vramlab/report/change"
	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/strategies/shared"
	"github.com/vramlab/vramlab/workloads/managed"
)

// The file of an experiment: init writes one to begin with, run -config reads it, and a
// run keeps what it measured as one.

var initCommand = command{
	name: "init", args: "[FILE]",
	doc: "write a file that describes an experiment, to begin with",
	long: `Writes a file in TOML for run -config, with every key there is and what it means. As it
is, it is the run without flags. FILE is experiment.toml if nothing is said; - is standard
output. A file that is there already is not touched.

Each key stands for a flag of run, which on the command line counts instead of it. Each
strategy is a table: a name of those that the command list prints, with other parameters if
it has some (tlsf with bins = 64), or a library. Paths are relative to the file.`,
	examples: []string{"init", "init games.toml", "init - > experiment.toml"},
	setup: func(fs *flag.FlagSet, env *environment) action {
		return func(_ context.Context, args []string) error {
			path := schema.Experiment
			switch len(args) {
			case 0:
			case 1:
				path = args[0]
			default:
				return usagef("one file is made, got %d arguments", len(args))
			}
			compared, err := pickStrategies(compared(env.strategies), env.strategies, nil, nil)
			if err != nil {
				return err
			}
			var list []strategies.Strategy
			for _, c := range compared {
				list = append(list, c.Strategy)
			}
			all := slices.Clone(env.strategies)
			all[0] = shared.WithLocks(all[0]) // one of them tells of what all have
			starter := func(w io.Writer) error { return recipe.Starter(w, env.program, list, all) }
			if path == "-" {
				return starter(env.stdout)
			}
			return env.createFile(path, starter)
		}
	},
}

// read takes the flags that were not given from the file of -config, if there is one. A
// mistake in it is a line with its place.
func (o *runOptions) read(fs *flag.FlagSet, env *environment) error {
	if o.file == "" {
		return nil
	}
	if fileNamed(o.file) == standardInput {
		return usagef("-config %s: a file is needed, since paths in it are relative to it", o.file)
	}
	f, err := recipe.Read(o.file)
	if err != nil {
		return &ended{exitUsage, err}
	}
	given := make(map[string]bool)
	fs.Visit(func(f *flag.Flag) { given[f.Name] = true })
	at := func(line int, err error) error {
		return &ended{exitUsage, fmt.Errorf("%s:%d: %w", f.Path, line, err)}
	}
	if !given["strategies"] && f.Strategies != nil {
		var items, names []string
		for _, s := range f.Strategies {
			name, err := nameOf(s, env.strategies)
			switch {
			case err != nil:
				return at(s.Line, err)
			case name != "" && slices.Contains(names, name):
				return at(s.Line, fmt.Errorf("strategy %q is named twice", name))
			}
			items, names = append(items, s.Item()), append(names, name)
		}
		if err := fs.Set("strategies", strings.Join(items, ",")); err != nil {
			return err
		}
	}
	run, err := find(fs.Name(), "command", env.commands, commandName)
	if err != nil {
		return err
	}
	unused := flag.NewFlagSet("", flag.ContinueOnError) // what a flag stands for is checked all the same
	new(runOptions).bind(unused, &environment{strategies: env.strategies, stdout: io.Discard, stderr: io.Discard})
	for _, e := range f.Entries {
		to := fs
		if given[e.Flag] {
			to = unused
		}
		if line, err := setEntry(to, env, run.takes, e); err != nil {
			return at(line, fmt.Errorf("%s: %w", e.Name, err))
		}
		if e.Flag == "gate" && len(e.Values) > 0 && !given["baseline"] && !slices.ContainsFunc(f.Entries, func(e recipe.Entry) bool { return e.Flag == "baseline" }) {
			return at(e.Line, fmt.Errorf("%s: a baseline is needed, whose figures the rules are about", e.Name))
		}
	}
	return nil
}

// nameOf is the name of a strategy of a file, "" for one that only its library knows.
func nameOf(s recipe.Strategy, given []strategies.Strategy) (string, error) {
	if s.Library != "" {
		_, err := os.Stat(s.Library)
		return "", err
	}
	if s.Name == everyName {
		return "", errors.New("each strategy has a table of its own")
	}
	list, err := strategiesOf(s.Item(), given)
	if err != nil {
		return "", err
	}
	return list[0].Name, nil
}

// setEntry sets the flag of an entry, whose values it checks: with the line of the one that
// is wrong.
func setEntry(fs *flag.FlagSet, env *environment, takes map[string]words, e recipe.Entry) (line int, err error) {
	known, named := takes[e.Flag]
	if named && len(e.Values) == 0 && fs.Lookup(e.Flag).DefValue != "" {
		return e.Line, errors.New("the list is empty")
	}
	for i, v := range e.Values {
		switch {
		case e.Kind == recipe.List && slices.ContainsFunc(e.Values[:i], func(w recipe.Value) bool { return w.Text == v.Text }):
			err = fmt.Errorf("%q is named twice", v.Text)
		case named && v.Text == everyName && len(e.Values) > 1:
			err = fmt.Errorf("%s stands alone", everyName)
		case named:
			if names := known.names(env); !slices.Contains(names, v.Text) {
				err = fmt.Errorf("no %q (have: %s)%s", v.Text, strings.Join(names, ", "), spelling.Meant(v.Text, names))
			}
		case e.Kind == recipe.Path || e.Kind == recipe.Paths:
			_, err = os.Stat(v.Text)
		default:
			err = checkFlag(e.Flag, v.Text, env.strategies)
		}
		if err == nil && e.Kind == recipe.Paths {
			err = fs.Set(e.Flag, v.Text)
		}
		if err != nil {
			return v.Line, err
		}
	}
	if e.Kind == recipe.Paths {
		return e.Line, nil
	}
	if err = fs.Set(e.Flag, e.Text()); err != nil {
		err = fmt.Errorf("%q: %w", e.Text(), err)
	}
	return e.Line, err
}

// checkFlag checks a value that the flag itself takes as it is.
func checkFlag(name, text string, known []strategies.Strategy) (err error) {
	switch name {
	case "cpu":
		err = (&runOptions{cpu: text}).extras(new(bench.Config))
	case "placements":
		_, _, err = placementsOf(text, known)
	case "pressure":
		_, err = managed.ParsePressure(text)
	case "sweep":
		err = (&runOptions{sweep: text}).extras(new(bench.Config))
	case "gate":
		if !strings.ContainsAny(text, " ") {
			return fmt.Errorf(`%q is no rule, which is "UNIT +5%%" or "UNIT exact"`, text)
		}
		_, err = change.ParseRules(text)
	}
	return err
}

// keep returns what writes the experiment into the run directory. A file that is there must
// say the same.
func (o *runOptions) keep(env *environment, args []string, c bench.Config, list []chosen) (func() error, error) {
	f, err := o.experiment(env, args, c, list)
	if err != nil {
		return nil, err
	}
	info, _ := debug.ReadBuildInfo()
	var text bytes.Buffer
	err = f.Write(&text, "What this run measured, with the flags of its command line: "+env.program+" run -config does it again.",
		"Written by "+env.program+" "+versionOf(info)+".")
	if err != nil { // a path that is no UTF-8 can be run all the same
		fmt.Fprintf(env.stderr, "%s run: no %s is kept: %s\n", env.program, schema.Experiment, oneLine(err))
		return func() error { return nil }, nil
	}
	path := filepath.Join(c.Dir, schema.Experiment)
	if exists(filepath.Join(c.Dir, string(schema.Results))) {
		return func() error { return nil }, nil // of another run, which bench.Run leaves alone
	}
	if exists(path) {
		there, err := recipe.Read(path)
		var old, now bytes.Buffer
		if err == nil {
			err = errors.Join(there.Write(&old), f.Write(&now))
		}
		if err != nil || old.String() != now.String() {
			return nil, fmt.Errorf("%s is there already, and does not say all of this run: -o takes another directory", path)
		}
		return func() error { return nil }, nil
	}
	return func() error {
		return env.createFile(path, func(w io.Writer) error {
			_, err := text.WriteTo(w)
			return err
		})
	}, nil
}

// experiment is what is measured, with nothing left to defaults that may change, and
// with absolute paths. Keys that are not told here have the value of their flag.
func (o *runOptions) experiment(env *environment, args []string, c bench.Config, list []chosen) (*recipe.File, error) {
	f := new(recipe.File)
	for _, s := range list {
		r, err := recipe.ParseItem(s.item)
		if spec, ok := strings.CutPrefix(s.item, inLibrary); ok {
			r = recipe.Strategy{}
			if r.Library, r.Name, err = splitSpec(spec); err == nil {
				r.Library, err = filepath.Abs(r.Library)
			}
		}
		if err != nil {
			return nil, err
		}
		f.Strategies = append(f.Strategies, r)
	}
	told := map[string][]string{
		"workloads": o.named, "trace": append(slices.Clone(o.traces), args...), "workload": o.models, "most": {strconv.Itoa(o.most)},
		"builders": namesOf(c.Builders, builderName), "policies": namesOf(c.Policies, policyName),
		"count": {strconv.Itoa(c.Count)}, "ops": nil, "sample-time": {c.SampleTime.String()}, "budget": {c.Budget.String()},
		"only": nil, "skip": nil, "cpu": nil, "gate": nil, "profile-time": nil,
	}
	if c.Profile {
		told["profile-time"] = []string{c.ProfileTime.String()}
	}
	if c.Ops != 0 {
		told["ops"] = []string{strconv.Itoa(c.Ops)}
	}
	if o.onlyTrace {
		told["only"] = []string{onlyTrace}
	}
	if o.leaveOut != "" {
		told["skip"] = c.Skip
	}
	for _, p := range c.Manager.Pressures {
		told["pressure"] = append(told["pressure"], p.String())
	}
	for _, n := range c.Goroutines {
		told["cpu"] = append(told["cpu"], strconv.Itoa(n))
	}
	if o.rules != "" {
		rules, err := change.ParseRules(o.rules)
		if err != nil {
			return nil, err
		}
		told["gate"] = namesOf(rules, func(r change.Rule) string { return r.Text })
	}
	// A run about a trace leaves out what is shared, unless its numbers are given.
	sharing := !slices.ContainsFunc(o.besideTheTrace(), func(x bench.Experiment) bool { return x.Name == "sharing" })
	for _, k := range recipe.Keys() {
		values, ok := told[k.Flag]
		if !ok {
			values = []string{o.flags.Lookup(k.Flag).Value.String()}
		}
		if k.Flag == "cpu" && !sharing || k.Flag != "cpu" && strings.Join(values, "") == "" {
			continue
		}
		e := recipe.Entry{Key: k}
		for _, text := range values {
			if k.Kind == recipe.Path || k.Kind == recipe.Paths && fileNamed(text) != standardInput {
				var err error
				if text, err = filepath.Abs(text); err != nil {
					return nil, err
				}
			}
			e.Values = append(e.Values, recipe.Value{Text: text})
		}
		f.Entries = append(f.Entries, e)
	}
	return f, nil
}
