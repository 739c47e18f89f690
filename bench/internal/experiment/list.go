package experiment

// List is all experiments, in the order in which a run sets them up.
func List() []Experiment {
	return []Experiment{Holes, Objects, Growth, Sharing, Migrations, Crossings, References, KernelWork, Smallest, Bound, Hardware}
}
