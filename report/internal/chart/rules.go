package chart

import (
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/vramlab/vramlab/report/internal/theme"
)

// Rules draws a line across the data area at each labelled tick of the y axis
// and writes the label left of it, as many as have room.
type Rules struct{ Ticks []plot.Tick }

func (g Rules) Plot(c draw.Canvas, p *plot.Plot) {
	_, y := p.Transforms(&c)
	var lines [][]vg.Point
	for _, t := range thinned(g.Ticks, func(t plot.Tick) (lo, hi vg.Length) {
		at := y(t.Value)
		return at - LineHeight/2, at + LineHeight/2
	}, c.Min.Y-LineHeight/2, c.Max.Y+LineHeight/2) {
		if t.Label == "" {
			continue
		}
		at := y(t.Value)
		lines = append(lines, []vg.Point{{X: c.Min.X, Y: at}, {X: c.Max.X, Y: at}})
		c.FillText(PlainText(draw.XRight), vg.Point{X: c.Min.X - 8, Y: at}, t.Label)
	}
	strokeAll(c, draw.LineStyle{Color: theme.Sentinel("grid"), Width: 1}, lines...)
}

// Base draws the x axis: a line, ticks, and the labels of those that have
// one, drop below the data area, as many as have room within the figure.
type Base struct {
	Ticks []plot.Tick
	Drop  vg.Length
}

// apart is the least distance of two labels side by side.
const apart = 6

func (b Base) Plot(c draw.Canvas, p *plot.Plot) {
	x, _ := p.Transforms(&c)
	sty := PlainText(draw.XCenter)
	y := c.Min.Y - b.Drop
	lines := [][]vg.Point{{{X: c.Min.X, Y: y}, {X: c.Max.X, Y: y}}} // one path: each has as many bytes of style
	for _, t := range thinned(b.Ticks, func(t plot.Tick) (lo, hi vg.Length) {
		half := TextWidth(sty, t.Label) / 2
		return x(t.Value) - half - apart/2, x(t.Value) + half + apart/2
	}, -apart/2, width(c)+apart/2) {
		at := x(t.Value)
		if !c.ContainsX(at) {
			continue
		}
		long := vg.Length(3)
		if t.Label != "" {
			long = 5
			c.FillText(sty, vg.Point{X: at, Y: y - 14}, t.Label)
		}
		lines = append(lines, []vg.Point{{X: at, Y: y}, {X: at, Y: y - long}})
	}
	strokeAll(c, draw.LineStyle{Color: theme.Sentinel("axis"), Width: 1}, lines...)
}

// width is that of the drawing of which c is a part, which may be a data area.
func width(c draw.Canvas) vg.Length {
	for {
		whole, ok := c.Canvas.(draw.Canvas)
		if !ok {
			return c.Max.X
		}
		c = whole
	}
}

// thinned takes labels from ticks until no two of them touch and none leaves [from, to].
// span is the room that a label takes. Ticks at even distances keep every nth label,
// counted from the last; of others each is kept that does not touch one behind it.
func thinned(ticks []plot.Tick, span func(plot.Tick) (lo, hi vg.Length), from, to vg.Length) []plot.Tick {
	out := slices.Clone(ticks)
	var all []spot
	for i, t := range slices.Backward(ticks) {
		out[i].Label = ""
		if t.Label == "" {
			continue
		}
		if lo, hi := span(t); lo >= from && hi <= to {
			all = append(all, spot{i, lo, hi})
		}
	}
	keep := apartFrom(all)
	for n := 1; n <= len(all) && even(all); n++ {
		if keep = everyNth(all, n); len(apartFrom(keep)) == len(keep) {
			break
		}
	}
	for _, k := range keep {
		out[k.tick].Label = ticks[k.tick].Label
	}
	return out
}

// spot is the room that the label of a tick takes.
type spot struct {
	tick   int
	lo, hi vg.Length
}

func (s spot) middle() vg.Length { return (s.lo + s.hi) / 2 }

func everyNth(from []spot, n int) (out []spot) {
	for i := 0; i < len(from); i += n {
		out = append(out, from[i])
	}
	return out
}

// apartFrom are those of some labels that do not touch one taken before them.
func apartFrom(of []spot) (out []spot) {
	for _, s := range of {
		if !slices.ContainsFunc(out, func(o spot) bool { return s.lo < o.hi && o.lo < s.hi }) {
			out = append(out, s)
		}
	}
	return out
}

// even reports whether the middles of labels lie at one distance.
func even(of []spot) bool {
	for k := 2; k < len(of); k++ {
		step := of[1].middle() - of[0].middle()
		if d := (of[k].middle() - of[k-1].middle()) / step; !(d > 0.9 && d < 1.1) {
			return false
		}
	}
	return true
}
