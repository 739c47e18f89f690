package ttm

import "math/bits"

// valuable reports whether the eviction of v, whose bytes lie in the right window, is
// allowed by the groups: see the rules of [Group].
func (w *walk) valuable(v *Resource) bool {
	g := v.group
	switch {
	case w.all:
		return true
	case g == nil || g == w.limit:
		return g == w.limit // whoever belongs to no group has no protection
	case w.limit != nil && !g.below(w.limit):
		return false
	}
	p := g.protection(w.limit)
	switch {
	case g.usage <= p.Min:
		return false
	case g.usage <= p.Low && !w.low:
		w.hitLow = true
		return false
	}
	return true
}

// again reports whether w, which made no room for a charge of q's size, is to begin
// again, and prepares it.
func (m *Manager) again(w *walk, q *Request) bool {
	if q.Group == nil && !w.hitLow {
		return false
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	limit := q.Group.refuses(q.Size)
	switch {
	case w.hitLow && !w.low:
		w.low = true
	case limit != w.limit && w.evicted:
		w.limit, w.low, w.hitLow, w.evicted = limit, false, false, false
	default:
		return false
	}
	m.restart(w)
	return true
}

// below reports whether g is a group below top.
func (g *Group) below(top *Group) bool {
	for g = g.parent; g != nil; g = g.parent {
		if g == top {
			return true
		}
	}
	return false
}

// protection is the effective Min and Low of g, which is below top, among the groups below
// top; nil is above all.
func (g *Group) protection(top *Group) Limits {
	if g.parent == top {
		return g.limits
	}
	p := g.parent
	of := p.protection(top)
	return Limits{
		Min: share(g.usage, p.usage, g.limits.Min, of.Min, p.minUse),
		Low: share(g.usage, p.usage, g.limits.Low, of.Low, p.lowUse),
	}
}

// share is how much of a use is protected by a setting, if of is the effective protection
// of the parent, which uses all, and siblings is the sum of what it and its siblings use
// within their settings. See "memory.min" in the kernel's admin-guide/cgroup-v2.
func share(use, all, setting, of, siblings uint64) uint64 {
	own := min(use, setting)
	switch {
	case siblings > of:
		return portion(own, of, siblings)
	case of > siblings && all > siblings && use > own:
		return own + portion(of-siblings, use-own, all-siblings)
	}
	return own
}

// portion is n*part/whole, rounded down, for part <= whole.
func portion(n, part, whole uint64) uint64 {
	hi, lo := bits.Mul64(n, part)
	q, _ := bits.Div64(hi, lo, whole)
	return q
}
