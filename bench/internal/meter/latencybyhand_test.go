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

// TestSharesOfLittle: a call that takes no longer than the clock has no share, and where none
// takes longer there are none. Half a nanosecond is enough for all.
func TestSharesOfLittle(t *testing.T) {
	ops := []workloads.Op{{Kind: workloads.Alloc}, {Kind: workloads.Free}}
	for _, test := range []struct {
		first, second []uint32 // times of an allocation and a free, in each pass
		alloc, free   float64
	}{
		{[]uint32{5, 15}, []uint32{4, 15}, 0, 1},
		{[]uint32{5, 5}, []uint32{5, 5}, 0, 0},
		{[]uint32{5, 5}, []uint32{6, 5}, 1, 0},
		{[]uint32{0, 0}, []uint32{0, 0}, 0, 0},
	} {
		m := NewLatency()
		m.ns = [2][]uint32{test.first, test.second}
		if l := m.summary(ops, 5); l.AllocShare != test.alloc || l.FreeShare != test.free {
			t.Errorf("%v and %v: %+v, want shares of %v and %v", test.first, test.second, l, test.alloc, test.free)
		}
	}
}
