package strategies

import (
	"errors"
	"fmt"
	"iter"
	"strings"
	"testing"
	"unsafe"
)

func TestViolationError(t *testing.T) {
	check := func(v Violation, want string) {
		t.Helper()
		v.Strategy, v.Rule, v.Detail = "mine", "all is well", "it is not"
		if got := v.Error(); got != "mine broke the rule that all is well: "+want+": it is not" {
			t.Error(got)
		}
	}
	check(Violation{Call: "New"}, "New")
	check(Violation{Call: "Alloc", Op: 3, Request: Request{Size: p, Flags: TopDown}}, "call 3, Alloc of 4096 bytes topdown")
	check(Violation{Call: "FreeCleared", Op: 4}, "call 4, FreeCleared")
	check(Violation{Call: "Check", Op: 5}, "after call 5")

	v := Violation{Strategy: "mine"}
	(*struct {
		at  *byte
		len int
	})(unsafe.Pointer(&v.Detail)).len = 1 << 62 // as a library leaves it
	if got := v.Error(); !strings.HasPrefix(got, "a strategy destroyed memory that is not its own") {
		t.Error(got)
	}
}

// TestViolation wants every field of one that Checked panics with, and of one
// that Check returns.
func TestViolation(t *testing.T) {
	inner, a := scripted(0, Region{}, answer{blocks: pages(0, 1)}, answer{blocks: pages(0, 1)})
	r := Request{Size: p}
	blocks, _ := a.Alloc(nil, r)
	got := panicOf(func() { a.Alloc(nil, r) })
	want := Violation{"scripted", ruleOverlap, "Alloc", 2, r, "granted 0+4096: 0+4096 overlaps 0+4096", ""}
	if got == nil || *got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	a.Free(blocks)
	got = panicOf(func() { a.Free(blocks) })
	want = Violation{"scripted", ruleFree, "Free", 4, Request{}, "the caller freed 0+4096: 0+4096 is not live: freed before, or never granted", ""}
	if got == nil || *got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	inner.free = pages(0, 63)
	if err := a.(Checker).Check(); !errors.As(err, &got) || got.Rule != ruleTiling || got.Call != "Check" || got.Op != 4 {
		t.Errorf("got %v", err)
	}
}

func TestCatch(t *testing.T) {
	run := func(broken any) (err error) {
		defer Catch(&err)
		if broken != nil {
			panic(broken)
		}
		return nil
	}
	v := &Violation{Strategy: "mine"}
	wrapped := fmt.Errorf("a library: %w", v)
	for _, broken := range []error{nil, v, wrapped} {
		if err := run(broken); err != broken {
			t.Errorf("got %v, want %v", err, broken)
		}
	}
	for _, other := range []any{"a sentence", errors.New("an error"), 7} {
		func() {
			defer func() {
				if got := recover(); got != other {
					t.Errorf("got %v, want the panic %v to go on", got, other)
				}
			}()
			run(other)
		}()
	}
}

// crasher panics with what the test says in the call that it says.
type crasher struct {
	*script
	in   string
	with any
}

func (c *crasher) crash(in string) {
	if c.in == in {
		panic(c.with)
	}
}

func (c *crasher) Alloc(dst []Block, r Request) ([]Block, error) {
	c.crash("Alloc")
	return c.script.Alloc(dst, r)
}

func (c *crasher) Free(blocks []Block)        { c.crash("Free") }
func (c *crasher) FreeCleared(blocks []Block) { c.crash("FreeCleared") }
func (c *crasher) Check() error               { c.crash("Check"); return nil }

func (c *crasher) FreeBlocks() iter.Seq[Block] {
	c.crash("FreeBlocks")
	return c.script.FreeBlocks()
}

// TestCheckedCrash panics in each call of an allocator, with a sentence or an error.
func TestCheckedCrash(t *testing.T) {
	r := Request{Size: p}
	use := func(c *crasher) *Violation {
		c.script = &script{answers: []answer{{blocks: pages(0, 1)}, {blocks: pages(1, 1)}}, free: pages(0, 64)}
		return panicOf(func() {
			s := Strategy{Name: "crasher", New: func(Region) (Allocator, error) { c.crash("New"); return c, nil }}
			in := c.in
			if in == "Check" || in == "FreeBlocks" {
				c.in = "" // not in New
			}
			a, err := CheckedEvery(s, 3).New(Region{Size: 64 * p, Page: p})
			if err != nil {
				t.Error(err)
				return
			}
			one, _ := a.Alloc(nil, r)
			two, _ := a.Alloc(nil, r)
			c.free, c.in = pages(1, 63), in
			a.Free(two)
			a.(ClearFreer).FreeCleared(one)
		})
	}
	check := func(in, where string) {
		t.Helper()
		for _, with := range []any{"a sentence", errors.New("a sentence")} {
			v := use(&crasher{in: in, with: with})
			want := "crasher broke the rule that an allocator panics on a wrong Free only: " + where + ": a sentence"
			if v == nil || v.Error() != want || !strings.Contains(v.Stack, "(*crasher).crash(") {
				t.Errorf("%s: got %+v, want %q", in, v, want)
			}
		}
		own := &Violation{Strategy: "library"}
		if v := use(&crasher{in: in, with: own}); v != own {
			t.Errorf("%s: got %v, want the violation as it is", in, v)
		}
	}
	check("New", "New")
	check("Alloc", "call 1, Alloc of 4096 bytes")
	check("Free", "call 3, Free")
	check("FreeCleared", "call 4, FreeCleared")
	check("Check", "after call 3")
	check("FreeBlocks", "after call 3")
	if v := use(&crasher{}); v != nil {
		t.Error(v)
	}
}

// TestCheckedEvery breaks the tiling and wants it noticed at the next call.
func TestCheckedEvery(t *testing.T) {
	s := &script{answers: []answer{{err: ErrNoSpace}, {err: ErrNoSpace}}, free: pages(0, 64)}
	a, err := CheckedEvery(Strategy{Name: "scripted", New: func(Region) (Allocator, error) { return s, nil }}, 1).New(Region{Size: 64 * p, Page: p})
	if err != nil {
		t.Fatal(err)
	}
	wantRule(t, "", nil, func() { a.Alloc(nil, Request{Size: p}) })
	s.free = nil
	wantRule(t, ruleTiling, []string{"after call 2"}, func() { a.Alloc(nil, Request{Size: p}) })
}
