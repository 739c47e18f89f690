package addrmap

import (
	"bytes"
	"encoding/json"
	"fmt"
	"html"
	"math"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/vramlab/vramlab/report/internal/fixture"
	"github.com/vramlab/vramlab/report/internal/judge"
	"github.com/vramlab/vramlab/report/internal/list"
	"github.com/vramlab/vramlab/report/internal/rundir"
	"github.com/vramlab/vramlab/report/internal/testrun"
	"github.com/vramlab/vramlab/report/internal/text"
	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/workloads/reason"
	"github.com/vramlab/vramlab/workloads/trace"
)

// The best window must be as good as trying every address.
func TestPinsAgainstBruteForce(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 5))
	for round := range 300 {
		const pages = 48
		l := rundir.NewLiveSet(pages)
		var blocks []strategies.Block
		for at := uint64(r.IntN(4)); at < pages; {
			n := min(1+r.Uint64N(5), pages-at)
			l.Apply(&rundir.Event{Op: 1, ID: at, Blocks: []trace.Extent{{Start: at, Size: n}}})
			blocks = append(blocks, strategies.Block{Start: at, Size: n})
			at += n + r.Uint64N(4)
		}
		size, align := 1+r.Uint64N(12), uint64(1)<<r.IntN(3)
		lo, hi := r.Uint64N(8), pages-r.Uint64N(8)
		e := &rundir.Event{Op: 9, Errno: "ENOSPC", Req: strategies.Request{Size: size, Align: align, Lo: lo, Hi: hi, Flags: strategies.Range}}
		x := explain(e, l, 1, rundir.Abilities{OnePiece: true, AnyAlign: true})
		best := uint64(math.MaxUint64)
		for at := (lo + align - 1) / align * align; at+size <= hi; at += align {
			n := uint64(0)
			for _, b := range blocks {
				if b.Start < at+size && b.End() > at {
					n += b.Size
				}
			}
			best = min(best, n)
		}
		if x.Free < size {
			continue
		}
		found := x.NPins > 0 || x.Kind == reason.OwnRules
		if found != (best < math.MaxUint64) || found && x.PinBytes != best {
			t.Fatalf("round %d: request %d align %d in [%d,%d): objects of %d pin it, brute force says %d", round, size, align, lo, hi, x.PinBytes, best)
		}
		if x.NPins > 0 && x.Room < size {
			t.Fatalf("round %d: %d free without the pins, %d asked for", round, x.Room, size)
		}
	}
}

func TestRefusalSentences(t *testing.T) {
	const mib = 1 << 20
	lines := `vramlab trace 1
region 134217728 page 4096
a 7 41943040
= 0+41943040
a 8 4096
= 83886080+4096
a 9 62914560
! ENOSPC
`
	var x pinned
	live := rundir.NewLiveSet(128 * mib)
	_, err := rundir.EachEvent(fixture.OpenText(t, lines), func(e *rundir.Event) {
		if e.Errno != "" {
			x = explain(e, live, 4096, rundir.Abilities{OnePiece: true})
		}
		live.Apply(e)
	})
	fixture.Must(t, err)
	names := list.Names{"buddy", "rangemgr"}
	head, body := x.sentences(names, 1)
	if got, want := text.Plain(names, head), "Why rangemgr refused 60 MiB at operation 3."; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got, want := text.Plain(names, body), "88 MiB was free, but the largest hole had 48 MiB. One 4 KiB object at 0x5000000 (allocation 8, alive for 1 operation) splits the best place for it; without it 88 MiB would be free in one piece."; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestGrid(t *testing.T) {
	for _, test := range []struct {
		managed, cell uint64
		columns       int
	}{
		{16 << 30, 2 << 20, 128}, {64 << 30, 8 << 20, 128}, {4 << 30, 2 << 20, 128}, {512 << 20, 64 << 10, 128},
		{512<<20 + 4096, 1 << 20, 64}, {1 << 20, 4096, 32}, {1<<21 + 4096, 4096, 64}, {4096, 4096, 8}, {math.MaxUint64 &^ 4095, 1 << 51, 128},
	} {
		g := gridOf(test.managed)
		if g.columns != test.columns {
			t.Errorf("region %d: rows of %d cells, want %d", test.managed, g.columns, test.columns)
		}
		if g.cell != test.cell || g.cells > mostCells || uint64(g.cells-1)*g.cell >= test.managed {
			t.Errorf("region %d: %d cells of %d, want cells of %d", test.managed, g.cells, g.cell, test.cell)
		}
		used := make([]uint64, g.cells)
		g.each(0, test.managed, func(i int, from, end uint64) { used[i] += end - from })
		for i, u := range used {
			if u != g.capacity(i) {
				t.Fatalf("region %d: a full cell %d holds %d of %d", test.managed, i, u, g.capacity(i))
			}
		}
	}
}

func TestLevel(t *testing.T) {
	for _, test := range []struct {
		used, size uint64
		want       uint8
	}{{0, 100, 0}, {94, 100, 14}, {80, 100, 12}, {1, 1 << 20, 1}, {1<<20 - 1, 1 << 20, 14}, {100, 100, 15}, {50, 100, 8}} {
		if got := level(test.used, test.size); got != test.want {
			t.Errorf("level(%d, %d) = %d, want %d", test.used, test.size, got, test.want)
		}
	}
}

// What the page unpacks is what was packed, also of fewer frames.
func TestPackLayer(t *testing.T) {
	r := rand.New(rand.NewPCG(2, 2))
	const cells, frames = 13, 7
	layer := make([]uint8, cells*frames)
	for i := range layer {
		layer[i] = uint8(r.IntN(16))
	}
	for step, kept := range map[int][]int{1: {0, 1, 2, 3, 4, 5, 6}, 2: {0, 2, 4, 6}, 4: {2, 6}, 8: {6}} {
		tile, err := packLayer(layer, cells, step)
		fixture.Must(t, err)
		a := seenAtlas{text: map[string]string{"t": tile}}
		for c, row := range a.layer(t, "t", cells, len(kept)) {
			for i, f := range kept {
				if row[i] != layer[f*cells+c] {
					t.Fatalf("step %d, cell %d of frame %d: %d, want %d", step, c, f, row[i], layer[f*cells+c])
				}
			}
		}
		back, err := unpackLayer(tile, cells, len(kept))
		fixture.Must(t, err)
		if again, err := packLayer(back, cells, 1); err != nil || again != tile {
			t.Errorf("step %d: unpacked and packed again it is another tile (%v)", step, err)
		}
	}
}

var tags = regexp.MustCompile(`<[^>]*>`)

// The maps are there as data that the script can read, for all strategies; what is said
// without a script is of the map, the pair and the moment shown first.
func TestSectionOfFour(t *testing.T) {
	t.Parallel()
	r := testrun.Load(t, fixture.Many(4).Write(t))
	p, err := makeMapSection(r)
	fixture.Must(t, err)
	if bytes.ContainsAny([]byte(p.Atlas), "<>") {
		t.Error("the data of the maps could end its script element")
	}
	var a atlas
	fixture.Must(t, json.Unmarshal([]byte(p.Atlas), &a))
	order := judge.MapOrder(r.Strategies, r.Workloads)
	if len(a.Maps) != len(order) || a.Start.Map != order[0].Name || len(a.Start.S) != 2 {
		t.Fatalf("%d maps, %+v first; want %d and %s", len(a.Maps), a.Start, len(order), order[0].Name)
	}
	m := a.Maps[0]
	at := m.At[m.Start]
	if want := fmt.Sprintf("operation %s of %s", text.Count(at), text.Count(m.Ops)); p.Moment != want {
		t.Errorf("without the script the page says %q, want %q", p.Moment, want)
	}
	heading := html.UnescapeString(tags.ReplaceAllString(string(p.Heading), ""))
	if !strings.Contains(heading, "operation "+text.Count(at)+" of ") {
		t.Errorf("the map opens at operation %d, the heading says %q", at, heading)
	}
	for i, s := range a.Start.S {
		share := text.Percent(m.Lanes[s].Broken[m.Start])
		if !strings.Contains(heading, share) || !strings.Contains(p.Rows[i].Caption, share) || p.Rows[i].Name != r.Strategies[s] {
			t.Errorf("%s of %s is broken where the map opens; the caption is %q, the heading %q", share, r.Strategies[s], p.Rows[i].Caption, heading)
		}
	}
	for _, m := range a.Maps {
		if len(m.Lanes) != 4 || len(m.Pairs) != 6 {
			t.Errorf("%s: %d lanes, %d pairs", m.Name, len(m.Lanes), len(m.Pairs))
		}
		for _, l := range m.Lanes {
			for _, w := range l.Why {
				if m.At[w.Frame] < w.Op || w.Frame > 0 && m.At[w.Frame-1] >= w.Op || w.Head == "" || w.Body == "" || w.Proven || len(w.Frees) > 0 {
					t.Errorf("%s of strategy %d: %+v", m.Name, l.S, w)
				}
			}
			if (l.First >= 0) != (l.Telling[len(m.At)-1] > 0) || l.First >= 0 && len(l.Why) == 0 {
				t.Errorf("%s of strategy %d: first refusal in frame %d, %d explanations", m.Name, l.S, l.First, len(l.Why))
			}
		}
	}
}

// The heading, the moment that a map opens at and the captions beside it have one moment
// and its numbers: that at which the two shown differ most, or of one strategy the most
// broken one at which something is live.
func TestOpening(t *testing.T) {
	const region = 100
	at := func(op int, live uint64, broken float64) moment {
		return moment{live: live, broken: broken, largest: region - live}
	}
	refusing := func(m moment, n int) moment { m.refused, m.telling = n, n; return m }
	for _, tt := range []struct {
		name    string
		moments [][]moment // by strategy
		op      int
		want    string
	}{
		{"nothing live", [][]moment{{at(1, 0, 100)}}, 1, "Nothing was granted"},
		{"never broken", [][]moment{{at(1, 5, 0), at(2, 9, 0), at(3, 4, 0)}}, 2, "At no moment of the map does free memory lie outside whole 2 MiB pages"},
		{"an empty region is not broken", [][]moment{{at(1, 5, 3), at(2, 0, 100)}}, 1,
			"When free memory is most broken, at operation 1 of 2, 3 % of a's free memory lies outside whole 2 MiB pages"},
		{"at the end", [][]moment{{at(1, 5, 2), at(2, 4, 3)}, {at(1, 5, 9), at(2, 4, 40)}}, 2,
			"When the two differ most, at operation 2 of 2, 3 % of a's free memory lies outside whole 2 MiB pages and 40 % of b's"},
		{"not where both are broken", [][]moment{{at(1, 5, 30), at(2, 9, 98), at(3, 0, 1)}, {at(1, 6, 9), at(2, 9, 99), at(3, 0, 1)}}, 1,
			"When the two differ most, at operation 1 of 3, 30 % of a's free memory lies outside whole 2 MiB pages and 9 % of b's"},
		{"where one refuses", [][]moment{{at(1, 5, 30), at(2, 9, 90), at(3, 9, 50)}, {at(1, 6, 31), refusing(at(2, 9, 90), 4), refusing(at(3, 9, 53), 4)}}, 2,
			"When the two differ most, at operation 2 of 3, 90 % of free memory lies outside whole 2 MiB pages with either strategy, the largest hole is 91 B; by then a had refused 0 requests and b 4"},
		{"never apart", [][]moment{{at(1, 5, 2), at(2, 7, 2)}, {at(1, 5, 2), at(2, 6, 2)}}, 2,
			"The two do not differ at any moment of the map; when most is live, at operation 2 of 2, 2 % of free memory lies outside whole 2 MiB pages with either strategy, the largest hole is 93 B with a and 94 B with b"},
		{"never broken with two", [][]moment{{at(1, 5, 0)}, {at(1, 5, 0)}}, 1,
			"The two do not differ at any moment of the map; when most is live, at operation 1 of 1, no free memory lies outside whole 2 MiB pages, the largest hole is 95 B"},
	} {
		f := filmOf(region, tt.moments...)
		o := opening{f, f.startAt()}
		names := list.Names{"a", "b"}
		if got := strings.ReplaceAll(text.Plain(names, o.heading()), text.NBSP, " "); got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.name, got, tt.want)
		}
		if got := o.at[o.frame]; got != tt.op {
			t.Errorf("%s: opens at operation %d, want %d", tt.name, got, tt.op)
		}
	}
}

// filmOf is a film of given moments, one after each operation, in which all lies at the
// same place.
func filmOf(region uint64, moments ...[]moment) *film {
	f := &film{region: region, ops: len(moments[0]), grid: grid{managed: region, cell: region, cells: 1, columns: 1}}
	for i := range moments[0] {
		f.at = append(f.at, i+1)
	}
	for s, m := range moments {
		f.lanes = append(f.lanes, &lane{strategy: s, moments: m, first: -1})
	}
	for _, d := range pairsOf(len(moments)) {
		f.pairs = append(f.pairs, driftAt{drift: d, at: make([][4]uint64, len(f.at))})
	}
	return f
}

// The pair shown first is the one that differs most: in refusals that tell something,
// then in broken memory, then in where objects lie. A request that made no sense is no
// reason.
func TestPairByHand(t *testing.T) {
	type lane struct {
		refused, invalid int
		broken           float64
	}
	for _, tt := range []struct {
		lanes []lane
		want  []int
	}{
		{[]lane{{0, 0, 0}, {9, 9, 0}, {2, 0, 0}, {5, 4, 0}}, []int{0, 2}},
		{[]lane{{0, 0, 0}, {2, 0, 0}, {9, 9, 0}, {3, 0, 0}}, []int{0, 3}},
		{[]lane{{3, 0, 0}, {7, 7, 1}, {0, 0, 30}, {8, 5, 2}}, []int{0, 2}},
		{[]lane{{1, 0, 9}, {1, 0, 20}, {1, 0, 2}}, []int{1, 2}},
		{[]lane{{0, 0, 5}, {4, 4, 5}, {0, 0, 5}}, []int{0, 2}}, // by drift
		{[]lane{{4, 4, 1}}, []int{0}},
	} {
		var moments [][]moment
		for _, l := range tt.lanes {
			moments = append(moments, []moment{{live: 9, broken: l.broken, refused: l.refused, telling: l.refused - l.invalid}})
		}
		f := filmOf(100, moments...)
		for i := range f.pairs {
			if f.pairs[i].a == 0 && f.pairs[i].b == 2 {
				f.pairs[i].at[0] = [4]uint64{moved: 5, same: 4}
			}
		}
		if got := f.startAt().lanes; !slices.Equal(got, tt.want) {
			t.Errorf("%+v: %v are shown, want %v", tt.lanes, got, tt.want)
		}
	}
}

// What a frame calls broken is what the series does, whatever the cells are: free memory
// outside whole pages of 2 MiB.
func TestBrokenIsOfLargePages(t *testing.T) {
	const mib = 1 << 20
	for _, tt := range []struct {
		managed uint64
		blocks  []trace.Extent
		want    float64
	}{
		{16 * mib, nil, 0},
		{16 * mib, []trace.Extent{{Start: 0, Size: 4096}}, 100 * (2*mib - 4096) / (16.0*mib - 4096)},
		{16 * mib, []trace.Extent{{Start: 2 * mib, Size: 2 * mib}}, 0},
		{16 * mib, []trace.Extent{{Start: 3 * mib, Size: 2 * mib}}, 100 * 2.0 / 14},
		{15 * mib, nil, 100 / 15.0},
		{1 * mib, nil, 100},
	} {
		o := newObjects(1)
		s := newSpace(gridOf(tt.managed), o)
		slot := o.begin(object{}, []*rundir.Event{{Blocks: tt.blocks}})
		s.add(tt.blocks, slot, o.slots[slot].serial)
		s.look(new(tally))
		if _, got := s.holes(); math.Abs(got-tt.want) > 1e-9 {
			t.Errorf("%d with %v: %v %% broken, want %v", tt.managed, tt.blocks, got, tt.want)
		}
	}
}
