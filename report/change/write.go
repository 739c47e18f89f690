package change

import (
	"fmt"
	"io"
	"strings"
)

// Format is a way to write a table.
type Format struct {
	Name, Doc string
	write     func(w io.Writer, t *Table, o *Outcome, l Look) error
}

// Formats are the ways to write a table, the default first.
func Formats() []Format {
	return []Format{
		{"text", "an aligned table for a terminal", writeText},
		{"json", "one object, with every row", writeJSON},
		{"csv", "a line a row; behind them what a gate said, in lines that begin with #", writeCSV},
		{"markdown", "a comment of a pull request", writeMarkdown},
		{"cover-letter", "a block for the cover letter of a patch: no time of a model", writeLetter},
	}
}

// Write writes the table, and what a gate said of it if there was one.
func (t *Table) Write(w io.Writer, f Format, o *Outcome, l Look) error {
	return f.write(w, t, o, l)
}

func writeMarkdown(w io.Writer, t *Table, o *Outcome, l Look) error {
	var b strings.Builder
	fmt.Fprintf(&b, "**%s**\n\n", t.Summary())
	for _, n := range t.Notes {
		fmt.Fprintf(&b, "%s\n\n", printable(n))
	}
	if rows := t.shown(o, l.All); len(rows) > 0 {
		b.WriteString("| benchmark | unit | old | new | change | p | |\n|---|---|--:|--:|--:|--:|---|\n")
		for _, r := range rows {
			fields := r.fields()
			for i, f := range fields {
				fields[i] = strings.ReplaceAll(f, "|", `\|`)
			}
			b.WriteString("| " + strings.Join(fields, " | ") + " |\n")
		}
	}
	if lines := t.geomeans(); len(lines) > 0 {
		b.WriteString("\n" + strings.Join(printables(lines...), "  \n") + "\n")
	}
	if lines := o.said(); len(lines) > 0 {
		b.WriteString("\n```\n" + strings.Join(printables(lines...), "\n") + "\n```\n")
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// writeLetter writes what carries over to a kernel: the exact figures.
func writeLetter(w io.Writer, t *Table, o *Outcome, l Look) error {
	var b strings.Builder
	fmt.Fprintf(&b, "Placements replayed with vramlab, before and after (%s, %s):\n\n", printable(t.Old.Path), printable(t.New.Path))
	for _, n := range t.Notes {
		b.WriteString(printable(n) + "\n\n")
	}
	rows := [][]string{{"", "unit", "before", "after", ""}}
	same, compared := 0, 0
	var unjudged []Finding
	for _, r := range t.Rows {
		if r.Exact && r.Verdict != Unjudged {
			compared++
		}
		switch {
		case !r.Exact:
		case r.Verdict == Unjudged:
			unjudged = append(unjudged, Finding{Row: r, Text: r.Why})
		case r.Verdict == Same && !l.All:
			same++
		default:
			rows = append(rows, printables(r.short(), r.Unit, r.value(r.Old, r.N1), r.value(r.New, r.N2), r.remark()))
		}
	}
	switch {
	case len(rows) > 1:
		align(&b, rows, "llrrl")
	case compared == 0:
		b.WriteString("No exact figure was compared.\n")
	case len(unjudged) > 0:
		b.WriteString("Of the exact figures that were compared none changed.\n")
	default:
		b.WriteString("No exact figure changed.\n")
	}
	if same > 0 {
		fmt.Fprintf(&b, "\n%d other exact figures are the same.\n", same)
	}
	if len(unjudged) > 0 {
		fmt.Fprintf(&b, "\n%d exact figures were not judged:\n%s\n", len(unjudged), strings.Join(printables(grouped(unjudged)...), "\n"))
	}
	if lines := o.said(); len(lines) > 0 {
		b.WriteString("\n" + strings.Join(printables(lines...), "\n") + "\n")
	}
	b.WriteString("\nTimes are left out: those of user-space models do not carry over.\n")
	_, err := io.WriteString(w, b.String())
	return err
}
