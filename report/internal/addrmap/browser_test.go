package addrmap_test

import (
	"bufio"
	"compress/gzip"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/vramlab/vramlab/internal/browser"
	"github.com/vramlab/vramlab/report"
	"github.com/vramlab/vramlab/report/internal/fixture"
)

func TestMain(m *testing.M) {
	code := m.Run()
	browser.Stop()
	os.Exit(code)
}

// helpers are what the tests ask of a page: the sum of the pixels of some canvases, and
// whether all is drawn.
const helpers = `
var copy = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
window.pixels = (c) => {
  copy.canvas.width = c.width; copy.canvas.height = c.height;
  copy.drawImage(c, 0, 0);
  return copy.getImageData(0, 0, c.width, c.height).data;
};
window.sum = (what) => [...document.querySelectorAll(what)].map((c) => {
  const d = pixels(c);
  let s = 0; for (let i = 0; i < d.length; i += 4) s = (s * 31 + d[i] + 7 * d[i + 1] + 13 * d[i + 2]) >>> 0;
  return s;
}).join();
window.drawn = () => [...document.querySelectorAll("#maps .area")].every((c) => {
  const d = pixels(c);
  for (let i = 3; i < d.length; i += 4) if (d[i]) return true;
});
window.shown = () => document.getElementById("map-moment").textContent;
window.settle = () => new Promise((r) => setTimeout(() => requestAnimationFrame(() => requestAnimationFrame(r)), 200));
window.pick = (id, value) => { const e = document.getElementById(id); e.value = value; e.dispatchEvent(new Event("change")); };
window.scrubTo = (v) => { const s = document.getElementById("scrub"); s.value = v; s.dispatchEvent(new Event("input")); };`

const (
	moments   = "#maps .moment .area"
	histories = "#maps .history .area"
)

// machine opens the report of a run directory at its map.
func machine(t *testing.T, dir, fragment string, width, height int) *browser.Page {
	t.Helper()
	browser.Look(t)
	path := filepath.Join(dir, "report.html")
	if _, err := os.Stat(path); err != nil {
		path, err = report.Write(dir)
		fixture.Must(t, err)
	}
	p := browser.Open(t, browser.File(t, path, fragment), width, height)
	ready(p)
	return p
}

// ready waits until the maps of a page are drawn.
func ready(p *browser.Page) {
	p.Eval(helpers, nil)
	p.Until("drawn()")
	p.Eval("settle()", nil)
}

// outcomes are what the operations of a placement trace came to: the line behind a request,
// "" for others, and the operation and id of each request.
func outcomes(t *testing.T, dir, workload, strategy string) (out []string, begun map[string]int) {
	t.Helper()
	f, err := os.Open(filepath.Join(dir, "placements", workload+"."+strategy+".trace.gz"))
	fixture.Must(t, err)
	defer f.Close()
	z, err := gzip.NewReader(f)
	fixture.Must(t, err)
	begun = map[string]int{}
	for s := bufio.NewScanner(z); s.Scan(); {
		switch line := s.Text(); line[0] {
		case 'a':
			out = append(out, "")
			begun[strings.Fields(line)[1]] = len(out)
		case 'f':
			out = append(out, "")
		case '=', '!':
			out[len(out)-1] = line
		}
	}
	return out, begun
}

func number(t *testing.T, text, pattern string) int {
	t.Helper()
	m := regexp.MustCompile(pattern).FindStringSubmatch(strings.ReplaceAll(text, "\u00a0", " "))
	if m == nil {
		t.Fatalf("%q has no %s", text, pattern)
	}
	n, err := strconv.Atoi(strings.ReplaceAll(m[1], ",", ""))
	fixture.Must(t, err)
	return n
}

// TestMachine uses the maps as a reader does, with a mouse and with keys.
func TestMachine(t *testing.T) {
	dir := fixture.Many(3).Write(t)
	p := machine(t, dir, "", 1440, 900)
	op := func() int { t.Helper(); return number(t, p.Text("shown()"), `operation ([\d,]+) of`) }
	ops := number(t, p.Text("shown()"), ` of ([\d,]+)`)
	if got := p.Text("document.querySelector('#map h2').textContent"); !regexp.MustCompile("^[^:]+, .* full *$").MatchString(got) {
		t.Errorf("the heading is %q", got)
	}

	// scrub
	p.Eval("scrubTo(0); settle()", nil)
	before, said := p.Text("sum('"+moments+"')"), p.Text("scrub.getAttribute('aria-valuetext')")
	p.Eval(fmt.Sprintf("scrubTo(%d); settle()", ops/2), nil)
	if p.Text("sum('"+moments+"')") == before || p.Text("scrub.getAttribute('aria-valuetext')") == said {
		t.Error("the moments do not follow the scrubber")
	}
	if got := p.Text("document.querySelector('#maps .moment .area').getAttribute('aria-label')"); !strings.Contains(got, "% full") || strings.Contains(got, "entries") {
		t.Errorf("a moment is called %q", got)
	}

	// without a script the page says the same
	p.Click("#map-different")
	p.Eval("settle()", nil)
	if silent, caption := p.Text("document.querySelector('#map noscript').textContent"), p.Text("document.querySelector('#maps .caption').textContent"); !strings.Contains(silent, caption) {
		t.Errorf("without a script the page says %q, with one %q", silent, caption)
	}

	// keys, only with the focus
	was := op()
	p.Eval("document.activeElement.blur()", nil)
	p.Keys("d")
	p.Eval("settle()", nil)
	if op() != was {
		t.Error("a letter acts without the focus on the maps")
	}
	p.Eval("maps.focus()", nil)
	p.Keys("d" + browser.Right)
	p.Until("shown().includes('operation') && !shown().includes(" + strconv.Quote("operation "+strconv.Itoa(was)+" ") + ")")
	p.Eval("settle()", nil)
	if got := op(); got <= was || got > was+ops/50 {
		t.Errorf("two frames on from operation %d of %d is %d", was, ops, got)
	}

	// not in the controls around them, which have keys of their own
	for _, control := range []string{"#map-workload", "#map-colour", "#map-strategies input", "#map-diff"} {
		view := "[shown(), scrub.min, scrub.max, document.getElementById('map-address').textContent].join()"
		was := p.Text(view)
		p.Eval("document.querySelector('"+control+"').focus()", nil)
		p.Keys("wwa+-,." + browser.Escape)
		p.Eval("settle()", nil)
		if got := p.Text(view); got != was {
			t.Errorf("keys in %s lead from %q to %q", control, was, got)
		}
	}
	p.Eval("maps.focus()", nil)

	// zoom in and out of time; then single operations
	all := p.Text("sum('" + histories + "')")
	p.Keys("wwwwww")
	p.Eval("settle()", nil)
	if p.Number("scrub.max - scrub.min") >= float64(ops)/5 || p.Text("sum('"+histories+"')") == all {
		t.Errorf("after six zooms %v of %d operations are shown", p.Number("scrub.max - scrub.min"), ops)
	}
	was = op()
	p.Keys(browser.Left)
	p.Eval("settle()", nil)
	if op() != was-1 {
		t.Errorf("in a zoom a step is from %d to %d", was, op())
	}
	p.Until("location.hash.includes('zoom=')")
	p.Keys(browser.Escape)
	p.Until(fmt.Sprintf("scrub.max - scrub.min === %d", ops)) // Escape shows all again
	p.Keys(browser.Right)
	p.Until("sum('" + histories + "') === '" + all + "'")

	// a click lights the object up everywhere
	p.Eval(fmt.Sprintf("scrubTo(%d); settle()", ops*2/3), nil)
	dark := p.Text("sum('#maps .area')")
	p.ClickAt(moments, 0.01, 0.01)
	p.Until("document.querySelectorAll('#maps [data-lit]').length === 4")
	if lit := p.Text("[...new Set([...document.querySelectorAll('#maps [data-lit]')].map((c) => c.dataset.lit))].filter(Boolean).length"); lit != "1" {
		t.Errorf("%s objects are lit", lit)
	}
	if p.Text("sum('#maps .area')") == dark {
		t.Error("the picked object looks as before")
	}
	text := p.Text("document.getElementById('map-object').textContent")
	id := number(t, text, `Object (\d+):`)
	lines, begun := outcomes(t, dir, "gfx", "buddy")
	if at := begun[strconv.Itoa(id)]; number(t, text, `at operation ([\d,]+),`) != at {
		t.Errorf("object %d begins at %d: %q", id, at, text)
	} else {
		start, _, _ := strings.Cut(strings.Fields(lines[at-1])[1], "+")
		n, err := strconv.ParseInt(start, 10, 64)
		fixture.Must(t, err)
		if want := fmt.Sprintf("0x%x", n); !strings.Contains(text, want) {
			t.Errorf("object %d is at %s: %q", id, want, text)
		}
	}
	const outside = "document.getElementById('map-object').textContent.includes('outside the addresses shown')"
	if p.Text(outside) != "false" {
		t.Errorf("with all addresses shown the object is outside: %q", text)
	}
	p.Point(moments, 0.5, 0.9)
	p.Keys("+++")
	p.Until(outside)
	p.Keys(browser.Escape)
	p.Until("document.querySelectorAll('#maps [data-lit]').length === 0")

	// the colours
	seen := map[string]string{}
	for _, mode := range []string{"fullness", "object", "age", "page"} {
		p.Eval("pick('map-colour', '"+mode+"'); settle()", nil)
		sum := p.Text("sum('#maps .area')")
		if other := seen[sum]; other != "" {
			t.Errorf("%s looks like %s", mode, other)
		}
		seen[sum] = mode
	}
	if caption := p.Text("document.querySelector('#maps .caption').textContent"); number(t, caption, `([\d,]+) entries by address`) !=
		number(t, caption, `4K ([\d,]+)`)+number(t, caption, `64K ([\d,]+)`)+number(t, caption, `2M ([\d,]+)`) {
		t.Errorf("the entries do not add up: %q", caption)
	}
	p.Eval("pick('map-colour', 'fullness')", nil)

	// the difference, held against the traces
	p.Eval("pick('map-diff', '0,1'); settle()", nil)
	theirs, _ := outcomes(t, dir, "gfx", "rangemgr")
	first := 0
	for i := range lines {
		if first == 0 && outcome(lines[i]) != outcome(theirs[i]) {
			first = i + 1
		}
	}
	if got := number(t, p.Text("document.getElementById('map-drift-text').textContent"), `divergence: operation ([\d,]+)`); got != first {
		t.Errorf("they diverge at %d, want %d", got, first)
	}
	p.Click("#map-divergence")
	p.Until(fmt.Sprintf("shown().startsWith('operation %s ')", comma(first)))
	p.Until("location.hash.includes('diff=buddy,rangemgr')")
	p.Eval("pick('map-diff', ''); settle()", nil)

	// strategies and workloads
	p.Click("#map-strategies input:not(:checked)")
	p.Until("document.querySelectorAll('#maps .area').length === 6")
	for _, tt := range []struct{ pair, legend, off string }{{"0,1", "same address.*only here.*:full.*part used", "true"}, {"", "^full.*part used", "false"}} {
		p.Eval("pick('map-diff', '"+tt.pair+"'); settle()", nil)
		if got := p.Text("document.getElementById('map-legend').textContent"); !regexp.MustCompile(tt.legend).MatchString(got) {
			t.Errorf("of three strategies with the difference of %q the legend is %q", tt.pair, got)
		}
		if got := p.Text("String(document.getElementById('map-colour').disabled)"); got != tt.off {
			t.Errorf("with the difference of %q the colours are off: %s", tt.pair, got)
		}
	}
	p.Eval("document.querySelectorAll('#map-strategies input').forEach((b) => { if (b.checked) b.click(); })", nil)
	p.Until("document.querySelectorAll('#maps .area').length === 2 && document.querySelector('#map-strategies input:checked').disabled")
	p.Eval("pick('map-workload', [...document.querySelectorAll('#map-workload option')].find((o) => o.textContent.startsWith('Frame queue')).value); settle()", nil)
	p.Until("location.hash.includes('map=frames') && drawn()")
	if got := p.Text("document.querySelector('#map h2').textContent"); !regexp.MustCompile("^Frame queue[^:]*, .* full *$").MatchString(got) {
		t.Errorf("the heading is %q", got)
	}
	if p.Number("document.querySelectorAll('#map h2 a').length") != 1 {
		t.Error("the heading of another workload has no link to itself")
	}
}

// outcome is what came of a request, blocks that adjoin as one.
func outcome(line string) string {
	if !strings.HasPrefix(line, "= ") {
		return strings.TrimSpace(line)
	}
	var out []string
	end := int64(-1)
	for _, b := range strings.Fields(line[2:]) {
		var start, size int64
		fmt.Sscanf(b, "%d+%d", &start, &size)
		if start != end {
			out = append(out, fmt.Sprint(end, " ", start))
		}
		end = start + size
	}
	return fmt.Sprint(out, end)
}

func comma(n int) string {
	if n < 1000 {
		return strconv.Itoa(n)
	}
	return fmt.Sprintf("%d,%03d", n/1000, n%1000)
}
