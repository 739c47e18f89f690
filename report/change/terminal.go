package change

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/vramlab/vramlab/internal/cells"
)

// Look is what a table shows, and how, where the format is for people.
type Look struct {
	All     bool // also the rows without a change
	Columns int  // of the terminal, which no line exceeds; 0: as wide as it is
	Colour  bool // green is better, red worse, faint what is not judged
}

func writeText(w io.Writer, t *Table, o *Outcome, l Look) error {
	var b strings.Builder
	for _, n := range t.Notes {
		l.line(&b, n, "")
	}
	if shown := t.shown(o, l.All); len(shown) > 0 {
		l.table(&b, shown)
	}
	for _, line := range t.geomeans() {
		l.line(&b, line, "")
	}
	l.line(&b, t.Summary(), "")
	for _, line := range o.said() {
		colour := ""
		switch {
		case strings.HasPrefix(line, "VIOLATED"):
			colour = red
		case strings.HasPrefix(line, "NOT JUDGED"):
			colour = faint
		case line == o.last() && o.Code() == 0:
			colour = green
		}
		l.line(&b, line, colour)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// Colours of a terminal.
const (
	green   = "\x1b[32m"
	red     = "\x1b[31m"
	faint   = "\x1b[2m"
	plainly = "\x1b[0m"
)

// line writes a line, or as many as it takes.
func (l Look) line(b *strings.Builder, text, colour string) {
	text = printable(text)
	lines := []string{text}
	if l.Columns > 0 {
		lines = cells.Wrap(text, l.Columns)
	}
	for _, line := range lines {
		fmt.Fprintln(b, l.paint(line, colour))
	}
}

func (l Look) paint(text, colour string) string {
	if !l.Colour || colour == "" || text == "" {
		return text
	}
	return colour + text + plainly
}

// colours of verdicts.
var colours = map[Verdict]string{Better: green, Worse: red, Unjudged: faint}

// leastName is how far names of benchmarks are cut down.
const leastName = 12

// table writes rows with as much of the names of benchmarks, and of why nothing is judged,
// as there is room for: of names the keys go first.
func (l Look) table(b *strings.Builder, shown []Row) {
	rows := [][]string{{"benchmark", "unit", "old", "new", "change", "p", ""}}
	for _, r := range shown {
		rows = append(rows, r.fields())
	}
	const p, last = 5, 6
	how := "llrrrrl"
	if over := l.over(rows, how); over > 0 {
		for i := range shown {
			rows[i+1][0] = printable(shown[i].short())
		}
	}
	for _, cut := range []struct{ column, least int }{{last, len("not judged") + 1}, {0, leastName}} {
		if over := l.over(rows, how); over > 0 {
			width := max(cut.least, widths(rows, how)[cut.column]-over)
			for i := range rows {
				rows[i][cut.column] = cells.Cut(rows[i][cut.column], width)
			}
		}
	}
	if l.over(rows, how) > 0 {
		for i, r := range rows {
			rows[i] = slices.Delete(r, p, p+1)
		}
		how = how[:p] + how[p+1:]
	}
	var lines strings.Builder
	align(&lines, rows, how)
	for i, line := range strings.Split(strings.TrimSuffix(lines.String(), "\n"), "\n") {
		if l.Columns > 0 {
			line = cells.Cut(line, l.Columns)
		}
		colour := ""
		if i > 0 {
			colour = colours[shown[i-1].Verdict]
		}
		fmt.Fprintln(b, l.paint(line, colour))
	}
}

// over is by how many columns rows are too wide.
func (l Look) over(rows [][]string, how string) int {
	if l.Columns == 0 {
		return 0
	}
	n := -2
	for _, w := range widths(rows, how) {
		n += w + 2
	}
	return n - l.Columns
}

func widths(rows [][]string, how string) []int {
	width := make([]int, len(how))
	for _, r := range rows {
		for i, f := range r {
			width[i] = max(width[i], cells.Width(f))
		}
	}
	return width
}

// align writes rows in columns, l or r.
func align(b *strings.Builder, rows [][]string, how string) {
	width := widths(rows, how)
	for _, r := range rows {
		line := ""
		for i, f := range r {
			if how[i] == 'r' {
				f = cells.Right(f, width[i])
			} else {
				f = cells.Left(f, width[i])
			}
			line += f + "  "
		}
		b.WriteString(strings.TrimRight(line, " ") + "\n")
	}
}
