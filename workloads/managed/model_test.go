package managed

import (
	"cmp"
	"errors"
	"slices"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/strategies/ttm"
)

const page = 4096

// model is the slow, obvious replay: memory is an array of pages, first fit is a loop over
// it, the list of the least recently used is sorted by time, and every count is made anew.
type model struct {
	plan    *Plan
	pools   []*pool // by region, system memory none
	things  map[int]*thing
	bulks   map[[2]int]int // by rule and region: when its members there were last used together
	flows   map[[2]int]Flow
	clock   int
	evicted bool
	r       Result
}

// pool is the memory of a region.
type pool struct {
	scatter bool
	owner   []int        // by page: the object there, 0 for none, gone for a page that is out of use
	bad     map[int]bool // pages that went bad, in use perhaps
	visible int          // pages
}

// gone owns pages that are out of use.
const gone = -1

// nowhere is where an object is that was refused.
const nowhere = -1

// thing is a live object, by its slot + 1.
type thing struct {
	pages  int
	rule   *rule
	object *object
	flags  strategies.Flags
	used   int
	in     int  // region
	inside bool // granted in the visible part alone
}

// fit is first fit below a limit, from above for top-down. It returns the pages or nil.
func (m *pool) fit(pages, limit int, flags strategies.Flags) (at []int) {
	order := make([]int, limit)
	for i := range order {
		order[i] = i
		if flags&strategies.TopDown != 0 {
			order[i] = limit - 1 - i
		}
	}
	whole := !m.scatter || flags&strategies.Contiguous != 0
	for _, i := range order {
		switch free := m.owner[i] == 0; {
		case free && len(at) < pages:
			at = append(at, i)
		case !free && whole && len(at) < pages:
			at = nil
		}
	}
	if len(at) < pages {
		return nil
	}
	return at
}

func (m *pool) count(id int) (n int) {
	for _, o := range m.owner {
		if o == id {
			n++
		}
	}
	return n
}

// visibleFree is what the manager of a region counts as free in the visible part: an object
// granted there counts with its size, another one with its pages there.
func (m *model) visibleFree(region int) int {
	p := m.pools[region]
	n := p.visible
	for _, o := range p.owner[:p.visible] {
		if o == gone {
			n--
		}
	}
	for id, t := range m.things {
		switch {
		case t.in != region:
		case t.inside:
			n -= t.pages
		default:
			for _, o := range p.owner[:p.visible] {
				if o == id {
					n--
				}
			}
		}
	}
	return n
}

// limits are those of an object's rule in a region.
func (m *model) limits(t *thing, region int) (l ttm.Limits) {
	if region < m.plan.tiles {
		l = m.plan.limits[t.rule.number]
	}
	return l
}

// use is how many bytes the objects of a rule have in a region.
func (m *model) use(r *rule, region int) (bytes uint64) {
	for _, t := range m.things {
		if t.rule == r && t.in == region {
			bytes += uint64(t.pages) * page
		}
	}
	return bytes
}

// exceeds reports whether an object is more than what the limit of its rule leaves.
func (m *model) exceeds(t *thing, region int) bool {
	limit := m.limits(t, region).Max
	return limit > 0 && m.use(t.rule, region)+uint64(t.pages)*page > limit
}

// window is the number of pages that a place has.
func (m *model) window(p place, t *thing) int {
	pool := m.pools[p.of(t.object)]
	if p.visible {
		return pool.visible
	}
	return len(pool.owner)
}

// put tries a place without eviction.
func (m *model) put(id int, p place) error {
	t := m.things[id]
	region, window := p.of(t.object), m.window(p, t)
	pool := m.pools[region]
	switch {
	case t.pages == 0:
		return strategies.ErrInvalid
	case t.pages > window:
		return strategies.ErrTooBig
	case m.exceeds(t, region), window <= pool.visible && t.pages > m.visibleFree(region):
		return strategies.ErrNoSpace
	}
	flags := p.flags
	if region < m.plan.tiles {
		flags |= t.flags
	}
	at := pool.fit(t.pages, window, flags)
	if at == nil {
		return strategies.ErrNoSpace
	}
	m.move(id, region, at)
	t.inside = window <= pool.visible
	return nil
}

// move moves an object to pages of a region, or to system memory. That is a use.
func (m *model) move(id, to int, at []int) {
	t := m.things[id]
	if t.in != nowhere {
		f := m.flows[[2]int{t.in, to}]
		f.Moves.add(uint64(t.pages) * page)
		m.flows[[2]int{t.in, to}] = f
	}
	m.clear(id)
	for _, i := range at {
		m.pools[to].owner[i] = id
	}
	m.age(id, to)
}

// age makes an object the latest of its region, or of its bulk there.
func (m *model) age(id, region int) {
	t := m.things[id]
	t.in = nowhere
	if m.use(t.rule, region) == 0 {
		m.bulks[[2]int{t.rule.number, region}] = m.clock
	}
	t.in, t.used = region, m.clock
	m.clock++
}

// bump makes the bulk of an object the latest, everywhere.
func (m *model) bump(t *thing) {
	for region := range m.pools {
		if t.rule.bulk && m.use(t.rule, region) > 0 {
			m.bulks[[2]int{t.rule.number, region}] = m.clock
		}
	}
	m.clock++
}

// lru are the objects in a region, the lowest priority and then the least recently used first.
func (m *model) lru(region int) (ids []int) {
	for id, t := range m.things {
		if t.in == region {
			ids = append(ids, id)
		}
	}
	position := func(t *thing) int {
		if t.rule.bulk {
			return m.bulks[[2]int{t.rule.number, region}]
		}
		return t.used
	}
	slices.SortFunc(ids, func(a, b int) int {
		x, y := m.things[a], m.things[b]
		return cmp.Or(int(x.rule.priority)-int(y.rule.priority), position(x)-position(y), x.used-y.used)
	})
	return ids
}

// make makes room for id at a place, by the rules of ttm.Group: among the objects of its rule,
// if their limit refuses it; else among all that are not protected, and if that makes none,
// and low protected some, among those too.
func (m *model) make(id int, p place) error {
	t := m.things[id]
	region := p.of(t.object)
	err := m.put(id, p)
	if limit := m.limits(t, region).Max; err != strategies.ErrNoSpace || limit > 0 && uint64(t.pages)*page > limit {
		return err
	}
	for {
		own := m.exceeds(t, region)
		evicted, spared, err := m.walk(id, p, own, false)
		if err == strategies.ErrNoSpace && spared {
			var more bool
			more, _, err = m.walk(id, p, own, true)
			evicted = evicted || more
		}
		if err != strategies.ErrNoSpace || !evicted || m.exceeds(t, region) == own {
			return err
		}
	}
}

// walk evicts for id: only objects of its rule, or any that are not protected, by low only
// where that counts; it says whether low spared one.
func (m *model) walk(id int, p place, own, low bool) (evicted, spared bool, err error) {
	t := m.things[id]
	region := p.of(t.object)
	small := p.visible && m.pools[region].visible < len(m.pools[region].owner)
	for _, victim := range m.lru(region) {
		m.r.Looked++
		v := m.things[victim]
		l, use := m.limits(v, region), m.use(v.rule, region)
		switch {
		case small && !m.touches(victim), own && v.rule != t.rule:
			continue
		case own || l == ttm.Limits{}:
		case use <= l.Min:
			continue
		case use <= l.Low && !low:
			spared = true
			continue
		}
		cause := m.cause(id, region, small)
		m.r.Out[cause].add(uint64(v.pages) * page)
		m.evicted, evicted = true, true
		m.banish(victim, cause)
		if err := m.put(id, p); err != strategies.ErrNoSpace {
			return evicted, spared, err
		}
	}
	return evicted, spared, strategies.ErrNoSpace
}

// banish moves a victim behind the GTT, if it comes from VRAM and there is room, or to system
// memory.
func (m *model) banish(id int, c Cause) {
	t := m.things[id]
	from, to, at := t.in, m.plan.system(), []int(nil)
	if gtt := m.plan.tiles; t.in < gtt && gtt < m.plan.system() && t.pages <= len(m.pools[gtt].owner) {
		if at = m.pools[gtt].fit(t.pages, len(m.pools[gtt].owner), 0); at != nil {
			to = gtt
		}
	}
	m.move(id, to, at)
	t.inside = at != nil // all of it is visible
	f := m.flows[[2]int{from, to}]
	f.Out[c].add(uint64(t.pages) * page)
	m.flows[[2]int{from, to}] = f
}

// touches reports whether an object counts in the visible part of its region.
func (m *model) touches(id int) bool {
	p := m.pools[m.things[id].in]
	return m.things[id].inside || slices.Contains(p.owner[:p.visible], id)
}

// clear takes an object out of memory.
func (m *model) clear(id int) {
	for _, p := range m.pools {
		for i, o := range p.owner {
			if o == id {
				if p.owner[i] = 0; p.bad[i] {
					p.owner[i] = gone
				}
			}
		}
	}
	m.things[id].in = nowhere
}

// cause follows the words of Cause.
func (m *model) cause(id, region int, visible bool) Cause {
	t, p := m.things[id], m.pools[region]
	need := t.pages
	all, confined := need, need
	for i := range p.bad {
		all++
		if i < p.visible {
			confined++
		}
	}
	for _, t := range m.things {
		if t.in == region {
			all += t.pages
			elsewhere := func(p place) bool { return !p.visible && p.of(t.object) < m.plan.tiles }
			if !slices.ContainsFunc(t.rule.places, elsewhere) {
				confined += t.pages
			}
		}
	}
	free := p.count(0)
	window := free
	if visible {
		window = m.visibleFree(region)
	}
	switch {
	case all > len(p.owner), visible && confined > p.visible, m.exceeds(t, region):
		return Capacity
	case window >= need:
		return Broken
	case free >= need:
		return Occupied
	}
	return Rounded
}

// find is a request by its rule.
func (m *model) find(id int, gentle bool) error {
	err := error(strategies.ErrNoSpace)
	for _, p := range m.things[id].rule.places {
		if p.use == ttm.Fallback {
			continue
		}
		if err = m.put(id, p); err != strategies.ErrNoSpace && !errors.Is(err, strategies.ErrTooBig) {
			return err
		}
	}
	if m.things[id].in != nowhere && m.at(id, ttm.Fallback) {
		return err // it stays
	}
	for _, p := range m.things[id].rule.places {
		switch {
		case p.use == ttm.Desired, gentle && p.use == ttm.Always:
			continue
		case gentle:
			err = m.put(id, p)
		default:
			err = m.make(id, p)
		}
		if err != strategies.ErrNoSpace && !errors.Is(err, strategies.ErrTooBig) {
			return err
		}
	}
	return err
}

// at reports whether an object is at one of its places of a use: all of it, if that is visible.
func (m *model) at(id int, uses ...ttm.Use) bool {
	t := m.things[id]
	return slices.ContainsFunc(t.rule.places, func(p place) bool {
		return p.of(t.object) == t.in && slices.Contains(uses, p.use) && (t.inside || !slices.Contains(m.pools[t.in].owner[m.window(p, t):], id))
	})
}

// do does a step of a plan.
func (m *model) do(p *Plan, s step) {
	id := int(s.slot) + 1
	t := m.things[id]
	if s.do == create || s.do == attempt || s.do == fallback && t.in == nowhere {
		o := &p.objects[s.object]
		t = &thing{pages: int(o.size / page), rule: o.rule, object: o, flags: o.flags, in: nowhere}
		m.things[id] = t
		if s.do != fallback {
			m.r.Requests++
			m.r.Asked += o.size
		}
		m.evicted = false
		err := m.find(id, s.do == attempt)
		switch {
		case err == nil && m.evicted:
			m.r.Evicting++
		case err == nil:
			m.r.First++
		case s.do == attempt:
		case t.rule.system && t.pages > 0:
			m.move(id, p.system(), nil)
			m.r.System++
		default:
			m.r.Refused++
		}
		return
	}
	switch {
	case s.do == drop || s.do == dropZero:
		m.clear(id)
		delete(m.things, id)
	case s.do != use || t.in == nowhere:
	case m.at(id, ttm.Always, ttm.Desired):
		m.r.Uses++
		m.age(id, t.in)
		m.bump(t)
	default:
		m.r.Uses++
		if m.find(id, false) == nil {
			m.r.In.add(uint64(t.pages) * page)
		} else if m.at(id, ttm.Fallback) {
			m.age(id, t.in)
		} else if len(t.rule.places) > 0 {
			m.r.Missed++
		}
		m.bump(t)
	}
}

// replay replays a plan on the model.
func replay(p *Plan, s strategies.Strategy) Result {
	m := &model{plan: p, things: make(map[int]*thing), bulks: make(map[[2]int]int), flows: make(map[[2]int]Flow)}
	for i, r := range p.regions[:p.system()] {
		pool := &pool{scatter: p.strategyOf(i, s).Caps.Has(strategies.CapScatter), owner: make([]int, r.Size/page), bad: make(map[int]bool), visible: int(r.Visible / page)}
		if pool.visible == 0 {
			pool.visible = len(pool.owner)
		}
		m.pools = append(m.pools, pool)
	}
	for i, s := range p.steps {
		for n, at := range p.bad {
			if i == (n+1)*len(p.steps)/(len(p.bad)+1) {
				pages := len(m.pools[0].owner)
				pool, at := m.pools[int(at/page)/pages], int(at/page)%pages
				if pool.bad[at] = true; pool.owner[at] == 0 {
					pool.owner[at] = gone
				}
			}
		}
		m.do(p, s)
	}
	for _, t := range m.things {
		if t.in == p.system() {
			m.r.Left.add(uint64(t.pages) * page)
		}
	}
	for from := range p.regions {
		for to := range p.regions {
			if f := m.flows[[2]int{from, to}]; f.Moves.Objects > 0 {
				f.From, f.To = p.regions[from].name, p.regions[to].name
				m.r.Flows = append(m.r.Flows, f)
			}
		}
	}
	return m.r
}
