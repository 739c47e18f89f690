package rundir

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/vramlab/vramlab/bench/schema"
	"github.com/vramlab/vramlab/report/internal/list"
	"github.com/vramlab/vramlab/report/internal/text"
)

// A directory may hold files of several runs: somebody copied a trace into it, or ran
// once more with fewer workloads. run.bench says which run it is. A file beside it that
// says otherwise is named and left out.

// otherRun is the fact in which a file differs from run.bench, as the end of a sentence;
// empty when it may be of the same run.
func (r *Run) otherRun(facts Facts) string {
	for _, key := range []schema.Fact{schema.FactDate, schema.FactSeed, schema.FactCommand} {
		here, there := r.Facts.Value(key), facts.Value(key)
		if here != "" && there != "" && here != there {
			return fmt.Sprintf("its %s is %s, that of run.bench %s", key, there, here)
		}
	}
	return ""
}

// Precedes reports whether a moment is before the run began, so that what was recorded
// then is of another. It is false when the run does not say when it began.
func (f Facts) Precedes(t time.Time) bool {
	began, err := time.Parse(time.RFC3339, f.Value(schema.FactDate))
	return err == nil && t.Before(began)
}

// timed are the operations timed in the samples of a pair: whole replays, so their
// greatest common divisor is a replay, or a few.
type timed struct{ lo, hi, gcd int }

// noteOperations notes how many a line of replays timed.
func (r *Run) noteOperations(l line) {
	if l.bench != schema.AllocFree && l.bench != schema.AA {
		return
	}
	of, n := pairName{l.get(schema.Workload), l.get(schema.Strategy)}, l.Iters
	seen, ok := r.operations[of]
	if !ok {
		seen = timed{n, n, 0}
	}
	gcd := n
	for rest := seen.gcd; rest != 0; {
		gcd, rest = rest, gcd%rest
	}
	r.operations[of] = timed{min(seen.lo, n), max(seen.hi, n), gcd}
}

// otherOperations says how a trace differs from the replays that run.bench has times of,
// empty when it may be theirs. A line of run.bench counts the operations of a replay, or
// of several where one is short.
func (r *Run) otherOperations(f foundPlacement) string {
	n, ok := r.operations[pairName{f.name, f.strategy}]
	if !ok {
		return ""
	}
	theirs := n.hi >= f.p.events-1 && n.lo <= f.p.Ops+1
	for _, k := range f.p.lengths() {
		theirs = theirs || k > 0 && (n.lo%k == 0 || n.hi%k == 0)
	}
	if theirs {
		return ""
	}
	return fmt.Sprintf("it holds %s, run.bench has times of %s", text.Operations(f.p.Ops), text.Count(n.hi))
}

// hasHead reports whether a file begins as a run begins it, whatever the version: one that
// was stopped before its first result holds nothing else.
func hasHead(data []byte) bool {
	product, _, _ := strings.Cut(schema.Version, " ")
	for line := range strings.Lines(string(data)) {
		if strings.HasPrefix(line, "# "+product+" run ") {
			return true
		}
	}
	return false
}

// foreignResults are results that name no strategy or no workload: of some other program.
type foreignResults struct {
	n     int
	names []string
}

func (f *foreignResults) add(l line) {
	name, _, _ := strings.Cut(string(l.Name), "/")
	f.n++
	if len(f.names) < 3 {
		f.names = list.Add(f.names, "Benchmark"+text.Clean(name))
	}
}

// err is the error of a run.bench that holds nothing else.
func (f foreignResults) err(path string) error {
	if f.n == 0 {
		return fmt.Errorf("%s: not the results of a run: it holds no benchmark line, and not the head %q that a run begins with", path, "# "+schema.Version)
	}
	return fmt.Errorf("%s: not the results of a run: it holds %s (%s), and none has strategy=NAME and workload=NAME in its name",
		path, text.Plural(float64(f.n), "benchmark line", "benchmark lines"), strings.Join(f.names, ", "))
}

// fileClashes files the clashes under their workloads.
func (r *Run) fileClashes() {
	for _, w := range r.Workloads {
		for s, strategy := range r.Strategies {
			for _, k := range r.checked.found[pairName{w.Name, strategy}] {
				k.Strategy = s
				w.Clashes = append(w.Clashes, k)
			}
		}
	}
}

// checkCalls checks the times of requests and of frees against that of an operation, which
// is their mean by their numbers. The operation is what was timed and is divided among the
// two, so where they do not make it up, the two are left out. Trims, resets and putting a
// state in place are in the operation and in neither of the two: with any, the two make up
// no more than it. Old versions counted the operations in other ways, and medians are no
// means: a quarter is nothing. Without a trace nobody knows the numbers.
func (r *Run) checkCalls() {
	const little = 1.25
	for _, w := range r.Workloads {
		for s, name := range r.Strategies {
			key := func(u *schema.Unit) CellKey { return CellKey{schema.AllocFree, "", s, u} }
			op, alloc, free := w.Cells[key(schema.NsPerOp)].Center(), w.Cells[key(schema.NsPerAlloc)].Center(), w.Cells[key(schema.NsPerFree)].Center()
			p := w.Placement(s)
			if p == nil || p.frees == 0 || p.Requests == 0 {
				continue
			}
			calls := p.calls(alloc, free)
			if op*little >= calls && (p.others > 0 || op <= little*calls) || math.IsNaN(op+calls) {
				continue
			}
			r.Warnings.Add("%s: ns/alloc and ns/free of %s on %s make up %s ns/op, and the file has %s: the two are left out",
				schema.Results, name, w.Name, text.Exact(1e9*calls), text.Exact(1e9*op))
			delete(w.Cells, key(schema.NsPerAlloc))
			delete(w.Cells, key(schema.NsPerFree))
		}
	}
}

// calls is what requests and frees of such times make up of an operation.
func (p *Placement) calls(alloc, free float64) float64 {
	return (float64(p.Requests)*alloc + float64(p.frees)*free) / float64(p.done)
}

// checkMoments compares the moments of the strategies' series: those of a run are the same
// on a workload, because all replay the same operations.
func (r *Run) checkMoments() {
	sameOp := func(a, b Moment) bool { return a.Op == b.Op }
	for _, w := range r.Workloads {
		first := -1
		for s, name := range r.Strategies {
			switch m := w.Moments[s]; {
			case len(m) == 0:
			case first < 0:
				first = s
			case !w.uneven && !slices.EqualFunc(m, w.Moments[first], sameOp):
				w.uneven = true
				r.Warnings.Add("%s: the series of %s on %s has other moments than that of %s: mean broken free memory is left out there",
					schema.Curves, name, w.Name, r.Strategies[first])
			}
		}
	}
}
