package words

import (
	"github.com/vramlab/vramlab/report/internal/judge"
	"github.com/vramlab/vramlab/report/internal/rundir"
	"github.com/vramlab/vramlab/report/internal/text"
)

// windowed ends a sentence about requests that were refused in a part of the region: with
// what was free there, where that would have been enough.
func windowed(all judge.RefusedWork) string {
	f := all.Window
	switch {
	case f.Fits == 0:
		return "."
	case !all.Only(func(r rundir.Refusals) int { return r.Window.Fits }):
		if who := all.Who(); len(who) == 1 {
			return "; at " + text.Count(f.Fits) + " of them enough was free there in one piece."
		}
		return "; at some of them enough was free there in one piece."
	}
	s := ", where at least " + text.Size(f.LeastHole) + " was free in one piece"
	if all.Rounded && f.Contiguous == f.Fits {
		return s + ": a binary buddy rounds a contiguous request up to a power of two, and does not try harder in a window."
	}
	return s + ": the rules of the strategy turned them down, not the memory."
}
