package bench

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

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
			if total(blocks) != size {
				t.Errorf("%s: %d bytes in blocks of %d", l.name, size, total(blocks))
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
			if c := newSizeCell(l, b, size); c.segs != want {
				t.Errorf("%s makes %d segments of %d shuffled blocks, want %d", b.Name, c.segs, n, want)
			}
		}
	}
	if small := l.blocks(l.least / 4); len(small) != 1 || small[0].Size != l.least/4 {
		t.Errorf("an object below 64 KiB is in the blocks %v", small)
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

// TestRunSizes runs the second sweep on two sizes.
func TestRunSizes(t *testing.T) {
	c := tiny(t)
	r := newRunner(c)
	r.objects = []uint64{4 << 10, 1 << 20}
	if err := r.run(context.Background()); err != nil {
		t.Fatal(err)
	}
	all, _ := results(t, filepath.Join(c.Dir, curvesFile))
	samples := make(map[string]int)
	values := make(map[string]float64) // by name and unit, of the last sample
	for _, res := range all {
		samples[name(res)]++
		for _, v := range res.Values {
			values[name(res)+" "+v.Unit] = v.Value
		}
	}
	for _, l := range layouts() {
		for _, b := range sgtable.Builders() {
			for _, size := range l.sizes(r.objects) {
				n := fmt.Sprintf("Builders/layout=%s/builder=%s/size=%s", l.name, b.Name, sizeName(size))
				if samples[n] != c.Count || values[n+" sec/table"] <= 0 || values[n+" sec/seg"] <= 0 {
					t.Errorf("%s: %d samples, want %d with times", n, samples[n], c.Count)
				}
			}
		}
	}
	for what, want := range map[string]float64{
		"Builders/layout=whole/builder=counted/size=1MiB segs/table":      1,
		"Builders/layout=whole/builder=counted/size=1MiB peak-B":          16,
		"Builders/layout=pieces/builder=counted/size=1MiB segs/table":     16,
		"Builders/layout=pieces/builder=nomerge/size=1MiB entries/table":  16,
		"Builders/layout=shuffled/builder=counted/size=1MiB segs/table":   12, // every fourth of 16 merges
		"Builders/layout=shuffled/builder=sorted/size=1MiB segs/table":    12,
		"Builders/layout=shuffled/builder=nomerge/size=1MiB segs/table":   16,
		"Builders/layout=whole/builder=worstcase/size=1MiB entries/table": 256 + 1, // a page each, then the exact table
		"Builders/layout=whole/builder=worstcase/size=4KiB entries/table": 1 + 1,
	} {
		if got, ok := values[what]; got != want || !ok {
			t.Errorf("%s: %v, want %v", what, got, want)
		}
	}
	if peak := values["Builders/layout=whole/builder=worstcase/size=1MiB peak-B"]; peak < 256*32 {
		t.Errorf("worstcase holds %v bytes at the peak, less than its entries", peak)
	}
	plain, sorted := values["Builders/layout=shuffled/builder=counted/size=1MiB peak-B"], values["Builders/layout=shuffled/builder=sorted/size=1MiB peak-B"]
	if sorted < plain+16*16 {
		t.Errorf("sorted holds %v bytes at the peak, counted %v: too few for a copy of 16 blocks, so that nothing was sorted", sorted, plain)
	}
	if n := samples["Builders/layout=shuffled/builder=counted/size=4KiB"]; n != 0 {
		t.Errorf("%d samples of a shuffled object of one small block", n)
	}
	allDeclared(t, c.Dir)
}

// allDeclared looks for a Unit line of every unit in curves.bench.
func allDeclared(t *testing.T, dir string) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(dir, curvesFile))
	if err != nil {
		t.Fatal(err)
	}
	known := map[string]bool{"ns/op": true} // benchstat knows it
	for text := range strings.Lines(string(data)) {
		f := strings.Fields(text)
		switch {
		case len(f) > 1 && f[0] == "Unit":
			known[f[1]] = true
		case strings.HasPrefix(text, "Benchmark"):
			for i := 3; i < len(f); i += 2 {
				if !known[f[i]] {
					t.Errorf("%s: nothing is said of the unit %s", f[0], f[i])
					known[f[i]] = true
				}
			}
		}
	}
}
