// Package experiment holds what a run measures beside its workloads: each file has
// one question and makes its own state of memory to ask it.
//
// To add an experiment, write a file with an [Experiment] and put that into [List];
// its benchmark, keys and units go into package schema. The run sets it up, gives
// its cells a place in the schedule and time in the budget, and writes its lines.
package experiment

import (
	"context"
	"testing"
	"time"

	"github.com/vramlab/vramlab/bench/internal/result"
	"github.com/vramlab/vramlab/sgtable"
	"github.com/vramlab/vramlab/strategies"
)

// An Experiment is one question.
type Experiment struct {
	Name string // one word; the configuration of a run skips it by that
	Doc  string // the question

	// Check reports arguments with which it cannot be done, before the run writes
	// any file. Nil: all will do.
	Check func(e *Env) error

	// SetUp makes the cells, none if the arguments do not ask for any. Nothing is
	// timed yet: what is exact and has no cell is written here.
	SetUp func(ctx context.Context, e *Env) ([]Cell, error)

	// Bench is the same question under go test -bench. Nil: there is none.
	Bench func(b *testing.B, e *Env)
}

// Env is what experiments get of a run.
type Env struct {
	Strategies []strategies.Strategy
	Builders   []sgtable.Builder // the first one is that of tables that are only counted
	Region     strategies.Region // of the first workload; every strategy takes it
	Seed       uint64
	SampleTime time.Duration // the timed part of a sample of the main lane: a measure for that of others

	Grid       Grid  // of growth
	Goroutines []int // of sharing

	// Write writes lines that are exact and known before any cell has a sample.
	Write func(...result.Line) error
}

// A Cell is one thing that is measured: its samples make one row of benchstat's
// input.
type Cell struct {
	What string // for progress: "buddy on gfx"

	// Sample takes one sample. A sample of which nothing counts has no lines.
	Sample func() ([]result.Line, error)

	// Took is roughly what a sample takes, which the budget sets aside. A cell with
	// Beside is not in the budget: the run takes longer by it.
	Took   time.Duration
	Beside bool
}

// one makes a sample of a single line.
func one(l result.Line, err error) ([]result.Line, error) {
	if err != nil {
		return nil, err
	}
	return []result.Line{l}, nil
}
