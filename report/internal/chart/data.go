package chart

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
	"strconv"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgsvg"
)

// Unit is how the page writes the numbers of an axis, and what stands behind them where
// they are saved.
type Unit string

// The units. Their names are known to the script of package figures.
const (
	Number  Unit = ""
	Seconds Unit = "s"
	Bytes   Unit = "B"
	Percent Unit = "%"
	Change  Unit = "±%" // percent with a sign
)

// Form is how the axis of a plot has a quantity.
type Form int

// The forms.
const (
	Plain    Form = iota // as it is
	Odds                 // a share as the decimal logarithm of its odds; the quantity is in percent
	Exponent             // a power of two by its exponent
)

// Quantity is what an axis measures.
type Quantity struct {
	Name string
	Unit Unit
	Form Form
}

// value is the quantity at a place on the axis.
func (q Quantity) value(at float64) float64 {
	switch q.Form {
	case Odds:
		return 100 / (1 + math.Pow(10, -at))
	case Exponent:
		return math.Exp2(at)
	}
	return at
}

// Axes says what a plot is called and what its axes measure. Every plot with [Lines] has
// them.
type Axes struct {
	Title string
	X, Y  Quantity
	ByY   bool // series are read at one y: their x are what differs
}

func (a Axes) Plot(c draw.Canvas, p *plot.Plot) {
	rec := recorderOf(c)
	_, height := rec.Size()
	d := rec.of(p)
	d.Title, d.X, d.Y, d.ByY = a.Title, a.X, a.Y, a.ByY
	d.across = placeOf(p.X, a.X, c.Min.X.Points(), c.Max.X.Points())
	d.up = placeOf(p.Y, a.Y, (height - c.Min.Y).Points(), (height - c.Max.Y).Points())
	d.known = true
}

// place is where on the drawing the values of an axis stand: from lo at from to hi at to, in
// units of the scale.
type place struct {
	scale    string
	lo, hi   float64
	from, to float64
}

func placeOf(a plot.Axis, q Quantity, from, to float64) place {
	out := place{"lin", a.Min, a.Max, from, to}
	scale := a.Scale
	if turned, ok := scale.(plot.InvertedScale); ok {
		scale, out.from, out.to = turned.Normalizer, to, from
	}
	_, log := scale.(plot.LogScale)
	switch {
	case log:
		out.scale, out.lo, out.hi = "log", math.Log10(a.Min), math.Log10(a.Max)
	case q.Form == Exponent:
		out.scale, out.lo, out.hi = "log", a.Min*math.Log10(2), a.Max*math.Log10(2)
	case q.Form == Odds:
		out.scale = "odds"
	}
	return out
}

// MarshalJSON is the place in few bytes.
func (a place) MarshalJSON() ([]byte, error) {
	return json.Marshal([]any{a.scale, number(a.lo), number(a.hi), number(a.from), number(a.to)})
}

// panelData is a plot as the page knows it.
type panelData struct {
	Axes
	plot       *plot.Plot
	known      bool // it has Axes
	across, up place
	series     []Series
}

// recorder is the SVG of a drawing with the data of what was drawn.
type recorder struct {
	*vgsvg.Canvas
	panels []*panelData
	left   []Series // with too few points
	lines  bool     // there are Lines, be they empty
}

// recorderOf is the recorder that a canvas draws on.
func recorderOf(c draw.Canvas) *recorder {
	for {
		switch on := c.Canvas.(type) {
		case draw.Canvas:
			c = on
		case *recorder:
			return on
		default:
			panic("no recorder below the canvas")
		}
	}
}

// of is the panel of a plot.
func (r *recorder) of(p *plot.Plot) *panelData {
	for _, d := range r.panels {
		if d.plot == p {
			return d
		}
	}
	d := &panelData{plot: p}
	r.panels = append(r.panels, d)
	return d
}

func (r *recorder) keep(p *plot.Plot, s Series) {
	d := r.of(p)
	d.series = append(d.series, s)
}

// drawn reports whether any series was.
func (r *recorder) drawn() bool {
	for _, d := range r.panels {
		if len(d.series) > 0 {
			return true
		}
	}
	return false
}

// number is a number in few bytes: a whole one as it is, another with six digits, which are
// more than the page shows of any.
type number float64

func (v number) MarshalJSON() ([]byte, error) {
	f := float64(v)
	switch {
	case !finite(f):
		return []byte("null"), nil
	case f == math.Trunc(f) && math.Abs(f) < 1<<53:
		return strconv.AppendFloat(nil, f, 'f', -1, 64), nil
	}
	return strconv.AppendFloat(nil, f, 'g', 6, 64), nil
}

// The data of a drawing as the page has it; the script of package figures reads it.
type (
	drawingJSON struct {
		Xs     []json.RawMessage `json:"x,omitempty"` // which series share
		Panels []panelJSON       `json:"p,omitempty"`
		Places [][2]place        `json:"g"` // by panel
	}
	panelJSON struct {
		Title  string       `json:"t"`
		X      [2]string    `json:"x"` // name and unit
		Y      [2]string    `json:"y"`
		ByY    bool         `json:"by,omitempty"`
		Series []seriesJSON `json:"s"`
	}
	seriesJSON struct {
		Name     string   `json:"n"`
		Strategy int      `json:"k"`
		Silent   bool     `json:"q,omitempty"`
		X        int      `json:"x"`
		Y        []number `json:"y"`
	}
)

// data is what the page knows of all panels with series.
func (r *recorder) data() (out drawingJSON, err error) {
	for _, d := range r.panels {
		if len(d.series) == 0 {
			continue
		}
		if !d.known {
			return out, errors.New("a plot does not say what its axes measure")
		}
		p := panelJSON{Title: d.Title, X: d.X.named(), Y: d.Y.named(), ByY: d.ByY}
		for _, s := range d.series {
			xs, ys := valuesOf(s.Points, d.Axes)
			raw, err := json.Marshal(xs)
			if err != nil {
				return out, err
			}
			p.Series = append(p.Series, seriesJSON{s.said(), s.Strategy, s.Silent, out.shared(raw), ys})
		}
		out.Panels, out.Places = append(out.Panels, p), append(out.Places, [2]place{d.across, d.up})
	}
	return out, nil
}

func (q Quantity) named() [2]string { return [2]string{q.Name, string(q.Unit)} }

// shared is the index of a list of x, which is new only if none is equal.
func (d *drawingJSON) shared(xs json.RawMessage) int {
	for i, has := range d.Xs {
		if bytes.Equal(has, xs) {
			return i
		}
	}
	d.Xs = append(d.Xs, xs)
	return len(d.Xs) - 1
}

// without leaves out what is the same in another drawing of the figure: most often only the
// places differ.
func (d drawingJSON) without(o drawingJSON) (drawingJSON, error) {
	places := d.Places
	d.Places, o.Places = nil, nil
	mine, err := json.Marshal(d) // what is no number is not equal to itself in any other form
	if err != nil {
		return d, err
	}
	others, err := json.Marshal(o)
	if bytes.Equal(mine, others) {
		d.Xs, d.Panels = nil, nil
	}
	d.Places = places
	return d, err
}

func valuesOf(points plotter.XYs, of Axes) (xs, ys []number) {
	for _, pt := range points {
		xs, ys = append(xs, number(of.X.value(pt.X))), append(ys, number(of.Y.value(pt.Y)))
	}
	return xs, ys
}
