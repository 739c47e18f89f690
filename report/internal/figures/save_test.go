package figures_test

import (
	"bytes"
	"encoding/base64"
	"encoding/csv"
	"encoding/xml"
	"errors"
	"fmt"
	"image/png"
	"io"
	"strconv"
	"strings"
	"testing"

	"github.com/vramlab/vramlab/internal/browser"
	"github.com/vramlab/vramlab/report/internal/fixture"
)

// saved is what a figure gives the reader under a button, and the name of the file.
func saved(p *browser.Page, figure, kind string) (name, data string) {
	p.Eval(`window.taken = null; lab.download = async (name, type, data) => {
		window.taken = [name, typeof data === "string" ? data : await new Promise((done) => { const r = new FileReader(); r.onload = () => done(r.result); r.readAsDataURL(data); })]; }`, nil)
	menu := "#figure-" + figure + " .save"
	p.Click(menu + " summary")
	p.Eval(`[...document.querySelectorAll("`+menu+` button")].find((b) => b.textContent === "`+kind+`").click()`, nil)
	p.Until("window.taken")
	var got []string
	p.Eval("window.taken", &got)
	return got[0], got[1]
}

// The table has the numbers that are drawn, under their units.
func TestCSV(t *testing.T) {
	p := opened(t, 3, "", 390)
	name, data := saved(p, "series", "CSV")
	if !strings.HasSuffix(name, ".csv") || !strings.Contains(name, "series-") || strings.ContainsAny(name, " /\\:") {
		t.Errorf("the file is called %q", name)
	}
	rows, err := csv.NewReader(strings.NewReader(data)).ReadAll()
	fixture.Must(t, err)
	var raw struct {
		Wide struct {
			X [][]float64
			P []struct {
				T string
				Y []string
				S []struct {
					N string
					X int
					Y []float64
				}
			}
		}
	}
	p.Eval(`JSON.parse(document.querySelector("#figure-series script.values").textContent)`, &raw)
	column := 0
	for _, panel := range raw.Wide.P {
		for _, s := range panel.S {
			column++
			head := panel.T + ", " + s.N
			if panel.Y[1] != "" {
				head += " (" + panel.Y[1] + ")"
			}
			if rows[0][column] != head || rows[0][0] != "operation" {
				t.Errorf("column %q of %q, want %q", rows[0][column], rows[0][0], head)
			}
			for i, x := range raw.Wide.X[s.X] {
				found := false
				for _, row := range rows[1:] {
					if row[0] == fmt.Sprint(x) {
						v, err := strconv.ParseFloat(row[column], 64)
						found = err == nil && v == s.Y[i]
					}
				}
				if !found {
					t.Fatalf("%s at %v: no %v", head, x, s.Y[i])
				}
			}
		}
	}
	if column != len(rows[0])-1 || column < 6 {
		t.Errorf("%d columns of %d series", len(rows[0]), column)
	}
}

// A saved drawing stands alone: it is XML, in real colours, with its title, and without what
// is hidden. The picture has twice its size.
func TestPicture(t *testing.T) {
	for _, theme := range []struct{ name, ground, own, hidden string }{{"light", "#ffffff", "#0067a8", "#b54708"}, {"dark", "#12151a", "#5cb3f2", "#f79552"}} {
		p := opened(t, 3, "?theme="+theme.name+"#series=series:rangemgr", 1440)
		p.Point("#figure-series .fig.wide", 0.4, 0.3) // a cross is no part of it
		name, svg := saved(p, "series", "SVG")
		decoder, size := xml.NewDecoder(strings.NewReader(svg)), [2]int{}
		for {
			token, err := decoder.Token()
			if errors.Is(err, io.EOF) {
				break
			}
			fixture.Must(t, err)
			if e, ok := token.(xml.StartElement); ok && e.Name.Local == "svg" {
				for _, a := range e.Attr {
					switch v, _ := strconv.ParseFloat(a.Value, 64); a.Name.Local {
					case "width":
						size[0] = int(2 * v)
					case "height":
						size[1] = int(2 * v)
					}
				}
			}
		}
		title := p.Text(`document.querySelector("#figure-series svg title").textContent`)
		for _, want := range []string{theme.ground, theme.own, ">" + title + "</text>", "Liberation Sans", ">buddy</text>"} {
			if !strings.Contains(svg, want) {
				t.Errorf("%s: no %q in the drawing", theme.name, want)
			}
		}
		for _, bad := range []string{"var(", "cross", ">rangemgr", theme.hidden, "script"} {
			if strings.Contains(svg, bad) {
				t.Errorf("%s: %q in the drawing", theme.name, bad)
			}
		}
		if !strings.HasSuffix(name, ".svg") {
			t.Errorf("the file is called %q", name)
		}
		_, data := saved(p, "series", "PNG")
		_, encoded, _ := strings.Cut(data, ",")
		raw, err := base64.StdEncoding.DecodeString(encoded)
		fixture.Must(t, err)
		image, err := png.Decode(bytes.NewReader(raw))
		fixture.Must(t, err)
		if got := image.Bounds().Size(); got.X != size[0] || got.Y != size[1] || got.X < 1000 {
			t.Errorf("%s: the picture has %v pixels, want %v", theme.name, got, size)
		}
		if r, g, b, _ := image.At(2, 2).RGBA(); fmt.Sprintf("#%02x%02x%02x", r>>8, g>>8, b>>8) != theme.ground {
			t.Errorf("%s: the ground is %x %x %x", theme.name, r, g, b)
		}
	}
}

// The image goes to the clipboard as PNG, and the button says what became of it.
func TestCopy(t *testing.T) {
	p := opened(t, 2, "", 1440)
	p.Eval(`navigator.clipboard.write = async (items) => { window.copied = items[0].types.join() + (await items[0].getType("image/png")).size; }`, nil)
	copying := func(want string) {
		p.Eval(`document.querySelector("#figure-series .save").open = true`, nil)
		p.Eval(`document.querySelector("#figure-series .save button:last-of-type").click()`, nil)
		p.Until(`document.querySelector("#figure-series .save button:last-of-type").textContent === "` + want + `"`)
	}
	copying("Copied")
	if got := p.Text("window.copied"); !strings.HasPrefix(got, "image/png") || len(got) < len("image/png1000") {
		t.Errorf("on the clipboard: %s", got)
	}
	p.Eval(`navigator.clipboard.write = async () => { throw new Error("forbidden"); }`, nil)
	copying("Copy image: not possible here")
}

// Names of files are made of letters that every system takes.
func TestFileName(t *testing.T) {
	p := opened(t, 2, "", 1000)
	for _, tt := range [][2]string{{`["2026-11-30", "series", "gfx"]`, "2026-11-30-series-gfx"}, {`["", "a/b:c*", "../..\\x", "\u0000"]`, "a-b-c-x"}, {`[""]`, "vramlab"}} {
		if got := p.Text("lab.fileName(" + tt[0] + ")"); got != tt[1] {
			t.Errorf("%s is called %q, want %q", tt[0], got, tt[1])
		}
	}
}

// No two figures of a report are saved under one name.
func TestFileNamesDiffer(t *testing.T) {
	p := opened(t, 2, "", 1440)
	p.Eval(`window.names = []; HTMLAnchorElement.prototype.click = function () { names.push(this.download); };
		document.querySelectorAll(".save button").forEach((b) => { if (b.textContent === "CSV") b.click(); });`, nil)
	if n, twice := p.Number(`names.length`), p.Text(`names.filter((n, i) => names.indexOf(n) !== i)`); n < 3 || twice != "" {
		t.Errorf("of %v files some have one name: %s", n, twice)
	}
}
