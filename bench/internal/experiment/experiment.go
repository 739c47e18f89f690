// Package experiment has what a run measures beside its workloads. Each experiment
// asks one question and makes its own state of memory to answer it.
//
// To add an experiment, write a file with an [Experiment] and add that to [List];
// its benchmark, keys and units go into package schema. A run sets it up, gives its
// cells a place in the schedule and time in the budget, and writes its lines.
package experiment

import (
	"context"
	"testing"
	"time"

	"github.com/vramlab/vramlab/bench/internal/result"
	"github.com/vramlab/vramlab/sgtable"
	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/workloads"
)

// An Experiment is one question.
type Experiment struct {
	Name string // one word; the configuration of a run skips it by that
	Doc  string // the question

	// Synthetic experiments make all that they measure: they say the same whatever the
	// workloads of the run are, so one that is about a trace can go without.
	Synthetic bool

	// Asked reports whether the arguments ask for the experiment at all. It may be nil: all
	// do.
	Asked func(e *Env) bool

	// Check reports arguments that make the experiment impossible, before the run
	// writes any file. It may be nil.
	Check func(e *Env) error

	// SetUp makes the cells, or none if the arguments ask for none. It times
	// nothing. It holds strategies to the contract with strategies.Checked, and
	// writes exact lines that have no cell.
	SetUp func(ctx context.Context, e *Env) ([]Cell, error)

	// Bench asks the same question under go test -bench. It may be nil.
	Bench func(b *testing.B, e *Env)
}

// Env is what an experiment gets from a run.
type Env struct {
	Strategies []strategies.Strategy
	Builders   []sgtable.Builder
	Streams    []Stream
	Region     strategies.Region // of the first workload; every strategy takes it
	Seed       uint64
	SampleTime time.Duration // of a sample of the main lane; other cells take a fixed part of it

	Grid       Grid    // for growth
	Goroutines []int   // for sharing
	Manager    Manager // for managed

	// Write writes exact lines before any cell has a sample.
	Write func(...result.Line) error
}

// A Stream is a workload with its operations. They are shared: experiments only read them.
type Stream struct {
	Workload string // the name
	Region   strategies.Region
	Ops      []workloads.Op
	Recorded bool  // it is a trace
	Denied   []int // allocations that were refused when it was recorded, as in [workloads.Workload]

	Strategies []strategies.Strategy // those that can begin in its state
}

// A Cell is one thing that is measured: its samples make one row of benchstat's
// input.
type Cell struct {
	What string // for progress: "buddy on gfx"

	// Sample takes one sample. It has no lines, or lines without values, if the
	// machine was too busy for the sample to count.
	Sample func() ([]result.Line, error)

	// Crowd says that several goroutines measure at once, which one core cannot hold.
	Crowd bool

	// Took is roughly what a sample takes; the budget sets that aside. A cell with
	// Beside is outside the budget: it makes the run longer.
	Took   time.Duration
	Beside bool
}

// one is a sample of a single line.
func one(l result.Line, err error) ([]result.Line, error) {
	if err != nil {
		return nil, err
	}
	return []result.Line{l}, nil
}
