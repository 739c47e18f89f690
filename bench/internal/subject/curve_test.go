package subject

import (
	"testing"

	"github.com/vramlab/vramlab/bench/schema"
	"github.com/vramlab/vramlab/internal/churn"
	"github.com/vramlab/vramlab/sgtable"
	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/workloads"
)

// swelling is an allocator whose memory is what the test says.
type swelling struct {
	strategies.Allocator
	bytes uint64
}

func (s *swelling) Footprint() uint64 { return s.bytes }

// TestPeakMetadata: the memory of an allocator counts where it was most, wherever that was.
func TestPeakMetadata(t *testing.T) {
	for _, sizes := range [][]uint64{{900, 100, 300}, {100, 900, 300}, {100, 300, 900}} {
		a := &swelling{Allocator: churn.New(churn.FirstFit)}
		s := newSeries("s", emptyOps(3))
		for i, n := range sizes {
			a.bytes = n
			s.step(a, i+1, 3)
		}
		if s.peakMetadata != 900 {
			t.Errorf("%v: a peak of %d", sizes, s.peakMetadata)
		}
	}
}

// TestCurveOfFirstBuilder: the tables of the curve are those of the first builder.
func TestCurveOfFirstBuilder(t *testing.T) {
	segments := func(name string, n int) sgtable.Builder {
		return sgtable.Builder{Name: name, Build: func(p *sgtable.Pool, _ []strategies.Block, _ sgtable.Options) []sgtable.Segment {
			return p.Built(p.Take(n)[:n])
		}}
	}
	ops := []workloads.Op{{Slot: 0, Req: strategies.Request{Size: 4096}}, {Slot: 1, Req: strategies.Request{Size: 8192}}}
	s := &Subject{Strategy: churn.FirstFit, Load: load(workloads.Workload{Name: "two", Region: churn.Region}, ops)}
	if err := s.Prepare([]sgtable.Builder{segments("first", 2), segments("second", 5), segments("last", 7)}); err != nil {
		t.Fatal(err)
	}
	seen := 0
	for _, l := range s.Lines {
		for _, v := range l.Values {
			if v.Unit != schema.SegsPerTable {
				continue
			}
			if seen++; v.V != 2 {
				t.Errorf("%s, want 2 segments a table", l.Append(nil))
			}
		}
	}
	if seen != 2 {
		t.Errorf("%d samples with tables, want 2", seen)
	}
}

// TestSegmentsOfASample: the mean is over tables, and a grant too big for one is none. A
// single table of one segment counts.
func TestSegmentsOfASample(t *testing.T) {
	for _, test := range []struct {
		segs []int
		want float64 // 0: no value
	}{{nil, 0}, {[]int{0}, 0}, {[]int{1}, 1}, {[]int{1, 0, 4}, 2.5}} {
		s := newSeries("s", emptyOps(3))
		for _, n := range test.segs {
			s.granted(&workloads.Op{}, nil, n)
		}
		got := 0.0
		for _, v := range s.values(3) {
			if v.Unit == schema.SegsPerTable {
				got = v.V
			}
		}
		if got != test.want {
			t.Errorf("tables of %v segments: %v on average, want %v", test.segs, got, test.want)
		}
	}
}
