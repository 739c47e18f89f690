package program

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/vramlab/vramlab/strategies"
)

// Compare runs n operations of a mix, decided by a seed, on two strategies that must
// place alike, a fast one and an obvious one, then frees everything. It fails at the
// first difference, with the program as a trace that holds the answers of the
// obvious one: "vramlab replay -check" accepts it. Where both count events, each
// operation must count the same.
func Compare(t *testing.T, fast, slow strategies.Strategy, m Mix, seed uint64, n int) {
	t.Helper()
	results, err := differ(fast, slow, m, Seeded(seed, m.Region.Size), n)
	if err != nil {
		t.Fatalf("mix %s, seed %d: %v", m.Name, seed, err)
	}
	if results[""] < n/10 {
		t.Errorf("mix %s, seed %d: of %d operations only %d were granted (%v): this tests little", m.Name, seed, n, results[""], results)
	}
}

// FuzzCompare adds seeds to a native fuzz target that compares the strategies. The
// first byte of an input chooses a mix; each operation takes the next 16.
func FuzzCompare(f *testing.F, fast, slow strategies.Strategy, mixes []Mix) {
	f.Helper()
	rng := rand.New(rand.NewPCG(1, 1))
	for i := range mixes {
		data := []byte{byte(i)}
		for range 60 * opBytes {
			data = append(data, byte(rng.Uint32()))
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) == 0 {
			return
		}
		m := mixes[int(data[0])%len(mixes)]
		script := &script{data: data[1:]}
		if _, err := differ(fast, slow, m, script, len(script.data)/opBytes); err != nil {
			t.Fatalf("mix %s: %v", m.Name, err)
		}
	})
}

// visitKnower is a slow allocator that counts, but not the visits of every operation.
type visitKnower interface {
	// KnowsVisits reports whether the visits of the latest operation were counted.
	KnowsVisits() bool
}

// pair is two allocators that are given the same operations.
type pair struct {
	fast, slow *Run
	clears     bool           // both can be told of cleared memory
	counts     bool           // both count events
	trims      bool           // the fast one can trim
	resets     bool           // the fast one can be told what free memory is
	results    map[string]int // how often each errno came, "" for a grant
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
	_, fastCounts := strategies.As[strategies.Counter](f)
	_, slowCounts := strategies.As[strategies.Counter](s)
	_, fastTrims := strategies.As[strategies.Trimmer](f)
	_, fastResets := strategies.As[strategies.ClearResetter](f)
	return &pair{
		fast:    &Run{Region: region, Allocator: f},
		slow:    &Run{Region: region, Allocator: s},
		clears:  fastClears && slowClears,
		counts:  fastCounts && slowCounts,
		trims:   fastTrims,
		resets:  fastResets,
		results: make(map[string]int),
	}, nil
}

// step runs one operation on both and returns how the answers differ.
func (p *pair) step(o Op) error {
	o.Cleared = o.Cleared && p.clears
	return Try(func() {
		slowBefore, fastBefore := p.slow.counters(), p.fast.counters()
		want := p.slow.Do(o)
		got := p.fast.Do(o)
		if !got.Same(want) {
			Failf("%v: got %v, want %v", o, got, want)
		}
		p.sameEvents(o, minus(p.fast.counters(), fastBefore), minus(p.slow.counters(), slowBefore))
		if o.Kind == Alloc {
			p.results[strategies.Errno(want.Err)]++
		}
	})
}

// sameEvents fails unless both counted the same events for o, where both count.
func (p *pair) sameEvents(o Op, got, want strategies.Counters) {
	if !p.counts {
		return
	}
	if k, ok := p.slow.Allocator.(visitKnower); ok && !k.KnowsVisits() {
		got.Visits, want.Visits = 0, 0
	}
	if got != want {
		Failf("%v: counted %+v, want %+v", o, got, want)
	}
}

// counters are the events that the allocator has counted, none if it does not count.
func (r *Run) counters() (c strategies.Counters) {
	if counter, ok := strategies.As[strategies.Counter](r.Allocator); ok {
		c = counter.Counters()
	}
	return c
}

func minus(a, b strategies.Counters) strategies.Counters {
	return strategies.Counters{Splits: a.Splits - b.Splits, Merges: a.Merges - b.Merges, Visits: a.Visits - b.Visits}
}

// compare compares what both have free, and lets both check themselves.
func (p *pair) compare() error {
	fast, slow := freeBlocks(p.fast), freeBlocks(p.slow)
	if !slices.EqualFunc(fast, slow, samePlace) {
		return fmt.Errorf("free blocks: got %v, want %v", strategies.Blocks(fast), strategies.Blocks(slow))
	}
	for _, r := range []*Run{p.fast, p.slow} {
		if c, ok := r.Allocator.(strategies.Checker); ok {
			if err := c.Check(); err != nil {
				return err
			}
		}
	}
	return nil
}

// freeBlocks is what an allocator has free, by address; cut short where it is
// more than the region, for an iterator that does not end.
func freeBlocks(r *Run) (blocks []strategies.Block) {
	rest := r.Region.Managed()
	for b := range r.Allocator.FreeBlocks() {
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

// differ returns how often each result came.
func differ(fast, slow strategies.Strategy, m Mix, c Chooser, n int) (map[string]int, error) {
	const interval = 256 // operations between two comparisons of what is free
	p, err := newPair(fast, slow, m.Region)
	if err != nil {
		return nil, err
	}
	if !p.trims {
		m.Trim = 0
	}
	if !p.resets {
		m.Reset = 0
	}
	author := NewAuthor(m, p.slow, c, n)
	for i := 0; i < n || len(p.slow.Live) > 0; i++ {
		err := p.step(author.Next())
		if err == nil && (i%interval == interval-1 || i >= n && len(p.slow.Live) == 0) {
			err = p.compare()
		}
		if err != nil {
			return nil, explain(fast, slow, Program{m.Region, p.slow.Done})
		}
	}
	return p.results, nil
}

// play runs ops on new allocators and returns the first difference; what is
// free is compared at the end only.
func play(fast, slow strategies.Strategy, region strategies.Region, ops []Op) ([]Op, error) {
	p, err := newPair(fast, slow, region)
	if err != nil {
		return nil, err
	}
	for _, o := range ops {
		if err := p.step(o); err != nil {
			return p.slow.Done, err
		}
	}
	return p.slow.Done, p.compare()
}

// explain reduces a program that the strategies answer differently.
func explain(fast, slow strategies.Strategy, p Program) error {
	r := Reduce(p, "with the answers of "+slow.Name, func(ops []Op) ([]Op, error) {
		return play(fast, slow, p.Region, ops)
	})
	right, err := newPair(slow, slow, p.Region)
	if err != nil {
		return err
	}
	if Try(func() {
		for _, o := range r.Ops {
			r.Answers = append(r.Answers, right.slow.Do(o))
		}
	}) != nil {
		r.Answers = nil // it is the slow one that fails
	}
	return fmt.Errorf("%s differs from %s: %w", fast.Name, slow.Name, r)
}
