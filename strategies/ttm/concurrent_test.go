package ttm_test

import (
	"errors"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/strategies/ttm"
)

// bo is a buffer object that several goroutines use. Its lock stands for the kernel's
// reservation lock: who holds it may use vram.
type bo struct {
	sync.Mutex
	vram ttm.Resource
	here bool // vram holds memory; otherwise the contents are elsewhere
	id   int32
}

// owners is the object that has each page, as the hardware would see it, so that a page
// granted twice is noticed at once.
type owners []atomic.Int32

func (o owners) swap(t *testing.T, r *ttm.Resource, old, new int32) {
	for _, b := range r.Blocks() {
		for at := b.Start / page; at < b.End()/page; at++ {
			if !o[at].CompareAndSwap(old, new) {
				t.Errorf("page %d belongs to object %d, not %d", at, o[at].Load(), old)
			}
		}
	}
}

// machine is a manager with its objects.
type machine struct {
	*testing.T
	*ttm.Manager
	objects []bo
	pages   owners
	groups  []*ttm.Group
	bulks   []*ttm.Bulk
}

func newMachine(t *testing.T, s strategies.Strategy, pages uint64) *machine {
	m := &machine{T: t, objects: make([]bo, 64), pages: make(owners, pages)}
	m.Manager = newManager(t, s, pages, pages/4, ttm.Options{Evict: m.evict})
	m.MeasureHolds(true)
	m.groups = append(m.groups, nil, m.NewGroup("all", nil, ttm.Limits{Max: pages * page * 3 / 4, Min: page}))
	for _, l := range []ttm.Limits{{Max: pages * page / 4}, {Low: pages * page / 4}, {Min: pages * page / 8}} {
		m.groups = append(m.groups, m.NewGroup("below", m.groups[1], l))
	}
	m.bulks = []*ttm.Bulk{nil, m.NewBulk(), m.NewBulk(), m.NewBulk()}
	for i := range m.objects {
		b := &m.objects[i]
		b.id, b.vram.Owner = int32(i+1), b
	}
	return m
}

// evict is the callback: it never waits for an object.
func (m *machine) evict(victim *ttm.Resource) error {
	b := victim.Owner.(*bo)
	if !b.TryLock() {
		return ttm.ErrBusy
	}
	defer b.Unlock()
	m.pages.swap(m.T, victim, b.id, 0)
	b.here = false
	return nil
}

// use does a random operation on a random object.
func (m *machine) use(rng *rand.Rand) {
	b := &m.objects[rng.IntN(len(m.objects))]
	b.Lock()
	defer b.Unlock()
	if !b.here {
		m.bringIn(b, rng)
		return
	}
	switch rng.IntN(8) {
	case 2:
		m.SetPriority(&b.vram, uint8(rng.IntN(ttm.Priorities)))
	case 3:
		m.SetBulk(&b.vram, m.bulks[rng.IntN(len(m.bulks))])
	case 4:
		m.Bump(m.bulks[1+rng.IntN(len(m.bulks)-1)])
	case 0, 5:
		m.pages.swap(m.T, &b.vram, b.id, 0)
		b.here = false
		m.Free(&b.vram)
	case 1:
		m.Pin(&b.vram)
		m.pages.swap(m.T, &b.vram, b.id, -b.id) // a blit of it
		m.pages.swap(m.T, &b.vram, -b.id, b.id)
		m.Unpin(&b.vram)
	default:
		m.Touch(&b.vram)
	}
}

func (m *machine) bringIn(b *bo, rng *rand.Rand) {
	visible := ttm.Place{Hi: uint64(len(m.pages)) / 4 * page}
	q := ttm.Request{Size: page * (1 + rng.Uint64N(12)), Places: []ttm.Place{{Flags: strategies.TopDown}, visible}}
	if rng.IntN(2) == 0 {
		q.Places = q.Places[1:]
	}
	q.Priority = uint8(rng.IntN(ttm.Priorities))
	q.Group, q.Bulk = m.groups[rng.IntN(len(m.groups))], m.bulks[rng.IntN(len(m.bulks))]
	err := m.Alloc(&b.vram, q)
	switch {
	case err == nil:
		b.here = true
		m.pages.swap(m.T, &b.vram, 0, b.id)
	case !errors.Is(err, strategies.ErrNoSpace): // all others may be busy
		m.Error(err)
	}
}

// TestConcurrent has several goroutines allocate, use, evict and free objects of one
// manager. The objects together are about twice as large as the region.
func TestConcurrent(t *testing.T) {
	for _, s := range under {
		t.Run(s.Name, func(t *testing.T) {
			m := newMachine(t, s, 160)
			var wg sync.WaitGroup
			for g := range uint64(6) {
				wg.Go(func() {
					rng := rand.New(rand.NewPCG(g, 5))
					for range 1500 {
						m.use(rng)
					}
				})
			}
			wg.Go(func() {
				for range 200 {
					m.Avail()
					m.Holds()
					if err := m.Check(); err != nil {
						t.Error(err)
					}
				}
			})
			wg.Go(func() {
				for i := range 200 {
					seen := make(map[int32]bool)
					for r := range m.Oldest() {
						id := r.Owner.(*bo).id
						if seen[id] {
							t.Errorf("a walk sees object %d twice", id)
						}
						seen[id] = true
					}
					m.groups[2].SetLimits(ttm.Limits{Max: uint64(i%40+1) * page})
					if i%20 == 0 {
						if err := m.Retire(uint64(i)*page/2, page); err != nil {
							t.Error(err)
						}
					}
				}
			})
			wg.Wait()
			if st := m.Stats(); st.Evicted == 0 {
				t.Errorf("nothing was evicted: %+v", st)
			}
			if _, _, markers := m.Order(); markers != 0 {
				t.Errorf("%d markers were left in the list", markers)
			}
			if err := m.EvictAll(); err != nil {
				t.Error(err)
			}
			if taken, pending := m.Retired(); taken != 10*page || pending != 0 {
				t.Errorf("retired are %d bytes, pending %d", taken, pending)
			}
			mustClose(t, m.Manager)
		})
	}
}
