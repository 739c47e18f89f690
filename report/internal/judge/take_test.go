package judge

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/vramlab/vramlab/report/internal/cost"
)

// bill is one of strategies whose allocators take so many nanoseconds, within a tenth, whose
// tables take 50, and that write so many entries; what is not known is NaN.
func bill(allocator, entries []float64) *cost.Bill {
	b := &cost.Bill{Policy: "i915", Prices: cost.Defaults(), Entries: entries, Amounts: make([][]cost.Range, len(cost.Parts))}
	for s, e := range entries {
		b.Reach = append(b.Reach, 1e6/e)
		for part, r := range []cost.Range{{Mid: allocator[s], Lo: 0.9 * allocator[s], Hi: 1.1 * allocator[s]}, {Mid: 50, Lo: 48, Hi: 52}, {Mid: e, Lo: e, Hi: e}, {}} {
			b.Amounts[part] = append(b.Amounts[part], r)
			if !r.Known() && !b.Left(part) {
				b.Out = append(b.Out, part)
			}
		}
	}
	return b
}

// Each rule with what it decides, what it calls a tie, and what it does not know.
func TestTakings(t *testing.T) {
	nan := math.NaN()
	same := []float64{600, 600, 600}
	for _, tt := range []struct {
		name               string
		allocator, entries []float64
		picks, steps       string
	}{
		{"far fewer entries", same[:2], []float64{11, 80}, "[0]", "[2]"},
		{"far fewer entries of the second", same[:2], []float64{80, 11}, "[1]", "[2]"},
		{"fewer, but not half", same[:2], []float64{30, 59}, "[0 1]", "[]"},
		{"half, but a trifle of the cost", same[:2], []float64{4, 10}, "[0 1]", "[]"},
		{"half, where nothing else is known", []float64{nan, nan}, []float64{4, 10}, "[0]", "[2]"},
		{"far fewer entries that cost more in all", []float64{2000, 600}, []float64{11, 80}, "[0]", "[2]"},
		{"entries unknown, and so the total", []float64{2000, 600}, []float64{nan, 80}, "[0 1]", "[]"},
		{"less in all", []float64{1000, 600}, []float64{5, 5.5}, "[1]", "[3]"},
		{"less, within the errors", []float64{700, 600}, []float64{5, 5.5}, "[0 1]", "[]"},
		{"an allocator that is not known", []float64{nan, 600}, []float64{5, 5.5}, "[0 1]", "[]"},
		{"entries, then time", []float64{1000, 600, 600}, []float64{11, 11, 80}, "[1]", "[2 3]"},
		{"little better than one that is kept", same, []float64{20, 35, 45}, "[0 1 2]", "[]"},
	} {
		b := bill(tt.allocator, tt.entries)
		picks, steps, _ := taken(b, []int{0, 1, 2}[:len(tt.entries)], true)
		if fmt.Sprint(picks) != tt.picks || fmt.Sprint(steps) != tt.steps {
			t.Errorf("%s: picks %v by %v, want %s by %s", tt.name, picks, steps, tt.picks, tt.steps)
		}
	}
}

// Fewer entries that reach less far are of other memory, and decide nothing; nor do totals
// of unequal work.
func TestTakingsConditions(t *testing.T) {
	b := bill([]float64{600, 600}, []float64{11, 80})
	b.Reach[0] = b.Reach[1] / 2
	if needsFarFewer(b, 0, 1) {
		t.Error("fewer entries that reach less far decide")
	}
	b = bill([]float64{1000, 600}, []float64{5, 5})
	if picks, _, _ := taken(b, []int{0, 1}, false); len(picks) != 2 {
		t.Errorf("totals of unequal work decide: %v", picks)
	}
	for _, tt := range []struct {
		by    float64 // nanoseconds between the two, of 670
		tells bool
	}{{30, false}, {34, true}} {
		b = bill([]float64{600, 600 + tt.by}, []float64{5, 5})
		for s := range b.Entries { // no error at all
			b.Amounts[cost.Allocator][s] = cost.Range{Mid: b.Amounts[cost.Allocator][s].Mid, Lo: b.Amounts[cost.Allocator][s].Mid, Hi: b.Amounts[cost.Allocator][s].Mid}
			b.Amounts[cost.Table][s] = cost.Range{Mid: 50, Lo: 50, Hi: 50}
		}
		if got, trifle := paysLess(b, 0, 1), IsTrifle(b, cost.Allocator, 0, 1); got != tt.tells || trifle == tt.tells {
			t.Errorf("%v of 670 ns: told %v, a trifle %v", tt.by, got, trifle)
		}
	}
}

// A price moves a pick: entries for nothing are a trifle.
func TestTakingsFollowPrices(t *testing.T) {
	b := bill([]float64{600, 600}, []float64{11, 80})
	b.Prices = slices.Clone(b.Prices)
	b.Prices[cost.PTE] = 0.01
	if picks, _, _ := taken(b, []int{0, 1}, true); len(picks) != 2 {
		t.Errorf("entries that cost nothing decide: %v", picks)
	}
}
