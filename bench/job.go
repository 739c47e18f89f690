package bench

import "time"

// Job is one sample for a process of its own. Where code, stack and heap of a process lie
// makes all its samples faster or slower by some percent, which more samples of that
// process do not show.
type Job struct {
	Name  string        // of the benchmark, with strategy and workload, as [schema.Bench.FullName] has it
	Allow time.Duration // for its timed replays
	Again time.Duration // for taking it again if it was disturbed
}

// Taken is what a process measured for a [Job].
type Taken struct {
	Lines string        // in the Go benchmark format
	Spent time.Duration // in timed replays, and on what was taken again
	Again time.Duration // on what was taken again
}
