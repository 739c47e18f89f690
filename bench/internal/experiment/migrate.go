package experiment

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/vramlab/vramlab/bench/internal/result"
	"github.com/vramlab/vramlab/bench/schema"
	"github.com/vramlab/vramlab/sgtable"
	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/workloads/migrate"
	"github.com/vramlab/vramlab/workloads/replay"
)

// Migrations runs the load of package migrate. Its time includes captures, binds,
// recoveries and the copying of a simulated memory. All steps run on one goroutine,
// which makes hazards and peaks exact.
var Migrations = Experiment{
	Name:      "migrations",
	Doc:       "What do the lifetimes of tables cost when objects move, and which allows a read after release?",
	Synthetic: true,
	SetUp:     setUpMigrations,
	Bench:     benchMigrations,
}

// A migration is the load on one strategy, with the tables of one lifetime.
type migration struct {
	name   string // of the benchmark
	config migrate.Config
	want   migrate.Result // without times
}

// sampleLoad is the load of a sample. It has more than a hundred captures, enough for
// a 99th percentile, and so many failures that every user of tables meets some.
var sampleLoad = migrate.Config{
	Migrations:  5000,
	CopyFaults:  0.05,
	AllocFaults: 0.01,
	CaptureRate: 0.2,
}

// newMigration is the load of a sample. Its builder is always the first there is,
// whatever builders a run measures.
func newMigration(s strategies.Strategy, l migrate.Lifetime, seed uint64) *migration {
	m := &migration{
		name:   schema.Migrate.FullName(schema.Labels{schema.Strategy: s.Name, schema.Lifetime: l.Name}),
		config: sampleLoad,
	}
	m.config.Strategy, m.config.Lifetime, m.config.Builder, m.config.Seed = s, l, sgtable.Builders()[0], seed
	return m
}

// setUpMigrations makes the cells of the lifetimes.
func setUpMigrations(ctx context.Context, e *Env) ([]Cell, error) {
	var cells []Cell
	for _, s := range e.Strategies {
		for _, l := range migrate.Lifetimes() {
			m := newMigration(s, l, e.Seed)
			took, err := m.rehearse(ctx)
			if err != nil {
				return nil, err
			}
			cells = append(cells, Cell{
				What:   "migrations, " + s.Name,
				Sample: func() ([]result.Line, error) { return one(m.sample()) },
				Took:   took,
			})
		}
	}
	return cells, nil
}

// rehearse runs the load once under the shadow model, keeps what is exact, and
// returns how long that took.
func (m *migration) rehearse(ctx context.Context) (time.Duration, error) {
	checked := m.config
	checked.Strategy = strategies.Checked(m.config.Strategy)
	var res migrate.Result
	err := replay.Guard(m.name, func() (err error) {
		res, err = migrate.Run(ctx, checked)
		return err
	})
	m.want = exact(res)
	return res.Elapsed, err
}

// run runs the load.
func (m *migration) run(ctx context.Context) (migrate.Result, error) {
	res, err := migrate.Run(ctx, m.config)
	if err != nil {
		return res, fmt.Errorf("%s: %w", m.name, err)
	}
	return res, nil
}

// sample is one sample of the load. It is short, so it needs no context.
func (m *migration) sample() (result.Line, error) {
	res, err := m.run(context.Background())
	if err != nil {
		return result.Line{}, err
	}
	if got := exact(res); got != m.want {
		return result.Line{}, fmt.Errorf("%s: not deterministic: one run had %+v, another %+v", m.name, m.want, got)
	}
	return result.Line{Name: m.name, Iters: res.Migrations, Values: migrationValues(res)}, nil
}

// exact is the part of a result that is the same in every run of a load.
func exact(r migrate.Result) migrate.Result {
	r.Elapsed, r.CaptureP50, r.CaptureP99 = 0, 0, 0
	return r
}

// migrationValues are the measurements of one run.
func migrationValues(r migrate.Result) []result.Value {
	return []result.Value{
		{V: float64(r.Elapsed.Nanoseconds()) / float64(max(1, r.Migrations)), Unit: schema.NsPerOp},
		{V: float64(r.CaptureP50.Nanoseconds()), Unit: schema.CaptureP50Ns},
		{V: float64(r.CaptureP99.Nanoseconds()), Unit: schema.CaptureP99Ns},
		{V: float64(r.Hazards), Unit: schema.Hazards},
		{V: float64(r.PeakTables), Unit: schema.PeakTables},
		{V: float64(r.PeakBytes), Unit: schema.PeakBytes},
		{V: float64(r.Recovered), Unit: schema.Recovered},
	}
}

// benchMigrations is described at bench.Migrate.
func benchMigrations(b *testing.B, e *Env) {
	for _, s := range e.Strategies {
		b.Run(schema.Strategy.Is(s.Name), func(b *testing.B) {
			for _, l := range migrate.Lifetimes() {
				m := newMigration(s, l, e.Seed)
				if _, err := m.rehearse(context.Background()); err != nil {
					b.Fatal(err)
				}
				b.Run(schema.Lifetime.Is(l.Name), m.bench)
			}
		})
	}
}

// bench has no b.Loop: the length of a load must be known before it begins.
func (m *migration) bench(b *testing.B) {
	load := *m
	load.config.Migrations = b.N
	res, err := load.run(context.Background())
	if err != nil {
		b.Fatal(err)
	}
	Report(b, migrationValues(res))
}
