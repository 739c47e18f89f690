package tables

import (
	"slices"
	"testing"

	"github.com/vramlab/vramlab/report/internal/judge"
)

// TestBuilderSizes: a small object, the size of the heading or a usual one, the largest.
func TestBuilderSizes(t *testing.T) {
	const k, m, g = 1 << 10, 1 << 20, 1 << 30
	for _, tt := range []struct {
		measured []uint64
		told     uint64
		want     []uint64
	}{
		{[]uint64{4 * k, 64 * k, m, 64 * m, g}, g, []uint64{64 * k, 64 * m, g}},
		{[]uint64{4 * k, 64 * k, m, 64 * m, g}, m, []uint64{64 * k, m, g}},
		{[]uint64{4 * k, 64 * k, m, 64 * m, g}, 64 * k, []uint64{64 * k, 64 * m, g}},
		{[]uint64{4 * k, 65 * k, m, 64 * m, g}, g, []uint64{4 * k, m, g}},
		{[]uint64{4 * k, 64 * k, m, 65 * m, g}, g, []uint64{4 * k, m, g}},
		{[]uint64{m}, m, []uint64{m}},
	} {
		var l judge.BuilderLine
		for _, size := range tt.measured {
			l.Points = append(l.Points, judge.BuilderPoint{Size: size})
		}
		if got := builderSizes([]judge.BuilderLine{l}, tt.told); !slices.Equal(got, tt.want) {
			t.Errorf("of %d, %d in the heading: %d, want %d", tt.measured, tt.told, got, tt.want)
		}
	}
}
