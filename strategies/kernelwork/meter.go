package kernelwork

// meter counts the steps of one allocator. It remembers which nodes were visited lately, in
// the way of a small cache: by groups of neighbours, in sets of the latest few.
type meter struct {
	steps Steps
	near  [nearSets][nearWays]uint32 // groups, the latest of a set first
	nodes uint32                     // numbers given
}

// Groups are nodes that the slab makes one after the other: what is visited by ascending or
// descending address stays near.
const (
	groupNodes = 16
	nearSets   = 32
	nearWays   = 4
)

// number is the number of a new node. A node that comes back from the slab keeps its
// number, as it keeps its memory.
func (m *meter) number() uint32 {
	m.nodes++
	return m.nodes
}

// count counts a step that visits no node.
func (m *meter) count(k Kind) { m.steps[k]++ }

// visit counts a step that visits the node of that number.
func (m *meter) visit(k Kind, node uint32) {
	m.steps[k]++
	group := node / groupNodes
	// The factor spreads nodes at distances of powers of two over the sets.
	set := &m.near[group*0x9E3779B1>>16%nearSets]
	if set[0] == group {
		return
	}
	next := group
	for i, at := range set {
		set[i], next = next, at
		if at == group {
			return
		}
	}
	m.steps[Far]++
}
