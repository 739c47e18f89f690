package ttm

import (
	"fmt"
	"slices"
)

// Limits are what a [Group] may use of a region, in bytes. The zero value limits and
// protects nothing. Limits may be set below the use at any time: nothing is evicted then.
type Limits struct {
	// Max is how much the resources of the group and of all groups below it may have
	// requested together; 0 is no limit.
	Max uint64
	// Low protects as long as there are other victims: a resource of a group whose use
	// is within its effective Low is evicted only if there was no other victim.
	Low uint64
	// Min protects always: a resource of a group whose use is within its effective Min
	// is evicted only for the sake of the group's own Max.
	Min uint64
}

// Group is a share of a region whose use is counted, limited and protected: what the
// kernel's dmem controller knows of one control group in one region. A group may have a
// parent, in whose use it counts too, and whose limits hold for it too. Groups are made
// by [Manager.NewGroup]; an allocation names the one that pays in its Request.
//
// # Rules
//
// These of the kernel's are modelled:
//
//   - An allocation is charged with the size requested, before its placement; it must fit
//     the Max of its group, then that of the parent, and so on. If one refuses (EAGAIN in
//     the kernel), the place counts as full: the driver sees ErrNoSpace.
//   - Who was refused by a group makes room only within it and the groups below it. In
//     that group itself no protection counts; in the groups below it theirs does.
//   - Who was refused by nobody, as the region is full, evicts from all groups, whose
//     protection counts in whole, and what belongs to no group, which has none.
//   - A victim of a group whose use is at most its effective Min is passed over; with a
//     use of at most its effective Low it is passed over in a first walk, and a second
//     walk does not heed Low, if the first has met such a resource and made no room. A
//     use above the protection protects nothing of it, so an eviction may go below.
//   - Effective protection is that of control groups, version 2, with recursive
//     protection (memory.min and memory_recursiveprot in the kernel's
//     admin-guide/cgroup-v2): at most the parent's share, by use below the own setting if
//     the children's settings exceed it; what they do not claim goes to their use above.
//
// A walk for the sake of a group passes over all that is not in it, one by one.
//
// In two points this is kinder. A size above a Max evicts nothing, as it can never fit.
// And if a walk that began for the sake of one group ends with the allocation refused by
// another, or by the region, a walk for the sake of that one follows.
//
// Not modelled: the counts of events, a process that is moved between groups (its memory
// stays charged, as in the kernel), and eviction when Max is set below the use.
type Group struct {
	name    string
	manager *Manager
	parent  *Group
	// self is the group. What outlives an allocation is this, not the pointer in its
	// Request: to the compiler that would be the list of places as well, which it would
	// move to the Go heap for every caller.
	self    *Group
	removed bool // read without the lock: whoever removes g must be the last to use it

	// The lock of manager guards the fields below.
	limits   Limits
	usage    uint64 // of its resources, and of the groups below it
	children int
	minUse   uint64 // sum of the children's use within their Min
	lowUse   uint64 // and within their Low
}

// NewGroup makes a group below parent, or below none with nil. The name is for messages.
// NewGroup panics if parent is of another manager.
func (m *Manager) NewGroup(name string, parent *Group, l Limits) *Group {
	parent.of(m)
	m.mu.Lock()
	defer m.mu.Unlock()
	if parent != nil {
		parent.children++
	}
	g := &Group{name: name, manager: m, parent: parent, limits: l}
	g.self = g
	m.groups = append(m.groups, g)
	return g
}

// RemoveGroup removes a group that nobody uses any more. It panics if g is charged for
// anything, has groups below it, was removed, or is of another manager.
func (m *Manager) RemoveGroup(g *Group) {
	g.of(m)
	m.mu.Lock()
	defer m.mu.Unlock()
	if g.usage != 0 || g.children != 0 {
		panic(fmt.Sprintf("ttm: removal of group %s, which is in use", g.name))
	}
	if g.parent != nil {
		g.parent.children--
	}
	g.removed = true
	i := slices.Index(m.groups, g)
	m.groups = slices.Delete(m.groups, i, i+1)
}

// of panics if g is of another manager than m, or was removed. A nil g is of any.
func (g *Group) of(m *Manager) {
	if g != nil && (g.manager != m || g.removed) {
		panic(fmt.Sprintf("ttm: use of group %s, which was removed or is of another manager", g.name))
	}
}

// String is the name.
func (g *Group) String() string { return g.name }

// Usage is how many bytes g is charged for now.
func (g *Group) Usage() uint64 {
	g.manager.mu.Lock()
	defer g.manager.mu.Unlock()
	return g.usage
}

// Limits returns the limits of g.
func (g *Group) Limits() Limits {
	g.manager.mu.Lock()
	defer g.manager.mu.Unlock()
	return g.limits
}

// SetLimits changes the limits of g.
func (g *Group) SetLimits(l Limits) {
	g.manager.mu.Lock()
	defer g.manager.mu.Unlock()
	was := g.protected()
	g.limits = l
	g.tellParent(was)
}

// refuses is the first of g and the groups above it whose Max a charge of size exceeds,
// nil for none. A nil g refuses nothing.
func (g *Group) refuses(size uint64) *Group {
	for ; g != nil; g = g.parent {
		if l := g.limits.Max; l != 0 && (size > l || g.usage > l-size) {
			return g.self
		}
	}
	return nil
}

// never reports whether size exceeds a Max of g or above by itself.
func (g *Group) never(size uint64) bool {
	for ; g != nil; g = g.parent {
		if l := g.limits.Max; l != 0 && size > l {
			return true
		}
	}
	return false
}

// charge adds size to the use of g and the groups above it; uncharge takes it off.
func (g *Group) charge(size uint64) {
	for ; g != nil; g = g.parent {
		was := g.protected()
		g.usage += size
		g.tellParent(was)
	}
}

func (g *Group) uncharge(size uint64) { g.charge(-size) }

// protected is how much of g's use is within its Min and its Low.
func (g *Group) protected() Limits {
	return Limits{Min: min(g.usage, g.limits.Min), Low: min(g.usage, g.limits.Low)}
}

// tellParent corrects the sums of g's parent, in which g was counted with was.
func (g *Group) tellParent(was Limits) {
	if p := g.parent; p != nil {
		now := g.protected()
		p.minUse += now.Min - was.Min
		p.lowUse += now.Low - was.Low
	}
}
