package report

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// threeDecades are the live objects of a usual sweep.
var threeDecades = liveSizes("256GiB", 1000, 10000, 100000, 1000000)

// swept is both operations of a strategy over three decades, 10 samples of 1 %
// noise each.
func swept(strategy string, alloc, free func(sweepSize) float64) string {
	return scalingText(strategy, "alloc", 10, 0.01, alloc, nil, threeDecades...) +
		scalingText(strategy, "free", 10, 0.01, free, nil, threeDecades...)
}

func TestScalingHeading(t *testing.T) {
	bend := func(s sweepSize) float64 { return 50 + float64(s.live)/2000 }
	noisy := pair1(2)
	noisy.drift = 0.5
	visits := func(v func(sweepSize) float64) string {
		return scalingText("buddy", "alloc", 3, 0.01, flatCost(50), v, threeDecades...)
	}
	tests := []struct {
		name  string
		run   fixture
		lines string
		want  string
	}{{
		"flat", pair1(2), scalingText("buddy", "alloc", 10, 0, flatCost(50), nil, threeDecades...),
		"From 1,000 to 1,000,000 live objects no operation grows",
	}, {
		"flat with noise: the interval bounds what was not seen", pair1(2), scalingText("buddy", "alloc", 3, 0.1, flatCost(50), nil, threeDecades...),
		"From 1,000 to 1,000,000 live objects no growth is found; exponents above 0.12 are excluded",
	}, {
		"logarithms", pair1(2), swept("buddy", logCost(0, 5), logCost(20, 3)),
		"From 1,000 to 1,000,000 live objects no operation grows faster than live^0.13",
	}, {
		"one is linear, and only one operation", pair1(2), swept("buddy", logCost(20, 3), logCost(20, 3)) + swept("rangemgr", logCost(10, 3), powerCost(0.1, 1)),
		"From 1,000 to 1,000,000 live objects rangemgr's free grows as live^1.00; the rest grows no faster than live^0.10",
	}, {
		"linear beside flat", pair1(2), scalingText("buddy", "alloc", 10, 0, flatCost(50), nil, threeDecades...) + scalingText("rangemgr", "alloc", 10, 0, powerCost(2, 1), nil, threeDecades...),
		"From 1,000 to 1,000,000 live objects rangemgr's alloc grows as live^1.00; the rest does not grow",
	}, {
		"several grow fast", planted(4, fixtureLoad{ns: []float64{1, 1, 1, 1}}),
		swept("buddy", powerCost(1, 0.5), powerCost(1, 0.75)) + swept("rangemgr", powerCost(1, 1), powerCost(1, 1)) + swept("tlsf", powerCost(1, 1), powerCost(1, 1)),
		"From 1,000 to 1,000,000 live objects buddy's alloc grows as live^0.50, buddy's free as live^0.75, rangemgr's alloc as live^1.00 and 3 others",
	}, {
		"a bend is not a power law: nothing is said of it", pair1(2), swept("buddy", bend, logCost(20, 3)),
		"From 1,000 to 1,000,000 live objects this run cannot tell how buddy's alloc grows; the rest grows no faster than live^0.08",
	}, {
		"one fast, two not known", pair1(2), swept("buddy", bend, bend) + scalingText("rangemgr", "free", 5, 0, powerCost(3, 0.6), nil, threeDecades...),
		"From 1,000 to 1,000,000 live objects rangemgr's free grows as live^0.60; this run cannot tell how buddy's alloc and buddy's free grow",
	}, {
		"much noise", pair1(2), scalingText("buddy", "alloc", 1, 0.6, logCost(20, 3), nil, threeDecades...),
		"From 1,000 to 1,000,000 live objects this run cannot tell how buddy's alloc grows",
	}, {
		"nothing can be told", pair1(2), swept("buddy", bend, bend),
		"From 1,000 to 1,000,000 live objects this run cannot tell how any operation grows",
	}, {
		"the time tells nothing, but visits are exact", pair1(2), swept("rangemgr", flatCost(9), flatCost(8)) + scalingText("buddy", "alloc", 5, 0, bend, logCost(1, 0.1), threeDecades...),
		"From 1,000 to 1,000,000 live objects this run cannot tell how buddy's alloc grows (places looked at, which are exact: no faster than live^0.07); the rest does not grow",
	}, {
		"visits as fast say no more than is known", pair1(2), scalingText("buddy", "alloc", 5, 0, bend, bend, threeDecades...),
		"From 1,000 to 1,000,000 live objects this run cannot tell how buddy's alloc grows",
	}, {
		"nothing can be told by time, all by counts", pair1(2), scalingText("buddy", "alloc", 5, 0, bend, flatCost(2), threeDecades...) + scalingText("buddy", "free", 5, 0, bend, flatCost(2), threeDecades...),
		"From 1,000 to 1,000,000 live objects this run cannot tell how any operation grows (places looked at, which are exact: no growth)",
	}, {
		"single point", pair1(2), scalingText("buddy", "alloc", 10, 0, flatCost(50), nil, liveSizes("1GiB", 1000)...),
		"One size, 1,000 live objects, shows no growth",
	}, {
		"two points have no interval", pair1(2), scalingText("buddy", "alloc", 10, 0.01, flatCost(50), nil, liveSizes("1GiB", 1000, 10000)...),
		"From 1,000 to 10,000 live objects this run cannot tell how buddy's alloc grows",
	}, {
		"the region grows", pair1(2), scalingText("buddy", "alloc", 10, 0, func(s sweepSize) float64 { return s.bytes() / (1 << 20) }, nil, regionSizes(1000, "1GiB", "4GiB", "16GiB", "64GiB")...),
		"From 1 GiB to 64 GiB of region buddy's alloc grows as region^1.00",
	}, {
		"a noisy run calls exact visits alone", noisy, visits(powerCost(1, 0.5)) + scalingText("buddy", "free", 3, 0, powerCost(1, 1), flatCost(3), threeDecades...),
		"Too noisy to call times; by places looked at, which are exact: from 1,000 to 1,000,000 live objects buddy's alloc grows as live^0.50; the rest does not grow",
	}, {
		"a noisy run, nothing visited anywhere", noisy, visits(flatCost(0)),
		"Too noisy to call times; by places looked at, which are exact: from 1,000 to 1,000,000 live objects no operation grows",
	}, {
		"a noisy run without counts", noisy, swept("buddy", powerCost(1, 1), powerCost(1, 1)),
		"This run is too noisy to say how times grow",
	}}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := withCurves(t, tt.run, tt.lines)
			shown, _ := scales(r.strategies, r.curves.scaling, r.curves.crossing)
			if len(shown) != 1 {
				t.Fatalf("%d parts are shown", len(shown))
			}
			if got := r.strategies.plain(scalingHeading(r.times.Self, shown[0])); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}

// Strategies cross only between sizes at which their samples lie apart.
func TestCrossings(t *testing.T) {
	const alloc = "alloc"
	one := func(strategy string, samples int, noise float64, ns func(sweepSize) float64) string {
		return scalingText(strategy, alloc, samples, noise, ns, nil, threeDecades...)
	}
	steps := func(ns ...float64) func(sweepSize) float64 {
		return func(s sweepSize) float64 {
			for i, z := range threeDecades {
				if z.live == s.live {
					return ns[i]
				}
			}
			return math.NaN()
		}
	}
	noisy := pair1(2)
	noisy.drift = 0.5
	tests := []struct {
		name           string
		run            fixture
		lines          string
		want, inATable string
	}{{
		"between two points", pair1(2), one("buddy", 10, 0.002, flatCost(100)) + one("rangemgr", 10, 0.002, powerCost(1, 0.5)),
		"",
		"not told apart",
	}, {
		"the other way round, by name", pair1(2), one("buddy", 10, 0, steps(10, 20, 40, 80)) + one("rangemgr", 10, 0, steps(20, 20, 20, 20)),
		"Alloc: below about 10,000 live objects buddy takes less time, above rangemgr (told apart at 1,000 and at 100,000).",
		"buddy, from about 10,000 rangemgr",
	}, {
		"never", pair1(2), one("buddy", 10, 0, steps(10, 20, 40, 80)) + one("rangemgr", 10, 0, steps(15, 40, 60, 120)),
		"", "buddy, the other takes 1.5 to 2 times the time",
	}, {
		"never, the base takes more", pair1(2), one("buddy", 10, 0, steps(12, 24, 50, 90)) + one("rangemgr", 10, 0, steps(10, 20, 40, 80)),
		"", "rangemgr, the other takes 12 to 25 % more time",
	}, {
		"told apart on one side only", pair1(2), one("buddy", 10, 0, steps(10, 20, 40, 80)) + one("rangemgr", 10, 0, steps(20, 20, 40, 78.5)),
		"", "buddy, the other takes 2 times the time (told apart at 1 of 4 sizes)",
	}, {
		"one sample of ten lies among the other's", pair1(2), one("buddy", 9, 0, steps(10, 10, 10, 10)) + one("buddy", 1, 0, steps(30, 30, 30, 30)) + one("rangemgr", 10, 0, steps(20, 20, 5, 5)),
		"", "rangemgr, the other takes 2 times the time (told apart at 2 of 4 sizes)",
	}, {
		"too few samples", pair1(2), one("buddy", 4, 0, steps(10, 20, 40, 80)) + one("rangemgr", 4, 0, steps(20, 20, 20, 20)),
		"", "not told apart",
	}, {
		"a noisy run", noisy, one("buddy", 10, 0, steps(10, 20, 40, 80)) + one("rangemgr", 10, 0, steps(20, 20, 20, 20)),
		"", "not told apart",
	}, {
		"two instances of one allocator differ as much", pair1(2), one("buddy", 10, 0, steps(100, 100, 100, 100)) + one("rangemgr", 10, 0, steps(102.5, 102.5, 97.5, 97.5)),
		"", "not told apart",
	}, {
		"twice", pair1(2), one("buddy", 10, 0, steps(20, 20, 20, 20)) + one("rangemgr", 10, 0, steps(10, 40, 40, 10)),
		"Alloc: rangemgr takes less time at first, and changes places with buddy at about 3,200 and 320,000.",
		"rangemgr, from about 3,200 buddy, from about 320,000 rangemgr",
	}}
	tests[0].lines = one("buddy", 10, 0.002, flatCost(100)) + one("rangemgr", 10, 0.002, powerCost(0.5, 0.5))
	tests[0].want = "Alloc: below about 40,000 live objects rangemgr takes less time, above buddy (told apart at 10,000 and at 100,000)."
	tests[0].inATable = "rangemgr, from about 40,000 buddy"
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := withCurves(t, tt.run, tt.lines)
			shown, _ := scales(r.strategies, r.curves.scaling, r.curves.crossing)
			all := shown[0].allCrossed(r.times.Self, len(r.strategies))
			if len(all) != 1 {
				t.Fatalf("%d pairs", len(all))
			}
			if got := r.strategies.plain(all[0].sentence(shown[0])); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
			if got := r.strategies.plain(all[0].outcome(shown[0])); got != tt.inATable {
				t.Errorf("got  %s\nwant %s", got, tt.inATable)
			}
		})
	}
}

// Where strategies did not serve the same their times are not compared: the
// one that refuses at the most here would seem to take less there.
func TestCrossingsOfUnequalWork(t *testing.T) {
	served := func(text string, pct float64) string {
		return strings.ReplaceAll(text, " ns/op\n", fmt.Sprintf(" ns/op %v served-pct\n", pct))
	}
	at := func(strategy string, live int, ns, pct float64) string {
		return served(scalingText(strategy, "alloc", 5, 0, flatCost(ns), nil, sweepSize{"1GiB", live}), pct)
	}
	text := at("buddy", 100, 20, 100) + at("buddy", 1000, 20, 100) + at("buddy", 10000, 20, 100) +
		at("rangemgr", 100, 10, 99.95) + at("rangemgr", 1000, 15, 100)
	for _, tt := range []struct {
		pct              float64
		outcome, refused string
	}{
		{99.95, "rangemgr, from about 2,600 buddy", "Requests refused, where most were: rangemgr 0.05 %. "},
		{97, "rangemgr, the other takes 1.3 to 2 times the time", "Requests refused, where most were: rangemgr 3 %. "},
	} {
		r := withCurves(t, pair1(2), text+at("rangemgr", 10000, 30, tt.pct))
		shown, _ := scales(r.strategies, r.curves.scaling, r.curves.crossing)
		if got := r.strategies.plain(shown[0].allCrossed(r.times.Self, len(r.strategies))[0].outcome(shown[0])); got != tt.outcome {
			t.Errorf("%v %% served: got %s, want %s", tt.pct, got, tt.outcome)
		}
		if got := r.strategies.plain(shown[0].refused()); !strings.HasPrefix(got, tt.refused) {
			t.Errorf("%v %% served: got %s, want %s", tt.pct, got, tt.refused)
		}
	}
	r := withCurves(t, pair1(2), at("buddy", 100, 20, 100)+at("rangemgr", 100, 30, 50))
	shown, _ := scales(r.strategies, r.curves.scaling, r.curves.crossing)
	if all, refused := shown[0].allCrossed(r.times.Self, len(r.strategies)), shown[0].refused(); len(all) != 0 || refused == "" {
		t.Errorf("half of the work is compared: %v, %q", all, refused)
	}
}

// A point between two sizes has two digits, of bytes too.
func TestCrossingText(t *testing.T) {
	c := crossed{0, 1, "free", nil, []crossover{{0, 1, 5.031e9, 1 << 30, 16 << 30}}}
	r := In{Run: &Run{strategies: []string{"a", "b"}}, times: &Times{Self: &SelfTest{}}}
	want := "Free: below about 4.7 GiB a takes less time, above b (told apart at 1 GiB and at 16 GiB)."
	if got := r.strategies.plain(c.sentence(scale{byRegion: true})); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// Of a grid one part is shown for each size that grows, the one with the most
// points; the others are folded.
func TestScales(t *testing.T) {
	var text strings.Builder
	for _, z := range append(append(liveSizes("1GiB", 10, 100), liveSizes("4GiB", 10, 100, 1000)...), liveSizes("16GiB", 10, 100, 1000)...) {
		text.WriteString(scalingText("buddy", "alloc", 1, 0, flatCost(1), nil, z))
	}
	r := withCurves(t, pair1(2), text.String()+scalingText("nobody", "free", 1, 0, flatCost(1), nil, liveSizes("1TiB", 1, 2, 3, 4)...))
	shown, others := scales(r.strategies, r.curves.scaling, r.curves.crossing)
	var got []string
	for _, s := range append(shown, others...) {
		got = append(got, r.strategies.plain(prose(s.spanText()+", "+s.fixedText())))
	}
	want := "From 10 to 1,000 live objects, a region of 16 GiB|From 1 GiB to 16 GiB of region, 100 live objects|" +
		"From 10 to 100 live objects, a region of 1 GiB|From 10 to 1,000 live objects, a region of 4 GiB|" +
		"From 1 GiB to 16 GiB of region, 10 live objects|From 4 GiB to 16 GiB of region, 1,000 live objects"
	if s := strings.Join(got, "|"); s != want || len(shown) != 2 {
		t.Errorf("%d shown of\n%s, want 2 of\n%s", len(shown), s, want)
	}
}

func TestScalingSentences(t *testing.T) {
	if got := scalingOf(withCurves(t, pair1(2), "")); got != nil {
		t.Errorf("a run without a sweep says %q", got)
	}
	lines := scalingText("buddy", "alloc", 5, 0, powerCost(2, 0.5), flatCost(3), threeDecades...) +
		scalingText("buddy", "free", 5, 0, flatCost(40), nil, threeDecades[:2]...) +
		scalingText("rangemgr", "alloc", 5, 0, flatCost(500), nil, threeDecades...)
	want := []string{
		"From 1,000 to 1,000,000 live objects buddy's alloc grows as live^0.50; this run cannot tell how buddy's free grows; the rest does not grow (a region of 256 GiB; in brackets 95 % intervals).",
		"buddy: alloc 63.2 ns at 1,000, 2 µs at 1,000,000, live^0.50 (0.50 to 0.50), visits live^0.00; free 40 ns at 1,000, 40 ns at 10,000, live^0.00 (two sizes, no interval).",
		"rangemgr: alloc 500 ns at 1,000, 500 ns at 1,000,000, live^0.00 (0.00 to 0.00).",
		"Alloc: below about 63,000 live objects buddy takes less time, above rangemgr (told apart at 10,000 and at 100,000).",
	}
	if got := scalingOf(withCurves(t, pair1(2), lines)); strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// A run of a sweep alone has no workload, and reports the sweep.
func TestSweepAlone(t *testing.T) {
	dir := t.TempDir()
	must(t, os.WriteFile(filepath.Join(dir, "run.bench"), []byte("# strategies: tlsf buddy\n"), 0o666))
	must(t, os.WriteFile(filepath.Join(dir, "curves.bench"), []byte(swept("buddy", logCost(20, 3), logCost(20, 3))+
		swept("tlsf", flatCost(20), flatCost(30))+concurrentText("tlsf", "locked", 1, 5, 30)), 0o666))
	r := load(t, dir)
	if got := strings.Join(r.strategies, " "); got != "tlsf buddy" {
		t.Errorf("strategies %s", got)
	}
	page := rendered(t, dir)
	checkPage(t, page)
	for _, want := range []string{`<section id="scaling"`, `<section id="concurrent"`, "no operation grows faster than live^"} {
		if !strings.Contains(page, want) {
			t.Errorf("%q is not in the page", want)
		}
	}
}

// Costs that no sweep has make a figure all the same.
func TestOddScaling(t *testing.T) {
	nan := math.NaN()
	at := func(op string, region uint64, live int) scalingKey { return scalingKey{"a", op, region, live} }
	for name, cells := range map[string]map[scalingKey]*scalingCell{
		"one point":    {at("alloc", 4096, 1): {[]float64{1e-9}, nan, nan}},
		"free alone":   {at("free", 4096, 1): {[]float64{1e-9}, 0, 100}, at("free", 4096, 2): {[]float64{1e-9}, 1, 0}},
		"huge":         {at("alloc", 1<<63, math.MaxInt): {[]float64{1e29}, 1e29, 100}, at("alloc", 1<<63, 1): {[]float64{1e-300}, 1e-300, 1e-300}},
		"a diagonal":   {at("alloc", 1<<30, 1000): {[]float64{1}, nan, nan}, at("alloc", 1<<32, 10000): {[]float64{2}, nan, nan}},
		"large region": {at("alloc", math.MaxUint64, 5): {[]float64{1}, 1, 1}, at("alloc", 1, 5): {[]float64{1}, 1, 1}},
	} {
		t.Run(name, func(t *testing.T) {
			r := In{Run: &Run{strategies: []string{"a"}}, times: &Times{Self: &SelfTest{}}}
			r.curves.scaling = cells
			p, err := makeScaling(r)
			must(t, err)
			if p.Heading == "" || len(p.Parts) == 0 || len(scalingOf(r)) == 0 {
				t.Fatalf("heading %q, %d parts", p.Heading, len(p.Parts))
			}
			for _, part := range p.Parts {
				checkFigure(t, part.Figure)
			}
		})
	}
}

// A damaged line is dropped with a warning that says where it is.
func TestBadScalingLines(t *testing.T) {
	scaling := scalingText("buddy", "alloc", 1, 0, flatCost(50), flatCost(3), liveSizes("1GiB", 1000)...)
	concurrent := concurrentText("buddy", "locked", 2, 1, 50)
	const crossing = "BenchmarkCrossing/strategy=buddy-2 100 190 ns/op\n"
	for _, tt := range []struct{ line, old, new, want string }{
		{scaling, "/strategy=buddy", "", "the line does not name its strategy"},
		{scaling, "/op=alloc", "", "the line does not name its operation"},
		{scaling, "=alloc", "=realloc", `operation "realloc" is neither alloc nor free`},
		{scaling, "=1GiB", "=big", `region "big" is not a size like 1GiB`},
		{scaling, "/live=1000", "", `live "" is not a number of objects`},
		{scaling, "=1000", "=0", `live "0" is not a number of objects`},
		{scaling, "50 ns/op", "0 ns/op", "the line has no time of an operation"},
		{scaling, "50 ns/op", "NaN ns/op", "the line has no time of an operation"},
		{scaling, "50 ns/op 3", "3", "the line has no time of an operation"},
		{scaling, "3 visits/op", "101 served-pct", "served-pct of 101 is not between 0 and 100"},
		{scaling, "-2 1000 ", "-2 0 ", "a line of 0 iterations measured nothing"},
		{concurrent, "/strategy=buddy", "", "the line does not name its strategy"},
		{concurrent, "/lock=locked", "", "the line does not name its lock"},
		{concurrent, "=2-2", "=two-2", `"two" is not a number of goroutines`},
		{concurrent, "=2-2", "=0-2", `"0" is not a number of goroutines`},
		{concurrent, "50 ns/op", "-50 ns/op", "the line has no time of an operation"},
		{crossing, "/strategy=buddy", "", "the line does not name its strategy"},
		{crossing, "190 ns/op", "190 ns/call", "the line has no time of a crossing"},
	} {
		kept := func(line string) (int, []string) {
			r := withCurves(t, pair1(2), "goos: linux\n"+line)
			return len(r.curves.scaling) + len(r.curves.concurrent) + len(r.curves.crossing), r.warnings.all()
		}
		if n, warnings := kept(tt.line); n != 1 || len(warnings) > 0 {
			t.Fatalf("%d lines are kept of the good %s with warnings %q", n, tt.line, warnings)
		}
		bad := strings.Replace(tt.line, tt.old, tt.new, 1)
		if n, warnings := kept(bad); n != 0 || len(warnings) != 1 || warnings[0] != "curves.bench:2: "+tt.want {
			t.Errorf("%d lines are kept of %s with warnings %q, want only: %s", n, bad, warnings, tt.want)
		}
	}
}

// Visits are counts: those that differ between samples are no such thing.
func TestVisitsThatDiffer(t *testing.T) {
	text := scalingText("buddy", "alloc", 1, 0, flatCost(50), flatCost(3), threeDecades[0]) + scalingText("buddy", "alloc", 1, 0, flatCost(50), flatCost(4), threeDecades[0])
	want := "curves.bench:2: 4 visits an operation, 3 in a line before: a count should be the same in every sample"
	if got := strings.Join(withCurves(t, pair1(2), text).warnings.all(), "|"); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestCrossingCost(t *testing.T) {
	line := crossingLine
	for _, tt := range []struct{ lines, want string }{
		{"", ""},
		{line("nobody", 5), ""},
		{line("rangemgr", 190) + line("rangemgr", 210) + line("rangemgr", 200), "one crossing takes 200 ns for rangemgr; a replay crosses once in 4,096 operations, which adds 0.0488 ns to each operation"},
		{strings.ReplaceAll(line("buddy", 200), "/op", "/op 0.78125 ns/batched-op"), "one crossing takes 200 ns for buddy; a replay crosses once in 256 operations, which adds 0.781 ns to each operation"},
		{line("rangemgr", 204.8) + line("buddy", 100), "one crossing takes 100 ns for buddy and 205 ns for rangemgr; a replay crosses once in 4,096 operations, which adds 0.05 ns to each operation at most"},
	} {
		r := withCurves(t, pair1(2), tt.lines)
		got := ""
		for _, f := range trust(r.strategies, r.workloads, r.times.Self, r.facts, r.curves.crossing, r.warnings) {
			if f.Key == "C library" {
				got = strings.ReplaceAll(f.Value, nbsp, " ")
			}
		}
		if got != tt.want {
			t.Errorf("got  %s\nwant %s", got, tt.want)
		}
	}
}
