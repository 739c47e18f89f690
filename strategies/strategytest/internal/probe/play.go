package probe

import (
	"fmt"
	"iter"
	"slices"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/strategies/internal/program"
)

// Play is a program on a new allocator.
type Play struct {
	Strategy strategies.Strategy // under strategies.Checked or not
	Region   strategies.Region
	Prefix   []strategies.Block               // what stands in the slice given to Alloc
	See      func(program.Op, program.Answer) // of every operation; may be nil

	// What was done: operations with the one in progress, and how many of them were
	// the program's; those behind gave back what was left.
	Done  []program.Op
	Own   int
	Ended bool // the whole program was done

	Deviations []strategies.Deviation // known ones, of an allocator under strategies.Checked
}

// Prefix is a prefix for a [Play].
var Prefix = []strategies.Block{{Start: 1, Size: 2, Node: 3}}

// Source is where the operations of a play come from: they may be decided from the
// state of the run.
type Source func(*program.Run) iter.Seq[program.Op]

// Listed are operations decided before.
func Listed(ops []program.Op) Source {
	return func(*program.Run) iter.Seq[program.Op] { return slices.Values(ops) }
}

// Drawn are n operations of a mix.
func Drawn(m program.Mix, c program.Chooser, n int) Source {
	return func(r *program.Run) iter.Seq[program.Op] {
		author := program.NewAuthor(m, r, c, n)
		return func(yield func(program.Op) bool) {
			for range n {
				if !yield(author.Next()) {
					return
				}
			}
		}
	}
}

// Run does the operations, frees what is left, and demands that the region is as
// good as new: all of it is free, and serves its largest power of two. A page must
// not be refused while one is free.
func (y *Play) Run(ops Source) error {
	return program.Try(func() {
		p := &Probe{Strategy: y.Strategy, Region: y.Region, Allocator: NewAllocator(y.Strategy, y.Region)}
		defer func() { y.Deviations = p.Deviations() }()
		r := &program.Run{Region: y.Region, Allocator: p.Allocator, Prefix: y.Prefix}
		defer func() { y.Done = r.Done }()
		for o := range ops(r) {
			a := r.Do(o)
			if y.See != nil {
				y.See(o, a)
			}
			if a.Err != nil && o.Kind == program.Alloc {
				p.lacks(o.Req, a.Err)
			}
		}
		y.Own, y.Ended = len(r.Done), true
		r.Drain()
		p.Empty("after everything was given back")
		p.Allocator.Free(p.Grant(strategies.Request{Size: p.Largest(), Flags: strategies.Contiguous}))
		p.SelfCheck()
	})
}

// Every is how often everything is walked over while a program of n operations is
// reduced: after each of a short one, so that a mistake fails where it is made, and a
// thousand times in a long one.
func Every(n int) int { return 1 + n/1000 }

// Explain reduces what y did, which failed with err, to what fails when s is under
// [strategies.Checked].
func (y *Play) Explain(s strategies.Strategy, err error, origin string) error {
	r := program.Reduce(program.Program{Region: y.Region, Ops: y.Done}, origin, func(ops []program.Op) ([]program.Op, error) {
		again := Play{Strategy: strategies.CheckedEvery(s, Every(len(ops))), Region: y.Region, Prefix: y.Prefix}
		err := again.Run(Listed(ops))
		return again.Done, err
	})
	if r.Err == program.ErrOnce {
		r.Err = fmt.Errorf("%w; it failed with: %v", r.Err, err)
	}
	return r
}
