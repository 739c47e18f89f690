package lab

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math"
	"os"
	"slices"
	"strings"

	"github.com/vramlab/vramlab/cmd/vramlab/process"
	"github.com/vramlab/vramlab/cmd/vramlab/recipe"
	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/strategies/cabi"
	"github.com/vramlab/vramlab/strategies/shared"
	"github.com/vramlab/vramlab/workloads"
)

// inLibrary is the prefix of a strategy in a shared library: so:PATH[:NAME].
const inLibrary = "so:"

// openLibrary opens the strategy that spec names, which is what follows "so:".
func openLibrary(spec string) (strategies.Strategy, error) {
	path, name, err := splitSpec(spec)
	if err != nil {
		return strategies.Strategy{}, err
	}
	return openNamed(path, name)
}

// openNamed is cabi.Open for a library that leaves the process as it is.
func openNamed(path, name string) (strategies.Strategy, error) {
	before := process.Now()
	s, err := cabi.Open(path, name)
	if how := before.Changed(); how != "" {
		return s, fmt.Errorf("%s: %s while it was loaded (in a constructor)", path, how)
	}
	return s, err
}

// splitSpec is cabi.Split with an error for a spec without a path, and for one
// where the path of a file is followed by something that cannot be a name.
func splitSpec(spec string) (path, name string, err error) {
	path, name = cabi.Split(spec)
	if path == "" {
		return "", "", usagef("strategy %q names no library (so:PATH or so:PATH:NAME)", inLibrary+spec)
	}
	if at := strings.LastIndexByte(path, ':'); name == "" && at > 0 && !exists(path) && exists(path[:at]) {
		return "", "", usagef("%s: %q is no name of a strategy in a library (a to z, 0 to 9 and _, a letter first)", path[:at], path[at+1:])
	}
	return path, name, nil
}

// pathsOf are the libraries among the items of a list of strategies.
func pathsOf(items []string) (paths []string) {
	for _, item := range items {
		if spec, ok := strings.CutPrefix(item, inLibrary); ok {
			if path, _, err := splitSpec(spec); err == nil {
				paths = append(paths, path)
			}
		}
	}
	return paths
}

// libraryOf names the library of an item of a list of strategies, if there is one.
func libraryOf(item string) string {
	for _, path := range pathsOf([]string{item}) {
		return path + ": "
	}
	return ""
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// chosen is a strategy that a run compares.
type chosen struct {
	strategies.Strategy
	item string // of the list that named it: what the trial knows it by
}

// choice is which strategies a command asks, by its flags -strategies, -watch and -limit.
type choice struct {
	named string
	none  string // what -strategies none is for; "": it has to name one
	isolation
}

// bind makes c what the flags of a command line say. usual is -strategies if it is not given.
func (c *choice) bind(fs *flag.FlagSet, usual string) {
	doc := "the `strategies`: names with commas between, or so:PATH[:NAME]"
	if c.none != "" {
		doc += ", or none for " + c.none
	}
	fs.StringVar(&c.named, "strategies", usual, doc)
	c.isolation.bind(fs)
}

// ask opens the strategies and has do ask them, in a worker if one is in a library.
func (c *choice) ask(ctx context.Context, env *environment, do func(list []chosen) error) error {
	if c.none != "" && c.named == "none" {
		return do(nil)
	}
	if c.wanted(env, c.named) {
		_, err := env.supervise(ctx, &c.isolation, task{strategies: c.named})
		return err
	}
	list, err := pickStrategies(c.named, env.strategies, nil, func(_, spec string) (strategies.Strategy, error) { return openLibrary(spec) })
	if err != nil {
		return err
	}
	return unchanged("one of "+c.named, func() error { return do(list) })
}

// askOn is ask about the workload of the one argument, which is a trace, a capture or a name.
func (c *choice) askOn(ctx context.Context, env *environment, args []string, do func(path string, w workloads.Workload, list []chosen) error) error {
	return c.ask(ctx, env, func(list []chosen) error {
		path, err := onlyFile(args)
		if err != nil {
			return err
		}
		w, err := env.workloadOf(path, math.MaxInt)
		if err != nil {
			return err
		}
		return do(path, w, list)
	})
}

// pickStrategies returns the strategies named in a comma-separated list, in its
// order, without the items in skip; given are those known by name. A strategy in a
// library whose name is taken becomes NAME.2: a patched library stands beside the one
// before the patch. Libraries are opened, last and by open, which is told the item: the
// command line is right by then.
func pickStrategies(list string, given []strategies.Strategy, skip []string, open func(item, spec string) (strategies.Strategy, error)) (picked []chosen, err error) {
	for want := range strings.SplitSeq(list, ",") {
		want = strings.TrimSpace(want)
		if spec, ok := strings.CutPrefix(want, inLibrary); ok {
			if _, _, err := splitSpec(spec); err != nil {
				return nil, err
			}
			picked = append(picked, chosen{item: want})
			continue
		}
		some, err := strategiesOf(want, given)
		if err != nil {
			return nil, err
		}
		for _, s := range some {
			if named(picked, s.Name) {
				return nil, usagef("strategy %q is named twice", s.Name)
			}
			item := want
			if want == everyName {
				item = s.Name
			}
			picked = append(picked, chosen{s, item})
		}
	}
	picked = slices.DeleteFunc(picked, func(c chosen) bool { return slices.Contains(skip, c.item) })
	if len(picked) == 0 {
		return nil, errors.New("no strategy is left")
	}
	for i := range picked {
		c := &picked[i]
		spec, ok := strings.CutPrefix(c.item, inLibrary)
		if !ok {
			continue
		}
		s, err := open(c.item, spec)
		if err != nil {
			return nil, err
		}
		plain := s.Name
		for n := 2; named(picked, s.Name) || slices.ContainsFunc(given, func(g strategies.Strategy) bool { return g.Name == s.Name }); n++ {
			s.Name = fmt.Sprintf("%s.%d", plain, n)
		}
		c.Strategy = s
	}
	return picked, nil
}

// strategiesOf are the strategies of an item that is not a library: one by its name, one
// made differently, NAME:PARAMETER=VALUE:as=NAME, or all.
func strategiesOf(item string, given []strategies.Strategy) ([]strategies.Strategy, error) {
	if item == everyName {
		return given, nil
	}
	if !strings.Contains(item, ":") {
		s, err := find(item, "strategy", given, strategyName)
		return []strategies.Strategy{s}, err
	}
	r, err := recipe.ParseItem(item)
	if err != nil {
		return nil, usageError{err}
	}
	base, err := find(r.Name, "strategy", given, strategyName)
	if err != nil {
		return nil, err
	}
	s, err := shared.WithLocks(base).With(r.Values(), r.As)
	if err != nil {
		return nil, usageError{err}
	}
	if s.Name != base.Name && slices.Contains(namesOf(given, strategyName), s.Name) || r.As == base.Name && r.Params != nil {
		return nil, usagef("strategy %q: as=%s is the name of another strategy", item, s.Name)
	}
	return []strategies.Strategy{s}, nil
}

// named reports whether a strategy of that name is in the list.
func named(list []chosen, name string) bool {
	return slices.ContainsFunc(list, func(c chosen) bool { return c.Name == name })
}
