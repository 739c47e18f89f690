package rangemgr

// nodeID numbers a node in the slab.
type nodeID uint32

const (
	tail nodeID = 0 // stands after the last page; never owns a hole, so in links it says "none"
	head nodeID = 1 // stands before page 0
	none        = tail
)

// node is an allocation, or one of the two that bound the region, together with the
// hole that follows it directly. Its length is what lies between its start and the
// next node, less the hole.
//
// The newest hole of a size has no link to a newer one, since the bin says which it
// is: one cache line less for each grant. No hole has an age, since its place in the
// list says the same.
type node[page uint32 | uint64] struct {
	start      page   // first page; ^0 when the node is vacant
	hole       page   // pages of the hole after it, 0 = none
	prev, next nodeID // neighbours by address; next of a vacant node is another vacant one
	newer      nodeID // in the list of holes of one size: the one made after it; undefined in the first
	older      nodeID // in that list: the one made before it, or none
}
