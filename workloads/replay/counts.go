package replay

import (
	"fmt"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/workloads"
)

// Counts counts what a replay did. For the same strategy and operations it is the
// same every time.
type Counts struct {
	Requests  int // requests; an allocation and its fallback are one
	Refused   int // requests refused, fallback included
	Fallbacks int // second attempts made
	Frees     int // frees made; the free of a refused object is none
	Blocks    int // blocks granted
	Trims     int // trims of what was granted
	Untrimmed int // of them, kept whole: by a refusal, or by a strategy that cannot trim
	Resets    int // resets, whether or not the strategy keeps clear memory
}

// Granted is the number of requests granted.
func (c Counts) Granted() int { return c.Requests - c.Refused }

// Ops is the number of operations done, by which times and events per operation are
// divided: requests, of which each is one together with its fallback, frees made, trims
// and resets. What a stream holds but a replay skips is none, nor are the live extents of
// the state in which it begins.
func (c Counts) Ops() int { return c.Requests + c.Frees + c.Trims + c.Resets }

// Served is the share of requests granted, in percent; 100 without requests.
func (c Counts) Served() float64 {
	if c.Requests == 0 {
		return 100
	}
	return 100 * float64(c.Granted()) / float64(c.Requests)
}

// Against is the first number in which c and d differ, in words: "3 requests refused
// against 0"; empty if there is none.
func (c Counts) Against(d Counts) string {
	for _, n := range []struct {
		c, d int
		what string
	}{
		{c.Requests, d.Requests, "requests"}, {c.Refused, d.Refused, "requests refused"}, {c.Fallbacks, d.Fallbacks, "second attempts"},
		{c.Frees, d.Frees, "frees"}, {c.Blocks, d.Blocks, "blocks granted"},
	} {
		if n.c != n.d {
			return fmt.Sprintf("%d %s against %d", n.c, n.what, n.d)
		}
	}
	return ""
}

// Note counts an operation as [Replay] does, given its outcome and the blocks in its
// slot afterwards.
func (c *Counts) Note(op *workloads.Op, what Outcome, blocks []strategies.Block) {
	first := op.Kind == workloads.Alloc
	switch {
	case op.Kind == workloads.Live, what == Skipped:
	case what == Freed:
		c.Frees++
	case op.Kind == workloads.Trim:
		c.Trims++
		if what == Refused {
			c.Untrimmed++
		}
	case what == Reset:
		c.Resets++
	case what == Granted && first:
		c.Requests++
		c.Blocks += len(blocks)
	case what == Granted:
		c.Fallbacks++
		c.Refused--
		c.Blocks += len(blocks)
	case first:
		c.Requests++
		c.Refused++
	default:
		c.Fallbacks++
	}
}
