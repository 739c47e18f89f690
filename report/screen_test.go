package report

import (
	"compress/gzip"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/vramlab/vramlab/internal/browser"
	"github.com/vramlab/vramlab/report/internal/fixture"
)

// firstScreen measures what a reader sees without scrolling: the share of the window that
// canvases and drawings cover, and the words. A word has a letter or a digit; what controls
// hold to choose from is not read.
const firstScreen = `(() => {
	const inWindow = (r) => Math.max(0, Math.min(r.right, innerWidth) - Math.max(r.left, 0)) * Math.max(0, Math.min(r.bottom, innerHeight) - Math.max(r.top, 0));
	const words = [];
	let area = 0;
	for (const e of document.querySelectorAll("canvas,svg")) if (e.checkVisibility()) area += inWindow(e.getBoundingClientRect());
	const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
	for (let n; (n = walk.nextNode());) {
		const e = n.parentElement;
		if (!n.data.trim() || e.closest("script,style,noscript,option,title,desc,.named,.sr") || !e.checkVisibility({ visibilityProperty: true, opacityProperty: true })) continue;
		for (const m of n.data.matchAll(/\S+/g)) {
			const range = document.createRange();
			range.setStart(n, m.index);
			range.setEnd(n, m.index + m[0].length);
			const r = range.getBoundingClientRect();
			if (/[\p{L}\p{N}]/u.test(m[0]) && r.width > 1 && inWindow(r) > r.width * r.height / 2) words.push(m[0]);
		}
	}
	const box = (s) => { const r = document.querySelector(s)?.getBoundingClientRect(); return r ? [r.left, r.top, r.right, r.bottom] : null; };
	return { share: area / innerWidth / innerHeight, words: words.length, said: words.join(" "), map: box("#map"), verdict: box("#verdict"), matrix: box("#matrix") };
})()`

type seenFirst struct {
	Share                float64
	Words                int
	Said                 string
	Map, Verdict, Matrix *[4]float64
}

func look(t *testing.T, path string) (p *browser.Page, seen seenFirst) {
	t.Helper()
	p = browser.Open(t, browser.File(t, path, ""), 1440, 900)
	settled(p)
	p.Eval(firstScreen, &seen)
	return p, seen
}

// TestBrowserFirstScreen: figures fill half of the first screen, which has fewer than 120
// words: the map at the left, the decision at its right, the matrix below both.
func TestBrowserFirstScreen(t *testing.T) {
	eachReport(t, []int{2, 6}, func(t *testing.T, path string) {
		p, seen := look(t, path)
		t.Logf("figures cover %.1f %%, %d words", 100*seen.Share, seen.Words)
		if seen.Share < 0.5 || seen.Words >= 120 {
			t.Errorf("figures cover %.1f %%, %d words: %s", 100*seen.Share, seen.Words, seen.Said)
		}
		m, v, x := seen.Map, seen.Verdict, seen.Matrix
		if m == nil || v == nil || x == nil || m[2] > v[0] || v[2] > 1440 || x[1] < m[3]-1 || x[1] < v[3]-1 || m[1] > 100 || v[1] > 100 {
			t.Errorf("map %v, verdict %v, matrix %v", m, v, x)
		}
		p.Eval(`document.getElementById("map").classList.add("wide")`, nil)
		if w := p.Number(`document.getElementById("map").getBoundingClientRect().width`); w < 1350 {
			t.Errorf("the wide map has %v pixels", w)
		}
	})
}

// TestBrowserOddRuns: runs that lack something have no hole where it would be, and say it.
func TestBrowserOddRuns(t *testing.T) {
	browser.Look(t)
	bare := fixture.Plain()
	bare.Bare = true
	single := fixture.Plain()
	single.Loads = single.Loads[1:2]
	alone := fixture.Plain()
	alone.Strategies = alone.Strategies[:1]
	brought := fixture.Plain()
	brought.Meta += "# brought: frames\n"
	for _, tt := range []struct {
		name, dir string
		hasMap    bool
		says      string
	}{
		{"no placements", bare.Write(t), false, "Take "},
		{"one workload", single.Write(t), true, "for Graphics mix"},
		{"one strategy", alone.Write(t), true, "buddy serves all"},
		{"brought", brought.Write(t), true, "Nothing decides"},
		{"empty", emptyRun(t), false, "This run has no results yet"},
	} {
		path, err := Write(tt.dir)
		fixture.Must(t, err)
		p := browser.Open(t, browser.File(t, path, ""), 1440, 900)
		p.Until(`document.readyState === "complete"`)
		if h1 := p.Text(`document.querySelector("h1").textContent`); !strings.Contains(h1, tt.says) {
			t.Errorf("%s: the headline is %q", tt.name, h1)
		}
		if got := p.Number(`document.querySelector(".screen #map") ? 1 : 0`); (got == 1) != tt.hasMap {
			t.Errorf("%s: %v maps on the first screen", tt.name, got)
		}
		if x := p.Number(`document.getElementById("verdict").getBoundingClientRect().left`); !tt.hasMap && x > 400 {
			t.Errorf("%s: the verdict begins at %v, where a map would leave it", tt.name, x)
		}
		if px := p.Overflow(); px > 0 {
			t.Errorf("%s: %d pixels too wide", tt.name, px)
		}
		if tt.name == "brought" {
			if first := p.Text(`document.querySelector("#matrix tbody th").firstChild.data.trim() + ", " + document.querySelectorAll("#matrix .beside tbody tr").length`); first != "Frame queue, 2" {
				t.Errorf("the matrix begins with %s folded", first)
			}
		}
	}
}

// emptyRun is a run that was stopped before its first result.
func emptyRun(t *testing.T) string {
	dir := t.TempDir()
	fixture.Must(t, os.WriteFile(filepath.Join(dir, "run.bench"), []byte("# vramlab run 1\n# date: 2026-11-22T01:02:03Z\n"), 0o666))
	return dir
}

// TestBrowserLinks: cells lead to their evidence, the view stands in the fragment and comes
// back, links within the page keep it, and the bar marks what is read.
func TestBrowserLinks(t *testing.T) {
	browser.Look(t)
	path, err := Write(fixture.Plain().Write(t))
	fixture.Must(t, err)
	p := browser.Open(t, browser.File(t, path, "#map=gfx&op=5"), 1440, 900)
	settled(p)
	var dead []string
	p.Eval(`[...document.querySelectorAll("a[href^='#']")].map((a) => a.getAttribute("href").slice(1)).filter((h) => !h.includes("=") && !document.getElementById(decodeURIComponent(h)))`, &dead)
	if len(dead) > 0 {
		t.Errorf("links to nothing: %q", dead)
	}
	if n := p.Number(`document.querySelectorAll("#matrix td a[href]").length`); n < 15 {
		t.Errorf("%v links in the matrix", n)
	}
	if n := p.Number(`[...document.querySelectorAll("main section > h2")].filter((h) => !h.querySelector("a.self-link[href]")).length`); n > 0 {
		t.Errorf("%v headings without a link to themselves", n)
	}
	near := func(id string) {
		t.Helper()
		p.Until(`(() => { const top = document.getElementById(` + quoted(id) + `).getBoundingClientRect().top; return top > -5 && top < 120 || scrollY + innerHeight >= document.documentElement.scrollHeight - 2 && top > 0 && top < innerHeight; })()`)
	}
	p.Eval(`document.documentElement.style.scrollBehavior = "auto"`, nil)
	p.Click(`#matrix tbody tr:first-child td a[href^="#pagetables-"]`)
	near("pagetables-small")
	if got := p.Text("location.hash"); got != "#pagetables-small&map=gfx&op=5" {
		t.Errorf("the fragment is %s", got)
	}
	if !strings.Contains(p.Text(`[...document.querySelectorAll("nav a[aria-current]")].map((a) => a.textContent).join()`), "Driver") {
		p.Until(`[...document.querySelectorAll("nav a[aria-current]")].some((a) => a.textContent === "Page tables")`)
	}
	p.Eval("history.back()", nil)
	p.Until(`location.hash === "#map=gfx&op=5"`)
	p.Click(".menu summary")
	p.Click(`.sheet a[href="#times"]`)
	near("times")
	p.Until(`!document.querySelector(".menu").open && location.hash === "#times&map=gfx&op=5"`)
	p.Click(`#matrix tbody tr:first-child td a[href^="#map="]`)
	near("map")
	p.Eval(`lab.state.set({op: 7})`, nil)
	if got := p.Text(`location.hash + " " + lab.state.get("op")`); !strings.HasPrefix(got, "#map=small&op=7") || !strings.HasSuffix(got, " 7") {
		t.Errorf("after a scrub the fragment is %s", got)
	}
	// What is folded is unfolded for who comes by a link.
	p.Go("about:blank")
	p.Go(browser.File(t, path, "#sgtables-grow~20frames"))
	near("sgtables-grow~20frames")
	p.Go("about:blank")
	p.Go(browser.File(t, path, "#matrix&map=gfx"))
	near("matrix")
}

// TestBrowserMatrixRows: in the matrix of many strategies each value stands beside the name of
// its strategy, on a screen and on paper, and no word lies over a value.
func TestBrowserMatrixRows(t *testing.T) {
	eachReport(t, []int{5}, func(t *testing.T, path string) {
		p := browser.Open(t, browser.File(t, path, ""), 1440, 900)
		settled(p)
		for _, medium := range []string{"screen", "print"} {
			p.Media(medium)
			if off := p.Text(`[...document.querySelectorAll(".matrix tbody tr")].flatMap((row) => {
				const tops = (what, from) => [...from.querySelectorAll(what)].map((e) => e.getBoundingClientRect()).map((r) => (r.top + r.bottom) / 2);
				const names = tops(".who b", row);
				return [...row.querySelectorAll("td.num")].filter((cell) => tops(".line", cell).some((y, i) => Math.abs(y - names[i]) > 3)).map((cell) => cell.innerText);
			}).length`); off != "0" {
				t.Errorf("%s: in %s cells a value is not beside its name", medium, off)
			}
		}
	})
}

func quoted(s string) string { b, _ := json.Marshal(s); return string(b) }

var pdfPage = regexp.MustCompile(`/Type\s*/Page\b`)

// TestBrowserPrint: a report is at most 12 pages of A4, nothing in it wider than a page.
func TestBrowserPrint(t *testing.T) {
	eachReport(t, []int{5}, func(t *testing.T, path string) {
		printed(t, path, 12)
	})
}

// TestBrowserPrintFive: what a run of the default workloads measured of five strategies is at
// most 12 pages; its map, which needs the placements that testdata does not have, is one of them.
func TestBrowserPrintFive(t *testing.T) {
	browser.Look(t)
	dir := t.TempDir()
	for _, name := range []string{"run.bench", "aa.bench", "curves.bench"} {
		in, err := os.Open(filepath.Join("testdata", "five", name+".gz"))
		fixture.Must(t, err)
		unpacked, err := gzip.NewReader(in)
		fixture.Must(t, err)
		data, err := io.ReadAll(unpacked)
		fixture.Must(t, err)
		fixture.Must(t, in.Close())
		fixture.Must(t, os.WriteFile(filepath.Join(dir, name), data, 0o666))
	}
	path, err := Write(dir)
	fixture.Must(t, err)
	p := printed(t, path, 11)
	if told := p.Text(`["#pays", "#managed", "#walks", "#lifetimes"].filter((id) => !getComputedStyle(document.querySelector(id + " .scroll"), "::after").content.includes("in the file")).join()`); told != "" {
		t.Errorf("rows are folded on paper without a word in %s", told)
	}
}

// printed holds a report to so many pages of A4, nothing in it wider than a page, and returns
// it as it is on paper.
func printed(t *testing.T, path string, most int) *browser.Page {
	t.Helper()
	p := browser.Open(t, browser.File(t, path, ""), 1440, 900)
	settled(p)
	pages := len(pdfPage.FindAll(p.Print(), -1))
	t.Logf("%d pages", pages)
	if pages < 2 || pages > most {
		t.Errorf("%d pages, want at most %d", pages, most)
	}
	p.Media("print")
	p.Resize(718, 1047)
	if wide := p.Text(`[...document.querySelectorAll("main *")].filter((e) => e.checkVisibility() && !e.closest("svg,.boxes,.named,.sr") && e.getBoundingClientRect().right > 719).map((e) => e.tagName + "." + e.className).slice(0, 4).join("; ")`); wide != "" {
		t.Errorf("wider than a page: %s", wide)
	}
	return p
}
