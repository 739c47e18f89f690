package times

import (
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/vramlab/vramlab/report/internal/chart"
	"github.com/vramlab/vramlab/report/internal/judge"
	"github.com/vramlab/vramlab/report/internal/text"
	"github.com/vramlab/vramlab/report/internal/theme"
)

// The heights of the parts of a figure of evidence.
const (
	samplesHigh  = 150
	evidenceRow  = 32 // of a comparison: its words, its interval below
	evidenceGap  = 56 // between the plots
	evidenceHead = 28
	evidenceFoot = 26
)

// figure draws the samples of a workload in the order of the run, and the differences.
func (e evidence) figure(id, verdict string) (chart.Figure, error) {
	rows := vg.Length(len(e.self) + len(e.found))
	below := rows * evidenceRow
	high := vg.Length(evidenceHead + samplesHigh + evidenceFoot)
	if rows > 0 {
		high += evidenceGap - evidenceFoot + below + evidenceFoot
	}
	desc := verdict
	if said := e.said(); said != "" {
		desc += ". " + said
	}
	f, err := chart.DrawSmall(id, "Samples in the order of the run, "+text.Clean(e.v.Workload.Title), desc, high, func(d chart.Drawing) {
		e.paintSamples(d.Inner(64, 12, evidenceHead, high-evidenceHead-samplesHigh))
		if rows > 0 {
			e.paintDifferences(d.Inner(12, 12, high-below-evidenceFoot, evidenceFoot))
		}
	})
	f.Workload = e.v.Workload.Name
	return f, err
}

// paintSamples draws every sample by its round.
func (e evidence) paintSamples(c draw.Canvas) {
	rounds, lo, hi := 1, math.Inf(1), 0.0
	for _, l := range e.lanes {
		rounds = max(rounds, len(l.samples))
		for _, v := range l.samples {
			lo, hi = min(lo, v), max(hi, v)
		}
	}
	y, yTicks := chart.TightTimeAxis(lo, hi)
	p := chart.New(plot.Axis{Min: 0.5, Max: float64(rounds) + 0.5, Scale: plot.LinearScale{}}, y)
	p.Add(chart.Axes{Title: "time of an operation, by round", X: chart.Quantity{Name: "round"}, Y: chart.Quantity{Name: "time of an operation", Unit: chart.Seconds}},
		chart.Rules{Ticks: yTicks}, chart.Base{Ticks: roundTicks(rounds)}, chart.Caption{Dx: -60, Dy: -16, Text: "time of an operation, by round"})
	radius := vg.Length(3)
	if rounds > 40 {
		radius = 1.6
	}
	var lines chart.Lines
	for _, l := range e.lanes {
		s := chart.Series{Name: e.in.Strategies[l.strategy], Strategy: l.strategy, Key: chart.MarkKey, Looks: []chart.Look{chart.Marked(radius)}}
		if l.again {
			s.Part, s.Looks = "again", []chart.Look{chart.Ringed(radius)}
		}
		var lost plotter.XYs
		for i, v := range l.samples {
			at := plotter.XY{X: float64(i + 1), Y: v}
			s.Points = append(s.Points, at)
			if l.away != nil && l.away[i] {
				lost = append(lost, at)
			}
		}
		s.Below = []plot.Plotter{chart.Dots{Points: lost, Colour: theme.Sentinel("broken"), Radius: radius + 3}}
		lines.Of = append(lines.Of, s)
	}
	p.Add(lines)
	p.Draw(c)
}

// paintDifferences draws what strategies differ by from themselves and from each other, on
// one axis.
func (e evidence) paintDifferences(c draw.Canvas) {
	const least, most = -1, 4 // beyond these a difference stands at the edge; its words say it
	lo, hi := judge.Invert(e.floor), e.floor
	all := append(append([]compared(nil), e.self...), e.found...)
	for _, row := range all {
		for _, v := range []float64{row.pair.Lo, row.pair.Delta, row.pair.Hi} {
			if !math.IsInf(v, 0) {
				lo, hi = min(lo, v), max(hi, v)
			}
		}
	}
	x, xTicks := chart.SignedAxis(100*max(lo, least), 100*min(hi, most), 4, signedPercent)
	p := chart.New(x, plot.Axis{Min: 0, Max: float64(len(all)), Scale: plot.LinearScale{}})
	p.Add(chart.Caption{Dx: -8, Dy: -14, Text: "difference in time"}, chart.Base{Ticks: xTicks}, differences{all, e.floor})
	p.Draw(c)
}

// differences are the rows of the lower plot.
type differences struct {
	rows  []compared
	floor float64
}

func (f differences) Plot(c draw.Canvas, p *plot.Plot) {
	x, _ := p.Transforms(&c)
	at := func(v float64) vg.Length { return x(min(max(100*v, p.X.Min), p.X.Max)) }
	less, more := at(judge.Invert(f.floor)), at(f.floor)
	c.FillPolygon(theme.Sentinel("line"), []vg.Point{{X: less, Y: c.Min.Y}, {X: less, Y: c.Max.Y}, {X: more, Y: c.Max.Y}, {X: more, Y: c.Min.Y}})
	c.StrokeLine2(draw.LineStyle{Color: theme.Sentinel("axis"), Width: 1}, at(0), c.Min.Y, at(0), c.Max.Y)
	for i, row := range f.rows {
		high := c.Max.Y - evidenceRow*vg.Length(i)
		chart.Of{Strategy: row.strategy, Marks: []plot.Plotter{rowMark{row, high, at}}}.Plot(c, p)
	}
}

// rowMark is one of them: its words, and below them the interval and the difference.
type rowMark struct {
	compared
	top vg.Length
	at  func(float64) vg.Length
}

func (m rowMark) Plot(c draw.Canvas, _ *plot.Plot) {
	colour := theme.Colour(m.strategy)
	sty := chart.BoldText(colour, draw.XLeft)
	for _, line := range []string{m.label + "  " + m.text(), m.label + "  " + text.Signed(m.pair.Delta), m.text()} {
		if chart.TextWidth(sty, line) <= c.Max.X-c.Min.X { // long names leave no room for all
			c.FillText(sty, vg.Point{X: c.Min.X, Y: m.top - 9}, line)
			break
		}
	}
	y := m.top - 23
	if m.pair.Bounded() {
		c.StrokeLine2(draw.LineStyle{Color: colour, Width: 1.5}, m.at(m.pair.Lo), y, m.at(m.pair.Hi), y)
	}
	c.DrawGlyphNoClip(draw.GlyphStyle{Color: colour, Radius: 4, Shape: draw.CircleGlyph{}}, vg.Point{X: m.at(m.pair.Delta), Y: y})
}
