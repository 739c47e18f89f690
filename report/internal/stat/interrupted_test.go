package stat

import "testing"

func TestInterrupted(t *testing.T) {
	for _, tt := range []struct {
		away []float64
		n    int
		busy bool
	}{
		{nil, 0, false},
		{[]float64{0, 5, 5, 5, 5, 5, 5, 5, 5, 5}, 0, false},
		{[]float64{90, 0, 0, 0, 0, 0, 0, 0, 0, 0}, 1, false}, // a tenth is not more than a tenth
		{[]float64{90, 0, 0, 0, 0, 0, 0, 0, 0}, 1, true},
		{[]float64{5.1}, 1, true},
	} {
		var got Interrupted
		for _, v := range tt.away {
			got.Add(v)
		}
		if got.N != tt.n || got.Of != len(tt.away) || got.Busy() != tt.busy {
			t.Errorf("%v: %+v, busy %v", tt.away, got, got.Busy())
		}
	}
}
