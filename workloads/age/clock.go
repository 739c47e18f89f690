package age

import (
	"context"
	"fmt"
	"slices"

	"github.com/vramlab/vramlab/internal/survival"
	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/workloads"
	"github.com/vramlab/vramlab/workloads/replay"
)

// LargePage is the size of a large page of the GPU.
const LargePage = 2 << 20

// LargeRequest is the request of the headline: one large page, as a driver needs it to map
// it by one entry.
var LargeRequest = strategies.Request{Size: LargePage, Align: LargePage, Flags: strategies.Contiguous}

const (
	curvePage = 64 << 10 // of the curve
	step      = 128      // operations between two values of it
)

// Options are what a run does beside the ageing.
type Options struct {
	Watch *replay.Record // every operation is written to it; nil: none
	Count func(done int) // called now and then with the counted operations done; nil: never
}

// A Life is what became of a strategy on a load. Operations are counted from the level of
// the load on: 0 is the state there. A second attempt is none of its own.
type Life struct {
	Filled  int // operations before those that count; -1: the level was never reached
	Ops     int // counted operations done
	Refused int // after so many a large page is refused for the first time; -1: never
	// AtMost says that a fork refused a large page although one was free ([Life.Prove]): the
	// strategy goes by other rules, and there may be a refusal before Refused.
	AtMost bool
	Steady Steady
	Counts replay.Counts
	End    Answers // of the last operation
}

// clock is a run.
type clock struct {
	Life
	load    Load
	options Options
	done    int // operations, those before the count included
	a       strategies.Allocator
	live    replay.Live
	player  *replay.Player
	large   pages
	small   pages
	asked   asking
	held    uint64 // bytes granted and not freed
	curve   settling
}

// Run lets s grow old on l until a large page was refused and the curve is steady, or until
// the bound, or the end of a trace. The error is that of ctx, of a stream that cannot be
// replayed, of Watch, or of s, whose panics on a broken contract it returns as errors.
func Run(ctx context.Context, s strategies.Strategy, l Load, o Options) (*Life, error) {
	var c *clock
	err := replay.Guard(fmt.Sprintf("%s on %s", s.Name, l.Name), func() (err error) {
		if c, err = newClock(s, l, o); err != nil {
			return err
		}
		if err = l.eachOp(ctx, c.do); err != nil {
			return err
		}
		c.End = answersOf(c.a, &c.live, l.Region) // nothing comes after it, so it may disturb
		c.End.Op = c.Ops
		return nil
	})
	if err != nil {
		return nil, err
	}
	return &c.Life, nil
}

func newClock(s strategies.Strategy, l Load, o Options) (*clock, error) {
	if l.Region.Size > MostRegion {
		return nil, fmt.Errorf("%s: a region of %d bytes; at most %d can grow old", l.Name, l.Region.Size, uint64(MostRegion))
	}
	a, err := s.New(l.Region)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", s.Name, err)
	}
	c := &clock{
		Life: Life{Filled: -1, Refused: -1, Steady: Steady{Op: -1}}, load: l, options: o, a: a, asked: asking{unit: 1},
		large: newPages(l.Region.Managed(), LargePage), small: newPages(l.Region.Managed(), curvePage),
	}
	c.player = replay.NewPlayer(a, &c.live)
	if l.Level == 0 {
		c.filled(0)
	}
	return c, nil
}

// filled says that after n operations the region is full.
func (c *clock) filled(n int) {
	c.Filled = n
	c.look()
}

// do does operation i of the stream.
func (c *clock) do(i int, op *workloads.Op) error {
	second := op.Kind == workloads.Fallback
	if !second && c.Filled >= 0 && (c.Ops >= c.load.Ops || c.Refused >= 0 && c.Steady.Settled()) {
		return errEnough
	}
	if op.Kind == workloads.Live {
		return fmt.Errorf("%s begins in a given state", c.load.Name)
	}
	c.live.Grow(int(op.Slot) + 1)
	c.note(c.live.Held(op.Slot), false)
	what, err := c.player.Do(op)
	blocks := c.live.Held(op.Slot)
	if bad := fits(blocks, c.load.Region); bad != nil {
		return bad
	}
	c.note(blocks, true)
	c.Counts.Note(op, what, blocks)
	if w := c.options.Watch; w != nil {
		w.Op(uint64(i), op, what, blocks, err)
		if err := w.Err(); err != nil {
			return err
		}
	}
	c.asked.note(op)
	if second {
		c.lookAtPages()
		return nil
	}
	c.done++
	switch {
	case c.Filled >= 0:
		c.Ops++
		c.look()
	case c.asked.sum >= c.load.Level:
		c.filled(c.done)
	}
	return nil
}

// note enters blocks that are live now, or were until now.
func (c *clock) note(blocks []strategies.Block, live bool) {
	if live {
		c.large.take(blocks)
		c.small.take(blocks)
		c.held += total(blocks)
		return
	}
	c.large.release(blocks)
	c.small.release(blocks)
	c.held -= total(blocks)
}

// lookAtPages sees whether a large page is free after the operations counted so far.
func (c *clock) lookAtPages() {
	if c.Filled >= 0 && c.Refused < 0 && c.large.free == 0 {
		c.Refused = c.Ops
	}
}

// look looks at the state after the operations counted so far.
func (c *clock) look() {
	c.lookAtPages()
	if c.Ops%step != 0 {
		return
	}
	if f := c.options.Count; f != nil && c.Ops%(step<<9) == 0 {
		f(c.Ops)
	}
	if since, confidence, ok := c.curve.add(c.unusable()); ok && !c.Steady.Settled() {
		c.Steady = Steady{c.Ops, since * step, confidence}
	}
}

// unusable is the share of the free memory that lies outside whole pages of the curve, 1
// where nothing is free: [frag.State.Unusable] of package bench/frag.
func (c *clock) unusable() float64 {
	free := c.load.Region.Managed() - c.held
	if free == 0 {
		return 1
	}
	return float64(free-uint64(c.small.free)*curvePage) / float64(free)
}

// Prove asks forks for a large page at the first refusal, before it, and where operations
// double until then. What Run goes by are the aligned pages that are free: without one no
// allocator can grant the request, but one could refuse although a page is free. If a fork
// does, Refused and AtMost say so. s and l are those of the run.
func (l *Life) Prove(ctx context.Context, s strategies.Strategy, load Load) error {
	if l.Filled < 0 {
		return nil
	}
	last := l.Ops // at which a page was free
	var at []int
	if l.Refused >= 0 {
		last, at = l.Refused-1, []int{l.Refused}
	}
	for n := last; n >= 0; n = n/2 - 1 {
		at = append(at, n)
	}
	slices.Sort(at)
	for _, n := range at {
		f, err := NewFork(ctx, s, load, l.Filled+n)
		if err != nil {
			return err
		}
		granted := f.LargePage()
		if n == l.Refused && granted {
			return fmt.Errorf("%s on %s: grants a large page after operation %d, where none is free", s.Name, load.Name, n)
		}
		if n != l.Refused && !granted {
			l.Refused, l.AtMost = n, true
			return nil
		}
	}
	return nil
}

// Ask asks a fork after so many counted operations. s and l are those of the run.
func (l *Life) Ask(ctx context.Context, s strategies.Strategy, load Load, op int) (Answers, error) {
	f, err := NewFork(ctx, s, load, l.Filled+op)
	if err != nil {
		return Answers{}, err
	}
	out := f.Answers()
	out.Op = op
	return out, nil
}

// Time is how long s served large pages.
func (l *Life) Time() survival.Time {
	if l.Refused < 0 {
		return survival.Time{N: l.Ops, Censored: true}
	}
	return survival.Time{N: l.Refused}
}

func total(blocks []strategies.Block) (n uint64) {
	for i := range blocks {
		n += blocks[i].Size
	}
	return n
}
