package census

import (
	"cmp"
	"slices"

	"github.com/vramlab/vramlab/strategies"
)

// MostWindows is the number of different windows that are told apart.
const MostWindows = 1 << 12

// Windows are the windows of requests.
type Windows struct {
	Exact  uint64 // requests whose window is as large as they are: their place is given
	Others uint64 // requests in windows beyond [MostWindows]

	list  []Window
	at    map[[2]uint64]uint16 // place in list plus one
	exact uint64               // highest end of a given place
	lo    uint64               // highest start of a window plus the size of a request in it
}

// A Window is where some requests must lie.
type Window struct {
	Lo, Hi   uint64 // bytes; Hi is the end of the region if it is Open
	Open     bool   // it ends with the region, or behind it
	Requests uint64
	Now      uint64 // bytes live of the requests in it, now
	Peak     uint64 // and at most
}

// List is the windows, those of most requests first.
func (w *Windows) List() []Window {
	list := slices.Clone(w.list)
	slices.SortStableFunc(list, func(a, b Window) int {
		return cmp.Or(cmp.Compare(b.Requests, a.Requests), cmp.Compare(a.Lo, b.Lo), cmp.Compare(a.Hi, b.Hi))
	})
	return list
}

// enter counts a request in a region that ends at end, and returns the place of its window
// plus one, 0 for none. An open window ends with the region.
func (w *Windows) enter(r strategies.Request, open bool, end uint64) uint16 {
	if r.Flags&strategies.Range == 0 {
		return 0
	}
	w.lo = max(w.lo, r.Lo+r.Size)
	hi := r.Hi
	if open {
		hi = end
	}
	if !open && r.Hi-r.Lo == r.Size {
		w.Exact++
		w.exact = max(w.exact, r.Hi)
		return 0
	}
	at := w.at[[2]uint64{r.Lo, hi}]
	if at == 0 {
		if len(w.list) == MostWindows {
			w.Others++
			return 0
		}
		if w.at == nil {
			w.at = make(map[[2]uint64]uint16)
		}
		w.list = append(w.list, Window{Lo: r.Lo, Hi: hi, Open: open})
		at = uint16(len(w.list))
		w.at[[2]uint64{r.Lo, hi}] = at
	}
	v := &w.list[at-1]
	v.Requests++
	v.Now += r.Size
	v.Peak = max(v.Peak, v.Now)
	return at
}

// leave takes bytes out of a window.
func (w *Windows) leave(at uint16, bytes uint64) {
	if at > 0 {
		w.list[at-1].Now -= bytes
	}
}
