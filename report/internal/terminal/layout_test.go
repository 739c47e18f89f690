package terminal

import (
	"math"
	"slices"
	"testing"

	"github.com/vramlab/vramlab/report/internal/decisions"
)

func TestLetter(t *testing.T) {
	for s, want := range map[int]string{0: "a", 25: "z", 26: "a2", 52: "a3"} {
		if got := letter(s); got != want {
			t.Errorf("strategy %d is %s, want %s", s, got, want)
		}
	}
}

// A ratio is to the first time that is known; what did less work stays in brackets, and out
// of the range.
func TestRatios(t *testing.T) {
	nan := math.NaN()
	for _, tt := range []struct {
		numbers []float64
		values  []string
		want    []string
		span    string
	}{
		{[]float64{40, 20, 100}, []string{"40.0", "20.0", "100"}, []string{"40.0", "×0.500", "×2.50"}, "×0.500–×2.50"},
		{[]float64{nan, 20, 10}, []string{"–", "20.0", "10.0"}, []string{"–", "20.0", "×0.500"}, "×0.500–×1"},
		{[]float64{20, 10, 40}, []string{"20.0", "(10.0)", "40.0"}, []string{"20.0", "(×0.500)", "×2.00"}, "×1–×2.00"},
		{[]float64{nan}, []string{"–"}, []string{"–"}, "–"},
	} {
		c := decisions.Cell{Numbers: tt.numbers, Values: tt.values}
		if got := ratios(c, ""); !slices.Equal(got, tt.want) {
			t.Errorf("%v: %q, want %q", tt.numbers, got, tt.want)
		}
		if got := span(tt.numbers, ratios(c, "×1")); got != tt.span {
			t.Errorf("%v: %s, want %s", tt.numbers, got, tt.span)
		}
	}
}

// Totals with a part left out are at least so much.
func TestSpanAtLeast(t *testing.T) {
	if got := span([]float64{40, 20}, []string{"≥40", "≥20"}); got != "≥20–40" {
		t.Errorf("got %s", got)
	}
}
