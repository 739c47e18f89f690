package tlsf

import "fmt"

// check compares the nodes by address with the lists and the bits.
func (c *core[page]) check() error {
	live, holes, err := c.checkNodes()
	if err != nil {
		return err
	}
	for list := firstBin; list < c.endOfBins(); list++ {
		n, err := c.checkList(list)
		if err != nil {
			return err
		}
		holes -= n
	}
	if holes != 0 {
		return fmt.Errorf("tlsf: %d more holes are linked by address than by bin", holes)
	}
	for w, word := range c.some {
		if (word != 0) != (c.summary>>w&1 != 0) {
			return fmt.Errorf("tlsf: word %d of the bits is %#x, the summary is %#x", w, word, c.summary)
		}
	}
	vacant := 0
	for i := c.vacant; i != none && vacant <= len(c.nodes); i = c.nodes[i].next {
		if c.nodes[i].start != ^page(0) {
			return fmt.Errorf("tlsf: node %d is vacant and begins at page %d", i, c.nodes[i].start)
		}
		vacant++
	}
	if n := int(c.endOfBins()) + live + vacant; n != len(c.nodes) {
		return fmt.Errorf("tlsf: %d nodes are in use or vacant, the slab has %d", n, len(c.nodes))
	}
	return nil
}

// checkNodes verifies the nodes by address and returns how many are allocations and
// how many have a hole.
func (c *core[page]) checkNodes() (live, holes int, err error) {
	for i := head; i != tail; i = c.nodes[i].next {
		n := &c.nodes[i]
		switch {
		case c.nodes[n.next].prev != i:
			return 0, 0, fmt.Errorf("tlsf: node %d is followed by %d, which says %d stands before it", i, n.next, c.nodes[n.next].prev)
		case c.end(i) < uint64(n.start) || i != head && c.end(i) == uint64(n.start):
			return 0, 0, fmt.Errorf("tlsf: node %d at page %d has no length", i, n.start)
		case n.hole != 0:
			holes++
		}
		if i != head {
			live++
		}
	}
	return live, holes, nil
}

// checkList verifies the list of a bin and returns how many holes it has.
func (c *core[page]) checkList(list nodeID) (holes int, err error) {
	bin := binID(list - firstBin)
	for newer, i := list, c.nodes[list].older; i != list; newer, i = i, c.nodes[i].older {
		n := &c.nodes[i]
		if n.hole == 0 || c.ownBin(uint64(n.hole)) != bin || n.newer != newer {
			return 0, fmt.Errorf("tlsf: node %d with a hole of %d pages is in the list of bin %d", i, n.hole, bin)
		}
		holes++
	}
	if (holes != 0) != (c.some[bin/64]>>(bin%64)&1 != 0) {
		return 0, fmt.Errorf("tlsf: bin %d has %d holes; its bit says otherwise", bin, holes)
	}
	return holes, nil
}
