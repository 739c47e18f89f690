package main

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/vramlab/vramlab/bench"
	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/strategies/all"
	"github.com/vramlab/vramlab/strategies/cabi"
	"github.com/vramlab/vramlab/workloads"
	"github.com/vramlab/vramlab/workloads/replay"
)

// inLibrary is what a strategy out of a shared library begins with: so:PATH[:NAME].
const inLibrary = "so:"

// openLibrary opens the strategy that is named by what stands behind "so:".
func openLibrary(spec string) (strategies.Strategy, error) {
	path, name, err := splitSpec(spec)
	if err != nil {
		return strategies.Strategy{}, err
	}
	return cabi.Open(path, name)
}

// splitSpec is cabi.Split with an error for a spec without a path, and for a name
// that is none behind the path of a file.
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

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
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
			a, err := newGuarded(strategies.Checked(s), w.Region)
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
	defer strategies.Catch(&err)
	live := replay.NewLive(ops)
	for part := range slices.Chunk(ops, replay.BatchOps) {
		if err := ctx.Err(); err != nil {
			return err
		}
		replay.Replay(a, part, live)
	}
	live.Drain(a)
	return a.(strategies.Checker).Check()
}

// newGuarded is s.New with the panic of a broken allocator as an error: the shadow model checks an empty heap at once.
func newGuarded(s strategies.Strategy, r strategies.Region) (a strategies.Allocator, err error) {
	defer strategies.Catch(&err)
	return s.New(r)
}

// checkGuarded is the check of a whole heap with such a panic as an error.
func checkGuarded(c strategies.Checker) (err error) {
	defer strategies.Catch(&err)
	return c.Check()
}
