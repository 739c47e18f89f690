package lab

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/vramlab/vramlab/cmd/vramlab/process"
	"github.com/vramlab/vramlab/cmd/vramlab/recipe"
	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/strategies/all"
	"github.com/vramlab/vramlab/strategies/shared"
	"github.com/vramlab/vramlab/workloads"
)

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

// onlyFile is the one argument of a command.
func onlyFile(args []string) (string, error) { return only("trace file", args) }

// only is the name of the one argument of a command that takes one of what.
func only(what string, args []string) (string, error) {
	if len(args) > 1 && strings.HasPrefix(args[1], "-") {
		return "", usagef("%s follows FILE; flags go before it", args[1])
	}
	if len(args) != 1 {
		return "", usagef("one %s is needed, got %d arguments", what, len(args))
	}
	return fileNamed(args[0]), nil
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

// compared names the strategies that run compares by default: buddy, rangemgr and
// all foreign ones, of those given. If that leaves none, it is all.
func compared(given []strategies.Strategy) string {
	var names []string
	for _, s := range given {
		if s.Name == "buddy" || s.Name == "rangemgr" || foreign(s) {
			names = append(names, s.Name)
		}
	}
	if names == nil {
		return everyName
	}
	return strings.Join(names, ",")
}

// foreign reports whether s is none of vramlab's own strategies.
func foreign(s strategies.Strategy) bool {
	_, own := all.Lookup(s.Name)
	return !own
}

// isFault reports whether err says already what is wrong with a strategy.
func isFault(err error) bool {
	v := (*strategies.Violation)(nil)
	return errors.As(err, &v)
}

// unchanged is the error of do, which calls strategies, or that who of them changed the process.
func unchanged(who string, do func() error) error {
	before := process.Now()
	err := do()
	if how := before.Changed(); how != "" && !isFault(err) {
		return fmt.Errorf("%s %s", who, how)
	}
	return err
}

// guarded runs f. A rule that the shadow model, or an allocator in a library, finds
// broken in f becomes the error; other panics go on.
func guarded(f func() error) (err error) {
	defer strategies.Catch(&err)
	return f()
}
