package strategies

import (
	"cmp"
	"errors"
	"fmt"
	"iter"
	"slices"
)

// Checked returns s with every allocator it makes held to the contract of
// [Allocator] by a shadow model: a list of what is live, kept by other code
// than the strategy's own. Name, Doc, Caps, placements and abilities are those of
// s; a broken rule is a panic with a [*Violation].
//
// # What is checked
//
// On every Alloc: each block granted is a whole number of pages, inside the
// region and the window, apart from what is live, aligned, of the shape that
// Caps promises; the total and contiguity are as asked; what dst held before is
// untouched. On every refusal: the error is one of the sentinels, nothing was
// appended, and a strategy with [CapScatter] did not refuse a plain request
// that the free memory could hold. On every Free, before the allocator sees it:
// the blocks are exactly those of one live grant, in order; so the shadow finds
// a caller's mistake even where the allocator would not. From time to time: live
// and free blocks tile the managed region, and the allocator's own Check passes
// if it is a [Checker].
//
// # Where the contract leaves room
//
// What is asked in whole pages of the region is granted in whole pages. A
// request whose size or alignment is no multiple of the page may be rounded to
// it, or to [MinPage] by a strategy that works in the kernel's pages whatever
// the region's are. The bounds of a window may be rounded down to the page.
//
// # Cost
//
// O(log n) per block for n live blocks, and a copy of what dst held before. The
// tiling check is O(f log f) for f free extents and runs once in max(64, live +
// free) calls, so that it adds O(log f) to a call; Check runs it on demand,
// since the wrapper is a [Checker] itself. Memory is 32 to 64 bytes per live block,
// whatever the size of the region. After a panic for a broken rule the
// allocator is of no more use, except after a wrong Free, which changed nothing.
//
// The wrapper is a [Checker], and passes on the other abilities: see [As]. Its
// own memory is not counted.
//
// # Considered and rejected
//
// A bitmap of pages: no search at all, but a region of 2^64 bytes would need
// one of 2^52 bits, and the odd region is where strategies break. A balanced
// tree: the same O(log n), four times the code to trust. Checking the tiling
// after every call: a thousand times slower at a few thousand blocks, and finds
// the same mistakes a little earlier.
func Checked(s Strategy) Strategy { return CheckedEvery(s, 0) }

// CheckedEvery is [Checked] with the walk over everything after every so many
// calls, instead of from time to time. After each call (1) a mistake shows where it
// is made, which is what reducing a failing program needs; every call then takes
// time in proportion to the free extents.
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
	ops     uint64  // calls of Alloc and Free
	request Request // of the last Alloc

	before []Block // scratch: what dst held before the call
	free   []Block // scratch: what the allocator has free, by address
	due    int     // calls until the next full check
	every  int     // calls from one to the next; 0: as many as there are blocks
}

func newChecked(s Strategy, r Region, every int) (Allocator, error) {
	a, err := s.New(r)
	if err != nil {
		return nil, err
	}
	c := &checked{inner: a, strategy: s, region: r, every: every, call: "New"}
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
	out, err := c.inner.Alloc(dst, r)
	n := len(c.before)
	if len(out) < n || !slices.Equal(out[:n], c.before) || !slices.Equal(dst, c.before) {
		c.broken(rulePrefix, "dst was %v, is %v, returned as %v", Blocks(c.before), Blocks(dst), Blocks(out))
	}
	if err != nil {
		c.refused(r, out[n:], err)
	} else {
		c.granted(r, out[n:])
	}
	c.tick()
	return out, err
}

func (c *checked) Free(blocks []Block) {
	c.begin("Free", Request{})
	c.release(blocks)
	c.inner.Free(blocks)
	c.tick()
}

// FreeCleared is Free where the allocator cannot be told.
func (c *checked) FreeCleared(blocks []Block) {
	c.begin("FreeCleared", Request{})
	c.release(blocks)
	if f, ok := As[ClearFreer](c.inner); ok {
		f.FreeCleared(blocks)
	} else {
		c.inner.Free(blocks)
	}
	c.tick()
}

func (c *checked) FreeBlocks() iter.Seq[Block] { return c.inner.FreeBlocks() }

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

// Check runs the checks that need a walk over everything. The error is a
// [*Violation].
func (c *checked) Check() error {
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

// refused checks an Alloc that returned an error.
func (c *checked) refused(r Request, extra []Block, err error) {
	free := c.region.Managed() - c.bytes
	switch {
	case len(extra) > 0:
		c.broken(ruleAppend, "refused (%v), and appended %v", err, Blocks(extra))
	case Errno(err) == "":
		c.broken(ruleSentinel, "refused with %q", err)
	case errors.Is(err, ErrNoSpace) && err != ErrNoSpace:
		c.broken(ruleBare, "refused with %q", err)
	case c.strategy.Caps.Has(CapScatter) && c.plain(r, err) && r.Size <= free:
		c.broken(ruleScatter, "refused (%v) with %d bytes free", err, free)
	}
}

// plain reports whether any free pages at all satisfy r. An alignment below the
// page asks for nothing, but is odd enough to be called invalid.
func (c *checked) plain(r Request, err error) bool {
	page := c.region.Page
	anywhere := r.Align == 0 || r.Align == page || r.Align < page && err == ErrNoSpace
	return anywhere && r.Flags&(Range|Contiguous) == 0 && r.Size != 0 && r.Size%page == 0
}

// granted checks an Alloc that succeeded and enters its blocks into the shadow.
func (c *checked) granted(r Request, blocks []Block) {
	if r.Size == 0 {
		c.broken(ruleZero, "granted %v", Blocks(blocks))
	}
	var total uint64 // cannot wrap: the blocks are disjoint and inside the region
	for i, b := range blocks {
		c.checkBlock(r, b, blocks)
		e := extent{b.Start, b.Size, blocks[0].Start, b.Node, uint32(len(blocks) - 1 - i)}
		if other, ok := c.live.insert(e); !ok {
			c.broken(ruleOverlap, "granted %v: %v overlaps %v", Blocks(blocks), b, other.block())
		}
		total += b.Size
	}
	c.checkRuns(r, blocks)
	c.checkTotal(r, blocks, total)
	c.bytes += total
}

// checkBlock checks what can be said of one block alone.
func (c *checked) checkBlock(r Request, b Block, blocks []Block) {
	page, managed := c.unit(r), c.region.Managed()
	rule := ""
	switch {
	case b.Size == 0 || (b.Size|b.Start)&(page-1) != 0:
		rule = ruleUnits
	case b.Start > managed || b.Size > managed-b.Start:
		rule = ruleInside
	case !c.inWindow(r, b):
		rule = ruleWindow
	case c.strategy.Caps.Has(CapPow2Blocks) && (b.Size&(b.Size-1) != 0 || b.Start&(b.Size-1) != 0):
		rule = rulePow2
	default:
		return
	}
	c.broken(rule, "granted %v: %v in a region of %d with pages of %d", Blocks(blocks), b, managed, page)
}

// unit is the page of which the blocks for r are whole multiples.
func (c *checked) unit(r Request) uint64 {
	if (r.Size|r.Align)&(c.region.Page-1) != 0 {
		return MinPage
	}
	return c.region.Page
}

// inWindow reports whether b, a block inside the region, is inside the window.
// An upper limit that rounds down to 0 is none.
func (c *checked) inWindow(r Request, b Block) bool {
	if r.Flags&Range == 0 {
		return true
	}
	below := c.region.Page - 1
	return b.Start >= r.Lo&^below && (b.End() <= r.Hi || r.Hi&^below == 0)
}

// checkRuns checks how the blocks of a grant lie to each other.
func (c *checked) checkRuns(r Request, blocks []Block) {
	for i, b := range blocks {
		switch adjoins := i > 0 && blocks[i-1].End() == b.Start; {
		case adjoins:
			continue
		case i > 0 && r.Flags&Contiguous != 0:
			c.broken(ruleOneRun, "granted %v", Blocks(blocks))
		case i > 0 && !c.strategy.Caps.Has(CapScatter):
			c.broken(ruleOnePiece, "granted %v", Blocks(blocks))
		case !c.aligned(r, b.Start):
			c.broken(ruleAlign, "granted %v: the run at %d", Blocks(blocks), b.Start)
		}
	}
}

// aligned reports whether a run of adjoining blocks may start at start: at a
// multiple of the alignment or of what is left of it when it is rounded down to
// a page, or where a small contiguous request may. The rule stands at
// [Allocator].
func (c *checked) aligned(r Request, start uint64) bool {
	for _, page := range [...]uint64{1, MinPage, c.region.Page} {
		align := r.Align - r.Align%page
		if align == 0 || start%align == 0 {
			return true
		}
	}
	return r.Flags&Contiguous != 0 && r.Size < r.Align && start&(floorPow2(r.Size)-1) == 0
}

// floorPow2 is the largest power of two not above n; n must not be 0.
func floorPow2(n uint64) uint64 {
	for n&(n-1) != 0 {
		n &= n - 1
	}
	return n
}

// checkTotal checks the sum of the blocks of a grant.
func (c *checked) checkTotal(r Request, blocks []Block, total uint64) {
	if total < r.Size {
		c.broken(ruleEnough, "granted %v: %d bytes", Blocks(blocks), total)
	}
	page := c.region.Page
	pages := (r.Size + page - 1) &^ (page - 1) // cannot wrap: a grant holds r.Size
	if total > pages && total-pages >= max(r.Align, page) && !c.strategy.Caps.Has(CapRoundUp) {
		c.broken(ruleSurplus, "granted %v: %d bytes too many", Blocks(blocks), total-pages)
	}
}

// release takes the blocks of one grant out of the shadow, or panics and
// changes nothing.
func (c *checked) release(blocks []Block) {
	if len(blocks) == 0 {
		c.broken(ruleFree, "the caller freed no blocks at all")
	}
	for i, b := range blocks {
		if why := c.wrongFree(blocks, i); why != "" {
			c.broken(ruleFree, "the caller freed %v: %v %s", Blocks(blocks), b, why)
		}
	}
	for _, b := range blocks {
		c.live.remove(b.Start)
		c.bytes -= b.Size
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

// checkTiling walks live and free blocks together in address order and returns
// the first gap or overlap.
func (c *checked) checkTiling() error {
	c.free = c.free[:0]
	for b := range c.inner.FreeBlocks() {
		c.free = append(c.free, b)
	}
	slices.SortFunc(c.free, func(a, b Block) int { return cmp.Compare(a.Start, b.Start) })

	t := tiling{managed: c.region.Managed(), prev: "the beginning"}
	rest := c.free
	for e := range c.live.all {
		for len(rest) > 0 && rest[0].Start <= e.start {
			if err := t.next("free", rest[0]); err != nil {
				return err
			}
			rest = rest[1:]
		}
		if err := t.next("live", e.block()); err != nil {
			return err
		}
	}
	for _, b := range rest {
		if err := t.next("free", b); err != nil {
			return err
		}
	}
	if t.at != t.managed {
		return fmt.Errorf("%d to %d is neither live nor free", t.at, t.managed)
	}
	return nil
}

// tiling is a walk over blocks that shall cover [0, managed) without a gap.
type tiling struct {
	managed uint64
	at      uint64 // end of what was covered
	prev    string // what covered it: kind of block
}

func (t *tiling) next(kind string, b Block) error {
	switch {
	case b.Size == 0 || b.Start > t.managed || b.Size > t.managed-b.Start:
		return fmt.Errorf("%s block %v is empty or outside the region of %d", kind, b, t.managed)
	case b.Start > t.at:
		return fmt.Errorf("%d to %d, before the %s block %v, is neither live nor free", t.at, b.Start, kind, b)
	case b.Start < t.at:
		return fmt.Errorf("%s block %v overlaps the %s block before it, which ends at %d", kind, b, t.prev, t.at)
	}
	t.at, t.prev = b.End(), kind
	return nil
}

// broken panics with the rule and what broke it.
func (c *checked) broken(rule, format string, args ...any) {
	panic(c.violation(c.call, rule, fmt.Sprintf(format, args...)))
}

func (c *checked) violation(call, rule, detail string) *Violation {
	return &Violation{Strategy: c.strategy.Name, Rule: rule, Call: call, Op: c.ops, Request: c.request, Detail: detail}
}
