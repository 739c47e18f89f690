package chart

import (
	"encoding/json"
	"math"
	"strings"
	"testing"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"

	"github.com/vramlab/vramlab/report/internal/fixture"
)

// sample draws a figure of two panels, the second with only a series of NoStrategy.
func sample(t *testing.T, first, second plotter.XYs) Figure {
	t.Helper()
	f, err := Draw("f", "Title", "What it shows", func(vg.Length) vg.Length { return 200 }, func(d Drawing) {
		for i := range 2 {
			x, xTicks := Decades(1, 1000)
			y, yTicks := LinearAxis(10, 0, 3, func(float64) string { return "t" })
			p := New(x, y)
			p.Add(Axes{Title: "panel", X: Quantity{Name: "n"}, Y: Quantity{Name: "v", Unit: Seconds}}, Rules{Ticks: yTicks}, Base{Ticks: xTicks})
			s := []Series{
				{Name: "a", Strategy: 0, Points: first, Looks: []Look{Line(2)}, End: []string{"a"}},
				{Name: "c", Part: "again", Strategy: 2, Points: second, Looks: []Look{Line(2), Marked(3)}, End: []string{"c"}},
			}
			if i == 1 {
				s = []Series{{Name: "median", Strategy: NoStrategy, Points: first, Colour: nil, Looks: nil}}
			}
			p.Add(Lines{Of: s})
			p.Draw(d.Half(i, 40, 40))
		}
	})
	fixture.Must(t, err)
	return f
}

// A series with fewer than two points that are numbers is not drawn, and a sentence says so;
// a figure without any series is that sentence alone.
func TestFewPoints(t *testing.T) {
	nan := math.NaN()
	two := plotter.XYs{{X: 1, Y: 1}, {X: 100, Y: 4}}
	tests := []struct {
		name   string
		points plotter.XYs
		said   string // of the second series beside one that is drawn
		drawn  bool
	}{
		{"none", nil, "c, again (no point)", false},
		{"one", plotter.XYs{{X: 10, Y: 3}}, "c, again (one point)", false},
		{"one and no numbers", plotter.XYs{{X: 10, Y: 3}, {X: 20, Y: nan}, {X: nan, Y: 2}, {X: 30, Y: math.Inf(1)}}, "c, again (one point)", false},
		{"no numbers", plotter.XYs{{X: 10, Y: nan}, {X: 20, Y: nan}}, "c, again (no point)", false},
		{"equal", plotter.XYs{{X: 10, Y: 3}, {X: 10, Y: 3}}, "", true},
		{"two with a gap between", plotter.XYs{{X: 10, Y: 3}, {X: 20, Y: nan}, {X: 30, Y: 3}}, "", true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := sample(t, two, tt.points)
			drawn := strings.Contains(string(f.Wide), "var(--s2)") && strings.Contains(string(f.Narrow), ">c<")
			if drawn != tt.drawn || Drawn(tt.points) != tt.drawn || !strings.Contains(string(f.Wide), "var(--s0)") {
				t.Errorf("drawn %v, want %v", drawn, tt.drawn)
			}
			if !strings.Contains(f.Few, tt.said) || (tt.said == "") != (f.Few == "") {
				t.Errorf("said %q, want %q", f.Few, tt.said)
			}
			if strings.Contains(string(f.Wide)+string(f.Narrow), "NaN") {
				t.Error("a coordinate is no number")
			}
			alone := sample(t, tt.points, tt.points)
			page, err := alone.HTML()
			fixture.Must(t, err)
			if has := strings.Contains(string(page), "<svg"); has != tt.drawn || !has && !strings.Contains(string(page), `<p class="missing">Not drawn, since a line needs two points: a (`) {
				t.Errorf("alone: %s", page)
			}
		})
	}
}

// The data of a figure is what is drawn: the same numbers, and where they stand. The narrow
// drawing has only its places, if its numbers are the same.
func TestData(t *testing.T) {
	f := sample(t, plotter.XYs{{X: 1, Y: 1.23456789}, {X: 1000, Y: math.NaN()}, {X: 1000, Y: 10}}, plotter.XYs{{X: 1, Y: 0}, {X: 10, Y: 2}})
	page, err := f.HTML()
	fixture.Must(t, err)
	_, data, _ := strings.Cut(string(page), `class="values">`)
	data, _, _ = strings.Cut(data, "</script>")
	const series = `{"x":[[1,1000,1000],[1,10]],"p":[` +
		`{"t":"panel","x":["n",""],"y":["v","s"],"s":[{"n":"a","k":0,"x":0,"y":[1.23457,null,10]},{"n":"c, again","k":2,"x":1,"y":[0,2]}]},` +
		`{"t":"panel","x":["n",""],"y":["v","s"],"s":[{"n":"median","k":-1,"x":0,"y":[1.23457,null,10]}]}],`
	const wide, narrow = `"g":[[["log",0,3,40,470],["lin",0,10,174,30]],[["log",0,3,550,980],["lin",0,10,174,30]]]}`,
		`"g":[[["log",0,3,40,318],["lin",0,10,74,30]],[["log",0,3,40,318],["lin",0,10,174,130]]]}`
	if want := `{"wide":` + series + wide + `,"narrow":{` + narrow + `}`; data != want {
		t.Errorf("got\n%s\nwant\n%s", data, want)
	}
	if !json.Valid([]byte(data)) {
		t.Error("this is no JSON")
	}
	for _, want := range []string{`<figure class="figure" id="figure-f"`, `<span class="s0" data-k="0"><i class="line"></i>a</span>`, `<span class="s2" data-k="2"><i class="line d0"></i>c</span>`, `<g class="k2">`} {
		if !strings.Contains(string(page), want) {
			t.Errorf("no %s in %s", want, page)
		}
	}
}

// Names that are markup are text, in the buttons and in the data.
func TestHostileNames(t *testing.T) {
	const name = `</script><b onclick="x">&'`
	f, err := DrawSmall("f", name, name, 100, func(d Drawing) {
		p := New(plot.Axis{Min: 0, Max: 1, Scale: plot.LinearScale{}}, plot.Axis{Min: 0, Max: 1, Scale: plot.LinearScale{}})
		two := plotter.XYs{{X: 0, Y: 0}, {X: 1, Y: 1}}
		p.Add(Axes{Title: name}, Lines{Of: []Series{{Name: name, Points: two, Looks: []Look{Line(1)}, End: []string{name}}, {Name: "b", Strategy: 1, Points: two}}})
		p.Draw(d.Canvas)
	})
	fixture.Must(t, err)
	f.Workload = name
	page, err := f.HTML()
	fixture.Must(t, err)
	if strings.Contains(string(page), "<b ") || strings.Count(string(page), "</script>") != 1 {
		t.Errorf("a name is markup in %s", page)
	}
}

// A plot that does not say what it measures is an error of its author's.
func TestNoAxes(t *testing.T) {
	_, err := DrawSmall("f", "", "", 100, func(d Drawing) {
		p := New(plot.Axis{Min: 0, Max: 1, Scale: plot.LinearScale{}}, plot.Axis{Min: 0, Max: 1, Scale: plot.LinearScale{}})
		p.Add(Lines{Of: []Series{{Points: plotter.XYs{{X: 0, Y: 0}, {X: 1, Y: 1}}}}})
		p.Draw(d.Canvas)
	})
	if err == nil || !strings.Contains(err.Error(), "figure f: a plot does not say") {
		t.Errorf("got %v", err)
	}
	if _, err = DrawSmall("f", "", "", 100, func(Drawing) {}); err == nil || !strings.Contains(err.Error(), "figure f: it has no Lines") {
		t.Errorf("got %v", err)
	}
}
