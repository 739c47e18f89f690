package strategies

import (
	"errors"
	"fmt"
	"testing"
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
}

// TestViolation wants every field of one that Checked panics with, and of one
// that Check returns.
func TestViolation(t *testing.T) {
	inner, a := scripted(0, Region{}, answer{blocks: pages(0, 1)}, answer{blocks: pages(0, 1)})
	r := Request{Size: p}
	blocks, _ := a.Alloc(nil, r)
	got := panicOf(func() { a.Alloc(nil, r) })
	want := Violation{"scripted", ruleOverlap, "Alloc", 2, r, "granted 0+4096: 0+4096 overlaps 0+4096"}
	if got == nil || *got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	a.Free(blocks)
	got = panicOf(func() { a.Free(blocks) })
	want = Violation{"scripted", ruleFree, "Free", 4, Request{}, "the caller freed 0+4096: 0+4096 is not live: freed before, or never granted"}
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
