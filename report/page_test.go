package report

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/vramlab/vramlab/report/internal/fixture"
	"github.com/vramlab/vramlab/report/internal/text"
)

// rendered is the page of a directory.
func rendered(t testing.TB, dir string) string {
	t.Helper()
	path, err := Write(dir)
	fixture.Must(t, err)
	data, err := os.ReadFile(path)
	fixture.Must(t, err)
	return string(data)
}

// loaded is the run of a directory.
func loaded(t testing.TB, dir string) *Run {
	t.Helper()
	r, err := Load(dir)
	fixture.Must(t, err)
	return r
}

func TestPage(t *testing.T) {
	for _, n := range []int{1, 2, 4, 5, 7} {
		t.Run(fmt.Sprint(n, " strategies"), func(t *testing.T) {
			t.Parallel()
			page := rendered(t, fixture.Many(n).Write(t))
			checkPage(t, page)
			checkLabels(t, page)
			for _, id := range []string{"verdict", "sg", "times", "fragmentation", "map", "sizes", "builders", "pagetables", "lifetimes", "scaling", "concurrent", "cpu", "again"} {
				if !strings.Contains(page, `<section id="`+id+`"`) {
					t.Errorf("no section %s", id)
				}
			}
			if strings.Contains(page, `class="missing">This run`) {
				t.Error("a section says it has nothing to show")
			}
			maps := 0
			for _, tile := range append(packed.FindAllString(page, -1), series.FindString(page)) {
				maps += len(tile)
			}
			const budget = 850 << 10
			if len(page)-maps > budget {
				t.Errorf("the page has %d bytes beside its maps, more than %d", len(page)-maps, budget)
			}
		})
	}
}

var (
	idPattern   = regexp.MustCompile(` id="([^"]*)"`)
	packed      = regexp.MustCompile(`<script type="text/plain" id="t\d+">([^<]*)</script>`)
	series      = regexp.MustCompile(`<script type="application/json" id="atlas">[^<]*</script>`)
	loadPattern = regexp.MustCompile(`(src|href|action|data)="([^"]*)"|url\(|@import|https?:`)
)

// checkPage holds what must be true of every page.
func checkPage(t *testing.T, page string) {
	t.Helper()
	for _, m := range loadPattern.FindAllStringSubmatch(page, -1) {
		if m[1] == "" || !strings.HasPrefix(m[2], "#") {
			t.Errorf("the page refers to something outside itself: %s", m[0])
		}
	}
	if !strings.Contains(page, "default-src 'none'") {
		t.Error("the page does not forbid itself the network")
	}
	if i := strings.Index(page, "#01FE"); i >= 0 {
		t.Errorf("a sentinel colour is left: %.30s", page[i:])
	}
	if i := strings.IndexFunc(page, func(c rune) bool { return c >= '\uE000' && c < '\uF000' }); i >= 0 {
		t.Errorf("a mark of a strategy is left: %.60q", page[max(0, i-30):])
	}
	page = packed.ReplaceAllString(page, "")
	for _, bad := range []string{"NaN", "ZgotmplZ", "%!", "Infinity"} {
		if i := strings.Index(page, bad); i >= 0 {
			t.Errorf("%q in the page: %.80q", bad, page[max(0, i-40):])
		}
	}
	ids := map[string]bool{}
	for _, m := range idPattern.FindAllStringSubmatch(page, -1) {
		if ids[m[1]] {
			t.Errorf("the id %s is there twice", m[1])
		}
		ids[m[1]] = true
	}
	for _, svg := range strings.Split(page, "<svg ")[1:] {
		head, _, _ := strings.Cut(svg, "</title>")
		if !strings.Contains(head, `role="img"`) || !strings.Contains(head, "<title") {
			t.Errorf("a drawing has no role or no title: %.80q", svg)
		}
	}
}

// checkLabels looks for labels of figures that touch or run past the edge. Times of
// centuries, in damaged files, do.
func checkLabels(t *testing.T, page string) {
	t.Helper()
	for _, d := range fixture.Drawings(t, page) {
		for _, bad := range d.Touching() {
			t.Error(bad)
		}
	}
}

func TestSameBytes(t *testing.T) {
	t.Parallel()
	dir := fixture.Plain().Write(t)
	first := rendered(t, dir)
	if second := rendered(t, dir); first != second {
		t.Error("the same directory gives two different pages")
	}
	moved := t.TempDir()
	fixture.Must(t, os.CopyFS(filepath.Join(moved, "elsewhere"), os.DirFS(dir)))
	if third := rendered(t, filepath.Join(moved, "elsewhere")); first != third {
		t.Error("a run that was moved gives another page")
	}
}

func TestEmptyRun(t *testing.T) {
	dir := t.TempDir()
	fixture.Must(t, os.WriteFile(filepath.Join(dir, "run.bench"), []byte("# vramlab run 1\n"), 0o666))
	page := rendered(t, dir)
	checkPage(t, page)
	r := loaded(t, dir)
	if got := r.Headline(); got != "This run has no results yet" || !strings.Contains(page, got) || len(r.Verdicts()) != 0 {
		t.Errorf("headline %q, verdicts %q", got, r.Verdicts())
	}
}

func TestNoRun(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "nothing")
	if _, err := Write(dir); err == nil || !strings.Contains(err.Error(), filepath.Join(dir, "run.bench")) {
		t.Errorf("got %v, want an error that names the file", err)
	}
}

// A run that was stopped at any line is reported.
func TestStoppedRun(t *testing.T) {
	t.Parallel()
	f := fixture.Plain()
	whole := f.Main()
	for _, share := range []float64{0.02, 0.3, 0.9} {
		dir := f.Write(t)
		fixture.Must(t, os.WriteFile(filepath.Join(dir, "run.bench"), []byte(whole[:int(share*float64(len(whole)))]), 0o666))
		cut(t, filepath.Join(dir, "aa.bench"), share)
		cut(t, filepath.Join(dir, "curves.bench"), share)
		cut(t, filepath.Join(dir, "placements", "gfx.rangemgr.trace.gz"), share)
		page := rendered(t, dir)
		checkPage(t, page)
		if share > 0.05 && !strings.Contains(page, "placements/gfx.rangemgr.trace.gz") {
			t.Errorf("stopped at %v: no warning about the trace that was cut off", share)
		}
	}
}

// cut leaves the first part of a file.
func cut(t *testing.T, path string, share float64) {
	t.Helper()
	data, err := os.ReadFile(path)
	fixture.Must(t, err)
	fixture.Must(t, os.WriteFile(path, data[:int(share*float64(len(data)))], 0o666))
}

// Lines that are no results are warnings; the rest counts.
func TestMalformedLines(t *testing.T) {
	t.Parallel()
	dir := fixture.Plain().Write(t)
	file, err := os.OpenFile(filepath.Join(dir, "run.bench"), os.O_APPEND|os.O_WRONLY, 0)
	fixture.Must(t, err)
	fmt.Fprint(file, "BenchmarkAllocFree/strategy=buddy/workload=small-2 100 twelve ns/op\n"+
		"BenchmarkAllocFree/workload=small-2 100 12 ns/op\n"+
		"BenchmarkAllocFree/strategy=buddy/workload=small-2 100 NaN ns/op\n"+
		"BenchmarkAllocFree/strategy=buddy/workload=small-2 100 12\n")
	fixture.Must(t, file.Close())
	fixture.Must(t, os.WriteFile(filepath.Join(dir, "placements", "odd.trace.gz"), []byte("not a trace\n"), 0o666))
	page := rendered(t, dir)
	checkPage(t, strings.ReplaceAll(page, "NaN sec/op is no measurement", ""))
	for _, want := range []string{"5 warnings, listed at the end", "run.bench:", "no strategy or no workload", "placements/odd.trace.gz:1: ", "missing units"} {
		if !strings.Contains(strings.ReplaceAll(page, text.NBSP, " "), want) {
			t.Errorf("%q is not in the page", want)
		}
	}
	if strings.Contains(page, dir) {
		t.Error("the page names the directory it was made in")
	}
}

// Labels are escaped wherever they stand: text, drawings, the script's data.
func TestEscaping(t *testing.T) {
	t.Parallel()
	f := fixture.Plain()
	f.Strategies = []string{"buddy", `<img_src>`}
	f.Loads[1].Title = `</script><script>alert("1")</script>` + text.Mark(1)
	f.Meta = "# revision: <b>&\n"
	dir := f.Write(t)
	page := rendered(t, dir)
	checkPage(t, page)
	for _, bad := range []string{"<img", "<script>alert", "<b>&"} {
		if i := strings.Index(page, bad); i >= 0 {
			t.Errorf("%q stands unescaped in the page: %.90q", bad, page[max(0, i-40):])
		}
	}
	if !strings.Contains(page, "&lt;/script&gt;") {
		t.Error("the title is not in the page at all")
	}
}
