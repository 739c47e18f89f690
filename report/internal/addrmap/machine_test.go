package addrmap_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/vramlab/vramlab/internal/browser"
	"github.com/vramlab/vramlab/report"
	"github.com/vramlab/vramlab/report/internal/fixture"
)

// TestMachineMouse zooms with a wheel, which belongs to the page until the maps have the
// focus, and pans by dragging.
func TestMachineMouse(t *testing.T) {
	p := machine(t, fixture.Many(2).Write(t), "#map=gfx", 1440, 900)
	wheel := func(what string) bool {
		var prevented bool
		p.Eval(`(() => { const c = document.querySelector("`+what+`"), r = c.getBoundingClientRect();
			return !c.dispatchEvent(new WheelEvent("wheel", {deltaY: -120, clientX: r.left + r.width / 2, clientY: r.top + r.height / 2, bubbles: true, cancelable: true})); })()`, &prevented)
		p.Eval("settle()", nil)
		return prevented
	}
	ops := p.Number("scrub.max")
	if wheel(histories) || p.Number("scrub.max - scrub.min") != ops {
		t.Error("a wheel zooms maps that have no focus")
	}
	p.Eval("maps.focus()", nil)
	for range 4 {
		if !wheel(histories) {
			t.Error("a wheel does not zoom maps that have the focus")
		}
	}
	span, left := p.Number("scrub.max - scrub.min"), p.Number("scrub.min")
	if span >= ops/2 {
		t.Errorf("%v of %v operations are shown", span, ops)
	}
	drag(p, histories, 0.3, 0.5, 0.6, 0.5)
	if got := p.Number("scrub.min"); got >= left || p.Number("scrub.max - scrub.min") != span {
		t.Errorf("dragged from %v to %v", left, got)
	}
	before := p.Text("sum('" + moments + "')")
	for range 3 {
		wheel(moments)
	}
	if p.Text("sum('"+moments+"')") == before || !strings.Contains(p.Text("document.getElementById('map-window').textContent"), "addresses 0x") {
		t.Error("a wheel over a moment does not zoom addresses")
	}
	p.Click("#map-reset")
	p.Until(fmt.Sprintf("scrub.max - scrub.min === %v", ops))
	p.Point(moments, 0.5, 0.01)
	p.Until("/^Address 0x[0-9a-f]+: buddy .*, rangemgr /.test(document.getElementById('map-address').textContent)")
	if n := p.Number("[...document.querySelectorAll('#maps .spot, #maps .level')].filter((e) => e.offsetWidth).length"); n != 4 {
		t.Errorf("the address is marked on %v maps", n)
	}
}

// drag moves the pressed mouse over an element.
func drag(p *browser.Page, what string, x0, y0, x1, y1 float64) {
	p.Point(what, x0, y0)
	var r [4]float64
	p.Eval(`(() => { const r = document.querySelector("`+what+`").getBoundingClientRect(); return [r.left, r.top, r.width, r.height]; })()`, &r)
	press := func(typ string, x, y float64, buttons int64) {
		p.Eval(fmt.Sprintf(`(() => { const c = document.querySelector("%s"); c.setPointerCapture = () => {};
			c.dispatchEvent(new PointerEvent("%s", {clientX: %v, clientY: %v, buttons: %d, button: 0, pointerId: 1, bubbles: true})); })()`, what, typ, r[0]+x*r[2], r[1]+y*r[3], buttons), nil)
	}
	press("pointerdown", x0, y0, 1)
	press("pointermove", (x0+x1)/2, (y0+y1)/2, 1)
	press("pointermove", x1, y1, 1)
	press("pointerup", x1, y1, 0)
	p.Eval("settle()", nil)
}

// TestMachineFragment restores the view that a fragment names, and does without what it does
// not know.
func TestMachineFragment(t *testing.T) {
	dir := fixture.Many(3).Write(t)
	p := machine(t, dir, "#map=small&op=333&s=rangemgr,buddy_lifo&colour=age&zoom=300-400,0x0-0x400000", 1000, 900)
	view := func() string {
		return p.Text(`[shown().split(" of")[0], [...document.querySelectorAll("#maps .line b")].map((b) => b.textContent), document.getElementById("map-colour").value, scrub.min, scrub.max].join(" ")`)
	}
	if got, want := view(), "operation 333 rangemgr,buddy_lifo age 300 400"; got != want {
		t.Errorf("restored %q, want %q", got, want)
	}
	p.Eval("location.hash = '#map=gfx&op=1000&s=buddy'", nil)
	p.Until("shown().startsWith('operation 1,000 ')")
	p.Eval("settle()", nil)
	if got := view(); !strings.HasPrefix(got, "operation 1,000 buddy fullness 0 ") {
		t.Errorf("a link leads to %q", got)
	}
	p.Eval("location.hash = '#map=%3Cb%3E&op=-7x&s=nobody,toString&colour=constructor&diff=a,b&zoom=9-1,0x-0x'", nil)
	p.Eval("settle()", nil)
	if got := view(); !strings.Contains(got, "fullness 0") {
		t.Errorf("unknown names lead to %q", got)
	}
}

// TestMachineRefusals steps through the refusals that are explained, whose windows are on the
// maps.
func TestMachineRefusals(t *testing.T) {
	dir := fixture.Many(2).Write(t)
	p := machine(t, dir, "#map=gfx", 1440, 900)
	lines, _ := outcomes(t, dir, "gfx", "rangemgr")
	p.Eval("scrubTo(0); settle()", nil)
	p.Click("#map-why summary")
	seen := 0
	for p.Text("document.getElementById('map-next').disabled") == "false" && seen < 5 {
		before := p.Text("shown()")
		p.Click("#map-next")
		p.Until("shown() !== " + strconv.Quote(before))
		p.Eval("settle()", nil)
		op := number(t, p.Text("shown()"), `operation ([\d,]+) of`)
		if !strings.HasPrefix(lines[op-1], "!") {
			t.Errorf("operation %d is no refusal: %q", op, lines[op-1])
		}
		if got := p.Text("document.getElementById('map-whys').textContent"); !strings.Contains(got, "at operation "+comma(op)+".") {
			t.Errorf("at operation %d it says %q", op, got)
		}
		if strings.Contains(p.Text("document.getElementById('map-whys').textContent"), "On the map, dashed") && p.Number("document.querySelectorAll('#maps [data-window]').length") == 0 {
			t.Errorf("at operation %d no window is drawn", op)
		}
		seen++
	}
	if seen == 0 {
		t.Error("no refusal is explained")
	}
}

// TestMachineEarly looks at a page whose tiles are unpacked only when the test lets them: a map
// without its layer does not look like free memory, the layers shown come first, and a click
// before the objects are there is answered when they are.
func TestMachineEarly(t *testing.T) {
	browser.Look(t)
	path, err := report.Write(fixture.Many(3).Write(t))
	fixture.Must(t, err)
	page, err := os.ReadFile(path)
	fixture.Must(t, err)
	const inflate = "async function inflate(text) {"
	if strings.Count(string(page), inflate) != 1 {
		t.Fatal("the page has no inflate to hold up")
	}
	held := strings.Replace(string(page), inflate, inflate+" await new Promise((go) => { (window.held = window.held || []).push(go); });", 1)
	fixture.Must(t, os.WriteFile(path, []byte(held), 0o666))
	p := browser.Open(t, browser.File(t, path, "#map=gfx"), 1440, 900)
	p.Eval(helpers+"window.go = () => held.splice(0).forEach((go) => go());", nil)
	p.Until("window.held && document.querySelectorAll('#maps [aria-busy=true] .area').length === 4")
	if n := p.Number("held.length"); n != 2 {
		t.Errorf("%v tiles are unpacked before two maps are painted", n)
	}
	if got := p.Text("getComputedStyle(document.querySelector('#maps .area')).backgroundImage"); !strings.Contains(got, "gradient") {
		t.Errorf("a map that is not there yet has background %q", got)
	}
	p.Eval("go()", nil)
	p.Until("drawn() && !document.querySelector('#maps [aria-busy=true]')")
	p.Eval("settle()", nil)
	p.ClickAt(moments, 0.01, 0.01)
	p.Until("document.getElementById('map-object').textContent.includes('being unpacked')")
	p.Until("(go(), document.querySelectorAll('#maps [data-lit]').length === 4)")
	if got := p.Text("document.getElementById('map-object').textContent"); !strings.HasPrefix(got, "Object ") {
		t.Errorf("the click is answered %q", got)
	}
}

// TestMachineParts clicks where a file has not all objects, and where it has none.
func TestMachineParts(t *testing.T) {
	browser.Look(t)
	many := fixture.Many(2)
	many.Loads[1].Ops = 20000
	dir := many.Write(t)
	click := func(want string) {
		t.Helper()
		p := machine(t, dir, "", 1440, 900)
		for i := range 40 {
			p.ClickAt(moments, float64(i%10)/10+0.05, float64(i/10)/8+0.05)
			p.Eval("settle()", nil)
			if strings.Contains(p.Text("document.getElementById('map-object').textContent"), want) {
				return
			}
		}
		t.Errorf("no click leads to %q", want)
	}
	some, none := false, false
	for bytes := uint64(400 << 10); bytes > 4<<10 && !(some && none); bytes = bytes * 4 / 5 {
		run, err := report.LoadWith(dir, report.Options{Maps: "gfx", MapBytes: bytes})
		fixture.Must(t, err)
		path, err := run.Write()
		fixture.Must(t, err)
		page, err := os.ReadFile(path)
		fixture.Must(t, err)
		switch text := string(page); {
		case !some && strings.Contains(text, `"complete":false`):
			click("objects that are in this file")
			uneven(t, dir, text)
			some = true
		case !none && strings.Contains(text, `"objects":null`):
			click("No objects of this workload")
			none = true
		}
	}
	if !some || !none {
		t.Errorf("no size leaves some objects (%v) and one none (%v)", some, none)
	}
}

// uneven has all frames of a map without all objects but the last in its first operations: a
// history draws them where they lie, and a zoom tells them apart.
func uneven(t *testing.T, dir, page string) {
	t.Helper()
	list := regexp.MustCompile(`"at":\[[0-9,]+\]`)
	old := list.FindString(page)
	n := strings.Count(old, ",")
	var at strings.Builder
	for i := range n {
		fmt.Fprintf(&at, "%d,", i+1)
	}
	path := filepath.Join(dir, "report.html")
	fixture.Must(t, os.WriteFile(path, []byte(strings.Replace(page, old, `"at":[`+at.String()+old[strings.LastIndex(old, ",")+1:], 1)), 0o666))
	const alike = `(() => {
		const c = document.querySelector("#maps .history .area"), d = pixels(c);
		const column = (x) => { let s = ""; for (let y = 0; y < c.height; y++) s += d.subarray(4 * (y * c.width + x), 4 * (y * c.width + x) + 3); return s; };
		return String([0.2, 0.3, 0.4].filter((x) => column(Math.floor(x * c.width)) === column(Math.floor((x + 0.5) * c.width))).length);
	})()`
	p := machine(t, dir, "", 1440, 900)
	if got := p.Text(alike); got == "0" {
		t.Error("frames of the first operations are drawn all over the history")
	}
	p = machine(t, dir, fmt.Sprintf("#map=gfx&zoom=0-%d,0x0-0x1000000", n), 1440, 900)
	if got := p.Text(alike); got == "3" {
		t.Error("a zoom does not tell these frames apart")
	}
}

// TestMachineBetweenFrames holds what the page counts from objects at a moment between two
// frames against the series of a frame there: the page is told that the frame is one later.
func TestMachineBetweenFrames(t *testing.T) {
	browser.Look(t)
	dir := fixture.Many(3).Write(t)
	path, err := report.Write(dir)
	fixture.Must(t, err)
	page, err := os.ReadFile(path)
	fixture.Must(t, err)
	pattern := regexp.MustCompile(`(?s)(<script type="application/json" id="atlas">)(.*?)(</script>)`)
	var atlas map[string]any
	fixture.Must(t, json.Unmarshal(pattern.FindSubmatch(page)[2], &atlas))
	at := atlas["maps"].([]any)[0].(map[string]any)["at"].([]any)
	middle := len(at) / 2
	fragment := fmt.Sprintf("#map=%s&diff=buddy,rangemgr&op=%v", atlas["maps"].([]any)[0].(map[string]any)["name"], at[middle])
	captions := func() string {
		p := machine(t, dir, fragment, 1000, 800)
		p.Until("document.querySelectorAll('#maps .caption').length === 2")
		p.Until("/^Live at operation [0-9]/.test(document.getElementById('map-drift-text').textContent)")
		return p.Text("[...document.querySelectorAll('#maps .caption'), document.getElementById('map-drift-text')].map((c) => c.textContent.replace(/^Live at operation [0-9,]+/, '') + c.title).join()")
	}
	want := captions()
	if !strings.Contains(want, "at the same addresses") {
		t.Fatalf("there is no difference: %q", want)
	}
	at[middle] = at[middle].(float64) + 1
	changed, err := json.Marshal(atlas)
	fixture.Must(t, err)
	page = pattern.ReplaceAllFunc(page, func(b []byte) []byte {
		parts := pattern.FindSubmatch(b)
		return slices.Concat(parts[1], changed, parts[3])
	})
	fixture.Must(t, os.WriteFile(path, page, 0o666))
	if got := captions(); got != want {
		t.Errorf("between frames it says %q, the series have %q", got, want)
	}
}

// TestMachineElsewhere looks at the maps in the dark, on a phone, on paper, and at rest.
func TestMachineElsewhere(t *testing.T) {
	dir := fixture.Many(6).Write(t)
	names := strings.Join([]string{"buddy", "rangemgr", "buddy_lifo", "segfit", "radix", "slab"}, ",")
	p := machine(t, dir, "#map=gfx&s="+names, 1440, 900)
	if n := p.Number("document.querySelectorAll('#maps .area').length"); n != 12 {
		t.Errorf("%v maps of six strategies", n)
	}
	light := p.Text("sum('#maps .area')")
	p.Click("#theme")
	p.Eval("settle()", nil)
	if p.Text("sum('#maps .area')") == light {
		t.Error("the maps are as light in the dark")
	}
	p.Click("#map-wide")
	p.Eval("settle()", nil)
	if p.Number("maps.clientWidth") < 1300 || p.Overflow() > 0 {
		t.Errorf("wide is %v of 1440, the page %d more", p.Number("maps.clientWidth"), p.Overflow())
	}
	p.Click("#map-wide")
	p.Resize(390, 844)
	p.Media("", "prefers-reduced-motion=reduce")
	p.Eval("settle()", nil)
	if p.Overflow() > 0 {
		t.Errorf("the page is %d pixels wider than a phone", p.Overflow())
	}
	var tops [3]float64
	p.Eval(`["#maps .history:nth-last-of-type(n)", "#scrub", "#maps .moment"].map((s) => document.querySelector(s).getBoundingClientRect().top)`, &tops)
	if tops[0] > tops[1] || tops[1] > tops[2] {
		t.Errorf("history, slider and moment are at %v", tops)
	}
	p.Eval("scrubTo(0); settle()", nil)
	p.Click("#map-play")
	p.Until("Number(scrub.value) > scrub.max / 40") // a step of two dozen
	p.Click("#map-play")
	if p.Text("document.getElementById('map-play').title") != "Play" {
		t.Error("it plays on")
	}
	p.Eval("dispatchEvent(new Event('beforeprint'))", nil)
	p.Media("print")
	if p.Number("document.querySelector('#scrub').offsetHeight + document.querySelector('.bar1').offsetHeight") != 0 || p.Text("drawn()") != "true" {
		t.Error("on paper there are controls, or no maps")
	}
}
