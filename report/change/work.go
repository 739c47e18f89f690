package change

import "math"

// Work names the strategy and the workload of a benchmark, as "strategy=a/workload=w"; ""
// of one that is not of both.
func Work(bench string) string {
	strategy, workload := part(bench, "strategy="), part(bench, "workload=")
	if strategy == "" || workload == "" {
		return ""
	}
	return strategy + "/" + workload
}

// Served is the share of requests, in percent, that the strategy of a [Figure] served, by
// its benchmark or else on its workload; NaN if the run does not say.
func (s *Side) Served(bench, unit string) float64 {
	k, ok := s.find(bench, unit)
	if !ok {
		return math.NaN()
	}
	return s.served(k)
}
