package sgtable

// LastPutBegun makes the count of r what it is in the middle of the last Put: no
// reference is left, and the release has not begun.
func (r *Ref) LastPutBegun() { r.count.Store(0) }

// LastPutEnds ends that Put.
func (r *Ref) LastPutEnds(holder string) { r.putSlow(holder) }

// Chain is the chained table of the builder worstcase, for the kernel's
// scenarios.
type Chain = chain

// NewChain makes a chain of n entries with memory from p.
func NewChain(p *Pool, n int) *Chain {
	c := new(Chain)
	c.init(p, n)
	return c
}

func (c *Chain) Append(addr uint64, length uint32)  { c.append(addr, length) }
func (c *Chain) AppendTo(table []Segment) []Segment { return c.appendTo(table) }
func (c *Chain) Used() int                          { return c.used }
func (c *Chain) Free()                              { c.free() }
