package bound

import "context"

// work is how much of a search may still be done, in steps: a piece of a pile looked at, a
// node of a tree of free extents, a section of a skyline. Steps are counted, so that the
// same arguments give the same result on every machine.
type work struct {
	ctx       context.Context
	done, all int64
	limit     int64 // of done: the search under way ends there
	looked    int64 // when the context was asked last
	ended     bool  // the context has ended
	progress  func(done float64)
}

// patience is the number of steps between two looks at the context.
const patience = 1 << 20

func (w *work) spend(steps int) {
	w.done += int64(steps)
	if w.done-w.looked >= patience {
		w.looked = w.done
		w.ended = w.ended || w.ctx.Err() != nil
		w.progress(min(1, float64(w.done)/float64(w.all)))
	}
}

// over reports whether the search under way is to end.
func (w *work) over() bool { return w.ended || w.done >= w.limit }

// allow lets the next search have a share of all the work, but not more than is left.
func (w *work) allow(steps int64) { w.limit = min(w.all, w.done+steps) }

// left is the number of steps left of all.
func (w *work) left() int64 { return max(0, w.all-w.done) }
