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
		for _, size := range slices.Backward(objectSizes()) {
			blocks := l.blocks(size)
			if total(blocks) != size {
				t.Errorf("%s: %d bytes in blocks of %d", l.name, size, total(blocks))
			}
			want := 1
			if l.name == "pieces" {
				want = int(max(1, size/pieceSize))
			}
			if len(blocks) != want {
				t.Errorf("%s: %d bytes in %d blocks, want %d", l.name, size, len(blocks), want)
			}
			for i := 1; i < len(blocks); i++ {
				if blocks[i].Start <= blocks[i-1].End() {
					t.Fatalf("%s: block %d follows its neighbour directly", l.name, i)
				}
			}
		}
	}
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
			for _, size := range r.objects {
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
