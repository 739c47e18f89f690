package rundir

import (
	"fmt"
	"slices"

	"golang.org/x/perf/benchfmt"

	"github.com/vramlab/vramlab/bench/schema"
	"github.com/vramlab/vramlab/report/internal/list"
)

// fileKey names a cell of run.bench.
type fileKey struct {
	bench                       *schema.Bench
	workload, builder, strategy string
	unit                        *schema.Unit
}

// readMain reads run.bench: the facts about the run, its strategies and
// workloads, and the samples of every cell.
func (r *Run) readMain(path string) error {
	data, err := readBench(path, r.Warnings)
	if err != nil {
		return fmt.Errorf("reading the run: %w", err)
	}
	r.Facts = readMeta(data)
	samples := make(map[fileKey][]float64)
	var keys []fileKey // in the order of the file, so that nothing depends on map order
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
		if l.bench == schema.AllocFree || l.bench == schema.AA {
			r.noteOperations(pairName{workload, strategy}, l.Iters)
		}
		for _, v := range l.Values {
			if !sane(v.Value) {
				l.complain("%v %s is no measurement", v.Value, v.Unit)
				continue
			}
			k := fileKey{l.bench, workload, l.get(schema.Builder), strategy, schema.FindUnit(v.Unit)}
			if k.bench == nil || k.unit == nil { // of a later version
				continue
			}
			if isTime(k.unit) && v.Value == 0 { // counted by checkUnits
				continue
			}
			if samples[k] == nil {
				keys = append(keys, k)
			}
			samples[k] = l.appendSample(samples[k], v.Value)
		}
		r.Facts.readConfig(l.Result)
	})
	r.Strategies = list.Order(strategies, r.Facts.Value(schema.FactStrategies))
	for _, name := range list.Order(workloads, r.Facts.Value(schema.FactWorkloads)) {
		w := NewWorkload(name)
		for s, strategy := range r.Strategies {
			w.iters[s] = r.operations[pairName{name, strategy}].gcd
		}
		r.Workloads = append(r.Workloads, w)
	}
	units := benchfmt.UnitMetadataMap(in.Units())
	for _, k := range keys {
		r.Workload(k.workload).Cells[CellKey{k.bench, k.builder, r.Strategies.Index(k.strategy), k.unit}] = newCell(samples[k], k.unit, units)
		if k.bench == schema.SGTable {
			r.Builders = list.Add(r.Builders, k.builder)
		}
	}
	slices.Sort(r.Builders)
	r.Builders = list.Order(r.Builders, r.Facts.Value(schema.FactBuilders))
	if len(strategies) == 0 && (foreign.n > 0 || !hasHead(data)) {
		return foreign.err(path)
	}
	return nil
}
