package history_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/vramlab/vramlab/report/history"
)

// shared is a run of a strategy that serves a share of its workload.
func shared(i int, served, ns, segs float64) string {
	var b strings.Builder
	b.WriteString(units)
	for j := range 6 {
		v := ns * (1 + float64((i+j)%3)/1000)
		fmt.Fprintf(&b, "BenchmarkAllocFree/strategy=a/workload=w-2 1000 %v ns/op %v served-pct\n", v, served)
		fmt.Fprintf(&b, "BenchmarkAA/strategy=a/workload=w-2 1000 %v ns/op\n", v)
	}
	fmt.Fprintf(&b, "BenchmarkT/strategy=a/workload=w 1 %v segs/table\n", segs)
	return b.String()
}

// TestUnequalWork: an allocator that begins to refuse is faster and has other tables, and
// neither is called, nor when it serves again; what it refuses is. Its steps while it does
// equal work are called as before.
func TestUnequalWork(t *testing.T) {
	var texts []string
	for i := range 12 {
		served, ns, segs := 100.0, 100.0, 2.0
		if i >= 4 {
			served, ns, segs = 60, 61, 1
		}
		if i >= 8 { // still refusing: a change of its own
			ns, segs = 122, 3
		}
		texts = append(texts, shared(i, served, ns, segs))
	}
	h, err := history.Find(points(t, texts...))
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	h.Print(&b, false)
	want := `unequal work from c4 on: strategy=a/workload=w (served 100 %, then 60 %); no step there is called of times, or of exact figures other than those of what was refused
c4: 1 figures change, 1 for the worse
  AllocFree/strategy=a/workload=w  served-pct  100 to 60  -40 %  worse
c8: 2 figures change, 2 for the worse
  T/strategy=a/workload=w          segs/table  1 to 3            +200 %  worse
  AllocFree/strategy=a/workload=w  ns/op       61.061 to 122.122  +100 %  worse, by a time
`
	squeeze := func(s string) string { return strings.Join(strings.Fields(s), " ") }
	if !strings.HasPrefix(squeeze(b.String()), squeeze(want)) {
		t.Errorf("got\n%swant\n%s", &b, want)
	}
	b.Reset()
	if err := h.Draw(&b, "svg"); err != nil {
		t.Error(err)
	}
}

// TestFewPoints: with fewer than four runs a history says that it did not look at times.
func TestFewPoints(t *testing.T) {
	for _, c := range []struct {
		runs int
		segs float64
		want []string
	}{
		{3, 2, []string{"times need four runs, and were not looked at\n", "no exact figure changes over 3 runs\n"}},
		{3, 1, []string{"times need four runs, and were not looked at\n", "no exact figure becomes worse\n"}},
		{4, 2, []string{"no figure changes over 4 runs\n"}},
	} {
		var texts []string
		for i := range c.runs {
			segs := 2.0
			if i == c.runs-1 {
				segs = c.segs
			}
			texts = append(texts, shared(i, 100, 100, segs))
		}
		h, err := history.Find(points(t, texts...))
		if err != nil {
			t.Fatal(err)
		}
		var b bytes.Buffer
		h.Print(&b, false)
		for _, want := range c.want {
			if !strings.Contains(b.String(), want) {
				t.Errorf("%d runs: no %q in\n%s", c.runs, want, &b)
			}
		}
		if len(c.want) == 1 && b.String() != c.want[0] {
			t.Errorf("got %q", &b)
		}
	}
}
