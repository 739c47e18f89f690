package serve

import (
	"bytes"
	"fmt"
	"net/http"
	"net/url"

	"github.com/vramlab/vramlab/report/change"
)

const (
	mostGate = 4000 // bytes of the rules in an address
	mostRows = 3000 // rows of a table in a page; a file has all
)

// kinds are the types of the formats of a comparison.
var kinds = map[string]string{"json": "application/json", "csv": "text/csv; charset=utf-8"}

// compare is the page of what changed from one run to another, or with a format the file that
// the command compare prints.
func (s *Server) compare(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	c := comparison{Old: q.Get("old"), New: q.Get("new"), Gate: q.Get("gate"), All: q.Get("all") != ""}
	for _, v := range s.walk().Runs {
		if v.Err == "" {
			c.Runs = append(c.Runs, v)
		}
	}
	if c.Old == "" || c.New == "" {
		c.Trouble = "Choose an old and a new run."
		return s.page(w, "compare.html", http.StatusOK, c)
	}
	code := http.StatusOK
	err := s.fill(r, &c)
	if t, ok := err.(trouble); ok {
		c.Trouble, code = t.text, t.code
	} else if err != nil {
		return err
	}
	name := q.Get("format")
	if name == "" || err != nil {
		return s.page(w, "compare.html", code, c)
	}
	for _, f := range change.Formats() {
		if f.Name == name {
			var b bytes.Buffer
			if err := c.table.Write(&b, f, c.outcome, change.Look{All: c.All}); err != nil {
				return err
			}
			kind := kinds[name]
			if kind == "" {
				kind = "text/plain; charset=utf-8"
			}
			send(w, kind, b.Bytes())
			return nil
		}
	}
	return wrong("There is no format of that name.")
}

// comparison is what the page shows.
type comparison struct {
	Runs     []runView // to choose from
	Old, New string
	Gate     string // rules
	All      bool   // also the rows without a change

	Trouble string
	Summary string
	Notes   []string
	Lines   []change.Line
	More    int // lines that are left out
	Means   []string
	Said    []string // of the gate

	table   *change.Table
	outcome *change.Outcome
}

// Formats are the formats in which the comparison can be had.
func (c comparison) Formats() []change.Format { return change.Formats() }

// As is the address of the comparison in a format.
func (c comparison) As(format string) string {
	q := url.Values{"old": {c.Old}, "new": {c.New}, "format": {format}}
	if c.Gate != "" {
		q.Set("gate", c.Gate)
	}
	if c.All {
		q.Set("all", "1")
	}
	return "/compare?" + q.Encode()
}

// fill compares the two runs.
func (s *Server) fill(r *http.Request, c *comparison) error {
	var rules []change.Rule
	if c.Gate != "" {
		if len(c.Gate) > mostGate {
			return wrong("The rules have more than %d bytes: put them into a file, for the command compare.", mostGate)
		}
		var err error
		if rules, err = change.RulesIn(c.Gate); err != nil {
			return wrong("The rules: %v.", err)
		}
	}
	done, err := turn(r.Context(), s.work)
	if err != nil {
		return wrong("Nobody waits any more.")
	}
	defer done()
	var sides [2]*change.Side
	for i, name := range []string{c.Old, c.New} {
		if sides[i], err = s.side(name); err != nil {
			return err
		}
	}
	c.table = change.Compare(sides[0], sides[1])
	if rules != nil {
		c.outcome = c.table.Gate(rules)
	}
	c.Summary, c.Notes = c.table.Summary(), c.table.Notes
	c.Lines, c.Means, c.Said = c.table.Lines(c.outcome, c.All), c.table.MeanLines(), c.outcome.Lines()
	if n := len(c.Lines); n > mostRows {
		c.Lines, c.More = c.Lines[:mostRows], n-mostRows
	}
	return nil
}

// side reads a run to be compared. It goes by its name here, not by its place on the disk.
func (s *Server) side(name string) (*change.Side, error) {
	v, err := s.named(name)
	if err != nil {
		return nil, err
	}
	if err := s.readable(v); err != nil {
		return nil, broken("%s: %v", v.Title(), err)
	}
	side, err := change.Read(s.disk(v))
	if err != nil {
		return nil, broken("%s", fmt.Sprintf("%s cannot be compared: %s", v.Title(), s.within(err)))
	}
	side.Path = v.Title()
	return side, nil
}
