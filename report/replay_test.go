package report

import (
	"bytes"
	"compress/flate"
	"encoding/base64"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/workloads/trace"
)

func openText(t testing.TB, text string) *trace.Reader {
	t.Helper()
	r, err := trace.NewReader(strings.NewReader(text), "test")
	must(t, err)
	return r
}

// liveSet must agree with a plain map of pages, whenever it is asked.
func TestLiveSet(t *testing.T) {
	const pages = 200
	r := rand.New(rand.NewPCG(1, 1))
	l := newLiveSet(pages)
	owner := make([]uint64, pages) // 0: free
	held := map[uint64]bool{}
	for op := 1; op < 4000; op++ {
		if id := uint64(op); r.IntN(2) == 0 {
			of := l.grant(id, op)
			held[id] = true
			for range 1 + r.IntN(3) {
				start, n := r.IntN(pages), 1+r.IntN(5)
				if start+n > pages || slices.ContainsFunc(owner[start:start+n], func(o uint64) bool { return o != 0 }) {
					continue
				}
				for p := start; p < start+n; p++ {
					owner[p] = id
				}
				l.put(of, uint64(start), uint64(n))
			}
		} else {
			for id := range held { // any of them: the result is the same
				l.release(id)
				delete(held, id)
				for p := range owner {
					if owner[p] == id {
						owner[p] = 0
					}
				}
				break
			}
		}
		if r.IntN(7) != 0 {
			continue
		}
		want := fmt.Sprint(holesOf(owner))
		got := [][2]uint64{}
		for start, size := range l.holes {
			got = append(got, [2]uint64{start, size})
		}
		if fmt.Sprint(got) != want {
			t.Fatalf("operation %d: holes %v, want %v", op, got, want)
		}
	}
}

func holesOf(owner []uint64) [][2]uint64 {
	out := [][2]uint64{}
	for p := 0; p < len(owner); p++ {
		start := p
		for p < len(owner) && owner[p] == 0 {
			p++
		}
		if p > start {
			out = append(out, [2]uint64{uint64(start), uint64(p - start)})
		}
	}
	return out
}

// A second attempt at a refused request is the same request: only its last
// word counts.
func TestFallback(t *testing.T) {
	p, err := readPlacement(openText(t, `vramlab trace 1
region 65536 page 4096
a 0 16384
= 0+16384
a 2 16384 contiguous
! ENOSPC
f 2
a 2 16384
= 16384+8192 32768+8192
a 4 16384
! ENOSPC
f 4
a 4 16384
! ENOSPC
f 4
a 7 4096
! ENOSPC
f 7
`))
	must(t, err)
	if p.requests != 4 || p.granted != 2 || p.fellBack != 1 || p.refusals.n != 2 || p.ops != 9 {
		t.Errorf("%d requests, %d granted, %d in a second attempt, %d refused, %d operations; want 4, 2, 1, 2, 9",
			p.requests, p.granted, p.fellBack, p.refusals.n, p.ops)
	}
}

func TestPlacementState(t *testing.T) {
	p, err := readPlacement(openText(t, `vramlab trace 1
region 65536 page 4096
a 0 16384
= 16384+16384
a 1 4096
= 49152+4096
a 2 65536
! E2BIG
`))
	must(t, err)
	// Holes: [0,16K), [32K,48K), [52K,64K).
	want := state{free: 45056, largest: 16384, holes: 3, meanLen: (2*16384.0*16384 + 12288*12288) / 45056}
	if p.end != want {
		t.Errorf("end state %+v, want %+v", p.end, want)
	}
	if p.peak != 20480 || p.refusals.roomy != 0 {
		t.Errorf("peak %d, roomy %d; want 20480, 0", p.peak, p.refusals.roomy)
	}
}

// The best window must be as good as trying every address.
func TestPinsAgainstBruteForce(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 5))
	for round := range 300 {
		const pages = 48
		l := newLiveSet(pages)
		var blocks []strategies.Block
		for at := uint64(r.IntN(4)); at < pages; {
			n := min(1+r.Uint64N(5), pages-at)
			of := l.grant(at, 1)
			l.put(of, at, n)
			blocks = append(blocks, strategies.Block{Start: at, Size: n})
			at += n + r.Uint64N(4)
		}
		size, align := 1+r.Uint64N(12), uint64(1)<<r.IntN(3)
		lo, hi := r.Uint64N(8), pages-r.Uint64N(8)
		e := &event{op: 9, errno: "ENOSPC", req: strategies.Request{Size: size, Align: align, Lo: lo, Hi: hi, Flags: strategies.Range}}
		x := explain(e, l)
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
	text := `vramlab trace 1
region 134217728 page 4096
a 7 41943040
= 0+41943040
a 8 4096
= 83886080+4096
a 9 62914560
! ENOSPC
`
	var x pinned
	live := newLiveSet(128 * mib)
	_, err := eachEvent(openText(t, text), func(e *event) {
		if e.errno != "" {
			x = explain(e, live)
		}
		live.apply(e)
	})
	must(t, err)
	r := In{Run: &Run{strategies: []string{"buddy", "rangemgr"}}, times: &Times{Self: &SelfTest{}}}
	head, body := x.sentences(1)
	if got, want := r.strategies.plain(head), "Why rangemgr refused 60 MiB at operation 3."; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got, want := r.strategies.plain(body), "88 MiB was free, but the largest hole had 48 MiB. One 4 KiB block at 0x5000000 (allocation 8, alive for 1 operation) splits the best window of 88 MiB; without it the request would fit."; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	for want, other := range map[string]pinned{
		"used up, not broken up":             {errno: "ENOSPC", size: 10, free: 5},
		"It is larger than the region":       {errno: "ENOSPC", size: 10, free: 5, beyond: true},
		"larger than the addresses it allow": {errno: "ENOSPC", size: 10, free: 5, beyond: true, limited: true},
		"invalid to this strategy":           {errno: "EINVAL"},
		"larger than the region":             {errno: "E2BIG"},
		"the strategy's own rules":           {errno: "ENOSPC", size: 5, free: 10, room: 10, found: true},
		"No window of that size":             {errno: "ENOSPC", size: 5, free: 10},
		"in the addresses it allows":         {errno: "ENOSPC", size: 5, free: 4, limited: true},
		"holds 2 blocks of 12 KiB together":  {errno: "ENOSPC", size: 5, free: 10, found: true, pins: []pin{{size: 4096}, {size: 8192}}},
		"the largest 8 KiB at 0x40 (alloc":   {errno: "ENOSPC", size: 5, free: 10, found: true, pins: []pin{{size: 4096}, {start: 64, size: 8192}}},
		"without them 96 MiB would be free ": {errno: "ENOSPC", size: 5, free: 10, found: true, room: 96 * mib, pins: []pin{{}, {}}},
	} {
		if got := r.strategies.plain(prose(other.reason())); !strings.Contains(got, want) {
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
		g.fill(used, piece{0, test.managed, 0})
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
	}{{0, 100, 0}, {1, 1 << 20, 1}, {1<<20 - 1, 1 << 20, 14}, {100, 100, 15}, {50, 100, 8}} {
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
	text, err := packFrames(frames, 13)
	must(t, err)
	packed, err := base64.StdEncoding.DecodeString(text)
	must(t, err)
	raw, err := io.ReadAll(flate.NewReader(bytes.NewReader(packed)))
	must(t, err)
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
	run := In{Run: &Run{strategies: []string{"buddy", "rangemgr"}}, times: &Times{Self: &SelfTest{}}}
	const budget = 30 << 10
	d, err := makeMap(run.strategies, &workload{}, []*movie{m, m}, budget)
	must(t, err)
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
