package change

// A Line is a row as a reader sees it, whatever it is shown on. Nothing in it is what a
// terminal would obey; a page escapes it for itself.
type Line struct {
	Bench, Unit, Old, New, Change, P string
	Remark                           string // the verdict in words, "" of no change
	Verdict                          Verdict
}

// Lines are the rows for a reader: what changed, the worst first, and what a gate could not
// judge; with all every row, in the order of the old run.
func (t *Table) Lines(o *Outcome, all bool) []Line {
	rows := t.shown(o, all)
	out := make([]Line, len(rows))
	for i, r := range rows {
		f := r.fields()
		out[i] = Line{f[0], f[1], f[2], f[3], f[4], f[5], f[6], r.Verdict}
	}
	return out
}

// MeanLines are the geometric means of the times that were judged, a sentence each.
func (t *Table) MeanLines() []string { return printables(t.geomeans()...) }

// Lines are what the gate says, its verdict last; none of a nil Outcome, where there was no
// gate.
func (o *Outcome) Lines() []string { return printables(o.said()...) }
