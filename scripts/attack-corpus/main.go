// Command attack-corpus makes the corpus of worst cases anew: it searches for each strategy
// and objective, and writes what is worse than what is there.
//
//	go run ./scripts/attack-corpus -seed 2 -evaluations 800
//	go run ./scripts/attack-corpus -strategies buddy,radix -objectives visits -evaluations 3000
//	go run ./scripts/attack-corpus -check
//
// Each search begins with the constructions and the programs of the whole corpus, so it
// finds at least what is there. A trace is replaced if its claim is false by now, or if what
// was found is worse for the strategy: a larger region, more free at a refusal, more
// segments, and for visits a law that grows faster. For a region it has to be worse than all
// traces of the corpus, also those found for other strategies. The number in the name of a
// file is that of the pages of the largest request.
//
// With -check it searches nothing and replays everything, growths at all their live limits,
// which the tests do only as far as a few seconds go, and prints the claims.
//
// The same flags and corpus make the same files. A line says what became of each; ^C keeps
// what was written.
package main

import (
	"compress/gzip"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/vramlab/vramlab/internal/fit"
	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/strategies/all"
	"github.com/vramlab/vramlab/workloads/adversary"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintf(os.Stderr, "attack-corpus: %v\n", err)
		os.Exit(1)
	}
}

// search is what the flags say.
type search struct {
	dir         string
	seed        uint64
	evaluations int
	known       map[string]adversary.Proof // by file
	out         io.Writer
}

func run(ctx context.Context, args []string, out io.Writer) error {
	fs := flag.NewFlagSet("attack-corpus", flag.ContinueOnError)
	attacked := fs.String("strategies", strings.Join(names(), ","), "the strategies to attack")
	aims := fs.String("objectives", "region,refusal,segments,visits", "what to search for")
	sizes := fs.String("largest", "2,4,8,16,32,64", "the largest requests, in pages, of the objective region; 64 for the others")
	s := search{out: out, known: make(map[string]adversary.Proof)}
	fs.StringVar(&s.dir, "dir", "workloads/adversary/testdata", "the directory of the corpus")
	fs.Uint64Var(&s.seed, "seed", 1, "the seed of the searches")
	fs.IntVar(&s.evaluations, "evaluations", 400, "the programs to play in each search")
	check := fs.Bool("check", false, "search nothing, replay the corpus")
	if err := fs.Parse(args); err != nil {
		return err
	}
	corpus, err := adversary.Corpus()
	if err != nil {
		return err
	}
	for _, p := range corpus {
		s.known[p.Name] = p
	}
	list, err := chosen(*attacked)
	if err != nil {
		return err
	}
	if *check {
		return s.check(ctx, corpus, list)
	}
	for _, aim := range strings.Split(*aims, ",") {
		pages := []string{"64"}
		if adversary.Objective(aim) == adversary.Space {
			pages = strings.Split(*sizes, ",")
		}
		for _, n := range pages {
			largest, err := strconv.ParseUint(n, 10, 32)
			if err != nil {
				return fmt.Errorf("-largest %q: %w", n, err)
			}
			for _, of := range list {
				if err := s.one(ctx, adversary.UsualTarget(of, adversary.Objective(aim), largest)); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// names are those of all strategies.
func names() (list []string) {
	for _, of := range all.List() {
		list = append(list, of.Name)
	}
	return list
}

// chosen are the strategies of a list of names.
func chosen(text string) (list []strategies.Strategy, err error) {
	for _, name := range strings.Split(text, ",") {
		of, ok := all.Lookup(name)
		if !ok {
			return nil, fmt.Errorf("unknown strategy %q (have %s)", name, strings.Join(names(), ", "))
		}
		list = append(list, of)
	}
	return list, nil
}

// check replays what is known of the strategies, whole.
func (s *search) check(ctx context.Context, corpus []adversary.Proof, list []strategies.Strategy) (found error) {
	for _, p := range corpus {
		i := slices.IndexFunc(list, func(of strategies.Strategy) bool { return of.Name == p.Claim.Strategy })
		if i < 0 {
			continue
		}
		err := errors.Join(p.Check(ctx, list[i]), p.CheckGrowth(ctx, list[i]))
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err == nil {
			s.say(p, "true")
		}
		found = errors.Join(found, err)
	}
	return found
}

// one is the search for a target.
func (s *search) one(ctx context.Context, t adversary.Target) error {
	name := fmt.Sprintf("%s_%s_%d.trace.gz", t.Strategy.Name, t.Aim, t.Largest/t.Page)
	hunt, err := adversary.NewSearch(t, s.seed)
	if err != nil {
		return err
	}
	if err := hunt.Run(ctx, s.evaluations, nil); err != nil {
		return err
	}
	old, known := s.known[name]
	if known {
		known = old.Check(ctx, t.Strategy) == nil // what is false is replaced
	}
	best, found, err := hunt.Worst(ctx)
	switch {
	case err != nil:
		return err
	case !found, t.Aim == adversary.Segments && best.Value <= 1: // one segment is none too many
		fmt.Fprintf(s.out, "%s: nothing was found\n", name)
		return nil
	}
	if t.Aim == adversary.Space {
		w, err := adversary.WorstOf(ctx, t.Strategy, t.Largest)
		if err != nil {
			return err
		}
		if best.Region <= w.Region && w.By != name {
			fmt.Fprintf(s.out, "%s: the corpus is as bad by %s\n", name, w.By)
			return nil
		}
	}
	fresh, err := t.Prove(ctx, best)
	if err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if known && !worse(t, fresh, old) {
		fmt.Fprintf(s.out, "%s: stays\n", name)
		return nil
	}
	title := fmt.Sprintf("Attack on %s: objective %s, found by a search of %d programs, seed %d", t.Strategy.Name, t.Aim, s.evaluations, s.seed)
	if err := write(filepath.Join(s.dir, name), fresh, title); err != nil {
		return err
	}
	fresh.Name = name
	s.say(fresh, "written")
	return nil
}

// say prints what became of a trace, and what it claims.
func (s *search) say(p adversary.Proof, what string) {
	fmt.Fprintf(s.out, "%s: %s: %v\n", p.Name, what, p.Claim)
	if len(p.Growth.Visits) != 0 {
		fmt.Fprintf(s.out, "%s: %v\n", p.Name, p.Growth)
	}
}

// worse reports whether a is worse for the strategy than b.
func worse(t adversary.Target, a, b adversary.Proof) bool {
	switch t.Aim {
	case adversary.Space:
		return a.Claim.Ratio(t.Page) > b.Claim.Ratio(t.Page)
	case adversary.Refusal:
		return a.Claim.Free*b.Claim.Region > b.Claim.Free*a.Claim.Region
	case adversary.Segments:
		return a.Claim.Segments > b.Claim.Segments
	}
	x, _ := a.Growth.Law()
	y, ok := b.Growth.Law()
	rank := []fit.Kind{fit.Level, fit.Logarithm, fit.Undecided, fit.PowerLaw}
	i, j := slices.Index(rank, x.Kind), slices.Index(rank, y.Kind)
	return !ok || i > j || i == j && x.Exponent > y.Exponent+0.02
}

// write replaces the file at path, whole or not at all.
func write(path string, p adversary.Proof, title string) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".new-")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	z, err := gzip.NewWriterLevel(f, gzip.BestCompression)
	if err == nil {
		err = p.Write(z, title)
	}
	if e := z.Close(); err == nil {
		err = e
	}
	if e := f.Chmod(0o644); err == nil {
		err = e
	}
	if e := f.Close(); err == nil {
		err = e
	}
	if err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}
