package addrmap

import (
	"bytes"
	"compress/flate"
	"encoding/base64"
	"fmt"
	"html"
	"io"
	"math"
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"

	"github.com/vramlab/vramlab/report/internal/fixture"
	"github.com/vramlab/vramlab/report/internal/judge"
	"github.com/vramlab/vramlab/report/internal/list"
	"github.com/vramlab/vramlab/report/internal/rundir"
	"github.com/vramlab/vramlab/report/internal/testrun"
	"github.com/vramlab/vramlab/report/internal/text"
	"github.com/vramlab/vramlab/strategies"
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
		if x.free < size {
			continue
		}
		got := uint64(0)
		for _, p := range x.pins {
			got += p.size
		}
		if x.found != (best < math.MaxUint64) || x.found && got != best {
			t.Fatalf("round %d: request %d align %d in [%d,%d): blocks of %d pin it, brute force says %d", round, size, align, lo, hi, got, best)
		}
		if x.found && x.room < size {
			t.Fatalf("round %d: %d free without the pins, %d asked for", round, x.room, size)
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
	head, body := x.sentences(1)
	if got, want := text.Plain(names, head), "Why rangemgr refused 60 MiB at operation 3."; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got, want := text.Plain(names, body), "88 MiB was free, but the largest hole had 48 MiB. One 4 KiB block at 0x5000000 (allocation 8, alive for 1 operation) splits the best place for it; without it 88 MiB would be free in one piece."; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	for want, other := range map[string]pinned{
		"Only 5 B was free, less than it as": {errno: "ENOSPC", size: 10, free: 5},
		"It is larger than the region":       {errno: "ENOSPC", size: 10, free: 5, beyond: true},
		"larger than the addresses it allow": {errno: "ENOSPC", size: 10, free: 5, beyond: true, limited: true},
		"lie outside the region":             {errno: "ENOSPC", size: 10, free: 5, beyond: true, limited: true, outside: true},
		"hole had 2,044 KiB. This strategy":  {req: strategies.Request{Size: 2 * mib}, errno: "ENOSPC", size: 2 * mib, free: 3 * mib, largest: 2*mib - 4096, place: block, unit: 2 * mib},
		"in one piece. But this strategy":    {errno: "ENOSPC", size: 2 * mib, free: 3 * mib, largest: 2 * mib, place: block, unit: 2 * mib},
		"larger than the region":             {errno: "E2BIG"},
		"the strategy's own rules":           {errno: "ENOSPC", size: 5, free: 10, largest: 7, place: extent, room: 10, found: true},
		", 7 B of it in one piece: the str":  {errno: "ENOSPC", size: 5, free: 10, largest: 7, place: extent, room: 6, found: true},
		"Nothing of that size begins at a m": {errno: "ENOSPC", size: 5, free: 10, largest: 4, place: extent},
		"nothing of that size begins at a m": {errno: "ENOSPC", size: 5, free: 10, largest: 6, place: extent},
		"in the addresses it allows":         {errno: "ENOSPC", size: 5, free: 4, limited: true},
		"holds 2 blocks of 12 KiB together":  {errno: "ENOSPC", size: 5, free: 10, place: extent, found: true, pins: []pin{{size: 4096}, {size: 8192}}},
		"the largest 8 KiB at 0x40 (alloc":   {errno: "ENOSPC", size: 5, free: 10, place: extent, found: true, pins: []pin{{size: 4096}, {start: 64, size: 8192}}},
		"without them 96 MiB would be free ": {errno: "ENOSPC", size: 5, free: 10, place: extent, found: true, room: 96 * mib, pins: []pin{{}, {}}},
		"The files do not tell in which":     {errno: "ENOSPC", size: 5, free: 10, largest: 4},
	} {
		if got := text.Plain(names, text.Prose(other.reason())); !strings.Contains(got, want) {
			t.Errorf("got %q, want %q in it", got, want)
		}
	}
}

func TestGrid(t *testing.T) {
	for _, test := range []struct{ managed, cell uint64 }{
		{16 << 30, 2 << 20}, {64 << 30, 8 << 20}, {4 << 30, 2 << 20}, {512 << 20, 64 << 10}, {1 << 20, 4096}, {4096, 4096},
		{math.MaxUint64 &^ 4095, 1 << 51},
	} {
		g := gridOf(test.managed)
		if g.cell != test.cell || g.cells > mostCells || uint64(g.cells-1)*g.cell >= test.managed {
			t.Errorf("region %d: %d cells of %d, want cells of %d", test.managed, g.cells, g.cell, test.cell)
		}
		used := make([]uint64, g.cells)
		g.fill(used, rundir.Piece{Start: 0, Size: test.managed, Of: 0})
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

// What the page unpacks is what was packed.
func TestPackFrames(t *testing.T) {
	r := rand.New(rand.NewPCG(2, 2))
	frames := make([]frame, 7)
	for i := range frames {
		frames[i].levels = make([]uint8, 13)
		for c := range frames[i].levels {
			frames[i].levels[c] = uint8(r.IntN(16))
		}
	}
	phrase, err := packFrames(frames, 13)
	fixture.Must(t, err)
	packed, err := base64.StdEncoding.DecodeString(phrase)
	fixture.Must(t, err)
	raw, err := io.ReadAll(flate.NewReader(bytes.NewReader(packed)))
	fixture.Must(t, err)
	for c := range 13 {
		for f := range frames {
			i := c*len(frames) + f
			if got := raw[i/2] >> (4 * (i % 2)) & 15; got != frames[f].levels[c] {
				t.Fatalf("cell %d of frame %d: %d, want %d", c, f, got, frames[f].levels[c])
			}
		}
	}
}

// Maps that do not pack lose frames, never the last one nor an explanation.
func TestMapBudget(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 3))
	m := &movie{grid: grid{managed: 256 << 21, cell: 1 << 21, cells: 256, columns: 16}}
	for i := range mapFrames {
		f := frame{op: i + 1, levels: make([]uint8, 256), refused: i}
		for c := range f.levels {
			f.levels[c] = uint8(r.IntN(16))
		}
		if i == 100 {
			f.why = &pinned{errno: "E2BIG", size: 4096, op: i}
		}
		m.frames = append(m.frames, f)
	}
	run := judge.Run{Run: &rundir.Run{Strategies: []string{"buddy", "rangemgr"}}, Times: &judge.Times{Self: &judge.SelfTest{}}}
	const budget = 30 << 10
	d, err := makeMap(run.Strategies, &rundir.Workload{}, []*movie{m, m}, budget)
	fixture.Must(t, err)
	total := 0
	for _, one := range d.Maps {
		total += len(one.Data)
	}
	if total > budget {
		t.Errorf("maps of %d bytes, more than the budget of %d", total, budget)
	}
	if d.Ops != mapFrames || len(d.At) >= mapFrames || len(d.Maps[0].Why) != 1 {
		t.Errorf("%d frames up to operation %d with %d explanations; want fewer than %d, the last of them, 1", len(d.At), d.Ops, len(d.Maps[0].Why), mapFrames)
	}
}

var tags = regexp.MustCompile(`<[^>]*>`)

// The map is there as data that the script can read, for two of any number of
// strategies.
func TestMapShowsTwo(t *testing.T) {
	t.Parallel()
	r := testrun.Load(t, fixture.Many(4).Write(t))
	w := judge.Focus(r.Strategies, r.Workloads)
	if w == nil || w.Name != "gfx" {
		t.Fatalf("in focus is %+v, want gfx: it is the one with refusals", w)
	}
	if got := fmt.Sprint(shown(r.Strategies, w)); got != "[0 1]" && got != "[0 2]" {
		t.Errorf("strategies %s are shown, want the base and one that refuses", got)
	}
	data, err := makeMap(r.Strategies, w, shootAll(r.Strategies, r.Warnings, w), mapBudget)
	fixture.Must(t, err)
	p, err := makeMapSection(r)
	fixture.Must(t, err)
	if want := fmt.Sprintf("operation %s of %s", text.Count(data.At[data.Start]), text.Count(data.Ops)); p.Moment != want || p.Rows[0].Caption != data.Maps[0].Captions[data.Start] {
		t.Errorf("without the script the page says %q, want %q and the caption of that moment", p.Moment, want)
	}
	encoded, err := data.encode()
	fixture.Must(t, err)
	if bytes.ContainsAny([]byte(encoded), "<>") {
		t.Error("the data of the map could end its script element")
	}
	for _, m := range data.Maps {
		if len(m.Captions) != len(data.At) || len(m.Which) != len(data.At) {
			t.Errorf("%s: %d captions, %d explanations for %d frames", m.Name, len(m.Captions), len(m.Which), len(data.At))
		}
	}
	if data.Maps[1].First < 0 || len(data.Maps[1].Why) == 0 {
		t.Errorf("first refusal in frame %d with %d explanations", data.Maps[1].First, len(data.Maps[1].Why))
	}
	heading := html.UnescapeString(tags.ReplaceAllString(string(p.Heading), ""))
	for _, m := range data.Maps {
		share := text.Percent(m.frames[data.Start].broken)
		if !strings.Contains(heading, "operation "+text.Count(data.At[data.Start])+" of ") || !strings.Contains(heading, share) || !strings.Contains(m.Captions[data.Start], share) {
			t.Errorf("the map opens at operation %d with %s of %s broken and the caption %q; the heading says %q", data.At[data.Start], share, m.Name, m.Captions[data.Start], heading)
		}
	}
}

// The heading, the moment that the map opens at and the captions beside it have one
// moment and its numbers: the most broken one at which something is live.
func TestMapHeading(t *testing.T) {
	const region = 100
	at := func(op int, live uint64, broken float64) frame {
		return frame{op: op, live: live, broken: broken, largest: region - live, levels: []uint8{1}}
	}
	for _, tt := range []struct {
		name   string
		frames [][]frame // by strategy
		op     int
		want   string
	}{
		{"nothing live", [][]frame{{at(1, 0, 100)}}, 1, "Nothing was granted"},
		{"never broken", [][]frame{{at(1, 5, 0), at(2, 9, 0), at(3, 4, 0)}}, 2, "At no moment of the map does free memory lie outside whole 2 MiB pages"},
		{"at the end", [][]frame{{at(1, 5, 2), at(2, 4, 3)}, {at(1, 5, 9), at(2, 4, 40)}}, 2,
			"When free memory is most broken, at operation 2 of 2, 3 % of a's lies outside whole 2 MiB pages and 40 % of b's"},
		{"before most is live", [][]frame{{at(1, 5, 30), at(2, 9, 3), at(3, 0, 1)}, {at(1, 6, 9), at(2, 9, 4), at(3, 0, 1)}}, 1,
			"When free memory is most broken, at operation 1 of 3, 30 % of a's lies outside whole 2 MiB pages and 9 % of b's"},
		{"an empty region is not broken", [][]frame{{at(1, 5, 3), at(2, 0, 100)}}, 1,
			"When free memory is most broken, at operation 1 of 2, 3 % of a's lies outside whole 2 MiB pages"},
		{"of equals the one with most free", [][]frame{{at(1, 99, 100), at(2, 50, 100), at(3, 60, 100)}, {at(1, 99, 100), at(2, 60, 100), at(3, 70, 100)}}, 2,
			"When free memory is most broken, at operation 2 of 3, 100 % lies outside whole 2 MiB pages with either strategy, the largest hole is 50 B with a and 40 B with b"},
		{"equal", [][]frame{{at(1, 5, 2)}, {at(1, 5, 2)}}, 1,
			"When free memory is most broken, at operation 1 of 1, 2 % lies outside whole 2 MiB pages with either strategy, the largest hole is 95 B"},
	} {
		var movies []*movie
		for s, frames := range tt.frames {
			movies = append(movies, &movie{strategy: s, grid: grid{managed: region, cell: region, cells: 1, columns: 1}, frames: frames})
		}
		names := list.Names{"a", "b"}
		d, err := makeMap(names, &rundir.Workload{}, movies, mapBudget)
		fixture.Must(t, err)
		if got := strings.ReplaceAll(text.Plain(names, d.heading()), text.NBSP, " "); got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.name, got, tt.want)
		}
		if got := d.At[d.Start]; got != tt.op {
			t.Errorf("%s: opens at operation %d, want %d", tt.name, got, tt.op)
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
		l := rundir.NewLiveSet(tt.managed)
		l.Apply(&rundir.Event{Op: 1, ID: 1, Blocks: tt.blocks})
		if got := gridOf(tt.managed).frame(l).broken; math.Abs(got-tt.want) > 1e-9 {
			t.Errorf("%d with %v: %v %% broken, want %v", tt.managed, tt.blocks, got, tt.want)
		}
	}
}
