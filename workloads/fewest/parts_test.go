package fewest

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/workloads"
)

// TestCover compares the greedy choice with all choices of objects of a few groups.
func TestCover(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	type object struct {
		born, death int
		groups      uint64
	}
	forced := 0
	for range 500 {
		var objects []object
		for i := range 1 + random.IntN(5) {
			objects = append(objects, object{i, i + 1 + random.IntN(5), uint64(random.IntN(4))})
		}
		places := uint64(random.IntN(5))
		c := cover{places: places}
		for now := range objects {
			for i, o := range objects {
				if o.death == now {
					c.end(i)
				}
			}
			c.add(now, objects[now].groups, objects[now].death)
			c.meet()
		}
		least := uint64(100)
		var try func(missing []uint64, sum uint64)
		try = func(missing []uint64, sum uint64) {
			if i := len(missing); i < len(objects) {
				for n := range objects[i].groups + 1 {
					try(append(missing[:i:i], n), sum+n)
				}
				return
			}
			for now := range objects {
				whole := uint64(0)
				for i, o := range objects {
					if o.born <= now && now < o.death {
						whole += o.groups - missing[i]
					}
				}
				if whole > places {
					return
				}
			}
			least = min(least, sum)
		}
		try(nil, 0)
		if c.missed != least {
			t.Fatalf("%v in %d places: at least %d miss, greedy says %d", objects, places, least, c.missed)
		}
		if least > 0 {
			forced++
		}
	}
	if forced < 100 {
		t.Errorf("only %d cases of 500 force anything", forced)
	}
}

// TestGaps compares the gaps of a state with those of a list of pages.
func TestGaps(t *testing.T) {
	const page, pages = 4096, 1200
	random := rand.New(rand.NewPCG(3, 4))
	for range 20 {
		region := strategies.Region{Size: pages * page, Page: page}
		taken := make([]bool, pages)
		var ops []workloads.Op
		for at := random.IntN(40); at < pages-40; at += random.IntN(300) {
			n := 1 + random.IntN(30)
			ops = append(ops, workloads.Op{Kind: workloads.Live, Slot: uint32(len(ops)), Req: strategies.Request{Lo: uint64(at) * page, Size: uint64(n) * page}})
			at += n
		}
		// They come in a random order and go in another, and one that overlaps another is
		// left out.
		n := len(ops)
		comes, goes := random.Perm(n), random.Perm(n)
		var pins []pin
		for at, op := range ops {
			pins = append(pins, pin{op.Req.Lo, op.Req.Lo + op.Req.Size, comes[at], n + 1 + goes[at]})
		}
		pins = append(pins, pin{pins[0].start, pins[0].end + page, n, never})
		g := newGaps(region, pins)
		compareGaps(t, g, make([]bool, pages))
		for i := range 2*n + 2 {
			g.step(i)
			for k := range taken {
				taken[k] = false
			}
			for _, p := range pins[:n] {
				if p.born <= i && i < p.until {
					for k := p.start / page; k < p.end/page; k++ {
						taken[k] = true
					}
				}
			}
			compareGaps(t, g, taken)
		}
	}
}

// compareGaps compares what g says with the gaps of a list of pages.
func compareGaps(t *testing.T, g *gaps, taken []bool) {
	t.Helper()
	const page = 4096
	var sizes []uint64
	places := map[uint64]uint64{}
	for i := 0; i < len(taken); {
		if taken[i] {
			i++
			continue
		}
		n := 0
		for i+n < len(taken) && !taken[i+n] {
			n++
		}
		sizes = append(sizes, uint64(n)*page)
		for _, u := range coverUnits {
			for at := uint64(0); at+u.bytes <= uint64(i+n)*page; at += u.bytes {
				if at >= uint64(i)*page {
					places[u.bytes]++
				}
			}
		}
		i += n
	}
	slices.Sort(sizes)
	slices.Reverse(sizes)
	for _, u := range coverUnits {
		if g.places[u.bytes] != places[u.bytes] {
			t.Fatalf("%d places of %d, want %d", g.places[u.bytes], u.bytes, places[u.bytes])
		}
	}
	for want := uint64(page); want < 400*page; want += 7 * page {
		n, sum := uint64(0), uint64(0)
		for _, s := range sizes {
			if sum >= want {
				break
			}
			n, sum = n+1, sum+s
		}
		if sum >= want && g.fewest(want) != n {
			t.Fatalf("%d bytes in %d gaps of %v, want %d", want, g.fewest(want), sizes, n)
		}
	}
}

// TestSpace: after any calls, extents tile the region, free ones are apart and in their bins.
func TestSpace(t *testing.T) {
	random := rand.New(rand.NewPCG(8, 9))
	region := strategies.Region{Size: 64 << 12, Page: 4096}
	s := newSpace(region)
	var live []int32
	for range 5000 {
		switch k := random.IntN(3); {
		case k == 0 && len(live) > 0:
			i := random.IntN(len(live))
			s.release(live[i])
			live = slices.Delete(live, i, i+1)
		case k == 1 && len(live) > 0:
			e := s.list[live[random.IntN(len(live))]]
			if n := e.size() / s.page; n > 1 {
				from := random.Uint64N(n)
				at := slices.IndexFunc(live, func(i int32) bool { return s.list[i].start == e.start })
				s.shrink(live[at], e.start+from*s.page, (1+random.Uint64N(n-from))*s.page)
			}
		default:
			bin := random.IntN(len(s.bins))
			for ; bin < len(s.bins) && len(s.bins[bin]) == 0; bin++ {
			}
			if bin == len(s.bins) {
				continue
			}
			hole := s.bins[bin][random.IntN(len(s.bins[bin]))]
			n := s.list[hole].size() / s.page
			from := random.Uint64N(n)
			live = append(live, s.carve(hole, s.list[hole].start+from*s.page, (1+random.Uint64N(min(8, n-from)))*s.page, 0))
		}
		checkSpace(t, s, region, live)
	}
}

// checkSpace checks all of it.
func checkSpace(t *testing.T, s *space, region strategies.Region, live []int32) {
	t.Helper()
	end, free, before := uint64(0), 0, int32(none)
	for i := s.first; i != none; i = s.list[i].next {
		e := s.list[i]
		if e.start != end || e.end <= e.start || e.prev != before {
			t.Fatalf("extent %d is %+v behind %d, which ends at %d", i, e, before, end)
		}
		switch {
		case e.state == isFree:
			free++
			if before != none && s.list[before].state == isFree || s.bins[binOf(e.size()/s.page)][e.place] != i {
				t.Fatalf("free extent %d, %+v, adjoins another, or is in no bin", i, e)
			}
		case !slices.Contains(live, i):
			t.Fatalf("extent %d, %+v, is not free", i, e)
		}
		end, before = e.end, i
	}
	binned := 0
	for _, b := range s.bins {
		binned += len(b)
	}
	if end != region.Managed() || binned != free {
		t.Fatalf("the extents end at %d; %d are free and %d in bins", end, free, binned)
	}
}
