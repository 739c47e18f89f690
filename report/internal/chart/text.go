package chart

import (
	"image/color"
	"regexp"

	xfont "golang.org/x/image/font"
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/vramlab/vramlab/report/internal/theme"
)

// The page is read with a font that is not known here: the one the text is measured
// with, where it is installed, else one that may be a fifth wider. So the reader's
// browser aligns the text, and what must not touch is measured with that fifth.

// textSize is the size of all text in figures: what is readable at the width
// the figure is shown in.
const textSize = 12

// wider is how much wider than measured a font of the reader may be.
const wider = 1.2

// style is a text style of the figures.
func style(c color.Color, bold bool, x draw.XAlignment) draw.TextStyle {
	f := font.Font{Typeface: "Liberation", Variant: "Sans", Size: textSize}
	if bold {
		f.Weight = xfont.WeightBold
	}
	return draw.TextStyle{Color: c, Font: f, XAlign: x, YAlign: draw.YCenter, Handler: anchored{plot.DefaultTextHandler}}
}

// PlainText is the style of labels at axes.
func PlainText(x draw.XAlignment) draw.TextStyle { return style(theme.Sentinel("muted"), false, x) }

// BoldText is the style of what is named.
func BoldText(c color.Color, x draw.XAlignment) draw.TextStyle { return style(c, true, x) }

// TextWidth is the room that a line of text needs with the widest font it is made for.
func TextWidth(sty draw.TextStyle, line string) vg.Length { return wider * sty.Width(line) }

// anchored leaves it to the browser to align a text at its point: in front of it stands
// a mark that anchor turns into an attribute.
type anchored struct{ text.Handler }

const (
	middle = "\ue000"
	end    = "\ue001"
)

func (h anchored) Draw(c vg.Canvas, line string, sty text.Style, pt vg.Point) {
	if line == "" {
		return
	}
	switch sty.XAlign {
	case draw.XCenter:
		line = middle + line
	case draw.XRight:
		line = end + line
	}
	sty.XAlign = draw.XLeft
	h.Handler.Draw(c, line, sty, pt)
}

var marked = regexp.MustCompile(`>(` + middle + `|` + end + `)`)

// anchor replaces the marks in an SVG.
func anchor(svg string) string {
	return marked.ReplaceAllStringFunc(svg, func(mark string) string {
		if mark[1:] == middle {
			return ` text-anchor="middle">`
		}
		return ` text-anchor="end">`
	})
}
