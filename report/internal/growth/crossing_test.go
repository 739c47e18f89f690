package growth

import (
	"strings"
	"testing"

	"github.com/vramlab/vramlab/report/internal/fixture"
	"github.com/vramlab/vramlab/report/internal/judge"
	"github.com/vramlab/vramlab/report/internal/rundir"
	"github.com/vramlab/vramlab/report/internal/testrun"
	"github.com/vramlab/vramlab/report/internal/text"
	"github.com/vramlab/vramlab/report/internal/words"
)

// A crossing in every call is said to be there, and neither where curves cross
// nor a bound of growth is told of what contains it.
func TestScalingWithCrossings(t *testing.T) {
	one := func(strategy string, ns func(fixture.GrowthPoint) float64) string {
		return fixture.ScalingText(strategy, "alloc", 5, 0, ns, nil, fixture.ThreeDecades...)
	}
	const (
		span  = "From 1,000 to 1,000,000 live objects "
		tail  = " (a region of 256 GiB; in brackets 95 % intervals)."
		tells = ", which pulls exponents towards 0; comparisons with others are left out."
	)
	crossing := one("buddy", fixture.PowerCost(2, 0.5)) + one("rangemgr", fixture.FlatCost(154))
	for _, tt := range []struct{ name, lines, heading, crossover, contained string }{
		{"no library", crossing, "buddy's alloc grows as live^0.50; the rest does not grow",
			"Alloc: buddy takes less time below about 5,900 live objects, rangemgr above (detectable at 1,000 and at 10,000).", ""},
		{"a library", crossing + fixture.CrossingLine("rangemgr", 109), "buddy's alloc grows as live^0.50; this run cannot tell how rangemgr's alloc grows",
			"", "Times of rangemgr include a crossing of 109 ns per call" + tells},
		{"a library that grows for all its crossing", crossing + fixture.CrossingLine("buddy", 0.5), "buddy's alloc grows as live^0.50; the rest does not grow",
			"", "Times of buddy include a crossing of 0.5 ns per call" + tells},
		{"two libraries", crossing + fixture.CrossingLine("rangemgr", 109) + fixture.CrossingLine("buddy", 20), "buddy's alloc grows as live^0.50; this run cannot tell how rangemgr's alloc grows",
			"", "Times of buddy include a crossing of 20 ns per call and those of rangemgr one of 109 ns" + tells},
		{"a library that was not swept", one("buddy", fixture.FlatCost(9)) + fixture.CrossingLine("rangemgr", 109), "no operation grows", "", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := testrun.WithCurves(t, fixture.Pair1(2), tt.lines)
			got := said(r)
			if want := span + tt.heading + tail; got[0] != want {
				t.Errorf("got  %s\nwant %s", got[0], want)
			}
			var rest []string
			for _, s := range got[1:] {
				if !strings.HasPrefix(s, "buddy: ") && !strings.HasPrefix(s, "rangemgr: ") {
					rest = append(rest, s)
				}
			}
			if got, want := strings.Join(rest, "|"), tt.crossover+tt.contained; got != want {
				t.Errorf("got  %s\nwant %s", got, want)
			}
			p, err := makeScaling(r)
			fixture.Must(t, err)
			part := p.Parts[0]
			if want := len(text.NonEmpty(tt.crossover, tt.contained)); len(part.Findings) != want {
				t.Errorf("%d findings on the page, want %d", len(part.Findings), want)
			}
			if compared := len(part.Pairs) > 0; compared != (tt.crossover != "") {
				t.Errorf("compared in the table: %v", compared)
			}
		})
	}
}

func TestConcurrentNote(t *testing.T) {
	at := func(strategy string, goroutines int) string {
		return fixture.ConcurrentText(strategy, "locked", goroutines, 5, 50)
	}
	missing := func(of string) string {
		return " Samples without a core for each goroutine are not counted, which may be why those of " + of + " goroutines are missing."
	}
	const crossing = " Times of rangemgr include a crossing of 109 ns per call, made while the lock is held."
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
		{"a library", at("rangemgr", 1) + at("rangemgr", 2) + fixture.CrossingLine("rangemgr", 109), "2", crossing},
		{"a library, nothing of two", at("rangemgr", 1) + fixture.CrossingLine("rangemgr", 109), "2", missing("2") + crossing},
		{"a library that was not measured here", at("buddy", 1) + at("buddy", 2) + fixture.CrossingLine("rangemgr", 109), "2", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := testrun.WithCurves(t, fixture.Pair1(2), tt.lines)
			r.Facts = append([]rundir.Field{{Key: "cores", Value: tt.cores}}, r.Facts...)
			p, err := makeConcurrentSection(r)
			fixture.Must(t, err)
			want := "Medians of the samples; a change counts where the samples do not overlap." + tt.want
			if got := strings.ReplaceAll(p.Note, text.NBSP, " "); got != want {
				t.Errorf("got  %s\nwant %s", got, want)
			}
		})
	}
}

// said is what a run says of its scaling sweep.
func said(r judge.Run) []string {
	var out []string
	for _, p := range words.ScalingSentences(r.Strategies, r.Times.Self, r.Curves.Scaling, r.Curves.Crossing) {
		out = append(out, text.Plain(r.Strategies, p))
	}
	return out
}
