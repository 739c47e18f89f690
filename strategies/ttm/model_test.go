package ttm_test

import (
	"errors"
	"slices"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/strategies/ttm"
)

// model is the slow, obvious manager: it keeps lists of live resources and counts
// everything anew, page by page, each time. It has an allocator of its own, of the same
// strategy, and makes the same calls.
type model struct {
	a       strategies.Allocator
	managed uint64
	visible uint64
	align   uint64 // 0 = the region's page
	evicts  bool

	lru      [ttm.Priorities][]*thing // oldest first
	pinned   []*thing
	reserved [][]strategies.Block
	groups   []*share
	retired  uint64          // bytes of reserved that are there for being bad
	pending  map[uint64]bool // bad pages of the region in use, by address
	page     uint64
	clock    int // of uses

	stats ttm.Stats
	asked []uint64 // the ids of the objects that were to be evicted, in that order
}

// thing is a live resource of the model.
type thing struct {
	id     uint64
	size   uint64
	inside bool // its whole window was visible
	place  ttm.Place
	blocks []strategies.Block
	pins   int

	priority uint8
	group    *share
	bulk     int // 0: none
	used     int // the model's clock at the latest use
}

var errHard = errors.New("the copy engine is on fire")

// verdict is the result of the callback for an object, the same in the model and in the
// manager.
func verdict(id uint64) error {
	switch {
	case id%64 == 33:
		return errHard
	case id%8 == 7:
		return ttm.ErrBusy
	}
	return nil
}

func newModel(s strategies.Strategy, r strategies.Region, o ttm.Options) (*model, error) {
	a, err := s.New(r)
	if err != nil {
		return nil, err
	}
	m := &model{a: a, managed: r.Managed(), visible: r.Visible / 4096 * 4096, align: o.DefaultPage, evicts: o.Evict != nil,
		pending: make(map[uint64]bool), page: r.Page}
	if r.Visible == 0 || m.visible > m.managed {
		m.visible = m.managed
	}
	if o.NoBAR {
		m.visible = 0
	}
	return m, nil
}

// pagesIn counts the pages of blocks one by one: those inside [lo, hi), those with a
// byte there, and all.
func pagesIn(blocks []strategies.Block, lo, hi uint64) (in, touch, all uint64) {
	for _, b := range blocks {
		for at := b.Start; at < b.End(); at += 4096 {
			all++
			if lo <= at && at+4096 <= hi {
				in++
			}
			if at < hi && at+4096 > lo {
				touch++
			}
		}
	}
	return in, touch, all
}

// visibleOf is the number of bytes of t that count as visible.
func (m *model) visibleOf(t *thing) uint64 {
	if t.inside {
		return (t.size + 4095) / 4096 * 4096
	}
	in, _, _ := pagesIn(t.blocks, 0, m.visible)
	return in * 4096
}

// order is the order in which walks see what is not pinned.
func (m *model) order() []*thing { return slices.Concat(m.lru[:]...) }

func (m *model) live() []*thing { return append(m.order(), m.pinned...) }

// avail adds up everything that is not free.
func (m *model) avail() ttm.Avail {
	free := ttm.Avail{Total: m.managed, Visible: m.visible}
	for _, t := range m.live() {
		_, _, all := pagesIn(t.blocks, 0, 0)
		free.Total -= all * 4096
		free.Visible -= m.visibleOf(t)
	}
	for _, blocks := range m.reserved {
		in, _, all := pagesIn(blocks, 0, m.visible)
		free.Total -= all * 4096
		free.Visible -= in * 4096
	}
	return free
}

func (m *model) bounds(p ttm.Place) (lo, hi uint64) {
	if p.Hi == 0 {
		p.Hi = m.managed
	}
	return p.Lo, p.Hi
}

func (m *model) intersects(t *thing, p ttm.Place) bool {
	lo, hi := m.bounds(p)
	_, touch, _ := pagesIn(t.blocks, lo, hi)
	return touch > 0 || lo == 0 && hi == m.managed
}

func (m *model) compatible(t *thing, p ttm.Place) bool {
	lo, hi := m.bounds(p)
	switch {
	case lo == 0 && hi == m.managed:
		return true
	case lo == 0 && hi == m.visible:
		return m.visibleOf(t) == (t.size+4095)/4096*4096
	}
	in, _, all := pagesIn(t.blocks, lo, hi)
	return in == all
}

// try allocates at one place.
func (m *model) try(w *want, p ttm.Place) error {
	q := w.Request
	lo, hi := m.bounds(p)
	switch {
	case q.Size == 0 || lo%4096 != 0 || hi%4096 != 0:
		return strategies.ErrInvalid
	case q.Size > hi:
		return strategies.ErrTooBig
	case m.refuses(w.group, q.Size) != nil:
		m.stats.Limited++
		return strategies.ErrNoSpace
	case hi <= m.visible && q.Size > m.avail().Visible:
		return strategies.ErrNoSpace
	}
	r := strategies.Request{Size: q.Size, Align: m.align, Flags: p.Flags}
	if q.Align != 0 {
		r.Align = q.Align
	}
	if lo != 0 || hi != m.managed {
		r.Lo, r.Hi, r.Flags = lo, hi, r.Flags|strategies.Range
	}
	blocks, err := m.a.Alloc(nil, r)
	if err == nil {
		m.age(&thing{id: w.id, size: q.Size, inside: hi <= m.visible, place: p, blocks: blocks,
			priority: q.Priority, group: w.group, bulk: w.bulk})
	}
	return err
}

// want is a request to the model.
type want struct {
	ttm.Request
	id    uint64
	group *share
	bulk  int
}

func (m *model) alloc(w *want) error {
	places := w.Places
	if len(places) == 0 {
		places = []ttm.Place{{}}
	}
	for _, p := range places {
		if p.Use == ttm.Fallback {
			continue
		}
		if err := m.try(w, p); !errors.Is(err, strategies.ErrNoSpace) {
			return err
		}
	}
	for _, p := range places {
		if p.Use == ttm.Fallback {
			if err := m.try(w, p); !errors.Is(err, strategies.ErrNoSpace) {
				return err
			}
		}
		if !m.evicts || w.NoEvict || p.Use == ttm.Desired {
			continue
		}
		if err := m.makeRoom(w, p); !errors.Is(err, strategies.ErrNoSpace) {
			return err
		}
	}
	return strategies.ErrNoSpace
}

// makeRoom walks until nothing can be gained by another walk.
func (m *model) makeRoom(w *want, p ttm.Place) error {
	for g := w.group; g != nil; g = g.parent {
		if g.limits.Max != 0 && w.Size > g.limits.Max {
			return strategies.ErrNoSpace
		}
	}
	limit := m.refuses(w.group, w.Size)
	for {
		evicted, spared, err := m.walk(w, p, limit, false)
		if err == strategies.ErrNoSpace && spared {
			var more bool
			more, _, err = m.walk(w, p, limit, true)
			evicted = evicted || more
		}
		now := m.refuses(w.group, w.Size)
		if err != strategies.ErrNoSpace || !evicted || now == limit {
			return err
		}
		limit = now
	}
}

// walk evicts the resources that intersect p and that the groups give up, the lowest
// priority and the oldest first, until the allocation fits. It returns whether any was
// evicted, and whether any was spared for its group's Low, which can be overruled.
func (m *model) walk(w *want, p ttm.Place, limit *share, noLow bool) (evicted, spared bool, err error) {
	for _, t := range m.order() {
		m.stats.Looked++
		if !m.intersects(t, p) {
			continue
		}
		least, low := m.protects(t.group, limit)
		if least || low && !noLow {
			spared = spared || !least
			continue
		}
		switch err := m.evict(t); err {
		case ttm.ErrBusy:
			continue
		case nil:
		default:
			return evicted, spared, err
		}
		evicted = true
		if err := m.try(w, p); !errors.Is(err, strategies.ErrNoSpace) {
			return evicted, spared, err
		}
	}
	return evicted, spared, strategies.ErrNoSpace
}

func (m *model) evictAll() error {
	if !m.evicts {
		return nil
	}
	for _, t := range m.order() {
		m.stats.Looked++
		if err := m.evict(t); err != nil && err != ttm.ErrBusy {
			return err
		}
	}
	return nil
}

// evict frees t unless the verdict is another, and counts.
func (m *model) evict(t *thing) error {
	m.asked = append(m.asked, t.id)
	err := verdict(t.id)
	switch err {
	case nil:
		m.stats.Evicted++
		m.stats.EvictedBytes += t.size
		m.free(t.id, false)
	case ttm.ErrBusy:
		m.stats.Busy++
	}
	return err
}

// find returns the live thing of an id, nil if there is none.
func (m *model) find(id uint64) *thing {
	live := m.live()
	if i := slices.IndexFunc(live, func(t *thing) bool { return t.id == id }); i >= 0 {
		return live[i]
	}
	return nil
}

// without is list without t.
func without(list []*thing, t *thing) []*thing {
	return slices.DeleteFunc(list, func(x *thing) bool { return x == t })
}

func (m *model) free(id uint64, cleared bool) {
	t := m.find(id)
	m.drop(t)
	if c, ok := strategies.As[strategies.ClearFreer](m.a); ok && cleared {
		c.FreeCleared(t.blocks)
	} else {
		m.a.Free(t.blocks)
	}
	for _, b := range t.blocks {
		m.takePending(b.Start/m.page*m.page, b.End())
	}
}

func (m *model) reserve(start, size uint64) error {
	blocks, err := m.a.Alloc(nil, strategies.Request{Size: size, Lo: start, Hi: start + size, Flags: strategies.Range})
	if err == nil {
		m.reserved = append(m.reserved, blocks)
	}
	return err
}
