package bench

import "github.com/vramlab/vramlab/bench/internal/experiment"

// Experiment is something that a run measures beside its workloads.
type Experiment struct {
	Name string // for [Config.Skip]
	Doc  string // the question it asks

	// Synthetic is true for one that makes all that it measures: it says the same whatever
	// the workloads of the run are.
	Synthetic bool

	// Always is true for one that is measured though [Config.Skip] names it: a report knows
	// by it which times are those of a library.
	Always bool
}

// Experiments lists the experiments in the order in which a run sets them up.
func Experiments() []Experiment {
	var list []Experiment
	for _, x := range experiment.List() {
		list = append(list, Experiment{x.Name, x.Doc, x.Synthetic, always(x)})
	}
	return list
}

func always(x experiment.Experiment) bool { return x.Name == experiment.Crossings.Name }
