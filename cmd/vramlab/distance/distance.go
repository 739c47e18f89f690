// Package distance prints how far each strategy is from the fewest segments and page-table
// entries: what the command fewest finds, as text or as JSON.
//
// A strategy that granted other requests than the bounds are about did other work. It has
// no distance from what hindsight found, and its distance from the lower bound is that of the
// requests it granted, marked as such: it never looks better for what it refused.
package distance

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/vramlab/vramlab/workloads/census"
	"github.com/vramlab/vramlab/workloads/fewest"
	"github.com/vramlab/vramlab/workloads/replay"
)

// A Finding is what was found of a stream under a policy.
type Finding struct {
	Workload string
	Policy   string
	LeftOut  int // requests that were refused when the trace was recorded
	*fewest.Result
}

// none stands where there is no value.
const none = "-"

// Text prints the finding in 80 columns.
func (f *Finding) Text(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "policy %s, %s of %s requests granted, %s tables\n", f.Policy,
		census.Commas(uint64(f.Granted)), census.Commas(uint64(f.Requests)), census.Commas(uint64(f.Tables)))
	if f.LeftOut > 0 {
		fmt.Fprintf(&b, "left out: %s refused when it was recorded (-refused: not)\n", census.Commas(uint64(f.LeftOut)))
	}
	if n := f.Requests - f.Granted; n > 0 {
		fmt.Fprintf(&b, "%s refused by whoever granted most: the bounds are without\n", census.Commas(uint64(n)))
	}
	fmt.Fprintf(&b, "\nper table   at least   found  apart  by\n")
	f.bound(&b, "segments", f.Segs)
	f.bound(&b, "PTEs", f.Entries)

	name := len("strategy")
	for _, c := range f.strategies() {
		name = max(name, len(c.Name))
	}
	fmt.Fprintf(&b, "\n%-*s  %8s  %8s %7s %7s  %8s %7s %7s\n", name, "strategy", "refused", "segments", "x least", "x found", "PTEs", "x least", "x found")
	var other, surplus bool
	var without []string
	for _, c := range f.strategies() {
		switch {
		case c.Tally == nil:
			without = append(without, fmt.Sprintf("%s: %v", c.Name, oneLine(c.Err)))
			continue
		case c.Surplus > 0:
			surplus = true
		case !c.Same:
			other = true
		}
		fmt.Fprintf(&b, "%-*s  %8s%s %8s %7s %7s  %8s %7s %7s\n", name, c.Name, census.Commas(uint64(c.Requests-c.Granted)), mark(c),
			perTable(c.Segs, c.Tables), f.times(c, c.Segs, c.LowerSegs), f.found(c, c.Segs, f.Segs),
			perTable(c.Entries, c.Tables), f.times(c, c.Entries, c.LowerEntries), f.found(c, c.Entries, f.Entries))
	}
	if other {
		fmt.Fprintf(&b, "\n* granted other requests than the bounds are about: compared with the least for\n  those that it granted, and with nothing else\n")
	}
	if surplus {
		fmt.Fprintf(&b, "\n+ its tables map more than the objects, which no bound is about\n")
	}
	for _, line := range without {
		fmt.Fprintf(&b, "\nleft out: %s\n", line)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// bound is the line of a bound.
func (f *Finding) bound(w io.Writer, what string, of fewest.Bound) {
	apart := "0: it is the optimum"
	if of.Upper > of.Lower {
		apart = fmt.Sprintf("%.2f %%", 100*(float64(of.Upper)/float64(max(1, of.Lower))-1))
	}
	fmt.Fprintf(w, "%-10s  %8s  %6s  %s, by %s\n", what, perTable(of.Lower, f.Tables), perTable(of.Upper, f.Tables), apart, f.Candidates[of.By].Name)
}

// strategies are the candidates that the caller named.
func (f *Finding) strategies() (list []fewest.Candidate) {
	for _, c := range f.Candidates {
		if !c.Hindsight {
			list = append(list, c)
		}
	}
	return list
}

// mark says in one character what a row is not compared with.
func mark(c fewest.Candidate) string {
	switch {
	case c.Surplus > 0:
		return "+"
	case !c.Same:
		return "*"
	}
	return " "
}

// times is how many times the lower bound a sum is.
func (f *Finding) times(c fewest.Candidate, n, lower uint64) string {
	if c.Surplus > 0 || lower == 0 {
		return none
	}
	return ratio(n, lower)
}

// found is how many times what was found a sum is.
func (f *Finding) found(c fewest.Candidate, n uint64, of fewest.Bound) string {
	if !c.Same || of.Upper == 0 {
		return none
	}
	return ratio(n, of.Upper)
}

func ratio(n, of uint64) string { return digits(float64(n) / float64(of)) }

func perTable(n uint64, tables int) string {
	if tables == 0 {
		return none
	}
	return digits(float64(n) / float64(tables))
}

// digits is a number with as many decimals as four digits leave.
func digits(v float64) string {
	switch {
	case v < 10:
		return fmt.Sprintf("%.3f", v)
	case v < 100:
		return fmt.Sprintf("%.2f", v)
	case v < 1000:
		return fmt.Sprintf("%.1f", v)
	}
	return census.Commas(uint64(v + 0.5))
}

// oneLine is why a strategy has no row.
func oneLine(err error) string {
	if errors.Is(err, replay.ErrState) {
		return "it cannot begin in the state of the trace"
	}
	return strings.Join(strings.Fields(err.Error()), " ")
}

// record is an object of the JSON form. Sums are over all tables.
type record struct {
	Workload  string  `json:"workload"`
	Policy    string  `json:"policy"`
	Strategy  string  `json:"strategy"`
	Hindsight bool    `json:"hindsight,omitempty"` // it is a heuristic that knows the stream
	Error     string  `json:"error,omitempty"`     // why there is nothing else
	Requests  int     `json:"requests"`
	Granted   int     `json:"granted"`
	Tables    int     `json:"tables"`
	SameWork  bool    `json:"same-work"` // it granted the requests that the bounds are about
	Surplus   uint64  `json:"surplus-pages,omitempty"`
	Segs      uint64  `json:"segs"`
	Entries   uint64  `json:"entries"`
	LeastSegs *uint64 `json:"least-segs,omitempty"` // proved, for what it granted
	LeastPTEs *uint64 `json:"least-entries,omitempty"`
	FoundSegs *uint64 `json:"found-segs,omitempty"` // the best of all candidates of the same work
	FoundPTEs *uint64 `json:"found-entries,omitempty"`
}

// JSON prints an object a line: heuristics, then strategies.
func (f *Finding) JSON(w io.Writer) error {
	out := json.NewEncoder(w)
	for i := range f.Candidates {
		c := &f.Candidates[i]
		r := record{Workload: f.Workload, Policy: f.Policy, Strategy: c.Name, Hindsight: c.Hindsight, SameWork: c.Same}
		if c.Tally == nil {
			r.Error = oneLine(c.Err)
		} else {
			r.Requests, r.Granted, r.Tables, r.Surplus, r.Segs, r.Entries = c.Requests, c.Granted, c.Tables, c.Surplus, c.Segs, c.Entries
		}
		if c.Tally != nil && c.Surplus == 0 {
			r.LeastSegs, r.LeastPTEs = &c.LowerSegs, &c.LowerEntries
		}
		if c.Same {
			r.FoundSegs, r.FoundPTEs = &f.Segs.Upper, &f.Entries.Upper
		}
		if err := out.Encode(r); err != nil {
			return err
		}
	}
	return nil
}
