package change

import (
	"encoding/csv"
	"encoding/json"
	"io"
	"math"
	"strconv"
	"strings"
)

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
