package meter

import (
	"math"
	"testing"

	"github.com/vramlab/vramlab/workloads"
)

// TestSharesByHand: a second attempt is part of its request's time. The calls take 10, 20,
// 30 and 40 ns after 5 for the clock; what was not called takes none.
func TestSharesByHand(t *testing.T) {
	ops := []workloads.Op{{Kind: workloads.Alloc}, {Kind: workloads.Fallback}, {Kind: workloads.FreeCleared}, {Kind: workloads.Trim}, {Kind: workloads.Free}}
	m := NewLatency()
	for pass := range m.ns {
		m.ns[pass] = []uint32{15, 25, 35, 45, 0}
	}
	l := m.summary(ops, 5)
	if math.Abs(l.AllocShare-0.3) > 1e-9 || math.Abs(l.FreeShare-0.3) > 1e-9 || l.Max != 40 {
		t.Errorf("got %+v, want shares of 0.3 and 0.3, 40 at most", l)
	}
}
