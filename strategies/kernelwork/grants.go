package kernelwork

import "github.com/vramlab/vramlab/strategies"

// grants finds the nodes of a live allocation by the Node of its blocks.
type grants struct {
	live  [][]*block // by Node; nil where none is live
	spare []uint32
}

// enter makes one allocation of nodes and appends its blocks to dst.
func (g *grants) enter(dst []strategies.Block, nodes []*block, page uint64) []strategies.Block {
	id := uint32(len(g.live))
	if n := len(g.spare); n > 0 {
		id, g.spare = g.spare[n-1], g.spare[:n-1]
		g.live[id] = nodes
	} else {
		g.live = append(g.live, nodes)
	}
	for _, n := range nodes {
		dst = append(dst, strategies.Block{Start: n.start * page, Size: n.size() * page, Node: id})
	}
	return dst
}

// remove ends the allocation of blocks and returns its nodes. Blocks that are not exactly
// one live allocation are a caller's bug.
func (g *grants) remove(blocks []strategies.Block, page uint64) []*block {
	if len(blocks) == 0 {
		panic("kernelwork: free of an empty list")
	}
	id := blocks[0].Node
	same := uint64(id) < uint64(len(g.live)) && len(blocks) == len(g.live[id])
	for i := 0; same && i < len(blocks); i++ {
		n := g.live[id][i]
		same = blocks[i] == strategies.Block{Start: n.start * page, Size: n.size() * page, Node: id}
	}
	if !same {
		panic("kernelwork: free of what is not exactly one live allocation")
	}
	nodes := g.live[id]
	g.live[id] = nil
	g.spare = append(g.spare, id)
	return nodes
}
