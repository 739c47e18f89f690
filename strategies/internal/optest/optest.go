// Package optest runs the same operations on two allocators that must place
// alike, a fast one and an obvious one, and reports the first difference.
//
// # Idea
//
// An operation is decided from the state of the pair: sizes and addresses near
// what is live or was freed lately hit the edges that uniform ones miss. The
// decisions come from a seed ([Run]) or from the bytes of a fuzz input ([Fuzz]),
// so that both search with the same [Mix] of operations. What was run is kept
// as a list of plain operations; a list that fails is reduced by leaving
// operations out, and printed as a trace with the results of the obvious
// allocator, which `vramlab replay -check` accepts.
//
// After each operation the blocks, their order and the class of the error are
// compared; from time to time the free blocks, and the allocators check
// themselves.
package optest

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/workloads/trace"
)

// op allocates under an id, or frees what was allocated under one. A free of an
// id that is not live does nothing, so that any part of a list is a list.
type op struct {
	id      uint64
	req     strategies.Request
	free    bool
	cleared bool // free as zero
}

// pair is two allocators that are given the same operations.
type pair struct {
	region     strategies.Region
	fast, slow strategies.Allocator
	clears     bool // both can be told of cleared memory
	live       []grant
	freed      [4]strategies.Block // freed lately: start of the first block, size of all
	results    map[string]int      // how often each errno came, "" for a grant
}

// grant is an allocation, as each of the two placed it.
type grant struct {
	id         uint64
	fast, slow []strategies.Block
}

func newPair(fast, slow strategies.Strategy, region strategies.Region) (*pair, error) {
	f, err := fast.New(region)
	if err != nil {
		return nil, err
	}
	s, err := slow.New(region)
	if err != nil {
		return nil, err
	}
	_, fastClears := strategies.As[strategies.ClearFreer](f)
	_, slowClears := strategies.As[strategies.ClearFreer](s)
	return &pair{
		region: region, fast: f, slow: s, clears: fastClears && slowClears,
		results: make(map[string]int),
	}, nil
}

// step runs one operation on both.
func (p *pair) step(o op) (err error) {
	defer func() {
		if broken := recover(); broken != nil {
			err = fmt.Errorf("panic: %v", broken)
		}
	}()
	if o.free {
		p.free(o)
		return nil
	}
	slow, slowErr := p.slow.Alloc(nil, o.req)
	fast, fastErr := p.fast.Alloc(nil, o.req)
	p.results[strategies.Errno(slowErr)]++
	if strategies.Errno(fastErr) != strategies.Errno(slowErr) || !slices.EqualFunc(fast, slow, samePlace) {
		return fmt.Errorf("%v: got %s, want %s", o.req, result(fast, fastErr), result(slow, slowErr))
	}
	if slowErr == nil {
		p.live = append(p.live, grant{o.id, fast, slow})
	}
	return nil
}

func (p *pair) free(o op) {
	i := slices.IndexFunc(p.live, func(g grant) bool { return g.id == o.id })
	if i < 0 {
		return
	}
	g := p.live[i]
	p.live = slices.Delete(p.live, i, i+1)
	extent := strategies.Block{Start: g.slow[0].Start}
	for _, b := range g.slow {
		extent.Size += b.Size
	}
	p.freed[o.id%uint64(len(p.freed))] = extent
	for _, side := range []struct {
		a      strategies.Allocator
		blocks []strategies.Block
	}{{p.slow, g.slow}, {p.fast, g.fast}} {
		if o.cleared && p.clears {
			side.a.(strategies.ClearFreer).FreeCleared(side.blocks)
		} else {
			side.a.Free(side.blocks)
		}
	}
}

// compare compares what both have free, and lets both check themselves.
func (p *pair) compare() error {
	fast, slow := freeBlocks(p.fast, p.region), freeBlocks(p.slow, p.region)
	if !slices.EqualFunc(fast, slow, samePlace) {
		return fmt.Errorf("free blocks: got %s, want %s", result(fast, nil), result(slow, nil))
	}
	for _, a := range []strategies.Allocator{p.fast, p.slow} {
		if c, ok := a.(strategies.Checker); ok {
			if err := c.Check(); err != nil {
				return err
			}
		}
	}
	return nil
}

// freeBlocks is what an allocator has free, by address; cut short where it is
// more than the region, for an iterator that does not end.
func freeBlocks(a strategies.Allocator, region strategies.Region) (blocks []strategies.Block) {
	rest := region.Managed()
	for b := range a.FreeBlocks() {
		blocks = append(blocks, b)
		if b.Size > rest {
			break
		}
		rest -= b.Size
	}
	slices.SortFunc(blocks, func(x, y strategies.Block) int {
		return cmp.Or(cmp.Compare(x.Start, y.Start), cmp.Compare(x.Size, y.Size))
	})
	return blocks
}

func samePlace(x, y strategies.Block) bool { return x.Start == y.Start && x.Size == y.Size }

// result is an outcome in the words of the trace format.
func result(blocks []strategies.Block, err error) string {
	if err != nil {
		return fmt.Sprintf("! %s (%v)", strategies.Errno(err), err)
	}
	var s strings.Builder
	s.WriteString("=")
	for _, b := range blocks {
		fmt.Fprintf(&s, " %d+%d", b.Start, b.Size)
	}
	return s.String()
}

// play runs ops on new allocators and returns the first difference; what is
// free is compared at the end only.
func play(fast, slow strategies.Strategy, region strategies.Region, ops []op) error {
	p, err := newPair(fast, slow, region)
	if err != nil {
		return err
	}
	for _, o := range ops {
		if err := p.step(o); err != nil {
			return err
		}
	}
	return p.compare()
}

// explain reduces ops, which fail, and returns how they do with the trace.
func explain(fast, slow strategies.Strategy, region strategies.Region, ops []op) error {
	short := shrink(ops, func(ops []op) bool { return play(fast, slow, region, ops) != nil })
	err := play(fast, slow, region, short)
	if err == nil {
		return errors.New("what failed did not fail when it was run again: an allocator is not deterministic")
	}
	return fmt.Errorf("%s differs from %s: %w\nReduced from %d operations, with the results of %[2]s; after the last line they differ:\n%[5]s",
		fast.Name, slow.Name, err, len(ops), listing(slow, region, short))
}

// shrink leaves operations out, in ever smaller pieces, at last one by one, for
// as long as what is left still fails.
func shrink(ops []op, fails func([]op) bool) []op {
	tries := 5000
	for size := len(ops) / 2; size > 0 && tries > 0; {
		before := len(ops)
		for at := before - size; at >= 0 && tries > 0; at -= size {
			fewer := slices.Concat(ops[:at], ops[at+size:])
			if tries--; fails(fewer) {
				ops = fewer
			}
		}
		if size > 1 || len(ops) == before {
			size /= 2
		}
	}
	return ops
}

// listing is ops as a trace with the results of a strategy.
func listing(s strategies.Strategy, region strategies.Region, ops []op) string {
	a, err := s.New(region)
	if err != nil {
		return err.Error()
	}
	live := make(map[uint64][]strategies.Block)
	var text strings.Builder
	w := trace.NewWriter(&text, region)
	for _, o := range ops {
		blocks, held := live[o.id]
		switch {
		case !o.free:
			w.Alloc(o.id, o.req)
			if live[o.id], err = a.Alloc(nil, o.req); err != nil {
				w.Refused(err)
			} else {
				w.Granted(live[o.id])
			}
			continue
		case !held:
			continue
		case blocks == nil: // refused
		case o.cleared:
			a.(strategies.ClearFreer).FreeCleared(blocks)
		default:
			a.Free(blocks)
		}
		w.Free(o.id, o.cleared)
		delete(live, o.id)
	}
	if err := w.Flush(); err != nil {
		return err.Error()
	}
	return text.String()
}
