// Package growth is the sections about growth: how cost grows with the live objects
// and the region, and what several goroutines gain.
package growth

import (
	_ "embed"
	"fmt"
	"html/template"

	"github.com/vramlab/vramlab/bench/schema"
	"github.com/vramlab/vramlab/report/internal/judge"
	"github.com/vramlab/vramlab/report/internal/list"
	"github.com/vramlab/vramlab/report/internal/rundir"
	"github.com/vramlab/vramlab/report/internal/section"
	"github.com/vramlab/vramlab/report/internal/text"
	"github.com/vramlab/vramlab/report/internal/theme"
	"github.com/vramlab/vramlab/report/internal/words"
)

//go:embed scaling.html
var scalingHTML string

// Scaling is how cost grows.
var Scaling = section.Section{
	ID:       "scaling",
	Title:    "Scaling",
	Template: scalingHTML,
	Alone:    true,
	Make:     section.Maker(makeScaling),
}

// scalingSection is how cost grows.
type scalingSection struct {
	section.Head
	Parts  []scalePart
	Others []scaleOther
}

func makeScaling(in judge.Run) (p scalingSection, err error) {
	shown, others := judge.Scales(in.Strategies, in.Curves.Scaling, in.Curves.Crossing)
	if len(shown) == 0 {
		p.Head = section.Head{Heading: "How cost grows was not swept",
			Missing: section.Lacks("regions of several sizes", schema.Scaling) + ": run with -sweep region=1GiB..1TiB,live=1e3..1e6."}
		return p, nil
	}
	for i, s := range shown {
		part, err := makeScalePart(in.Strategies, in.Times.Self, fmt.Sprint("scaling-", i), s)
		if err != nil {
			return p, err
		}
		p.Parts = append(p.Parts, part)
	}
	if phrase := words.GrowthCrossings(in.Strategies, in.Curves.Crossing, shown); phrase != "" {
		first := &p.Parts[0]
		first.Findings = append([]template.HTML{theme.Markup(in.Strategies, phrase)}, first.Findings...)
	}
	p.Head = p.Parts[0].Head
	p.Note = words.ScalingNote(in.Strategies, in.Times.Self)
	for _, s := range others {
		p.Others = append(p.Others, scaleOther{words.SpanText(s), theme.Markup(in.Strategies, words.ScalingHeading(in.Times.Self, s)), makeScaleTable(in.Strategies, s)})
	}
	return p, nil
}

// scalePart is one size that grows, with its figure and its tables.
type scalePart struct {
	section.Head
	Axis     string
	Findings []template.HTML // where strategies cross
	Refused  string
	scaleTable
	Pairs []twoRow
}

// scaleTable are the exponents of a part.
type scaleTable struct {
	Fixed string
	Spans [len(rundir.ScalingOps)][2]string // the least and the greatest size, once for each operation
	Rows  []scaleRow
}

// scaleRow is a strategy: how each operation grows.
type scaleRow struct {
	Name, Class string
	Ops         []scaleTexts // by [rundir.ScalingOps]
}

type scaleTexts struct{ From, To, Exponent, Interval, Visits, VisitsInterval string }

// twoRow is two strategies, with who takes less in each operation.
type twoRow struct {
	Pair     template.HTML
	Outcomes []template.HTML
}

// makeScalePart makes the texts and the figure of a part.
func makeScalePart(names list.Names, self *judge.SelfTest, id string, s judge.Scale) (scalePart, error) {
	out := scalePart{Axis: "live objects", scaleTable: makeScaleTable(names, s), Pairs: twoRows(names, self, s)}
	grows := "the number of live objects"
	if s.ByRegion {
		out.Axis, grows = "size of the region", "the region"
	}
	out.Heading = theme.Markup(names, words.ScalingHeading(self, s))
	out.How = fmt.Sprintf("Time of one operation while %s grows, with %s. Both axes are logarithmic: a straight line is a power law, its slope the exponent.", grows, words.FixedText(s))
	out.Refused = text.Plain(names, words.RefusedShares(s))
	for _, phrase := range words.CrossingSentences(names, self, s) {
		out.Findings = append(out.Findings, theme.Markup(names, phrase))
	}
	var err error
	out.Figure, err = scaleFigure(names, self, id, s)
	return out, err
}

// makeScaleTable has a row for every strategy of a part.
func makeScaleTable(names list.Names, s judge.Scale) scaleTable {
	out := scaleTable{Fixed: words.FixedText(s)}
	lo, hi := s.Span()
	for i := range out.Spans {
		out.Spans[i] = [2]string{"at " + words.AxisText(s, lo), "at " + words.AxisText(s, hi)}
	}
	for i, name := range names {
		row := scaleRow{Name: name, Class: theme.Class(i)}
		any := false
		for _, op := range rundir.ScalingOps {
			l := s.Of(i, op)
			any = any || l != nil
			row.Ops = append(row.Ops, scaleTextsOf(l, lo, hi))
		}
		if any {
			out.Rows = append(out.Rows, row)
		}
	}
	return out
}

// scaleTextsOf are the cells of a line, dashes of none: the times at the ends of the
// part, and how it grows between.
func scaleTextsOf(l *judge.ScaleLine, lo, hi float64) scaleTexts {
	out := scaleTexts{From: text.None, To: text.None, Exponent: text.None, Visits: text.None}
	if l == nil {
		return out
	}
	if p := l.Points[0]; p.N == lo {
		out.From = text.Duration(p.Median)
	}
	if p := l.Points[len(l.Points)-1]; p.N == hi {
		out.To = text.Duration(p.Median)
	}
	if l.Time.OK {
		out.Exponent, out.Interval = words.Exponent(l.Time.B), words.ExponentInterval(l.Time)
	}
	if v := l.Visits; v.OK {
		out.Visits = words.Exponent(v.B)
		if v.Hi-v.Lo >= 0.005 { // counts on the law have nothing to doubt
			out.VisitsInterval = words.ExponentInterval(v)
		}
	}
	return out
}

// twoRows has a row for every two strategies of a part.
func twoRows(names list.Names, self *judge.SelfTest, s judge.Scale) []twoRow {
	all := s.AllCrossed(self, len(names))
	var out []twoRow
	for a := range names {
		for b := a + 1; b < len(names); b++ {
			row := twoRow{Pair: theme.Markup(names, text.Prose(text.Mark(a)+" and "+text.Mark(b)))}
			any := false
			for _, op := range rundir.ScalingOps {
				phrase := text.Prose(text.None)
				for _, c := range all {
					if c.A == a && c.B == b && c.Op == op {
						phrase, any = words.CrossOutcome(c, s), true
					}
				}
				row.Outcomes = append(row.Outcomes, theme.Markup(names, phrase))
			}
			if any {
				out = append(out, row)
			}
		}
	}
	return out
}

// scaleOther is a part of the sweep that is not drawn.
type scaleOther struct {
	Span    string
	Heading template.HTML
	scaleTable
}
