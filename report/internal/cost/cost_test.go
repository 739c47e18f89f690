package cost_test

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/vramlab/vramlab/report/internal/cost"
	"github.com/vramlab/vramlab/report/internal/fixture"
	"github.com/vramlab/vramlab/report/internal/rundir"
)

// Two strategies on three requests: one refuses none, the other the last, of 12,288 bytes.
const (
	all  = "a 0 4096\n= 0+4096\na 1 8192\n= 4096+8192\nf 0\na 3 12288\n= 16384+12288\n"
	some = "a 0 4096\n= 0+4096\na 1 8192\n= 4096+8192\nf 0\na 3 12288\n! ENOSPC\nf 3\n"
)

func workload(t *testing.T, traces ...string) *rundir.Workload {
	w := rundir.NewWorkload("w")
	for _, text := range traces {
		p, err := rundir.ReadPlacement(fixture.OpenText(t, "vramlab trace 1\n# w: doc\nregion 65536 page 4096\n"+text))
		fixture.Must(t, err)
		w.Placed = append(w.Placed, p)
	}
	return w
}

func of(w *rundir.Workload) cost.Bill {
	n := upTo(len(w.Placed))
	return cost.Of(cost.Input{Workload: w, Strategies: len(n), Present: n, Same: n, Prices: cost.Defaults()})
}

func upTo(n int) (out []int) {
	for i := range n {
		out = append(out, i)
	}
	return out
}

// Kernel work is that of an operation times the operations of a request served, with the
// bounds of the model's error.
func TestAllocatorWork(t *testing.T) {
	w := workload(t, all, all)
	w.Kernel[0] = rundir.KernelWork{Ops: 4, Model: 300e-9, Error: 0.2}
	w.Kernel[1] = rundir.KernelWork{Ops: 4, Model: 150e-9, Error: 0.1}
	b := of(w)
	got := b.NS(cost.Allocator, 0) // 4 operations, 3 served
	for i, pair := range [][2]float64{{got.Mid, 400}, {got.Lo, 320}, {got.Hi, 480}} {
		if math.Abs(pair[0]-pair[1]) > 1e-9 {
			t.Errorf("%d: %v, want %v", i, pair[0], pair[1])
		}
	}
	if b.Left(cost.Allocator) || !b.Left(cost.Table) || !b.Left(cost.PTE) || b.Left(cost.Copy) || math.Abs(b.Total(1).Mid-200) > 1e-9 {
		t.Errorf("left out %v, total %v", b.Out, b.Total(1))
	}
	for name, k := range map[string]rundir.KernelWork{
		"another number of operations": {Ops: 3, Model: 150e-9, Error: 0.1},
		"not the kernel's":             {Ops: 4, Model: 150e-9, Error: 0.1, Differs: 3},
		"no error":                     {Ops: 4, Model: 150e-9, Error: math.NaN()},
		"no model":                     {Ops: 4, Model: math.NaN(), Error: 0.1},
	} {
		w.Kernel[1] = k
		if b := of(w); !b.Left(cost.Allocator) {
			t.Errorf("%s: the part is not left out", name)
		} else if got := b.Total(0).Mid; got != 0 {
			t.Errorf("%s: the other strategy is charged %v", name, got)
		}
	}
}

// What was refused for lack of memory is moved, divided over what was served.
func TestEvictions(t *testing.T) {
	for _, tt := range []struct {
		name, trace string
		bytes       float64
	}{
		{"nothing refused", all, 0},
		{"refused", some, 6144},
		{"invalid, which no memory helps", strings.Replace(some, "ENOSPC", "EINVAL", 1), 0},
		{"too big for the region", strings.Replace(some, "12288", "131072", 1), 0},
		{"E2BIG", strings.Replace(some, "ENOSPC", "E2BIG", 1), 0},
	} {
		b := of(workload(t, tt.trace))
		if got, want := b.NS(cost.Copy, 0).Mid, tt.bytes/12; math.Abs(got-want) > 1e-9 {
			t.Errorf("%s: %v ns, want %v", tt.name, got, want)
		}
	}
}

func TestParse(t *testing.T) {
	for text, want := range map[string]string{
		"pte=4ns,copy=12GB/s":     "pte=4ns,copy=12GB/s",
		"copy=0.5":                "pte=4ns,copy=0.5GB/s",
		" pte=0 ns , copy=24GB/s": "pte=0ns,copy=24GB/s",
	} {
		p, err := cost.Parse(text)
		if err != nil || p.String() != want {
			t.Errorf("%q: %v, %v", text, p, err)
		}
		if again, err := cost.Parse(p.String()); err != nil || !slices.Equal(again, p) {
			t.Errorf("%q: %v, %v", p.String(), again, err)
		}
	}
	for _, text := range []string{"", "pte", "table=3", "allocator=3", "pte=-1ns", "pte=NaN", "copy=0", "copy=1e9", "pte=4GB/s", "pte=4ns,,"} {
		if p, err := cost.Parse(text); err == nil || strings.Contains(err.Error(), "\n") {
			t.Errorf("%q: %v, %v", text, p, err)
		}
	}
}
