package lab

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/vramlab/vramlab/cmd/vramlab/progress"
	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/workloads/adversary"
	"github.com/vramlab/vramlab/workloads/census"
)

var attackCommand = command{
	name: "attack", args: "-strategy S [-objective O] [-o DIR [-resume]]",
	doc: "search for the trace that is the worst for a strategy",
	long: `Searches for a trace that breaks a strategy, and proves it. The objective is one of

    region     the largest region that does not suffice for -live bytes
    refusal    the most memory free when a request is refused, in a region of twice that
    segments   the most segments of one grant, in a region of twice that
    visits     how fast the places visited by an operation grow with -live

The search begins with the programs of Robson's proofs and others that spoil memory, and
goes on by evolution: -evaluations programs are played, each decides by the addresses that
the strategy grants. The trace of the worst is made shorter as long as it proves as much,
and is written to DIR with its claim, which replay and explain can look at. Requests are
whole pages of 4 KiB, up to -largest bytes.

Visits are counted at a few live limits up to -live. The steepest programs are then played
with up to 128 times as much live, which tells a power of it from a logarithm. A search that
finds nothing says what it has seen.

The same flags find the same trace. ^C keeps what was found; -resume goes on with the
search in DIR, and finds what one that was not interrupted finds.

so:PATH[:NAME] is a strategy in a shared library, as for replay.`,
	examples: []string{
		"attack -strategy tlsf",
		"attack -strategy buddy -objective segments -live 4MiB -evaluations 2000 -o worst",
		"attack -strategy buddy -objective segments -live 4MiB -evaluations 9000 -o worst -resume",
	},
	takes: map[string]words{
		"strategy":  {strategyNames, false},
		"objective": {func(*environment) []string { return objectiveNames() }, false},
	},
	gentle: true,
	setup: func(fs *flag.FlagSet, env *environment) action {
		a := attacking{env: env}
		fs.StringVar(&a.name, "strategy", "", "the `strategy` to attack: a name that the command list prints, or so:PATH[:NAME]")
		fs.StringVar(&a.objective, "objective", string(adversary.Space), "what to search for: `region`, refusal, segments or visits")
		fs.Func("live", "the `bytes` that may be live at a time (default 1MiB; 32MiB for visits)", byteFlag(&a.live))
		fs.Func("largest", "the `bytes` of the largest request (default: a quarter of -live, at most 256KiB)", byteFlag(&a.largest))
		fs.IntVar(&a.evaluations, "evaluations", 500, "the `number` of programs to play in all")
		fs.Uint64Var(&a.seed, "seed", 1, "the seed of the search")
		fs.StringVar(&a.dir, "o", "", "the `directory` for the search and its trace (default attack-STRATEGY-OBJECTIVE)")
		fs.BoolVar(&a.resume, "resume", false, "go on with the search in the directory")
		var i isolation
		i.bind(fs)
		return func(ctx context.Context, args []string) error {
			if len(args) != 0 {
				return usagef("no arguments are needed, got %d", len(args))
			}
			if a.evaluations < 1 {
				return usagef("-evaluations %d: at least one program", a.evaluations)
			}
			if i.wanted(env, a.name) {
				_, err := env.supervise(ctx, &i, task{strategies: a.name})
				return err
			}
			s, err := strategyNamed(a.name, env.strategies)
			if err != nil {
				return err
			}
			return unchanged(libraryOf(a.name)+s.Name, func() error { return a.run(ctx, s) })
		}
	},
}

func objectiveNames() (names []string) {
	for _, o := range adversary.Objectives() {
		names = append(names, string(o))
	}
	return names
}

// attacking is what the flags of attack say.
type attacking struct {
	env             *environment
	name, objective string
	live, largest   uint64
	evaluations     int
	seed            uint64
	dir             string
	resume          bool
}

const usualLargest = 256 << 10 // bytes

// target is what is attacked.
func (a *attacking) target(s strategies.Strategy) (adversary.Target, error) {
	t := adversary.UsualTarget(s, adversary.Objective(a.objective), 1)
	if a.live != 0 {
		t.Live = a.live
	}
	if t.Largest = a.largest; t.Largest == 0 {
		t.Largest = max(t.Page, min(usualLargest, t.Live/4&^(t.Page-1)))
	}
	if err := t.Validate(); err != nil {
		return t, usageError{err}
	}
	return t, nil
}

// run searches, proves and prints.
func (a *attacking) run(ctx context.Context, s strategies.Strategy) error {
	t, err := a.target(s)
	if err != nil {
		return err
	}
	if a.dir == "" {
		a.dir = "attack-" + s.Name + "-" + a.objective
	}
	search, err := a.search(t)
	if err != nil {
		return err
	}
	if ctx.Err() != nil {
		return errInterrupted
	}
	if err := os.MkdirAll(a.dir, 0o777); err != nil {
		return err
	}
	bar := progress.NewPatient(a.env.stderr)
	const often = 100 // evaluations between two looks at the disk
	searching, stop := context.WithCancel(ctx)
	defer stop()
	found := search.Run(searching, a.evaluations, func(now *adversary.Search) {
		if now.Done%often == 0 {
			if err = now.Save(a.dir); err != nil {
				stop() // what is found later would be lost too
			}
		}
		bar.Step(now.Done, a.evaluations, fmt.Sprintf("%s, %s", s.Name, a.objective))
	})
	bar.Done()
	if found != nil && !errors.Is(found, context.Canceled) {
		return fmt.Errorf("%s%w", libraryOf(a.name), found)
	}
	if search.Done == 0 {
		return errInterrupted
	}
	if err := firstError(err, search.Save(a.dir)); err != nil {
		return err
	}
	if err := a.report(ctx, search); err != nil {
		return err
	}
	if ctx.Err() != nil {
		return fmt.Errorf("%w after %s programs; the same command with -resume goes on", errInterrupted, census.Commas(uint64(search.Done)))
	}
	return nil
}

// search is that of the directory, or a new one in it.
func (a *attacking) search(t adversary.Target) (*adversary.Search, error) {
	at := filepath.Join(a.dir, adversary.StateFile)
	switch {
	case a.resume:
		return adversary.Load(a.dir, t, a.seed)
	case exists(at):
		return nil, fmt.Errorf("%s is there already: -resume goes on with it, or choose another directory by -o", at)
	}
	return adversary.NewSearch(t, a.seed)
}

// report proves the best that was found, writes its trace and says what it is.
func (a *attacking) report(ctx context.Context, s *adversary.Search) error {
	out, t := a.env.stdout, s.Target
	fmt.Fprintf(out, "%s, objective %s: at most %s bytes live, requests of %s to %s, seed %d\n\n", t.Strategy.Name, t.Aim,
		census.Commas(t.Live), census.Size(t.Page), census.Size(t.Largest), s.Seed)
	best, ok, err := s.Worst(ctx)
	if !ok {
		a.nothing(s)
		return nil
	}
	if err != nil && ctx.Err() == nil {
		return err
	}
	proof, err := t.Prove(ctx, best)
	if errors.Is(err, adversary.ErrNothing) {
		return fmt.Errorf("%s: its best program does nothing in a region of %s bytes: it is damaged", filepath.Join(a.dir, adversary.StateFile), census.Commas(best.Region))
	}
	if err != nil {
		return err
	}
	path := filepath.Join(a.dir, t.Strategy.Name+"_"+a.objective+".trace.gz")
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	title := fmt.Sprintf("Attack on %s: %s, found by a search of %s programs, seed %d", t.Strategy.Name, t.Aim, census.Commas(uint64(s.Done)), s.Seed)
	if err := a.env.createFile(path, func(w io.Writer) error { return proof.Write(w, title) }); err != nil {
		return err
	}
	fmt.Fprintf(out, "worst     %s, of %s programs\n", worth(t, proof), census.Commas(uint64(s.Done)))
	fmt.Fprintf(out, "claim     %v\n", proof.Claim)
	for _, line := range known(t, proof) {
		fmt.Fprintf(out, "%s\n", line)
	}
	fmt.Fprintf(out, "program   %s\n", strings.ReplaceAll(best.Program.String(), "; ", "\n          "))
	fmt.Fprintf(out, "trace     %s, %s operations, shrunk from %s\n", path, census.Commas(uint64(len(proof.Ops))), census.Commas(uint64(proof.From)))
	named := strings.Join(quoted([]string{a.name, path}), " ")
	fmt.Fprintf(out, "\n%s replay -strategy %s\n", a.env.program, named)
	if t.Aim != adversary.Visits {
		fmt.Fprintf(out, "%s explain -op %d -strategy %s\n", a.env.program, len(proof.Ops), named)
	}
	return nil
}

// nothing says what was searched in vain, the best that was seen, and how to go on.
func (a *attacking) nothing(s *adversary.Search) {
	out, t := a.env.stdout, s.Target
	what := map[adversary.Objective]string{
		adversary.Space:    "in no region from the live limit on was a request refused that free memory would have held",
		adversary.Refusal:  "no request was refused that free memory would have held",
		adversary.Segments: "no request was granted",
	}[t.Aim]
	if t.Aim == adversary.Visits {
		var limits []string
		for _, pages := range t.Limits() {
			limits = append(limits, census.Commas(pages))
		}
		what = fmt.Sprintf("by no program do visits grow from each of %s pages live to the next", strings.Join(limits, ", "))
	}
	begun := min(s.Done, len(t.First()))
	fmt.Fprintf(out, "nothing was found: %s\n", what)
	fmt.Fprintf(out, "searched  %s: %d constructions and programs of the corpus, then %d by evolution\n", plural(s.Done, "program"), begun, s.Done-begun)
	if t.Aim == adversary.Visits && s.Near.Seen == 0 {
		fmt.Fprintf(out, "seen      no visit: %s counts none, or needs none\n", t.Strategy.Name)
	} else if t.Aim == adversary.Visits {
		fmt.Fprintf(out, "seen      %.2f visits an operation at most, by %s\n", s.Near.Seen, strings.ReplaceAll(s.Near.Program.String(), "; ", "\n          "))
	}
	fmt.Fprintf(out, "\n%s attack -strategy %s -objective %s -live %d -largest %d -seed %d -o %s -evaluations %d -resume\n", a.env.program, strings.Join(quoted([]string{a.name}), ""), t.Aim,
		t.Live, t.Largest, s.Seed, strings.Join(quoted([]string{a.dir}), ""), 4*s.Done)
}

// worth is the value of a proof in words.
func worth(t adversary.Target, p adversary.Proof) string {
	c := p.Claim
	switch t.Aim {
	case adversary.Space:
		return fmt.Sprintf("a region of %.3f times what is live is needed", c.Ratio(t.Page))
	case adversary.Refusal:
		return fmt.Sprintf("refused with %.2f %% of the region free", 100*float64(c.Free)/float64(c.Region))
	case adversary.Segments:
		return fmt.Sprintf("%s bytes in %s", census.Commas(c.Size), plural(int(c.Segments), "segment"))
	}
	return fmt.Sprintf("%.2f visits an operation", float64(c.Visits)/float64(c.Over))
}

// known says how a proof compares with what is known.
func known(t adversary.Target, p adversary.Proof) (lines []string) {
	m, n := t.Live/t.Page, t.Largest/t.Page
	add := func(format string, args ...any) { lines = append(lines, fmt.Sprintf(format, args...)) }
	switch t.Aim {
	case adversary.Space:
		by := func(units float64) float64 { return units / float64(m) }
		add("bounds    %.3f that the best allocator needs (Robson 1974), %.3f that first fit needs at most (1977)", by(adversary.Robson(m, n)), by(adversary.FirstFit(m, n)))
	case adversary.Refusal:
		add("bound     %.2f %%: an object of a page in each %s", 100-100/float64(n), census.Size(t.Largest))
	case adversary.Segments:
		add("bound     %s segments: each page by itself", census.Commas(p.Claim.Size/t.Page))
	case adversary.Visits:
		g := p.Growth
		if len(g.Visits) == 0 {
			break
		}
		list := make([]string, len(g.Visits))
		for i, v := range g.Visits {
			list[i] = fmt.Sprintf("%.1f at %s", v, census.Commas(g.Limit(i)))
		}
		law := "too few live limits to tell a law"
		if l, ok := g.Law(); ok {
			law = l.String()
		}
		add("growth    %s, to %s pages", law, census.Commas(g.Limit(len(list)-1)))
		add("visits    %s pages", strings.Join(list, ", "))
	}
	return lines
}
