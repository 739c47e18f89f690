package strategies

import (
	"errors"
	"fmt"
	"iter"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// script is an allocator that answers what the test says, true or not.
type script struct {
	answers []answer
	free    []Block
	checks  error
	freed   int // calls of Free
}

type answer struct {
	blocks  []Block
	err     error
	corrupt func(dst []Block) []Block // decides what is returned instead
}

func (s *script) Alloc(dst []Block, _ Request) ([]Block, error) {
	a := s.answers[0]
	s.answers = s.answers[1:]
	if a.corrupt != nil {
		return a.corrupt(dst), a.err
	}
	return append(dst, a.blocks...), a.err
}

func (s *script) Free([]Block)                { s.freed++ }
func (s *script) FreeBlocks() iter.Seq[Block] { return slices.Values(s.free) }
func (s *script) Check() error                { return s.checks }

// scripted puts a script under Checked, in a region of 64 pages unless another
// is given.
func scripted(caps Caps, region Region, answers ...answer) (*script, Allocator) {
	if region == (Region{}) {
		region = Region{Size: 64 * p, Page: p}
	}
	s := &script{answers: answers, free: []Block{{Size: region.Managed()}}}
	a, err := Checked(Strategy{Name: "scripted", Caps: caps, New: func(Region) (Allocator, error) { return s, nil }}).New(region)
	if err != nil {
		panic(err)
	}
	return s, a
}

const p = 4096

// pages makes blocks from pairs of first page and number of pages.
func pages(pairs ...uint64) (blocks []Block) {
	for i := 0; i < len(pairs); i += 2 {
		blocks = append(blocks, Block{Start: pairs[i] * p, Size: pairs[i+1] * p})
	}
	return blocks
}

// panicOf is the violation that f panics with, nil for none.
func panicOf(f func()) (v *Violation) {
	defer func() {
		if broken := recover(); broken != nil {
			v = broken.(*Violation)
		}
	}()
	f()
	return nil
}

// wantRule demands that f panics with the rule and every fragment of detail;
// an empty rule, that it does not.
func wantRule(t *testing.T, rule string, details []string, f func()) {
	t.Helper()
	got := panicOf(f)
	switch {
	case rule == "" && got == nil:
		return
	case rule == "":
		t.Errorf("no rule is broken, got %q", got)
		return
	case got == nil || got.Rule != rule || !strings.HasPrefix(got.Error(), "scripted broke the rule that "+rule+": "):
		t.Errorf("got %v, want the rule %q", got, rule)
		return
	}
	for _, d := range details {
		if !strings.Contains(got.Error(), d) {
			t.Errorf("got %q, want %q in it", got, d)
		}
	}
}

// TestCheckedGrants answers one request with one list of blocks.
func TestCheckedGrants(t *testing.T) {
	check := func(rule string, caps Caps, r Request, blocks []Block, details ...string) {
		t.Helper()
		_, a := scripted(caps, Region{}, answer{blocks: blocks})
		wantRule(t, rule, details, func() { a.Alloc(nil, r) })
	}
	const none = Caps(0)
	check("", none, Request{Size: p}, pages(3, 1))
	check("", none, Request{Size: 1}, pages(63, 1))
	check("", none, Request{Size: 64 * p}, pages(0, 64))
	check(ruleZero, none, Request{}, nil)
	check(ruleZero, none, Request{}, pages(0, 1), "0 bytes: granted 0+4096")
	check(ruleEnough, none, Request{Size: 2 * p}, nil, "8192 bytes: granted nothing: 0 bytes")
	check(ruleEnough, none, Request{Size: p + 1}, pages(0, 1), "4097 bytes: granted 0+4096: 4096 bytes")
	check(ruleSurplus, none, Request{Size: p}, pages(0, 2), "4096 bytes too many")
	check(ruleSurplus, none, Request{Size: p + 1, Align: 2 * p}, pages(0, 4))
	check("", none, Request{Size: p, Align: 2 * p}, pages(0, 2))
	check("", CapRoundUp, Request{Size: 5 * p}, pages(0, 8))
	check(ruleEnough, none, Request{Size: 1<<64 - 1}, pages(0, 64))

	check(ruleUnits, none, Request{Size: p}, []Block{{Start: p, Size: 0}})
	check(ruleUnits, none, Request{Size: p}, []Block{{Start: p, Size: p + 1}}, "4096+4097 in a region of 262144 with pages of 4096")
	check(ruleUnits, none, Request{Size: p}, []Block{{Start: 512, Size: p}})
	check(ruleInside, none, Request{Size: p}, pages(64, 1), "262144+4096")
	check(ruleInside, none, Request{Size: 2 * p}, pages(63, 2))
	check(ruleInside, none, Request{Size: p}, pages(1<<52-1, 1))
	check(ruleInside, none, Request{Size: p}, []Block{{Start: 0, Size: 1<<64 - p}})

	check(rulePow2, CapPow2Blocks, Request{Size: 3 * p}, pages(0, 3))
	check(rulePow2, CapPow2Blocks, Request{Size: 2 * p}, pages(1, 2))
	check("", CapPow2Blocks, Request{Size: 3 * p}, pages(4, 2, 6, 1))
	check("", none, Request{Size: 2 * p}, pages(1, 2))

	check(ruleOverlap, CapScatter, Request{Size: 4 * p}, pages(0, 2, 1, 2), "0+8192 4096+8192", "4096+8192 overlaps 0+8192")
	check(ruleOneRun, CapScatter, Request{Size: 2 * p, Flags: Contiguous}, pages(0, 1, 2, 1))
	check(ruleOneRun, CapScatter, Request{Size: 2 * p, Flags: Contiguous}, pages(1, 1, 0, 1))
	check("", CapScatter, Request{Size: 2 * p}, pages(1, 1, 0, 1))
	check("", none, Request{Size: 2 * p, Flags: Contiguous}, pages(6, 1, 7, 1))
	check(ruleOnePiece, none, Request{Size: 2 * p}, pages(0, 1, 2, 1))
}

func TestCheckedWindow(t *testing.T) {
	check := func(rule string, lo, hi uint64, blocks []Block) {
		t.Helper()
		_, a := scripted(CapScatter, Region{}, answer{blocks: blocks})
		wantRule(t, rule, []string{fmt.Sprintf("lo=%d hi=%d", lo, hi)}, func() {
			a.Alloc(nil, Request{Size: 2 * p, Lo: lo, Hi: hi, Flags: Range})
		})
	}
	check("", 2*p, 4*p, pages(2, 2))
	check(ruleWindow, 2*p, 4*p, pages(3, 2))
	check(ruleWindow, 2*p, 4*p, pages(1, 2))
	check(ruleWindow, 2*p, 4*p, pages(2, 1, 4, 1))
	check("", 2*p, 0, pages(62, 2))
	check(ruleWindow, 2*p, 0, pages(1, 2))
	check("", 2*p, 1<<64-1, pages(62, 2))
	check("", 2*p+1, 4*p+1, pages(2, 2)) // bounds count in whole pages
	check(ruleWindow, 2*p-1, 4*p-1, pages(2, 2))
	check(ruleWindow, 8*p, 4*p, pages(4, 2))
}

func TestCheckedAlign(t *testing.T) {
	check := func(rule string, r Request, blocks []Block) {
		t.Helper()
		_, a := scripted(CapScatter, Region{}, answer{blocks: blocks})
		wantRule(t, rule, nil, func() { a.Alloc(nil, r) })
	}
	check("", Request{Size: 4 * p, Align: 4 * p}, pages(4, 4))
	check(ruleAlign, Request{Size: 4 * p, Align: 4 * p}, pages(2, 4))
	check("", Request{Size: 4 * p, Align: 4 * p}, pages(4, 2, 6, 2))        // one run
	check(ruleAlign, Request{Size: 4 * p, Align: 4 * p}, pages(6, 2, 4, 2)) // two, since they descend
	check(ruleAlign, Request{Size: 8 * p, Align: 4 * p}, pages(0, 4, 9, 4)) // the second is wrong
	check("", Request{Size: 7 * p, Align: 4 * p}, pages(8, 4, 0, 2, 2, 1))  // the last was trimmed
	check("", Request{Size: p, Align: 3 * p}, pages(6, 1))                  // no power of two
	check(ruleAlign, Request{Size: p, Align: 3 * p}, pages(4, 1))
	check("", Request{Size: p, Align: p - 1}, pages(5, 1))    // less than a page: none
	check("", Request{Size: p, Align: 2*p + 77}, pages(2, 1)) // rounded down to the page
	check(ruleAlign, Request{Size: p, Align: 2*p + 77}, pages(3, 1))
	check("", Request{Size: 3 * p, Align: 8 * p, Flags: Contiguous}, pages(2, 3)) // drm_buddy's minimum block
	check(ruleAlign, Request{Size: 3 * p, Align: 8 * p, Flags: Contiguous}, pages(1, 3))
	check(ruleAlign, Request{Size: 3 * p, Align: 8 * p}, pages(2, 3))
	check(ruleAlign, Request{Size: 8 * p, Align: 8 * p, Flags: Contiguous}, pages(4, 8))
	check("", Request{Size: p, Align: 1 << 63}, pages(0, 1))
	check(ruleAlign, Request{Size: p, Align: 1 << 63}, pages(1, 1))
}

// TestCheckedUnits has pages of 64 KiB, and requests for whole ones and others.
func TestCheckedUnits(t *testing.T) {
	const big = 16 * p
	check := func(rule string, r Request, blocks []Block) {
		t.Helper()
		_, a := scripted(0, Region{Size: 64 * big, Page: big}, answer{blocks: blocks})
		wantRule(t, rule, nil, func() { a.Alloc(nil, r) })
	}
	check("", Request{Size: big}, pages(16, 16))
	check(ruleUnits, Request{Size: big}, pages(8, 16))
	check(ruleUnits, Request{Size: big}, pages(16, 17))
	check("", Request{Size: p}, pages(16, 16))
	check("", Request{Size: p}, pages(3, 1)) // in the kernel's pages
	check(ruleUnits, Request{Size: p}, []Block{{Start: p / 2, Size: p}})
	check(ruleSurplus, Request{Size: p}, pages(16, 32))
	check("", Request{Size: big, Align: 2 * p}, pages(2, 16))
	check("", Request{Size: big, Align: 24 * p}, pages(24, 16)) // as asked
	check("", Request{Size: big, Align: 40 * p}, pages(32, 16)) // rounded down to two pages
	check(ruleAlign, Request{Size: big, Align: 40 * p}, pages(16, 16))
	check("", Request{Size: p, Lo: 17 * p, Hi: 20 * p, Flags: Range}, pages(19, 1))
	check(ruleWindow, Request{Size: p, Lo: 17 * p, Hi: 20 * p, Flags: Range}, pages(20, 1))
	check(ruleWindow, Request{Size: p, Lo: 17 * p, Hi: 20 * p, Flags: Range}, pages(15, 1))
}

func TestCheckedRefusals(t *testing.T) {
	check := func(rule string, caps Caps, r Request, err error, extra ...Block) {
		t.Helper()
		_, a := scripted(caps, Region{}, answer{blocks: pages(0, 60), err: nil}, answer{blocks: extra, err: err})
		a.Alloc(nil, Request{Size: 60 * p})
		wantRule(t, rule, []string{r.String()}, func() { a.Alloc(nil, r) })
	}
	wrapped := fmt.Errorf("%w: odd", ErrInvalid)
	check("", 0, Request{Size: p}, ErrNoSpace)
	check("", 0, Request{Size: p}, ErrTooBig)
	check("", 0, Request{Size: p}, wrapped)
	check(ruleAppend, 0, Request{Size: p}, ErrNoSpace, pages(60, 1)...)
	check(ruleSentinel, 0, Request{Size: p}, errors.New("no space"))
	check(ruleBare, 0, Request{Size: p}, fmt.Errorf("%w: full", ErrNoSpace))

	check(ruleScatter, CapScatter, Request{Size: 4 * p}, ErrNoSpace)
	check(ruleScatter, CapScatter, Request{Size: 4 * p, Align: p, Flags: TopDown | Clear}, wrapped)
	check(ruleScatter, CapScatter, Request{Size: p, Align: 7}, ErrNoSpace)
	check("", CapScatter, Request{Size: p, Align: 7}, wrapped)
	check("", CapScatter, Request{Size: 5 * p}, ErrNoSpace)
	check("", CapScatter, Request{Size: p - 1}, wrapped)
	check("", CapScatter, Request{}, wrapped)
	check("", CapScatter, Request{Size: p, Align: 2 * p}, ErrNoSpace)
	check("", CapScatter, Request{Size: p, Flags: Contiguous}, ErrNoSpace)
	check("", CapScatter, Request{Size: p, Flags: Range}, ErrNoSpace)
}

func TestCheckedDst(t *testing.T) {
	check := func(rule string, err error, corrupt func(dst []Block) []Block) {
		t.Helper()
		_, a := scripted(0, Region{}, answer{corrupt: corrupt, err: err})
		dst := append(make([]Block, 0, 8), pages(40, 1, 50, 1)...)
		wantRule(t, rule, nil, func() { a.Alloc(dst, Request{Size: p}) })
	}
	one := pages(0, 1)[0]
	check("", nil, func(dst []Block) []Block { return append(dst, one) })
	check("", nil, func(dst []Block) []Block { return append(slices.Clone(dst), one) })
	check(rulePrefix, nil, func(dst []Block) []Block { return []Block{one} })
	check(rulePrefix, nil, func(dst []Block) []Block { return []Block{one, one, one} })
	check(rulePrefix, nil, func(dst []Block) []Block { dst[0].Node++; return append(dst, one) })
	check(rulePrefix, nil, func(dst []Block) []Block {
		out := append(slices.Clone(dst), one)
		dst[1] = one
		return out
	})
	check(rulePrefix, ErrNoSpace, func(dst []Block) []Block { return nil })
	check(rulePrefix, ErrNoSpace, func(dst []Block) []Block { return dst[:1] })
	check("", ErrNoSpace, func(dst []Block) []Block { return append(dst, one)[:2] })
	check(ruleAppend, ErrNoSpace, func(dst []Block) []Block { return append(dst, one) })
}

// TestCheckedFree tries wrong frees on three grants; each must be caught before
// the allocator sees it, and change nothing.
func TestCheckedFree(t *testing.T) {
	node := func(blocks []Block, n uint32) []Block {
		for i := range blocks {
			blocks[i].Node = n
		}
		return blocks
	}
	one, two, three := node(pages(8, 1), 7), node(pages(4, 1, 0, 2), 8), node(pages(10, 1, 11, 1, 20, 1), 9)
	gone := pages(30, 2)
	inner, a := scripted(CapScatter, Region{}, answer{blocks: one}, answer{blocks: two}, answer{blocks: three}, answer{blocks: gone})
	a.Alloc(nil, Request{Size: p})
	a.Alloc(nil, Request{Size: 3 * p})
	a.Alloc(nil, Request{Size: 3 * p})
	a.Alloc(nil, Request{Size: 2 * p})
	a.Free(gone)
	calls := inner.freed

	check := func(detail string, blocks ...Block) {
		t.Helper()
		wantRule(t, ruleFree, []string{detail}, func() { a.Free(blocks) })
		if inner.freed != calls {
			t.Fatal("the allocator saw a wrong Free")
		}
	}
	check("no blocks at all")
	check("122880+8192 is not live", gone...)
	check("36864+4096 is not live", pages(9, 1)...)
	check("0+8192 belongs to the grant that begins at 16384", two[1], two[0])
	check("0+8192 belongs to the grant that begins at 16384", two[1])
	check("16384+4096 was granted with 1 blocks behind it, not 0", two[0])
	check("45056+4096 belongs to the grant that begins at 40960", three[1:]...)
	check("40960+4096 was granted with 2 blocks behind it, not 1", three[:2]...)
	check("81920+4096 was granted with 0 blocks behind it, not 1", three[0], three[2], three[1])
	check("32768+4096 belongs to the grant that begins at 32768", three[0], three[1], one[0])
	check("32768+4096 was granted with 0 blocks behind it, not 2", one[0], two[0], two[1])
	check("32768+4096 was granted with 0 blocks behind it, not 1", one[0], one[0])
	check("40960+4096 was granted with 2 blocks behind it, not 3", slices.Concat(three, one)...)
	check("was granted as 32768+4096 with node 7, not 8", Block{Start: 8 * p, Size: p, Node: 8})
	check("was granted as 32768+4096", Block{Start: 8 * p, Size: 2 * p, Node: 7})
	check("34816+4096 is not live", Block{Start: 8*p + p/2, Size: p, Node: 7})

	for _, grant := range [][]Block{two, three, one} {
		if v := panicOf(func() { a.Free(grant) }); v != nil {
			t.Error(v)
		}
	}
	if inner.freed != calls+3 {
		t.Errorf("the allocator saw %d frees, want 3", inner.freed-calls)
	}
	calls += 3
	check("is not live", one...)
}

func TestCheckedTiling(t *testing.T) {
	check := func(want string, free ...Block) {
		t.Helper()
		inner, a := scripted(0, Region{}, answer{blocks: pages(4, 4)})
		if _, err := a.Alloc(nil, Request{Size: 4 * p}); err != nil {
			t.Fatal(err)
		}
		inner.free = free
		err := a.(Checker).Check()
		switch {
		case want == "" && err != nil:
			t.Error(err)
		case want != "" && (err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), ruleTiling)):
			t.Errorf("got %v, want %q", err, want)
		}
	}
	check("", pages(0, 4, 8, 56)...)
	check("", pages(40, 24, 1, 3, 8, 32, 0, 1)...)
	check("0 to 16384, before the live block 16384+16384, is neither live nor free", pages(8, 56)...)
	check("32768 to 262144 is neither live nor free", pages(0, 4)...)
	check("32768 to 36864, before the free block 36864+225280", pages(0, 4, 9, 55)...)
	check("live block 16384+16384 overlaps the free block before it, which ends at 20480", pages(0, 5, 8, 56)...)
	check("free block 28672+233472 overlaps the live block before it, which ends at 32768", pages(0, 4, 7, 57)...)
	check("free block 40960+221184 overlaps the free block before it", pages(0, 4, 8, 3, 10, 54)...)
	check("overlaps the free block", pages(0, 4, 4, 4, 8, 56)...)
	check("free block 262144+4096 is empty or outside the region of 262144", pages(0, 4, 8, 56, 64, 1)...)
	check("free block 32768+0 is empty", pages(0, 4, 8, 0, 8, 56)...)
	check("is empty or outside", append(pages(0, 4), Block{Start: 8 * p, Size: 1<<64 - 8*p})...)
}

// TestCheckedPeriodically breaks the tiling and the allocator's own structures
// and demands that somebody notices without being asked.
func TestCheckedPeriodically(t *testing.T) {
	refusals := slices.Repeat([]answer{{err: ErrNoSpace}}, 100)
	run := func(spoil func(*script)) *Violation {
		inner, a := scripted(0, Region{}, refusals...)
		return panicOf(func() {
			for i := range refusals {
				if i == 10 {
					spoil(inner)
				}
				a.Alloc(nil, Request{Size: p})
			}
		})
	}
	if got := run(func(s *script) {}); got != nil {
		t.Error(got)
	}
	if got := run(func(s *script) { s.free = nil }); got == nil || got.Rule != ruleTiling || got.Call != "Check" || got.Op != 64 {
		t.Errorf("got %v, want the rule that %s", got, ruleTiling)
	}
	if got := run(func(s *script) { s.checks = errors.New("a list is torn") }); got == nil || got.Rule != ruleOwnCheck || got.Detail != "a list is torn" {
		t.Errorf("got %v, want the rule that %s", got, ruleOwnCheck)
	}
}

// clearer is a script that can be told of cleared memory.
type clearer struct{ *script }

func (c clearer) FreeCleared([]Block) { c.freed += 100 }

func TestCheckedFreeCleared(t *testing.T) {
	inner := &script{answers: []answer{{blocks: pages(3, 1)}}, free: pages(0, 64)}
	a, err := Checked(Strategy{Name: "scripted", Caps: CapClear, New: func(Region) (Allocator, error) { return clearer{inner}, nil }}).New(Region{Size: 64 * p, Page: p})
	if err != nil {
		t.Fatal(err)
	}
	blocks, _ := a.Alloc(nil, Request{Size: p})
	a.(ClearFreer).FreeCleared(blocks)
	if inner.freed != 100 {
		t.Error("FreeCleared did not come through")
	}
	wantRule(t, ruleFree, nil, func() { a.(ClearFreer).FreeCleared(blocks) })
	wantRule(t, ruleFree, nil, func() { a.Free(blocks) })
}

func TestCheckedNew(t *testing.T) {
	strategy := func(caps Caps, a Allocator, err error) Strategy {
		return Checked(Strategy{Name: "scripted", Doc: "d", Caps: caps, New: func(Region) (Allocator, error) { return a, err }})
	}
	good := Region{Size: 64 * p, Page: p}
	whole := &script{free: pages(0, 64)}
	wantRule(t, "", nil, func() { strategy(0, whole, nil).New(good) })
	wantRule(t, ruleRegion, []string{"page 1 is not"}, func() { strategy(0, whole, nil).New(Region{Size: p, Page: 1}) })
	wantRule(t, ruleMade, nil, func() { strategy(0, nil, nil).New(good) })
	wantRule(t, ruleClearer, []string{"*strategies.script"}, func() { strategy(CapClear, whole, nil).New(good) })
	wantRule(t, ruleTiling, nil, func() { strategy(0, &script{free: pages(0, 63)}, nil).New(good) })
	if a, err := strategy(0, whole, ErrInvalid).New(good); a != nil || err != ErrInvalid {
		t.Errorf("a refused region: got %v, %v", a, err)
	}
	if s := strategy(CapWindow, whole, nil); s.Name != "scripted" || s.Doc != "d" || s.Caps != CapWindow {
		t.Errorf("Checked changed the strategy to %+v", s)
	}
}

// TestCheckedHuge grants the edges of the largest region there is, where sums
// come close to wrapping.
func TestCheckedHuge(t *testing.T) {
	region := Region{Size: 1<<64 - 1, Page: p}
	const last = 1<<52 - 2 // number of the last managed page
	check := func(rule string, r Request, blocks []Block) {
		t.Helper()
		_, a := scripted(CapScatter, region, answer{blocks: blocks})
		wantRule(t, rule, nil, func() { a.Alloc(nil, r) })
	}
	check("", Request{Size: p}, pages(last, 1))
	check("", Request{Size: region.Managed()}, pages(0, last+1))
	check("", Request{Size: p, Lo: last * p, Flags: Range | Contiguous}, pages(last, 1))
	check(ruleInside, Request{Size: p}, pages(last+1, 1))
	check(ruleInside, Request{Size: 2 * p}, pages(last, 2))
	check(ruleEnough, Request{Size: 1<<64 - 1}, pages(0, last+1))
	check(ruleOverlap, Request{Size: 2 * p}, pages(last, 1, last, 1))
}

// slots grants single pages from a stack: an allocator that costs next to
// nothing, so that a benchmark sees Checked.
type slots struct{ free []Block }

func (s *slots) Alloc(dst []Block, _ Request) ([]Block, error) {
	n := len(s.free) - 1
	if n < 0 {
		return dst, ErrNoSpace
	}
	dst, s.free = append(dst, s.free[n]), s.free[:n]
	return dst, nil
}

func (s *slots) Free(blocks []Block)         { s.free = append(s.free, blocks...) }
func (s *slots) FreeBlocks() iter.Seq[Block] { return slices.Values(s.free) }

// BenchmarkChecked is an Alloc or Free at random among n pages of which half
// are live on average: what Checked adds to a call.
func BenchmarkChecked(b *testing.B) {
	for _, n := range []uint64{1 << 8, 1 << 13, 1 << 18} {
		b.Run(fmt.Sprintf("pages=%d", n), func(b *testing.B) {
			s := &slots{}
			for i := range n {
				s.free = append(s.free, pages(i*7919%n, 1)...)
			}
			a, err := Checked(Strategy{Name: "slots", New: func(Region) (Allocator, error) { return s, nil }}).New(Region{Size: n * p, Page: p})
			if err != nil {
				b.Fatal(err)
			}
			rng := rand.New(rand.NewPCG(1, 2))
			live := make([][]Block, n)
			for b.Loop() {
				i := rng.Uint64N(n)
				if len(live[i]) > 0 {
					a.Free(live[i])
					live[i] = live[i][:0]
				} else if live[i], err = a.Alloc(live[i], Request{Size: p}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
