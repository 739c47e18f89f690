package report

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"testing"

	"github.com/vramlab/vramlab/internal/browser"
	"github.com/vramlab/vramlab/report/internal/fixture"
)

func TestMain(m *testing.M) {
	debug.SetGCPercent(400) // pages are large, and gone when their test is
	var err error
	if pages, err = os.MkdirTemp("", "vramlab-report"); err != nil {
		panic(err)
	}
	code := m.Run()
	browser.Stop()
	os.RemoveAll(pages)
	os.Exit(code)
}

// pages is a directory for reports that several tests look at.
var pages string

// manyPage is the report of a fixture with so many strategies, written once.
func manyPage(t *testing.T, strategies int) string {
	t.Helper()
	path := filepath.Join(pages, fmt.Sprint(strategies, ".html"))
	if _, err := os.Stat(path); err == nil {
		return path
	}
	written, err := Write(fixture.Many(strategies).Write(t))
	fixture.Must(t, err)
	fixture.Must(t, os.Rename(written, path))
	return path
}

// eachReport runs a test in a browser on the report that VRAMLAB_REPORT names, or else on
// reports of fixtures with as many strategies.
func eachReport(t *testing.T, strategies []int, test func(t *testing.T, path string)) {
	browser.Look(t)
	if path := os.Getenv("VRAMLAB_REPORT"); path != "" {
		test(t, path)
		return
	}
	for _, n := range strategies {
		t.Run(fmt.Sprint(n, " strategies"), func(t *testing.T) {
			test(t, manyPage(t, n))
		})
	}
}

// settled waits until the maps are painted: scripts of sections may unpack their data first.
func settled(p *browser.Page) {
	p.Until(`document.readyState === "complete" && [...document.querySelectorAll("#map canvas")].filter((c) => c.offsetWidth).slice(0, 1).every((c) => {
		if (!c.width || !c.height) return false;
		const own = Object.assign(document.createElement("canvas"), { width: 40, height: 20 }).getContext("2d", { willReadFrequently: true });
		own.drawImage(c, 0, 0, 40, 20);
		return own.getImageData(0, 0, 40, 20).data.some((v, i) => i % 4 === 3 && v > 0);
	})`)
}

// sticking are the boxes that reach beyond the window, or are cut by a box around them that
// does not scroll.
const sticking = `(() => {
	const out = [];
	for (const e of document.querySelectorAll("header *, main *")) {
		if (!e.checkVisibility() || e.closest(".sr,.named,.skip,.scroll,pre,svg,.sheet,.boxes,.map") && !e.matches(".scroll:has(.times),.scroll:has(.matrix)")) continue;
		const r = e.getBoundingClientRect();
		if (r.width > 1 && (r.right > innerWidth + 1 || r.left < -1) && getComputedStyle(e).position !== "absolute") out.push(e.tagName + "." + e.className + " to " + Math.round(r.right));
		if (e.matches(".scroll") && e.scrollWidth > e.clientWidth + 1) out.push(e.firstElementChild.className + " scrolls by " + (e.scrollWidth - e.clientWidth));
	}
	return out.slice(0, 4).join("; ");
})()`

// TestBrowserWidths: at no width is the page wider than the window, with everything unfolded,
// in light and dark; the bar is whole, and on paper nothing is wider than the page.
func TestBrowserWidths(t *testing.T) {
	eachReport(t, []int{2, 6}, func(t *testing.T, path string) {
		p := browser.Open(t, browser.File(t, path, ""), 1440, 900)
		settled(p)
		background := p.Text("getComputedStyle(document.body).backgroundColor")
		p.Eval(`document.querySelectorAll("main details").forEach((d) => { d.open = true; })`, nil)
		for _, width := range []int{1440, 1280, 1100, 1000, 800, 761, 600, 390, 320} {
			p.Resize(width, 900)
			if px, out := p.Overflow(), p.Text(sticking); px > 0 || out != "" {
				t.Errorf("at %d: %d pixels too wide; %s", width, px, out)
			}
			if bad := p.Text(barCut); bad != "" {
				t.Errorf("at %d the bar is cut: %s", width, bad)
			}
		}
		p.Media("", "prefers-color-scheme=dark")
		p.Resize(1440, 900)
		if p.Text("getComputedStyle(document.body).backgroundColor") == background || p.Overflow() > 0 {
			t.Errorf("dark: background %s as in light, or %d pixels too wide", background, p.Overflow())
		}
		p.Media("print")
		for _, width := range []int{718, 1047} { // A4 upright and across, less the margins
			p.Resize(width, 900)
			if px := p.Overflow(); px > 0 {
				t.Errorf("on paper of %d: %d pixels too wide", width, px)
			}
		}
	})
}

// barCut are the parts of the bar that are not whole, or stand on each other.
const barCut = `(() => {
	const all = [...document.querySelectorAll(".bar .home, .bar .groups a, .menu > summary, #theme")].filter((e) => e.checkVisibility());
	const boxes = all.map((e) => e.getBoundingClientRect());
	return all.filter((e, i) => boxes[i].left < 0 || boxes[i].right > innerWidth || boxes[i].top < 0 || boxes[i].bottom > 46 ||
		e.scrollWidth > e.clientWidth + 1 && e.clientWidth || boxes.some((b, k) => k < i && b.right > boxes[i].left + 1 && boxes[i].right > b.left + 1)).map((e) => e.textContent).join();
})()`

// TestBrowserNoScript: without a script what is left agrees with itself: no control stands
// there dead, no canvas is empty, and a sentence says why there is no map.
func TestBrowserNoScript(t *testing.T) {
	eachReport(t, []int{2}, func(t *testing.T, path string) {
		p := browser.Open(t, "about:blank", 390, 800)
		p.Script(false)
		p.Go(browser.File(t, path, ""))
		for _, width := range []int{390, 800, 1440} {
			p.Resize(width, 900)
			if dead := p.Text(`[...document.querySelectorAll("button,input,select,canvas,output")].filter((e) => e.checkVisibility()).map((e) => e.id || e.className).join()`); dead != "" {
				t.Errorf("at %d without a script: dead controls %s", width, dead)
			}
			if px := p.Overflow(); px > 0 {
				t.Errorf("at %d without a script: %d pixels too wide", width, px)
			}
			if n := p.Number(`[...document.querySelectorAll("#map noscript p, #map .missing")].filter((e) => e.checkVisibility()).length`); n == 0 {
				t.Errorf("at %d without a script nothing says that maps need one", width)
			}
			if n := p.Number(`[...document.querySelectorAll(".fig")].filter((f) => f.checkVisibility() && !f.querySelector("svg")?.getBoundingClientRect().height).length`); n > 0 {
				t.Errorf("at %d without a script %v figures are not there", width, n)
			}
		}
	})
}

// TestBrowserNames: whoever hears the page hears names: of controls, pictures, tables, and
// the landmarks; nothing was loaded from elsewhere.
func TestBrowserNames(t *testing.T) {
	eachReport(t, []int{3}, func(t *testing.T, path string) {
		p := browser.Open(t, browser.File(t, path, ""), 1440, 900)
		settled(p)
		if bad := p.Text(unnamed); bad != "" {
			t.Errorf("without a name: %s", bad)
		}
		if n := p.Number(`document.querySelectorAll("main,header,nav[aria-label]").length`); n != 3 {
			t.Errorf("%v landmarks, want main, header and nav", n)
		}
		if n := p.Number(`performance.getEntriesByType("resource").filter((e) => !e.name.startsWith("data:") && !e.name.startsWith("blob:")).length`); n > 0 {
			t.Errorf("%v things were loaded from elsewhere", n)
		}
	})
}

const unnamed = `(() => {
	const named = (e) => (e.getAttribute("aria-label") || e.getAttribute("aria-labelledby") || e.textContent || "").trim() || e.labels?.length;
	const bad = (e) => {
		if (e.closest("[aria-hidden=true]")) return false;
		if (e.matches("table")) return !(e.getAttribute("aria-label") || e.caption || e.closest("[aria-label]"));
		if (e.matches("svg")) return !(e.getAttribute("role") === "img" && (e.getAttribute("aria-label") || e.querySelector("title")));
		return !named(e);
	};
	return [...document.querySelectorAll("button,input,select,canvas,table,svg,a[href],summary")].filter(bad).slice(0, 5).map((e) => e.outerHTML.slice(0, 90)).join("; ");
})()`

// TestBrowserKeyboard: Tab reaches every control and link that can be seen, and shows where it is.
func TestBrowserKeyboard(t *testing.T) {
	browser.Look(t)
	path, err := Write(fixture.Plain().Write(t))
	fixture.Must(t, err)
	p := browser.Open(t, browser.File(t, path, ""), 1440, 900)
	settled(p)
	p.Eval(`window.reached = new Set(); addEventListener("focusin", (e) => reached.add(e.target))`, nil)
	n := int(p.Number(`document.querySelectorAll("a[href],button,input,select,summary,[tabindex='0']").length`))
	p.Keys(strings.Repeat(browser.Tab, n))
	const left = `[...document.querySelectorAll("a[href],button:enabled,input:not([type=radio]:not(:checked)),select,summary")].filter((e) => e.checkVisibility() && !reached.has(e)).map((e) => e.outerHTML.slice(0, 80)).slice(0, 5).join("; ")`
	if missed := p.Text(left); missed != "" {
		t.Errorf("not reached by Tab: %s", missed)
	}
	p.Eval(`document.querySelector(".menu summary").focus()`, nil)
	p.Keys(browser.Enter)
	p.Until(`document.querySelector(".menu").open`)
	p.Keys(browser.Escape)
	p.Until(`!document.querySelector(".menu").open && document.activeElement.matches(".menu summary")`)
}
