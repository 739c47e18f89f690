package buddy

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/vramlab/vramlab/strategies"
)

// TestIndexNext compares an allocator that has an index for every order and alignment
// with one that tries each block: every grant, and after each operation what is free and
// what it contains.
func TestIndexNext(t *testing.T) {
	for seed := range uint64(40) {
		rng := rand.New(rand.NewPCG(seed, 3))
		region := strategies.Region{Size: (200 + rng.Uint64N(400)) << 12, Page: 1 << 12}
		with, without := newTestNext(t, region), newTestNext(t, region)
		for k := uint(1); k < 5; k++ {
			for least := range uint(7) {
				with.newIndex(k, least, justDirty, 0).patience = 1 << 30
				if least <= k && seed%2 == 0 {
					size := 1<<k + 1 + rng.Uint64N(1<<k-1)
					with.newIndex(k, least, justDirty, size).patience = 1 << 30
				}
			}
		}
		var live [][2][]strategies.Block
		harder, watched := 0, 0
		for step := range 600 {
			if i := rng.IntN(len(live) + 1); i < len(live) && (step > 100 || rng.IntN(2) == 0) && rng.IntN(3) > 0 {
				cleared := rng.IntN(2) == 0
				free(with, live[i][0], cleared)
				free(without, live[i][1], cleared)
				live = slices.Delete(live, i, i+1)
			} else {
				r := strategies.Request{Size: (1 + rng.Uint64N(3)) << 12}
				if step > 100 && rng.IntN(2) == 0 {
					r = strategies.Request{Size: (1 + rng.Uint64N(40)) << 12, Align: 1 << (12 + rng.IntN(7)), Flags: strategies.Contiguous}
				}
				if rng.IntN(3) == 0 {
					r.Flags |= strategies.Clear
				}
				without.clock = 1 << 32 // it never makes an index
				got, err := with.Alloc(nil, r)
				want, wantErr := without.Alloc(nil, r)
				if fmt.Sprint(places(got), err) != fmt.Sprint(places(want), wantErr) {
					t.Fatalf("seed %d, step %d: %v: with indexes %v %v, without %v %v", seed, step, r, places(got), err, places(want), wantErr)
				}
				if err == nil {
					live = append(live, [2][]strategies.Block{got, want})
					if len(got) > 1 && r.Flags&strategies.Contiguous != 0 {
						harder++
					}
				}
			}
			watched += int(with.watched)
			if got, want := contents(with), contents(without); got != want {
				t.Fatalf("seed %d, step %d: with indexes %s\nwithout %s", seed, step, got, want)
			}
		}
		if err := with.Check(); err != nil {
			t.Fatal(err)
		}
		if watched < 100 || harder == 0 {
			t.Errorf("seed %d: this tests no index: %d runs, %d operations with", seed, harder, watched)
		}
	}
}

// TestIndexNextAligned is the same for alignments above the size, in small regions with
// few pages granted: there the runs are long enough to matter, and of any contents.
func TestIndexNextAligned(t *testing.T) {
	harder, spoiled := 0, 0
	for seed := range uint64(400) {
		rng := rand.New(rand.NewPCG(seed, 4))
		state := contentsAtRandom(rng, 24)
		k := uint(1 + rng.IntN(3))
		least := k + uint(1+rng.IntN(3))
		with, live := inState(t, state)
		without, _ := inState(t, state)
		with.newIndex(k, least, justDirty, 0).patience = 1 << 30
		for range 40 {
			r := strategies.Request{Size: (1<<k + rng.Uint64N(1<<k)) << 12, Align: 1 << (12 + least), Flags: strategies.Contiguous}
			if rng.IntN(2) == 0 {
				r = strategies.Request{Size: 1 << 12}
			} else if i := rng.IntN(len(live) + 1); i < len(live) && rng.IntN(2) == 0 {
				free(with, live[i], i%2 == 0)
				free(without, live[i], i%2 == 0)
				live = slices.Delete(live, i, i+1)
			}
			before := contents(without)
			without.clock = 1 << 32 // it never makes an index
			got, err := with.Alloc(nil, r)
			want, wantErr := without.Alloc(nil, r)
			if fmt.Sprint(got, err) != fmt.Sprint(want, wantErr) || contents(with) != contents(without) {
				t.Fatalf("seed %d: %v: with an index %v %v and then %s\nwithout %v %v and then %s\nbefore %s",
					seed, r, places(got), err, contents(with), places(want), wantErr, contents(without), before)
			}
			switch {
			case err == nil:
				live = append(live, got)
				harder += min(1, len(got)-1)
			case contents(with) != before:
				spoiled++
			}
		}
	}
	if harder < 300 || spoiled < 300 {
		t.Errorf("%d runs and %d attempts that destroyed something: this tests no index", harder, spoiled)
	}
}

// TestIndexNextSize is the same for the index of one size, in small regions of any contents,
// with trims and resets between.
func TestIndexNextSize(t *testing.T) {
	harder, spoiled := 0, 0
	for seed := range uint64(600) {
		rng := rand.New(rand.NewPCG(seed, 5))
		k := uint(1 + rng.IntN(3))
		least, size := uint(rng.IntN(int(k)+1)), 1<<k+1+rng.Uint64N(1<<k-1)
		state := contentsAtRandom(rng, 7)
		with, live := inState(t, state)
		without, _ := inState(t, state)
		with.newIndex(k, least, justDirty, size).patience = 1 << 30
		for range 40 {
			before := contents(without)
			r := strategies.Request{Size: size << 12, Align: 1 << (12 + least), Flags: strategies.Contiguous}
			i := rng.IntN(len(live) + 1)
			large := slices.IndexFunc(live, func(b []strategies.Block) bool { return len(b) == 1 && b[0].Size > 1<<12 })
			switch op := rng.IntN(12); {
			case op < 2 && large >= 0:
				i = large
				b := live[i][0]
				from := rng.Uint64N(b.Size >> 12)
				pages := 1 + rng.Uint64N(b.Size>>12-from)
				got := trimmed(t, with, live[i], from, pages)
				trimmed(t, without, live[i], from, pages)
				live[i] = got
				r.Size = 0
			case op == 2 && rng.IntN(8) == 0:
				cleared := rng.IntN(2) == 0
				with.ResetClear(cleared)
				without.ResetClear(cleared)
				with.newIndex(k, least, justDirty, size).patience = 1 << 30
				r.Size = 0
			case op < 5 && i < len(live):
				free(with, live[i], i%2 == 0)
				free(without, live[i], i%2 == 0)
				live = slices.Delete(live, i, i+1)
				r.Size = 0
			case op < 8:
				r = strategies.Request{Size: (1 + rng.Uint64N(2<<rng.IntN(5))) << 12}
				if op == 7 {
					r.Flags = strategies.Clear
				}
			}
			if r.Size != 0 {
				without.clock = 1 << 32 // it never makes an index
				got, err := with.Alloc(nil, r)
				want, wantErr := without.Alloc(nil, r)
				if fmt.Sprint(got, err) != fmt.Sprint(want, wantErr) {
					t.Fatalf("seed %d: %v: with an index %v %v, without %v %v, before %s", seed, r, places(got), err, places(want), wantErr, before)
				}
				switch {
				case err == nil:
					live = append(live, got)
					harder += min(1, len(got)-1)
				case contents(with) != before:
					spoiled++
				}
			}
			if contents(with) != contents(without) {
				t.Fatalf("seed %d: %v: with an index %s\nwithout %s\nbefore %s", seed, r, contents(with), contents(without), before)
			}
		}
	}
	if harder < 300 || spoiled < 300 {
		t.Errorf("%d runs and %d attempts that destroyed something: this tests no index", harder, spoiled)
	}
}

// trimmed trims a grant of one block to so many pages of it.
func trimmed(t *testing.T, a *next, blocks []strategies.Block, from, pages uint64) []strategies.Block {
	t.Helper()
	kept, err := a.Trim(nil, blocks, blocks[0].Start+from<<12, pages<<12)
	if err != nil {
		t.Fatal(err)
	}
	return kept
}

// contentsAtRandom is what pages contain, as inState takes it: stretches that are clear or
// dirty, and between them granted pages, the more the smaller sparse is.
func contentsAtRandom(rng *rand.Rand, sparse int) string {
	granted, stretch := 2+rng.IntN(sparse), "dc"
	state := ""
	for range 40 + rng.IntN(90) {
		if rng.IntN(3) == 0 {
			stretch = stretch[1:] + stretch[:1]
		}
		if rng.IntN(granted) == 0 {
			state += "."
		} else {
			state += stretch[:1]
		}
	}
	return state
}

// TestSpoilsAligned has vain requests of pages at an alignment above their number, with
// and without an index: which pages are dirty afterwards (d) that were clear (c), and which
// are granted (.).
func TestSpoilsAligned(t *testing.T) {
	for _, c := range []struct {
		what         string
		pages, align uint64
		before       string
		after        string
	}{
		{"the run at 8 is tried from the block at 16, the start after it", 5, 8,
			"........cd......dddd....", "........dd......dddd...."},
		{"no block leads to the run at 8", 5, 8,
			"....dddd" + "cd......" + "........", "....dddd" + "cd......" + "........"},
		{"the run at 0 is tried from the block at 12", 5, 16,
			"cd..dddd" + "....dddd" + "........" + "........", "dd..dddd" + "....dddd" + "........" + "........"},
		{"the pieces of the run at 16 are 16, 4 and 2 pages, the last partly clear", 22, 32,
			"................" + "dddddddddddddddd" + "ddddcddd........", "................" + "dddddddddddddddd" + "dddddddd........"},
		{"the pieces of the run at 16 are 16, 4 and 1 pages, all dirty", 21, 32,
			"................" + "dddddddddddddddd" + "dddddcdd........", "................" + "dddddddddddddddd" + "dddddcdd........"},
		{"the block at 4 is partly clear itself", 5, 8,
			"....cddd........", "....dddd........"},
	} {
		for _, indexed := range []bool{false, true} {
			a, _ := inState(t, c.before)
			if indexed {
				a.newIndex(log2(c.pages), log2(c.align), justDirty, 0)
			}
			_, err := a.Alloc(nil, strategies.Request{Size: c.pages << 12, Align: c.align << 12, Flags: strategies.Contiguous})
			if err != strategies.ErrNoSpace {
				t.Fatalf("%s: %v, want a refusal", c.what, err)
			}
			if got := stateOf(a); got != c.after {
				t.Errorf("%s: index %v:\n%s, want\n%s", c.what, indexed, got, c.after)
			}
		}
	}
}

// TestVainSizes has vain requests of one size after the other on a board of cells with a
// partly clear run before each block: an index for a size names none of those where nothing
// is destroyed, so requests after the first visit few places, and each destroys what it has
// to.
func TestVainSizes(t *testing.T) {
	const cells = 200
	for _, c := range []struct {
		what  string
		pages uint64
		cell  string // 32 pages
		after string
	}{
		{"begins before the run", 9, "..........dc....dddddddd........", ""},
		{"begins in the middle of it", 13, "..........dc....dddddddd........", ""},
		{"begins with it", 14, "..........dc....dddddddd........", "..........dd....dddddddd........"},
		{"the second half of the run is dirty", 13, "........dcdd....dddddddd........", ""},
	} {
		if c.after == "" {
			c.after = c.cell
		}
		a, _ := inState(t, strings.Repeat(c.cell, cells))
		a.clock = 0 // the first makes the indexes
		ask := func() uint64 {
			before := a.Counters().Visits
			if _, err := a.Alloc(nil, strategies.Request{Size: c.pages << 12, Flags: strategies.Contiguous}); err != strategies.ErrNoSpace {
				t.Fatalf("%s: %v, want a refusal", c.what, err)
			}
			return a.Counters().Visits - before
		}
		first := ask()
		ask()
		if again := ask(); again > 100 {
			t.Errorf("%s: %d visits at first, then %d", c.what, first, again)
		}
		if got := stateOf(a); got != strings.Repeat(c.after, cells) {
			t.Errorf("%s:\n%.64s, want\n%.64s", c.what, got, strings.Repeat(c.after, cells))
		}
	}
}

// TestManySizes has vain requests on the board of TestVainSizes that go round so many pairs of
// a size and an alignment: as many as there are indexes for, or one more. That is the limit
// which the documentation of Next names: it is linear in the cells.
func TestManySizes(t *testing.T) {
	each := func(cells, pairs int) uint64 {
		a, _ := inState(t, strings.Repeat("..........dc....dddddddd........", cells))
		a.clock = 0
		ask := func() {
			for n := range uint64(pairs) {
				r := strategies.Request{Size: (9 + n%5) << 12, Align: 1 << (12 + n/5), Flags: strategies.Contiguous}
				if _, err := a.Alloc(nil, r); err != strategies.ErrNoSpace {
					t.Fatalf("%v: %v, want a refusal", r, err)
				}
			}
		}
		ask()
		ask() // the indexes are made
		before := a.Counters().Visits
		ask()
		return (a.Counters().Visits - before) / uint64(pairs)
	}
	for _, cells := range []int{100, 400} {
		if v := each(cells, mostSizes); v > 10 {
			t.Errorf("%d visits a request with %d pairs and %d cells", v, mostSizes, cells)
		}
	}
	some, more := each(100, mostSizes+1), each(400, mostSizes+1)
	t.Logf("with %d pairs %d visits a request and 100 cells, %d and 400", mostSizes+1, some, more)
	if more < max(3*some, 100) {
		t.Errorf("with %d pairs %d visits a request and 100 cells, %d and 400: this is linear no longer, say so in the documentation", mostSizes+1, some, more)
	}
}

// inState is an allocator whose pages are granted (.), free and dirty (d) or free and
// clear (c), and what is granted, page by page.
func inState(t *testing.T, pages string) (a *next, live [][]strategies.Block) {
	a = newTestNext(t, strategies.Region{Size: uint64(len(pages)) << 12, Page: 1 << 12})
	at := make([][]strategies.Block, len(pages))
	for range pages {
		page, err := a.Alloc(nil, strategies.Request{Size: 1 << 12})
		if err != nil {
			t.Fatal(err)
		}
		at[page[0].Start>>12] = page
	}
	for i, page := range at {
		if pages[i] == '.' {
			live = append(live, page)
		} else {
			free(a, page, pages[i] == 'c')
		}
	}
	return a, live
}

// stateOf is the pages of a as inState takes them.
func stateOf(a *next) string {
	state := bytes.Repeat([]byte{'.'}, int(a.pages))
	fill := func(s *freeSet, c byte) {
		for k, i := range s.all() {
			copy(state[i<<k:], bytes.Repeat([]byte{c}, 1<<k))
		}
	}
	fill(a.all(), 'c')
	if a.known == nil {
		fill(a.all(), 'd')
	} else {
		fill(&a.known.dirty, 'd')
	}
	return string(state)
}

func newTestNext(t *testing.T, r strategies.Region) *next {
	a, err := newNext("next", r)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func free(a *next, blocks []strategies.Block, cleared bool) {
	if cleared {
		a.FreeCleared(blocks)
	} else {
		a.Free(blocks)
	}
}

func places(blocks []strategies.Block) []string {
	var s []string
	for _, b := range blocks {
		s = append(s, b.String())
	}
	return s
}

// contents is what is free, and what of it is dirty.
func contents(a *next) string {
	s := ""
	for k, i := range a.all().all() {
		s += fmt.Sprintf(" %d/%d", i<<k, k)
	}
	if a.known != nil {
		s += " dirty"
		for k, i := range a.known.dirty.all() {
			s += fmt.Sprintf(" %d/%d", i<<k, k)
		}
	}
	return s
}

// TestTrackerGoes wants nothing left of clear memory when all of it was used, and its
// metadata in proportion to what is live.
func TestTrackerGoes(t *testing.T) {
	a := newTestNext(t, strategies.Region{Size: 256 << 20, Page: 1 << 12})
	idle := a.Footprint()
	var live [][]strategies.Block
	for range 1 << 16 {
		blocks, err := a.Alloc(nil, strategies.Request{Size: 1 << 12})
		if err != nil {
			t.Fatal(err)
		}
		live = append(live, blocks)
	}
	rng := rand.New(rand.NewPCG(1, 2))
	rng.Shuffle(len(live), func(i, j int) { live[i], live[j] = live[j], live[i] })
	peak := uint64(0)
	for i, blocks := range live {
		free(a, blocks, i%2 == 0)
		peak = max(peak, a.Footprint())
	}
	if perBlock := peak / uint64(len(live)); perBlock > 96 {
		t.Errorf("the peak was %d bytes a block", perBlock)
	}
	if a.known == nil || a.known.clearAvail == 0 {
		t.Error("half the memory was freed as clear, and is not")
	}
	all, err := a.Alloc(nil, strategies.Request{Size: 256 << 20})
	if err != nil {
		t.Fatal(err)
	}
	a.Free(all)
	if now := a.Footprint(); a.known != nil || now > idle+64<<10 {
		t.Errorf("an emptied region holds %d bytes of metadata, a new one %d (peak %d), and a tracker: %v", now, idle, peak, a.known != nil)
	}
}
