package memory

import (
	"fmt"
	"strings"
	"testing"

	"github.com/vramlab/vramlab/report/internal/fixture"
	"github.com/vramlab/vramlab/report/internal/testrun"
)

// defragText is a line of curves.bench.
func defragText(strategy, workload string, step int, values string) string {
	return fmt.Sprintf("BenchmarkDefrag/strategy=%s/workload=%s/step=%d-2 1 %s\n", strategy, workload, step, values)
}

// TestDefrag: the last moment of each workload has a row, the others are folded, and each
// answer has its words.
func TestDefrag(t *testing.T) {
	f := fixture.Plain()
	a, b, w := f.Strategies[0], f.Strategies[1], f.Loads[0].Name
	in := testrun.WithCurves(t, f, defragText(a, w, 300, "2097152 one-piece-B 1048576 moved-B 524288 moved-least-B 8388608 lru-evicted-B 12 granted-after-ops")+
		defragText(b, w, 300, "2097152 one-piece-B 0 moved-B 0 moved-least-B 0 lru-evicted-B 0 granted-after-ops")+
		defragText(a, w, 100, "4194304 one-piece-B")+
		defragText(b, w, 100, "4194304 one-piece-B 4096 moved-least-B 8192 lru-evicted-B")+
		defragText(a, w, 200, "2097152 one-piece-B 4096 moved-B 4096 moved-least-B 49152 lru-evicted-B")+
		defragText(a, w, 50, "-5 one-piece-B 4096 moved-B")+
		defragText(a, "nobody", 50, "4096 one-piece-B"))
	p, err := makeDefrag(in)
	fixture.Must(t, err)
	if len(p.Rows) != 1 || len(p.Others) != 2 {
		t.Fatalf("%d rows, %d others", len(p.Rows), len(p.Others))
	}
	cost := func(r defragRow, s int) string {
		c := r.Costs[s]
		return strings.ReplaceAll(strings.Join([]string{r.Op, r.Asked, c.Moves, c.Bound, c.Evict, c.After}, "|"), "\u00a0", " ")
	}
	for i, want := range []struct {
		row  defragRow
		s    int
		text string
	}{
		{p.Rows[0], 0, "300|2 MiB|1 MiB|≥ 512 KiB|8 MiB|12"},
		{p.Rows[0], 1, "300|2 MiB|granted||–|–"},
		{p.Others[0], 0, "100|4 MiB|impossible||no help|–"},
		{p.Others[0], 1, "100|4 MiB|none found|≥ 4 KiB|8 KiB|–"},
		{p.Others[1], 0, "200|2 MiB|4 KiB||48 KiB|–"},
		{p.Others[1], 1, "200|2 MiB|–||–|–"},
	} {
		if got := cost(want.row, want.s); got != want.text {
			t.Errorf("%d: %s, want %s", i, got, want.text)
		}
	}
	if head := strings.ReplaceAll(string(p.Heading), "\u00a0", " "); !strings.Contains(head, "evicting the oldest writes 10 times the bytes that moving objects copies: the median of 2 of 4 requests, which both serve") {
		t.Errorf("heading %q", head)
	}
	html, err := Defrag.HTML(in)
	fixture.Must(t, err)
	if n := strings.Count(string(html), "<tr><th scope=\"row\""); n != 3 {
		t.Errorf("%d rows in\n%s", n, html)
	}
}

// TestNoDefrag: a run that asked nothing has no section.
func TestNoDefrag(t *testing.T) {
	if html, err := Defrag.HTML(testrun.Load(t, fixture.Plain().Write(t))); err != nil || html != "" {
		t.Errorf("%v: %s", err, html)
	}
}

// TestDefragUnhelped: where nothing helps the heading says so, without a number.
func TestDefragUnhelped(t *testing.T) {
	f := fixture.Plain()
	in := testrun.WithCurves(t, f, defragText(f.Strategies[0], f.Loads[0].Name, 300, "2097152 one-piece-B"))
	p, err := makeDefrag(in)
	fixture.Must(t, err)
	if got := strings.ReplaceAll(string(p.Heading), "\u00a0", " "); got != "1 request in one piece refused, and none that both moves and eviction serve" {
		t.Errorf("heading %q", got)
	}
}
