package strategytest

import (
	"iter"
	"slices"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/strategies/internal/program"
)

// play is a program on a new allocator.
type play struct {
	strategy strategies.Strategy // under strategies.Checked or not
	region   strategies.Region
	prefix   []strategies.Block               // what stands in the slice given to Alloc
	see      func(program.Op, program.Answer) // of every operation; may be nil

	// What was done: operations with the one in progress, and how many of them were
	// the program's; those behind gave back what was left.
	done  []program.Op
	own   int
	ended bool // the whole program was done
}

// source is where the operations of a play come from: they may be decided from the
// state of the run.
type source func(*program.Run) iter.Seq[program.Op]

// listed are operations decided before.
func listed(ops []program.Op) source {
	return func(*program.Run) iter.Seq[program.Op] { return slices.Values(ops) }
}

// drawn are n operations of a mix.
func drawn(m program.Mix, c program.Chooser, n int) source {
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

// run does the operations, frees what is left, and demands that the region is as
// good as new: all of it is free, and serves its largest power of two. A page must
// not be refused while one is free.
func (y *play) run(ops source) error {
	return program.Try(func() {
		p := &probe{y.strategy, y.region, newAllocator(y.strategy, y.region)}
		r := &program.Run{Region: y.region, Allocator: p.allocator, Prefix: y.prefix}
		defer func() { y.done = r.Done }()
		for o := range ops(r) {
			a := r.Do(o)
			if y.see != nil {
				y.see(o, a)
			}
			if a.Err != nil {
				p.lacks(o.Req, a.Err)
			}
		}
		y.own, y.ended = len(r.Done), true
		r.Drain()
		p.empty("after everything was given back")
		p.allocator.Free(p.grant(strategies.Request{Size: p.largest(), Flags: strategies.Contiguous}))
		p.selfCheck()
	})
}

// explain reduces a program that fails under [strategies.Checked]. After every
// operation everything is walked over, so that a mistake fails where it is made.
func explain(s strategies.Strategy, region strategies.Region, ops []program.Op, origin string) error {
	return program.Reduce(program.Program{Region: region, Ops: ops}, origin, func(ops []program.Op) ([]program.Op, error) {
		y := play{strategy: strategies.CheckedEvery(s, 1), region: region}
		err := y.run(listed(ops))
		return y.done, err
	})
}
