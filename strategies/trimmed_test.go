package strategies

import (
	"errors"
	"fmt"
	"testing"
)

// trimmer is a script whose trims return what the test says.
type trimmer struct {
	*script
	kept   []Block
	err    error
	resets int
}

func (t *trimmer) Trim(dst, _ []Block, _, _ uint64) ([]Block, error) {
	return append(dst, t.kept...), t.err
}

func (t *trimmer) ResetClear(bool) { t.resets++ }

// trimming is a checked trimmer that holds eight pages from page 8 on, and what holds
// them.
func trimming(t *testing.T, caps Caps, blocks []Block) (*trimmer, Allocator) {
	t.Helper()
	s := &trimmer{script: &script{free: pages(0, 64), answers: []answer{{blocks: blocks}}}}
	a, err := Checked(Strategy{Name: "scripted", Caps: caps, New: func(Region) (Allocator, error) { return s, nil }}).New(Region{Size: 64 * p, Page: p})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := a.Alloc(nil, Request{Size: 8 * p}); err != nil {
		t.Fatal(err)
	}
	return s, a
}

// TestCheckedTrims answers one trim with one list of blocks, or a refusal.
func TestCheckedTrims(t *testing.T) {
	one := pages(8, 8)
	check := func(rule string, caps Caps, held []Block, start, size uint64, kept []Block, err error) {
		t.Helper()
		s, a := trimming(t, caps, held)
		s.kept, s.err = kept, err
		wantRule(t, rule, nil, func() { a.(Trimmer).Trim(nil, held, start, size) })
	}
	odd := fmt.Errorf("%w: odd", ErrInvalid)
	check("", 0, one, 8*p, 8*p, pages(8, 8), nil)
	check("", 0, one, 9*p, 3*p, pages(9, 1, 10, 2), nil)
	check("", CapPow2Blocks, one, 9*p, 3*p, pages(9, 1, 10, 2), nil)
	check("", 0, one, 7*p, 3*p, nil, odd)
	check("", 0, one, 8*p, 9*p, nil, ErrInvalid)
	check("", 0, one, 8*p, 0, nil, ErrInvalid)
	check("", 0, one, 8*p, p/2, nil, ErrInvalid)
	check("", CapScatter, pages(8, 4, 20, 4), 8*p, p, nil, ErrInvalid)
	check(ruleKept, CapPow2Blocks, one, 9*p, 3*p, pages(9, 3), nil)
	check(ruleKept, 0, one, 9*p, 3*p, pages(9, 2), nil)
	check(ruleKept, 0, one, 9*p, 3*p, pages(9, 4), nil)
	check(ruleKept, 0, one, 9*p, 3*p, pages(10, 2, 9, 1), nil)
	check(ruleKept, 0, one, 9*p, 3*p, pages(9, 1, 11, 1), nil)
	check(ruleKept, 0, one, 9*p, 3*p, nil, nil)
	check(ruleTrimOne, 0, one, 7*p, 3*p, pages(7, 3), nil)
	check(ruleTrimOne, 0, one, 14*p, 3*p, pages(14, 3), nil)
	check(ruleTrimOne, 0, one, 8*p, 0, nil, nil)
	check(ruleTrimOne, CapScatter, pages(8, 4, 20, 4), 8*p, p, pages(8, 1), nil)
	check(ruleTrim, 0, one, 9*p, 3*p, nil, odd)
	check(ruleTrim, 0, one, 8*p, 8*p, nil, odd)
	check(ruleTrim, 0, one, 8*p, 9*p, nil, ErrNoSpace)
	check(ruleAppend, 0, one, 8*p, 9*p, pages(8, 9), ErrInvalid)
}

// TestCheckedTrimHolds: after a trim what is left is live as one grant, and what was
// given is not.
func TestCheckedTrimHolds(t *testing.T) {
	one := pages(8, 8)
	s, a := trimming(t, 0, one)
	trim := func(blocks []Block) ([]Block, error) { return a.(Trimmer).Trim(pages(1, 1), blocks, 9*p, 3*p) }
	wantRule(t, ruleFree, []string{"the caller trimmed no blocks at all"}, func() { trim(nil) })
	wantRule(t, ruleFree, []string{"is not live"}, func() { trim(pages(9, 1)) })
	s.kept = pages(9, 1, 10, 2)
	out, err := trim(one)
	if err != nil || len(out) != 3 {
		t.Fatalf("%v, %v", Blocks(out), err)
	}
	wantRule(t, ruleFree, []string{"is not live"}, func() { a.Free(one) })
	wantRule(t, ruleFree, nil, func() { a.Free(out[1:2]) })
	s.free = pages(0, 9, 12, 52)
	if err := a.(Checker).Check(); err != nil {
		t.Error(err)
	}
	a.Free(out[1:])
	s.free = pages(0, 64)
	if err := a.(Checker).Check(); err != nil {
		t.Error(err)
	}
}

// TestCheckedPassesOn: a reset reaches the allocator; one without the abilities refuses
// a trim and ignores a reset.
func TestCheckedPassesOn(t *testing.T) {
	s, a := trimming(t, 0, pages(8, 8))
	s.free = pages(0, 8, 16, 48)
	a.(ClearResetter).ResetClear(true)
	if _, resets := As[ClearResetter](a); s.resets != 1 || !resets {
		t.Errorf("%d resets reached the allocator", s.resets)
	}
	_, a = scripted(0, Region{}, answer{blocks: pages(8, 8)})
	out, _ := a.Alloc(nil, Request{Size: 8 * p})
	a.(ClearResetter).ResetClear(true)
	if kept, err := a.(Trimmer).Trim(nil, out, 8*p, p); !errors.Is(err, ErrInvalid) || kept != nil {
		t.Errorf("an allocator that cannot trim: %v, %v", kept, err)
	}
	if _, trims := As[Trimmer](a); trims {
		t.Error("an allocator that cannot trim is a Trimmer")
	}
}
