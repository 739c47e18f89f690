package change

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Rule says how a unit may change.
type Rule struct {
	Text  string  // as it was written
	Bench string  // a pattern for the names of benchmarks, with their packages or without, "" for all
	Unit  string  // a pattern for units
	Exact bool    // it must not change at all
	Limit float64 // by how much it may become worse, as a share
}

const (
	mostRules = 1 << 20 // bytes of a file of rules
	mostRule  = 500     // bytes of a rule
)

// ParseRules reads rules, or the file of that name: one a line, or separated by commas,
// each "[BENCHMARK] UNIT +5%" or "[BENCHMARK] UNIT exact". BENCHMARK and UNIT may have *,
// as file names do, which ends at a slash in neither. # begins a comment. A file has at most
// 1 MiB. Errors are one short line, whatever the file holds.
func ParseRules(text string) ([]Rule, error) {
	if strings.Trim(text, " ,") == "" {
		return nil, errors.New("no rule: it is empty")
	}
	where := ""
	if b, err := readRules(text); err == nil {
		where, text = text+":", string(b)
	} else if !errors.Is(err, fs.ErrNotExist) || !strings.ContainsAny(text, " ,") {
		return nil, err
	}
	return rulesIn(text, where)
}

// RulesIn is [ParseRules] of the rules themselves: it opens no file.
func RulesIn(text string) ([]Rule, error) { return rulesIn(text, "") }

// rulesIn reads rules, of a file if where begins the place of each.
func rulesIn(text, where string) ([]Rule, error) {
	var rules []Rule
	n := 0
	for line := range strings.SplitSeq(text, "\n") {
		n++
		at := "rule "
		if where != "" {
			at = fmt.Sprintf("%s%d: rule ", where, n)
		}
		line, _, _ = strings.Cut(line, "#")
		for one := range strings.SplitSeq(line, ",") {
			fields := strings.Fields(one)
			if len(fields) == 0 {
				continue
			}
			r, err := parseRule(fields)
			if err != nil {
				return nil, fmt.Errorf("%s%s: %w", at, quoted(strings.TrimSpace(one)), err)
			}
			rules = append(rules, r)
		}
	}
	if len(rules) == 0 {
		return nil, errors.New("no rule")
	}
	return rules, nil
}

// readRules reads a file of rules.
func readRules(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		if strings.ContainsAny(path, " ,") { // rules: no file can have such a name on some systems
			return nil, fs.ErrNotExist
		}
		return nil, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, mostRules+1))
	switch {
	case err != nil:
		return nil, err
	case len(b) > mostRules:
		return nil, fmt.Errorf("%s: more than 1 MiB, which no list of rules has", path)
	}
	return b, nil
}

// quoted is what stands in a file, as far as an error needs it.
func quoted(text string) string {
	const most = 40
	if len(text) <= most {
		return strconv.Quote(text)
	}
	return strconv.Quote(strings.ToValidUTF8(text[:most], "")) + fmt.Sprintf("... (%d bytes)", len(text))
}

func parseRule(fields []string) (r Rule, err error) {
	r.Text = strings.Join(fields, " ")
	if len(r.Text) > mostRule {
		return r, fmt.Errorf("a rule has at most %d bytes", mostRule)
	}
	if strings.ContainsFunc(r.Text, func(c rune) bool { return !unicode.IsPrint(c) || c == utf8.RuneError }) {
		return r, errors.New("it is not text")
	}
	if len(fields) == 3 {
		r.Bench, fields = fields[0], fields[1:]
	}
	if len(fields) != 2 {
		return r, errors.New(`a rule is "UNIT +5%" or "UNIT exact", with a benchmark before it or without`)
	}
	r.Unit = fields[0]
	for _, pattern := range []string{r.Bench, r.Unit} {
		if _, err := path.Match(pattern, ""); err != nil {
			return r, fmt.Errorf("%s is no pattern", quoted(pattern))
		}
	}
	if fields[1] == "exact" {
		r.Exact = true
		return r, nil
	}
	percent, ok := strings.CutSuffix(strings.TrimPrefix(fields[1], "+"), "%")
	r.Limit, err = strconv.ParseFloat(percent, 64)
	if !ok || err != nil || !(r.Limit >= 0) || math.IsInf(r.Limit, 0) {
		return r, fmt.Errorf("%s is neither exact nor a percentage as +5%%", quoted(fields[1]))
	}
	r.Limit /= 100
	return r, nil
}

// match reports whether the rule is about a row.
func (r *Rule) match(row *Row) bool {
	return r.matchUnit(row) && (r.Bench == "" || star(r.Bench, row.Bench) || star(r.Bench, row.Name()))
}

// matchUnit reports whether the rule is about the unit of a row.
func (r *Rule) matchUnit(row *Row) bool { return star(r.Unit, row.Unit) || r.instead(row) }

// instead reports whether the rule is about the time of the row by the other clock.
func (r *Rule) instead(row *Row) bool {
	return row.Twin != "" && star(r.Unit, row.Twin) && !star(r.Unit, row.Unit)
}

// star matches a pattern whose * crosses slashes: names of units and benchmarks have them.
func star(pattern, name string) bool {
	hide := strings.NewReplacer("/", "\x00")
	ok, _ := path.Match(hide.Replace(pattern), hide.Replace(name))
	return ok
}

// Finding is a row that a rule has something to say about.
type Finding struct {
	Rule Rule
	Row  Row
	Text string // what is wrong with it
}

// Unused is a rule that is about no row.
type Unused struct {
	Rule Rule
	Why  string
}

// Outcome is what rules say of a table.
type Outcome struct {
	Held     int // rows that a rule was applied to
	Violated []Finding
	Unjudged []Finding
	Coarse   []Finding // noise hides whether they hold, which is not judged either
	Unused   []Unused  // rules that are about no row
	Instead  []string  // sentences on rules that are held to the time by the other clock
}

// Code is the exit code: 1 if a rule is violated, 2 if one could not be judged, or was
// about nothing, 0 if all hold.
func (o *Outcome) Code() int {
	switch {
	case len(o.Violated) > 0:
		return 1
	case len(o.Unjudged)+len(o.Coarse)+len(o.Unused) > 0:
		return 2
	}
	return 0
}

// Gate holds the table to rules. To each row the last rule that matches it applies. Rows that
// are judged in no run count only against a rule that is about no others.
//
// A time holds if all of the interval of its change is within the limit, or if no change was
// found and one by the limit would have been seen; it violates the rule if it is worse, beyond
// noise, by more than that. Of any other nothing can be said: there are too few samples for
// so small a limit, or it is less than what is called.
func (t *Table) Gate(rules []Rule) *Outcome {
	o := new(Outcome)
	used := make([]bool, len(rules))
	unit := make([]bool, len(rules))
	never := make([]*Row, len(rules)) // the first such row of each
	for _, row := range t.Rows {
		last := -1
		for i := range rules {
			unit[i] = unit[i] || rules[i].matchUnit(&row)
			if rules[i].match(&row) {
				last = i
				used[i] = used[i] || !row.Never
				if row.Never && never[i] == nil {
					never[i] = &row
				}
			}
		}
		if last < 0 || row.Never {
			continue
		}
		o.Held++
		if r := rules[last]; r.instead(&row) {
			o.noteInstead(fmt.Sprintf("%s is held to %s: %s", r.Text, row.Unit, t.Basis.held()))
		}
		o.apply(rules[last], row)
	}
	for i, r := range rules {
		switch {
		case used[i]:
		case never[i] != nil:
			o.Unjudged = append(o.Unjudged, Finding{r, *never[i], never[i].Why})
		default:
			why := "no row has this unit"
			if unit[i] {
				why = "no benchmark of this unit has a name like " + r.Bench
			}
			o.Unused = append(o.Unused, Unused{r, why})
		}
	}
	return o
}

// noteInstead keeps a sentence, once.
func (o *Outcome) noteInstead(s string) {
	if !slices.Contains(o.Instead, s) {
		o.Instead = append(o.Instead, s)
	}
}

// held is why a rule on the other clock is held to this one.
func (b Basis) held() string {
	if b.Processor {
		return "processor time, " + b.Why
	}
	return "wall time, since the machine was quiet"
}

// worse is by how much a change, as a share, is for the worse.
func (r *Row) worse(change float64) float64 {
	if r.Direction > 0 {
		return 1/(1+change) - 1
	}
	return change
}

// beyond is by how much a row is worse, the share that a limit is held to. Where more is
// better it is of the new value, so that twice and half are as far from each other.
func (r *Row) beyond(worse float64) string {
	switch {
	case math.IsNaN(worse):
		return number(r.New) + ", from 0"
	case math.IsInf(worse, 0):
		return "all there was, " + number(r.Old) + " to 0"
	case r.Direction > 0:
		return percent(worse) + ", from " + number(r.Old) + " to " + number(r.New)
	}
	return percent(worse)
}

// apply holds a row to its rule.
func (o *Outcome) apply(r Rule, row Row) {
	worse, most := row.worse(row.Delta), row.worse(row.Hi)
	if row.Direction > 0 {
		most = row.worse(row.Lo)
	}
	switch {
	case r.Exact && row.Exact && row.Verdict != Unjudged && row.Verdict != Same:
		o.Violated = append(o.Violated, Finding{r, row, "changed from " + number(row.Old) + " to " + number(row.New)})
	case row.Verdict == Unjudged:
		o.Unjudged = append(o.Unjudged, Finding{r, row, row.Why})
	case row.Verdict == Changed:
		o.Unjudged = append(o.Unjudged, Finding{r, row, "which direction is better is not known"})
	case r.Exact && !row.Exact:
		o.Unjudged = append(o.Unjudged, Finding{r, row, "it has noise: it cannot be held exact"})
	case row.Verdict == Worse && (worse > r.Limit || math.IsNaN(worse)):
		o.Violated = append(o.Violated, Finding{r, row, "worse by " + row.beyond(worse)})
	case !row.Exact && !(most <= r.Limit) && !(row.Verdict == Same && row.Sees <= r.Limit && worse <= r.Limit):
		o.Coarse = append(o.Coarse, Finding{r, row, fmt.Sprintf("it may be worse by up to %s, and sees %s", percent(most), percent(row.Sees))})
	}
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
