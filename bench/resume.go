package bench

import "github.com/vramlab/vramlab/bench/internal/rundir"

// Begun is a run that did not come to its end.
type Begun struct {
	Args []string // [Config.Args] of the run
	From string   // the working directory in which it began
	How  string   // far it came: "before the first round", "in round 2 of 10"
}

// Unfinished reads what the run in dir began with. Its error is one line: there is no run,
// it has no journal, or it is finished.
func Unfinished(dir string) (Begun, error) {
	j, err := rundir.Unfinished(dir)
	return Begun{j.Args, j.Dir, j.After()}, err
}
