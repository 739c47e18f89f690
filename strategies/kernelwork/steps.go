package kernelwork

import (
	"fmt"
	"strings"
)

// A Kind is a kind of work that the kernel's algorithm does.
type Kind uint8

// The kinds. What a search does on its way counts whether it succeeds or not.
const (
	// Head is a list or tree of one order of which the end or the root was looked at.
	Head Kind = iota
	// ListStep is a node of a free list that a walk along the list looked at.
	ListStep
	// TreeNode is a visit of a node of a red-black tree: on a descent, on the way to
	// a neighbour in order, or where a removal repairs what the node knows of its
	// subtree. Recolouring is no visit.
	TreeNode
	// Rotation is a rotation that balances a red-black tree.
	Rotation
	// WalkNode is a node of the block tree, free, split or allocated, that a walk over
	// a window or over an exact range looked at.
	WalkNode
	// BlockTaken is a block, or a place of drm_mm, that was free and became allocated, and
	// BlockGiven one that became free, also where an attempt gives back what it took.
	BlockTaken
	BlockGiven
	// NodeTaken is a node of bookkeeping taken from the kernel's slab: a half of a
	// block, an extent of the dirty tracker, an allocation of drm_mm.
	NodeTaken
	// NodeGiven is such a node given back.
	NodeGiven
	// Split is a block cut into halves, or a hole that an allocation took a part of.
	Split
	// Merge is a pair of buddies or of adjoining holes that became one.
	Merge
	// Candidate is a free block from which a contiguous request was tried harder, or a
	// hole in which drm_mm tried to place a request.
	Candidate
	// Extent is a visit, as of a TreeNode, of an extent of the dirty tracker.
	Extent
	// Far is a step of another kind, counted there too, to a node that was not visited
	// lately and has no neighbour that was: one of 2,048 nodes in groups of 16 that the
	// slab made one after the other. Its memory is probably in no near cache.
	Far

	// Kinds is the number of kinds.
	Kinds = iota
)

var kindNames = [Kinds]string{
	"heads", "list steps", "tree nodes", "rotations", "walk nodes",
	"blocks taken", "blocks given back", "nodes taken", "nodes given back",
	"splits", "merges", "candidates", "extents", "far visits",
}

// String is the kind in the plural: "list steps".
func (k Kind) String() string {
	if int(k) >= len(kindNames) {
		return fmt.Sprintf("kind %d", uint8(k))
	}
	return kindNames[k]
}

// Steps is how much work of each [Kind] was done. It is exact and the same on every
// machine.
type Steps [Kinds]uint64

// Total is the sum over all kinds but Far. A step of one kind costs more than one of another:
// for time see [Predict].
func (s Steps) Total() (n uint64) {
	for _, v := range s[:Far] {
		n += v
	}
	return n
}

// Minus is what was done since t.
func (s Steps) Minus(t Steps) Steps {
	for k := range s {
		s[k] -= t[k]
	}
	return s
}

// String is the kinds that occurred with their numbers: "3 tree nodes, 1 splits".
func (s Steps) String() string {
	var parts []string
	for k, n := range s {
		if n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, Kind(k)))
		}
	}
	if len(parts) == 0 {
		return "nothing"
	}
	return strings.Join(parts, ", ")
}
