package report

import (
	"os"
	"slices"
)

// curves is curves.bench: what is drawn rather than compared. What it says of
// one workload stands with the workload.
type curves struct {
	harness    []float64 // seconds per operation of the replay loop alone
	sweep      Sweep
	builders   Builders
	migrations Migrations
	refs       Refs
	scaling    Scaling
	concurrent Concurrent
	crossing   Crossings
}

func newCurves() curves {
	return curves{
		sweep:      make(Sweep),
		builders:   make(Builders),
		migrations: make(Migrations),
		refs:       make(Refs),
		scaling:    make(Scaling),
		concurrent: make(Concurrent),
		crossing:   make(Crossings),
	}
}

// reader takes a line of one benchmark of curves.bench.
type reader func(r *Run, l line)

// readers are those of all benchmarks; a line of any other is skipped.
var readers = map[string]reader{
	benchHarness:    func(r *Run, l line) { r.curves.harness = l.appendTime(r.curves.harness, unitOp) },
	benchSeries:     readMoment,
	benchCounters:   readCounters,
	benchPolicy:     readPolicy,
	benchSweep:      func(r *Run, l line) { r.curves.sweep.add(l) },
	benchBuilders:   func(r *Run, l line) { r.curves.builders.add(l) },
	benchMigrate:    func(r *Run, l line) { r.curves.migrations.add(l) },
	benchRef:        func(r *Run, l line) { r.curves.refs.add(l) },
	benchScaling:    func(r *Run, l line) { r.curves.scaling.add(l) },
	benchConcurrent: func(r *Run, l line) { r.curves.concurrent.add(l) },
	benchCrossing:   func(r *Run, l line) { r.curves.crossing.add(l) },
}

// readCurves reads curves.bench, which need not be there.
func (r *Run) readCurves(path string) {
	data, err := os.ReadFile(path)
	if err != nil {
		if !missing(err) {
			r.warnings.add("%v", err)
		}
		return
	}
	names := newLabels(keyStrategy, keyWorkload, keyStep, keyBuilder, keySize, keyHole, keyLayout, keyPolicy, keyLifetime, keyMode,
		keyOp, keyRegion, keyLive, keyLock, keyGoroutines)
	eachLine(path, data, names, r.warnings, func(l line) {
		if read := readers[l.bench()]; read != nil {
			read(r, l)
		}
	})
	for _, w := range r.workloads {
		for _, m := range w.moments {
			slices.SortStableFunc(m, func(a, b moment) int { return a.op - b.op })
		}
	}
}

// sweptStrategies are the strategies of the scaling sweep and of the concurrent
// replays, by name.
func (c curves) sweptStrategies() []string {
	var out []string
	for k := range c.scaling {
		out = append(out, k.strategy)
	}
	for k := range c.concurrent {
		out = append(out, k.strategy)
	}
	return known(out)
}

// of finds whose line it is; ok is false when run.bench has no result of the
// strategy or of the workload.
func (r *Run) of(l line) (w *workload, strategy int, ok bool) {
	w, strategy = r.workload(l.get(keyWorkload)), r.strategies.index(l.get(keyStrategy))
	return w, strategy, w != nil && strategy >= 0
}
