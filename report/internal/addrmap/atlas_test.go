package addrmap

import (
	"bytes"
	"compress/flate"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"math/bits"
	"slices"
	"strings"
	"testing"

	"github.com/vramlab/vramlab/report/internal/fixture"
	"github.com/vramlab/vramlab/report/internal/list"
	"github.com/vramlab/vramlab/report/internal/rundir"
	"github.com/vramlab/vramlab/workloads/trace"
)

// page is what a script sees of an atlas: the JSON and the elements.
type seenAtlas struct {
	atlas
	text map[string]string
}

func seen(t *testing.T, a *atlas) seenAtlas {
	t.Helper()
	encoded, err := a.encode()
	fixture.Must(t, err)
	s := seenAtlas{text: map[string]string{}}
	fixture.Must(t, json.Unmarshal([]byte(encoded), &s.atlas))
	for _, x := range a.tiles {
		s.text[x.ID] = string(x.Text)
	}
	return s
}

// inflate is what the script's inflate does; the packer of the standard library reads it.
func (s seenAtlas) inflate(t *testing.T, id string) []byte {
	t.Helper()
	packed, err := base64.StdEncoding.DecodeString(s.text[id])
	fixture.Must(t, err)
	raw, err := io.ReadAll(flate.NewReader(bytes.NewReader(packed)))
	fixture.Must(t, err)
	return raw
}

// layer is [cell][frame].
func (s seenAtlas) layer(t *testing.T, id string, cells, frames int) [][]uint8 {
	raw := s.inflate(t, id)
	out := make([][]uint8, cells)
	for c := range out {
		for f := range frames {
			i := c*frames + f
			out[c] = append(out[c], raw[i/2]>>(4*(i%2))&15)
		}
	}
	return out
}

type numbers struct {
	t    *testing.T
	data []byte
}

func (n *numbers) next() uint64 {
	v, k := binary.Uvarint(n.data)
	if k <= 0 {
		n.t.Fatal("the numbers end early")
	}
	n.data = n.data[k:]
	return v
}

// objectsOf are the objects as the script unpacks them.
func (s seenAtlas) objectsOf(t *testing.T, m mapJSON) []logged {
	t.Helper()
	out := make([]logged, m.Objects.Kept)
	in := numbers{t, s.inflate(t, m.Objects.Tile)}
	op := 0
	for i := range out {
		op += int(in.next())
		out[i].op = op
	}
	for i := range out {
		if life := int(in.next()); life > 0 {
			out[i].end = out[i].op + life
		}
	}
	for i := range out {
		out[i].pages = in.next()
	}
	var base uint64
	fmt.Sscan(m.Objects.Base, &base)
	for i := range out {
		out[i].id = base + in.next()
	}
	order := uint32(0)
	for i := range out {
		order += uint32(in.next())
		out[i].order = order
	}
	if len(in.data) > 0 {
		t.Fatalf("%d bytes behind the columns", len(in.data))
	}
	for _, l := range m.Lanes {
		in := numbers{t, s.inflate(t, l.Extents)}
		end := uint64(0)
		for i := range out {
			n, blocks := in.next(), []trace.Extent(nil)
			if n > 0 {
				if granted := in.next(); granted < n {
					t.Fatalf("%d blocks make %d extents", granted, n)
				}
			}
			for range n {
				v := in.next()
				x := trace.Extent{Start: end + uint64(int64(v>>1)^-int64(v&1)), Size: in.next()}
				end = x.Start + x.Size
				blocks = append(blocks, x)
			}
			out[i].blocks = append(out[i].blocks, blocks)
		}
		if len(in.data) > 0 {
			t.Fatalf("%d bytes behind the extents", len(in.data))
		}
	}
	return out
}

// atlasOf are the maps of one workload within a number of bytes.
func atlasOf(t *testing.T, names list.Names, w *rundir.Workload, frames, objects, bytes int) seenAtlas {
	t.Helper()
	warn := func(format string, args ...any) { t.Errorf(format, args...) }
	f := shoot(names, warn, w, frames, objects)
	if f == nil {
		t.Fatal("no map")
	}
	s, err := develop(f)
	fixture.Must(t, err)
	maps, _, err := choose([]*sheet{s}, bytes)
	fixture.Must(t, err)
	return seen(t, newAtlas(names, maps))
}

// TestAgainstObvious compares all that the page gets with what every page of memory holds
// after every operation: layers, series, drift, objects.
func TestAgainstObvious(t *testing.T) {
	trims, reused, refusals := 0, 0, 0
	for seed := range uint64(48) {
		lanes := 1 + int(seed%4)
		s := newScript(seed, lanes)
		s.start()
		for range 20 + s.r.IntN(110) {
			s.step()
		}
		names := list.Names{"a", "b", "c", "d"}[:lanes]
		frames := 1 + s.r.IntN(40)
		if s.large { // each frame looks at every page
			frames = 1 + s.r.IntN(4)
		}
		w := s.workload(t)
		// Everything, once with objects and once with the layers.
		whole := atlasOf(t, names, w, frames, 1<<20, 1<<30)
		s.checkObjects(t, seed, whole)
		s.checkSeries(t, seed, whole)
		layered := atlasOf(t, names, w, frames, 0, 1<<30)
		if layered.Maps[0].Objects != nil {
			t.Fatal("objects are there that were not to be kept")
		}
		s.checkLayers(t, seed, layered)
		s.checkSeries(t, seed, layered)
		ids := map[uint64]uint32{}
		for _, l := range s.log {
			if o, ok := ids[l.id]; ok && o == l.order {
				trims++
			} else if ok {
				reused++
			}
			ids[l.id] = l.order
		}
		refusals += s.refus[0]
	}
	if trims < 100 || reused < 100 || refusals < 100 {
		t.Errorf("%d trims, %d ids used again, %d refusals: too few to say anything", trims, reused, refusals)
	}
}

func (s *script) checkObjects(t *testing.T, seed uint64, a seenAtlas) {
	t.Helper()
	m := a.Maps[0]
	if m.Objects == nil || !m.Objects.Complete || m.Objects.Kept != len(s.log) || m.Objects.Of != len(s.log) {
		t.Fatalf("seed %d: objects %+v, want all %d", seed, m.Objects, len(s.log))
	}
	got := a.objectsOf(t, m)
	want := slices.Clone(s.log)
	slices.SortStableFunc(want, func(a, b logged) int { return a.op - b.op })
	for i := range want {
		w := want[i]
		w.blocks = nil
		for _, b := range want[i].blocks {
			w.blocks = append(w.blocks, glued(b))
		}
		if fmt.Sprint(got[i]) != fmt.Sprint(w) {
			t.Fatalf("seed %d: object %d is %+v, want %+v", seed, i, got[i], w)
		}
	}
}

// glued joins blocks that follow each other at adjoining addresses.
func glued(blocks []trace.Extent) []trace.Extent {
	var out []trace.Extent
	for _, b := range blocks {
		if n := len(out); n > 0 && out[n-1].Start+out[n-1].Size == b.Start {
			out[n-1].Size += b.Size
		} else {
			out = append(out, b)
		}
	}
	return out
}

// cover says for every page which version holds it, -1 for none.
func (s *script) cover(st state, lane int) []int {
	out := slices.Repeat([]int{-1}, int(s.npages))
	for _, v := range st.live {
		for _, p := range bitmap(s.log[v].blocks[lane]) {
			out[p] = v
		}
	}
	return out
}

// sizes says for every page how large the page-table entry is that maps it.
func (s *script) sizes(st state, lane int) []int {
	out := make([]int, s.npages)
	for _, v := range st.live {
		for _, b := range glued(s.log[v].blocks[lane]) {
			for p := b.Start; p < b.Start+b.Size; p++ {
				out[p] = 1
				if at := p &^ 15; at >= b.Start && at+16 <= b.Start+b.Size {
					out[p] = 2
				}
				if at := p &^ 511; at >= b.Start && at+512 <= b.Start+b.Size {
					out[p] = 3
				}
			}
		}
	}
	return out
}

func (s *script) checkLayers(t *testing.T, seed uint64, a seenAtlas) {
	t.Helper()
	m := a.Maps[0]
	for l, lane := range m.Lanes {
		var got [layers][][]uint8
		for k, id := range []string{lane.Layers.Level, lane.Layers.Page, lane.Layers.Age, lane.Layers.Object} {
			got[k] = a.layer(t, id, m.Cells, len(m.At))
		}
		for f, at := range m.At {
			st := s.states[at-1]
			cover, sizes := s.cover(st, l), s.sizes(st, l)
			per := int(m.Cell / 4096)
			for c := range m.Cells {
				from, end := c*per, min((c+1)*per, int(s.npages))
				used, by, of := 0, [4]int{}, map[int]int{}
				for p := from; p < end; p++ {
					if cover[p] >= 0 {
						used++
						by[sizes[p]]++
						of[cover[p]]++
					}
				}
				want := [layers]uint8{}
				if used > 0 {
					want[levels] = 15
					if used < end-from {
						want[levels] = uint8(min(14, max(1, math.Round(15*float64(used)/float64(end-from)))))
					}
					best := 3
					for k := 2; k > 0; k-- {
						if by[k] > by[best] {
							best = k
						}
					}
					want[pages] = uint8(best)
					owner := -1
					for v, n := range of {
						if owner < 0 || n > of[owner] || n == of[owner] && v < owner {
							owner = v
						}
					}
					want[ages] = uint8(1 + min(14, bits.Len(uint(at-s.log[owner].op+1))-1))
					want[hues] = uint8(1 + min(14, s.log[owner].order*2654435761>>28))
				}
				for k := range want {
					if got[k][c][f] != want[k] {
						t.Fatalf("seed %d: layer %d of lane %d, cell %d at operation %d: %d, want %d", seed, k, l, c, at, got[k][c][f], want[k])
					}
				}
			}
		}
	}
}

func (s *script) checkSeries(t *testing.T, seed uint64, a seenAtlas) {
	t.Helper()
	m := a.Maps[0]
	if m.At[len(m.At)-1] != len(s.states) || m.Ops != len(s.states) {
		t.Fatalf("seed %d: the last frame is at operation %d of %d, want %d", seed, m.At[len(m.At)-1], m.Ops, len(s.states))
	}
	for l, lane := range m.Lanes {
		first := -1
		for f, at := range m.At {
			st := s.states[at-1]
			cover, sizes := s.cover(st, l), s.sizes(st, l)
			live, largest, run, free, whole := 0, 0, 0, 0, 0
			for p, v := range cover {
				if v >= 0 {
					live, run = live+1, 0
					continue
				}
				free++
				run++
				largest = max(largest, run)
				if (p+1)%512 == 0 && run >= 512 {
					whole += 512
				}
			}
			broken := 0.0
			if free > 0 {
				broken = 100 * float64(free-whole) / float64(free)
			}
			var pte [4]int
			for _, k := range sizes {
				pte[k]++
			}
			if first < 0 && st.tell[l] > 0 {
				first = f
			}
			got := fmt.Sprint(lane.Live[f], lane.Largest[f], lane.Refused[f], lane.Telling[f], lane.PTE4K[f], lane.PTE64K[f], lane.PTE2M[f])
			want := fmt.Sprint(live*4096, largest*4096, st.refused[l], st.tell[l], pte[1], pte[2]/16, pte[3]/512)
			if got != want || math.Abs(lane.Broken[f]-broken) > 0.001 {
				t.Fatalf("seed %d: lane %d at operation %d: live, largest, refused, telling, entries are %s, want %s; broken %v, want %v", seed, l, at, got, want, lane.Broken[f], broken)
			}
		}
		if lane.First != first {
			t.Errorf("seed %d: the first telling refusal is in frame %d, want %d", seed, lane.First, first)
		}
	}
	for _, p := range m.Pairs {
		if p.First != s.firsts[[2]int{p.A, p.B}] {
			t.Fatalf("seed %d: %d and %d part at operation %d, want %d", seed, p.A, p.B, p.First, s.firsts[[2]int{p.A, p.B}])
		}
		for f, at := range m.At {
			var want [4]uint64
			for _, v := range s.states[at-1].live {
				x := s.log[v]
				a, b := bitmap(x.blocks[p.A]), bitmap(x.blocks[p.B])
				switch {
				case len(a) == 0 && len(b) == 0:
				case len(b) == 0:
					want[2] += x.pages * 4096
				case len(a) == 0:
					want[3] += x.pages * 4096
				case slices.Equal(a, b):
					want[0] += x.pages * 4096
				default:
					want[1] += x.pages * 4096
				}
			}
			if got := [4]uint64{p.Same[f], p.Moved[f], p.OnlyA[f], p.OnlyB[f]}; got != want {
				t.Fatalf("seed %d: %d and %d at operation %d: same, moved, only %v, want %v", seed, p.A, p.B, at, got, want)
			}
		}
	}
	if want := len(m.Lanes) * (len(m.Lanes) - 1) / 2; len(m.Pairs) != want {
		t.Errorf("seed %d: %d pairs, want %d", seed, len(m.Pairs), want)
	}
}

// Of many objects those are kept that cover most for longest; the page is told how many
// there were, and their columns have the form of all.
func TestKeepsTheWeightiest(t *testing.T) {
	for seed := range uint64(12) {
		s := newScript(seed, 2)
		for range 300 {
			s.step()
		}
		const most, frames = 30, 25
		a := atlasOf(t, list.Names{"a", "b"}, s.workload(t), frames, most, 1<<30)
		m := a.Maps[0]
		weight := func(x logged) float64 {
			n := 0
			for _, at := range m.At {
				if x.op <= at && (x.end == 0 || x.end > at) {
					n++
				}
			}
			return float64(n * max(len(bitmap(x.blocks[0])), len(bitmap(x.blocks[1]))))
		}
		var all []float64
		for _, x := range s.log {
			all = append(all, weight(x))
		}
		slices.Sort(all)
		slices.Reverse(all)
		got := a.objectsOf(t, m)
		if m.Objects.Complete || len(got) != most || m.Objects.Of != len(s.log) {
			t.Fatalf("seed %d: %+v, want %d of %d", seed, m.Objects, most, len(s.log))
		}
		for _, x := range got {
			if w := weight(x); w < all[most-1] || w == 0 {
				t.Fatalf("seed %d: an object of weight %v is kept, the least of the %d weightiest has %v", seed, w, most, all[most-1])
			}
		}
		if !strings.HasPrefix(m.Note, "30 of ") {
			t.Errorf("the note says %q", m.Note)
		}
	}
}
