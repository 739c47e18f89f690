package strategies

import (
	"errors"
	"fmt"
	"testing"
)

// placer is a script whose extents are placed as the test says.
type placer struct {
	*script
	blocks []Block
	err    error
}

func (k *placer) Place(dst []Block, _, _ uint64) ([]Block, error) {
	return append(dst, k.blocks...), k.err
}

// TestCheckedPlaces places one extent while eight pages from page 8 on are live.
func TestCheckedPlaces(t *testing.T) {
	check := func(rule string, caps Caps, start, size uint64, blocks []Block, err error) {
		t.Helper()
		k := &placer{&script{free: pages(0, 64), answers: []answer{{blocks: pages(8, 8)}}}, blocks, err}
		a := under(t, k)
		a.(*checked).strategy.Caps = caps
		if _, err := a.Alloc(nil, Request{Size: 8 * p}); err != nil {
			t.Fatal(err)
		}
		wantRule(t, rule, nil, func() { a.(Placer).Place(pages(1, 1), start, size) })
	}
	odd := fmt.Errorf("%w: odd", ErrInvalid)
	check("", 0, 2*p, 3*p, pages(2, 3), nil)
	check("", CapPow2Blocks, 3*p, 3*p, pages(3, 1, 4, 2), nil)
	check("", 0, 0, 8*p, pages(0, 8), nil)
	check("", 0, 63*p, p, pages(63, 1), nil)
	check("", 0, 7*p, 2*p, nil, ErrNoSpace)
	check("", 0, 15*p, 2*p, nil, ErrNoSpace)
	check("", 0, 0, 64*p, nil, ErrNoSpace)
	check("", 0, 2*p, 0, nil, ErrInvalid)
	check("", 0, 2*p, p/2, nil, odd)
	check("", 0, 63*p, 2*p, nil, odd)
	check("", 0, p, 1<<64-p, nil, odd)
	check(rulePlace, 0, 7*p, p, nil, ErrNoSpace)
	check(rulePlace, 0, 16*p, p, nil, ErrInvalid)
	check(rulePlace, 0, 7*p, 2*p, nil, ErrInvalid)
	check(rulePlace, 0, 7*p, 2*p, nil, fmt.Errorf("%w: full", ErrNoSpace))
	check(rulePlace, 0, 63*p, 2*p, nil, ErrNoSpace)
	check(rulePlace, 0, 63*p, 2*p, pages(63, 2), nil)
	check(rulePlace, 0, 2*p, 0, nil, nil)
	check(rulePlaced, 0, 2*p, 3*p, pages(2, 2), nil)
	check(rulePlaced, 0, 2*p, 3*p, pages(2, 4), nil)
	check(rulePlaced, 0, 2*p, 3*p, pages(3, 3), nil)
	check(rulePlaced, 0, 2*p, 3*p, pages(2, 1, 4, 2), nil)
	check(rulePlaced, CapPow2Blocks, 2*p, 3*p, pages(2, 3), nil)
	check(rulePlaced, 0, 2*p, 3*p, nil, nil)
	check(ruleOverlap, 0, 7*p, 2*p, pages(7, 2), nil)
	check(ruleAppend, 0, 7*p, 2*p, pages(7, 1), ErrNoSpace)
}

// TestCheckedPlaceHolds: a placed extent is live as one grant, and an allocator without
// the ability refuses.
func TestCheckedPlaceHolds(t *testing.T) {
	k := &placer{&script{free: pages(0, 64)}, pages(9, 1, 10, 2), nil}
	a := under(t, k)
	out, err := a.(Placer).Place(pages(1, 1), 9*p, 3*p)
	if err != nil || len(out) != 3 {
		t.Fatalf("%v, %v", Blocks(out), err)
	}
	wantRule(t, ruleFree, nil, func() { a.Free(out[1:2]) })
	k.free = pages(0, 9, 12, 52)
	if err := a.(Checker).Check(); err != nil {
		t.Error(err)
	}
	a.Free(out[1:])
	k.free = pages(0, 64)
	if err := a.(Checker).Check(); err != nil {
		t.Error(err)
	}
	a = under(t, k.script)
	if _, places := As[Placer](a); places {
		t.Error("an allocator that cannot place is a Placer")
	}
	if out, err := a.(Placer).Place(nil, 0, p); out != nil || !errors.Is(err, ErrInvalid) {
		t.Errorf("an allocator that cannot place: %v, %v", out, err)
	}
}
