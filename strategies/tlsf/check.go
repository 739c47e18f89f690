package tlsf

import "fmt"

func (h *heap[page]) check() error {
	live, holes, err := h.checkNodes()
	if err != nil {
		return err
	}
	for list := firstBin; list < h.endOfBins(); list++ {
		n, err := h.checkList(list)
		if err != nil {
			return err
		}
		holes -= n
	}
	if holes != 0 {
		return fmt.Errorf("tlsf: %d more holes are linked by address than by bin", holes)
	}
	for w, word := range h.some {
		if (word != 0) != (h.summary>>w&1 != 0) {
			return fmt.Errorf("tlsf: word %d of the bits is %#x, the summary is %#x", w, word, h.summary)
		}
	}
	vacant := 0
	for i := h.vacant; i != none && vacant <= len(h.nodes); i = h.nodes[i].next {
		if h.nodes[i].start != ^page(0) {
			return fmt.Errorf("tlsf: node %d is vacant and begins at page %d", i, h.nodes[i].start)
		}
		vacant++
	}
	if n := int(h.endOfBins()) + live + vacant; n != len(h.nodes) {
		return fmt.Errorf("tlsf: %d nodes are in use or vacant, the slab has %d", n, len(h.nodes))
	}
	return nil
}

// checkNodes walks the nodes by address and returns how many are allocations
// and how many have a hole.
func (h *heap[page]) checkNodes() (live, holes int, err error) {
	for i := head; i != tail; i = h.nodes[i].next {
		n := &h.nodes[i]
		switch {
		case h.nodes[n.next].prev != i:
			return 0, 0, fmt.Errorf("tlsf: node %d is followed by %d, which says %d stands before it", i, n.next, h.nodes[n.next].prev)
		case h.end(i) < uint64(n.start) || i != head && h.end(i) == uint64(n.start):
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

// checkList walks the holes of a bin and returns how many there are.
func (h *heap[page]) checkList(list index) (holes int, err error) {
	bin := uint64(list - firstBin)
	for newer, i := list, h.nodes[list].older; i != list; newer, i = i, h.nodes[i].older {
		n := &h.nodes[i]
		if n.hole == 0 || ownBin(uint64(n.hole)) != bin || n.newer != newer {
			return 0, fmt.Errorf("tlsf: node %d with a hole of %d pages is in the list of bin %d", i, n.hole, bin)
		}
		holes++
	}
	if (holes != 0) != (h.some[bin/64]>>(bin%64)&1 != 0) {
		return 0, fmt.Errorf("tlsf: bin %d has %d holes and its bit says otherwise", bin, holes)
	}
	return holes, nil
}
