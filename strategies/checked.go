package strategies

import (
	"errors"
	"fmt"
	"iter"
	"runtime/debug"
	"slices"
)

// Checked returns s with every allocator it makes held to the contract of
// [Allocator] by a shadow model: a list of what is live, kept by other code
// than the strategy's own. Name, Doc, Caps, placements and abilities are those of
// s; an allocator that breaks a rule panics with a [*Violation].
//
// # What is checked
//
// On every Alloc: each block granted is a whole number of pages, inside the
// region and the window, apart from what is live, aligned, of the shape that
// Caps promises; the total and contiguity are as asked; what dst held before is
// untouched. On every refusal: the error is one of the sentinels, nothing was
// appended, and a strategy with [CapScatter] did not refuse a plain request
// that the free memory could hold. On every Free, before the allocator sees it:
// the blocks are exactly those of one live grant, in order, so a caller's mistake
// is found even where the allocator would not find it. From time to time: live
// and free blocks tile the managed region, and the allocator's own Check passes
// if it is a [Checker]. In all of this, and in New: the allocator does not panic. What
// it panics with is the Detail of the Violation, unless that is or wraps one itself.
//
// # Where the contract leaves room
//
// Requests for whole pages of the region are granted in whole pages. A request
// whose size or alignment is not a multiple of the page may be rounded to it, or
// to [MinPage] by a strategy that works in the kernel's pages whatever the region's
// are. The bounds of a window may be rounded down to the page. What the Caps announce
// as a known deviation ([CapMisalignedWindow]) is counted, not a Violation: see
// [Deviator].
//
// # Cost
//
// O(log n) per block for n live blocks, and a copy of what dst held before. The
// tiling check is O(f log f) for f free extents and runs once in max(64, live +
// free) calls, so it adds O(log f) to a call; Check runs it on demand, since the
// wrapper is a [Checker] itself. Memory is 32 to 64 bytes per live block, whatever
// the size of the region. After a Violation the allocator is of no more use, except
// after a wrong Free, which changed nothing.
//
// The wrapper passes on every ability: see [As]. Footprint does not count its own
// memory.
func Checked(s Strategy) Strategy { return CheckedEvery(s, 0) }

// CheckedEvery is [Checked] with Check run after every so many calls, instead of
// from time to time (0). After each call (1) a mistake shows where it is made, which
// is what reducing a failing program needs; a call then takes time in proportion to
// all extents: a thousand times longer at a few thousand blocks.
func CheckedEvery(s Strategy, every int) Strategy {
	plain := s
	if s.New != nil { // otherwise Validate shall say so
		s.New = func(r Region) (Allocator, error) { return newChecked(plain, r, every) }
	}
	return s
}

// The rules, as a broken one is quoted.
const (
	ruleRegion   = "a region that Region.Validate refuses is refused"
	rulePanic    = "an allocator panics on a wrong Free only"
	ruleMade     = "New returns an allocator or an error"
	ruleClearer  = "the allocators of a strategy with CapClear are ClearFreers"
	rulePrefix   = "what dst held before the call is left as it was"
	ruleAppend   = "a refusal appends nothing to dst"
	ruleSentinel = "a refusal is ErrNoSpace, ErrInvalid or ErrTooBig"
	ruleBare     = "ErrNoSpace is returned as it is, never wrapped"
	ruleScatter  = "with CapScatter a plain request is refused only for lack of free memory"
	ruleZero     = "a request for 0 bytes is refused"
	ruleUnits    = "a block is a whole number of pages, at least one, at a multiple of the page"
	ruleInside   = "a block lies inside the managed region"
	ruleWindow   = "a block lies inside the window"
	rulePow2     = "with CapPow2Blocks a block is a power of two of pages at a multiple of its size"
	ruleOverlap  = "a block granted overlaps no live block"
	ruleOneRun   = "the blocks of a contiguous request ascend without a gap"
	ruleOnePiece = "without CapScatter the blocks of any request ascend without a gap"
	ruleAlign    = "every run of adjoining blocks starts at a multiple of the alignment"
	ruleEnough   = "the blocks granted are at least as large as the request"
	ruleSurplus  = "without CapRoundUp a grant exceeds the request, rounded up to the page, by less than an alignment"
	ruleFree     = "Free takes exactly the blocks of one Alloc, in the order granted"
	ruleTrim     = "a trim to whole pages of a grant of one block is granted, any other refused as ErrInvalid"
	ruleTrimOne  = "a trim is granted only to whole pages of a grant of one block"
	ruleKept     = "the blocks of a trimmed grant ascend without a gap and are exactly the part that is kept"
	rulePlace    = "an extent of whole pages is placed if it is free, otherwise refused as ErrNoSpace; any other is refused as ErrInvalid"
	rulePlaced   = "the blocks of a placed extent ascend without a gap and are exactly the extent"
	ruleTiling   = "live blocks and free blocks tile the managed region"
	ruleOwnCheck = "the allocator's own Check passes"
)

// checked is an allocator under its shadow model.
type checked struct {
	inner    Allocator
	strategy Strategy
	region   Region

	live  extents // what the callers hold
	bytes uint64  // their sum

	call    string  // in progress, or the last
	ops     uint64  // calls of Alloc, Free and the like
	request Request // of the last Alloc

	misaligned uint64 // grants that CapMisalignedWindow excuses

	before []Block // scratch: what dst held before the call
	free   []Block // scratch: what the allocator has free, by address
	due    int     // calls until the next full check
	every  int     // calls from one to the next; 0: as many as there are blocks
}

func newChecked(s Strategy, r Region, every int) (Allocator, error) {
	c := &checked{strategy: s, region: r, every: every, call: "New"}
	a, err := c.make()
	if err != nil {
		return nil, err
	}
	c.inner = a
	if bad := r.Validate(); bad != nil {
		c.broken(ruleRegion, "%v was accepted: %v", r, bad)
	}
	if a == nil {
		c.broken(ruleMade, "both are nil for %v", r)
	}
	c.mustCheck()

	if _, clears := As[ClearFreer](a); s.Caps.Has(CapClear) && !clears {
		c.broken(ruleClearer, "%T has no FreeCleared", a)
	}
	return c, nil
}

// Unwrap is the allocator under the shadow model.
func (c *checked) Unwrap() Allocator { return c.inner }

func (c *checked) begin(call string, r Request) {
	c.call, c.request = call, r
	c.ops++
}

func (c *checked) Alloc(dst []Block, r Request) ([]Block, error) {
	c.begin("Alloc", r)
	c.before = append(c.before[:0], dst...)
	out, err := c.alloc(dst, r)
	added := c.mustAppend(dst, out)
	if err != nil {
		c.refused(r, added, err)
	} else {
		c.granted(r, added)
	}
	c.tick()
	return out, err
}

// mustAppend is what out has behind dst, which was c.before.
func (c *checked) mustAppend(dst, out []Block) []Block {
	n := len(c.before)
	if len(out) < n || !slices.Equal(out[:n], c.before) || !slices.Equal(dst, c.before) {
		c.broken(rulePrefix, "dst was %v, is %v, returned as %v", Blocks(c.before), Blocks(dst), Blocks(out))
	}
	return out[n:]
}

func (c *checked) Free(blocks []Block) {
	c.begin("Free", Request{})
	c.release(blocks)
	c.give(blocks, nil)
	c.tick()
}

// FreeCleared is Free where the allocator cannot be told.
func (c *checked) FreeCleared(blocks []Block) {
	c.begin("FreeCleared", Request{})
	c.release(blocks)
	f, _ := As[ClearFreer](c.inner)
	c.give(blocks, f)
	c.tick()
}

// ResetClear does nothing where the allocator keeps no clear memory.
func (c *checked) ResetClear(cleared bool) {
	c.begin("ResetClear", Request{})
	if k, ok := As[ClearResetter](c.inner); ok {
		c.reset(k, cleared)
	}
	c.tick()
}

// Trim refuses where the allocator cannot trim.
func (c *checked) Trim(dst, blocks []Block, start, size uint64) ([]Block, error) {
	c.begin("Trim", Request{})
	c.mustHold("trimmed", blocks)
	k, ok := As[Trimmer](c.inner)
	if !ok {
		return dst, fmt.Errorf("%w: the allocator cannot trim", ErrInvalid)
	}
	c.before = append(c.before[:0], dst...)
	out, err := c.trim(k, dst, blocks, start, size)
	added := c.mustAppend(dst, out)
	if err != nil {
		c.untrimmed(blocks, start, size, added, err)
	} else {
		c.trimmed(blocks, start, size, added)
	}
	c.tick()
	return out, err
}

// Place refuses where the allocator cannot place.
func (c *checked) Place(dst []Block, start, size uint64) ([]Block, error) {
	c.begin("Place", Request{})
	k, ok := As[Placer](c.inner)
	if !ok {
		return dst, fmt.Errorf("%w: the allocator cannot place an extent", ErrInvalid)
	}
	c.before = append(c.before[:0], dst...)
	out, err := c.place(k, dst, start, size)
	added := c.mustAppend(dst, out)
	if err != nil {
		c.unplaced(start, size, added, err)
	} else {
		c.placed(start, size, added)
	}
	c.tick()
	return out, err
}

func (c *checked) FreeBlocks() iter.Seq[Block] { return c.inner.FreeBlocks() }

// Holding is the block that a caller holds at addr.
func (c *checked) Holding(addr uint64) (b Block, ok bool) {
	e, ok := c.live.holding(addr)
	return e.block(), ok
}

// Assertions are those of the allocator.
func (c *checked) Assertions() (n uint64, latest string) {
	if k, ok := As[Asserter](c.inner); ok {
		n, latest = k.Assertions()
	}
	return n, latest
}

// Counters are those of the allocator.
func (c *checked) Counters() (n Counters) {
	if k, ok := As[Counter](c.inner); ok {
		n = k.Counters()
	}
	return n
}

// Footprint is that of the allocator.
func (c *checked) Footprint() (bytes uint64) {
	if f, ok := As[Footprinter](c.inner); ok {
		bytes = f.Footprint()
	}
	return bytes
}

// make, alloc, give, reset, trim and place call the allocator.

func (c *checked) make() (Allocator, error) {
	defer c.crashed("New")
	return c.strategy.New(c.region)
}

func (c *checked) alloc(dst []Block, r Request) ([]Block, error) {
	defer c.crashed("Alloc")
	return c.inner.Alloc(dst, r)
}

func (c *checked) give(blocks []Block, asZero ClearFreer) {
	defer c.crashed(c.call)
	if asZero != nil {
		asZero.FreeCleared(blocks)
	} else {
		c.inner.Free(blocks)
	}
}

func (c *checked) reset(k ClearResetter, cleared bool) {
	defer c.crashed(c.call)
	k.ResetClear(cleared)
}

func (c *checked) trim(k Trimmer, dst, blocks []Block, start, size uint64) ([]Block, error) {
	defer c.crashed(c.call)
	return k.Trim(dst, blocks, start, size)
}

func (c *checked) place(k Placer, dst []Block, start, size uint64) ([]Block, error) {
	defer c.crashed(c.call)
	return k.Place(dst, start, size)
}

// crashed, deferred around a call of the allocator, panics with a [*Violation] where
// the allocator panics with something else.
func (c *checked) crashed(call string) {
	broken := recover()
	if broken == nil {
		return
	}
	e, _ := broken.(error)
	if v := (*Violation)(nil); errors.As(e, &v) {
		panic(broken)
	}
	v := c.violation(call, rulePanic, fmt.Sprint(broken))
	v.Stack = string(debug.Stack())
	panic(v)
}

// Check runs the checks that need a walk over everything. The error is or wraps a
// [*Violation].
func (c *checked) Check() (err error) {
	defer Catch(&err)
	defer c.crashed("Check")
	if err := c.checkTiling(); err != nil {
		return c.violation("Check", ruleTiling, err.Error())
	}
	if k, ok := c.inner.(Checker); ok {
		if err := k.Check(); err != nil {
			return c.violation("Check", ruleOwnCheck, err.Error())
		}
	}
	return nil
}

// tick runs Check when it is due.
func (c *checked) tick() {
	if c.due--; c.due <= 0 {
		c.mustCheck()
	}
}

func (c *checked) mustCheck() {
	if err := c.Check(); err != nil {
		panic(err)
	}
	if c.due = c.every; c.due == 0 {
		c.due = max(64, c.live.len+len(c.free))
	}
}

// release takes the blocks of one grant out of the shadow, or panics and
// changes nothing.
func (c *checked) release(blocks []Block) {
	c.mustHold("freed", blocks)
	for _, b := range blocks {
		c.live.remove(b.Start)
		c.bytes -= b.Size
	}
}

// mustHold panics unless blocks are exactly those of one grant; done says what the
// caller did with them.
func (c *checked) mustHold(done string, blocks []Block) {
	if len(blocks) == 0 {
		c.broken(ruleFree, "the caller %s no blocks at all", done)
	}
	for i, b := range blocks {
		if why := c.wrongFree(blocks, i); why != "" {
			c.broken(ruleFree, "the caller %s %v: %v %s", done, Blocks(blocks), b, why)
		}
	}
}

// wrongFree says what is wrong with blocks[i] in a Free of blocks.
func (c *checked) wrongFree(blocks []Block, i int) string {
	e, live := c.live.at(blocks[i].Start)
	behind := len(blocks) - 1 - i
	switch {
	case !live:
		return "is not live: freed before, or never granted"
	case e.block() != blocks[i]:
		return fmt.Sprintf("was granted as %v with node %d, not %d", e.block(), e.node, blocks[i].Node)
	case e.head != blocks[0].Start:
		return fmt.Sprintf("belongs to the grant that begins at %d", e.head)
	case int(e.left) != behind:
		return fmt.Sprintf("was granted with %d blocks behind it, not %d", e.left, behind)
	}
	return ""
}

// broken panics with the rule and what broke it.
func (c *checked) broken(rule, format string, args ...any) {
	panic(c.violation(c.call, rule, fmt.Sprintf(format, args...)))
}

func (c *checked) violation(call, rule, detail string) *Violation {
	return &Violation{Strategy: c.strategy.Name, Rule: rule, Call: call, Op: c.ops, Request: c.request, Detail: detail}
}
