package tables_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/vramlab/vramlab/internal/browser"
	"github.com/vramlab/vramlab/report"
	"github.com/vramlab/vramlab/report/internal/fixture"
	"github.com/vramlab/vramlab/report/internal/tables"
	"github.com/vramlab/vramlab/report/internal/text"
)

func TestMain(m *testing.M) {
	code := m.Run()
	browser.Stop()
	os.Exit(code)
}

// pageOf is a page with tables and the script, and with what the script needs of a page.
func pageOf(t *testing.T, body string) string {
	t.Helper()
	browser.Look(t)
	path := filepath.Join(t.TempDir(), "page.html")
	fixture.Must(t, os.WriteFile(path, []byte("<!doctype html><meta charset=utf-8><style>"+string(tables.SortStyle)+"</style><main>"+body+"</main>"+
		`<script>const lab = {number: new Intl.NumberFormat("en"), state: {get: () => "", set() {}, changed() {}}};`+string(tables.SortScript)+"</script>"), 0o666))
	return path
}

// column is a table of one column in the section "s".
func column(head string, cells []string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "<section id=s><table><thead><tr><th>%s</th></tr></thead><tbody>", head)
	for _, c := range cells {
		fmt.Fprintf(&b, "<tr><td>%s</td></tr>", c)
	}
	return b.String() + "</tbody></table></section>"
}

// cellsOf is the expression for what stands in a column of a table, without small print.
func cellsOf(table string, column int) string {
	return fmt.Sprintf(`[...document.querySelectorAll(%q)].filter((r) => r.offsetWidth && r.cells.length > %d).map((r) => r.cells[%d].textContent.trim()).join("|")`, table+" tbody tr", column, column)
}

// TestSortFormats sorts what each function that writes numbers makes of ascending values, and
// wants them in their order again: whatever the unit and the way of writing.
func TestSortFormats(t *testing.T) {
	var sizes []float64
	for v := 1.0; v < 1<<62; v *= 3.7 {
		sizes = append(sizes, v)
	}
	times := []float64{3e-10, 4.1e-9, 9.9e-7, 1e-6, 1.5e-6, 8.2e-4, 0.003, 0.5, 1, 90}
	numbers := []float64{-1e6, -12.3, -1, -0.004, 0, 0.0123, 0.5, 9.99, 47.6, 47.8, 999, 1000, 2082, 98765.4, 123456, 2.5e9}
	deltas := []float64{-0.999, -0.98, -0.95, -0.899, -0.5, -0.001, 0.02, 0.5, 8.5, 11, 1000}
	size := func(f func(uint64) string) func(float64) string {
		return func(v float64) string { return f(uint64(v)) }
	}
	var body strings.Builder
	var wants []string
	r := rand.New(rand.NewPCG(1, 2))
	for _, c := range []struct {
		name   string
		values []float64
		write  func(float64) string
	}{
		{"Digits3", numbers, text.Digits3},
		{"Short3", numbers, text.Short3},
		{"Exact", numbers, text.Exact},
		{"Count", []float64{-2500, -3, 0, 7, 999, 1000, 1234567}, func(v float64) string { return text.Count(int(v)) }},
		{"Plural", []float64{0, 1, 2, 2500}, func(v float64) string { return text.Plural(v, "entry", "entries") }},
		{"Duration", times, text.Duration},
		{"Size", sizes, size(text.Size)},
		{"ShortSize", sizes, size(text.ShortSize)},
		{"SizeRange", sizes, size(func(b uint64) string { return text.SizeRange(b, 2*b) })},
		{"Percent", []float64{0, 0.01, 0.5, 4.9, 5, 57, 100}, text.Percent},
		{"Round2", []float64{0, 0.01, 0.5, 4.9, 5, 57, 100}, text.Round2},
		{"Signed", deltas, text.Signed},
		{"Requests", []float64{1, 2, 503686}, func(v float64) string { return text.Requests(int(v)) }},
		{"against", []float64{0.5, 11.3, 80.9, 2082}, func(v float64) string { return text.Short3(v) + " : 7" }},
		{"brackets", numbers, func(v float64) string { return "(" + text.Short3(v) + ")" }},
		{"infinite", []float64{3, math.Inf(1)}, text.Digits3},
	} {
		var cells []string
		for _, v := range c.values {
			cells = append(cells, c.write(v))
		}
		wants = append(wants, c.name+": "+strings.Join(cells, "|"))
		r.Shuffle(len(cells), func(i, j int) { cells[i], cells[j] = cells[j], cells[i] })
		body.WriteString(column(c.name, cells))
	}
	p := browser.Open(t, browser.File(t, pageOf(t, body.String()), ""), 1000, 800)
	p.Eval(`document.querySelectorAll(".sortby").forEach((b) => b.click())`, nil)
	var got []string
	p.Eval(`[...document.querySelectorAll("table")].map((t) => t.querySelector("th").textContent + ": " + [...t.querySelectorAll("td")].map((d) => d.textContent).join("|"))`, &got)
	for i, want := range wants {
		if i >= len(got) || got[i] != want {
			t.Errorf("sorted by %s\nwant      %s", got[min(i, len(got)-1)], want)
		}
	}
}

// Numbers sort by value, texts by their letters, what is missing comes last either way, equals
// stay in their order, and data-value counts more than the text. The third time the table is as
// it was written, and aria-sort says what it is.
func TestSortOrders(t *testing.T) {
	for _, tt := range []struct{ name, cells, up, down string }{
		{"numbers", "2,082|–|1.5|10 b|10 a|unequal", "1.5|10 b|10 a|2,082|–|unequal", "2,082|10 b|10 a|1.5|–|unequal"},
		{"texts", "Warzone 2100|glmark2|vk 10|vk 9|–|Alpha", "Alpha|glmark2|vk 9|vk 10|Warzone 2100|–", "Warzone 2100|vk 10|vk 9|glmark2|Alpha|–"},
		{"markup", "<b>20</b>|<i class=label>1</i>3<small>9</small>|100 <small>2</small>", "13 9|20|100 2", "100 2|20|13 9"},
	} {
		p := browser.Open(t, browser.File(t, pageOf(t, column("Head", strings.Split(tt.cells, "|"))), ""), 1000, 800)
		given := p.Text(cellsOf("table", 0))
		if tt.name == "markup" {
			given, tt.up, tt.down = "20|139|100 2", "139|20|100 2", "100 2|20|139"
		}
		for i, want := range []string{tt.up, tt.down, given, tt.up} {
			if i%2 == 0 {
				p.Click(".sortby")
			} else {
				p.Keys(browser.Enter)
			}
			aria := []string{"ascending", "descending", "null", "ascending"}[i]
			if got := p.Text(cellsOf("table", 0)); got != want || p.Text(`document.querySelector("th").getAttribute("aria-sort")`) != aria {
				t.Errorf("%s, step %d: %s, want %s and %s", tt.name, i+1, got, want, aria)
			}
		}
	}
	values := `<table><thead><tr><th>H</th></tr></thead><tbody><tr><td data-value=3>a</td></tr><tr><td data-value=-1>b</td></tr><tr><td data-value="">c</td></tr></tbody></table>`
	p := browser.Open(t, browser.File(t, pageOf(t, values), ""), 1000, 800)
	p.Click(".sortby")
	if got := p.Text(cellsOf("table", 0)); got != "b|a|c" {
		t.Errorf("by data-value: %s, want b|a|c", got)
	}
}

// Rows of a group stay together, whichever way a table has groups: a body each, rows that
// continue the one before, headings across the table. Columns are those of the last row of a
// header.
func TestSortGroups(t *testing.T) {
	head := `<thead><tr><th rowspan=2>Load</th><th rowspan=2>Who</th><th colspan=2>Both</th></tr><tr><th>one</th><th>two</th></tr></thead>`
	row := func(cells ...string) string { return "<tr><td>" + strings.Join(cells, "<td>") + "</tr>" }
	bodies := "<table id=bodies>" + head + "<tbody>" + row("B", "x", "5", "1") + row("", "y", "3", "9") + "</tbody><tbody>" + row("A", "x", "4", "2") + row("", "y", "1", "8") + "</tbody></table>"
	runs := "<table id=runs>" + head + "<tbody>" + row("B", "x", "5", "1") + row("", "y", "3", "9") + row("A", "x", "4", "2") + row("", "y", "1", "8") + `<tr class=self><td>Self<td>x<td>0<td>0</tr></tbody></table>`
	parts := "<table id=parts>" + head + "<tbody><tr><th colspan=4>First</tr></tbody><tbody>" + row("P", "x", "9", "1") + row("Q", "x", "8", "2") +
		"</tbody><tbody><tr><th colspan=4>Second</tr></tbody><tbody>" + row("P", "x", "3", "1") + row("Q", "x", "2", "2") + "</tbody></table>"
	p := browser.Open(t, browser.File(t, pageOf(t, bodies+runs+parts), ""), 1000, 800)
	lines := func(id string) string {
		return p.Text(`[...document.querySelectorAll("#` + id + ` tbody tr")].filter((r) => r.offsetWidth).map((r) => [...r.cells].map((c) => c.textContent).join("")).join(" ")`)
	}
	given := map[string]string{"bodies": "Bx51 y39 Ax42 y18", "runs": "Bx51 y39 Ax42 y18 Selfx00", "parts": "First Px91 Qx82 Second Px31 Qx22"}
	for id, steps := range map[string][3]string{
		"bodies": {"Ay18 x42 By39 x51", "Bx51 y39 Ax42 y18", given["bodies"]},
		"runs":   {"Ay18 x42 By39 x51 Selfx00", "Bx51 y39 Ax42 y18 Selfx00", given["runs"]},
		"parts":  {"First Qx82 Px91 Second Qx22 Px31", "First Px91 Qx82 Second Px31 Qx22", given["parts"]},
	} {
		for i, want := range steps {
			p.Click("#" + id + " thead tr:nth-child(2) th:first-child button") // one
			if got := lines(id); got != want {
				t.Errorf("%s, step %d: %s, want %s", id, i+1, got, want)
			}
		}
		p.Click("#" + id + " thead button") // Load
		p.Click("#" + id + " thead button")
		p.Click("#" + id + " thead button")
		if got := lines(id); got != given[id] {
			t.Errorf("%s is in the end %s, and was %s", id, got, given[id])
		}
	}
	if n := p.Number(`document.querySelectorAll("th[colspan] button").length`); n != 0 {
		t.Errorf("%v heads of several columns sort", n)
	}
}

const filterRows = `document.querySelector("#times .tabletool output").textContent`

// manyLoads is a report with more workloads than fit without a filter.
func manyLoads(t *testing.T) string {
	t.Helper()
	browser.Look(t)
	f := fixture.Plain()
	for i := range 9 {
		f.Loads = append(f.Loads, fixture.Workload{Name: fmt.Sprint("load", i), Title: fmt.Sprint("Load ", i), Ns: []float64{float64(50 + 997*i%300), 100}, Ops: 600})
	}
	f.Bare = true
	path, err := report.Write(f.Write(t))
	fixture.Must(t, err)
	return path
}

// A filter leaves the rows with its text and says how many, and Escape clears it; the view
// stands in the fragment, and paper has all rows as they were written.
func TestFilter(t *testing.T) {
	path := manyLoads(t)
	p := browser.Open(t, browser.File(t, path, ""), 1200, 900)
	rows := cellsOf("#times > .scroll table", 0)
	given := p.Text(rows)
	p.Click("#times .tabletool input")
	p.Keys("lOAD")
	if got := p.Text(filterRows); got != "9 of 12 rows" || strings.Contains(p.Text(rows), "gfx") || !strings.Contains(p.Text(rows), "Self test") {
		t.Errorf("%q, of %s", got, p.Text(rows))
	}
	p.Click("#times thead th:nth-child(2) button")
	p.Click("#times thead th:nth-child(2) button")
	sorted := p.Text(rows)
	var ns []float64
	p.Eval(`[...document.querySelectorAll("#times > .scroll table tbody tr:not(.self)")].filter((r) => r.offsetWidth).map((r) => parseFloat([...r.cells[1].childNodes].filter((n) => n.nodeType === 3).map((n) => n.textContent).join("").replace(/[(,)]/g, "")))`, &ns)
	if !slices.IsSortedFunc(ns, func(a, b float64) int { return int(math.Copysign(1, b-a)) }) || len(ns) != 9 {
		t.Errorf("sorted the largest first: %v", ns)
	}
	url := p.Text("location.href")
	q := browser.Open(t, url, 1200, 900)
	if got := q.Text(rows); got != sorted || q.Text(filterRows) != "9 of 12 rows" || q.Text(`document.querySelector("#times th[aria-sort]").getAttribute("aria-sort")`) != "descending" {
		t.Errorf("%s restores %s, want %s", url, got, sorted)
	}
	q.Eval(`dispatchEvent(new Event("beforeprint"))`, nil)
	if got := q.Text(rows); got != given {
		t.Errorf("on paper: %s, want %s", got, given)
	}
	q.Eval(`dispatchEvent(new Event("afterprint"))`, nil)
	if got := q.Text(rows); got != sorted {
		t.Errorf("after printing: %s, want %s", got, sorted)
	}
	p.Click("#times .tabletool input")
	p.Keys(browser.Escape)
	if got := p.Text(filterRows); got != "" || strings.Contains(p.Text("location.hash"), "filter") || !strings.Contains(p.Text(rows), "gfx") {
		t.Errorf("after Escape: %q, %s, %s", got, p.Text("location.hash"), p.Text(rows))
	}
}

// A cell of the matrix has a line for each strategy, with its name for telephones: it sorts
// by the value of the first, not by the digits behind a name.
func TestSortLines(t *testing.T) {
	body := "<table><thead><tr><th>Load<th>pays</tr></thead><tbody>"
	for _, v := range []string{"1,001", "566", "≥26,799", "99.5"} {
		body += fmt.Sprintf(`<tr><td>load %s<td><i class="label">pays</i><a href="#x"><span class="win">tie</span><span class="line"><i class="nm">buddy</i> %s</span><span class="line"><i class="nm">tlsf</i> (7)</span></a></tr>`, v, v)
	}
	p := browser.Open(t, browser.File(t, pageOf(t, body+"</tbody></table>"), ""), 1000, 800)
	p.Click("th:nth-child(2) button")
	if got, want := p.Text(cellsOf("table", 0)), "load 99.5|load 566|load 1,001|load ≥26,799"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// A title that stands once for a group stands in the first of its rows that is seen.
func TestFilterGroups(t *testing.T) {
	body := "<table><thead><tr><th>Load<th>Who<th>n</tr></thead>"
	for i := range 5 {
		body += fmt.Sprintf("<tbody><tr><td>load%d<td>buddy<td>%d</tr><tr><td><td>tlsf<td>%d</tr></tbody>", i, 9-i, i)
	}
	p := browser.Open(t, browser.File(t, pageOf(t, body+"</table>"), ""), 1000, 800)
	p.Click(".tabletool input")
	p.Keys("tlsf")
	if got := p.Text(cellsOf("table", 0)); got != "load0|load1|load2|load3|load4" || p.Text(`document.querySelector("output").textContent`) != "5 of 10 rows" {
		t.Errorf("of tlsf alone: %s", got)
	}
	p.Click("th:nth-child(3) button") // of the rows that are seen, not of those beside them
	p.Click("th:nth-child(3) button")
	if got := p.Text(cellsOf("table", 2)); got != "4|3|2|1|0" {
		t.Errorf("of tlsf alone, the largest first: %s", got)
	}
	p.Click(".tabletool input")
	p.Keys(browser.Escape + "load3")
	if got := p.Text(cellsOf("table", 1)); got != "buddy|tlsf" {
		t.Errorf("of one load: %s", got)
	}
}

// The matrix of the first screen sorts; a telephone, which does not show the header, has a list;
// names of files and loads stay text; without a script there is nothing of it.
func TestTablesOfAPage(t *testing.T) {
	path := manyLoads(t)
	p := browser.Open(t, browser.File(t, path, "#sort=matrix1:0:d"), 390, 800)
	titles := cellsOf("#matrix table", 0)
	if got := p.Text(titles); !strings.HasPrefix(got, "small") {
		t.Errorf("the matrix is %s, want it from s on", got)
	}
	if px := p.Overflow(); px > 0 {
		t.Errorf("%d pixels too wide", px)
	}
	p.Eval(`const s = document.querySelector("#matrix .sortchoice select"); s.value = "0:a"; s.dispatchEvent(new Event("change"))`, nil)
	if got := p.Text(titles); !strings.HasPrefix(got, "frames") || p.Number(`document.querySelector("#matrix .sortchoice").offsetWidth`) == 0 {
		t.Errorf("chosen: %s", got)
	}
	for _, width := range []int{800, 1440} {
		p.Resize(width, 900)
		if px := p.Overflow(); px > 0 {
			t.Errorf("%d pixels too wide at %d", px, width)
		}
	}
	p.Media("print")
	if n := p.Number(`[...document.querySelectorAll(".tabletool")].filter((e) => e.offsetWidth).length`); n > 0 {
		t.Errorf("%v fields on paper", n)
	}
	q := browser.Open(t, "about:blank", 1200, 900)
	q.Script(false)
	q.Go(browser.File(t, path, ""))
	if n := q.Number(`document.querySelectorAll("table button, .tabletool").length`); n != 0 || !strings.Contains(q.Text("document.body.innerText"), "load8") {
		t.Errorf("%v controls without a script", n)
	}
}

// Every table of a page with all sections has buttons. Sorting leaves columns' widths, and all
// rows, in the end as they were.
func TestEveryTable(t *testing.T) {
	browser.Look(t)
	path, err := report.Write(fixture.Many(3).Write(t))
	fixture.Must(t, err)
	p := browser.Open(t, browser.File(t, path, ""), 1440, 900)
	var bad []string
	p.Eval(`document.querySelectorAll("details").forEach((d) => { d.open = true; })`, nil)
	p.Eval(`[...document.querySelectorAll("main table")].filter((t) => t.tHead).flatMap((t) => {
		const bad = [], rows = () => [...t.querySelectorAll("tbody tr")].map((r) => r.textContent);
		const given = rows().join("\n"), sorted = given.split("\n").sort().join("\n"), name = t.closest("section").id;
		const buttons = [...t.querySelectorAll(".sortby")];
		if (!buttons.length && t.querySelectorAll("tbody tr").length > 1) bad.push(name + " does not sort: " + t.textContent.slice(0, 60));
		const wide = () => [t, ...t.tHead.querySelectorAll("th")].map((e) => e.offsetWidth).slice(0, 40).join(" ");
		const before = wide();
		for (const b of buttons) {
			b.click();
			if (wide() !== before) bad.push(name + " has other widths when it is sorted: " + b.textContent + ", " + before + ", " + wide());
			b.click();
			b.click();
			if (rows().join("\n") !== given) bad.push(name + " is not as it was: " + b.textContent);
		}
		return bad;
	})`, &bad)
	for _, b := range bad {
		t.Error(b)
	}
	// On paper, where no button is, the heads of the columns stay.
	p.Media("print")
	if n := p.Number(`[...document.querySelectorAll("main th .sortby")].filter((e) => {
		const text = document.createRange();
		text.selectNodeContents(e);
		return e.closest("tr").getClientRects().length && !text.getClientRects().length && getComputedStyle(e.parentElement).display !== "none";
	}).length`); n > 0 {
		t.Errorf("%v heads of columns are not on paper", n)
	}
	// Where a table goes on, Chromium repeats its head without the boxes of buttons in it.
	if n := p.Number(`[...document.querySelectorAll("main thead button")].filter((e) => e.getClientRects().length).length`); n > 0 {
		t.Errorf("%v heads of columns are not on the next page", n)
	}
}
