package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"time"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/workloads"
)

// The files and directories of a run directory that this package writes.
const (
	resultsFile   = "run.bench"
	curvesFile    = "curves.bench"
	placementsDir = "placements"
	profilesDir   = "profiles"
)

// Run measures every strategy on every workload and leaves the results in
// c.Dir; the package comment tells how. It returns the first error: a file
// that cannot be written, a region that a strategy refuses, a stream that
// breaks its rules, or ctx's when that ends. What was on disk by then stays,
// and is a run directory that can be reported.
func Run(ctx context.Context, c Config) error {
	if err := c.complete(); err != nil {
		return err
	}
	return newRunner(c).run(ctx)
}

// A runner is a run under way.
type runner struct {
	Config
	create     func(path string) (io.WriteCloser, error) // a test's hook for disks that fill up
	profileFor time.Duration                             // each strategy
	began      time.Time
	cpu        cpuTime // when it began
	results    *resultFile
	curves     *resultFile

	loads    []*load
	subjects []*subject // strategy by strategy within workload
	holes    []uint64   // hole sizes of the sweep
	sweeps   []*tableCell
	objects  []uint64 // object sizes of the second sweep
	sizes    []*sizeCell
	cells    []cell

	scalings   []*scalingCell
	concurrent []*concurrentCell
	migrations []*migration
	crossings  []crossing

	latency *latencyMeter
	tables  *tableMeter
	times   []time.Duration // of the replays of a sample
	budget  budget
	done    int // steps, for Progress
}

// newRunner is a runner for a complete configuration.
func newRunner(c Config) *runner {
	r := &runner{
		Config: c, create: createNew, profileFor: profileTime,
		began: time.Now(), cpu: readCPUTime(), latency: newLatencyMeter(), tables: newTableMeter(),
	}
	if !c.NoSweep {
		r.holes, r.objects = workloads.HoleSizes(), objectSizes()
	}
	return r
}

// run is the run, phase by phase.
func (r *runner) run(ctx context.Context) (err error) {
	if err := r.generate(); err != nil {
		return err
	}
	if err := r.open(); err != nil {
		return err
	}
	defer func() {
		for _, f := range []*resultFile{r.results, r.curves} {
			if e := f.f.Close(); err == nil {
				err = naming(f.path, e)
			}
		}
	}()
	for _, phase := range []func(context.Context) error{r.setUpSweep, r.setUpSizes, r.setUpMigrations, r.record, r.measure, r.profile} {
		if err := guarded(ctx, phase); err != nil {
			return err
		}
	}
	if load, ok := loadSince(r.cpu); ok {
		return r.results.write(appendFact(nil, load))
	}
	return nil
}

// guarded is a phase that ends with an error where an allocator is at fault.
func guarded(ctx context.Context, phase func(context.Context) error) (err error) {
	defer strategies.Catch(&err)
	return phase(ctx)
}

// open makes the directories and begins the two files of results.
func (r *runner) open() error {
	dirs := []string{r.Dir, filepath.Join(r.Dir, placementsDir)}
	if r.Profile {
		dirs = append(dirs, filepath.Join(r.Dir, profilesDir))
	}
	for _, d := range dirs {
		if err := os.MkdirAll(d, 0o777); err != nil {
			return err
		}
	}
	var err error
	if r.results, err = r.begin(resultsFile, comparisonUnits); err != nil {
		return err
	}
	if r.curves, err = r.begin(curvesFile, curveUnits); err != nil {
		r.results.f.Close()
		return err
	}
	return nil
}

func (r *runner) begin(name string, units []unit) (*resultFile, error) {
	path := filepath.Join(r.Dir, name)
	f, err := r.create(path)
	if err != nil {
		return nil, naming(path, err)
	}
	out := &resultFile{path: path, f: f}
	if err := out.write(header(units, r.facts())); err != nil {
		f.Close()
		return nil, err
	}
	return out, nil
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

// generate makes the operations of every workload and the list of subjects. It
// comes before the first file: a run that cannot be leaves nothing behind.
func (r *runner) generate() error {
	for _, w := range r.Workloads {
		l := newLoad(w, w.Ops(r.Seed, r.Ops))
		if err := checkOps(l.ops); err != nil {
			return fmt.Errorf("workload %s: %w", w.Name, err)
		}
		r.loads = append(r.loads, l)
		for _, s := range r.Strategies {
			pair := &subject{strategy: s, load: l}
			a, err := pair.allocator()
			if err != nil {
				return err
			}
			r.noteCrossing(s, a)
			r.subjects = append(r.subjects, pair)
		}
	}
	r.scalings, r.concurrent = r.scalingCells(), r.concurrentCells()
	return r.offerRegions()
}

// record replays every subject once for what is deterministic. Nothing is
// timed yet, so the strategies work side by side, each with itself in order:
// one that keeps something for all its allocators need not lock it. Lines are
// written in the order of the subjects, whoever ends first.
func (r *runner) record(ctx context.Context) error {
	ctx, stop := context.WithCancel(ctx)
	results := make([]chan error, len(r.subjects))
	for i := range results {
		results[i] = make(chan error, 1)
	}
	cores := make(chan struct{}, runtime.GOMAXPROCS(0))
	for first := range r.Strategies {
		go func() {
			for i, s := range r.subjects {
				if i%len(r.Strategies) == first {
					cores <- struct{}{}
					results[i] <- r.recordOne(ctx, s)
					<-cores
				}
			}
		}()
	}
	var first error
	for i, s := range r.subjects {
		err := <-results[i]
		if err == nil && first == nil {
			err = r.curves.add(s.series...)
		}
		if err != nil && first == nil {
			first = err
			stop() // the others end with the subject at hand
		}
		s.series = nil
		r.step(s.name())
	}
	stop()
	return first
}

func (r *runner) recordOne(ctx context.Context, s *subject) (err error) {
	defer strategies.Catch(&err)
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := s.record(filepath.Join(r.Dir, placementsDir), r.Builders); err != nil {
		return err
	}
	lines, err := s.policies()
	s.series = append(s.series, lines...)
	return err
}

// measure takes the samples, round by round.
func (r *runner) measure(ctx context.Context) error {
	// The collector runs between samples, never within one.
	defer debug.SetGCPercent(debug.SetGCPercent(-1))
	if err := r.rehearse(ctx); err != nil {
		return err
	}
	r.cells = r.makeCells()
	r.budget.plan(r)
	left := r.Count
	for round := range schedule(r.Seed, len(r.cells), r.Count) {
		r.budget.round(left)
		left--
		for _, at := range round {
			if err := ctx.Err(); err != nil {
				return err
			}
			c := &r.cells[at]
			l, err := c.sample()
			if err != nil {
				return err
			}
			if len(l.values) > 0 { // of holders that never met there is nothing to say
				if err := c.file.add(l); err != nil {
					return err
				}
			}
			r.step(c.what)
		}
	}
	return nil
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
