package bench

import (
	"cmp"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/vramlab/vramlab/bench/internal/experiment"
	"github.com/vramlab/vramlab/bench/internal/machine"
	"github.com/vramlab/vramlab/bench/internal/result"
	"github.com/vramlab/vramlab/bench/internal/rundir"
	"github.com/vramlab/vramlab/bench/internal/subject"
	"github.com/vramlab/vramlab/bench/journal"
	"github.com/vramlab/vramlab/bench/schema"
	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/workloads"
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
	c.machine = machine.Look(root)
	r := newRunner(c)
	if err := r.run(ctx); err != nil || r.leftOut == nil {
		return err
	}
	return &Incomplete{r.leftOut}
}

// Incomplete is the error of a run that measured everything but some pairs of a strategy
// and a workload: a strategy that has no windows and places no extents cannot begin
// in the state of a trace.
type Incomplete struct {
	Pairs []string // workload WORKLOAD: STRATEGY and why, in the order of the run
}

func (e *Incomplete) Error() string { return "left out: " + strings.Join(e.Pairs, "; ") }

// A runner is a run under way.
type runner struct {
	Config
	mine       []workloads.Workload    // those of the shard
	list       []experiment.Experiment // those of the shard that are not skipped
	wrap       rundir.Wrap             // a test's hook for disks that fill up
	profileFor time.Duration           // each strategy

	thread heldThread
	began  time.Time
	load   disturbance // when it began
	files  map[schema.File]*result.File

	dir *rundir.Dir // and what was done before, of a run that goes on

	leftOut     []string // pairs that cannot be measured, and why
	loads       []*subject.Load
	subjects    []*subject.Subject // strategy by strategy within workload
	experiments []experiment.Cell
	done        int // steps, for Progress
	phase       Phase
	rehearsed   []time.Duration // a replay of each subject
	forecast    forecast
}

// newRunner is a runner for a complete configuration.
func newRunner(c Config) *runner {
	r := &runner{
		Config: c, mine: c.Workloads, list: c.experiments(), wrap: func(_ string, f *os.File) io.WriteCloser { return f }, profileFor: c.ProfileTime,
		dir:   new(rundir.Dir),
		began: time.Now(), load: disturbedSoFar(), files: make(map[schema.File]*result.File), thread: newHeldThread(c.Pin),
	}
	r.take()
	return r
}

// take leaves the runner the workloads and experiments of its shard.
func (r *runner) take() {
	if r.Shard == (Shard{}) {
		return
	}
	share := r.Share()
	mine := func(name string, experiment bool) bool { return slices.Contains(share, Unit{name, experiment}) }
	var loads []workloads.Workload
	for _, w := range r.mine {
		if mine(w.Name, false) {
			loads = append(loads, w)
		}
	}
	var list []experiment.Experiment
	for _, x := range r.list {
		if !x.Synthetic || mine(x.Name, true) {
			list = append(list, x)
		}
	}
	r.mine, r.list = loads, list
}

// run is the run, phase by phase.
func (r *runner) run(ctx context.Context) (err error) {
	defer strategies.Catch(&err)
	if err := r.generate(); err != nil {
		return err
	}
	if err := r.begin(); err != nil {
		return err
	}
	defer func() { err = cmp.Or(err, r.dir.Close()) }()
	if err := r.open(); err != nil {
		return err
	}
	warn(r.Warn, r.machine)
	for _, phase := range []struct {
		Phase
		do func(context.Context) error
	}{{SettingUp, r.setUp}, {Recording, r.record}, {Recording, r.noteWork}, {Measuring, r.measure}, {Profiling, r.profile}} {
		r.phase = phase.Phase
		if err := phase.do(ctx); err != nil {
			return err
		}
	}
	for _, fact := range disturbedSoFar().since(r.load) {
		if err := r.files[schema.Results].Note(fact); err != nil {
			return err
		}
	}
	return r.dir.Did(journal.Step{Phase: journal.Ended, At: 1})
}

// generate makes the operations of every workload and the list of subjects, and offers
// each strategy each region and the state to begin in. A pair that cannot begin there is
// left out, as long as another strategy can. It comes before the first file, so that a run
// with wrong arguments leaves nothing behind.
func (r *runner) generate() error {
	for _, w := range r.mine {
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
	for i, x := range r.list {
		if x.Check != nil {
			if err := x.Check(r.env(i)); err != nil {
				return err
			}
		}
	}
	return nil
}

// begin begins the run in its directory, or goes on with it.
func (r *runner) begin() (err error) {
	facts := append(r.facts(), r.thread.facts()...)
	if r.leftOut != nil {
		facts = append(facts, result.Fact{Key: schema.FactLeftOut, Value: strings.Join(r.leftOut, "; ")})
	}
	for _, l := range r.loads {
		facts = append(facts, result.Fact{Key: schema.FactStream, Value: "workload " + l.Name + ": " + l.Digest()})
	}
	same := append(rundir.Same(facts, r.loads, r.Files), r.plans()...)
	if r.Resume {
		r.dir, err = rundir.Resume(r.Dir, same, r.wrap)
		return err
	}
	head := journal.Head{Version: journal.Version, Args: r.Args, Dir: r.From, Rounds: r.Count, Same: same}
	for _, name := range schema.Files() {
		head.Files = append(head.Files, string(name))
	}
	for _, f := range facts {
		head.Facts = append(head.Facts, journal.Fact{Key: string(f.Key), Value: f.Value})
	}
	r.dir, err = rundir.Begin(r.Dir, head, r.wrap)
	return err
}

// open makes the directories and begins the files of results.
func (r *runner) open() error {
	dirs := []string{schema.Placements}
	if r.Profile {
		dirs = append(dirs, schema.Profiles)
	}
	for _, d := range dirs {
		if err := os.MkdirAll(filepath.Join(r.Dir, d), 0o777); err != nil {
			return err
		}
	}
	for _, name := range schema.Files() {
		f, err := r.dir.File(name)
		if err != nil {
			return err
		}
		r.files[name] = f
	}
	if err := r.noteResumed(); err != nil {
		return err
	}
	return r.dir.Did(journal.Step{Phase: journal.Begun, At: 1})
}

// noteResumed says in run.bench that the run goes on, since when and from where.
func (r *runner) noteResumed() error {
	from, ok := r.dir.Resumes()
	if !ok {
		return nil
	}
	when := time.Now().UTC().Format(time.RFC3339)
	for _, kv := range r.Meta {
		if kv.Key == schema.FactDate {
			when = kv.Value
		}
	}
	return r.files[schema.Results].Note(result.Fact{Key: schema.FactResumed, Value: when + ", " + from.After()})
}

// setUp makes the cells of the experiments.
func (r *runner) setUp(ctx context.Context) error {
	for i, x := range r.list {
		if r.dir.LinesOnly(i) {
			continue
		}
		r.report("setting up "+x.Name, 0)
		cells, err := x.SetUp(ctx, r.env(i))
		if err != nil {
			return err
		}
		if err := r.dir.Did(journal.Step{Phase: journal.SetUp, At: i + 1, Of: len(cells)}); err != nil {
			return err
		}
		r.experiments = append(r.experiments, cells...)
	}
	return nil
}

// env is what an experiment gets, by its place in the list.
func (r *runner) env(number int) *experiment.Env {
	e := r.Config.env()
	for _, l := range r.loads {
		x := experiment.Stream{Workload: l.Name, Region: l.Region, Ops: l.Stream, Recorded: l.Recorded, Denied: l.Denied}
		for _, s := range r.subjects {
			if s.Load == l {
				x.Strategies = append(x.Strategies, s.Strategy)
			}
		}
		e.Streams = append(e.Streams, x)
	}
	e.Write = func(lines ...result.Line) error {
		if r.dir.Past(journal.SetUp, 0, number+1) {
			return nil // they are there
		}
		return r.files[schema.Curves].Add(lines...)
	}
	return e
}

// record replays every subject once for what is deterministic. Nothing is
// timed yet, so the strategies work side by side, each with itself in order:
// one that keeps something for all its allocators need not lock it. Lines are
// written in the order of the subjects, whoever ends first.
func (r *runner) record(ctx context.Context) error {
	ctx, stop := context.WithCancel(ctx)
	r.forecast.began, r.forecast.profiles = time.Now(), r.profiling()
	for _, s := range r.subjects {
		r.forecast.all += len(s.Load.Stream)
	}
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
					recorded[i] <- r.recordOne(ctx, i)
					<-cores
				}
			}
		}()
	}
	var first error
	for i, s := range r.subjects {
		err := <-recorded[i]
		if err == nil && first == nil {
			err = r.keep(i)
		}
		if err != nil && first == nil {
			first = err
			stop() // the others end with the subject at hand
		}
		s.Lines = nil
		r.step(s.Name(), r.forecast.recorded(len(s.Load.Stream), time.Now(), r.rounds))
	}
	stop()
	return first
}

func (r *runner) recordOne(ctx context.Context, number int) (err error) {
	defer strategies.Catch(&err)
	if err := ctx.Err(); err != nil {
		return err
	}
	s := r.subjects[number]
	if r.dir.Recorded(number, schema.PlacementFile(s.Load.Name, s.Strategy.Name)) {
		return s.Prepare(r.Builders)
	}
	if err := s.Record(filepath.Join(r.Dir, schema.Placements), r.Builders); err != nil {
		return err
	}
	lines, err := s.Policies(r.Config.Policies)
	s.Lines = append(append(s.Lines, lines...), s.Walks...)
	return err
}

// keep writes what is exact of a subject.
func (r *runner) keep(number int) error {
	if r.dir.Past(journal.Recorded, 0, number+1) {
		return nil // it is there
	}
	if err := r.files[schema.Curves].Add(r.subjects[number].Lines...); err != nil {
		return err
	}
	return r.dir.Did(journal.Step{Phase: journal.Recorded, At: number + 1})
}

// noteWork says in the files of times, before the first of them, on which workloads the
// strategies did not do the same work: benchstat puts such rows side by side.
func (r *runner) noteWork(context.Context) error {
	if r.dir.Past(journal.Measured, 1, 0) {
		return nil // it says so
	}
	for _, l := range r.loads {
		of := slices.DeleteFunc(slices.Clone(r.subjects), func(s *subject.Subject) bool { return s.Load != l })
		how := unequalWork(of)
		if how == "" {
			continue
		}
		for _, name := range []schema.File{schema.Results, schema.Lanes} {
			if err := r.files[name].Note(result.Fact{Key: schema.FactUnequal, Value: "workload " + l.Name + ": " + how}); err != nil {
				return err
			}
		}
	}
	return nil
}

// step reports that one more step is done, and how long the run still takes.
func (r *runner) step(what string, left time.Duration) {
	r.done++
	r.report(what, left)
}

// report tells how far the run is.
func (r *runner) report(what string, left time.Duration) {
	if r.Progress != nil {
		r.Progress(Progress{Phase: r.phase, Done: min(r.done, r.steps()), Total: r.steps(), What: what, Left: left})
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
