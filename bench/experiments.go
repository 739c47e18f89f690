package bench

import "github.com/vramlab/vramlab/bench/internal/experiment"

// Experiment is something that a run measures beside its workloads.
type Experiment struct {
	Name string // for [Config.Skip]
	Doc  string // the question it asks
}

// Experiments lists them in the order in which a run does them.
func Experiments() []Experiment {
	var list []Experiment
	for _, x := range experiment.List() {
		list = append(list, Experiment{x.Name, x.Doc})
	}
	return list
}
