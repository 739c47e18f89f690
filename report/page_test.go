package report

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// rendered is the page of a directory.
func rendered(t testing.TB, dir string) string {
	t.Helper()
	path, err := Write(dir)
	must(t, err)
	data, err := os.ReadFile(path)
	must(t, err)
	return string(data)
}

func TestPage(t *testing.T) {
	for _, n := range []int{1, 2, 4, 5, 7} {
		t.Run(fmt.Sprint(n, " strategies"), func(t *testing.T) {
			t.Parallel()
			page := rendered(t, manyFixture(n).write(t))
			checkPage(t, page)
			for _, id := range []string{"verdict", "sg", "times", "fragmentation", "map", "sizes", "builders", "pagetables", "lifetimes", "scaling", "concurrent", "cpu", "again"} {
				if !strings.Contains(page, `<section id="`+id+`"`) {
					t.Errorf("no section %s", id)
				}
			}
			if strings.Contains(page, `class="missing">This run`) {
				t.Error("a section says it has nothing to show")
			}
			const budget = 700 << 10
			if len(page) > budget {
				t.Errorf("the page has %d bytes, more than %d", len(page), budget)
			}
		})
	}
}

// manyFixture is plainFixture with one to seven strategies.
func manyFixture(n int) fixture {
	f := plainFixture()
	f.strategies = []string{"buddy", "rangemgr", "buddy_lifo", "segfit", "radix", "slab", "best_fit"}[:n]
	f.scatter = []bool{true, false, false, true, false, false, true}
	for i := range f.loads {
		l := &f.loads[i]
		l.ns = append(l.ns, l.ns[0]*0.9, l.ns[0]*0.5, l.ns[0]*0.7, l.ns[0]*3, l.ns[0])
		if l.served != nil {
			l.served = append(l.served, 99, 100, 98, 100, 100)
		}
	}
	return f
}

var (
	idPattern   = regexp.MustCompile(` id="([^"]*)"`)
	packed      = regexp.MustCompile(`"data":"[^"]*"`)
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
	if i := strings.IndexFunc(page, func(c rune) bool { return c >= firstMark && c < firstMark+0x1000 }); i >= 0 {
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

func TestSameBytes(t *testing.T) {
	t.Parallel()
	dir := plainFixture().write(t)
	first := rendered(t, dir)
	if second := rendered(t, dir); first != second {
		t.Error("the same directory gives two different pages")
	}
	moved := t.TempDir()
	must(t, os.CopyFS(filepath.Join(moved, "elsewhere"), os.DirFS(dir)))
	if third := rendered(t, filepath.Join(moved, "elsewhere")); first != third {
		t.Error("a run that was moved gives another page")
	}
}

func TestEmptyRun(t *testing.T) {
	dir := t.TempDir()
	must(t, os.WriteFile(filepath.Join(dir, "run.bench"), nil, 0o666))
	page := rendered(t, dir)
	checkPage(t, page)
	r := load(t, dir)
	if got := headlineOf(r); got != "This run holds no results yet" || !strings.Contains(page, got) || len(verdictsOf(r)) != 0 {
		t.Errorf("headline %q, verdicts %q", got, verdictsOf(r))
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
	f := plainFixture()
	whole := f.main()
	for _, share := range []float64{0.02, 0.3, 0.9} {
		dir := f.write(t)
		must(t, os.WriteFile(filepath.Join(dir, "run.bench"), []byte(whole[:int(share*float64(len(whole)))]), 0o666))
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
	must(t, err)
	must(t, os.WriteFile(path, data[:int(share*float64(len(data)))], 0o666))
}

// Lines that are no results are warnings; the rest counts.
func TestMalformedLines(t *testing.T) {
	t.Parallel()
	dir := plainFixture().write(t)
	file, err := os.OpenFile(filepath.Join(dir, "run.bench"), os.O_APPEND|os.O_WRONLY, 0)
	must(t, err)
	fmt.Fprint(file, "BenchmarkAllocFree/strategy=buddy/workload=small-2 100 twelve ns/op\n"+
		"BenchmarkAllocFree/workload=small-2 100 12 ns/op\n"+
		"BenchmarkAllocFree/strategy=buddy/workload=small-2 100 NaN ns/op\n"+
		"BenchmarkAllocFree/strategy=buddy/workload=small-2 100 12\n")
	must(t, file.Close())
	must(t, os.WriteFile(filepath.Join(dir, "placements", "odd.trace.gz"), []byte("not a trace\n"), 0o666))
	page := rendered(t, dir)
	checkPage(t, strings.ReplaceAll(page, "NaN sec/op is no measurement", ""))
	for _, want := range []string{"5 warnings, listed at the end", "run.bench:", "no strategy or no workload", "placements/odd.trace.gz:1: ", "missing units"} {
		if !strings.Contains(strings.ReplaceAll(page, nbsp, " "), want) {
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
	f := plainFixture()
	f.strategies = []string{"buddy", `<img_src>`}
	f.loads[1].title = `</script><script>alert("1")</script>` + mark(1)
	f.meta = "# revision: <b>&\n"
	dir := f.write(t)
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

// The map is there as data that the script can read, for two of any number of
// strategies.
func TestMapShowsTwo(t *testing.T) {
	t.Parallel()
	r := load(t, manyFixture(4).write(t))
	w := focus(r.strategies, r.workloads)
	if w == nil || w.name != "gfx" {
		t.Fatalf("in focus is %+v, want gfx: it is the one with refusals", w)
	}
	if got := fmt.Sprint(shown(r.strategies, w)); got != "[0 1]" && got != "[0 2]" {
		t.Errorf("strategies %s are shown, want the base and one that refuses", got)
	}
	data, err := makeMap(r.strategies, w, shootAll(r.strategies, r.warnings, w), mapBudget)
	must(t, err)
	encoded, err := data.encode()
	must(t, err)
	if bytes.ContainsAny([]byte(encoded), "<>") {
		t.Error("the data of the map could end its script element")
	}
	for _, m := range data.Maps {
		if len(m.Captions) != len(data.At) || len(m.Which) != len(data.At) {
			t.Errorf("%s: %d captions, %d explanations for %d frames", m.Name, len(m.Captions), len(m.Which), len(data.At))
		}
	}
	if data.Maps[1].First < 0 || len(data.Maps[1].Why) == 0 || data.Start != data.Maps[1].First {
		t.Errorf("first refusal in frame %d with %d explanations, start at %d", data.Maps[1].First, len(data.Maps[1].Why), data.Start)
	}
}
