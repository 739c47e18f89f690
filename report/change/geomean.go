package change

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/vramlab/vramlab/bench/schema"
	"github.com/vramlab/vramlab/report/internal/stat"
)

// Geomean is the geometric mean of the changes of one time of one benchmark, over its rows
// that were judged: both runs have them, of equal work. It has no interval.
type Geomean struct {
	Bench, Unit string
	Delta       float64 // of the mean of New/Old, less 1
	Rows, Of    int     // how many rows it is of, and how many there are
	Called      int     // of how many of these a change was called
	Left        []Row   // the others
}

// Geomeans are those of all benchmarks with more than one row, in the order of the rows.
// What a run draws rather than compares (curves.bench) has none, nor has an exact unit.
func (t *Table) Geomeans() (all []Geomean) {
	type kind struct{ pkg, bench, unit string }
	rows := make(map[kind][]Row)
	var order []kind
	for _, r := range t.Rows {
		name, _, _ := strings.Cut(r.Bench, "/")
		if b := schema.FindBench(name); r.Exact || b != nil && b.File == schema.Curves {
			continue
		}
		k := kind{r.Pkg, name, r.Unit}
		if rows[k] == nil {
			order = append(order, k)
		}
		rows[k] = append(rows[k], r)
	}
	for _, k := range order {
		g := Geomean{Bench: key{pkg: k.pkg, bench: k.bench}.name(), Unit: k.unit, Of: len(rows[k])}
		var ratios []float64
		for _, r := range rows[k] {
			if r.Verdict == Unjudged {
				g.Left = append(g.Left, r)
			} else {
				ratios = append(ratios, r.New/r.Old)
				if r.Verdict != Same {
					g.Called++
				}
			}
		}
		if g.Rows, g.Delta = len(ratios), stat.GeoMean(ratios)-1; g.Of > 1 && g.Rows > 0 {
			all = append(all, g)
		}
	}
	return all
}

// String is the mean in a line that names what it leaves out, by reason. Where no change was
// called there is nothing to take the mean of.
func (g Geomean) String() string {
	sign := "+"
	if g.Delta < 0 {
		sign = "-"
	}
	s := fmt.Sprintf("geomean %s %s: %s%s over %d of %d rows", g.Bench, g.Unit, sign, percent(math.Abs(g.Delta)), g.Rows, g.Of)
	if g.Called == 0 {
		s = fmt.Sprintf("geomean %s %s: no row changed, of %d of %d", g.Bench, g.Unit, g.Rows, g.Of)
	}
	var reasons []string
	names := make(map[string][]string)
	for _, r := range g.Left {
		why, _, _ := strings.Cut(r.Why, ":")
		if !slices.Contains(reasons, why) {
			reasons = append(reasons, why)
		}
		_, name, _ := strings.Cut(short(r.Bench), " ")
		names[why] = append(names[why], name)
	}
	for _, why := range reasons {
		s += "; left out, " + why + ": " + strings.Join(names[why], ", ")
	}
	return s
}

// geomeans are the lines of the means.
func (t *Table) geomeans() (lines []string) {
	for _, g := range t.Geomeans() {
		lines = append(lines, g.String())
	}
	return lines
}
