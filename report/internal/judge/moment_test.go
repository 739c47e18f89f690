package judge

import (
	"testing"

	"github.com/vramlab/vramlab/report/internal/list"
	"github.com/vramlab/vramlab/report/internal/rundir"
	"github.com/vramlab/vramlab/strategies"
)

// Strategies are compared at one moment, at which something is live.
func TestTelling(t *testing.T) {
	const region = 1 << 20
	at := func(op int, free float64) rundir.Moment { return rundir.Moment{Op: op, Free: free, Largest: free} }
	for _, tt := range []struct {
		name    string
		a, b    []rundir.Moment
		op      int
		end, ok bool
	}{
		{"the end", []rundir.Moment{at(1, 10), at(2, 20)}, []rundir.Moment{at(1, 10), at(2, 30)}, 2, true, true},
		{"one stopped early", []rundir.Moment{at(1, 10), at(2, 20), at(3, 30)}, []rundir.Moment{at(1, 10), at(2, 30)}, 2, true, true},
		{"everything freed", []rundir.Moment{at(1, 30), at(2, 20), at(3, region)}, []rundir.Moment{at(1, 30), at(2, 20), at(3, region)}, 2, false, true},
		{"one refused all", []rundir.Moment{at(1, 30), at(2, 20)}, []rundir.Moment{at(1, region), at(2, region)}, 2, false, true},
		{"nothing granted", []rundir.Moment{at(1, region)}, []rundir.Moment{at(1, region)}, 0, false, false},
		{"nothing in common", []rundir.Moment{at(1, 10)}, []rundir.Moment{at(2, 10)}, 0, false, false},
		{"one series", []rundir.Moment{at(1, 10)}, nil, 1, true, true},
	} {
		w := rundir.NewWorkload("w")
		w.Placed = []*rundir.Placement{{Region: strategies.Region{Size: region, Page: 4096}}}
		w.Moments = map[int][]rundir.Moment{0: tt.a, 1: tt.b}
		st, ok := Telling(list.Names{"a", "b"}, w)
		if ok != tt.ok || ok && (st.Op != tt.op || st.AtEnd != tt.end) {
			t.Errorf("%s: operation %d, at the end %v, %v; want %d, %v, %v", tt.name, st.Op, st.AtEnd, ok, tt.op, tt.end, tt.ok)
		}
	}
}
