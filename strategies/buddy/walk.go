package buddy

import "github.com/vramlab/vramlab/strategies"

// A walk is a dry run of the kernel's exact-range walk: it collects the free
// aligned pieces of a range in ascending order and takes none of them.
type walk struct {
	memory     *memory
	found      []strategies.Block
	clearAvail uint64 // clear pages left if the pieces were taken
}

func (m *memory) walk(dst []strategies.Block) walk { return walk{m, dst, m.clearAvail} }

// run collects the pieces of [start, end) up to the first that is not free and
// returns where they end.
func (w *walk) run(start, end uint64) uint64 {
	for start < end {
		k := piece(start, end)
		reached := w.piece(k, start)
		if reached < start+1<<k {
			return reached
		}
		start = reached
	}
	return start
}

// piece collects the piece of order k at page p, or what is free at its start.
// A piece of which only parts are free counts only while there is clear memory:
// then its halves may be free and of different kinds.
func (w *walk) piece(k uint, p uint64) (reached uint64) {
	m := w.memory
	if _, c, ok := m.holder(k, p); ok {
		if c == clear {
			w.clearAvail -= 1 << k
		}
		w.found = append(w.found, strategies.Block{Start: p << m.shift, Size: 1 << k << m.shift})
		return p + 1<<k
	}
	if k == 0 || w.clearAvail == 0 {
		return p
	}
	middle := p + 1<<(k-1)
	if reached = w.piece(k-1, p); reached < middle {
		return reached
	}
	return w.piece(k-1, middle)
}
