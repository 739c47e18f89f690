package meter

import (
	"slices"
	"testing"

	"github.com/vramlab/vramlab/sgtable"
	"github.com/vramlab/vramlab/strategies"
)

// TestTableQuantiles: of 20 batches the lower median is the tenth and the 99th percentile
// the longest, and so on. Batches that take the same time would show nothing.
func TestTableQuantiles(t *testing.T) {
	var l BlockLists
	l.Add([]strategies.Block{{Start: 0, Size: 4096}, {Start: 8192, Size: 4096}}, strategies.Request{Size: 8192})
	m, c := NewTables(), &TableCell{Lists: &l, Builder: sgtable.Builders()[0]}
	for _, tt := range []struct{ batches, median, p99 int }{{1, 0, 0}, {10, 4, 9}, {20, 9, 19}, {100, 49, 98}} {
		got := m.Measure(c, tt.batches, 0)
		ns := slices.Sorted(slices.Values(m.ns))
		if len(ns) != tt.batches || got.Median != ns[tt.median] || got.P99 != ns[tt.p99] {
			t.Errorf("%d of %d batches: median %v, 99th percentile %v of %v", len(ns), tt.batches, got.Median, got.P99, ns)
		}
	}
}
