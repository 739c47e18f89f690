package change

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

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
