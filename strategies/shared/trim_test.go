package shared_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/strategies/buddy"
	"github.com/vramlab/vramlab/strategies/shared"
	"github.com/vramlab/vramlab/strategies/strategytest"
)

// TestTrim holds wrappers of a strategy that trims to the rules.
func TestTrim(t *testing.T) {
	s := strategytest.Reference
	for _, w := range []strategies.Strategy{shared.Locked(s), shared.Sharded(s, 1), shared.Sharded(s, 4), shared.Sharded(strategytest.Scattering, 3)} {
		for _, rule := range strategytest.Rules() {
			if slices.Contains([]string{"trim", "badtrim"}, rule.Name) {
				if err := rule.Check(w); err != nil {
					t.Error(err)
				}
			}
		}
	}
}

// TestTrimAcross: a grant in several shards cannot be trimmed, and is as it was; a part of
// it is no grant.
func TestTrimAcross(t *testing.T) {
	a := newAllocator(t, shared.Sharded(strategytest.Reference, 4), strategies.Region{Size: 1 << 20, Page: page})
	whole, err := a.Alloc(nil, strategies.Request{Size: 1 << 20})
	if err != nil || len(whole) != 4 {
		t.Fatal(strategies.Blocks(whole), err)
	}
	trimmer := a.(strategies.Trimmer)
	if kept, err := trimmer.Trim(nil, whole, 0, page); !errors.Is(err, strategies.ErrInvalid) || kept != nil {
		t.Errorf("trim of four blocks: %v, %v", strategies.Blocks(kept), err)
	}
	for _, part := range [][]strategies.Block{whole[:1], whole[1:3], nil} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("a trim of %v was accepted", strategies.Blocks(part))
				}
			}()
			trimmer.Trim(nil, part, 0, page)
		}()
	}
	a.Free(whole)
	if free := strategies.Blocks(slices.Collect(a.FreeBlocks())); len(free) != 4 {
		t.Errorf("after everything was given back %v is free", free)
	}
}

// resetting counts resets.
type resetting struct {
	strategies.Allocator
	to *[]bool
}

func (r resetting) ResetClear(cleared bool) { *r.to = append(*r.to, cleared) }

// TestReset: a reset reaches every shard, and an allocator that cannot is left alone.
func TestReset(t *testing.T) {
	var seen []bool
	s := strategytest.Reference
	inner := s.New
	s.New = func(r strategies.Region) (strategies.Allocator, error) {
		a, err := inner(r)
		return resetting{a, &seen}, err
	}
	region := strategies.Region{Size: 1 << 20, Page: page}
	newAllocator(t, shared.Sharded(s, 4), region).(strategies.ClearResetter).ResetClear(true)
	newAllocator(t, shared.Locked(s), region).(strategies.ClearResetter).ResetClear(false)
	if want := []bool{true, true, true, true, false}; !slices.Equal(seen, want) {
		t.Errorf("resets %v, want %v", seen, want)
	}
	newAllocator(t, shared.Sharded(strategytest.Reference, 4), region).(strategies.ClearResetter).ResetClear(true)
}

// TestPlace: a lock passes extents on, and refuses for an allocator that places none.
func TestPlace(t *testing.T) {
	for _, rule := range strategytest.Rules() {
		if rule.Name == "place" {
			if err := rule.Check(shared.Locked(buddy.LIFO)); err != nil {
				t.Error(err)
			}
		}
	}
	region := strategies.Region{Size: 1 << 20, Page: page}
	got, err := newAllocator(t, shared.Locked(buddy.LIFO), region).(strategies.Placer).Place(nil, 3*page, page)
	if err != nil || len(got) != 1 || got[0].Start != 3*page || got[0].Size != page {
		t.Errorf("%v, %v", strategies.Blocks(got), err)
	}
	a := newAllocator(t, shared.Locked(strategytest.Reference), region).(strategies.Placer)
	if got, err := a.Place(nil, 0, page); got != nil || !errors.Is(err, strategies.ErrInvalid) {
		t.Errorf("an allocator that places no extent: %v, %v", got, err)
	}
}
