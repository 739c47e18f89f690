package rundir

import (
	"fmt"
	"path/filepath"
	"slices"

	"golang.org/x/perf/benchfmt"

	"github.com/vramlab/vramlab/bench/schema"
	"github.com/vramlab/vramlab/report/internal/list"
)

// readMain reads run.bench and aa.bench: the facts about the run, its strategies and
// workloads, and the samples of every cell.
func (r *Run) readMain(dir string) error {
	path := filepath.Join(dir, string(schema.Results))
	data, err := readBench(path, r.Warnings)
	if err != nil {
		return fmt.Errorf("reading the run: %w", err)
	}
	r.Facts = readMeta(data)
	r.readJournal(filepath.Join(dir, schema.Journal))
	data = r.finished(schema.Results, data)
	s := newSamples()
	var strategies, workloads []string
	var foreign foreignResults
	in := eachLine(path, data, r.Warnings, r.checked.look, func(l line) {
		workload, strategy := l.get(schema.Workload), l.get(schema.Strategy)
		if workload == "" || strategy == "" {
			foreign.add(l)
			l.complain("%s has no strategy or no workload in its name", l.Name)
			return
		}
		if l.bench == nil {
			l.unknown()
		}
		strategies, workloads = list.Add(strategies, strategy), list.Add(workloads, workload)
		if l.bench != nil && l.bench.File == schema.Curves {
			l.misplaced()
		} else {
			r.noteOperations(l)
			s.add(l)
		}
		r.Facts.readConfig(l.Result)
	})
	if len(strategies) == 0 && (foreign.n > 0 || !hasHead(data) && r.Stopped == nil) {
		return foreign.err(path)
	}
	r.Strategies = list.Order(strategies, r.Facts.Value(schema.FactStrategies))
	for _, name := range list.Order(workloads, r.Facts.Value(schema.FactWorkloads)) {
		r.Workloads = append(r.Workloads, NewWorkload(name))
	}
	r.bringFirst()
	r.readLanes(filepath.Join(dir, string(schema.Lanes)), s)
	for _, w := range r.Workloads {
		for s, strategy := range r.Strategies {
			w.iters[s] = r.operations[pairName{w.Name, strategy}].gcd
		}
	}
	s.fill(r, in.Units())
	return nil
}

// readLanes reads aa.bench. Runs of old versions have none: its lines are in run.bench.
func (r *Run) readLanes(path string, s *samples) {
	data, err := readBench(path, r.Warnings)
	if IsMissing(err) && (len(r.Workloads) == 0 || s.has(schema.AA)) {
		return
	}
	if err != nil {
		r.unread(schema.Lanes, err)
		return
	}
	if how := r.otherRun(readMeta(data)); how != "" {
		r.Warnings.leaveOut("%s: is of another run and left out: %s", path, how)
		return
	}
	eachLine(path, r.finished(schema.Lanes, data), r.Warnings, r.checked.look, func(l line) {
		if l.bench == nil {
			l.unknown()
		} else if l.bench != schema.AA {
			l.misplaced()
		} else if _, _, ok := r.of(l); ok {
			r.noteOperations(l)
			s.add(l)
		}
	})
}

// samples are those of the cells of workloads.
type samples struct {
	of   map[fileKey][]float64
	keys []fileKey // in the order of the files, so that nothing depends on map order
}

// fileKey names a cell by names.
type fileKey struct {
	bench                       *schema.Bench
	workload, builder, strategy string
	unit                        *schema.Unit
}

func newSamples() *samples { return &samples{of: make(map[fileKey][]float64)} }

// add adds the values of a line that has a strategy and a workload.
func (s *samples) add(l line) {
	bad := func(v float64) bool { return !sane(v) }
	complained := false
	for _, v := range l.Values {
		if bad(v.Value) {
			l.complain("%v %s is no measurement", v.Value, v.Unit)
			complained = true
			continue
		}
		k := fileKey{l.bench, l.get(schema.Workload), l.get(schema.Builder), l.get(schema.Strategy), schema.FindUnit(v.Unit)}
		if k.bench == nil || k.unit == nil { // of a later version
			continue
		}
		if isTime(k.unit) && v.Value == 0 { // counted by checkUnits
			continue
		}
		if s.of[k] == nil {
			s.keys = append(s.keys, k)
		}
		s.of[k] = l.appendSample(s.of[k], v.Value)
	}
	if complained {
		l.checkUnits(bad)
	}
}

// has reports whether there is a sample of the benchmark.
func (s *samples) has(b *schema.Bench) bool {
	return slices.ContainsFunc(s.keys, func(k fileKey) bool { return k.bench == b })
}

// fill makes the cells of the run's workloads, and lists the builders of their tables.
// units are those that run.bench declares.
func (s *samples) fill(r *Run, units benchfmt.UnitMetadataMap) {
	for _, k := range s.keys {
		r.Workload(k.workload).Cells[CellKey{k.bench, k.builder, r.Strategies.Index(k.strategy), k.unit}] = newCell(s.of[k], k.unit, units)
		if k.bench == schema.SGTable {
			r.Builders = list.Add(r.Builders, k.builder)
		}
	}
	r.findBasis()
	slices.Sort(r.Builders)
	r.Builders = list.Order(r.Builders, r.Facts.Value(schema.FactBuilders))
}

// findBasis finds the clock of the times that are compared, for the run and its workloads.
func (r *Run) findBasis() {
	r.Basis.Complete = true
	for _, w := range r.Workloads {
		for k, c := range w.Cells {
			switch k.Unit {
			case schema.AwayPct:
				if k.Bench == schema.AllocFree || k.Bench == schema.AA {
					for _, away := range c.InOrder {
						r.Basis.Add(away)
					}
				}
			case k.Bench.WallUnit():
				if w.processorTime(k, c) == nil {
					r.Basis.Complete = false
				}
			}
		}
	}
	for _, w := range r.Workloads {
		w.processor = r.Basis.Processor()
	}
}
