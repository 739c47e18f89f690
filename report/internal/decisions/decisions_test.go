package decisions

import (
	"fmt"
	"testing"

	"github.com/vramlab/vramlab/report/internal/cost"
	"github.com/vramlab/vramlab/report/internal/judge"
	"github.com/vramlab/vramlab/report/internal/list"
	"github.com/vramlab/vramlab/report/internal/rundir"
)

// A trifle is a tie: in what is a part of the cost less than 5 % of the total, in the rest
// less than 5 % of the value. What is refused is none, however little.
func TestTrifles(t *testing.T) {
	paid := func(total float64, entries ...float64) *cost.Bill {
		b := &cost.Bill{Prices: cost.Defaults(), Amounts: make([][]cost.Range, len(cost.Parts))}
		for _, e := range entries {
			b.Entries = append(b.Entries, e)
			for part, v := range []float64{total, 0, e, 0} {
				b.Amounts[part] = append(b.Amounts[part], cost.Range{Mid: v, Lo: v, Hi: v})
			}
		}
		return b
	}
	plain, entries, reach, refused := metric{part: noPart}, metric{part: cost.PTE}, metric{part: noPart, higher: true, share: true}, metric{part: noPart, work: true}
	for _, tt := range []struct {
		name   string
		m      metric
		b      *cost.Bill
		values []float64
		want   string
	}{
		{"broken memory", plain, paid(500, 1, 1), []float64{47.8, 47.6}, "[0 1]"},
		{"broken memory that differs", plain, paid(500, 1, 1), []float64{50, 47}, "[1]"},
		{"metadata", plain, paid(500, 1, 1), []float64{500.02, 500}, "[0 1]"},
		{"entries that are a small part", entries, paid(500, 5.22, 5.62), []float64{5.22, 5.62}, "[0 1]"},
		{"entries that are all there is", entries, paid(0, 5.22, 5.62), []float64{5.22, 5.62}, "[0]"},
		{"twice the entries, and no cost", entries, paid(5000, 5, 10), []float64{5, 10}, "[0 1]"},
		{"reach", reach, paid(500, 1, 1), []float64{10, 90}, "[1]"},
		{"reach alike", reach, paid(500, 1, 1), []float64{88, 90}, "[0 1]"},
		{"less than a point of reach", reach, paid(500, 1, 1), []float64{0.2, 0}, "[0 1]"},
		{"refusals", refused, paid(500, 1, 1), []float64{100, 101}, "[0]"},
		{"the second of three alike", plain, paid(500, 1, 1, 1), []float64{10, 20, 10.1}, "[0 2]"},
	} {
		among := []int{0, 1, 2}[:len(tt.values)]
		if got := fmt.Sprint(tt.m.best(tt.b, tt.values, among)); got != tt.want {
			t.Errorf("%s: %v are best, %s, want %s", tt.name, tt.values, got, tt.want)
		}
	}
}

// Refusals do not compare where only what is invalid differs.
func TestInvalidIsNoRefusal(t *testing.T) {
	refused := metric{work: true, part: noPart, scale: 1, value: func(_ *judge.Verdict, s int) float64 { return []float64{500, 0}[s] }}
	v := judge.Verdict{Workload: rundir.NewWorkload("w"), Kind: judge.Unequal, Present: []int{0, 1}, Same: []int{1}, Bills: []cost.Bill{{}}}
	for _, tt := range []struct {
		untold []int
		best   string
	}{{nil, "[1]"}, {[]int{0}, "[]"}} {
		v.Untold = tt.untold
		if c := countCell(list.Names{"buddy", "rangemgr"}, refused, v); fmt.Sprint(c.Best) != tt.best || c.Unlike != (tt.untold != nil) {
			t.Errorf("untold %v: %+v", tt.untold, c)
		}
	}
}
