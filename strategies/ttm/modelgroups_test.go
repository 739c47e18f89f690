package ttm_test

import "github.com/vramlab/vramlab/strategies/ttm"

// share is a group of the model.
type share struct {
	parent *share
	limits ttm.Limits
}

// inside reports whether g is top or below it; everything is below nil.
func (g *share) inside(top *share) bool {
	for ; g != nil; g = g.parent {
		if g == top {
			return true
		}
	}
	return top == nil
}

// usage adds up the sizes of what belongs to g or to groups below it.
func (m *model) usage(g *share) (sum uint64) {
	for _, t := range m.live() {
		if t.group.inside(g) {
			sum += t.size
		}
	}
	return sum
}

func (m *model) refuses(g *share, size uint64) *share {
	for ; g != nil; g = g.parent {
		if g.limits.Max != 0 && m.usage(g)+size > g.limits.Max {
			return g
		}
	}
	return nil
}

// protects reports whether the Min and the Low of g protect it from who is refused by
// limit.
func (m *model) protects(g, limit *share) (least, low bool) {
	if !g.inside(limit) {
		return true, true
	}
	if g == limit {
		return false, false
	}
	settings := func(g *share) uint64 { return g.limits.Min }
	least = m.usage(g) <= m.effective(g, limit, settings)
	settings = func(g *share) uint64 { return g.limits.Low }
	return least, m.usage(g) <= m.effective(g, limit, settings)
}

// effective is the effective protection of g below top by its own and its siblings'
// settings.
func (m *model) effective(g, top *share, setting func(*share) uint64) uint64 {
	if g.parent == top {
		return setting(g)
	}
	var claimed uint64 // by the children of g's parent
	for _, s := range m.groups {
		if s.parent == g.parent {
			claimed += min(m.usage(s), setting(s))
		}
	}
	parent, use, all := m.effective(g.parent, top, setting), m.usage(g), m.usage(g.parent)
	own := min(use, setting(g))
	switch {
	case claimed > parent:
		return own * parent / claimed
	case claimed < parent && claimed < all && own < use:
		return own + (parent-claimed)*(use-own)/(all-claimed)
	}
	return own
}
