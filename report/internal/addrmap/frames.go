package addrmap

import (
	"fmt"
	"math"
	"math/bits"

	"github.com/vramlab/vramlab/report/internal/rundir"
	"github.com/vramlab/vramlab/report/internal/text"
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

// frame is the address space at one moment of a replay.
type frame struct {
	op      int
	levels  []uint8 // a cell each: 0 free, 15 full, between them part
	live    uint64
	largest uint64 // hole
	holes   int
	broken  float64 // percent of free memory outside whole 2 MiB pages, as in the series
	refused int     // so far
	telling int     // of them, those that say something about memory: not invalid ones
	why     *pinned // the refusal since the frame before that tells most, the first of equals
}

// mostTries is how many refusals of a frame are explained, each with a pass over what is
// live, to find one that tells more.
const mostTries = 8

// movie is one strategy's frames, equally spaced over the operations.
type movie struct {
	strategy int
	grid     grid
	frames   []frame
}

// shoot replays a placement trace and takes n frames of it.
func shoot(p *rundir.Placement, strategy, n int) (*movie, error) {
	ops := p.Ops
	t, err := rundir.OpenPlacement(p.Path)
	if err != nil {
		return nil, err
	}
	defer t.Close()
	m := &movie{strategy: strategy, grid: gridOf(t.Region().Managed())}
	n = min(n, max(ops, 1))
	live := rundir.NewLiveSet(m.grid.managed)
	refused, telling, tries := 0, 0, 0
	var why *pinned
	take := func(op int) { // every frame due by operation op
		for len(m.frames) < n && op >= (len(m.frames)+1)*ops/n {
			f := m.grid.frame(live)
			f.op, f.refused, f.telling, f.why = (len(m.frames)+1)*ops/n, refused, telling, why
			m.frames, why, tries = append(m.frames, f), nil, 0
		}
	}
	_, err = rundir.EachEvent(t.Reader, func(e *rundir.Event) {
		take(e.Op - 1)
		if e.Errno != "" {
			refused++
			if e.Errno != "EINVAL" {
				telling++
			}
			if why == nil || tries < mostTries && atMost(e) > why.weight() {
				x := explain(e, live, p.Region.Page, p.Able)
				tries++
				if why == nil || x.weight() > why.weight() {
					why = &x
				}
			}
		}
		live.Apply(e)
	})
	take(math.MaxInt)
	return m, err
}

// frame is the state of the set now.
func (g grid) frame(live *rundir.LiveSet) frame {
	used := make([]uint64, g.cells)
	for _, p := range live.Sorted() {
		g.fill(used, p)
	}
	f := frame{levels: make([]uint8, g.cells), live: live.Bytes}
	var free, whole uint64
	for i, u := range used {
		size := g.capacity(i)
		f.levels[i] = level(u, size)
	}
	for start, size := range live.Holes {
		f.holes++
		free += size
		if from, end := start/largePage, (start+size)/largePage; start%largePage == 0 {
			whole += end - from
		} else if end > from {
			whole += end - from - 1
		}
		f.largest = max(f.largest, size)
	}
	if free > 0 {
		f.broken = 100 * float64(free-whole*largePage) / float64(free)
	}
	return f
}

// fill adds the bytes of a piece to the cells it lies in.
func (g grid) fill(used []uint64, p rundir.Piece) {
	end := min(p.End(), g.managed)
	for at := p.Start; at < end; {
		i := at / g.cell
		next := min((i+1)*g.cell, end)
		if next < at { // past the last address of 64 bits
			next = end
		}
		used[i] += next - at
		at = next
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

// caption is the moment in words.
func (m *movie) caption(f frame) string {
	return fmt.Sprintf("%s full · largest hole %s · %s of free is outside whole 2\u00a0MiB pages · %s\u00a0refused",
		text.Percent(100*float64(f.live)/float64(m.grid.managed)), text.Size(f.largest), text.Percent(f.broken), text.Count(f.refused))
}
