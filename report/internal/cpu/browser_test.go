package cpu_test

import (
	"fmt"
	"math"
	"os"
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

// stacksOf are the planted profiles: put calls put in the first.
var stacksOf = map[string]map[string]int{
	"buddy": {
		"a.Replay;x/buddy.(*Allocator).Alloc":                                     400,
		"a.Replay;x/buddy.(*Allocator).Free;x/buddy.(*set).put":                   300,
		"a.Replay;x/buddy.(*Allocator).Free;x/buddy.(*set).put;x/buddy.(*b).put":  200,
		"a.Replay;x/buddy.(*Allocator).Free;x/buddy.merge;x/buddy.<img src=x>":    93,
		"a.Replay;x/buddy.(*Allocator).Free;x/buddy.merge;x/buddy.input":          5,
		"a.Replay;x/buddy.(*Allocator).Free;x/buddy.merge;runtime.memmove;rt.new": 2,
	},
	"rangemgr": {"a.Replay;x/rangemgr.(*manager).Alloc;runtime.memmove": 900, "a.Replay;x/rangemgr.(*manager).Free": 300},
}

// written is the report of the plain run with these profiles.
func written(t *testing.T) string {
	t.Helper()
	browser.Look(t)
	dir := fixture.Plain().Write(t)
	for s, stacks := range stacksOf {
		fixture.WriteProfile(t, dir, s, fixture.MakeProfile("small", stacks))
	}
	path, err := report.Write(dir)
	fixture.Must(t, err)
	return path
}

// share is how much of a profile lies below functions with a text in their names, as the
// page writes it.
func share(strategy, text string) string {
	all, in := 0, 0
	for stack, n := range stacksOf[strategy] {
		all += n
		_, below, _ := strings.Cut(stack, ";")
		for name := range strings.SplitSeq(below, ";") {
			if strings.Contains(name[strings.LastIndex(name, "/")+1:], text) {
				in += n
				break
			}
		}
	}
	return fmt.Sprintf("%.1f\u00a0%%", 100*float64(in)/float64(all))
}

const (
	first = "#flames .flame:nth-of-type(1) "
	drawn = `[...document.querySelectorAll("#flames .flame:nth-of-type(1) li")].map((l) => l.querySelector("span").textContent + " " + Math.round(parseFloat(l.style.width))).join(", ")`
)

func TestZoom(t *testing.T) {
	path := written(t)
	p := browser.Open(t, browser.File(t, path, ""), 1200, 900)
	whole := p.Text(drawn)
	if want := "replay 100, Allocator.Free 60, set.put 50, b.put 20, merge 10, <img src=x> 9, Allocator.Alloc 40"; whole != want {
		t.Fatalf("drawn: %s, want %s", whole, want)
	}
	p.Click(first + "li:nth-child(5) button") // merge
	if got, want := p.Text(drawn), "replay 100, Allocator.Free 100, merge 100, <img src=x> 93, input 5, runtime.memmove 2, rt.new 2"; got != want {
		t.Errorf("zoomed: %s, want %s: those above, at full width, and what was too thin", got, want)
	}
	zoomed := p.Text("location.href")
	p.Keys(browser.Escape)
	if got := p.Text(drawn); got != whole || p.Text("location.hash") != "" {
		t.Errorf("after Escape: %s at %s", got, p.Text("location.hash"))
	}
	p.Go("about:blank")
	p.Go(zoomed)
	if !strings.HasPrefix(p.Text(drawn), "replay 100, Allocator.Free 100, merge 100,") {
		t.Errorf("%s restores %s", zoomed, p.Text(drawn))
	}
	p.Click(first + ".reset")
	if got := p.Text(drawn); got != whole {
		t.Errorf("after a reset: %s", got)
	}
}

// The keyboard moves through the frames, one stop of Tab each graph, and zooms.
func TestKeys(t *testing.T) {
	p := browser.Open(t, browser.File(t, written(t), ""), 1200, 900)
	p.Eval(`document.querySelector("#flamefind").focus()`, nil)
	p.Keys(browser.Tab + browser.Down + browser.Right)
	at := `document.activeElement.querySelector("span").textContent`
	if got := p.Text(at); got != "Allocator.Alloc" {
		t.Errorf("the focus is on %q", got)
	}
	p.Keys(browser.Left + browser.Enter)
	if got := p.Text(drawn); !strings.HasPrefix(got, "replay 100, Allocator.Free 100, set.put 83") || p.Text(at) != "Allocator.Free" {
		t.Errorf("zoomed: %s, the focus is on %q", got, p.Text(at))
	}
	if got := p.Text(`document.querySelector("` + first + `.said").textContent`); !strings.HasPrefix(got, "Allocator.Free: ") || !strings.Contains(got, "60.0\u00a0% of an operation") {
		t.Errorf("said: %q", got)
	}
	p.Keys(browser.Escape + browser.Up + browser.Tab)
	if got := p.Text(at); got != "replay" || p.Number(`[...document.querySelectorAll(".flame")].findIndex((f) => f.contains(document.activeElement))`) == 0 {
		t.Errorf("one stop on the focus is on %q", p.Text(`document.activeElement.outerHTML`))
	}
}

// What is found is marked, and its share is that of the samples, none counted twice.
func TestSearch(t *testing.T) {
	p := browser.Open(t, browser.File(t, written(t), ""), 1200, 900)
	for _, text := range []string{"put", "memmove", "alloc", "input", "nothing"} {
		p.Eval(`document.querySelector("#flamefind").focus()`, nil)
		p.Keys(browser.Escape + text)
		for i, s := range []string{"buddy", "rangemgr"} {
			want := "matches " + share(s, text) + " of the time"
			if text == "alloc" { // whatever the case, also in the name of the type
				want = "matches " + []string{"100.0", "75.0"}[i] + "\u00a0% of the time"
			}
			if got := p.Text(fmt.Sprintf(`document.querySelectorAll("#flames .matches")[%d].textContent`, i)); got != want {
				t.Errorf("%s in %s: %q, want %q", text, s, got, want)
			}
		}
	}
	p.Keys(browser.Escape + "put")
	if got := p.Text(`[...document.querySelectorAll("#flames .hit span")].map((s) => s.textContent).join(" ")`); got != "set.put b.put" {
		t.Errorf("marked: %s", got)
	}
	if got := p.Text("location.hash"); !strings.Contains(got, "put") {
		t.Errorf("the fragment is %s", got)
	}
	p.Keys(browser.Escape)
	if got := p.Text(`document.querySelector("#flames .matches").textContent + location.hash`); got != "" {
		t.Errorf("after Escape: %q", got)
	}
}

// The differential graph is of the side that is chosen, on one scale with the other.
func TestDifferential(t *testing.T) {
	path := written(t)
	p := browser.Open(t, browser.File(t, path, ""), 1200, 900)
	frames := `[...document.querySelectorAll("#flamediff li")].map((l) => l.title).join("\n")`
	width := `parseFloat(document.querySelector("#flamediff li").style.width)`
	if got := strings.ReplaceAll(p.Text(frames), "\u00a0", " "); !strings.HasPrefix(got, "replay, 28") || !strings.Contains(got, " less\nAlloc, ") || !strings.Contains(got, "runtime.memmove, 21") || !strings.Contains(got, " ns, only here\nFree, ") {
		t.Errorf("drawn:\n%s", got)
	}
	if w := p.Number(width); math.Abs(w-100*288.0/682) > 2 {
		t.Errorf("the second takes %.1f %% of the width, want its part of the first", w)
	}
	if got := p.Text(`document.querySelector("#flamediff .limits").textContent`); !strings.HasPrefix(got, "Only in buddy, ") || !strings.Contains(got, "(in Free)") || strings.Contains(got, "memmove") {
		t.Errorf("told: %q", got)
	}
	p.Eval(`const s = document.querySelector("#flamepair"); s.selectedIndex = 1; s.dispatchEvent(new Event("change"))`, nil)
	if got := p.Text(`document.querySelector("#flamediff h3 b").textContent`); got != "buddy" || p.Number(width) != 100 {
		t.Errorf("chosen: %s, %v %% wide", got, p.Number(width))
	}
	if got := p.Text(frames); !strings.Contains(got, " more\n") {
		t.Errorf("drawn:\n%s", got)
	}
	p.Go("about:blank")
	p.Go(browser.File(t, path, "#flame=d:0,0;z:d:1"))
	if got := p.Text(`document.querySelector("#flamediff h3 b").textContent + document.querySelectorAll("#flamediff .above").length`); got != "buddy1" {
		t.Errorf("restored: %s", got)
	}
}

// Without a script the boxes say what they say with one.
func TestNoScript(t *testing.T) {
	path := written(t)
	said := func(script bool) string {
		p := browser.Open(t, "about:blank", 1200, 900)
		p.Script(script)
		p.Go(browser.File(t, path, ""))
		if got := p.Number(`document.querySelectorAll("#cpu :is(input, select, button)").length`); (got == 0) == script {
			t.Errorf("script %v: %v controls", script, got)
		}
		return p.Text(`[...document.querySelectorAll("#flames li, #flamediff li")].map((l) => [l.title, l.className, l.style.left, l.style.width, l.style.getPropertyValue("--t")].join("|")).join("\n")`)
	}
	if with, without := said(true), said(false); with != without || without == "" {
		t.Errorf("without a script\n%s\nwith it\n%s", without, with)
	}
}

// At the width of a telephone and on paper nothing is too wide, and what cannot be used on
// paper is not there.
func TestFlamesFit(t *testing.T) {
	path := written(t)
	p := browser.Open(t, browser.File(t, path, "#flame=z:0:5;q:put"), 390, 800)
	if px := p.Overflow(); px > 0 {
		t.Errorf("%d pixels too wide", px)
	}
	if p.Number(`document.querySelector("#flames li button").getBoundingClientRect().width`) < 300 {
		t.Error("rows of a telephone are not wide")
	}
	p.Resize(800, 800)
	p.Media("print")
	if px := p.Overflow(); px > 0 {
		t.Errorf("%d pixels too wide on paper", px)
	}
	if n := p.Number(`[...document.querySelectorAll("#cpu :is(input, select, .reset, .said)")].filter((e) => e.offsetWidth).length`); n > 0 {
		t.Errorf("%v controls on paper", n)
	}
	if p.Number(`document.querySelector("#flames li button").getClientRects().length`) == 0 {
		t.Error("frames have no names on paper")
	}
}
