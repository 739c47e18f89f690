package report

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	screen "github.com/vramlab/vramlab/internal/cells"
	"github.com/vramlab/vramlab/report/internal/fixture"
	"github.com/vramlab/vramlab/report/internal/page"
	"github.com/vramlab/vramlab/report/internal/text"
)

// closingRuns are runs with something of each kind to print.
func closingRuns(t *testing.T) map[string]*Run {
	runs := make(map[string]*Run)
	for _, g := range goldenRuns {
		runs[g.name] = loaded(t, g.dir(t))
	}
	mixed := fixture.Planted(3, fixture.Workload{Ns: []float64{400, 200, 100}, Served: []float64{20, 100, 100}},
		fixture.Workload{Ns: []float64{400, 200, 100}, Served: []float64{99, 98, 97}},
		fixture.Workload{Ns: []float64{400, 399.99, 100}}, fixture.Workload{Ns: []float64{4, 4, 4}, Ops: 2})
	mixed.Noise = 0.0001
	runs["mixed"] = loaded(t, mixed.Write(t))
	var many []fixture.Workload
	for i := range 40 {
		many = append(many, fixture.Workload{Ns: []float64{400 + float64(i), 200, 100, 5, 60}})
	}
	runs["many"] = loaded(t, fixture.Planted(5, many...).WithCurves(t, fixture.Swept("buddy", fixture.LogCost(20, 3), fixture.LogCost(20, 3))))
	for _, w := range runs["many"].in.Workloads {
		w.Title = "A workload with a very long title, 表表表表"
	}
	return runs
}

var code = regexp.MustCompile("\x1b\\[[0-9;]*m")

// TestClosing looks at the same runs in several ways: making them takes longer.
func TestClosing(t *testing.T) {
	runs := closingRuns(t)
	t.Run("fits", func(t *testing.T) { closingFits(t, runs) })
	t.Run("many", func(t *testing.T) { closingMany(t, runs["many"]) })
	t.Run("warns", func(t *testing.T) { closingWarns(t) })
	t.Run("agrees", func(t *testing.T) { closingAgrees(t, runs) })
}

// closingFits: at every width no line is wider, and 25 are the most; colours change
// nothing but colours.
func closingFits(t *testing.T, runs map[string]*Run) {
	for name, r := range runs {
		for _, columns := range []int{1, 20, 21, 33, 40, 60, 79, 80, 81, 100, 120, 200} {
			out := r.Closing(Look{Columns: columns}, "report: run-1/report.html")
			lines := strings.Split(strings.TrimSuffix(out, "\n"), "\n")
			if len(lines) > 25 || lines[len(lines)-1] != "report: run-1/report.html" {
				t.Errorf("%s: %d lines in %d columns:\n%s", name, len(lines), columns, out)
			}
			for _, line := range lines[:len(lines)-1] {
				if screen.Width(line) > max(20, columns) || strings.Contains(line, text.NBSP) || strings.TrimRight(line, " ") != line {
					t.Errorf("%s: %q of %d in %d columns", name, line, screen.Width(line), columns)
				}
			}
			if coloured := r.Closing(Look{Columns: columns, Colour: true}, "report: run-1/report.html"); code.ReplaceAllString(coloured, "") != out {
				t.Errorf("%s: with colours in %d columns:\n%s\nwithout:\n%s", name, columns, coloured, out)
			}
		}
	}
}

// closingWarns: in a pipe a warning is whole, and what says how far to trust the run, whatever
// the width of the table.
func closingWarns(t *testing.T) {
	r := loaded(t, fixture.Planted(2, fixture.Workload{Ns: []float64{400, 200}}).Write(t))
	long := strings.Repeat("a shard is missing, and ", 10) + "so is its end"
	r.in.Warnings.Add("%s", long)
	for whole, want := range map[bool]int{true: 1, false: 0} {
		out := r.Closing(Look{Columns: 80, Whole: whole}, "report: x")
		wide := 0
		for line := range strings.Lines(out) {
			if screen.Width(line) > 80 {
				wide++
			}
		}
		if strings.Contains(out, "…") == whole {
			t.Errorf("whole is %v, of\n%s", whole, out)
		}
		if got := strings.Count(out, "warning: "+long+"\n"); got != want || wide < want || !whole && wide > 0 || !strings.Contains(out, "warning: a shard") {
			t.Errorf("whole is %v, and the warning is %d times in %d wide lines of\n%s", whole, got, wide, out)
		}
	}
}

// closingMany: the workloads that are left out are counted, and the sweep is told.
func closingMany(t *testing.T, r *Run) {
	out := r.Closing(Look{Columns: 80}, "report: x")
	rows := strings.Count(out, "A workload")
	for _, want := range []string{"\nand " + text.Count(len(r.in.Verdicts)-rows) + " more workloads in the report\n", "\na buddy, b rangemgr, c tlsf", "live objects"} {
		if !strings.Contains(out, want) || rows < 8 {
			t.Errorf("%d rows, no %q:\n%s", rows, want, out)
		}
	}
}

// A cell of the matrix of the page.
var (
	matrixRow  = regexp.MustCompile(`(?s)<th role="rowheader" scope="row">(.*?) <small.*?</tr>`)
	matrixPick = regexp.MustCompile(`class="pick [^"]*">(.*?)</td>`)
	matrixCell = regexp.MustCompile(`<td role="cell" class="num (hatch)?"><i class="label">(.*?)</i><a[^>]*><span class="win[^"]*">(.*?)</span><span class="val">(.*?)</span></a>`)
	matrixLine = regexp.MustCompile(`</i> ([^<]*)</span>`)
)

// closingAgrees: the table says what the matrix of the page says: what to take, which
// values are better, what is a tie, and what is not compared.
func closingAgrees(t *testing.T, runs map[string]*Run) {
	cellsSeen := 0
	for name, r := range runs {
		if name == "many" || len(r.Strategies()) < 2 {
			continue // not all rows are printed, or nothing is better
		}
		html, err := page.Render(r.in)
		fixture.Must(t, err)
		_, matrix, _ := strings.Cut(string(html), `<section id="matrix">`)
		matrix, _, _ = strings.Cut(matrix, "</tbody>")
		lines := strings.Split(r.Closing(Look{Columns: 1000, Colour: true}, ""), "\n")
		plainText := func(html string) string {
			return strings.ReplaceAll(strings.ReplaceAll(tag.ReplaceAllString(html, ""), text.NBSP, " "), "&#43;", "+")
		}
		for _, row := range matrixRow.FindAllStringSubmatch(matrix, -1) {
			title := plainText(row[1])
			line := ""
			for _, l := range lines {
				if strings.HasPrefix(l, title+" ") {
					line = l
				}
			}
			plain := code.ReplaceAllString(line, "")
			fields := regexp.MustCompile(" {2,}").Split(plain, -1)
			if take := plainText(matrixPick.FindStringSubmatch(row[0])[1]); len(fields) < 3 || fields[1] != take {
				t.Errorf("%s, %s: the page says to take %s:\n%s", name, title, take, plain)
				continue
			}
			better, unlike, ties := 0, map[string]int{}, 0
			for _, c := range matrixCell.FindAllStringSubmatch(row[0], -1) {
				cellsSeen++
				hatched, win := c[1] != "", plainText(c[3])
				switch {
				case hatched || win == "not measured":
					unlike[win]++
				case strings.Contains(c[2], "time, "): // the word at the end
					word := regexp.MustCompile(` [−+\d].*$`).ReplaceAllString(win, "")
					word = strings.NewReplacer("too short to time", "too short", "too few samples", "too few", "too noisy", "noisy").Replace(word)
					if !strings.HasSuffix(plain, " "+word) {
						t.Errorf("%s, %s: the page says %s of the time:\n%s", name, title, win, plain)
					}
					for _, s := range r.Strategies() {
						if regexp.MustCompile(`(^|, )` + regexp.QuoteMeta(s) + `(,|$)`).MatchString(word) {
							better++
						}
					}
				case win == "tie" && len(slices.Compact(valuesIn(c[4]))) == 1:
					ties++
				default:
					for _, s := range r.Strategies() {
						if regexp.MustCompile(`(^|, )` + regexp.QuoteMeta(s) + `(,|$)`).MatchString(win) {
							better++
						}
					}
					for _, v := range valuesIn(c[4]) {
						if !strings.Contains(plain, " "+v) {
							t.Errorf("%s, %s: the page has %s of %s:\n%s", name, title, v, c[2], plain)
						}
					}
				}
			}
			if n := strings.Count(plain, "tie at "); n != ties {
				t.Errorf("%s, %s: %d ties, the page has %d:\n%s", name, title, n, ties, plain)
			}
			for word, n := range unlike {
				if brief := strings.ReplaceAll(word, "nothing served", "none served"); strings.Count(plain, " "+brief) != n {
					t.Errorf("%s, %s: the page says %s of %d:\n%s", name, title, word, n, plain)
				}
			}
			_, behind, _ := strings.Cut(line, fields[1])
			if n := strings.Count(behind, "\x1b[32m"); n != better {
				t.Errorf("%s, %s: %d better values, the page has %d:\n%q", name, title, n, better, line)
			}
		}
	}
	if cellsSeen < 100 {
		t.Errorf("only %d cells of the matrix were found", cellsSeen)
	}
}

// valuesIn are the values of the strategies in a cell of the matrix.
func valuesIn(cell string) (out []string) {
	for _, m := range matrixLine.FindAllStringSubmatch(cell+"</span>", -1) {
		out = append(out, strings.TrimSpace(plainText(m[1])))
	}
	return out
}
