package shared_test

import (
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/strategies/shared"
	"github.com/vramlab/vramlab/strategies/tlsf"
)

// owners says for each page which goroutine has it, as the hardware would see
// it: a page that is given out twice is noticed at once.
type owners []atomic.Int32

func (o owners) swap(t *testing.T, blocks []strategies.Block, old, new int32) {
	for _, b := range blocks {
		for p := b.Start / page; p < b.End()/page; p++ {
			if !o[p].CompareAndSwap(old, new) {
				t.Errorf("page %d belongs to %d, not %d", p, o[p].Load(), old)
			}
		}
	}
}

const (
	pages      = 1000
	goroutines = 4
)

// TestConcurrent allocates and frees from several goroutines, near full and of
// sizes that need several shards too. Some grants are passed on and freed by
// another goroutine.
func TestConcurrent(t *testing.T) {
	var list []strategies.Strategy
	for _, s := range sharded() {
		list = append(list, shared.Locked(s), shared.Sharded(s, 4))
	}
	for _, s := range list {
		t.Run(s.Name, func(t *testing.T) {
			t.Parallel()
			a := newAllocator(t, s, strategies.Region{Size: pages * page, Page: page})
			held := make(owners, pages)
			passed := make(chan []strategies.Block, 64)
			var all sync.WaitGroup
			for g := range goroutines {
				w := worker{t, shared.Home(a, g), held, passed, int32(g + 1), rand.New(rand.NewPCG(uint64(g), 1))}
				all.Go(w.run)
			}
			all.Wait()
			close(passed)
			for blocks := range passed {
				a.Free(blocks)
			}
			if err := a.(strategies.Checker).Check(); err != nil {
				t.Error(err)
			}
			a.Free(alloc(t, a, strategies.Request{Size: pages * page}))
		})
	}
}

type worker struct {
	*testing.T
	a      strategies.Allocator
	held   owners
	passed chan []strategies.Block
	id     int32
	rng    *rand.Rand
}

func (w worker) run() {
	var live [][]strategies.Block
	for range 2000 {
		if len(live) > 8 || len(live) > 0 && w.rng.IntN(5) < 2 {
			i := w.rng.IntN(len(live))
			w.drop(live[i])
			live[i] = live[len(live)-1]
			live = live[:len(live)-1]
			continue
		}
		blocks, err := w.a.Alloc(nil, w.request())
		if err == nil {
			w.held.swap(w.T, blocks, 0, w.id)
			live = append(live, blocks)
		} else if strategies.Errno(err) == "" {
			w.Error(err)
		}
	}
	for _, blocks := range live {
		w.drop(blocks)
	}
}

func (w worker) request() strategies.Request {
	r := strategies.Request{Size: (1 + w.rng.Uint64N(1<<w.rng.IntN(9))) * page}
	switch w.rng.IntN(8) {
	case 0:
		r.Align = page << w.rng.IntN(9)
	case 1:
		r.Flags = strategies.TopDown
	case 2:
		r.Flags, r.Lo, r.Hi = strategies.Range, 100*page, 700*page
	case 3:
		r.Flags = strategies.Contiguous
	}
	return r
}

// drop frees blocks, or those that another goroutine passed on.
func (w worker) drop(blocks []strategies.Block) {
	w.held.swap(w.T, blocks, w.id, 0)
	if w.rng.IntN(2) == 0 {
		select {
		case w.passed <- blocks:
			blocks = <-w.passed
		default:
		}
	}
	w.a.Free(blocks)
}

// TestReaders reads everything that can be read while others allocate.
func TestReaders(t *testing.T) {
	for _, s := range []strategies.Strategy{shared.Locked(tlsf.Strategy), shared.Sharded(tlsf.Strategy, 3)} {
		a := newAllocator(t, s, strategies.Region{Size: pages * page, Page: page})
		var all sync.WaitGroup
		for range 2 {
			all.Go(func() {
				for range 300 {
					a.Free(alloc(t, a, strategies.Request{Size: 3 * page}))
				}
			})
		}
		for range 100 {
			var free uint64
			for b := range a.FreeBlocks() {
				free += b.Size
			}
			if free < (pages-6)*page || free > pages*page {
				t.Errorf("%s: %d pages are free", s.Name, free/page)
			}
			if err := a.(strategies.Checker).Check(); err != nil {
				t.Error(err)
			}
			_ = a.(strategies.Counter).Counters()
			_ = a.(strategies.Footprinter).Footprint()
		}
		all.Wait()
		// A grant splits a hole, unless the hole is as large, and all that was split
		// is merged in the end.
		if c := a.(strategies.Counter).Counters(); c.Visits < 600 || c.Splits < 300 || c.Merges != c.Splits {
			t.Errorf("%s: %+v after 600 grants", s.Name, c)
		}
	}
}

// meddler is an allocator that does something else first when it is asked.
type meddler struct {
	strategies.Allocator
	before func()
}

func (m *meddler) Alloc(dst []strategies.Block, r strategies.Request) ([]strategies.Block, error) {
	if m.before != nil {
		m.before()
	}
	return m.Allocator.Alloc(dst, r)
}

// TestTrueRefusal frees a page of the first shard when that has refused a
// request and the second is being asked: it must be found, in both orders.
func TestTrueRefusal(t *testing.T) {
	for _, flags := range []strategies.Flags{0, strategies.TopDown} {
		var shards []*meddler
		s := tlsf.Strategy
		s.New = func(r strategies.Region) (strategies.Allocator, error) {
			a, err := tlsf.Strategy.New(r)
			shards = append(shards, &meddler{Allocator: a})
			return shards[len(shards)-1], err
		}
		a := newAllocator(t, shared.Sharded(s, 2), strategies.Region{Size: 2 * page, Page: page})
		held := [][]strategies.Block{alloc(t, a, strategies.Request{Size: page}), alloc(t, a, strategies.Request{Size: page})}
		first, second := 0, 1
		if flags != 0 {
			first, second = 1, 0
		}
		shards[second].before = func() {
			shards[second].before = nil
			a.Free(held[first])
		}
		blocks, err := a.Alloc(nil, strategies.Request{Size: page, Flags: flags})
		if err != nil || blocks[0].Start != uint64(first)*page {
			t.Errorf("%v while a page is freed in the shard asked first: %v", blocks, err)
		}
	}
}
