package report

import (
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/vramlab/vramlab/report/internal/fixture"
)

// TestTableNumbers traces the tables of the other sections back to the files.
func TestTableNumbers(t *testing.T) {
	n := newNumbered(t, 7)
	for _, test := range []struct {
		section string
		rows    int
		compare func(t *testing.T, row []string) bool // false: a row without numbers of the files
	}{
		{"sg", len(n.Loads), n.holesRow},
		{"sizes", len(n.Loads), n.sizesRow},
		{"times", 2*2*len(n.Loads) - 2 + len(n.Loads) - 1, n.callsRows()}, // no tails or effects of the workload of unequal work
		{"pagetables", 3 * 2 * len(n.Loads), n.policyRows()},
		{"lifetimes", 4 * 2, n.lifetimeRows()},
		{"builders", 3 * 5, n.builderRows(t)},
		{"scaling", 2, n.growthRows(t)},
		{"concurrent", 2 * 2, n.sharingRows()},
	} {
		compared := 0
		for _, row := range n.page.section(t, test.section).rows() {
			if test.compare(t, row) {
				compared++
			}
		}
		if compared != test.rows {
			t.Errorf("%s: %d rows compared, want %d", test.section, compared, test.rows)
		}
	}
}

// cells are the texts of cells, without what stands small below them.
func cells(row []string) []string {
	var out []string
	for _, c := range row {
		c, _, _ = strings.Cut(c, "<small")
		out = append(out, plainText(c))
	}
	return out
}

// holesRow is a workload with the mean hole at its end, weighted by bytes.
func (n *numbered) holesRow(t *testing.T, row []string) bool {
	l, ok := n.load(row[0])
	if !ok || len(row) != 1+len(n.Strategies) {
		return false
	}
	for s, name := range n.Strategies {
		wantNumber(t, l.Name+", mean hole", cells(row)[1+s], n.fates[l.Name+"/"+name].meanHole)
	}
	return true
}

// sizesRow is a workload with its requests and the blocks they were granted in.
func (n *numbered) sizesRow(t *testing.T, row []string) bool {
	l, ok := n.load(row[0])
	if !ok {
		return false
	}
	c := cells(row)
	first := n.fates[l.Name+"/"+n.Strategies[0]]
	wantNumber(t, l.Name+", requests", c[1], float64(first.requests))
	least, most, _ := strings.Cut(c[2], " to ")
	wantNumber(t, l.Name+", least", least, float64(first.least))
	wantNumber(t, l.Name+", most", most, float64(first.most))
	for s, name := range n.Strategies {
		f := n.fates[l.Name+"/"+name]
		wantNumber(t, l.Name+", blocks", c[3+s], float64(f.blocks)/float64(f.requests-f.refused))
	}
	return true
}

// callsRows are the tables of counted work and of the tails: the workload stands in
// the first row of several.
func (n *numbered) callsRows() func(t *testing.T, row []string) bool {
	var l fixture.Workload
	return func(t *testing.T, row []string) bool {
		c := cells(row)
		if len(c) < 5 || !slices.Contains(n.Strategies, c[1]) {
			return false
		}
		if found, ok := n.load(row[0]); ok {
			l = found
		}
		s := slices.Index(n.Strategies, c[1])
		if word, share, ok := strings.Cut(c[len(c)-1], " in "); ok {
			n.effect(t, l, word, share)
			return true
		}
		lines, name, units := n.curves, n.pair("Counters", l, s), []string{"splits/op", "merges/op", "visits/op"}
		if len(c) == 6 {
			lines, name, units = n.run, n.pair("AllocFree", l, s), []string{"p50-ns", "p99-ns", "p999-ns", "max-ns"}
		}
		for i, unit := range units {
			if unit == "p999-ns" && l.Ops < 1000 { // it would be the longest
				if c[2+i] != "–" {
					t.Errorf("%s: a p99.9 of %d calls is shown: %s", name, l.Ops, c[2+i])
				}
				continue
			}
			wantNumber(t, name+", "+unit, c[2+i], lines.median(t, name, unit))
		}
		return true
	}
}

// policyRows are page-table entries. The workload in focus has the first table, and
// its title stands in the heading; the others stand in a row of their own.
func (n *numbered) policyRows() func(t *testing.T, row []string) bool {
	heading := plainText(n.page.html[strings.Index(n.page.html, `<section id="pagetables"`):])
	l, _ := n.load(strings.TrimSpace(strings.TrimPrefix(heading, `<section id="pagetables">`)))
	policy := ""
	return func(t *testing.T, row []string) bool {
		c := cells(row)
		if found, ok := n.load(row[0]); ok && len(c) == 1 {
			l = found
		}
		if len(c) < 13 || !slices.Contains(n.Strategies, c[1]) {
			return false
		}
		if c[0] != "" {
			policy = c[0]
			if c[0] == "xe of 2026" {
				policy = "xe"
			}
		}
		name := n.pair("Policy", l, slices.Index(n.Strategies, c[1])) + "/policy=" + policy
		for at, unit := range map[int]string{
			2: "entries/table", 3: "pte2m/table", 4: "pte64k/table", 5: "pte4k/table",
			7: "cover2m-pct", 8: "cover64k-pct", 9: "reach-B", 10: "waste-pct", 12: "segs/table",
		} {
			wantNumber(t, name+", "+unit, c[at], n.curves.median(t, name, unit))
		}
		wantNumber(t, name+", refused", c[11], 10*(100-n.curves.median(t, name, "served-pct")))
		return true
	}
}

// lifetimeRows are migrations; the strategy stands in the first row of four.
func (n *numbered) lifetimeRows() func(t *testing.T, row []string) bool {
	strategy := ""
	return func(t *testing.T, row []string) bool {
		c := cells(row)
		if len(c) != 9 || c[0] == "Strategy" || strings.HasPrefix(c[0], "tables") {
			return false
		}
		if c[0] != "" {
			strategy = c[0]
		}
		name := "Migrate/strategy=" + strategy + "/lifetime=" + c[1]
		if n.curves[name] == nil {
			return false
		}
		for i, unit := range []string{"ns/op", "hazards", "peak-tables", "peak-B", "capture-p50-ns", "capture-p99-ns", "recovered"} {
			wantNumber(t, name+", "+unit, c[2+i], n.curves.median(t, name, unit))
		}
		return true
	}
}

// builderRows are the tables of builders, one for each layout, each with three sizes.
func (n *numbered) builderRows(t *testing.T) func(t *testing.T, row []string) bool {
	layouts := []string{"whole", "pieces", "shuffled"}
	at := -1
	var sizes []string
	return func(t *testing.T, row []string) bool {
		c := cells(row)
		switch {
		case c[0] == "Builder":
			at++
			sizes = c[1:]
			return false
		case len(c) != 1+3*len(sizes) || c[0] == "time":
			return false
		}
		for i, size := range sizes {
			name := fmt.Sprintf("Builders/layout=%s/builder=%s/size=%s", layouts[at], c[0], strings.ReplaceAll(size, " ", ""))
			wantNumber(t, name+", time", c[1+3*i], n.curves.median(t, name, "ns/table"))
			both(t, name+", entries", c[2+3*i], func(s int) float64 {
				return n.curves.median(t, name, []string{"entries/table", "segs/table"}[s])
			})
			wantNumber(t, name+", peak", c[3+3*i], n.curves.median(t, name, "peak-B"))
		}
		return true
	}
}

// growthRows are the first table of growth: both ends, for allocations and frees, and
// the slope of the line through the logarithms of the medians.
func (n *numbered) growthRows(t *testing.T) func(t *testing.T, row []string) bool {
	done := 0
	return func(t *testing.T, row []string) bool {
		c := cells(row)
		if len(c) != 9 || done == len(n.Strategies) || !slices.Contains(n.Strategies, c[0]) {
			return false
		}
		done++
		for i, op := range []string{"alloc", "free"} {
			var x, y []float64
			for live := 1000; live <= 1_000_000; live *= 10 {
				name := fmt.Sprintf("Scaling/strategy=%s/op=%s/region=256GiB/live=%d", c[0], op, live)
				ns := n.curves.median(t, name, "ns/op")
				x, y = append(x, math.Log(float64(live))), append(y, math.Log(ns))
				if live == 1000 {
					wantNumber(t, name, c[1+4*i], ns)
				}
				if live == 1_000_000 {
					wantNumber(t, name, c[2+4*i], ns)
				}
			}
			wantNumber(t, c[0]+", exponent of "+op, c[3+4*i], slope(x, y))
		}
		return true
	}
}

// slope of the line with the least squares.
func slope(x, y []float64) float64 {
	var mx, my, up, down float64
	for i := range x {
		mx, my = mx+x[i]/float64(len(x)), my+y[i]/float64(len(y))
	}
	for i := range x {
		up, down = up+(x[i]-mx)*(y[i]-my), down+(x[i]-mx)*(x[i]-mx)
	}
	return up / down
}

// sharingRows are throughputs of 1, 2 and 4 goroutines, what they change by, and the
// latencies of 4.
func (n *numbered) sharingRows() func(t *testing.T, row []string) bool {
	strategy := ""
	return func(t *testing.T, row []string) bool {
		c := cells(row)
		if len(c) != 9 || c[1] != "locked" && c[1] != "sharded" {
			return false
		}
		if c[0] != "" {
			strategy = c[0]
		}
		var perSecond []float64
		for i, goroutines := range []int{1, 2, 4} {
			name := fmt.Sprintf("Concurrent/strategy=%s/lock=%s/goroutines=%d", strategy, c[1], goroutines)
			perSecond = append(perSecond, 1000/n.curves.median(t, name, "ns/op"))
			wantNumber(t, name, c[2+i], perSecond[i])
			if goroutines == 4 {
				for i, unit := range []string{"p50-ns", "p99-ns", "p999-ns"} {
					wantNumber(t, name+", "+unit, c[6+i], n.curves.median(t, name, unit))
				}
			}
		}
		wantNumber(t, strategy+", "+c[1], c[5], perSecond[2]/perSecond[0])
		return true
	}
}

// TestSeriesNumbers: the heading about memory over time has the last sample of each
// strategy, and the number of its operation.
func TestSeriesNumbers(t *testing.T) {
	n := newNumbered(t, 8)
	heading := plainText(n.page.section(t, "fragmentation").html)
	m := regexp.MustCompile(`After ([\d,]+) operations (\w+) 's largest hole is ([\d.]+ \w+) and (\w+) 's ([\d.]+ \w+) (\D+?),`).FindStringSubmatch(heading)
	if m == nil {
		t.Fatalf("heading %.200q", heading)
	}
	l, ok := n.load(m[6])
	if !ok {
		t.Fatalf("no workload %q", m[6])
	}
	for i, s := range []int{2, 4} {
		prefix := n.pair("Series", l, slices.Index(n.Strategies, m[s])) + "/step="
		last := -1
		for name := range n.curves {
			if step, ok := strings.CutPrefix(name, prefix); ok {
				at, err := strconv.Atoi(step)
				fixture.Must(t, err)
				last = max(last, at)
			}
		}
		wantNumber(t, m[0], m[1], float64(last))
		wantNumber(t, m[0], m[3+2*i], n.curves.median(t, prefix+strconv.Itoa(last), "largest-B"))
	}
}

// effect is in how many pairs of samples the second strategy takes less time, or more.
func (n *numbered) effect(t *testing.T, l fixture.Workload, word, share string) {
	t.Helper()
	a, b := n.run[n.pair("AllocFree", l, 0)]["ns/op"], n.run[n.pair("AllocFree", l, 1)]["ns/op"]
	pairs := map[string]float64{}
	for _, x := range a {
		for _, y := range b {
			switch {
			case y < x:
				pairs["less"]++
			case y > x:
				pairs["more"]++
			}
		}
	}
	ties := float64(len(a)*len(b)) - pairs["less"] - pairs["more"]
	wantNumber(t, l.Name+", pairs", share, 100*(pairs[word]+ties/2)/float64(len(a)*len(b)))
}
