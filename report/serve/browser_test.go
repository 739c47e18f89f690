package serve

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/vramlab/vramlab/bench/journal"
	"github.com/vramlab/vramlab/internal/browser"
	"github.com/vramlab/vramlab/report/internal/fixture"
)

// TestBrowser uses the pages as a reader does: the list, a report and a comparison from it,
// a profile, at the widths of a desk and a phone. Console errors fail it, also those of a
// policy that a page breaks.
func TestBrowser(t *testing.T) {
	browser.Look(t)
	dir := t.TempDir()
	slow := bare()
	slow.Loads[2].Ns = []float64{120, 85.9}
	slow.Seed = 3
	run := placed(t, fixture.Plain(), dir, "first")
	fixture.WriteFlames(t, run)
	placed(t, slow, dir, "nightly/second run")
	placed(t, bare(), dir, "a name that is far too long for a telephone and has a <script>alert(1)<script> in it/with_underscores_that_no_line_can_be_broken_at_whatever_the_width")
	fixture.Must(t, os.MkdirAll(filepath.Join(dir, "broken"), 0o777))
	fixture.Must(t, os.WriteFile(filepath.Join(dir, "broken", "journal"), []byte("x\n"), 0o666))
	s := open(t, dir)
	p := browser.Open(t, s.url+"/", 1440, 900)
	p.Until(`document.querySelectorAll("[data-run]").length === 4`)

	p.Click(`[data-run="first"] input[name=old]`)
	p.Click(`[data-run="nightly/second run"] input[name=new]`)
	p.Click("button")
	p.Until(`document.querySelector("h1")?.textContent.includes("worse") && document.querySelector("tr.worse th")`)
	if got := p.Text(`document.querySelector("tr.worse th").textContent`); got != "AllocFree/strategy=buddy/workload=frames" {
		t.Errorf("the first row is %s", got)
	}
	p.Click("input[name=gate]")
	p.Keys("ns/op +1%" + browser.Enter)
	p.Until(`document.querySelector("main")?.textContent.includes("VIOLATED")`)

	for _, path := range []string{"/", "/run/first/", "/run/nightly%2Fsecond%20run/", "/run/broken/", "/compare", "/compare?old=first&new=nightly%2Fsecond+run&all=1", "/nothing"} {
		p.Resize(1440, 900)
		p.Go(s.url + path)
		if path == "/nothing" {
			p.Forgive() // the browser notes that it is not there
		}
		for _, width := range []int{1440, 800, 390} {
			p.Resize(width, 800)
			if over := p.Overflow(); over > 0 {
				t.Errorf("%s is %d pixels wider than %d", path, over, width)
			}
		}
	}
	p.Resize(1440, 900)

	// The report draws its map and keeps its state in a sandbox, where it has no origin.
	p.Go(s.url + "/run/first/report.html")
	p.Until(`document.querySelector("h1") && document.querySelector("canvas")`)
	if got := p.Text(`self.origin`); got != "null" {
		t.Errorf("the report has the origin %s", got)
	}

	p.Go(s.url + "/run/first/")
	p.Click(`main a[href$="profiles/buddy.pprof/"]`)
	p.Until(`location.pathname.endsWith("/flamegraph") && document.querySelectorAll("#stack-chart .boxtext, .boxtext").length > 2`)
	if got := p.Text(`self.origin`); got != "null" {
		t.Errorf("a page of pprof has the origin %s", got)
	}
	boxes := p.Number(`document.querySelectorAll(".boxtext").length`)
	p.Click(".boxtext:nth-of-type(1)")
	p.Until(`document.querySelectorAll(".boxtext").length > 0`)
	if boxes < 3 {
		t.Errorf("%v boxes", boxes)
	}
	p.Go(s.url + "/run/first/profiles/buddy.pprof/top")
	p.Until(`document.querySelectorAll("#toptable tr").length > 2`)

	p.Media("", "prefers-color-scheme=dark")
	p.Go(s.url + "/")
	if got := p.Text(`getComputedStyle(document.body).backgroundColor`); got != "rgb(18, 21, 26)" {
		t.Errorf("in the dark the page is %s", got)
	}
}

// TestBrowserLive: the pages of a run that is going on change by themselves, from its
// first line to its end.
func TestBrowserLive(t *testing.T) {
	browser.Look(t)
	dir := t.TempDir()
	placed(t, bare(), dir, "done")
	s := open(t, dir)
	s.s.again = 0
	list := browser.Open(t, s.url+"/", 1000, 800)
	g := begin(t, dir, "run")
	list.Until(`document.querySelectorAll("[data-run]")?.length === 2`) // without being asked to
	g.did(journal.Step{Phase: journal.SetUp, At: 1, Of: goingCells})
	g.round(1, 3)
	p := browser.Open(t, s.url+"/run/run/", 390, 800)
	p.Until(`document.querySelector("[data-field=words]")?.textContent === "running in round 1 of 10"`)
	g.round(2, 6)
	p.Until(`document.querySelector("[data-field=words]")?.textContent === "running after round 2 of 10"`)
	p.Until(`document.querySelector("progress")?.value === 18`)
	p.Until(`document.querySelector("[data-field=headline]")?.textContent.includes("Still running")`)
	g.round(9, 6)
	p.Until(`document.querySelector("[data-field=verdicts]")?.children.length === 3`)
	list.Until(`document.querySelector("[data-run=run] [data-field=words]")?.textContent === "running after round 9 of 10"`)
	g.end()
	p.Until(`document.querySelector("[data-field=words]")?.textContent === "done"`)
	p.Until(`document.querySelectorAll("h2")[0]?.textContent === "Verdicts" && document.querySelectorAll("[data-field=verdicts] li")?.length === 3`)
	if p.Overflow() > 0 {
		t.Error("the page is wider than a phone")
	}
	list.Until(`document.querySelector("[data-run=run]")?.dataset.phase === "done"`)
}

// TestBrowserPlain: without a script the page of a run that is going on loads itself again.
func TestBrowserPlain(t *testing.T) {
	browser.Look(t)
	dir := t.TempDir()
	g := begin(t, dir, "run")
	g.round(3, 3)
	s := open(t, dir)
	p := browser.Open(t, s.url+"/style.css", 800, 600)
	p.Script(false)
	p.Go(s.url + "/run/run/")
	g.round(4, 3)
	p.Until(`document.querySelector("[data-field=words]")?.textContent === "running in round 4 of 10"`)
}
