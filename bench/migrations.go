package bench

import (
	"context"
	"fmt"
	"time"

	"github.com/vramlab/vramlab/sgtable"
	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/workloads/migrate"
)

// A migration is the load of package migrate on one strategy, with the tables of
// one lifetime.
type migration struct {
	what   string // for Progress
	name   string // of the benchmark
	config migrate.Config
	want   migrate.Result // without times
	took   time.Duration  // when it was rehearsed
}

// sampleLoad is the load of a sample: long enough for a hundred captures and more,
// of which there is a 99th percentile, and so full of failures that each user of
// tables meets them.
var sampleLoad = migrate.Config{
	Migrations:  5000,
	CopyFaults:  0.05,
	AllocFaults: 0.01,
	CaptureRate: 0.2,
}

func newMigration(s strategies.Strategy, l migrate.Lifetime, b sgtable.Builder, seed uint64) *migration {
	m := &migration{
		what:   "migrations, " + s.Name,
		name:   fmt.Sprintf("Migrate/strategy=%s/lifetime=%s", s.Name, l.Name),
		config: sampleLoad,
	}
	m.config.Strategy, m.config.Lifetime, m.config.Builder, m.config.Seed = s, l, b, seed
	return m
}

// setUpMigrations makes the cells of the lifetimes and runs each load once. The
// builder of their tables is the same whatever builders are asked for.
func (r *runner) setUpMigrations(ctx context.Context) error {
	if r.NoMigrate {
		return nil
	}
	for _, s := range r.Strategies {
		for _, l := range migrate.Lifetimes() {
			m := newMigration(s, l, sgtable.Builders()[0], r.Seed)
			res, err := m.run(ctx)
			if err != nil {
				return err
			}
			m.want, m.took = exact(res), res.Elapsed
			r.migrations = append(r.migrations, m)
		}
	}
	return nil
}

// migrationsTook is what the loads take in one round, about.
func (r *runner) migrationsTook() time.Duration {
	sum := time.Duration(0)
	for _, m := range r.migrations {
		sum += m.took
	}
	return sum
}

// run runs the load.
func (m *migration) run(ctx context.Context) (migrate.Result, error) {
	res, err := migrate.Run(ctx, m.config)
	if err != nil {
		return res, fmt.Errorf("%s: %w", m.name, err)
	}
	return res, nil
}

// sample is a sample of the load. It is short, so that no context is needed.
func (m *migration) sample() (line, error) {
	res, err := m.run(context.Background())
	if err != nil {
		return line{}, err
	}
	if got := exact(res); got != m.want {
		return line{}, fmt.Errorf("%s: not deterministic: one run had %+v, another %+v", m.name, m.want, got)
	}
	return line{m.name, res.Migrations, migrationValues(res)}, nil
}

// exact is what is the same in every run of one load.
func exact(r migrate.Result) migrate.Result {
	r.Elapsed, r.CaptureP50, r.CaptureP99 = 0, 0, 0
	return r
}

// migrationValues are the measurements of one run.
func migrationValues(r migrate.Result) []value {
	return []value{
		{float64(r.Elapsed.Nanoseconds()) / float64(max(1, r.Migrations)), "ns/op"},
		{float64(r.CaptureP50.Nanoseconds()), "capture-p50-ns"},
		{float64(r.CaptureP99.Nanoseconds()), "capture-p99-ns"},
		{float64(r.Hazards), "hazards"},
		{float64(r.PeakTables), "peak-tables"},
		{float64(r.PeakBytes), "peak-B"},
		{float64(r.Recovered), "recovered"},
	}
}
