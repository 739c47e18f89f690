package bench

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/vramlab/vramlab/bench/internal/subject"
	"github.com/vramlab/vramlab/bench/schema"
	"github.com/vramlab/vramlab/internal/churn"
	"github.com/vramlab/vramlab/sgtable"
	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/workloads"
)

// refusing is firstfit that refuses some attempts, the first being 0, or all.
type refusing struct {
	strategies.Allocator
	attempts []int
	next     int
}

var every = []int{-1}

func (r *refusing) Alloc(dst []strategies.Block, q strategies.Request) ([]strategies.Block, error) {
	r.next++
	if slices.Contains(r.attempts, r.next-1) || r.attempts[0] == every[0] {
		return dst, strategies.ErrNoSpace
	}
	return r.Allocator.Alloc(dst, q)
}

// ten is ten requests, of which the last may be asked again.
func ten(uint64, int) (ops []workloads.Op) {
	req := strategies.Request{Size: 4096}
	for i := range 10 {
		ops = append(ops, workloads.Op{Slot: uint32(i), Req: req})
	}
	return append(ops, workloads.Op{Kind: workloads.Fallback, Slot: 9, Req: req})
}

// TestUnequalWork: what the head says of strategies that refuse these attempts.
func TestUnequalWork(t *testing.T) {
	load, err := subject.NewLoad(workloads.Workload{Name: "ten", Region: churn.Region, Ops: ten}, 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	nobody := []int{99}
	for _, c := range []struct {
		want    string
		refused [][]int
	}{
		{"", [][]int{nobody}},
		{"", [][]int{every}},
		{"", [][]int{nobody, nobody}},
		{"", [][]int{{3, 5}, {3, 5}}},
		{"", [][]int{nobody, {9}}}, // the second attempt is granted
		{"b served 90 %, a served 100 %", [][]int{nobody, {9, 10}}},
		{"a served 90 %, c served 80 %, b served 100 %", [][]int{{3}, nobody, {3, 4}}},
		{"a served 90 %, b served 90 %; those that served most did not serve the same requests", [][]int{{3}, {4}}},
		{"a served 90 %, b served 90 %; those that served most did not serve the same requests", [][]int{{9, 10}, {4}}},
		{"a served 80 %, b served 90 %, c served 90 %", [][]int{{3, 4}, {4}, {4}}},
		{"a served 0 %, b served 0 %: there is no work to compare", [][]int{every, every}},
	} {
		var of []*subject.Subject
		for i, attempts := range c.refused {
			s := &subject.Subject{Load: load, Strategy: strategies.Strategy{Name: string(rune('a' + i)), Doc: "Refuses.",
				New: func(r strategies.Region) (strategies.Allocator, error) {
					a, err := churn.FirstFit.New(r)
					return &refusing{a, attempts, 0}, err
				}}}
			if err := s.Prepare(sgtable.Builders()[:1]); err != nil {
				t.Fatal(err)
			}
			of = append(of, s)
		}
		if got := unequalWork(of); got != c.want {
			t.Errorf("refused %v: %q, want %q", c.refused, got, c.want)
		}
	}
}

func TestSharesText(t *testing.T) {
	for want, shares := range map[string][]float64{
		"":                     nil,
		"100 99.3":             {100, 99.3},
		"99.996 100":           {99.9962294, 100},
		"99.9962 99.9963":      {99.99621, 99.99629},
		"99.9 99.9 0.00123":    {99.9, 99.9, 0.001234},
		"99.99999999999999 50": {99.99999999999999, 50},
	} {
		if got := strings.Join(sharesText(shares), " "); got != want {
			t.Errorf("%v: %q, want %q", shares, got, want)
		}
	}
}

// TestHeadNamesUnequalWork: in a run the lines stand before the first result of the files
// of times, one for each workload whose strategies did not serve as much as another.
func TestHeadNamesUnequalWork(t *testing.T) {
	c := tiny(t)
	if err := Run(context.Background(), c); err != nil {
		t.Fatal(err)
	}
	all, _ := results(t, filepath.Join(c.Dir, string(schema.Results)))
	served, unequal := make(map[string]float64), make(map[string]bool)
	for _, r := range all {
		_, l := schema.Parse(string(r.Name))
		if v, ok := r.Value(schema.ServedPct.Name); ok {
			w := l[schema.Workload]
			if old, seen := served[w]; seen && old != v {
				unequal[w] = true
			}
			served[w] = v
		}
	}
	if len(unequal) != 1 || len(served) != 2 {
		t.Fatalf("unequal work on %v of %v, want one of two", unequal, served)
	}
	for _, name := range schema.Files() {
		text, err := os.ReadFile(filepath.Join(c.Dir, string(name)))
		if err != nil {
			t.Fatal(err)
		}
		head, rest, _ := strings.Cut(string(text), "\nBenchmark")
		want := len(unequal)
		if name == schema.Curves {
			want = 0
		}
		if n := strings.Count(head, "\n# unequal-work: workload "); n != want || strings.Contains(rest, "unequal-work") {
			t.Errorf("%s: %d workloads of unequal work, want %d in\n%s", name, n, want, head)
		}
		for w := range unequal {
			if want > 0 && !strings.Contains(head, "workload "+w+": firstfit served ") {
				t.Errorf("%s does not name %s:\n%s", name, w, head)
			}
		}
	}
}
