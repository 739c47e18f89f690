package report

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/vramlab/vramlab/report/internal/fixture"
)

// probePage opens a report in a frame of a given size, uses it as a reader
// would, and leaves what it saw as JSON in the title of the page.
const probePage = `<!doctype html><title>waiting</title><iframe id=f style="border:0"></iframe><script>
const wait = (ms) => new Promise((r) => setTimeout(r, ms));
const open = (width, query) => new Promise((loaded) => {
  const f = document.getElementById("f");
  f.style.width = width + "px"; f.style.height = "900px";
  f.onload = () => loaded(f.contentWindow);
  f.src = REPORT + query;
});
const pixels = (w) => [...w.document.querySelectorAll("#maps canvas")].map((c) => {
  const d = c.getContext("2d").getImageData(0, 0, c.width, c.height).data;
  let sum = 0; for (let i = 0; i < d.length; i += 4) sum = (sum * 31 + d[i] + 7 * d[i+1] + 13 * d[i+2]) >>> 0;
  return c.width * c.height > 0 ? sum : -1;
}).join();
// paper gives a page the rules for print and takes those for screens.
const paper = (w) => {
  let rules = "";
  for (const sheet of w.document.styleSheets) for (let i = sheet.cssRules.length - 1; i >= 0; i--) {
    const rule = sheet.cssRules[i];
    if (!rule.media) continue;
    if (rule.media.mediaText === "print") rules = [...rule.cssRules].map((r) => r.cssText).join("") + rules;
    if (rule.media.mediaText.includes("screen")) sheet.deleteRule(i);
  }
  w.document.head.append(Object.assign(w.document.createElement("style"), { textContent: rules }));
};
// cut is how many pixels of the widest of some boxes cannot be seen without scrolling.
const cut = (w, what) => Math.max(0, ...[...w.document.querySelectorAll(what)].map((s) => s.scrollWidth - s.clientWidth));
// shift is by how many pixels the map of a moment begins or ends elsewhere than the
// history beside it.
const shift = (w) => {
  const histories = w.document.querySelectorAll(".history .area"), moments = w.document.querySelectorAll(".moment .area");
  return Math.max(0, ...[...histories].map((h, i) => {
    const a = h.getBoundingClientRect(), b = moments[i].getBoundingClientRect();
    return Math.max(Math.abs(a.top - b.top), Math.abs(a.bottom - b.bottom));
  }));
};
(async () => {
  const seen = { errors: [], overflow: {}, unnamed: 0 };
  try {
    for (const width of [703, 1000]) { // A4 upright and across, less the margins
      const w = await open(width, "");
      for (const d of w.document.querySelectorAll("details")) d.open = true;
      paper(w);
      await wait(500);
      const wide = w.document.documentElement;
      seen.overflow["paper " + width] = Math.max(wide.scrollWidth - wide.clientWidth, cut(w, "pre"));
    }
    const side = await open(1440, "");
    await wait(500);
    for (let width = 762; width <= 1440; width += 29) {
      document.getElementById("f").style.width = width + "px";
      seen.overflow["maps shifted at " + width] = Math.round(shift(side));
    }
    for (const [width, theme] of [[1440, ""], [1440, "?theme=dark"], [800, ""], [390, ""], [320, ""]]) {
      const w = await open(width, theme);
      w.addEventListener("error", (e) => seen.errors.push(e.message));
      for (const d of w.document.querySelectorAll("details")) d.open = true;
      await wait(1500);
      const name = width + theme;
      seen.overflow[name] = w.document.documentElement.scrollWidth - w.document.documentElement.clientWidth;
      seen.overflow["times " + name] = cut(w, ".scroll:has(.times)");
      if (width < 1000) seen.unnamed += [...w.document.querySelectorAll(".times .delta span")].filter((s) => {
        const of = s.querySelector(".label");
        return !of || !of.textContent || !of.offsetWidth;
      }).length;
      const slider = w.document.getElementById("scrub");
      if (!slider) { seen.noMap = true; continue; }
      const at = (v) => { slider.value = v; slider.dispatchEvent(new w.Event("input")); };
      at(0); await wait(200);
      const first = pixels(w), said = slider.getAttribute("aria-valuetext");
      at(slider.max); await wait(200);
      seen[name] = {
        frames: +slider.max + 1, canvases: w.document.querySelectorAll("#maps canvas").length,
        repainted: first !== pixels(w), said: [said, slider.getAttribute("aria-valuetext")],
        background: w.getComputedStyle(w.document.body).backgroundColor,
      };
    }
  } catch (e) { seen.errors.push(String(e)); }
  document.title = JSON.stringify(seen);
})();
</script>`

// seenInBrowser is what probePage reports.
type seenInBrowser struct {
	Errors   []string       `json:"errors"`
	Overflow map[string]int `json:"overflow"`
	Unnamed  int            `json:"unnamed"` // differences in stacked rows that do not say whose they are
	NoMap    bool           `json:"noMap"`
	Light    seenPage       `json:"1440"`
	Dark     seenPage       `json:"1440?theme=dark"`
	Phone    seenPage       `json:"390"`
}

type seenPage struct {
	Frames     int       `json:"frames"`
	Canvases   int       `json:"canvases"`
	Repainted  bool      `json:"repainted"`
	Said       [2]string `json:"said"`
	Background string    `json:"background"`
}

// TestBrowser opens a report in Chromium without a network, in light and dark
// on paper and at the widths of a tablet and of telephones, with every table unfolded,
// moves the scrubber, and looks at many widths that maps side by side stay aligned. The reports are those of fixtures with two, three and five
// strategies, or the one that VRAMLAB_REPORT names.
func TestBrowser(t *testing.T) {
	chromium := browser(t)
	if path := os.Getenv("VRAMLAB_REPORT"); path != "" {
		checkInBrowser(t, chromium, path)
		return
	}
	for _, n := range []int{2, 3, 5} {
		t.Run(fmt.Sprint(n, " strategies"), func(t *testing.T) {
			path, err := Write(fixture.Many(n).Write(t))
			fixture.Must(t, err)
			checkInBrowser(t, chromium, path)
		})
	}
}

func checkInBrowser(t *testing.T, chromium, path string) {
	t.Helper()
	path, err := filepath.Abs(path)
	fixture.Must(t, err)
	seen := probe(t, chromium, path)
	if len(seen.Errors) > 0 {
		t.Errorf("errors in the page: %q", seen.Errors)
	}
	for name, px := range seen.Overflow {
		if px > 0 {
			t.Errorf("%s: %d pixels too far", name, px)
		}
	}
	if seen.Unnamed > 0 {
		t.Errorf("%d differences do not say which strategy they are of", seen.Unnamed)
	}
	if seen.NoMap {
		t.Fatal("there is no address map")
	}
	for name, p := range map[string]seenPage{"light": seen.Light, "dark": seen.Dark, "phone": seen.Phone} {
		switch {
		case p.Canvases < 4 || p.Frames < 2:
			t.Errorf("%s: %d canvases and %d frames", name, p.Canvases, p.Frames)
		case !p.Repainted || p.Said[0] == p.Said[1]:
			t.Errorf("%s: the maps do not follow the scrubber: repainted %v, said %q", name, p.Repainted, p.Said)
		}
	}
	if seen.Light.Background == seen.Dark.Background {
		t.Errorf("light and dark have the same background %s", seen.Light.Background)
	}
}

// browser is a Chromium, or the test is skipped.
func browser(t *testing.T) string {
	t.Helper()
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	if os.Getenv("VRAMLAB_REPORT") != "" {
		t.Fatal("no Chromium in PATH to open VRAMLAB_REPORT with")
	}
	t.Skip("no Chromium in PATH; .ci/run installs one")
	return ""
}

// probe runs probePage on the report at path.
func probe(t *testing.T, chromium, path string) (seen seenInBrowser) {
	t.Helper()
	dir := t.TempDir()
	page := filepath.Join(dir, "probe.html")
	url, err := json.Marshal("file://" + filepath.ToSlash(path))
	fixture.Must(t, err)
	fixture.Must(t, os.WriteFile(page, []byte(strings.Replace(probePage, "REPORT", string(url), 1)), 0o666))
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	out, err := exec.CommandContext(ctx, chromium, "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run",
		"--disable-background-networking", "--disable-component-update", "--disable-sync",
		"--host-resolver-rules=MAP * ~NOTFOUND", "--allow-file-access-from-files",
		"--user-data-dir="+filepath.Join(dir, "profile"), "--virtual-time-budget=25000", "--dump-dom", "file://"+filepath.ToSlash(page)).Output()
	if err != nil {
		t.Fatalf("%s: %v", chromium, err)
	}
	_, title, _ := strings.Cut(string(out), "<title>")
	title, _, _ = strings.Cut(title, "</title>")
	if err := json.Unmarshal([]byte(strings.ReplaceAll(title, "&amp;", "&")), &seen); err != nil {
		t.Fatalf("the page did not finish: %v in %.200q", err, out)
	}
	return seen
}
