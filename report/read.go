package report

import (
	"fmt"
	"os"
	"slices"

	"golang.org/x/perf/benchfmt"
)

// fileKey names a cell of run.bench.
type fileKey struct{ bench, workload, builder, strategy, unit string }

// readMain reads run.bench: the facts about the run, its strategies and
// workloads, and the samples of every cell.
func (r *Run) readMain(path string) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("reading the run: %w", err)
	}
	r.facts = readMeta(data)
	samples := make(map[fileKey][]float64)
	var keys []fileKey // in the order of the file, so that nothing depends on map order
	var strategies, workloads []string
	in := eachLine(path, data, newLabels(keyWorkload, keyBuilder, keyStrategy), r.warnings, func(l line) {
		workload, strategy := l.get(keyWorkload), l.get(keyStrategy)
		if workload == "" || strategy == "" {
			l.complain("%s has no strategy or no workload in its name", l.Name)
			return
		}
		strategies, workloads = add(strategies, strategy), add(workloads, workload)
		for _, v := range l.Values {
			k := fileKey{l.bench(), workload, l.get(keyBuilder), strategy, v.Unit}
			if !sane(v.Value) {
				l.complain("%v %s is no measurement", v.Value, v.Unit)
				continue
			}
			if samples[k] == nil {
				keys = append(keys, k)
			}
			samples[k] = append(samples[k], v.Value)
		}
		r.facts.readConfig(l.Result)
	})
	r.strategies = order(strategies, r.facts.value("strategies"))
	for _, name := range order(workloads, r.facts.value("workloads")) {
		r.workloads = append(r.workloads, newWorkload(name))
	}
	units := benchfmt.UnitMetadataMap(in.Units())
	for _, k := range keys {
		r.workload(k.workload).cells[cellKey{k.bench, k.builder, r.strategies.index(k.strategy), k.unit}] = newCell(samples[k], k.unit, units)
		if k.bench == benchTable {
			r.builders = add(r.builders, k.builder)
		}
	}
	slices.Sort(r.builders)
	return nil
}
