package report

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"testing"

	"github.com/vramlab/vramlab/internal/browser"
	"github.com/vramlab/vramlab/report/internal/fixture"
)

// Pictures of the first screen are kept as a mosaic of a few thousand cells: fonts, which
// differ between machines, shift letters by less than a cell, while a map that is missing,
// a column that moved or a theme that is wrong changes whole areas.

const mosaicCell = 20 // pixels

// mosaic is the mean colour of each cell of a picture.
func mosaic(img image.Image) *image.RGBA {
	b := img.Bounds()
	out := image.NewRGBA(image.Rect(0, 0, b.Dx()/mosaicCell, b.Dy()/mosaicCell))
	for y := range out.Bounds().Dy() {
		for x := range out.Bounds().Dx() {
			var sum [3]int
			for dy := range mosaicCell {
				for dx := range mosaicCell {
					r, g, bl, _ := img.At(b.Min.X+x*mosaicCell+dx, b.Min.Y+y*mosaicCell+dy).RGBA()
					sum[0], sum[1], sum[2] = sum[0]+int(r>>8), sum[1]+int(g>>8), sum[2]+int(bl>>8)
				}
			}
			const n = mosaicCell * mosaicCell
			out.SetRGBA(x, y, color.RGBA{uint8(sum[0] / n), uint8(sum[1] / n), uint8(sum[2] / n), 255})
		}
	}
	return out
}

// unlike is how much two mosaics differ: the share of cells that are clearly another
// colour, and the mean difference of all, in 255ths.
func unlike(a, b image.Image) (share, mean float64) {
	if a.Bounds().Size() != b.Bounds().Size() {
		return 1, 255
	}
	far, sum, n := 0, 0.0, 0
	for y := range a.Bounds().Dy() {
		for x := range a.Bounds().Dx() {
			r1, g1, b1, _ := a.At(x, y).RGBA()
			r2, g2, b2, _ := b.At(x, y).RGBA()
			worst := 0.0
			for _, d := range []float64{float64(r1) - float64(r2), float64(g1) - float64(g2), float64(b1) - float64(b2)} {
				worst = max(worst, max(d, -d)/257)
			}
			if worst > 48 {
				far++
			}
			sum, n = sum+worst, n+1
		}
	}
	return float64(far) / float64(n), sum / float64(n)
}

// Beyond these a picture is another one. Another font of the same size stays below half of
// them.
const (
	mostFar  = 0.06
	mostMean = 9
)

// TestBrowserPictures compares the first screen in light, dark and on a telephone with what
// it was, and checks that what must be noticed is: a missing map, and the wrong theme.
//
//	go test ./report -run Pictures -update
//
// rewrites what is wanted; look at the page.
func TestBrowserPictures(t *testing.T) {
	browser.Look(t)
	faces, err := os.ReadFile("testdata/pictures/face")
	if !*update {
		fixture.Must(t, err)
	}
	path, err := Write(fixture.Plain().Write(t))
	fixture.Must(t, err)
	for _, tt := range []struct {
		name, query   string
		width, height int
	}{
		{"light", "?theme=light", 1440, 900},
		{"dark", "?theme=dark", 1440, 900},
		{"phone", "?theme=light", 400, 860},
	} {
		p := browser.Open(t, browser.File(t, path, tt.query), tt.width, tt.height)
		settled(p)
		p.Eval("document.fonts.ready.then(() => 0)", nil)
		taken := func() *image.RGBA {
			img, err := png.Decode(bytes.NewReader(p.Screenshot()))
			fixture.Must(t, err)
			return mosaic(img)
		}
		// Letters of another width break lines elsewhere, and what is below moves.
		face := p.Text(`(() => { const c = document.createElement("canvas").getContext("2d"); c.font = getComputedStyle(document.body).font; return Math.round(c.measureText("Broken free memory, 0123456789 operations").width); })()`)
		if *update {
			faces = []byte(face + "\n")
			fixture.Must(t, os.MkdirAll("testdata/pictures", 0o777))
			fixture.Must(t, os.WriteFile("testdata/pictures/face", faces, 0o666))
		}
		got, file := taken(), filepath.Join("testdata", "pictures", tt.name+".png")
		if *update {
			var b bytes.Buffer
			fixture.Must(t, png.Encode(&b, got))
			fixture.Must(t, os.WriteFile(file, b.Bytes(), 0o666))
		}
		data, err := os.ReadFile(file)
		fixture.Must(t, err)
		want, err := png.Decode(bytes.NewReader(data))
		fixture.Must(t, err)
		share, mean := unlike(got, want)
		t.Logf("%s: %.1f %% of the cells differ, by %.1f on average", tt.name, 100*share, mean)
		if face != string(bytes.TrimSpace(faces)) {
			t.Logf("%s: not compared: text is %s pixels wide here and %s in the pictures, so that the font is another", tt.name, face, bytes.TrimSpace(faces))
			want = got
		} else if share > mostFar || mean > mostMean {
			t.Errorf("%s: %.1f %% of the cells differ, by %.1f on average; if this is meant: go test ./report -run Pictures -update", tt.name, 100*share, mean)
		}
		for _, fault := range []struct{ what, do, undo string }{
			{"without the map", `document.getElementById("map").style.visibility = "hidden"`, `document.getElementById("map").style.visibility = ""`},
			{"with the other theme", `document.getElementById("theme").click()`, `document.getElementById("theme").click()`},
		} {
			p.Eval(fault.do, nil)
			if share, mean := unlike(taken(), want); share <= mostFar && mean <= mostMean {
				t.Errorf("%s: a page %s passes: %.1f %% of the cells differ, by %.1f", tt.name, fault.what, 100*share, mean)
			}
			p.Eval(fault.undo, nil)
		}
	}
}
