package change

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/vramlab/vramlab/internal/cells"
)

// Format is a way to write a table.
type Format struct {
	Name, Doc string
	write     func(w io.Writer, t *Table, o *Outcome, l Look) error
}

// Look is what a table shows, and how, where the format is for people.
type Look struct {
	All     bool // also the rows without a change
	Columns int  // of the terminal, which no line exceeds; 0: as wide as it is
	Colour  bool // green is better, red worse, faint what is not judged
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

// fields are the columns of a row: benchmark, unit, old, new, change, p and remark.
func (r *Row) fields() []string {
	return printables(r.Name(), r.Unit, r.value(r.Old, r.N1), r.value(r.New, r.N2), r.change(), r.p(), r.remark())
}

// shown are the rows for a reader: what changed, what a gate found, and with all the rest.
func (t *Table) shown(o *Outcome, all bool) []Row {
	if all {
		return t.Rows
	}
	rows := t.Changed()
	if o != nil {
		for _, f := range o.Unjudged {
			rows = append(rows, f.Row)
		}
	}
	return rows
}

// Summary is the result in a line.
func (t *Table) Summary() string {
	s := fmt.Sprintf("%d worse, %d better, %d without a change that could be called, %d not judged", t.Count(Worse), t.Count(Better), t.Count(Same), t.Count(Unjudged))
	if n := t.Count(Changed); n > 0 {
		s += fmt.Sprintf(", %d changed in a unit without a direction", n)
	}
	return s
}

// said is what a gate says, line by line.
func (o *Outcome) said() (lines []string) {
	if o == nil {
		return nil
	}
	lines = append(lines, o.Instead...)
	for _, f := range o.Violated {
		lines = append(lines, fmt.Sprintf("VIOLATED %s: %s %s %s", f.Rule.Text, f.Row.Name(), f.Row.Unit, f.Text))
	}
	// Rows that cannot be judged are many, for few reasons.
	for _, line := range grouped(o.Unjudged) {
		lines = append(lines, "NOT JUDGED "+line)
	}
	for i, u := range o.Unused {
		if i == mostUnused {
			lines = append(lines, fmt.Sprintf("NOT JUDGED: %d more rules that fit no row", len(o.Unused)-i))
			break
		}
		lines = append(lines, fmt.Sprintf("NOT JUDGED %s: %s", u.Rule.Text, u.Why))
	}
	return append(append(lines, o.coarse()...), o.last())
}

// coarse is a line for each rule that noise hides of rows, with the worst of these.
func (o *Outcome) coarse() (lines []string) {
	var order []string
	count, worst := map[string]int{}, map[string]Finding{}
	for _, f := range o.Coarse {
		rule := f.Rule.Text
		if count[rule]++; count[rule] == 1 {
			order = append(order, rule)
		}
		if count[rule] == 1 || f.Row.Sees > worst[rule].Row.Sees {
			worst[rule] = f
		}
	}
	for _, rule := range order {
		f, rows := worst[rule], ""
		if count[rule] > 1 {
			rows = fmt.Sprintf(" in %d rows, of which the worst is", count[rule])
		}
		lines = append(lines, fmt.Sprintf("NOT JUDGED %s: noise hides it%s: %s %s: %s", rule, rows, f.Row.Name(), f.Row.Unit, f.Text))
	}
	return lines
}

// mostUnused are the rules about no row that are named.
const mostUnused = 10

// last is the verdict of a gate.
func (o *Outcome) last() string {
	verdict := "all rules hold"
	if c := o.Code(); c != 0 {
		verdict = []string{"", "a rule is violated", "not every rule could be judged"}[c]
	}
	return fmt.Sprintf("gate: %s (%d rows)", verdict, o.Held)
}

// grouped joins findings of one rule, if there is one, and one reason.
func grouped(findings []Finding) (lines []string) {
	type why struct{ rule, text string }
	count, first := map[why]int{}, map[why]Finding{}
	var order []why
	for _, f := range findings {
		k := why{f.Rule.Text, f.Text}
		if count[k]++; count[k] == 1 {
			order, first[k] = append(order, k), f
		}
	}
	for _, k := range order {
		line := fmt.Sprintf("%s (%s %s", k.text, first[k].Row.Name(), first[k].Row.Unit)
		if k.rule != "" {
			line = k.rule + ": " + line
		}
		if n := count[k] - 1; n > 0 {
			line += fmt.Sprintf(", and %d more", n)
		}
		lines = append(lines, line+")")
	}
	return lines
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

// short is the name of the benchmark without its keys.
func (r Row) short() string { return key{pkg: r.Pkg, bench: short(r.Bench)}.name() }

// short is a name without its keys.
func short(bench string) string {
	parts := strings.Split(bench, "/")
	for i, p := range parts {
		if _, v, ok := strings.Cut(p, "="); ok {
			parts[i] = v
		}
	}
	return strings.Join(parts, " ")
}

func writeCSV(w io.Writer, t *Table, o *Outcome, l Look) error {
	c := csv.NewWriter(w)
	c.Write([]string{"benchmark", "unit", "old", "new", "old samples", "new samples", "change", "low", "high", "p", "verdict", "why", "less in pairs"})
	for _, r := range t.Rows {
		c.Write([]string{r.Name(), r.Unit, plain(r.Old, r.N1 > 0), plain(r.New, r.N2 > 0), strconv.Itoa(r.N1), strconv.Itoa(r.N2),
			plain(r.Delta, true), plain(r.Lo, true), plain(r.Hi, true), plain(r.P, true), r.Verdict.String(), r.Why, plain(r.Less, true)})
	}
	c.Flush()
	if err := c.Error(); err != nil {
		return err
	}
	var b strings.Builder
	for _, line := range o.said() {
		b.WriteString("# " + printable(line) + "\n")
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// plain is a number with all its digits, empty where there is none.
func plain(v float64, have bool) string {
	if !have || math.IsNaN(v) || math.IsInf(v, 0) {
		return ""
	}
	return strconv.FormatFloat(v, 'g', -1, 64)
}

func writeJSON(w io.Writer, t *Table, o *Outcome, l Look) error {
	type row struct {
		Pkg     string   `json:"package,omitempty"`
		Bench   string   `json:"benchmark"`
		Unit    string   `json:"unit"`
		Old     *float64 `json:"old"`
		New     *float64 `json:"new"`
		N1      int      `json:"oldSamples"`
		N2      int      `json:"newSamples"`
		Delta   *float64 `json:"change"`
		Lo      *float64 `json:"low"`
		Hi      *float64 `json:"high"`
		P       *float64 `json:"p"`
		Less    *float64 `json:"lessInPairs"`
		Exact   bool     `json:"exact"`
		Verdict string   `json:"verdict"`
		Why     string   `json:"why,omitempty"`
	}
	num := func(v float64, have bool) *float64 {
		if !have || math.IsNaN(v) || math.IsInf(v, 0) {
			return nil
		}
		return &v
	}
	type mean struct {
		Bench string   `json:"benchmark"`
		Unit  string   `json:"unit"`
		Delta *float64 `json:"change"`
		Rows  int      `json:"rows"`
		Of    int      `json:"ofRows"`
		Left  []string `json:"leftOut,omitempty"`
	}
	out := struct {
		Old   string   `json:"old"`
		New   string   `json:"new"`
		Notes []string `json:"notes,omitempty"`
		Floor *float64 `json:"selfDifference"`
		Rows  []row    `json:"rows"`
		Means []mean   `json:"geomeans,omitempty"`
		Gate  []string `json:"gate,omitempty"`
		Code  *int     `json:"gateCode,omitempty"`
	}{Old: t.Old.Path, New: t.New.Path, Notes: t.Notes, Floor: num(t.Floor, true), Gate: o.said()}
	for _, r := range t.Rows {
		out.Rows = append(out.Rows, row{r.Pkg, r.Bench, r.Unit, num(r.Old, r.N1 > 0), num(r.New, r.N2 > 0), r.N1, r.N2,
			num(r.Delta, true), num(r.Lo, true), num(r.Hi, true), num(r.P, true), num(r.Less, true), r.Exact, r.Verdict.String(), r.Why})
	}
	for _, g := range t.Geomeans() {
		m := mean{Bench: g.Bench, Unit: g.Unit, Delta: num(g.Delta, true), Rows: g.Rows, Of: g.Of}
		for _, r := range g.Left {
			m.Left = append(m.Left, r.Bench)
		}
		out.Means = append(out.Means, m)
	}
	if o != nil {
		code := o.Code()
		out.Code = &code
	}
	e := json.NewEncoder(w)
	e.SetIndent("", " ")
	return e.Encode(out)
}

// value is a number for a reader: whole ones with all digits up to six, others with four.
func (r *Row) value(v float64, n int) string {
	if n == 0 {
		return "-"
	}
	return number(v)
}

func number(v float64) string {
	if v == math.Trunc(v) && math.Abs(v) < 1e15 {
		return strconv.FormatFloat(v, 'f', -1, 64)
	}
	return strconv.FormatFloat(v, 'g', 6, 64)
}

func (r *Row) change() string {
	switch {
	case r.N1 == 0 || r.N2 == 0:
		return "-"
	case r.Old == r.New:
		return "="
	case math.IsNaN(r.Delta) && r.Old == 0:
		return "from 0"
	case math.IsNaN(r.Delta):
		return "-" // not judged
	}
	sign := "+"
	if r.Delta < 0 {
		sign = "-"
	}
	return sign + percent(math.Abs(r.Delta))
}

func percent(share float64) string {
	if math.IsInf(share, 0) || math.IsNaN(share) {
		return "any change"
	}
	return strconv.FormatFloat(100*share, 'g', 3, 64) + " %"
}

func (r *Row) p() string {
	if r.Exact {
		return "exact"
	}
	if r.N1 == 0 || r.N2 == 0 || r.Verdict == Unjudged {
		return "-"
	}
	return strconv.FormatFloat(r.P, 'f', 3, 64)
}

// remark is the verdict, with its reason if there is none.
func (r *Row) remark() string {
	switch r.Verdict {
	case Unjudged:
		return "not judged: " + r.Why
	case Same:
		return ""
	}
	said := r.Verdict.String() + r.pairs()
	if r.Wall {
		said += ", by wall time"
	}
	return said
}

// pairs is the effect size of a time that changed.
func (r *Row) pairs() string {
	switch {
	case math.IsNaN(r.Less):
		return ""
	case r.Less < 0.5:
		return ", more in " + percent(1-r.Less) + " of pairs"
	}
	return ", less in " + percent(r.Less) + " of pairs"
}
