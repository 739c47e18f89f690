// Package browser opens pages in a real Chromium for tests.
//
// Each [Open] has a tab of its own in one browser a test binary, so that a test pays a
// second for the first page and little for each other. A page fails its test at the end if
// the console had an error or a script threw. Without a Chromium in PATH the test is
// skipped, unless VRAMLAB_BROWSER is set, as .ci/run does: then it fails.
//
// Time is real: what a script does later is waited for with [Page.Until], and measured with
// the page's own clock. The browser has no network but what a test serves on this machine.
package browser

import (
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// Required is the variable that makes a missing browser a failure.
const Required = "VRAMLAB_BROWSER"

// longest is the time a page has for one thing that is asked of it.
const longest = 60 * time.Second

// started is the browser of this test binary; it ends with the process.
var started = sync.OnceValues(func() (context.Context, error) {
	opts := append(slices.Clone(chromedp.DefaultExecAllocatorOptions[:]),
		chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.Flag("allow-file-access-from-files", true),
		chromedp.Flag("host-resolver-rules", "MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost"),
		chromedp.Flag("disable-quic", true),
		chromedp.Flag("disable-component-update", true),
		chromedp.Flag("force-color-profile", "srgb"),
	)
	alloc, _ := chromedp.NewExecAllocator(context.Background(), opts...)
	ctx, _ := chromedp.NewContext(alloc)
	return ctx, chromedp.Do(ctx)
})

// Stop ends the browser, if there is one. A TestMain calls it behind m.Run: a browser that
// is not stopped dies with the test binary, but leaves its profile in the temporary directory.
func Stop() {
	if asked {
		if ctx, err := started(); err == nil {
			_ = chromedp.Cancel(ctx)
		}
	}
}

var asked bool

// A Page is a tab.
type Page struct {
	t   testing.TB
	ctx context.Context

	mu     sync.Mutex
	errors []string
}

// Look says whether there is a browser, and skips the test or fails it where there is none.
func Look(t testing.TB) {
	t.Helper()
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if _, err := exec.LookPath(name); err == nil {
			return
		}
	}
	if os.Getenv(Required) != "" {
		t.Fatal("no Chromium in PATH, and " + Required + " asks for one")
	}
	t.Skip("no Chromium in PATH; .ci/run installs one")
}

// File is the address of a file on this machine, with a query or fragment behind it.
func File(t testing.TB, path, behind string) string {
	t.Helper()
	path, err := filepath.Abs(path)
	if err != nil {
		t.Fatal(err)
	}
	return "file://" + filepath.ToSlash(path) + behind
}

// Open opens an address in a window of that many CSS pixels and waits until it is loaded.
func Open(t testing.TB, url string, width, height int) *Page {
	t.Helper()
	Look(t)
	asked = true
	parent, err := started()
	if err != nil {
		t.Fatalf("Chromium does not start: %v", err)
	}
	ctx, cancel := chromedp.NewContext(parent)
	p := &Page{t: t, ctx: ctx}
	t.Cleanup(func() {
		cancel()
		p.mu.Lock()
		defer p.mu.Unlock()
		for _, e := range p.errors {
			t.Errorf("console of %s: %s", url, e)
		}
	})
	messages := chromedp.Console(ctx)
	go func() {
		for m, err := range messages {
			if err != nil {
				return
			}
			p.note(m)
		}
	}()
	p.Resize(width, height)
	p.Go(url)
	return p
}

// note keeps what a page complains of.
func (p *Page) note(m chromedp.ConsoleMessage) {
	if m.IsException() || slices.Contains([]string{"error", "warning", "assert"}, string(m.Type)) {
		p.mu.Lock()
		p.errors = append(p.errors, m.String())
		p.mu.Unlock()
	}
}

// Forgive drops what the console said so far, for a test that provoked it, and returns it.
func (p *Page) Forgive() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	said := p.errors
	p.errors = nil
	return said
}

// Do runs actions of the protocol.
func (p *Page) Do(actions ...chromedp.Action[chromedp.Void]) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, longest)
	defer cancel()
	if err := chromedp.Do(ctx, actions...); err != nil {
		p.t.Fatal(err)
	}
}

// take is the value of an action.
func take[T any](p *Page, a chromedp.Action[T]) T {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, longest)
	defer cancel()
	v, err := chromedp.Run(ctx, a)
	if err != nil {
		p.t.Fatal(err)
	}
	return v
}

// call runs a command of the protocol.
func call[P, R any](p *Page, c cdp.Command[P, R], params P) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, longest)
	defer cancel()
	if _, err := chromedp.Call(ctx, c, params); err != nil {
		p.t.Fatal(err)
	}
}

// Go opens another address in the same tab.
func (p *Page) Go(url string) { p.t.Helper(); p.Do(chromedp.Navigate(url)) }

// Resize gives the window another size in CSS pixels. Unlike a window's, the width may be
// that of a phone.
func (p *Page) Resize(width, height int) {
	p.t.Helper()
	call(p, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{
		Width: int64(width), Height: int64(height), DeviceScaleFactor: 1, Mobile: width < 600,
	})
}

// Media makes the page believe a media type ("print", "" for a screen) and features, as in
// "prefers-color-scheme=dark".
func (p *Page) Media(medium string, features ...string) {
	p.t.Helper()
	var list []*emulation.MediaFeature
	for _, f := range features {
		name, value, _ := strings.Cut(f, "=")
		list = append(list, &emulation.MediaFeature{Name: name, Value: value})
	}
	call(p, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: medium, Features: list})
}

// Script turns the scripts of pages opened after it on or off. [Page.Eval] works without.
func (p *Page) Script(on bool) {
	p.t.Helper()
	call(p, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: !on})
}

// Eval is the value of an expression, which may be a promise, decoded from JSON into out; out
// may be nil.
func (p *Page) Eval(js string, out any) {
	p.t.Helper()
	if out == nil {
		take(p, chromedp.Evaluate[chromedp.Void](js, chromedp.EvalAwaitPromise))
		return
	}
	raw := take(p, chromedp.Evaluate[[]byte](js, chromedp.EvalAwaitPromise, chromedp.EvalAsValue))
	if err := json.Unmarshal(raw, out); err != nil {
		p.t.Fatalf("%s is %s: %v", js, raw, err)
	}
}

// Text is the text of an expression.
func (p *Page) Text(js string) (s string) { p.t.Helper(); p.Eval("String("+js+")", &s); return s }

// Number is the value of an expression as a number.
func (p *Page) Number(js string) (v float64) { p.t.Helper(); p.Eval("Number("+js+")", &v); return v }

// Until waits until an expression is true, also over a reload of the page.
func (p *Page) Until(js string) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, longest)
	defer cancel()
	for {
		ok, err := chromedp.Run(ctx, chromedp.Evaluate[bool]("Boolean("+js+")"))
		if ok && err == nil {
			return
		}
		if ctx.Err() != nil {
			p.t.Fatalf("it does not become true: %s (%v)", js, err)
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// Click clicks the middle of the first element that a selector finds, which it scrolls into
// view, with a real mouse.
func (p *Page) Click(selector string) {
	p.t.Helper()
	p.Eval(`document.querySelector(`+quote(selector)+`)?.scrollIntoView({block: "center", behavior: "instant"})`, nil) // or a smooth scroll moves it away
	p.Do(chromedp.Click(chromedp.CSS(selector)))
}

// ClickAt clicks at a share of the width and height of an element.
func (p *Page) ClickAt(selector string, x, y float64) {
	p.t.Helper()
	left, top := p.at(selector, x, y)
	p.Do(chromedp.MouseClickXY(left, top))
}

// Point moves the mouse to a share of the width and height of an element.
func (p *Page) Point(selector string, x, y float64) {
	p.t.Helper()
	left, top := p.at(selector, x, y)
	p.Do(chromedp.MouseEvent(chromedp.MouseMoved, left, top))
}

func (p *Page) at(selector string, x, y float64) (left, top float64) {
	p.t.Helper()
	var box [4]float64
	p.Eval(`(() => { const e = document.querySelector(`+quote(selector)+`); e.scrollIntoView({block: "center", behavior: "instant"});
		const r = e.getBoundingClientRect(); return [r.left, r.top, r.width, r.height]; })()`, &box)
	return box[0] + x*box[2], box[1] + y*box[3]
}

// Keys types keys, as in "abc" + browser.Right, into what has the focus.
func (p *Page) Keys(keys string) { p.t.Helper(); p.Do(chromedp.KeyEvent(keys)) }

// Keys that are no letters.
const (
	Left, Right, Up, Down = kb.ArrowLeft, kb.ArrowRight, kb.ArrowUp, kb.ArrowDown
	Enter, Escape, Tab    = kb.Enter, kb.Escape, kb.Tab
)

// Screenshot is what the window shows, as PNG.
func (p *Page) Screenshot() (png []byte) { p.t.Helper(); return take(p, chromedp.CaptureScreenshot()) }

// Print is the page on A4 with the margins of its own rules, as PDF.
func (p *Page) Print() (pdf []byte) {
	p.t.Helper()
	return take(p, chromedp.PrintToPDF(chromedp.PDFPaper(chromedp.PaperA4), chromedp.PDFPreferCSSPageSize(), chromedp.PDFPrintBackground()))
}

// Overflow is by how many pixels the page is wider than its window.
func (p *Page) Overflow() int {
	p.t.Helper()
	return int(p.Number("document.documentElement.scrollWidth - document.documentElement.clientWidth"))
}

func quote(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`).Replace(s) + `"`
}
