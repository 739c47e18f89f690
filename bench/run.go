package bench

import (
	"cmp"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strings"
	"time"

	"github.com/vramlab/vramlab/bench/internal/experiment"
	"github.com/vramlab/vramlab/bench/internal/result"
	"github.com/vramlab/vramlab/bench/internal/subject"
	"github.com/vramlab/vramlab/bench/schema"
	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/workloads/replay"
)

// Run measures every strategy on every workload and writes the results to c.Dir; the
// package comment describes how. It returns the first error: a file that cannot be
// written, a region that a strategy refuses, a stream or a strategy that breaks its
// rules (see [strategies.Violation]), or that of ctx when it ends. What is on disk by
// then stays, and can be reported. A whole run that left out pairs ends with [Incomplete].
func Run(ctx context.Context, c Config) error {
	if err := c.complete(); err != nil {
		return err
	}
	r := newRunner(c)
	if err := r.run(ctx); err != nil || r.leftOut == nil {
		return err
	}
	return &Incomplete{r.leftOut}
}

// Incomplete is the error of a run that measured everything but some pairs of a strategy
// and a workload: a strategy without windows cannot begin in the state of a trace.
type Incomplete struct {
	Pairs []string // workload WORKLOAD: STRATEGY and why, in the order of the run
}

func (e *Incomplete) Error() string { return "left out: " + strings.Join(e.Pairs, "; ") }

// A runner is a run under way.
type runner struct {
	Config
	list       []experiment.Experiment                   // those not skipped
	create     func(path string) (io.WriteCloser, error) // a test's hook for disks that fill up
	profileFor time.Duration                             // each strategy

	began   time.Time
	cpu     result.CPUTime // when it began
	results *result.File
	curves  *result.File

	leftOut     []string // pairs that cannot be measured, and why
	loads       []*subject.Load
	subjects    []*subject.Subject // strategy by strategy within workload
	experiments []experiment.Cell
	done        int // steps, for Progress
}

// newRunner is a runner for a complete configuration.
func newRunner(c Config) *runner {
	return &runner{
		Config: c, list: c.experiments(), create: createNew, profileFor: profileTime,
		began: time.Now(), cpu: result.ReadCPUTime(),
	}
}

// run is the run, phase by phase.
func (r *runner) run(ctx context.Context) (err error) {
	defer strategies.Catch(&err)
	if err := r.generate(); err != nil {
		return err
	}
	if err := r.open(); err != nil {
		return err
	}
	defer func() {
		for _, f := range []*result.File{r.results, r.curves} {
			if e := f.Close(); err == nil {
				err = e
			}
		}
	}()
	for _, phase := range []func(context.Context) error{r.setUp, r.record, r.measure, r.profile} {
		if err := phase(ctx); err != nil {
			return err
		}
	}
	if load, ok := result.LoadSince(r.cpu); ok {
		return r.results.Note(load)
	}
	return nil
}

// generate makes the operations of every workload and the list of subjects, and offers
// each strategy each region and the state to begin in. A pair that cannot begin there is
// left out, as long as another strategy can. It comes before the first file, so that a run
// with wrong arguments leaves nothing behind.
func (r *runner) generate() error {
	for _, w := range r.Workloads {
		l, err := subject.NewLoad(w, r.Seed, r.Ops)
		if err != nil {
			return err
		}
		r.loads = append(r.loads, l)
		before, unfit := len(r.subjects), error(nil)
		for _, s := range r.Strategies {
			pair := &subject.Subject{Strategy: s, Load: l}
			if _, err := pair.New(); err != nil {
				return err
			}
			switch err := pair.Begins(); {
			case errors.Is(err, replay.ErrState):
				unfit = cmp.Or(unfit, err)
				r.leftOut = append(r.leftOut, err.Error())
			case err != nil:
				return err
			default:
				r.subjects = append(r.subjects, pair)
			}
		}
		if len(r.subjects) == before {
			return unfit
		}
	}
	for _, x := range r.list {
		if x.Check != nil {
			if err := x.Check(r.env()); err != nil {
				return err
			}
		}
	}
	return nil
}

// open makes the directories and begins the two files of results.
func (r *runner) open() error {
	dirs := []string{r.Dir, filepath.Join(r.Dir, schema.Placements)}
	if r.Profile {
		dirs = append(dirs, filepath.Join(r.Dir, schema.Profiles))
	}
	for _, d := range dirs {
		if err := os.MkdirAll(d, 0o777); err != nil {
			return err
		}
	}
	var err error
	if r.results, err = r.begin(schema.Results); err != nil {
		return err
	}
	if r.curves, err = r.begin(schema.Curves); err != nil {
		r.results.Close()
		return err
	}
	return nil
}

func (r *runner) begin(name schema.File) (*result.File, error) {
	path := filepath.Join(r.Dir, string(name))
	f, err := r.create(path)
	if err != nil {
		return nil, result.Naming(path, err)
	}
	facts := r.facts()
	if r.leftOut != nil {
		facts = append(facts, result.Fact{Key: schema.FactLeftOut, Value: strings.Join(r.leftOut, "; ")})
	}
	return result.Begin(path, f, result.Head(name, facts))
}

// createNew creates the file path, which must not be there: results of an
// earlier run are never overwritten.
func createNew(path string) (io.WriteCloser, error) {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if errors.Is(err, fs.ErrExist) {
		return nil, errors.New("the directory holds an earlier run; take another one")
	}
	return f, err
}

// setUp makes the cells of the experiments.
func (r *runner) setUp(ctx context.Context) error {
	for _, x := range r.list {
		cells, err := x.SetUp(ctx, r.env())
		if err != nil {
			return err
		}
		r.experiments = append(r.experiments, cells...)
	}
	return nil
}

// env is what experiments get.
func (r *runner) env() *experiment.Env {
	e := r.Config.env()
	for _, l := range r.loads {
		x := experiment.Stream{Workload: l.Name, Region: l.Region, Ops: l.Stream}
		for _, s := range r.subjects {
			if s.Load == l {
				x.Strategies = append(x.Strategies, s.Strategy)
			}
		}
		e.Streams = append(e.Streams, x)
	}
	e.Write = func(lines ...result.Line) error { return r.curves.Add(lines...) }
	return e
}

// record replays every subject once for what is deterministic. Nothing is
// timed yet, so the strategies work side by side, each with itself in order:
// one that keeps something for all its allocators need not lock it. Lines are
// written in the order of the subjects, whoever ends first.
func (r *runner) record(ctx context.Context) error {
	ctx, stop := context.WithCancel(ctx)
	recorded := make([]chan error, len(r.subjects))
	for i := range recorded {
		recorded[i] = make(chan error, 1)
	}
	cores := make(chan struct{}, runtime.GOMAXPROCS(0))
	for _, mine := range r.Strategies {
		go func() {
			for i, s := range r.subjects {
				if s.Strategy.Name == mine.Name {
					cores <- struct{}{}
					recorded[i] <- r.recordOne(ctx, s)
					<-cores
				}
			}
		}()
	}
	var first error
	for i, s := range r.subjects {
		err := <-recorded[i]
		if err == nil && first == nil {
			err = r.curves.Add(s.Lines...)
		}
		if err != nil && first == nil {
			first = err
			stop() // the others end with the subject at hand
		}
		s.Lines = nil
		r.step(s.Name())
	}
	stop()
	return first
}

func (r *runner) recordOne(ctx context.Context, s *subject.Subject) (err error) {
	defer strategies.Catch(&err)
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := s.Record(filepath.Join(r.Dir, schema.Placements), r.Builders); err != nil {
		return err
	}
	lines, err := s.Policies()
	s.Lines = append(s.Lines, lines...)
	return err
}

// measure takes the samples, round by round.
func (r *runner) measure(ctx context.Context) error {
	// The collector runs between samples, never within one.
	defer debug.SetGCPercent(debug.SetGCPercent(-1))
	replays, err := r.rehearse(ctx)
	if err != nil {
		return err
	}
	b := r.plan(replays)
	cells := r.cells(newLanes(&b))
	left := r.Count
	for round := range schedule(r.Seed, len(cells), r.Count) {
		b.round(left)
		left--
		for _, at := range round {
			if err := ctx.Err(); err != nil {
				return err
			}
			if err := cells[at].add(&b); err != nil {
				return err
			}
			r.step(cells[at].What)
		}
	}
	return nil
}

// add takes a sample and writes its lines.
func (c *cell) add(b *budget) error {
	start := time.Now()
	lines, err := c.Sample()
	if err != nil {
		return err
	}
	if c.Beside {
		b.beside(time.Since(start))
	}
	return c.file.Add(lines...)
}

// rehearse replays every subject once as the samples will, to find out how long
// that takes in all.
func (r *runner) rehearse(ctx context.Context) (replays time.Duration, err error) {
	for _, s := range r.subjects {
		if err := ctx.Err(); err != nil {
			return 0, err
		}
		_, took, err := s.Warm()
		if err != nil {
			return 0, err
		}
		replays += took
	}
	return replays, nil
}

// step reports that one more step is done.
func (r *runner) step(what string) {
	r.done++
	if r.Progress != nil {
		r.Progress(min(r.done, r.steps()), r.steps(), what)
	}
}

// steps is the number of steps of the whole run.
func (r *runner) steps() int {
	n := len(r.subjects) + r.Count*r.nCells()
	if r.Profile {
		n += len(r.Strategies)
	}
	return n
}
