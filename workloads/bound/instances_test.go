package bound_test

import (
	"cmp"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/workloads"
	"github.com/vramlab/vramlab/workloads/bound"
)

const page = strategies.MinPage

// A rect is an object of an instance that is made: it lives in [from, to) and lies in [lo, hi).
type rect struct{ from, to, lo, hi int64 }

// cut cuts a rectangle of so much time and height into n objects, so that the optimum is
// the height: nothing is ever free. Some cuts are no straight ones through a rectangle, but
// make a pinwheel of five.
func cut(rng *rand.Rand, n int, time, height int64, pinwheels int) []rect {
	list := []rect{{0, time, 0, height}}
	area := func(r rect) int64 { return (r.to - r.from) * (r.hi - r.lo) }
	for tries := 0; len(list) < n && tries < 100*n; tries++ {
		k := rng.IntN(len(list))
		for range 3 {
			if o := rng.IntN(len(list)); area(list[o]) > area(list[k]) {
				k = o
			}
		}
		r := list[k]
		w, h := r.to-r.from, r.hi-r.lo
		switch {
		case w >= 3 && h >= 3 && rng.IntN(100) < pinwheels:
			x1 := r.from + 1 + rng.Int64N(w-2)
			x2 := x1 + 1 + rng.Int64N(r.to-x1-1)
			y1 := r.lo + 1 + rng.Int64N(h-2)
			y2 := y1 + 1 + rng.Int64N(r.hi-y1-1)
			list[k] = rect{r.from, x2, r.lo, y1}
			list = append(list, rect{x2, r.to, r.lo, y2}, rect{x1, r.to, y2, r.hi}, rect{r.from, x1, y1, r.hi}, rect{x1, x2, y1, y2})
		case w >= 2 && (h < 2 || rng.IntN(2) == 0):
			at := r.from + 1 + rng.Int64N(w-1)
			list[k].to = at
			list = append(list, rect{at, r.to, r.lo, r.hi})
		case h >= 2:
			at := r.lo + 1 + rng.Int64N(h-1)
			list[k].hi = at
			list = append(list, rect{r.from, r.to, at, r.hi})
		}
	}
	return list
}

// stream is the operations of objects, the frees of a moment first.
func stream(list []rect, unit uint64) (ops []workloads.Op) {
	last := int64(0)
	for _, r := range list {
		last = max(last, r.to)
	}
	for t := int64(0); t <= last; t++ {
		for i, r := range list {
			if r.to == t {
				ops = append(ops, workloads.Op{Kind: workloads.Free, Slot: uint32(i)})
			}
		}
		for i, r := range list {
			if r.from == t {
				ops = append(ops, workloads.Op{Kind: workloads.Alloc, Slot: uint32(i), Req: strategies.Request{Size: uint64(r.hi-r.lo) * unit}})
			}
		}
	}
	return ops
}

func regionOf(pages uint64) strategies.Region {
	return strategies.Region{Size: pages * page, Page: page}
}

// mustFind is Find, which proves what it finds; what it says is looked at once more.
func mustFind(t *testing.T, region strategies.Region, ops []workloads.Op, o bound.Options) bound.Result {
	t.Helper()
	r, err := bound.Find(t.Context(), region, ops, o)
	if err != nil {
		t.Fatal(err)
	}
	if r.Lower.Bytes > r.Upper || r.Upper%region.Page != 0 {
		t.Errorf("bounds %d and %d", r.Lower.Bytes, r.Upper)
	}
	checkSlowly(t, region, ops, r)
	return r
}

// checkSlowly looks at every pair of objects that live at the same time, and at what each
// was asked for, the obvious way.
func checkSlowly(t *testing.T, region strategies.Region, ops []workloads.Op, r bound.Result) {
	t.Helper()
	type object struct {
		start, end uint64
		ops        [2]int
	}
	var all []object
	held := make(map[uint32]int)
	next, absent := 0, 0
	cut := bound.Within(region, ops, r.Upper)
	drop := func(slot uint32, at int) {
		if k, ok := held[slot]; ok {
			all[k].ops[1] = at
			delete(held, slot)
		}
	}
	for i, op := range cut {
		switch op.Kind {
		case workloads.Alloc, workloads.Fallback, workloads.Live:
			g := r.Placement.Grants[next]
			next++
			if g.Size == 0 {
				absent++
				continue
			}
			req := op.Req
			if g.Size < req.Size || g.Start%page != 0 || g.Start+g.Size > r.Upper {
				t.Fatalf("operation %d: %v is granted %d+%d of %d", i, req, g.Start, g.Size, r.Upper)
			}
			if req.Flags&strategies.Range != 0 && (g.Start < req.Lo || req.Hi != 0 && g.Start+g.Size > req.Hi) {
				t.Fatalf("operation %d: %v is granted %d+%d", i, req, g.Start, g.Size)
			}
			if req.Align != 0 && g.Start%req.Align != 0 && (req.Flags&strategies.Contiguous == 0 || req.Size >= req.Align) {
				t.Fatalf("operation %d: %v is granted %d+%d", i, req, g.Start, g.Size)
			}
			held[op.Slot] = len(all)
			all = append(all, object{g.Start, g.Start + g.Size, [2]int{i, len(ops)}})
		case workloads.Free, workloads.FreeCleared:
			drop(op.Slot, i)
		case workloads.Trim:
			k, ok := held[op.Slot]
			if !ok {
				continue
			}
			o := all[k]
			if keep := op.Req; keep.Size != 0 && (keep.Lo|keep.Size|o.start|o.end)&(region.Page-1) == 0 && keep.Lo+keep.Size <= o.end-o.start {
				drop(op.Slot, i)
				held[op.Slot] = len(all)
				all = append(all, object{o.start + keep.Lo, o.start + keep.Lo + keep.Size, [2]int{i, len(ops)}})
			}
		}
	}
	for i, a := range all {
		for _, b := range all[:i] {
			if a.ops[0] < b.ops[1] && b.ops[0] < a.ops[1] && a.start < b.end && b.start < a.end {
				t.Fatalf("%v and %v overlap", a, b)
			}
		}
	}
	if absent != r.Impossible+r.Crowded && len(cut) > 0 && r.Impossible+r.Crowded == 0 && absent > 0 {
		hasSecond := false
		for _, g := range r.Placement.Grants {
			hasSecond = hasSecond || g.Second
		}
		if !hasSecond {
			t.Errorf("%d requests have no place, none of them counted", absent)
		}
	}
}

// slack makes free space in an instance: a share of the boxes, in percent, is taken out, and
// as many become smaller.
func slack(rng *rand.Rand, list []rect, percent int) (out []rect) {
	for _, r := range list {
		switch n := rng.IntN(200); {
		case n < percent:
			continue
		case n < 2*percent:
			r.hi -= (r.hi - r.lo) / 4
		}
		out = append(out, r)
	}
	return out
}

// gaps are what is free from from to to between the objects of a list, below height.
func gaps(list []rect, from, to, height int64) (out []rect) {
	var in []rect
	for _, r := range list {
		if r.from < to && from < r.to {
			in = append(in, r)
		}
	}
	slices.SortFunc(in, func(a, b rect) int { return cmp.Compare(a.lo, b.lo) })
	y := int64(0)
	for _, r := range append(in, rect{lo: height, hi: height}) {
		if r.lo > y {
			out = append(out, rect{from, to, y, r.lo})
		}
		y = max(y, r.hi)
	}
	return out
}

// layers are the objects of a chain of layers: weights that live long, activations that live
// for some steps and, in bursts, large temporaries. Half of them are placed in the order in
// which they come to mind, the others fill what gaps there are, so that height is enough and
// most moments need nearly all of it.
func layers(rng *rand.Rand, n int, time, height int64) (list []rect) {
	unit := max(1, height*4/int64(n))
	for tries := 0; len(list) < n && tries < 100*n; tries++ {
		life, size := 1+rng.Int64N(10), unit/2+rng.Int64N(unit)
		switch rng.IntN(12) {
		case 0:
			life = time/4 + rng.Int64N(time/2)
			size /= 2
		case 1:
			life, size = 1+rng.Int64N(2), 4*unit+rng.Int64N(height/6)
		}
		from := rng.Int64N(time)
		if rng.IntN(8) == 0 {
			from -= from % 20 // bursts
		}
		to := min(time, from+life)
		free := gaps(list, from, to, height)
		if len(list) >= n/2 && len(free) > 0 {
			list = append(list, free[rng.IntN(len(free))])
			continue
		}
		for _, g := range free {
			if g.hi-g.lo >= size {
				g.hi = g.lo + size
				list = append(list, g)
				break
			}
		}
	}
	return list
}

// accelerator are the objects of a network on an accelerator, most of them of a multiple of
// a power of two, placed at random: weights that live long, outputs of layers in pairs (double
// buffers), some of which skip layers, and temporaries, which fill the moments with the most
// free space until that is a few percent in most, and nothing in some.
func accelerator(rng *rand.Rand, n int, height int64) (list []rect) {
	time := int64(n) / 6
	rounded := func(size int64) int64 {
		unit := height >> (5 + rng.IntN(4))
		if rng.IntN(8) == 0 {
			unit = 1
		}
		return max(unit, size-size%unit)
	}
	put := func(from, life, size int64) {
		free := gaps(list, from, min(time, from+life), height)
		rng.Shuffle(len(free), func(a, b int) { free[a], free[b] = free[b], free[a] })
		k := slices.IndexFunc(free, func(r rect) bool { return r.hi-r.lo >= size })
		if k < 0 {
			return
		}
		r := free[k]
		if rng.IntN(2) == 0 {
			r.hi = r.lo + size
		} else {
			r.lo = r.hi - size
		}
		list = append(list, r)
	}
	live := func(t int64) (sum int64) {
		for _, r := range list {
			if r.from <= t && t < r.to {
				sum += r.hi - r.lo
			}
		}
		return sum
	}
	for range n / 12 {
		put(rng.Int64N(time), time/4+rng.Int64N(time/2), rounded(height/100+rng.Int64N(height/50)))
	}
	for t := range time - 1 {
		size := rounded(height/40 + rng.Int64N(height/16))
		put(t, 2, size)
		if rng.IntN(2) == 0 {
			put(t+1, 2, size)
		}
		if rng.IntN(4) == 0 {
			put(t, 3+rng.Int64N(30), rounded(height/60+rng.Int64N(height/30)))
		}
	}
	for tries := 0; len(list) < n && tries < 100*n; tries++ {
		from := rng.Int64N(time)
		for range 3 {
			if o := rng.Int64N(time); live(o) < live(from) {
				from = o
			}
		}
		free := gaps(list, from, min(time, from+1+rng.Int64N(4)), height)
		if len(free) == 0 {
			continue
		}
		r := slices.MaxFunc(free, func(a, b rect) int { return cmp.Compare(a.hi-a.lo, b.hi-b.lo) })
		if r.hi-r.lo > height/8 {
			r.hi = r.lo + rounded(height/16+rng.Int64N(height/16))
		}
		list = append(list, r)
	}
	return list
}

// known is the height, in pages, that does for the instances of all kinds.
const known = 1024

// kinds are kinds of instances of about n objects.
var kinds = []struct {
	name string
	make func(seed uint64, n int) []rect
}{
	{"no slack", func(seed uint64, n int) []rect {
		return cut(rand.New(rand.NewPCG(seed, uint64(n))), n, 200, known, int(seed%3)*10)
	}},
	{"slack", func(seed uint64, n int) []rect {
		rng := rand.New(rand.NewPCG(seed, uint64(n)))
		return slack(rng, cut(rng, n, 200, known, int(seed%3)*10), 3+int(seed%3)*3)
	}},
	{"layers", func(seed uint64, n int) []rect {
		return layers(rand.New(rand.NewPCG(seed, uint64(n))), n, 150, known)
	}},
	{"accelerator", func(seed uint64, n int) []rect {
		return accelerator(rand.New(rand.NewPCG(seed, uint64(n))), n, known)
	}},
}
