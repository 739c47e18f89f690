package report

import (
	"fmt"
	"strings"
	"testing"
)

// crossingLine is what a run writes of a C library.
func crossingLine(strategy string, ns float64) string {
	return fmt.Sprintf("BenchmarkCrossing/strategy=%s-2 100 %v ns/op\n", strategy, ns)
}

// A crossing in every call is said to be there, and neither where curves cross
// nor a bound of growth is told of what contains it.
func TestScalingWithCrossings(t *testing.T) {
	one := func(strategy string, ns func(sweepSize) float64) string {
		return scalingText(strategy, "alloc", 5, 0, ns, nil, threeDecades...)
	}
	const (
		span = "From 1,000 to 1,000,000 live objects "
		tail = " (a region of 256 GiB; in brackets 95 % intervals)."
		rest = ", which pulls exponents towards 0; comparisons with others are left out."
	)
	crossing := one("buddy", powerCost(2, 0.5)) + one("rangemgr", flatCost(154))
	for _, tt := range []struct{ name, lines, heading, crossover, contained string }{
		{"no library", crossing, "buddy's alloc grows as live^0.50; the rest does not grow",
			"Alloc: below about 5,900 live objects buddy takes less time, above rangemgr (told apart at 1,000 and at 10,000).", ""},
		{"a library", crossing + crossingLine("rangemgr", 109), "buddy's alloc grows as live^0.50; this run cannot tell how rangemgr's alloc grows",
			"", "Times of rangemgr contain a crossing of 109 ns for each call" + rest},
		{"a library that grows for all its crossing", crossing + crossingLine("buddy", 0.5), "buddy's alloc grows as live^0.50; the rest does not grow",
			"", "Times of buddy contain a crossing of 0.5 ns for each call" + rest},
		{"two libraries", crossing + crossingLine("rangemgr", 109) + crossingLine("buddy", 20), "buddy's alloc grows as live^0.50; this run cannot tell how rangemgr's alloc grows",
			"", "Times of buddy contain a crossing of 20 ns for each call and those of rangemgr one of 109 ns" + rest},
		{"a library that was not swept", one("buddy", flatCost(9)) + crossingLine("rangemgr", 109), "no operation grows", "", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := withCurves(t, pair1(2), tt.lines)
			got := scalingOf(r)
			if want := span + tt.heading + tail; got[0] != want {
				t.Errorf("got  %s\nwant %s", got[0], want)
			}
			var said []string
			for _, s := range got[1:] {
				if !strings.HasPrefix(s, "buddy: ") && !strings.HasPrefix(s, "rangemgr: ") {
					said = append(said, s)
				}
			}
			if got, want := strings.Join(said, "|"), tt.crossover+tt.contained; got != want {
				t.Errorf("got  %s\nwant %s", got, want)
			}
			p, err := makeScaling(r)
			must(t, err)
			part := p.Parts[0]
			if want := len(nonEmpty(tt.crossover, tt.contained)); len(part.Findings) != want {
				t.Errorf("%d findings on the page, want %d", len(part.Findings), want)
			}
			if compared := len(part.Pairs) > 0; compared != (tt.crossover != "") {
				t.Errorf("compared in the table: %v", compared)
			}
		})
	}
}

// The exponent of visits, in which there is no crossing, is told of a library too.
func TestVisitsHaveNoCrossing(t *testing.T) {
	lines := scalingText("buddy", "alloc", 5, 0, flatCost(154), flatCost(3), threeDecades...) + crossingLine("buddy", 109)
	want := "From 1,000 to 1,000,000 live objects this run cannot tell how buddy's alloc grows (places looked at, which are exact: no growth)"
	r := withCurves(t, pair1(2), lines)
	shown, _ := scales(r.strategies, r.curves.scaling, r.curves.crossing)
	if got := r.strategies.plain(scalingHeading(r.times.Self, shown[0])); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestConcurrentNote(t *testing.T) {
	at := func(strategy string, goroutines int) string {
		return concurrentText(strategy, "locked", goroutines, 5, 50)
	}
	missing := func(of string) string {
		return " Samples without a core for each goroutine are not counted, which may be why those of " + of + " goroutines are missing."
	}
	const crossing = " Times of rangemgr contain a crossing of 109 ns for each call, made while the lock is held."
	for _, tt := range []struct {
		name, lines, cores, want string
	}{
		{"all there", at("buddy", 1) + at("buddy", 2), "2", ""},
		{"nothing of two", at("buddy", 1), "2", missing("2")},
		{"nothing of two, but of four", at("buddy", 1) + at("buddy", 4), "4", missing("2")},
		{"one strategy has none of two", at("buddy", 1) + at("buddy", 2) + at("rangemgr", 1), "2", missing("2")},
		{"some of four are missing", at("buddy", 2) + at("buddy", 4) + at("rangemgr", 2), "4", missing("4")},
		{"one goroutine always counts", at("buddy", 2) + at("rangemgr", 1) + at("rangemgr", 2), "2", ""},
		{"cores not stated", at("buddy", 1), "", missing("2")},
		{"one core, on which two always count", at("buddy", 1), "1", ""},
		{"a stranger has none of two", at("buddy", 1) + at("buddy", 2) + at("nobody", 1), "2", ""},
		{"a library", at("rangemgr", 1) + at("rangemgr", 2) + crossingLine("rangemgr", 109), "2", crossing},
		{"a library, nothing of two", at("rangemgr", 1) + crossingLine("rangemgr", 109), "2", missing("2") + crossing},
		{"a library that was not measured here", at("buddy", 1) + at("buddy", 2) + crossingLine("rangemgr", 109), "2", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := withCurves(t, pair1(2), tt.lines)
			r.facts = append([]Field{{"cores", tt.cores}}, r.facts...)
			p, err := makeConcurrentSection(r)
			must(t, err)
			want := "Medians of the samples; a change is called where the samples lie apart." + tt.want
			if got := strings.ReplaceAll(p.Note, nbsp, " "); got != want {
				t.Errorf("got  %s\nwant %s", got, want)
			}
		})
	}
}
