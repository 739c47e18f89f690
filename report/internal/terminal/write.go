package terminal

import (
	"slices"
	"strings"

	"github.com/vramlab/vramlab/internal/cells"
	"github.com/vramlab/vramlab/report/internal/decisions"
)

// What colours are.
const (
	plain  = ""
	better = "\x1b[32m"
	worse  = "\x1b[31m"
	dim    = "\x1b[2m"
	bold   = "\x1b[1m"
	end    = "\x1b[0m"
)

// in is a text in a colour, which the spaces around it do not have.
func (p *plan) in(colour, s string) string {
	if !p.colour || colour == plain || strings.TrimSpace(s) == "" {
		return s
	}
	inner := strings.Trim(s, " ")
	return strings.Replace(s, inner, colour+inner+end, 1)
}

// head are the lines above the rows: what the letters stand for, the columns, and the
// strategies in each.
func (p *plan) head() (lines []string) {
	below := cells.Left("workload", p.title)
	if p.pick > 0 {
		below += cells.Left("", gap) + cells.Left("take", p.pick)
	}
	above := cells.Left("", cells.Width(below))
	if len(p.names) == 1 { // nothing but the names of columns
		above, below = below, above
	}
	if p.letters {
		var all []string
		for s, name := range p.names {
			all = append(all, letter(s)+" "+name)
		}
		legend := strings.Join(all, ", ")
		if short := cells.Left(legend, cells.Width(below)); cells.Width(short) == cells.Width(below) {
			above = short
		} else if lines = cells.Wrap(legend, p.columns); len(lines) > 3 { // dozens of strategies
			lines = append(lines[:2], cells.Cut(strings.Join(lines[2:], " "), p.columns))
		}
	}
	for _, g := range p.groups {
		line := ""
		for i, w := range g.values {
			label := ""
			if len(p.names) > 1 && !g.ranged {
				label = p.label(i)
			}
			line += cells.Right(label, w) + " "
		}
		if g.word > 0 {
			line += cells.Left(least, g.word)
		}
		above += cells.Left("", gap) + cells.Right(g.head, g.width())
		below += cells.Left("", gap) + cells.Right(strings.TrimRight(line, " "), g.width())
	}
	for _, line := range []string{above, below} {
		if line = strings.TrimRight(cells.Cut(line, p.columns), " "); line != "" {
			lines = append(lines, p.in(bold, line))
		}
	}
	return lines
}

// row is the line of a workload.
func (p *plan) row(r decisions.Row) string {
	line := cells.Left(cells.Cut(title(r), p.title), p.title)
	if p.pick > 0 {
		pick := cells.Left(cells.Cut(p.taken(r), p.pick), p.pick)
		switch {
		case r.Unknown:
			pick = p.in(dim, pick)
		case len(r.Verdict.Picks) < len(p.names):
			pick = p.in(better, pick)
		}
		line += cells.Left("", gap) + pick
	}
	for _, g := range p.groups {
		line += cells.Left("", gap) + p.cell(g, r.Cells[g.at])
	}
	return strings.TrimRight(line, " ")
}

// cell is a cell at the width of its column.
func (p *plan) cell(g group, c decisions.Cell) string {
	values, word := p.shown(g, c)
	var parts []string
	used := 0
	for i, w := range g.values {
		v := ""
		if values != nil {
			v = values[i]
		}
		used += w + 1
		v = cells.Right(v, w)
		switch {
		case g.ranged || len(c.Best) == 0:
		case slices.Contains(c.Best, i):
			v = p.in(better, v)
		case g.head == refused:
			v = p.in(worse, v)
		}
		parts = append(parts, v)
	}
	if values == nil {
		return p.in(dim, cells.Right(word, g.width()))
	}
	if g.time {
		colour := plain
		if len(c.Best) == 0 {
			colour = dim
		}
		if g.word > 0 {
			used += g.word + 1
			parts = append(parts, p.in(colour, cells.Left(word, g.word)))
		}
	}
	return cells.Left("", g.width()-used+1) + strings.Join(parts, " ")
}

// refused is the column in which the others are worse: they did less work.
const refused = "refused ‰"

// least is above the strategies that take the least time.
const least = "least"
