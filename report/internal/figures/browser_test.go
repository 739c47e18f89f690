package figures_test

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/vramlab/vramlab/internal/browser"
	"github.com/vramlab/vramlab/report"
	"github.com/vramlab/vramlab/report/internal/fixture"
	"github.com/vramlab/vramlab/report/internal/stat"
	"github.com/vramlab/vramlab/report/internal/testrun"
	"github.com/vramlab/vramlab/report/internal/text"
)

func TestMain(m *testing.M) {
	code := m.Run()
	browser.Stop()
	for _, dir := range written {
		os.RemoveAll(dir)
	}
	os.Exit(code)
}

// written are the directories of runs by their strategies, with their reports.
var written = make(map[int]string)

// of is the directory of a run of so many strategies. Its report is written once.
func of(t *testing.T, strategies int) string {
	t.Helper()
	browser.Look(t)
	if dir := written[strategies]; dir != "" {
		return dir
	}
	dir, err := os.MkdirTemp("", "figures")
	fixture.Must(t, err)
	written[strategies] = dir
	fixture.Must(t, os.CopyFS(dir, os.DirFS(fixture.Many(strategies).Write(t))))
	_, err = report.Write(dir)
	fixture.Must(t, err)
	return dir
}

// opened is the report of a run of so many strategies in a window.
func opened(t *testing.T, strategies int, behind string, width int) *browser.Page {
	t.Helper()
	return browser.Open(t, browser.File(t, filepath.Join(of(t, strategies), "report.html"), behind), width, 900)
}

// The script writes numbers as package text does.
func TestSay(t *testing.T) {
	p := opened(t, 2, "", 1000)
	values := []float64{0, 1, 9.995, 9.999, 99.95, 99.951, 100, 999.4, 999.5, 1000, 1023, 1024, 99999.94, 99999.96, 123456.5, 0.125, 0.375, 2.125, 1.15, 1e-9, 9.995e-7, 0.9995, 59138048, 1 << 20, 1<<30 - 1, 3 << 40, 1 << 62, -4.25, -57.8125}
	rnd := rand.New(rand.NewPCG(1, 2))
	for range 2000 {
		v := math.Exp(rnd.Float64()*60 - 25)
		values = append(values, v, math.Round(v*8)/8, -v)
	}
	units := map[string]func(float64) string{
		"": text.Short3, "s": text.Duration,
		"B": func(v float64) string { return text.Size(stat.ToBytes(v)) },
		"%": func(v float64) string { return text.Short3(v) + text.NBSP + "%" },
		"±%": func(v float64) string {
			if v > 0 {
				return "+" + text.Short3(v) + text.NBSP + "%"
			}
			return text.Short3(v) + text.NBSP + "%"
		},
	}
	for unit, want := range units {
		js, err := json.Marshal(values)
		fixture.Must(t, err)
		var got []string
		p.Eval(fmt.Sprintf("%s.map((v) => lab.say(v, %q))", js, unit), &got)
		bad := 0
		for i, v := range values {
			if unit == "B" && v < 0 {
				continue
			}
			if w := want(v); got[i] != w {
				if bad++; bad < 10 {
					t.Errorf("%v %s: %q, want %q", v, unit, got[i], w)
				}
			}
		}
	}
	if got := p.Text("lab.say(null, 's')"); got != text.None {
		t.Errorf("no number is %q", got)
	}
}

// Under the mouse stand the values of the run, at the nearest sample.
func TestHover(t *testing.T) {
	run := testrun.Load(t, of(t, 3))
	for _, width := range []int{1440, 390} {
		p := opened(t, 3, "", width)
		box := "#figure-series .fig.wide"
		if width < 1000 {
			box = "#figure-series .fig.narrow"
		}
		for _, x := range []float64{0.2, 0.45, 0.6} {
			p.Point(box, x, 0.3)
			p.Until(`document.querySelectorAll("` + box + ` .readout :is(output, td)").length >= 6`)
			head := p.Text(`document.querySelector("` + box + ` .readout :is(b, th)").textContent`)
			op, err := strconv.Atoi(strings.ReplaceAll(strings.TrimPrefix(head, "operation "), ",", ""))
			fixture.Must(t, err)
			var rows [][]string // below a narrow drawing they are the columns of a table
			p.Eval(`[...document.querySelectorAll("`+box+` .readout span")].map((e) => [e.children[1].textContent, e.children[2].textContent])
				.concat(...[1, 2, 3].map((i) => [...document.querySelectorAll("`+box+` .readout tbody tr")].map((e) => [e.children[0].textContent, e.children[i].textContent])))`, &rows)
			want := 0
			for _, w := range run.Workloads {
				if p.Text(`document.querySelector("#figure-series").dataset.workload`) != w.Name {
					continue
				}
				for s, name := range run.Strategies {
					for _, m := range w.Series(s) {
						if m.Op != op {
							continue
						}
						want++
						if got, largest := rows[s], []string{name, text.Short3(m.Broken) + text.NBSP + "%"}; got[0] != largest[0] || got[1] != largest[1] {
							t.Errorf("%d pixels, operation %d: %q, want %q", width, op, got, largest)
						}
						if got, largest := rows[len(run.Strategies)+s], []string{name, text.Size(stat.ToBytes(max(m.Largest, 1)))}; got[0] != largest[0] || got[1] != largest[1] {
							t.Errorf("%d pixels, operation %d: %q, want %q", width, op, got, largest)
						}
					}
				}
			}
			if want != 3 {
				t.Errorf("%d strategies have a sample at operation %d", want, op)
			}
			if n := p.Number(`document.querySelectorAll("` + box + ` .cross circle").length`); n < 6 {
				t.Errorf("%v points are marked", n)
			}
		}
		if over := p.Overflow(); over > 0 {
			t.Errorf("the page is %d too wide with a readout", over)
		}
		p.Point("h1", 0.5, 0.5)
		p.Until(`!document.querySelector(".readout")`)
	}
}

// A finger shows values too, and they stay until another place is touched.
func TestTouch(t *testing.T) {
	p := opened(t, 2, "", 390)
	p.Eval(`window.touch = (e, x, y, type) => { const r = e.getBoundingClientRect();
		e.dispatchEvent(new PointerEvent(type, {bubbles: true, pointerType: "touch", clientX: r.left + x * r.width, clientY: r.top + y * r.height})); }`, nil)
	p.Eval(`touch(document.querySelector("#figure-series .fig.narrow"), 0.5, 0.2, "pointerdown")`, nil)
	p.Eval(`touch(document.querySelector("#figure-series .fig.narrow"), 0.5, 0.2, "pointerleave")`, nil)
	if p.Number(`document.querySelectorAll("#figure-series .readout").length`) != 1 {
		t.Error("the values are gone when the finger leaves")
	}
	p.Eval(`touch(document.querySelector("h1"), 0.5, 0.5, "pointerdown")`, nil)
	if p.Number(`document.querySelectorAll(".readout").length`) != 0 {
		t.Error("the values stay")
	}
}

// The arrow keys step from point to point, and what is shown is said.
func TestKeyboard(t *testing.T) {
	p := opened(t, 2, "", 1440)
	p.Eval(`document.querySelector("#figure-calls .fig.wide, #figure-series .fig.wide").focus()`, nil)
	p.Keys(browser.Right)
	said := func() string {
		return p.Text(`document.activeElement.closest("figure").querySelector("[aria-live]").textContent`)
	}
	first := said()
	p.Keys(browser.Right)
	second := said()
	p.Keys(browser.Left)
	if again := said(); again != first || first == second || !strings.Contains(first, "buddy ") {
		t.Errorf("right %q, right %q, left %q", first, second, again)
	}
	p.Keys(browser.Escape)
	if p.Number(`document.querySelectorAll(".readout, .cross").length`) != 0 {
		t.Error("Escape leaves the values")
	}
}

// A name hides its strategy in the figure, with Shift in all, and the address of the page
// says so.
func TestToggle(t *testing.T) {
	p := opened(t, 3, "", 1440)
	hidden := func(figure string) bool {
		return p.Number(`[...document.querySelectorAll("#figure-`+figure+` svg g.k1")].every((g) => getComputedStyle(g).display === "none")`) == 1
	}
	const button = ` .keys button[data-k='1']`
	p.Click("#figure-series" + button)
	if !hidden("series") || hidden("sizes") || p.Text(`document.querySelector("#figure-series`+button+`").getAttribute("aria-pressed")`) != "false" {
		t.Error("the strategy is not hidden in the figure alone")
	}
	if got := p.Text("location.hash"); got != "#series=series%3Arangemgr" && got != "#series=series:rangemgr" {
		t.Errorf("the address is %s", got)
	}
	p.Point("#figure-series .fig.wide", 0.4, 0.3)
	if got := p.Text(`[...document.querySelectorAll(".readout em")].map((e) => e.textContent)`); strings.Contains(got, "rangemgr") {
		t.Errorf("the values of what is hidden are shown: %s", got)
	}
	p.Eval(`document.querySelector("#figure-series`+button+`").focus()`, nil)
	p.Keys(browser.Enter)
	if hidden("series") || p.Text("location.hash") != "" {
		t.Error("the key does not show it again")
	}
	p.Eval(`document.querySelector("#figure-series`+button+`").dispatchEvent(new MouseEvent("click", {shiftKey: true, bubbles: true}))`, nil)
	if !hidden("series") || !hidden("sizes") || p.Text("location.hash") != "#series=rangemgr" {
		t.Errorf("Shift does not hide it in all figures: %s", p.Text("location.hash"))
	}
	p = opened(t, 3, "#series=sizes:rangemgr", 1440)
	if hidden("series") || !hidden("sizes") {
		t.Error("the address does not restore what is hidden")
	}
}

// Every figure is drawn in the width that the window has room for; its text is never smaller
// than 11 pixels and does not overlap.
func TestWidths(t *testing.T) {
	p := opened(t, 6, "", 1440)
	p.Eval(`document.querySelectorAll("details:not(.save)").forEach((d) => { d.open = true; })`, nil)
	for _, width := range []int{1440, 1120, 1060, 1000, 999, 800, 390} {
		p.Resize(width, 900)
		if narrow := p.Number(`document.querySelector(".fig.narrow").getClientRects().length`) == 1; narrow != (width < 1000) {
			t.Errorf("%d pixels: narrow %v", width, narrow)
		}
		var bad []string
		p.Eval(`[...document.querySelectorAll("figure svg")].filter((s) => s.getClientRects().length).flatMap((svg) => {
			const size = 12 * svg.getBoundingClientRect().width / svg.viewBox.baseVal.width, out = [];
			if (size < 11) out.push(svg.querySelector("title").id + ": text of " + size);
			const texts = [...svg.querySelectorAll("text")].map((e) => [e.textContent, e.getBoundingClientRect()]);
			texts.forEach(([a, r], i) => texts.slice(0, i).forEach(([b, q]) => {
				const across = Math.min(r.right, q.right) - Math.max(r.left, q.left), up = Math.min(r.bottom, q.bottom) - Math.max(r.top, q.top);
				if (across > 1 && up > 5) out.push(svg.querySelector("title").id + ": " + a + " over " + b);
			}));
			return out; })`, &bad)
		for i, b := range bad {
			if i < 8 {
				t.Errorf("%d pixels: %s", width, b)
			}
		}
		if over := p.Overflow(); over > 0 {
			t.Errorf("%d pixels: the page is %d wider", width, over)
		}
	}
}

// Paper has no buttons, but the names of the series, each with its mark.
func TestPaper(t *testing.T) {
	p := opened(t, 6, "", 718)
	p.Media("print")
	if n := p.Number(`[...document.querySelectorAll("figure .keys button")].filter((e) => e.closest(".tools").getClientRects().length && !e.getClientRects().length).length`); n > 0 {
		t.Errorf("%v names are not on paper", n)
	}
	if bad := p.Text(`[...document.querySelectorAll("figure .keys i")].filter((e) => e.closest(".tools, .keys").getClientRects().length && !e.getClientRects().length).map((e) => e.closest("figure").id + " " + e.className).join()`); bad != "" {
		t.Errorf("marks that are not on paper: %s", bad)
	}
	if n := p.Number(`[...document.querySelectorAll("figure .save")].filter((e) => e.getClientRects().length).length`); n > 0 {
		t.Errorf("%v menus on paper", n)
	}
}

// Without its script the page has all figures, with names in place of buttons.
func TestNoScript(t *testing.T) {
	p := opened(t, 2, "", 1440)
	p.Script(false)
	p.Go(browser.File(t, filepath.Join(of(t, 2), "report.html"), ""))
	if p.Number(`document.querySelectorAll("#figure-series .keys span.s0").length`) != 1 || p.Number(`document.querySelectorAll("figure button, .save").length`) != 0 {
		t.Error("buttons without a script")
	}
	p.Script(true)
}
