package schema

import (
	"slices"
	"testing"
)

// TestQuantiles: the quantiles are the units of their benchmark, ascending.
func TestQuantiles(t *testing.T) {
	var units []*Unit
	last := 0.0
	for _, q := range Quantiles() {
		if units = append(units, q.Unit); q.Share <= last || q.Share > 1 {
			t.Errorf("%s at %v, behind %v", q.Unit.Name, q.Share, last)
		}
		last = q.Share
	}
	if !slices.Equal(units, CallTimes.Units) || last != 1 {
		t.Errorf("up to %v, not the units of CallTimes", last)
	}
}
