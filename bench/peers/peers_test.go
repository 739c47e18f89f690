package peers

import (
	"cmp"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/strategies/strategytest"
	"github.com/vramlab/vramlab/workloads"
)

func TestConformance(t *testing.T) {
	for _, s := range List() {
		t.Run(s.Name, func(t *testing.T) { strategytest.Run(t, s) })
	}
}

// slow is holes in a slice by address: each answer is a walk over all of them.
type slow struct{ list []hole }

func (s *slow) insert(h hole) {
	i, _ := slices.BinarySearchFunc(s.list, h, func(a, b hole) int { return cmp.Compare(a.start, b.start) })
	s.list = slices.Insert(s.list, i, h)
}

func (s *slow) remove(h hole) {
	s.list = slices.DeleteFunc(s.list, func(x hole) bool { return x == h })
}

func (s *slow) fit(size uint64) (fit hole, ok bool) {
	for _, h := range s.list {
		if h.size >= size && (!ok || h.size < fit.size) {
			fit, ok = h, true
		}
	}
	return fit, ok
}

func (s *slow) ascend(size uint64, visit func(hole) bool) {
	fitting := slices.DeleteFunc(slices.Clone(s.list), func(h hole) bool { return h.size < size })
	slices.SortStableFunc(fitting, func(a, b hole) int { return cmp.Compare(a.size, b.size) })
	for _, h := range fitting {
		if !visit(h) {
			return
		}
	}
}

func (s *slow) around(start, end uint64) (before, after hole) {
	for _, h := range s.list {
		if h.end() == start {
			before = h
		}
		if h.start == end {
			after = h
		}
	}
	return before, after
}

func (s *slow) all(visit func(hole) bool) {
	for _, h := range s.list {
		if !visit(h) {
			return
		}
	}
}

// TestHoles holds the two trees to the slice: every answer, on random sets
// that split and merge nodes.
func TestHoles(t *testing.T) {
	for _, tt := range []struct {
		name string
		new  func() holes
	}{
		{"google", func() holes { return newGoogle() }},
		{"tidwall", func() holes { return newTidwall() }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			rng := rand.New(rand.NewPCG(1, 2))
			trees, list := tt.new(), new(slow)
			for step := range 2000 {
				if grow := step/500%2 == 0; grow || len(list.list) == 0 {
					if h := (hole{rng.Uint64N(1<<10) * 64, 1 + rng.Uint64N(63)}); !slices.ContainsFunc(list.list, func(x hole) bool { return x.start == h.start }) {
						trees.insert(h)
						list.insert(h)
					}
				} else {
					h := list.list[rng.IntN(len(list.list))]
					trees.remove(h)
					list.remove(h)
				}
				compare(t, trees, list, rng)
			}
		})
	}
}

// compare asks both sets the same.
func compare(t *testing.T, trees, list holes, rng *rand.Rand) {
	t.Helper()
	size := 1 + rng.Uint64N(64)
	got, gotOK := trees.fit(size)
	want, wantOK := list.fit(size)
	if got != want || gotOK != wantOK {
		t.Fatalf("fit(%d) = %v %v, want %v %v", size, got, gotOK, want, wantOK)
	}
	collect := func(s holes) (visited []hole) {
		s.ascend(size, func(h hole) bool { visited = append(visited, h); return len(visited) < 5 })
		return visited
	}
	if got, want := collect(trees), collect(list); !slices.Equal(got, want) {
		t.Fatalf("ascend(%d) visits %v, want %v", size, got, want)
	}
	start, end := want.end(), want.end()+64-want.size // the next one begins there, if it is there
	gotBefore, gotAfter := trees.around(start, end)
	wantBefore, wantAfter := list.around(start, end)
	if gotBefore != wantBefore || gotAfter != wantAfter {
		t.Fatalf("around(%d, %d) = %v and %v, want %v and %v", start, end, gotBefore, gotAfter, wantBefore, wantAfter)
	}
}

// TestPlacements: the trees make no difference to where a request goes, with
// conditions or without, and it goes where the slow one puts it.
func TestPlacements(t *testing.T) {
	for _, w := range workloads.Plain() {
		t.Run(w.Name, func(t *testing.T) {
			region := strategies.Region{Size: w.Region.Size / 64, Page: w.Region.Page} // few holes, many refusals
			var allocators []strategies.Allocator
			for _, set := range []holes{new(slow), newGoogle(), newTidwall()} {
				a, err := newExtents(region, set)
				if err != nil {
					t.Fatal(err)
				}
				allocators = append(allocators, a)
			}
			placeAll(t, allocators, w.Ops(5, 5_000), region)
		})
	}
}

// placeAll replays ops on each of the allocators and demands the same of all.
// Windows are scaled to the region, and some sizes and alignments made odd.
func placeAll(t *testing.T, allocators []strategies.Allocator, ops []workloads.Op, region strategies.Region) {
	t.Helper()
	live := make(map[uint32][]strategies.Block)
	for i, op := range ops {
		if op.Kind != workloads.Alloc {
			if blocks := live[op.Slot]; blocks != nil {
				for _, a := range allocators {
					a.Free(blocks)
				}
				delete(live, op.Slot)
			}
			continue
		}
		r := op.Req
		r.Hi /= 64
		r.Align = uint64(i%4) * 3 * region.Page
		r.Size -= uint64(i % 3)
		want, wantErr := allocators[0].Alloc(nil, r)
		for _, a := range allocators[1:] {
			if got, err := a.Alloc(nil, r); err != wantErr || !slices.Equal(got, want) {
				t.Fatalf("operation %d, %v: granted %v, %v, want %v, %v", i, r, got, err, want, wantErr)
			}
		}
		if wantErr == nil {
			live[op.Slot] = want
		}
	}
	if len(live) == 0 {
		t.Error("nothing was granted at the end")
	}
}

// TestTies: among holes of one size the one at the lowest address is taken,
// whichever was made last, and with TopDown its high end.
func TestTies(t *testing.T) {
	const page = 4096
	for _, s := range List() {
		a, err := s.New(strategies.Region{Size: 16 * page, Page: page})
		if err != nil {
			t.Fatal(err)
		}
		var held [][]strategies.Block
		for range 8 {
			b, err := a.Alloc(nil, strategies.Request{Size: 2 * page})
			if err != nil {
				t.Fatal(err)
			}
			held = append(held, b)
		}
		a.Free(held[5])
		a.Free(held[1])
		a.Free(held[3])
		for _, tt := range []struct {
			flags strategies.Flags
			want  uint64 // page
		}{{0, 2}, {strategies.TopDown, 3}, {strategies.TopDown, 7}, {0, 6}, {0, 10}, {0, 11}} {
			b, err := a.Alloc(nil, strategies.Request{Size: page, Flags: tt.flags})
			if err != nil || b[0].Start != tt.want*page {
				t.Errorf("%s: granted %v, %v, want page %d", s.Name, b, err, tt.want)
			}
		}
	}
}
