package report

import (
	_ "embed"
	"fmt"
	"html/template"
)

// scalePart is one size that grows, with its figure and its tables.
type scalePart struct {
	Head
	Axis     string
	Findings []template.HTML // where strategies cross
	Refused  string
	scaleTable
	Pairs []twoRow
}

// scaleTable are the exponents of a part.
type scaleTable struct {
	Fixed string
	Spans [len(scalingOps)][2]string // the least and the greatest size, once for each operation
	Rows  []scaleRow
}

// scaleRow is a strategy: how each operation grows.
type scaleRow struct {
	Name, Class string
	Ops         []scaleTexts // as scalingOps
}

type scaleTexts struct{ From, To, Exponent, Interval, Visits, VisitsInterval string }

// twoRow is two strategies, with who takes less in each operation.
type twoRow struct {
	Pair     template.HTML
	Outcomes []template.HTML
}

// refused says which strategies refused requests in a part, and what that
// does to comparisons; it is empty when none did.
func (s scale) refused() prose {
	var parts []string
	least := make(map[int]float64)
	for _, l := range s.lines {
		for _, p := range l.points {
			if before, ok := least[l.strategy]; p.served < 100 && (!ok || p.served < before) {
				least[l.strategy] = p.served
			}
		}
	}
	for _, l := range s.lines {
		if served, ok := least[l.strategy]; ok {
			parts = append(parts, mark(l.strategy)+" "+percent(100-served))
			delete(least, l.strategy)
		}
	}
	if len(parts) == 0 {
		return ""
	}
	return prose("Requests refused, where most were: " + list(parts) + ". Strategies are compared at a size only where they served the same, within " + percent(servedAlike) + ".")
}

// makeScalePart makes the texts and the figure of a part.
func makeScalePart(names Names, self *SelfTest, id string, s scale) (scalePart, error) {
	out := scalePart{Axis: "live objects", scaleTable: makeScaleTable(names, s), Pairs: twoRows(names, self, s)}
	grows := "the number of live objects"
	if s.byRegion {
		out.Axis, grows = "size of the region", "the region"
	}
	out.Heading = markup(names, scalingHeading(self, s))
	out.How = fmt.Sprintf("Time of one operation while %s grows, with %s. Both axes are logarithmic: a straight line is a power law, its slope the exponent.", grows, s.fixedText())
	out.Refused = names.plain(s.refused())
	for _, text := range crossingSentences(names, self, s) {
		out.Findings = append(out.Findings, markup(names, text))
	}
	var err error
	out.Figure, err = scaleFigure(names, self, id, s)
	return out, err
}

// makeScaleTable has a row for every strategy of a part.
func makeScaleTable(names Names, s scale) scaleTable {
	out := scaleTable{Fixed: s.fixedText()}
	lo, hi := s.span()
	for i := range out.Spans {
		out.Spans[i] = [2]string{"at " + s.axisText(lo), "at " + s.axisText(hi)}
	}
	for i, name := range names {
		row := scaleRow{Name: name, Class: class(i)}
		any := false
		for _, op := range scalingOps {
			l := s.of(i, op)
			any = any || l != nil
			row.Ops = append(row.Ops, l.texts(lo, hi))
		}
		if any {
			out.Rows = append(out.Rows, row)
		}
	}
	return out
}

// texts are the cells of a line, dashes of none: the times at the ends of the
// part, and how it grows between.
func (l *scaleLine) texts(lo, hi float64) scaleTexts {
	out := scaleTexts{From: none, To: none, Exponent: none, Visits: none}
	if l == nil {
		return out
	}
	if p := l.points[0]; p.n == lo {
		out.From = duration(p.median)
	}
	if p := l.points[len(l.points)-1]; p.n == hi {
		out.To = duration(p.median)
	}
	if l.time.ok {
		out.Exponent, out.Interval = exponent(l.time.b), l.time.interval()
	}
	if v := l.visits; v.ok {
		out.Visits = exponent(v.b)
		if v.hi-v.lo >= 0.005 { // counts on the law have nothing to doubt
			out.VisitsInterval = v.interval()
		}
	}
	return out
}

// twoRows has a row for every two strategies of a part.
func twoRows(names Names, self *SelfTest, s scale) []twoRow {
	all := s.allCrossed(self, len(names))
	var out []twoRow
	for a := range names {
		for b := a + 1; b < len(names); b++ {
			row := twoRow{Pair: markup(names, prose(mark(a)+" and "+mark(b)))}
			any := false
			for _, op := range scalingOps {
				text := prose(none)
				for _, c := range all {
					if c.a == a && c.b == b && c.op == op {
						text, any = c.outcome(s), true
					}
				}
				row.Outcomes = append(row.Outcomes, markup(names, text))
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

// scalingNote says what limits the sweep.
func scalingNote(names Names, self *SelfTest) string {
	note := "Points are medians, strokes the range of their samples, dashes the fitted law a·n^b, rings where strategies cross. The 95" + nbsp + "% interval of b is of the points around the law (Student's t, one degree of freedom for each size beyond two): it holds noise and bend alike, and a curve that bends is no power law. " +
		"Below " + exponent(logarithmic) + " growth is called no faster than a logarithm, which over three decades fits 0.1."
	if len(names) > 1 {
		note += " Strategies cross only between sizes at which all samples of one lie below those of the other, by " + percent(100*self.LeastTold()) + " at least; the point between is interpolated."
	}
	return note + " The region is as full at every point: more objects in the same region are smaller ones. Visits are counted and exact; the interval of their exponent is bend alone."
}

//go:embed page/scaling.html
var scalingHTML string

// ScalingSection is how cost grows.
var ScalingSection = Section{
	ID:       "scaling",
	Title:    "Scaling",
	Template: scalingHTML,
	Alone:    true,
	Make:     maker(makeScaling),
}

// scalingSection is how cost grows.
type scalingSection struct {
	Head
	Parts  []scalePart
	Others []scaleOther
}

func makeScaling(in In) (p scalingSection, err error) {
	shown, others := scales(in.strategies, in.curves.scaling, in.curves.crossing)
	if len(shown) == 0 {
		p.Head = Head{Heading: "How cost grows was not swept",
			Missing: "This run has no scaling sweep (curves.bench holds no BenchmarkScaling lines): run with -sweep region=1GiB..1TiB,live=1e3..1e6."}
		return p, nil
	}
	for i, s := range shown {
		part, err := makeScalePart(in.strategies, in.times.Self, fmt.Sprint("scaling-", i), s)
		if err != nil {
			return p, err
		}
		p.Parts = append(p.Parts, part)
	}
	if text := sweptCrossings(in.strategies, in.curves.crossing, shown); text != "" {
		first := &p.Parts[0]
		first.Findings = append([]template.HTML{markup(in.strategies, text)}, first.Findings...)
	}
	p.Head = p.Parts[0].Head
	p.Note = scalingNote(in.strategies, in.times.Self)
	for _, s := range others {
		p.Others = append(p.Others, scaleOther{s.spanText(), markup(in.strategies, scalingHeading(in.times.Self, s)), makeScaleTable(in.strategies, s)})
	}
	return p, nil
}
