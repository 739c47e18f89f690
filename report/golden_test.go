package report

import (
	"bytes"
	"compress/flate"
	"encoding/base64"
	"flag"
	"fmt"
	"hash/fnv"
	"html"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/vramlab/vramlab/report/internal/fixture"
	"github.com/vramlab/vramlab/report/internal/text"
)

var update = flag.Bool("update", false, "rewrite testdata/pages and testdata/drawn.txt")

// TestGolden holds everything that the reports of some runs say and draw: their words,
// and a hash of each section's markup, of each drawing and of the data of the map.
//
//	go test ./report -run Golden -update
//
// rewrites what is wanted; read the diff. Of a drawing that changed, look at report.html
// of both revisions.
func TestGolden(t *testing.T) {
	if *update {
		fixture.Must(t, os.RemoveAll("testdata/pages"))
		fixture.Must(t, os.MkdirAll("testdata/pages", 0o777))
	}
	for _, tt := range goldenRuns {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			dir := tt.dir(t)
			sameFile(t, filepath.Join("testdata/pages", tt.name+".txt"), outline(t, dir))
		})
	}
}

// sameFile compares the lines of an outline with those in a file. Where the processor
// multiplies and adds in one step, drawings may differ in the last digit: only the words
// count.
func sameFile(t *testing.T, path, got string) {
	t.Helper()
	if *update {
		fixture.Must(t, os.WriteFile(path, []byte(got), 0o666))
	}
	want, err := os.ReadFile(path)
	fixture.Must(t, err)
	a, b := strings.Split(got, "\n"), strings.Split(string(want), "\n")
	bad := 0
	for i := range max(len(a), len(b)) {
		g, w := "no line", "no line"
		if i < len(a) {
			g = a[i]
		}
		if i < len(b) {
			w = b[i]
		}
		if g == w || fused() && strings.HasPrefix(g, hashMark) && strings.HasPrefix(w, hashMark) {
			continue
		}
		if bad++; bad > 5 {
			t.Errorf("%s: and so on; if this is meant: go test ./report -run 'Golden|Drawn' -update", path)
			return
		}
		t.Errorf("%s:%d:\n got %s\nwant %s", path, i+1, g, w)
	}
}

// fused reports whether products are added without being rounded first.
func fused() bool { return third*third-float64(third*third) != 0 }

var third = 1 / 3.0

// hashMark begins the lines of an outline that are hashes.
const hashMark = "# "

// outline is what a report says, line by line: first what a terminal shows, then the page.
func outline(t *testing.T, dir string) string {
	t.Helper()
	r := loaded(t, dir)
	path, err := r.Write()
	fixture.Must(t, err)
	page, err := os.ReadFile(path)
	fixture.Must(t, err)
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n%s\n%s\n", r.Headline(), r.Scope(), strings.Join(append(r.Verdicts(), r.Scaling()...), "\n"))
	fmt.Fprintf(&b, "%d left out, missing %q\n\n", r.LeftOut(), r.Missing())
	_, body, _ := strings.Cut(string(page), "<body>")
	body, _, _ = strings.Cut(body, "<script>") // the script of every page
	for i, part := range strings.Split(body, "<section") {
		if i > 0 {
			id := idPattern.FindStringSubmatch(part)[1]
			plain := drawing.ReplaceAllString(packed.ReplaceAllString(mapData.ReplaceAllString(part, ""), ""), "")
			fmt.Fprintf(&b, "\n%ssection %s, markup %x\n", hashMark, id, hashOf(plain))
		}
		for _, m := range mapData.FindAllStringSubmatch(part, -1) {
			fmt.Fprintf(&b, "%sdata %x\n", hashMark, hashOf(m[1]))
		}
		if packed.MatchString(part) {
			fmt.Fprintf(&b, "%stiles %x\n", hashMark, hashOf(inflated(t, part)))
		}
		part = packed.ReplaceAllString(mapData.ReplaceAllString(part, ""), "")
		for _, m := range drawing.FindAllStringSubmatch(part, -1) {
			fmt.Fprintf(&b, "%sdrawing %s %x\n", hashMark, m[1], hashOf(m[0]))
		}
		for line := range strings.Lines(tag.ReplaceAllString(breaks.ReplaceAllString(part, "\n"), "")) {
			line = strings.Join(strings.Fields(strings.ReplaceAll(html.UnescapeString(line), text.NBSP, " ")), " ")
			if line != "" && line[0] != ' ' {
				b.WriteString(line + "\n")
			}
		}
	}
	return b.String()
}

var (
	mapData = regexp.MustCompile(`(?s)<script type="application/json"[^>]*>(.*?)</script>`)
	drawing = regexp.MustCompile(`(?s)<svg [^>]*?aria-labelledby="(\S+?)-t .*?</svg>`)
	breaks  = regexp.MustCompile(`</?(p|li|tr|h[1-6]|div|section|summary|figure|svg|title|desc|option|caption|pre|text)\b[^>]*>|\n`)
)

// inflated is what the tiles of the maps hold, which another version of the library may
// pack otherwise.
func inflated(t *testing.T, page string) string {
	t.Helper()
	var all strings.Builder
	for _, m := range packed.FindAllStringSubmatch(page, -1) {
		raw, err := base64.StdEncoding.DecodeString(m[1])
		fixture.Must(t, err)
		plain, err := io.ReadAll(flate.NewReader(bytes.NewReader(raw)))
		fixture.Must(t, err)
		all.Write(plain)
	}
	return all.String()
}

func hashOf(s string) uint64 {
	h := fnv.New64a()
	io.WriteString(h, s)
	return h.Sum64()
}
