package experiment

import (
	"slices"
	"testing"

	"github.com/vramlab/vramlab/bench/schema"
)

// TestLookups: a cell for each size and way, whose steps are those of the pages of n
// segments, and whose bytes are each in a part of the object.
func TestLookups(t *testing.T) {
	sizes := lookupSizes()
	cells := setUpLookups([]uint64{1 << 20, 4 << 20})
	if len(sizes) != 6 || len(cells) != 4 {
		t.Fatalf("sizes %v, %d cells of two", sizes, len(cells))
	}
	want := []struct {
		name        string
		steps, segs float64
	}{
		{"Cursor/layout=pieces/size=1MiB/lookup=linear", 7.5, 16},
		{"Cursor/layout=pieces/size=1MiB/lookup=index", 4.125, 16}, // 5 comparisons for two segments of 16
		{"Cursor/layout=pieces/size=4MiB/lookup=linear", 31.5, 64},
		{"Cursor/layout=pieces/size=4MiB/lookup=index", 6.03125, 64},
	}
	for i, c := range cells {
		lines, err := c.Sample()
		if err != nil || len(lines) != 1 {
			t.Fatal(lines, err)
		}
		l := lines[0]
		if l.Name != want[i].name || l.Iters < lookupBatches*lookupsAround || c.Took <= 0 {
			t.Errorf("%s of %d, taking %v; want %s", l.Name, l.Iters, c.Took, want[i].name)
		}
		for k, v := range l.Values {
			unit := []*schema.Unit{schema.NsPerLookup, schema.StepsPerLookup, schema.SegsPerTable}[k]
			if v.Unit != unit || k == 0 && v.V <= 0 || k == 1 && v.V != want[i].steps || k == 2 && v.V != want[i].segs {
				t.Errorf("%s: %v %s", l.Name, v.V, v.Unit.Name)
			}
		}
	}
	for _, size := range sizes {
		l := newLookups(size)[0]
		offsets, part := slices.Sorted(slices.Values(l.offsets)), size/lookupsAround
		for i, at := range offsets {
			if at/part != uint64(i) {
				t.Fatalf("%d bytes: part %d is looked for at %d", size, i, at)
			}
		}
		if mean := float64(l.around()) / lookupsAround; mean < l.steps-0.6 || mean > l.steps+0.6 {
			t.Errorf("%d bytes: %v steps on the way around, %v of all pages", size, mean, l.steps)
		}
	}
}
