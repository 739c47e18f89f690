package experiment

// List is all experiments, in the order in which a run sets them up.
func List() []Experiment {
	return []Experiment{Holes, Objects, Lookups, Growth, Sharing, Migrations, Crossings, References, Worst, Ageing, KernelWork, Smallest, Bound, Fewest, Defrag, Managed, Hardware}
}
