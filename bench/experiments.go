package bench

import "github.com/vramlab/vramlab/bench/internal/experiment"

// Experiment is something that a run measures beside its workloads.
type Experiment struct {
	Name string // for [Config.Skip]
	Doc  string // the question it asks
}

// Experiments lists the experiments in the order in which a run sets them up.
func Experiments() []Experiment {
	var list []Experiment
	for _, x := range experiment.List() {
		list = append(list, Experiment{x.Name, x.Doc})
	}
	return list
}
