// Package testrun reads and judges made-up runs for the tests of the rooms above
// judging.
package testrun

import (
	"strings"
	"testing"

	"github.com/vramlab/vramlab/report/internal/chart"
	"github.com/vramlab/vramlab/report/internal/fixture"
	"github.com/vramlab/vramlab/report/internal/judge"
	"github.com/vramlab/vramlab/report/internal/rundir"
)

// WithCurves reads and judges the run f with text as the lines of curves.bench.
func WithCurves(t *testing.T, f fixture.Run, text string) judge.Run {
	t.Helper()
	return Load(t, f.WithCurves(t, text))
}

// Load reads and judges the run in dir.
func Load(t testing.TB, dir string) judge.Run {
	t.Helper()
	r, err := rundir.Read(dir)
	fixture.Must(t, err)
	return judge.New(r)
}

// CheckFigure holds what must be true of every drawing.
func CheckFigure(t *testing.T, f chart.Figure) {
	t.Helper()
	for _, svg := range []string{string(f.Wide), string(f.Narrow)} {
		if strings.Contains(svg, "NaN") || strings.Contains(svg, "Inf") {
			t.Errorf("a coordinate is no number: %.200s", svg)
		}
		if len(svg) > 120<<10 {
			t.Errorf("the drawing has %d bytes", len(svg))
		}
	}
}

// CheckFew holds that a figure is drawn, with coordinates that are numbers, or is a sentence
// that says why not.
func CheckFew(t *testing.T, f chart.Figure, drawn bool) {
	t.Helper()
	CheckFigure(t, f)
	page, err := f.HTML()
	if err != nil {
		t.Fatal(err)
	}
	switch {
	case drawn != (f.Wide != ""):
		t.Errorf("drawn %v, want %v; it says %q", f.Wide != "", drawn, f.Few)
	case !drawn && page != "" && !strings.Contains(string(page), "Not drawn, since a line needs two points"):
		t.Errorf("it is not drawn, and the page has %s", page)
	}
}
