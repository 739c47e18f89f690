package judge

import (
	"github.com/vramlab/vramlab/bench/schema"
	"github.com/vramlab/vramlab/report/internal/rundir"
	"github.com/vramlab/vramlab/report/internal/stat"
)

// MeanEntries is the mean number of entries of a table by strategy, over the
// workloads on which all of them did the same work and have tables; those are the
// second result.
func MeanEntries(workloads []*rundir.Workload, strategies int, builder string) (mean []float64, same []*rundir.Workload) {
	all := make([][]float64, strategies)
	for _, w := range workloads {
		of := Equal(w, strategies, Own)
		entries := make([]float64, strategies)
		for s := range strategies {
			entries[s] = w.Table(builder, schema.SegsPerTable, s).Center()
		}
		if len(of) < strategies || !known(entries, of) {
			continue
		}
		same = append(same, w)
		for s, v := range entries {
			all[s] = append(all[s], v)
		}
	}
	for _, v := range all {
		mean = append(mean, stat.Mean(v))
	}
	return mean, same
}
