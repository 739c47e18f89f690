package pays_test

import (
	"fmt"
	"html"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/vramlab/vramlab/internal/browser"
	"github.com/vramlab/vramlab/report/internal/cost"
	"github.com/vramlab/vramlab/report/internal/fixture"
	"github.com/vramlab/vramlab/report/internal/judge"
	"github.com/vramlab/vramlab/report/internal/page"
	"github.com/vramlab/vramlab/report/internal/rundir"
	"github.com/vramlab/vramlab/report/internal/testrun"
	"github.com/vramlab/vramlab/report/internal/text"
)

func TestMain(m *testing.M) {
	code := m.Run()
	browser.Stop()
	os.Exit(code)
}

// paid is a run with all parts known: on "small" the first has few entries and a slow
// allocator, "gfx" is unequal work, and on "frames" the allocators are alike.
func paid(t *testing.T) string {
	f := fixture.Plain()
	var b strings.Builder
	for i, l := range f.Loads {
		for s, name := range f.Strategies {
			entries, ns := []float64{10, 80}[s], []float64{900, 300}[s]
			if i == 2 {
				entries, ns = []float64{10, 40}[s], 300
			}
			fmt.Fprintf(&b, "BenchmarkKernelWork/strategy=%s/workload=%s-2 %d 20 kernel-steps/op %v kernel-model-ns 0.2 kernel-model-err\n", name, l.Name, l.Ops, ns)
			b.WriteString(fixture.PolicyText(name, l.Name, "i915", 100, entries, 0, 1) + fixture.PolicyText(name, l.Name, "nouveau", 100, 10, 0, 1))
			fmt.Fprintf(&b, "BenchmarkSeries/strategy=%s/workload=%s/step=300-2 1 %v unusable2m-pct\n", name, l.Name, 3+4*s)
		}
	}
	return f.WithCurves(t, b.String())
}

func render(t *testing.T, dir string, prices cost.Prices) string {
	t.Helper()
	r, err := rundir.Read(dir)
	fixture.Must(t, err)
	out, err := page.Render(judge.Priced(r, prices))
	fixture.Must(t, err)
	return string(out)
}

var (
	rows  = regexp.MustCompile(`(?s)<tr data-s.*?</tr>`)
	cells = regexp.MustCompile(`(?s)<t[dh][ >].*?</t[dh]>`)
	tags  = regexp.MustCompile(`<[^>]*>`)
)

// table are the texts of the table of parts.
func table(t *testing.T, page string) (out []string) {
	t.Helper()
	_, page, _ = strings.Cut(page, `id="paystable"`)
	page, _, _ = strings.Cut(page, "</table>")
	for _, row := range rows.FindAllString(page, -1) {
		var line []string
		for _, c := range cells.FindAllString(row, -1) {
			line = append(line, strings.Join(strings.Fields(strings.ReplaceAll(html.UnescapeString(tags.ReplaceAllString(c, "")), text.NBSP, " ")), " "))
		}
		out = append(out, strings.Join(line, "|"))
	}
	if len(out) == 0 {
		t.Fatal("the page has no table of parts")
	}
	return out
}

// The parts of "small": 900 ns for each operation of a request, and 11 entries of 4 ns.
func TestParts(t *testing.T) {
	dir := paid(t)
	r := testrun.Load(t, dir)
	each := 900 * r.Workloads[0].Placement(0).OpsPerGrant()
	sg := 1e9 * r.Workloads[0].TableTime(r.Builder, 0).Center()
	want := fmt.Sprintf("Small buffers|buddy|buddy|%s|%.3g|44|0|%s ", text.Count(int(each+0.5)), sg, text.Count(int(each+sg+44.5)))
	if got := table(t, render(t, dir, cost.Defaults()))[0]; !strings.HasPrefix(got, want) {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if page := render(t, dir, cost.Defaults()); !strings.Contains(page, `id="pareto-wide-t"`) {
		t.Error("there is no figure of cost against broken memory")
	}
}

// The figure names each strategy once in its legend.
func TestOneLegend(t *testing.T) {
	_, page, _ := strings.Cut(render(t, paid(t), cost.Defaults()), `<section id="pays">`)
	page, _, _ = strings.Cut(page, "</section>")
	if n := len(regexp.MustCompile(`<span class="s0"[^>]*><i `).FindAllString(page, -1)); n != 1 {
		t.Errorf("%d marks of the first strategy in legends", n)
	}
}

// Where nothing is known of kernels and page tables there is no section.
func TestNothingKnown(t *testing.T) {
	f := fixture.Plain()
	if page := render(t, f.WithCurves(t, "\n"), cost.Defaults()); strings.Contains(page, `id="pays"`) {
		t.Error("a section of nothing")
	}
}

// A price that is not the default is said.
func TestPricesAreSaid(t *testing.T) {
	prices, err := cost.Parse("pte=0.2")
	fixture.Must(t, err)
	plain := strings.ReplaceAll(tags.ReplaceAllString(render(t, paid(t), prices), ""), text.NBSP, " ")
	if want := "pte 0.2 ns (changed; by default 4 ns)"; !strings.Contains(plain, want) {
		t.Errorf("the page does not say %q", want)
	}
}

// The page computes as Go does: whatever prices are typed, the table is that of a report with
// these prices, and the view in the fragment restores it.
func TestPricesInPage(t *testing.T) {
	browser.Look(t)
	dir := paid(t)
	path := filepath.Join(dir, "report.html")
	fixture.Must(t, os.WriteFile(path, []byte(render(t, dir, cost.Defaults())), 0o666))
	const read = `[...document.querySelectorAll("#paystable tr[data-s]")].map((r) => [...r.cells].map((c) => c.textContent.replace(/\s+/g, " ").trim()).join("|")).join("\n")`
	p := browser.Open(t, browser.File(t, path, ""), 1440, 900)
	picks := make(map[string]bool)
	for _, prices := range []string{"pte=4,copy=12", "pte=0.05,copy=12", "pte=50,copy=0.5", "pte=0,copy=100", "pte=0.123456,copy=3.3"} {
		parsed, err := cost.Parse(prices)
		fixture.Must(t, err)
		want := strings.Join(table(t, render(t, dir, parsed)), "\n")
		type price struct{ name, value string }
		var given []price
		for item := range strings.SplitSeq(prices, ",") {
			name, value, _ := strings.Cut(item, "=")
			given = append(given, price{name, value})
			p.Eval(fmt.Sprintf(`{const i = document.querySelector('#prices input[name=%s]'); i.value = %q; i.dispatchEvent(new Event("input", {bubbles: true}))}`, name, value), nil)
		}
		if got := p.Text(read); got != want {
			t.Errorf("%s in the page:\n%s\nin Go:\n%s", prices, got, want)
		}
		picks[strings.Split(want, "|")[1]] = true
		mark(t, p, prices, want)
		hash := p.Text("location.hash")
		for _, g := range given {
			if standard := map[string]string{"pte": "4", "copy": "12"}[g.name] == g.value; strings.Contains(hash, "cost."+g.name+"="+g.value) == standard {
				t.Errorf("%s: the view is %q", prices, hash)
			}
		}
		again := browser.Open(t, browser.File(t, path, hash), 390, 800)
		if got := again.Text(read); got != want {
			t.Errorf("%s restored from %q:\n%s", prices, hash, got)
		}
		if px := again.Overflow(); px > 0 {
			t.Errorf("%d pixels too far on a phone", px)
		}
	}
	if len(picks) < 2 {
		t.Error("no price changed a pick")
	}
	p.Eval(`{const i = document.querySelector('#prices input[name=copy]'); i.value = "0"; i.dispatchEvent(new Event("input", {bubbles: true}))}`, nil)
	if p.Text(`document.querySelector('#prices input[name=copy]').validationMessage`) == "" {
		t.Error("a rate of 0 is taken")
	}
	p.Click("#prices button")
	if got, want := p.Text(read), strings.Join(table(t, render(t, dir, cost.Defaults())), "\n"); got != want || p.Text("location.hash") != "" {
		t.Errorf("after a reset:\n%s", got)
	}
}

// mark holds the first screen and the table of decisions to what is said where prices are
// changed. The table at these prices begins with the workload, which the report gives to buddy.
func mark(t *testing.T, p *browser.Page, prices, table string) {
	t.Helper()
	said := p.Text(`(() => { const e = document.getElementById("priced"); return e.hidden ? "" : e.textContent; })()`)
	small := p.Text(`[...document.querySelectorAll("#matrix .pick .priced")].map((e) => e.textContent).join()`)
	taken := strings.Split(table, "|")[1]
	switch standard := prices == "pte=4,copy=12"; {
	case standard != (said == ""):
		t.Errorf("%s: the first screen says %q", prices, said)
	case taken == "buddy" && small != "", taken != "buddy" && !strings.HasPrefix(small, "at your prices "+taken):
		t.Errorf("%s take %s, and the table of decisions says %q", prices, taken, small)
	case !standard && (small == "") != strings.HasSuffix(said, "At your prices, the picks are the same."):
		t.Errorf("%s: the first screen says %q, the table of decisions %q", prices, said, small)
	}
}
