package addrmap

import (
	"slices"

	"github.com/vramlab/vramlab/report/internal/rundir"
)

// A map whose objects are all in the file is drawn at any operation. One of more objects than
// are kept has its layers alone, at the frames: equally spaced, of ten million operations one
// every 42,000. So such a map has close-ups, more frames around the operations that a reader
// zooms into, ever closer: eight on each side an eighth of the usual gap apart, eight more at
// an eighth of that, down to every single operation. Neighbours are nearly alike, and what is
// alike costs a deflated layer less: of two million operations of gfx the layers of buddy and
// rangemgr take 3.4 MB with 453 frames, 2.0 MB with 240 (vramlab run -count 1 -cpu "" -skip all
// -ops 2000000 -strategies buddy,rangemgr -workloads gfx), out of the 8 MiB that all maps have.
//
// Tiles of several resolutions, each fetched when a zoom needs it, were left out: a page that
// is one file fetches nothing, and holds all of them anyway.

const (
	closeFrames = 8 // on each side of an operation, at each level
	closeBy     = 8 // times closer than the level before
	mostCloseUp = 3 // operations of a map that have them
)

// spread are n operations, equally spaced up to the last.
func spread(ops, n int) (at []int) {
	n = min(n, ops)
	for i := range n {
		at = append(at, (i+1)*ops/n)
	}
	return at
}

// closer adds close-ups around some operations to equally spaced ones; the result ascends.
func closer(at []int, around []int) []int {
	if len(at) == 0 {
		return at
	}
	ops := at[len(at)-1]
	for gap := ops / len(at); gap > 1; {
		gap = max(1, gap/closeBy)
		for _, op := range around {
			for k := -closeFrames; k <= closeFrames; k++ {
				if x := op + k*gap; x > 0 && x <= ops {
					at = append(at, x)
				}
			}
		}
	}
	slices.Sort(at)
	return slices.Compact(at)
}

// worthCloseUp are the operations of some placements that get close-ups: the first refusal
// that tells of memory, the fullest moment, and the one at which most is broken. The last two
// are samples of the run, if it has any.
func worthCloseUp(placements []*rundir.Placement) (around []int) {
	first, fullest, broken := 0, rundir.Snapshot{}, rundir.Snapshot{}
	for _, p := range placements {
		if at := p.Refusals.At; len(at) > 0 && (first == 0 || int(at[0]) < first) {
			first = int(at[0])
		}
		for _, s := range p.At {
			if s.Live > fullest.Live {
				fullest = s
			}
			if s.Outside2M > broken.Outside2M {
				broken = s
			}
		}
	}
	for _, op := range []int{first, fullest.Op, broken.Op} {
		if op > 0 && len(around) < mostCloseUp && !slices.Contains(around, op) {
			around = append(around, op)
		}
	}
	return around
}
