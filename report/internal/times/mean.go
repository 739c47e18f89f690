package times

import (
	"fmt"
	"strings"

	"github.com/vramlab/vramlab/report/internal/list"
	"github.com/vramlab/vramlab/report/internal/stat"
	"github.com/vramlab/vramlab/report/internal/text"
)

// meanText says the geometric mean of each strategy over the rows on which all of them are
// compared, so did the same work, and names the others. A mean over rows that one
// of them refused on would reward refusing.
func meanText(names list.Names, rows []pairRow) string {
	if len(names) < 2 || len(rows) < 2 {
		return ""
	}
	times := make([][]float64, len(names))
	var unequal, other []string
	for _, row := range rows {
		switch {
		case row.comparesAll():
			for s, c := range row.cells {
				times[s] = append(times[s], c.Sum.Center)
			}
		case len(row.verdict.Same) < len(names):
			unequal = append(unequal, row.verdict.Workload.Title)
		default:
			other = append(other, row.verdict.Workload.Title)
		}
	}
	n := len(times[0])
	if n == 0 {
		return fmt.Sprintf("No geometric mean: on none of %d workloads are all strategies compared.", len(rows))
	}
	var parts []string
	base := stat.GeoMean(times[0])
	for s, name := range names {
		mean := stat.GeoMean(times[s])
		part := name + " " + text.Digits3(1e9*mean) + text.NBSP + "ns"
		if s > 0 {
			part += " (" + text.Signed(mean/base-1) + ")"
		}
		parts = append(parts, part)
	}
	out := fmt.Sprintf("Geometric mean over the %d of %d workloads on which all did the same work: %s.", n, len(rows), strings.Join(parts, ", "))
	if len(unequal) > 0 {
		out += " Left out, unequal work: " + strings.Join(unequal, ", ") + "."
	}
	if len(other) > 0 {
		out += " Left out, times not compared: " + strings.Join(other, ", ") + "."
	}
	return out
}

// comparesAll reports whether a row compares the first strategy with every other.
func (r pairRow) comparesAll() bool {
	for s, c := range r.cells {
		if c == nil || (s == 0) != (r.pairs[s] == nil) || c.Sum.Center <= 0 {
			return false
		}
	}
	return true
}
