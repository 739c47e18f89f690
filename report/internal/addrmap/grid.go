package addrmap

import (
	"math"
	"math/bits"
)

// grid divides a region into cells of one size, shown in rows.
type grid struct {
	managed uint64
	cell    uint64 // bytes
	cells   int
	columns int
}

// The large page of a GPU, and the smaller one that many can use.
const (
	largePage = 2 << 20
	midPage   = 64 << 10
	mostCells = 8192
)

// gridOf chooses cells: 2 MiB pages where there are enough and not too many
// of them, 64 KiB pages in small regions, and a share of the region in huge
// ones.
func gridOf(managed uint64) grid {
	g := grid{managed: managed, cell: largePage}
	if managed <= 512<<20 {
		g.cell = midPage
	}
	for managed/g.cell < 512 && g.cell > 4096 {
		g.cell /= 2
	}
	for (managed-1)/g.cell >= mostCells {
		g.cell *= 2
	}
	g.cells = int((managed-1)/g.cell) + 1
	// Twice as wide as high, roughly, and a power of two, so that addresses
	// at the ends of rows are round.
	g.columns = 1 << ((bits.Len(uint(2*g.cells)) + 1) / 2)
	g.columns = min(max(g.columns, 8), 128)
	return g
}

// capacity is the size of cell i: the last may be cut off.
func (g grid) capacity(i int) uint64 {
	return min(g.cell, g.managed-uint64(i)*g.cell)
}

// each calls f for every cell that the addresses [from, end) reach into, with the part
// of them that lies there.
func (g grid) each(from, end uint64, f func(cell int, from, end uint64)) {
	end = min(end, g.managed)
	for from < end {
		i := from / g.cell
		next := min((i+1)*g.cell, end)
		if next <= from { // past the last address of 64 bits
			next = end
		}
		f(int(i), from, next)
		from = next
	}
}

// level is how full a cell is, in fifteenths: only an empty cell is 0 and
// only a full one 15.
func level(used, size uint64) uint8 {
	switch {
	case used == 0:
		return 0
	case used >= size:
		return 15
	}
	return uint8(min(14, max(1, math.Round(15*float64(used)/float64(size)))))
}

// roundUp is the first multiple of align at v or behind it; the last number there is where
// none fits.
func roundUp(v, align uint64) uint64 {
	if r := v % align; r != 0 {
		if v > math.MaxUint64-(align-r) {
			return math.MaxUint64
		}
		return v + align - r
	}
	return v
}
