package rundir

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/vramlab/vramlab/bench/schema"
	"github.com/vramlab/vramlab/report/internal/fixture"
)

// A peak counts wherever it lies: behind so many small requests.
func TestPeakAnywhere(t *testing.T) {
	for behind := range 120 {
		var b strings.Builder
		b.WriteString("vramlab trace 1\nregion 1048576 page 4096\n")
		for id := range behind {
			fmt.Fprintf(&b, "a %d 4096\n= 0+4096\nf %d\n", 2*id, 2*id)
		}
		fmt.Fprintf(&b, "a %d 65536\n= 0+65536\nf %d\n", 2*behind, 2*behind)
		for id := range behind {
			fmt.Fprintf(&b, "a %d 4096\n= 0+4096\nf %d\n", 2*(behind+1+id), 2*(behind+1+id))
		}
		p, err := ReadPlacement(fixture.OpenText(t, b.String()))
		fixture.Must(t, err)
		if p.peak != 65536 {
			t.Fatalf("behind %d requests: a peak of %d bytes", behind, p.peak)
		}
	}
}

// Which requests were refused tells traces apart that refused as many.
func TestWhichRefused(t *testing.T) {
	which := func(refused ...int) uint64 {
		var b strings.Builder
		b.WriteString("vramlab trace 1\nregion 1048576 page 4096\n")
		for id := range 6 {
			outcome := fmt.Sprintf("= %d+4096\n", id*4096)
			for _, r := range refused {
				if r == id {
					outcome = "! ENOSPC\n"
				}
			}
			fmt.Fprintf(&b, "a %d 4096\n%s", id, outcome)
		}
		p, err := ReadPlacement(fixture.OpenText(t, b.String()))
		fixture.Must(t, err)
		if p.Refusals.N != len(refused) {
			t.Fatalf("%d refusals, want %d", p.Refusals.N, len(refused))
		}
		return p.Refusals.Which
	}
	if first := which(1, 3); which(1, 3) != first || first == which(1, 4) || which(2) == which(5) || which(0) == which() {
		t.Error("refusals are not told apart")
	}
}

// The mean over a run has every sample, the first and the last too, and no NaN.
func TestMeanBroken(t *testing.T) {
	w := NewWorkload("w")
	w.Moments[0] = []Moment{{Op: 1, Broken: 10}, {Op: 2, Broken: math.NaN()}, {Op: 3, Broken: 20}, {Op: 4, Broken: 60}}
	if got := w.MeanBroken(0); got != 30 {
		t.Errorf("a mean of %v, want 30", got)
	}
}

// Snapshots are the state behind the operation of their moment, by hand. The second
// request has a second attempt that was not needed: its operation has no line, so the free
// behind it has no sure number until the next request tells.
func TestSnapshots(t *testing.T) {
	moments := []Moment{{Op: 1}, {Op: 2}, {Op: 4}, {Op: 5}, {Op: 6}, {Op: 7}}
	p, err := readPlacement(fixture.OpenText(t, `vramlab trace 1
region 4194304 page 4096
a 0 2097152
= 0+2097152
a 1 65536
= 2097152+65536
f 0
a 4 4194304
! ENOSPC
a 5 4096
= 4190208+4096
`), moments)
	fixture.Must(t, err)
	const free = 4194304 - 65536 // behind operation 5
	want := []Snapshot{
		{Op: 1, Sure: true, Live: 2097152, Free: 2097152, Largest: 2097152, RequestsSoFar: 1},
		{Op: 2, Sure: true, Live: 2162688, Free: 2031616, Largest: 2031616, Outside2M: 2031616, RequestsSoFar: 2},
		{Op: 4, Live: 65536, Free: free, Largest: 2097152, Outside2M: 2031616, RequestsSoFar: 2},
		{Op: 5, Sure: true, Live: 65536, Free: free, Largest: 2097152, Outside2M: 2031616, RequestsSoFar: 3, FailsSoFar: 1},
		{Op: 6, Sure: true, Live: 69632, Free: free - 4096, Largest: 2097152, Outside64K: 61440, Outside2M: 2027520, RequestsSoFar: 4, FailsSoFar: 1},
		{Op: 7, Sure: true, Live: 69632, Free: free - 4096, Largest: 2097152, Outside64K: 61440, Outside2M: 2027520, RequestsSoFar: 4, FailsSoFar: 1},
	}
	for i := range want {
		got := p.At[i]
		if want[i].Op == 6 {
			got.Sure = true // the trace ends here, behind a second attempt: either is right
		}
		if got != want[i] {
			t.Errorf("got  %+v\nwant %+v", got, want[i])
		}
	}
}

// A moment between an operation that has no line and a second attempt is not sure: the frees
// before it cannot be numbered.
func TestSnapshotsBeforeSecondAttempt(t *testing.T) {
	p, err := readPlacement(fixture.OpenText(t, `vramlab trace 1
region 4194304 page 4096
a 0 2097152 contiguous
= 0+2097152
f 0
a 3 8388608 contiguous
! ENOSPC
f 3
a 3 4096
= 0+4096
`), []Moment{{Op: 2}})
	fixture.Must(t, err)
	if got := p.At[0]; got.Op != 2 || got.Sure {
		t.Errorf("got %+v, want one that is not sure", got)
	}
}

// A request is what its first attempt asked for, whether a second one was needed or not.
func TestAskedFirst(t *testing.T) {
	read := func(text string) *Placement {
		p, err := ReadPlacement(fixture.OpenText(t, "vramlab trace 1\nregion 1048576 page 4096\n"+text))
		fixture.Must(t, err)
		return p
	}
	once := read("a 0 8192 contiguous\n= 0+8192\na 2 4096\n= 8192+4096\n")
	again := read("a 0 8192 contiguous\n! ENOSPC\nf 0\na 0 8192\n= 0+4096 16384+4096\na 2 4096\n= 8192+4096\n")
	if once.Asked != again.Asked {
		t.Error("the same requests differ")
	}
	if _, ok := again.MeanRequest(); ok {
		t.Error("second attempts may ask for another size")
	}
}

// Trims, resets and a state are in ns/op and in neither of ns/alloc and ns/free, which then
// make up no more than it.
func TestCallsWithOthers(t *testing.T) {
	const calls = "a 0 8192\n= 0+8192\na 1 8192\n= 8192+8192\nf 0\n"
	for _, tt := range []struct {
		trace    string
		op       float64
		complain bool
	}{
		{calls, 100, false}, {calls, 1000, true}, {calls, 10, true},
		{calls + "t 1 4096\n= 8192+4096\n", 1000, false}, {calls + "t 1 4096\n= 8192+4096\n", 10, true},
		{calls + "r dirty\n", 1000, false},
		{"l 7 65536+4096\n" + calls, 1000, false}, {"l 7 65536+4096\n" + calls, 10, true},
	} {
		p, err := ReadPlacement(fixture.OpenText(t, "vramlab trace 1\nregion 1048576 page 4096\n"+tt.trace))
		fixture.Must(t, err)
		w := NewWorkload("w")
		w.Placed = []*Placement{p}
		for u, v := range map[*schema.Unit]float64{schema.NsPerOp: tt.op, schema.NsPerAlloc: 100, schema.NsPerFree: 100} {
			w.Cells[CellKey{schema.AllocFree, "", 0, u}] = CellOfTimes([]float64{v})
		}
		r := &Run{Strategies: []string{"s"}, Workloads: []*Workload{w}, Warnings: newWarnings("")}
		r.checkCalls()
		if got := len(r.Warnings.All()) > 0; got != tt.complain || got == (w.Cell(schema.AllocFree, schema.NsPerFree, 0) != nil) {
			t.Errorf("%q with %v ns/op: %q", tt.trace, tt.op, r.Warnings.All())
		}
	}
}

// Means over other moments are no means to compare.
func TestOtherMoments(t *testing.T) {
	w := NewWorkload("w")
	w.Moments[0] = []Moment{{Op: 1, Broken: 10}, {Op: 2, Broken: 20}}
	w.Moments[2] = w.Moments[0]
	r := &Run{Strategies: []string{"s", "no series", "u"}, Workloads: []*Workload{w}, Warnings: newWarnings("")}
	r.checkMoments()
	if w.MeanBroken(2) != 15 || len(r.Warnings.All()) > 0 {
		t.Errorf("the same moments: %v, %q", w.MeanBroken(2), r.Warnings.All())
	}
	w.Moments[2] = w.Moments[0][:1]
	r.checkMoments()
	if !math.IsNaN(w.MeanBroken(0)) || !math.IsNaN(w.MeanBroken(2)) || len(r.Warnings.All()) != 1 {
		t.Errorf("other moments: %v, %q", w.MeanBroken(2), r.Warnings.All())
	}
}
