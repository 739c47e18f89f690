package rundir

import "github.com/vramlab/vramlab/strategies"

// WindowRefusals are the requests refused in a window that a free extent inside it would
// have held: what turned them down is the strategy, not the memory.
type WindowRefusals struct {
	Fits       int    // so many
	Contiguous int    // of them, contiguous ones
	LeastHole  uint64 // bytes of the largest extent free in the window, at any of them

	looked int // blocks looked at
}

// mostLooked bounds the blocks that are looked at for the refusals of a trace. What is
// refused beyond is not counted.
const mostLooked = 1 << 28

// add looks at a refusal with a window; live is the state at it.
func (f *WindowRefusals) add(e *Event, live *LiveSet) {
	if f.looked >= mostLooked {
		return
	}
	f.looked += len(live.Sorted()) + 1
	align, largest, fits := max(e.Req.Align, 1), uint64(0), false
	for start, size := range live.Holes {
		from, to := max(start, e.Req.Lo), min(start+size, e.Req.Hi)
		if from >= to {
			continue
		}
		largest = max(largest, to-from)
		skip := (align - from%align) % align
		fits = fits || to-from >= skip && to-from-skip >= e.Req.Size
	}
	if !fits {
		return
	}
	if f.Fits == 0 || largest < f.LeastHole {
		f.LeastHole = largest
	}
	f.Fits++
	if e.Req.Flags&strategies.Contiguous != 0 {
		f.Contiguous++
	}
}

// Merge adds those of another strategy.
func (f *WindowRefusals) Merge(g WindowRefusals) {
	if g.Fits > 0 && (f.Fits == 0 || g.LeastHole < f.LeastHole) {
		f.LeastHole = g.LeastHole
	}
	f.Fits += g.Fits
	f.Contiguous += g.Contiguous
}
