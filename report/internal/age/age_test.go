package age

import (
	"fmt"
	"strings"
	"testing"

	"github.com/vramlab/vramlab/internal/survival"
	"github.com/vramlab/vramlab/report/internal/fixture"
	"github.com/vramlab/vramlab/report/internal/list"
	"github.com/vramlab/vramlab/report/internal/rundir"
	"github.com/vramlab/vramlab/report/internal/testrun"
	"github.com/vramlab/vramlab/report/internal/text"
)

// lines are those of seeds from 1 on: so many operations each, below 0 censored.
func lines(strategy string, fill int, ops ...int) string {
	var b strings.Builder
	for i, n := range ops {
		censored := 0
		if n < 0 {
			n, censored = -n, 1
		}
		fmt.Fprintf(&b, "BenchmarkAgeing/strategy=%s/fill=%d/seed=%d-2 5000 %d aged-ops %d censored %d steady-op 0 steady-pct 4096 fits-B\n", strategy, fill, i+1, n, censored, 100*(i%2))
	}
	return b.String()
}

func made(t *testing.T, text string) ageSection {
	t.Helper()
	p, err := makeAge(testrun.WithCurves(t, fixture.Pair1(2), text))
	fixture.Must(t, err)
	testrun.CheckFigure(t, p.Figure)
	return p
}

func TestSection(t *testing.T) {
	p := made(t, lines("buddy", 95, 700, 500, 600, 900, 800, 650)+lines("rangemgr", 95, 90, 80, 70, 60, 50, 40)+lines("buddy", 80, -5000, -5000, 400, -5000, -5000, -5000))
	got := fmt.Sprintln(p.Fills)
	for _, r := range p.Rows {
		got += fmt.Sprintln(r.Name, r.Class, r.Cells, r.Steady)
	}
	want := "[80 95]\n" +
		"buddy s0 [{>5,000 400 to >5,000} {650 500 to 900}] 6 of 12\n" +
		"rangemgr s1 [{– } {60 40 to 90}] 3 of 6\n"
	if got = strings.ReplaceAll(got, text.NBSP, " "); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	heading := strings.ReplaceAll(string(p.Heading), text.NBSP, " ")
	if !strings.Contains(heading, "Kept 95 % full") || !strings.Contains(heading, "after 650 operations under <") || !strings.Contains(heading, "after 60 operations under <") {
		t.Errorf("heading %s", heading)
	}
	for _, svg := range []string{string(p.Figure.Wide), string(p.Figure.Narrow)} {
		if strings.Count(svg, "full</text>") != 2 {
			t.Errorf("not two panels: %.300s", svg)
		}
	}
	if page, err := Section.HTML(testrun.WithCurves(t, fixture.Pair1(2), lines("buddy", 95, 5, 6))); err != nil || !strings.Contains(string(page), "six are the fewest") {
		t.Errorf("error %v, page %s", err, page)
	}
}

// TestNote: the interval of six seeds has 96.9 %, and is not said to have 97.
func TestNote(t *testing.T) {
	m := survival.Of(make([]survival.Time, 6))
	if got := strings.ReplaceAll(note(m.Confidence, m.Runs), text.NBSP, " "); !strings.Contains(got, "intervals of at least 96 %,") {
		t.Errorf("confidence %v: %s", m.Confidence, got)
	}
}

// TestMany: of more strategies than a heading names it has the ends, and what was never
// refused is last.
func TestMany(t *testing.T) {
	names, all := list.Names{"a", "b", "c", "d"}, make(rundir.Ageing)
	for i, t := range []survival.Time{{N: 10}, {N: 99, Censored: true}, {N: 5}, {N: 98}} {
		all[rundir.AgeKey{Strategy: names[i], Fill: 90}] = map[string]rundir.Aged{"1": {Time: t}}
	}
	if got := text.Plain(names, heading(names, all, 90)); strings.ReplaceAll(got, text.NBSP, " ") !=
		"Kept 90 % full, the first contiguous, aligned 2 MiB is refused after 5 (c) to >99 (b) operations" {
		t.Error(got)
	}
	f, err := figure(names, all, []int{10, 20, 30, 90})
	fixture.Must(t, err)
	if got := strings.Count(string(f.Wide), "full</text>"); got != mostPanels {
		t.Errorf("%d panels", got)
	}
}

// TestFew: one seed, refusals at once and none at all are drawn; without lines there is no
// section.
func TestFew(t *testing.T) {
	for name, tt := range map[string]struct {
		lines string
		rows  int
	}{
		"one seed":            {lines("buddy", 95, 700), 1},
		"at once":             {lines("buddy", 95, 0, 0), 1},
		"never":               {lines("buddy", 95, -7, -7), 1},
		"one operation":       {lines("buddy", 95, -1), 1},
		"nobody of the run":   {lines("tlsf", 95, 700), 0},
		"no number":           {"BenchmarkAgeing/strategy=buddy/fill=95/seed=1-2 5000 1 censored\n", 0},
		"no percentage":       {lines("buddy", 100, 7), 0},
		"no seed":             {"BenchmarkAgeing/strategy=buddy/fill=95-2 5000 7 aged-ops\n", 0},
		"more than there are": {"BenchmarkAgeing/strategy=buddy/fill=95/seed=1-2 5000 1e300 aged-ops\n", 0},
	} {
		t.Run(name, func(t *testing.T) {
			p := made(t, tt.lines)
			if len(p.Rows) != tt.rows || (p.Missing == "") != (tt.rows > 0) {
				t.Errorf("%d rows, missing %q", len(p.Rows), p.Missing)
			}
			if tt.rows > 0 {
				testrun.CheckFew(t, p.Figure, true)
			}
		})
	}
	if page, err := Section.HTML(testrun.WithCurves(t, fixture.Pair1(2), "")); err != nil || page != "" {
		t.Errorf("error %v, a section %s", err, page)
	}
}

// TestAgain: a line that stands there twice is one seed.
func TestAgain(t *testing.T) {
	p := made(t, lines("buddy", 95, 700, 800)+lines("buddy", 95, 700, 800))
	if p.Rows[0].Steady != "1 of 2" {
		t.Errorf("steady runs %s", p.Rows[0].Steady)
	}
}
