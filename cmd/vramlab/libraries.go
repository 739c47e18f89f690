package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/vramlab/vramlab/bench"
	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/strategies/all"
	"github.com/vramlab/vramlab/strategies/cabi"
	"github.com/vramlab/vramlab/workloads"
)

// inLibrary is what a strategy out of a shared library begins with: so:PATH[:NAME].
const inLibrary = "so:"

// openLibrary opens the strategy that is named by what stands behind "so:".
func openLibrary(spec string) (strategies.Strategy, error) {
	path, name := cabi.Split(spec)
	if path == "" {
		return strategies.Strategy{}, usagef("strategy %q names no library (so:PATH or so:PATH:NAME)", inLibrary+spec)
	}
	return cabi.Open(path, name)
}

// pickStrategies returns the strategies named in a comma-separated list, in its
// order, and which of them came out of libraries. One whose name is taken, by
// another library or by the lab, becomes NAME.2: a patched library stands beside
// the one before the patch.
func pickStrategies(list string) (picked, libraries []strategies.Strategy, err error) {
	if !strings.Contains(list, inLibrary) {
		picked, err = pick(list, "strategy", all.List(), strategyName)
		return picked, nil, err
	}
	named := func(name string) func(strategies.Strategy) bool {
		return func(s strategies.Strategy) bool { return s.Name == name }
	}
	for want := range strings.SplitSeq(list, ",") {
		want = strings.TrimSpace(want)
		spec, ok := strings.CutPrefix(want, inLibrary)
		if !ok {
			some, err := pick(want, "strategy", all.List(), strategyName)
			if err != nil {
				return nil, nil, err
			}
			for _, s := range some {
				if slices.ContainsFunc(picked, named(s.Name)) {
					return nil, nil, usagef("strategy %q is named twice", s.Name)
				}
			}
			picked = append(picked, some...)
			continue
		}
		s, err := openLibrary(spec)
		if err != nil {
			return nil, nil, err
		}
		plain := s.Name
		for i := 2; slices.ContainsFunc(slices.Concat(picked, all.List()), named(s.Name)); i++ {
			s.Name = fmt.Sprintf("%s.%d", plain, i)
		}
		picked, libraries = append(picked, s), append(libraries, s)
	}
	return picked, libraries, nil
}

// tryOut replays every workload under the shadow model on the strategies that came
// out of libraries, before anything is measured: a library that grants the same
// memory twice must not get as far as a report.
func tryOut(ctx context.Context, env environment, libraries []strategies.Strategy, c bench.Config) error {
	for _, s := range libraries {
		done := 0
		for _, w := range c.Workloads {
			ops := w.Ops(c.Seed, c.Ops)
			a, err := strategies.Checked(s).New(w.Region)
			if err == nil {
				err = replayChecked(ctx, a, ops)
			}
			if err != nil {
				return fmt.Errorf("%s on %s: %w", s.Name, w.Name, err)
			}
			done += len(ops)
		}
		fmt.Fprintf(env.stdout, "%s: %d operations under the shadow model, and no rule was broken\n", s.Name, done)
	}
	return nil
}

// replayChecked replays ops on a, in parts between which it heeds ctx, and checks
// the whole in the end.
func replayChecked(ctx context.Context, a strategies.Allocator, ops []workloads.Op) (err error) {
	defer guard(&err)
	live := bench.NewLive(ops)
	for part := range slices.Chunk(ops, workloads.BatchOps) {
		if err := ctx.Err(); err != nil {
			return err
		}
		bench.Replay(a, part, live)
	}
	live.Drain(a)
	return a.(strategies.Checker).Check()
}

// guard turns the panic of an allocator out of a library, or of its shadow, into an
// error. Whatever else panics does.
func guard(err *error) {
	switch v := recover().(type) {
	case nil:
	case string:
		*err = errors.New(v)
	case *cabi.Fault:
		*err = v
	default:
		panic(v)
	}
}
