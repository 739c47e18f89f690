package experiment

import (
	"fmt"
	"slices"
	"testing"

	"github.com/vramlab/vramlab/bench/schema"
	"github.com/vramlab/vramlab/sgtable"
	"github.com/vramlab/vramlab/strategies"
)

func TestObjectSizes(t *testing.T) {
	sizes := objectSizes()
	if len(sizes) != 12 || sizes[0] != 4<<10 || sizes[11] != 16<<30 {
		t.Errorf("sizes %v, want 12 from 4 KiB to 16 GiB", sizes)
	}
}

// TestLayouts looks at the blocks of every size, the largest first: what a
// layout said of a smaller one must not depend on what was asked before.
func TestLayouts(t *testing.T) {
	for _, l := range layouts() {
		var larger []strategies.Block
		for _, size := range slices.Backward(l.sizes(objectSizes())) {
			blocks := l.blocks(size)
			if sum(blocks) != size {
				t.Errorf("%s: %d bytes in blocks of %d", l.name, size, sum(blocks))
			}
			want := 1
			if l.name != "whole" {
				want = int(max(1, size/pieceSize))
			}
			if len(blocks) != want {
				t.Errorf("%s: %d bytes in %d blocks, want %d", l.name, size, len(blocks), want)
			}
			if larger != nil && size >= pieceSize && l.name != "whole" && !slices.Equal(blocks, larger[:want]) {
				t.Errorf("%s: the blocks of %d bytes are not the first of a larger object's", l.name, size)
			}
			larger = blocks
			if l.name == "pieces" {
				if i := adjoining(blocks, func(int) bool { return false }); i >= 0 || !inOrder(blocks) {
					t.Fatalf("pieces: block %d follows its neighbour directly, or some are out of order", i)
				}
			}
		}
	}
}

// TestShuffled: every fourth block adjoins the one before, and no others adjoin
// even when sorted. The order is random in every object of more than a few blocks,
// and the same each time.
func TestShuffled(t *testing.T) {
	l := layouts()[2]
	sizes := l.sizes(objectSizes())
	if l.name != "shuffled" || len(sizes) != 8 || sizes[0] != 64<<10 || sizes[7] != 1<<30 {
		t.Fatalf("%s has the sizes %v, want 8 from 64 KiB to 1 GiB", l.name, sizes)
	}
	for _, size := range sizes {
		blocks := l.blocks(size)
		if i := adjoining(blocks, func(i int) bool { return i%4 == 3 }); i >= 0 {
			t.Errorf("%d bytes: block %d adjoins the one before it and should not, or the other way round", size, i)
		}
		n := len(blocks)
		if n >= 16 && inOrder(blocks) {
			t.Errorf("%d bytes: sorted already", size)
		}
		if !slices.Equal(blocks, layouts()[2].blocks(size)) {
			t.Errorf("%d bytes: another order the second time", size)
		}
		for _, b := range sgtable.Builders() {
			want := n - n/4
			if b.Name == "nomerge" {
				want = n
			}
			if c := newObject(l, b, size); c.segs != want {
				t.Errorf("%s makes %d segments of %d shuffled blocks, want %d", b.Name, c.segs, n, want)
			}
		}
	}
	if small := l.blocks(l.least / 4); len(small) != 1 || small[0].Size != l.least/4 {
		t.Errorf("an object below 64 KiB is in the blocks %v", small)
	}
}

// TestShuffledOrder: the order is the same in every version, or files of two would differ.
// Places are three blocks apart.
func TestShuffledOrder(t *testing.T) {
	var got []uint64
	for _, b := range shuffled(16) {
		if b.Size != pieceSize {
			t.Errorf("a block of %d bytes", b.Size)
		}
		got = append(got, b.Start/pieceSize)
	}
	if want := []uint64{15, 18, 24, 25, 3, 6, 27, 28, 9, 12, 30, 31, 33, 0, 21, 22}; !slices.Equal(got, want) {
		t.Errorf("blocks at %v pieces, want %v", got, want)
	}
}

// adjoining is the first block that begins where the one before ended although it
// should not, or the other way round; -1 if there is none.
func adjoining(blocks []strategies.Block, should func(i int) bool) int {
	for i := 1; i < len(blocks); i++ {
		if (blocks[i].Start == blocks[i-1].End()) != should(i) {
			return i
		}
	}
	return -1
}

// inOrder reports whether blocks ascend and do not overlap.
func inOrder(blocks []strategies.Block) bool {
	for i := 1; i < len(blocks); i++ {
		if blocks[i].Start < blocks[i-1].End() {
			return false
		}
	}
	return true
}

// TestObjects measures objects of two sizes.
func TestObjects(t *testing.T) {
	sizes := []uint64{4 << 10, 1 << 20}
	cells, err := setUpObjects(t.Context(), testEnv(), sizes)
	if err != nil {
		t.Fatal(err)
	}
	got := samples(t, cells, 2)
	of := func(name string, u *schema.Unit) float64 {
		if len(got[name]) != 2 {
			t.Fatalf("%s: %d samples, want 2", name, len(got[name]))
		}
		v, ok := value(got[name][0], u)
		if again, _ := value(got[name][1], u); !ok || u.Exact && v != again {
			t.Errorf("%s: %v %s, then %v", name, v, u.Name, again)
		}
		return v
	}
	for _, l := range layouts() {
		for _, b := range sgtable.Builders() {
			for _, size := range l.sizes(sizes) {
				name := fmt.Sprintf("Builders/layout=%s/builder=%s/size=%s", l.name, b.Name, schema.FormatSize(size))
				if of(name, schema.NsPerTable) <= 0 || of(name, schema.NsPerSeg) <= 0 {
					t.Errorf("%s has no times", name)
				}
			}
		}
	}
	for _, test := range []struct {
		name string
		unit *schema.Unit
		want float64
	}{
		{"whole/builder=counted/size=1MiB", schema.SegsPerTable, 1},
		{"whole/builder=counted/size=1MiB", schema.PeakBytes, 16},
		{"pieces/builder=counted/size=1MiB", schema.SegsPerTable, 16},
		{"pieces/builder=nomerge/size=1MiB", schema.EntriesPerTable, 16},
		{"shuffled/builder=counted/size=1MiB", schema.SegsPerTable, 12}, // every fourth of 16 merges
		{"shuffled/builder=sorted/size=1MiB", schema.SegsPerTable, 12},
		{"shuffled/builder=nomerge/size=1MiB", schema.SegsPerTable, 16},
		{"whole/builder=worstcase/size=1MiB", schema.EntriesPerTable, 256 + 1}, // a page each, then the exact table
		{"whole/builder=worstcase/size=4KiB", schema.EntriesPerTable, 1 + 1},
	} {
		if got := of("Builders/layout="+test.name, test.unit); got != test.want {
			t.Errorf("%s: %v %s, want %v", test.name, got, test.unit.Name, test.want)
		}
	}
	if peak := of("Builders/layout=whole/builder=worstcase/size=1MiB", schema.PeakBytes); peak < 256*32 {
		t.Errorf("worstcase holds %v bytes at the peak, less than its entries", peak)
	}
	plain, sorted := of("Builders/layout=shuffled/builder=counted/size=1MiB", schema.PeakBytes), of("Builders/layout=shuffled/builder=sorted/size=1MiB", schema.PeakBytes)
	if sorted < plain+16*16 {
		t.Errorf("sorted holds %v bytes at the peak, counted %v: too few for a copy of 16 blocks, so that nothing was sorted", sorted, plain)
	}
	if n := len(got["Builders/layout=shuffled/builder=counted/size=4KiB"]); n != 0 {
		t.Errorf("%d samples of a shuffled object of one small block", n)
	}
}
