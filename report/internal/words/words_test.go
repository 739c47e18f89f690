package words

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/vramlab/vramlab/report/internal/fixture"
	"github.com/vramlab/vramlab/report/internal/judge"
	"github.com/vramlab/vramlab/report/internal/rundir"
	"github.com/vramlab/vramlab/report/internal/testrun"
	"github.com/vramlab/vramlab/report/internal/text"
)

func TestBuildersHeading(t *testing.T) {
	const kib, mib = 1 << 10, 1 << 20
	noisy := fixture.Pair1(2)
	noisy.Drift = 0.5
	tests := []struct {
		name  string
		run   fixture.Run
		lines []string
		want  string
	}{{
		"temporary memory, with the time it costs", fixture.Pair1(2),
		[]string{fixture.BuilderText("counted", "1GiB", 10, 12, 1, 16), fixture.BuilderText("worstcase", "1GiB", 10, 9e5, 1, 8*mib),
			fixture.BuilderText("counted", "16GiB", 10, 14, 5, 80), fixture.BuilderText("worstcase", "16GiB", 10, 9e6, 5, 129*mib)},
		"To describe 1 GiB in 1 entry, worstcase briefly takes 8 MiB and runs for 941 µs; counted takes 16 B and runs for 12.5 ns",
	}, {
		"no table of one entry: the largest size", fixture.Pair1(2),
		[]string{fixture.BuilderText("grow", "4GiB", 10, 12, 2, 16), fixture.BuilderText("worstcase", "4GiB", 10, 9e5, 2, 33*mib),
			fixture.BuilderText("grow", "16GiB", 10, 14, 5, 80), fixture.BuilderText("worstcase", "16GiB", 10, 9e6, 5, 129*mib)},
		"To describe 16 GiB in 5 entries, worstcase briefly takes 129 MiB and runs for 9.4 ms; grow takes 80 B and runs for 14.6 ns",
	}, {
		"a size that one builder has not is not spoken of", fixture.Pair1(2),
		[]string{fixture.BuilderText("counted", "64KiB", 10, 12, 1, 16), fixture.BuilderText("worstcase", "64KiB", 10, 90, 1, 4*kib), fixture.BuilderText("counted", "1GiB", 10, 12, 1, 16)},
		"To describe 64 KiB in 1 entry, worstcase briefly takes 4 KiB and runs for 94.1 ns; counted takes 16 B and runs for 12.5 ns",
	}, {
		"too few samples for times: memory alone", fixture.Pair1(2),
		[]string{fixture.BuilderText("counted", "1GiB", 4, 12, 1, 16), fixture.BuilderText("worstcase", "1GiB", 4, 9e5, 1, 8*mib)},
		"To describe 1 GiB in 1 entry, worstcase briefly takes 8 MiB; counted takes 16 B",
	}, {
		"samples overlap: memory alone", fixture.Pair1(2),
		[]string{fixture.BuilderText("counted", "1GiB", 10, 12, 1, 16), fixture.BuilderText("worstcase", "1GiB", 10, 13, 1, 8*mib)},
		"To describe 1 GiB in 1 entry, worstcase briefly takes 8 MiB; counted takes 16 B",
	}, {
		"a noisy run calls no times", noisy,
		[]string{fixture.BuilderText("counted", "1GiB", 10, 12, 1, 16), fixture.BuilderText("worstcase", "1GiB", 10, 9e5, 1, 8*mib)},
		"To describe 1 GiB in 1 entry, worstcase briefly takes 8 MiB; counted takes 16 B",
	}, {
		"the same memory", fixture.Pair1(2),
		[]string{fixture.BuilderText("counted", "1GiB", 10, 12, 1, 16), fixture.BuilderText("grow", "1GiB", 10, 9, 1, 24)},
		"To describe 1 GiB in 1 entry no builder takes twice the memory of another",
	}, {
		"one builder", fixture.Pair1(2),
		[]string{fixture.BuilderText("counted", "4KiB", 10, 8, 1, 16), fixture.BuilderText("counted", "64KiB", 10, 12, 1, 16)},
		"A table of 4 KiB to 64 KiB takes 8.36 to 12.5 ns",
	}}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := testrun.WithCurves(t, tt.run, strings.Join(tt.lines, ""))
			if got := text.Plain(r.Strategies, BuildersHeading(r.Times.Self, "whole", judge.BuilderLines(r.Curves.Builders, "whole"))); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}

func TestPoliciesHeading(t *testing.T) {
	two := fixture.Planted(2, fixture.Workload{Ns: []float64{1, 1}}, fixture.Workload{Ns: []float64{1, 1}})
	tests := []struct {
		name  string
		run   fixture.Run
		lines []string
		want  string
	}{{
		"the policy decides", two,
		[]string{fixture.PolicyText("buddy", "wa", "i915", 100, 512, 0, 0), fixture.PolicyText("buddy", "wa", "amdgpu", 100, 0, 0, 1),
			fixture.PolicyText("rangemgr", "wa", "i915", 100, 256, 0, 0), fixture.PolicyText("rangemgr", "wa", "amdgpu", 100, 0, 0, 1)},
		"wa: a table of buddy needs 512 page-table entries under i915, 1 under amdgpu; strategies differ by a factor of 2 at most",
	}, {
		"the strategy decides, on the second workload", two,
		[]string{fixture.PolicyText("buddy", "wa", "i915", 100, 10, 0, 0), fixture.PolicyText("rangemgr", "wa", "i915", 100, 10, 0, 0),
			fixture.PolicyText("buddy", "wb", "i915", 100, 10, 0, 0), fixture.PolicyText("rangemgr", "wb", "i915", 100, 1, 1, 0.5),
			fixture.PolicyText("buddy", "wb", "xe", 100, 9.9, 0, 0)},
		"wb: under i915 a table of buddy needs 10 page-table entries, one of rangemgr 2.5; policies differ by 1 % at most",
	}, {
		"one policy", two,
		[]string{fixture.PolicyText("buddy", "wa", "xe", 100, 10, 0, 0), fixture.PolicyText("rangemgr", "wa", "xe", 100, 5, 0, 0)},
		"wa: under xe of 2026 a table of buddy needs 10 page-table entries, one of rangemgr 5",
	}, {
		"who serves less needs fewer, which is no gain", two,
		[]string{fixture.PolicyText("buddy", "wa", "i915", 100, 10, 0, 0), fixture.PolicyText("rangemgr", "wa", "i915", 98.9, 1, 0, 0),
			fixture.PolicyText("buddy", "wa", "xe", 100, 5, 0, 0), fixture.PolicyText("rangemgr", "wa", "xe", 98, 1, 0, 0)},
		"wa: a table of buddy needs 10 page-table entries under i915, 5 under xe of 2026",
	}, {
		"who serves the same under one policy is compared under that", two,
		[]string{fixture.PolicyText("buddy", "wa", "i915", 100, 11.75, 0, 0), fixture.PolicyText("rangemgr", "wa", "i915", 100, 1360, 0, 0),
			fixture.PolicyText("buddy", "wa", "xe", 100, 11.75, 0, 0), fixture.PolicyText("rangemgr", "wa", "xe", 99.9, 9999, 0, 0)},
		"wa: under i915 a table of rangemgr needs 1,360 page-table entries, one of buddy 11.8; policies that serve everything do not differ",
	}, {
		"the lesser difference is of the named workload, and of those that serve everything", two,
		[]string{fixture.PolicyText("buddy", "wa", "i915", 100, 50, 0, 0), fixture.PolicyText("buddy", "wa", "xe", 100, 5, 0, 0),
			fixture.PolicyText("rangemgr", "wa", "i915", 90, 900, 0, 0), fixture.PolicyText("rangemgr", "wa", "xe", 100, 5.4, 0, 0),
			fixture.PolicyText("buddy", "wb", "i915", 100, 10, 0, 0), fixture.PolicyText("rangemgr", "wb", "i915", 100, 70, 0, 0)},
		"wa: a table of buddy needs 50 page-table entries under i915, 5 under xe of 2026; strategies that serve everything differ by a factor of 1.08 at most",
	}, {
		"who does not say what it serves is not compared", two,
		[]string{fixture.NoServed(fixture.PolicyText("buddy", "wa", "i915", 100, 9000, 0, 0)), fixture.PolicyText("rangemgr", "wa", "i915", 95, 10, 0, 0),
			fixture.PolicyText("buddy", "wa", "xe", 100, 1, 0, 0), fixture.PolicyText("rangemgr", "wa", "xe", 95, 30, 0, 0)},
		"A table needs 1 to 9,000 page-table entries",
	}, {
		"nobody says what it serves", two,
		[]string{fixture.NoServed(fixture.PolicyText("buddy", "wa", "i915", 100, 10, 0, 0)), fixture.NoServed(fixture.PolicyText("rangemgr", "wa", "i915", 100, 30, 0, 0))},
		"A table needs 10 to 30 page-table entries",
	}, {
		"nothing decides where as much is served", two,
		[]string{fixture.PolicyText("buddy", "wa", "i915", 100, 10, 0, 0), fixture.PolicyText("rangemgr", "wa", "i915", 100, 10, 0, 0),
			fixture.PolicyText("rangemgr", "wa", "xe", 50, 900, 0, 0)},
		"Among strategies that serve everything, page tables cost the same under every strategy",
	}, {
		"nothing decides", two,
		[]string{fixture.PolicyText("buddy", "wa", "i915", 100, 10, 0, 0), fixture.PolicyText("rangemgr", "wa", "i915", 100, 10.2, 0, 0),
			fixture.PolicyText("buddy", "wa", "xe", 100, 10, 0, 0), fixture.PolicyText("rangemgr", "wa", "xe", 100, 10, 0, 0)},
		"Page tables cost the same under every strategy and under every policy, within 2 %",
	}, {
		"one of each", fixture.Pair1(1),
		[]string{fixture.PolicyText("buddy", "wa", "i915", 100, 10, 5, 0)},
		"A table needs 15 page-table entries",
	}}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := testrun.WithCurves(t, tt.run, strings.Join(tt.lines, ""))
			if got := text.Plain(r.Strategies, PoliciesHeading(r.Strategies, r.Workloads)); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}

func TestLifetimesHeading(t *testing.T) {
	for _, tt := range []struct {
		name, lines, want string
	}{{
		"one is unsafe", fixture.LifetimeText("buddy", "gc", 0) + fixture.LifetimeText("buddy", "resource", 100) + fixture.LifetimeText("rangemgr", "resource", 114) +
			fixture.LifetimeText("buddy", "refcount", 0) + fixture.LifetimeText("buddy", "copy", 0),
		"Tables that live with the resource were read after release 214 times; counted references, copies and garbage-collected tables never",
	}, {
		"the design itself is", fixture.LifetimeText("buddy", "refcount", 1) + fixture.LifetimeText("buddy", "copy", 0),
		"Counted references were read after release 1 time; copies never",
	}, {
		"two are", fixture.LifetimeText("buddy", "resource", 5000) + fixture.LifetimeText("buddy", "copy", 2) + fixture.LifetimeText("buddy", "refcount", 0),
		"Copies were read after release 2 times and tables that live with the resource 5,000 times; counted references never",
	}, {
		"none is", fixture.LifetimeText("buddy", "resource", 0) + fixture.LifetimeText("rangemgr", "refcount", 0),
		"No table was read after its release: counted references and tables that live with the resource",
	}, {
		"a lifetime that is not known here", fixture.LifetimeText("buddy", "arena", 3),
		"Tables of arena were read after release 3 times",
	}, {
		"hazards not counted", "BenchmarkMigrate/strategy=buddy/lifetime=gc-2 2000 900 ns/op\n",
		"Reads of a table after its release were not counted",
	}} {
		t.Run(tt.name, func(t *testing.T) {
			r := testrun.WithCurves(t, fixture.Pair1(2), tt.lines)
			if got := text.Plain(r.Strategies, LifetimesHeading(r.Strategies, r.Curves.Migrations)); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}

// What a reference costs several holders is called contention only when it is
// called a difference.
func TestRefsNote(t *testing.T) {
	const by = " (total time divided by the number of pairs)"
	ref := func(mode string, n int, ns float64) string {
		return strings.Repeat(fmt.Sprintf("BenchmarkRef/mode=%s-2 100 %v ns/op\n", mode, ns), n)
	}
	noisy := fixture.Pair1(2)
	noisy.Drift = 0.5
	for _, tt := range []struct {
		name  string
		run   fixture.Run
		lines string
		want  string
	}{
		{"more", fixture.Pair1(2), ref("uncontended", 5, 5) + ref("contended", 5, 12), "A get and its put take 5 ns uncontended and 12 ns contended" + by + ". "},
		{"less", fixture.Pair1(2), ref("uncontended", 5, 5) + ref("contended", 5, 4), "A get and its put take 5 ns with one holder and 4 ns with several at once" + by + ", which shows no cost of contention. "},
		{"the same", fixture.Pair1(2), ref("uncontended", 5, 5) + ref("contended", 5, 5), "A get and its put take 5 ns with one holder and 5 ns with several at once" + by + ", which shows no cost of contention. "},
		{"one sample lies among the others", fixture.Pair1(2), ref("uncontended", 4, 5) + ref("uncontended", 1, 13) + ref("contended", 5, 12),
			"A get and its put take 5 ns with one holder and 12 ns with several at once" + by + "; this run cannot tell the difference from noise. "},
		{"a noisy run calls no times", noisy, ref("uncontended", 5, 5) + ref("contended", 5, 12),
			"A get and its put take 5 ns with one holder and 12 ns with several at once" + by + "; this run cannot tell the difference from noise. "},
		{"one holder only", fixture.Pair1(2), ref("uncontended", 5, 5), "A get and its put take 5 ns uncontended. "},
		{"several only", fixture.Pair1(2), ref("contended", 5, 5), "A get and its put take 5 ns with several holders at once" + by + ". "},
		{"none", fixture.Pair1(2), "", ""},
	} {
		r := testrun.WithCurves(t, tt.run, tt.lines)
		if got := strings.ReplaceAll(refsNote(r.Times.Self, r.Curves.Refs), text.NBSP, " "); got != tt.want {
			t.Errorf("%s:\ngot  %s\nwant %s", tt.name, got, tt.want)
		}
	}
}

func TestScalingHeading(t *testing.T) {
	bend := func(s fixture.GrowthPoint) float64 { return 50 + float64(s.Live)/2000 }
	noisy := fixture.Pair1(2)
	noisy.Drift = 0.5
	visits := func(v func(fixture.GrowthPoint) float64) string {
		return fixture.ScalingText("buddy", "alloc", 3, 0.01, fixture.FlatCost(50), v, fixture.ThreeDecades...)
	}
	tests := []struct {
		name  string
		run   fixture.Run
		lines string
		want  string
	}{{
		"flat", fixture.Pair1(2), fixture.ScalingText("buddy", "alloc", 10, 0, fixture.FlatCost(50), nil, fixture.ThreeDecades...),
		"From 1,000 to 1,000,000 live objects no operation grows",
	}, {
		"flat with noise: the interval bounds what was not seen", fixture.Pair1(2), fixture.ScalingText("buddy", "alloc", 3, 0.1, fixture.FlatCost(50), nil, fixture.ThreeDecades...),
		"From 1,000 to 1,000,000 live objects no growth is found; exponents above 0.12 are excluded",
	}, {
		"logarithms", fixture.Pair1(2), fixture.Swept("buddy", fixture.LogCost(0, 5), fixture.LogCost(20, 3)),
		"From 1,000 to 1,000,000 live objects no operation grows faster than live^0.13",
	}, {
		"one is linear, and only one operation", fixture.Pair1(2), fixture.Swept("buddy", fixture.LogCost(20, 3), fixture.LogCost(20, 3)) + fixture.Swept("rangemgr", fixture.LogCost(10, 3), fixture.PowerCost(0.1, 1)),
		"From 1,000 to 1,000,000 live objects rangemgr's free grows as live^1.00; the rest grows no faster than live^0.10",
	}, {
		"linear beside flat", fixture.Pair1(2), fixture.ScalingText("buddy", "alloc", 10, 0, fixture.FlatCost(50), nil, fixture.ThreeDecades...) + fixture.ScalingText("rangemgr", "alloc", 10, 0, fixture.PowerCost(2, 1), nil, fixture.ThreeDecades...),
		"From 1,000 to 1,000,000 live objects rangemgr's alloc grows as live^1.00; the rest does not grow",
	}, {
		"several grow fast", fixture.Planted(4, fixture.Workload{Ns: []float64{1, 1, 1, 1}}),
		fixture.Swept("buddy", fixture.PowerCost(1, 0.5), fixture.PowerCost(1, 0.75)) + fixture.Swept("rangemgr", fixture.PowerCost(1, 1), fixture.PowerCost(1, 1)) + fixture.Swept("tlsf", fixture.PowerCost(1, 1), fixture.PowerCost(1, 1)),
		"From 1,000 to 1,000,000 live objects buddy's alloc grows as live^0.50, buddy's free as live^0.75, rangemgr's alloc as live^1.00 and 3 others",
	}, {
		"a bend is not a power law: nothing is said of it", fixture.Pair1(2), fixture.Swept("buddy", bend, fixture.LogCost(20, 3)),
		"From 1,000 to 1,000,000 live objects this run cannot tell how buddy's alloc grows; the rest grows no faster than live^0.08",
	}, {
		"one fast, two not known", fixture.Pair1(2), fixture.Swept("buddy", bend, bend) + fixture.ScalingText("rangemgr", "free", 5, 0, fixture.PowerCost(3, 0.6), nil, fixture.ThreeDecades...),
		"From 1,000 to 1,000,000 live objects rangemgr's free grows as live^0.60; this run cannot tell how buddy's alloc and buddy's free grow",
	}, {
		"much noise", fixture.Pair1(2), fixture.ScalingText("buddy", "alloc", 1, 0.6, fixture.LogCost(20, 3), nil, fixture.ThreeDecades...),
		"From 1,000 to 1,000,000 live objects this run cannot tell how buddy's alloc grows",
	}, {
		"nothing can be told", fixture.Pair1(2), fixture.Swept("buddy", bend, bend),
		"From 1,000 to 1,000,000 live objects this run cannot tell how any operation grows",
	}, {
		"the time tells nothing, but visits are exact", fixture.Pair1(2), fixture.Swept("rangemgr", fixture.FlatCost(9), fixture.FlatCost(8)) + fixture.ScalingText("buddy", "alloc", 5, 0, bend, fixture.LogCost(1, 0.1), fixture.ThreeDecades...),
		"From 1,000 to 1,000,000 live objects this run cannot tell how buddy's alloc grows (exact counts of the places visited: no faster than live^0.07); the rest does not grow",
	}, {
		"visits as fast say no more than is known", fixture.Pair1(2), fixture.ScalingText("buddy", "alloc", 5, 0, bend, bend, fixture.ThreeDecades...),
		"From 1,000 to 1,000,000 live objects this run cannot tell how buddy's alloc grows",
	}, {
		"nothing can be told by time, all by counts", fixture.Pair1(2), fixture.ScalingText("buddy", "alloc", 5, 0, bend, fixture.FlatCost(2), fixture.ThreeDecades...) + fixture.ScalingText("buddy", "free", 5, 0, bend, fixture.FlatCost(2), fixture.ThreeDecades...),
		"From 1,000 to 1,000,000 live objects this run cannot tell how any operation grows (exact counts of the places visited: no growth)",
	}, {
		"single point", fixture.Pair1(2), fixture.ScalingText("buddy", "alloc", 10, 0, fixture.FlatCost(50), nil, fixture.LiveSizes("1GiB", 1000)...),
		"One size, 1,000 live objects, shows no growth",
	}, {
		"two points have no interval", fixture.Pair1(2), fixture.ScalingText("buddy", "alloc", 10, 0.01, fixture.FlatCost(50), nil, fixture.LiveSizes("1GiB", 1000, 10000)...),
		"From 1,000 to 10,000 live objects this run cannot tell how buddy's alloc grows",
	}, {
		"the region grows", fixture.Pair1(2), fixture.ScalingText("buddy", "alloc", 10, 0, func(s fixture.GrowthPoint) float64 { return s.Bytes() / (1 << 20) }, nil, fixture.RegionSizes(1000, "1GiB", "4GiB", "16GiB", "64GiB")...),
		"From 1 GiB to 64 GiB of region buddy's alloc grows as region^1.00",
	}, {
		"a noisy run calls exact visits alone", noisy, visits(fixture.PowerCost(1, 0.5)) + fixture.ScalingText("buddy", "free", 3, 0, fixture.PowerCost(1, 1), fixture.FlatCost(3), fixture.ThreeDecades...),
		"Too noisy to compare times; by exact counts of the places visited: from 1,000 to 1,000,000 live objects buddy's alloc grows as live^0.50; the rest does not grow",
	}, {
		"a noisy run, nothing visited anywhere", noisy, visits(fixture.FlatCost(0)),
		"Too noisy to compare times; by exact counts of the places visited: from 1,000 to 1,000,000 live objects no operation grows",
	}, {
		"a noisy run without counts", noisy, fixture.Swept("buddy", fixture.PowerCost(1, 1), fixture.PowerCost(1, 1)),
		"This run is too noisy to say how times grow",
	}}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := testrun.WithCurves(t, tt.run, tt.lines)
			shown, _ := judge.Scales(r.Strategies, r.Curves.Scaling, r.Curves.Crossing)
			if len(shown) != 1 {
				t.Fatalf("%d parts are shown", len(shown))
			}
			if got := text.Plain(r.Strategies, ScalingHeading(r.Times.Self, shown[0])); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}

// Strategies cross only between sizes at which their samples lie apart.
func TestCrossings(t *testing.T) {
	const alloc = "alloc"
	one := func(strategy string, samples int, noise float64, ns func(fixture.GrowthPoint) float64) string {
		return fixture.ScalingText(strategy, alloc, samples, noise, ns, nil, fixture.ThreeDecades...)
	}
	steps := func(ns ...float64) func(fixture.GrowthPoint) float64 {
		return func(s fixture.GrowthPoint) float64 {
			for i, z := range fixture.ThreeDecades {
				if z.Live == s.Live {
					return ns[i]
				}
			}
			return math.NaN()
		}
	}
	noisy := fixture.Pair1(2)
	noisy.Drift = 0.5
	tests := []struct {
		name           string
		run            fixture.Run
		lines          string
		want, inATable string
	}{{
		"between two points", fixture.Pair1(2), one("buddy", 10, 0.002, fixture.FlatCost(100)) + one("rangemgr", 10, 0.002, fixture.PowerCost(1, 0.5)),
		"",
		"no detectable difference",
	}, {
		"the other way round, by name", fixture.Pair1(2), one("buddy", 10, 0, steps(10, 20, 40, 80)) + one("rangemgr", 10, 0, steps(20, 20, 20, 20)),
		"Alloc: buddy takes less time below about 10,000 live objects, rangemgr above (detectable at 1,000 and at 100,000).",
		"buddy, from about 10,000 rangemgr",
	}, {
		"never", fixture.Pair1(2), one("buddy", 10, 0, steps(10, 20, 40, 80)) + one("rangemgr", 10, 0, steps(15, 40, 60, 120)),
		"", "buddy; the other takes 1.5 to 2 times as long",
	}, {
		"never, the base takes more", fixture.Pair1(2), one("buddy", 10, 0, steps(12, 24, 50, 90)) + one("rangemgr", 10, 0, steps(10, 20, 40, 80)),
		"", "rangemgr; the other takes 12 to 25 % more time",
	}, {
		"told apart on one side only", fixture.Pair1(2), one("buddy", 10, 0, steps(10, 20, 40, 80)) + one("rangemgr", 10, 0, steps(20, 20, 40, 78.5)),
		"", "buddy; the other takes 2 times as long (detectable at 1 of 4 sizes)",
	}, {
		"one sample of ten lies among the other's", fixture.Pair1(2), one("buddy", 9, 0, steps(10, 10, 10, 10)) + one("buddy", 1, 0, steps(30, 30, 30, 30)) + one("rangemgr", 10, 0, steps(20, 20, 5, 5)),
		"", "rangemgr; the other takes 2 times as long (detectable at 2 of 4 sizes)",
	}, {
		"too few samples", fixture.Pair1(2), one("buddy", 4, 0, steps(10, 20, 40, 80)) + one("rangemgr", 4, 0, steps(20, 20, 20, 20)),
		"", "no detectable difference",
	}, {
		"a noisy run", noisy, one("buddy", 10, 0, steps(10, 20, 40, 80)) + one("rangemgr", 10, 0, steps(20, 20, 20, 20)),
		"", "no detectable difference",
	}, {
		"two instances of one allocator differ as much", fixture.Pair1(2), one("buddy", 10, 0, steps(100, 100, 100, 100)) + one("rangemgr", 10, 0, steps(102.5, 102.5, 97.5, 97.5)),
		"", "no detectable difference",
	}, {
		"twice", fixture.Pair1(2), one("buddy", 10, 0, steps(20, 20, 20, 20)) + one("rangemgr", 10, 0, steps(10, 40, 40, 10)),
		"Alloc: rangemgr takes less time at first, and changes places with buddy at about 3,200 and 320,000.",
		"rangemgr, from about 3,200 buddy, from about 320,000 rangemgr",
	}}
	tests[0].lines = one("buddy", 10, 0.002, fixture.FlatCost(100)) + one("rangemgr", 10, 0.002, fixture.PowerCost(0.5, 0.5))
	tests[0].want = "Alloc: rangemgr takes less time below about 40,000 live objects, buddy above (detectable at 10,000 and at 100,000)."
	tests[0].inATable = "rangemgr, from about 40,000 buddy"
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := testrun.WithCurves(t, tt.run, tt.lines)
			shown, _ := judge.Scales(r.Strategies, r.Curves.Scaling, r.Curves.Crossing)
			all := shown[0].AllCrossed(r.Times.Self, len(r.Strategies))
			if len(all) != 1 {
				t.Fatalf("%d pairs", len(all))
			}
			if got := text.Plain(r.Strategies, crossoverSentence(all[0], shown[0])); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
			if got := text.Plain(r.Strategies, CrossOutcome(all[0], shown[0])); got != tt.inATable {
				t.Errorf("got  %s\nwant %s", got, tt.inATable)
			}
		})
	}
}

// Where strategies did not serve the same their times are not compared: the
// one that refuses at the most here would seem to take less there.
func TestCrossingsOfUnequalWork(t *testing.T) {
	served := func(phrase string, pct float64) string {
		return strings.ReplaceAll(phrase, " ns/op\n", fmt.Sprintf(" ns/op %v served-pct\n", pct))
	}
	at := func(strategy string, live int, ns, pct float64) string {
		return served(fixture.ScalingText(strategy, "alloc", 5, 0, fixture.FlatCost(ns), nil, fixture.GrowthPoint{Region: "1GiB", Live: live}), pct)
	}
	phrase := at("buddy", 100, 20, 100) + at("buddy", 1000, 20, 100) + at("buddy", 10000, 20, 100) +
		at("rangemgr", 100, 10, 100) + at("rangemgr", 1000, 15, 100)
	for _, tt := range []struct {
		pct              float64
		outcome, refused string
	}{
		{100, "rangemgr, from about 2,600 buddy", ""},
		{99.95, "rangemgr; the other takes 1.3 to 2 times as long", "Largest share of requests refused: rangemgr 0.05 %. "},
		{97, "rangemgr; the other takes 1.3 to 2 times as long", "Largest share of requests refused: rangemgr 3 %. "},
	} {
		r := testrun.WithCurves(t, fixture.Pair1(2), phrase+at("rangemgr", 10000, 30, tt.pct))
		shown, _ := judge.Scales(r.Strategies, r.Curves.Scaling, r.Curves.Crossing)
		if got := text.Plain(r.Strategies, CrossOutcome(shown[0].AllCrossed(r.Times.Self, len(r.Strategies))[0], shown[0])); got != tt.outcome {
			t.Errorf("%v %% served: got %s, want %s", tt.pct, got, tt.outcome)
		}
		if got := text.Plain(r.Strategies, RefusedShares(shown[0])); !strings.HasPrefix(got, tt.refused) {
			t.Errorf("%v %% served: got %s, want %s", tt.pct, got, tt.refused)
		}
	}
	r := testrun.WithCurves(t, fixture.Pair1(2), at("buddy", 100, 20, 100)+at("rangemgr", 100, 30, 50))
	shown, _ := judge.Scales(r.Strategies, r.Curves.Scaling, r.Curves.Crossing)
	if all, refused := shown[0].AllCrossed(r.Times.Self, len(r.Strategies)), RefusedShares(shown[0]); len(all) != 0 || refused == "" {
		t.Errorf("half of the work is compared: %v, %q", all, refused)
	}
}

// A point between two sizes has two digits, of bytes too.
func TestCrossingText(t *testing.T) {
	c := judge.Crossed{A: 0, B: 1, Op: "free", Standings: nil, At: []judge.Crossover{{Below: 0, Above: 1, At: 5.031e9, Lo: 1 << 30, Hi: 16 << 30}}}
	r := judge.Run{Run: &rundir.Run{Strategies: []string{"a", "b"}}, Times: &judge.Times{Self: &judge.SelfTest{}}}
	want := "Free: a takes less time below about 4.7 GiB, b above (detectable at 1 GiB and at 16 GiB)."
	if got := text.Plain(r.Strategies, crossoverSentence(c, judge.Scale{ByRegion: true})); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// Of a grid one part is shown for each size that grows, the one with the most
// points; the others are folded.
func TestScales(t *testing.T) {
	var phrase strings.Builder
	for _, z := range append(append(fixture.LiveSizes("1GiB", 10, 100), fixture.LiveSizes("4GiB", 10, 100, 1000)...), fixture.LiveSizes("16GiB", 10, 100, 1000)...) {
		phrase.WriteString(fixture.ScalingText("buddy", "alloc", 1, 0, fixture.FlatCost(1), nil, z))
	}
	r := testrun.WithCurves(t, fixture.Pair1(2), phrase.String()+fixture.ScalingText("nobody", "free", 1, 0, fixture.FlatCost(1), nil, fixture.LiveSizes("1TiB", 1, 2, 3, 4)...))
	shown, others := judge.Scales(r.Strategies, r.Curves.Scaling, r.Curves.Crossing)
	var got []string
	for _, s := range append(shown, others...) {
		got = append(got, text.Plain(r.Strategies, text.Prose(SpanText(s)+", "+FixedText(s))))
	}
	want := "From 10 to 1,000 live objects, a region of 16 GiB|From 1 GiB to 16 GiB of region, 100 live objects|" +
		"From 10 to 100 live objects, a region of 1 GiB|From 10 to 1,000 live objects, a region of 4 GiB|" +
		"From 1 GiB to 16 GiB of region, 10 live objects|From 4 GiB to 16 GiB of region, 1,000 live objects"
	if s := strings.Join(got, "|"); s != want || len(shown) != 2 {
		t.Errorf("%d shown of\n%s, want 2 of\n%s", len(shown), s, want)
	}
}

func TestScalingSentences(t *testing.T) {
	if got := scalingOf(testrun.WithCurves(t, fixture.Pair1(2), "")); got != nil {
		t.Errorf("a run without a sweep says %q", got)
	}
	lines := fixture.ScalingText("buddy", "alloc", 5, 0, fixture.PowerCost(2, 0.5), fixture.FlatCost(3), fixture.ThreeDecades...) +
		fixture.ScalingText("buddy", "free", 5, 0, fixture.FlatCost(40), nil, fixture.ThreeDecades[:2]...) +
		fixture.ScalingText("rangemgr", "alloc", 5, 0, fixture.FlatCost(500), nil, fixture.ThreeDecades...)
	want := []string{
		"From 1,000 to 1,000,000 live objects buddy's alloc grows as live^0.50; this run cannot tell how buddy's free grows; the rest does not grow (a region of 256 GiB; in brackets 95 % intervals).",
		"buddy: alloc 63.2 ns at 1,000, 2 µs at 1,000,000, live^0.50 (0.50 to 0.50), visits live^0.00; free 40 ns at 1,000, 40 ns at 10,000, live^0.00 (two sizes, no interval).",
		"rangemgr: alloc 500 ns at 1,000, 500 ns at 1,000,000, live^0.00 (0.00 to 0.00).",
		"Alloc: buddy takes less time below about 63,000 live objects, rangemgr above (detectable at 10,000 and at 100,000).",
	}
	if got := scalingOf(testrun.WithCurves(t, fixture.Pair1(2), lines)); strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// The exponent of visits, in which there is no crossing, is told of a library too.
func TestVisitsHaveNoCrossing(t *testing.T) {
	lines := fixture.ScalingText("buddy", "alloc", 5, 0, fixture.FlatCost(154), fixture.FlatCost(3), fixture.ThreeDecades...) + fixture.CrossingLine("buddy", 109)
	want := "From 1,000 to 1,000,000 live objects this run cannot tell how buddy's alloc grows (exact counts of the places visited: no growth)"
	r := testrun.WithCurves(t, fixture.Pair1(2), lines)
	shown, _ := judge.Scales(r.Strategies, r.Curves.Scaling, r.Curves.Crossing)
	if got := text.Plain(r.Strategies, ScalingHeading(r.Times.Self, shown[0])); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestPlantedVerdicts(t *testing.T) {
	times := func(ns ...float64) fixture.Workload { return fixture.Workload{Ns: ns} }
	served := func(l fixture.Workload, pct ...float64) fixture.Workload { l.Served = pct; return l }
	quick := func(f fixture.Run, n int) fixture.Run { f.Count = n; return f }
	noisy := func(f fixture.Run, drift float64) fixture.Run { f.Drift = drift; return f }
	short := func(f fixture.Run, ops int) fixture.Run { f.Loads[0].Ops, f.Noise = ops, 0; return f }
	lanes := func(f fixture.Run) fixture.Run { f.NoLanes = true; return f }
	bare := func(f fixture.Run) fixture.Run { f.NoTables = true; return f }
	served2 := func(f fixture.Run) fixture.Run { f.Loads[0].Served = []float64{100, math.NaN()}; return f }
	const none, unmeasured = "Nothing that carries over to a driver differs; ", "page-table entries were not measured"
	tests := []struct {
		name     string
		run      fixture.Run
		kind     judge.Kind
		picks    string
		headline string
		verdict  []string // parts of the first verdict
	}{{
		name: "a shorter time is no reason", run: fixture.Planted(2, times(682, 288)), kind: judge.Win, picks: "[0 1]",
		headline: none + unmeasured,
		verdict:  []string{"wa: nothing that carries over to a driver differs; the Go model of rangemgr takes 58 % less time than buddy. buddy 682, rangemgr 288 ns per operation; 95 % interval 57.7 to ", "Neither strategy refused a request."},
	}, {
		name: "the base takes less, in percent of the other", run: fixture.Planted(2, times(100, 150)), kind: judge.Win, picks: "[0 1]",
		headline: none + unmeasured,
		verdict:  []string{"; the Go model of buddy takes 33 % less time than rangemgr. buddy 100, rangemgr 15"},
	}, {
		name: "a factor, once beyond 90 %", run: fixture.Planted(2, times(5000, 100)), kind: judge.Win, picks: "[0 1]",
		headline: none + unmeasured,
		verdict:  []string{"; the Go model of rangemgr takes 1/50 of the time of buddy. buddy 5,000, rangemgr 100 ns"},
	}, {
		name: "tie", run: fixture.Planted(2, times(300, 300)), kind: judge.Tie, picks: "[0 1]",
		headline: none + unmeasured,
		verdict:  []string{"; no difference in time found (the smallest this run could detect is ", "Neither strategy refused a request."},
	}, {
		name: "unequal work is no win", run: fixture.Planted(2, served(times(742, 226), 100, 99.7856)), kind: judge.Unequal, picks: "[0]",
		headline: "Take buddy for wa, where it refuses nothing and rangemgr 2.14 in 1,000 requests",
		verdict:  []string{"wa: buddy serves everything, rangemgr refuses 2.14 in 1,000 requests.", "rangemgr did less work: neither its time nor its counts are compared."},
	}, {
		name: "who refuses, too, refuses less", run: fixture.Planted(2, served(times(13767, 277), 50, 49)), kind: judge.Unequal, picks: "[0]",
		headline: "Take buddy for wa, where it refuses less: 500 in 1,000 requests, rangemgr 510",
		verdict:  []string{"buddy refuses 500 in 1,000 requests, rangemgr refuses 510 in 1,000 requests."},
	}, {
		name: "the base did less work", run: fixture.Planted(2, served(times(300, 200), 99, 100)), kind: judge.Unequal, picks: "[1]",
		headline: "Take rangemgr for wa, where it refuses nothing and buddy 10 in 1,000 requests",
		verdict:  []string{"buddy did less work: neither its time nor its counts are compared."},
	}, {
		name: "nothing served by either", run: fixture.Planted(2, served(times(682, 95), 0, 0)), kind: judge.Nothing, picks: "[]",
		headline: "Neither strategy served anything on the workload",
		verdict:  []string{"wa: neither strategy served anything. There is no work to compare."},
	}, {
		name: "nothing served by any", run: fixture.Planted(3, served(times(682, 95, 95), 0, 0, 0), times(300, 100, 200)), kind: judge.Nothing, picks: "[]",
		headline: "Nothing that carries over to a driver differs on 1 of 2 workloads; page-table entries were not measured",
		verdict:  []string{"wa: no strategy served anything."},
	}, {
		name: "all but one serve nothing", run: fixture.Planted(2, served(times(682, 95), 100, 0)), kind: judge.Unequal, picks: "[0]",
		headline: "Take buddy for wa, where it refuses nothing and rangemgr 1,000 in 1,000 requests",
		verdict:  []string{"wa: buddy serves everything, rangemgr refuses 1,000 in 1,000 requests."},
	}, {
		name: "noisy lanes silence times", run: noisy(fixture.Planted(2, times(682, 288), served(times(742, 226), 100, 99), times(682, 288), times(682, 288)), 0.3), kind: judge.Noisy, picks: "[0 1]",
		headline: "Take buddy for wb, where it refuses nothing and rangemgr 10 in 1,000 requests",
		verdict:  []string{"; times too noisy to compare.", "A strategy differs from itself by up to "},
	}, {
		name: "no lanes, no times", run: lanes(fixture.Planted(2, times(682, 288))), kind: judge.Noisy, picks: "[0 1]",
		headline: none + unmeasured,
		verdict:  []string{"; noise unknown, so times are not compared.", "This run has no lane of a strategy against itself."},
	}, {
		name: "too few samples", run: quick(fixture.Planted(2, times(682, 288)), 3), kind: judge.Few, picks: "[0 1]",
		headline: none + unmeasured,
		verdict:  []string{"; too few samples to compare times.", "3 samples per side cannot detect a difference among 1 comparison; 4 or more can."},
	}, {
		name: "a replay of 600 ticks", run: short(fixture.Planted(2, times(300, 200)), 3), kind: judge.Short, picks: "[0 1]",
		headline: none + unmeasured,
		verdict:  []string{"; too short to time. A replay takes 600 ns; one of less than 1 µs, 1,000 ticks of the clock (guessed from the samples: the run does not state its clock), is not compared."},
	}, {
		name: "alone", run: fixture.Planted(1, times(300)), kind: judge.Alone, picks: "[0]",
		headline: "Of this run no placements are known", verdict: []string{"wa: buddy serves everything. The Go model of buddy takes 300 ns per operation."},
	}, {
		name: "best of four, one of them unequal", run: fixture.Planted(4, served(times(400, 200, 300, 100), 100, 100, 100, 90)), kind: judge.Win, picks: "[0 1 2]",
		headline: "Take buddy or rangemgr or tlsf for wa, where they refuse nothing and segfit 100 in 1,000 requests",
		verdict:  []string{"wa: segfit refuses 100 in 1,000 requests; between buddy, rangemgr and tlsf nothing that carries over to a driver differs; the Go model of rangemgr takes 50 % less time than buddy and 33 % less time than tlsf.", "segfit did less work", "buddy 400, rangemgr 200, tlsf 300 ns per operation; 95 % interval 50", "buddy, rangemgr and tlsf refused nothing."},
	}, {
		name: "two that refuse as much, nobody knows which, and a third more", run: fixture.Planted(3, served(times(400, 200, 300), 99, 99, 90)), kind: judge.Unclear, picks: "[]",
		headline: "What was served is not known on the workload", verdict: []string{"wa: which requests were refused is not known."},
	}, {
		name: "two of four that cannot be told apart", run: fixture.Planted(4, times(400, 200, 200, 300)), kind: judge.Tie, picks: "[0 1 2 3]",
		headline: none + unmeasured, verdict: []string{"no difference in time found between rangemgr and tlsf (", " buddy takes ", " % more time than "},
	}, {
		name: "nothing else was measured", run: bare(fixture.Planted(2, times(682, 288))), kind: judge.Win, picks: "[0 1]",
		headline: "Beyond refusals nothing that carries over to a driver was measured",
		verdict:  []string{"wa: beyond refusals nothing that carries over to a driver was measured; "},
	}, {
		name: "nobody says what one served", run: served2(fixture.Planted(2, times(682, 288))), kind: judge.Unclear, picks: "[]",
		headline: "What was served is not known on the workload; nothing is compared",
		verdict:  []string{"wa: how much rangemgr served is not known."},
	}}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r := testrun.Load(t, test.run.Write(t))
			v := r.Verdicts[0]
			if v.Kind != test.kind || fmt.Sprint(v.Picks) != test.picks {
				t.Errorf("kind %d, picks %v; want %d, %s", v.Kind, v.Picks, test.kind, test.picks)
			}
			if got := headlineOf(r); !strings.HasPrefix(got, test.headline) {
				t.Errorf("headline %q, want %q", got, test.headline)
			}
			for _, want := range test.verdict {
				if got := verdictsOf(r)[0]; !strings.Contains(got, want) {
					t.Errorf("verdict %q, want %q in it", got, want)
				}
			}
			if got := headlineOf(r); strings.Contains(got, "time") {
				t.Errorf("headline %q calls a time", got)
			}
		})
	}
}

// The reason of refusals is the one that the strategies gave, and memory only
// where memory was it.
func TestRefusedSizes(t *testing.T) {
	const (
		invalid = "a 1 10000\n! EINVAL\nf 1\na 3 10000\n! EINVAL\n"
		tooBig  = "a 1 131072\n! E2BIG\n"
		beyond  = "a 1 131072\n! ENOSPC\n"
		usedUp  = "a 1 65536\n= 0+65536\na 2 4096\n! ENOSPC\n"
		roomy   = "a 1 4096\n= 32768+4096\na 2 49152\n! ENOSPC\n"
		window  = "a 1 4096\n= 0+4096\na 2 4096 lo=0 hi=4096\n! ENOSPC\n"
	)
	tests := []struct {
		name   string
		traces []string
		want   string
	}{
		{"nothing", []string{"a 1 4096\n= 0+4096\n", ""}, ""},
		{"all EINVAL", []string{invalid, ""}, "The refused requests were 9.77 KiB and invalid to a (EINVAL); memory was not the reason."},
		{"all EINVAL to both", []string{invalid, invalid}, "The refused requests were 9.77 KiB and invalid to a and b (EINVAL); memory was not the reason."},
		{"all E2BIG", []string{"", tooBig}, "The refused request was 128 KiB, larger than b can ever grant in this region (E2BIG); free memory was not the reason."},
		{"all larger than the region", []string{beyond, beyond}, "The refused request was 128 KiB, larger than the region."},
		{"EINVAL and larger than the region", []string{invalid, beyond}, "The refused requests were 9.77 KiB to 128 KiB: a refused 2 as invalid (EINVAL); b refused 1 larger than the region."},
		{"all used up", []string{usedUp, ""}, "The refused request was 4 KiB, more than was free."},
		{"all roomy", []string{"", roomy}, "The refused request was 48 KiB, while at least 60 KiB was free."},
		{"all in a window", []string{window, window}, "The refused request was 4 KiB and had to lie in a part of the region."},
		{"EINVAL and used up", []string{invalid, usedUp}, "The refused requests were 4 KiB to 9.77 KiB: a refused 2 as invalid (EINVAL); b refused 1 larger than what was free."},
		{"all reasons", []string{invalid + "a 5 65536\n= 0+65536\na 6 4096\n! ENOSPC\n", roomy, window, tooBig}, "The refused requests were 4 KiB to 128 KiB: " +
			"a refused 2 as invalid (EINVAL) and 1 larger than what was free; b refused 1 while enough was free; c refused 1 limited to a part of the region; d refused 1 as larger than can ever be granted (E2BIG)."},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w := &rundir.Workload{Name: "w", Title: "W"}
			r := judge.Run{Run: &rundir.Run{Strategies: []string{"a", "b", "c", "d"}[:len(test.traces)], Workloads: []*rundir.Workload{w}}, Times: &judge.Times{Self: &judge.SelfTest{}}}
			for _, phrase := range test.traces {
				p, err := rundir.ReadPlacement(fixture.OpenText(t, "vramlab trace 1\nregion 65536 page 4096\n"+phrase))
				fixture.Must(t, err)
				if f := p.Refusals; f.Invalid+f.TooBig+f.Beyond+f.Windowed+f.Roomy+f.UsedUp != f.N {
					t.Errorf("refusals %+v have not one reason each", f)
				}
				w.Placed = append(w.Placed, p)
			}
			if got := text.Plain(r.Strategies, text.Prose(refusedSizes(w, text.Indices(len(test.traces))))); got != test.want {
				t.Errorf("got %q\nwant %q", got, test.want)
			}
		})
	}
}

// headlineOf and verdictsOf are what a run says on a terminal.
func headlineOf(r judge.Run) string {
	return text.Plain(r.Strategies, Headline(r))
}

func verdictsOf(r judge.Run) []string {
	var out []string
	for _, v := range r.Verdicts {
		head, body := Verdict(r.Strategies, r.Times, v)
		out = append(out, text.Plain(r.Strategies, head+" "+body))
	}
	return out
}

func scalingOf(r judge.Run) []string {
	var out []string
	for _, phrase := range ScalingSentences(r.Strategies, r.Times.Self, r.Curves.Scaling, r.Curves.Crossing) {
		out = append(out, text.Plain(r.Strategies, phrase))
	}
	return out
}

func TestPhrases(t *testing.T) {
	check := func(got, want string) {
		t.Helper()
		if got = strings.ReplaceAll(got, text.NBSP, " "); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	check(percentRange(57.8, 58.1), "58 %")
	check(percentRange(99.4, 99.63), "99 to 99.6 %")
	check(percentRange(99.99, 100), "99.9 to 100 %")
	check(boundsText(9.41, 9.42), "10.4 times")
	check(boundsText(-0.5711, -0.5709), "57.1 %")
	check(boundsText(0.571, 0.586), "57.1 to 58.6 %")
	check(boundsText(-0.98, -0.98), "1/50")
	check(TimeRange(85.9e-9, 742e-9), "85.9 to 742 ns")
	check(TimeRange(900e-9, 2e-6), "900 ns to 2.00 µs")
}

// Where nothing was served no time counts: not in the heading, and not in the
// number of comparisons that the correction shares out.
func TestNothingServed(t *testing.T) {
	r := testrun.Load(t, fixture.NothingServed().Write(t))
	if r.Times.Tests != 1 {
		t.Errorf("%d comparisons, want the one of the workload that was served", r.Times.Tests)
	}
	if got, want := text.Plain(r.Strategies, TimesHeading(r.Strategies, r.Times, r.Verdicts)), "rangemgr takes less time in user space on 1 of 2 workloads; on 1 no strategy served anything"; got != want {
		t.Errorf("heading %q, want %q", got, want)
	}
}
