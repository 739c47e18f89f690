package drawing_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"image/png"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/workloads"
	"github.com/vramlab/vramlab/workloads/census"
	"github.com/vramlab/vramlab/workloads/census/drawing"
)

// textsOf are the texts of an SVG in their order.
func textsOf(t *testing.T, svg []byte) (texts []string) {
	t.Helper()
	d := xml.NewDecoder(bytes.NewReader(svg))
	in := false
	for {
		token, err := d.Token()
		if err == io.EOF {
			return texts
		}
		if err != nil {
			t.Fatal(err)
		}
		switch token := token.(type) {
		case xml.StartElement:
			in = token.Name.Local == "text"
		case xml.EndElement:
			in = false
		case xml.CharData:
			if in {
				texts = append(texts, string(token))
			}
		}
	}
}

// TestTexts: the drawing has the numbers of the census, and is the same each time.
func TestTexts(t *testing.T) {
	w, _ := workloads.Lookup("chromium")
	c := census.Count(w.Region, w.Ops(0, 0))
	var svg, again bytes.Buffer
	for _, out := range []*bytes.Buffer{&svg, &again} {
		if err := drawing.Write(out, ".svg", "Pages & <more>", c); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(svg.Bytes(), again.Bytes()) {
		t.Error("drawn twice, it differs")
	}
	texts := textsOf(t, svg.Bytes())
	for _, want := range []string{"Pages & <more>", "live, GiB", "15,000", "4 KiB", "8 MiB", "at end"} {
		if !slices.Contains(texts, want) {
			t.Errorf("no text %q in %q", want, texts)
		}
	}
	table, fields := c.Table(), 0
	for _, row := range table.Rows {
		at := slices.Index(texts, row.Size) // the fields of a row follow its name
		for _, n := range append(row.Freed, row.Left) {
			if n == 0 {
				continue
			}
			fields++
			if at++; texts[at] != census.Short(n) {
				t.Errorf("%s: %q where %d objects are", row.Size, texts[at], n)
			}
		}
	}
	if fields < 50 {
		t.Errorf("only %d fields", fields)
	}
}

// TestOdd: nothing, one object, a state, and sizes of all classes are drawn as well.
func TestOdd(t *testing.T) {
	region := strategies.Region{Size: 1 << 40, Page: 4096}
	alloc := func(slot uint32, size uint64) workloads.Op {
		return workloads.Op{Slot: slot, Req: strategies.Request{Size: size}}
	}
	var all []workloads.Op
	for k := range 57 {
		all = append(all, alloc(uint32(k), 1<<k))
	}
	for name, ops := range map[string][]workloads.Op{
		"nothing":    nil,
		"one":        {alloc(0, 4096)},
		"impossible": {alloc(0, 0)},
		"state":      {{Kind: workloads.Live, Req: strategies.Request{Size: 4096, Hi: 4096, Flags: strategies.Range}}},
		"all":        all,
	} {
		c := census.Count(region, ops)
		for _, ending := range append(drawing.Formats(), ".PNG") {
			if name != "all" && name != "nothing" && ending != ".svg" || name == "all" && ending == ".PNG" {
				continue // a PNG takes long
			}
			var b bytes.Buffer
			if err := drawing.Write(&b, ending, name, c); err != nil {
				t.Errorf("%s%s: %v", name, ending, err)
			}
			if strings.EqualFold(ending, ".png") {
				if _, err := png.Decode(&b); err != nil {
					t.Errorf("%s%s: %v", name, ending, err)
				}
			} else if texts := textsOf(t, b.Bytes()); strings.Contains(b.String(), "NaN") || len(texts) < 5 {
				t.Errorf("%s: %q", name, texts)
			}
		}
	}
}

// TestLongTitle: a title that does not fit is cut.
func TestLongTitle(t *testing.T) {
	c := census.Count(strategies.Region{Size: 1 << 20, Page: 4096}, nil)
	var b bytes.Buffer
	if err := drawing.Write(&b, ".svg", strings.Repeat("long ", 60), c); err != nil {
		t.Fatal(err)
	}
	title := textsOf(t, b.Bytes())[0]
	if len(title) < 100 || len(title) > 180 || !strings.HasSuffix(title, "...") {
		t.Errorf("title %q", title)
	}
}

func TestErrors(t *testing.T) {
	c := census.Count(strategies.Region{Size: 1 << 20, Page: 4096}, nil)
	if err := drawing.Write(io.Discard, ".pdf", "x", c); err == nil || !strings.Contains(err.Error(), ".svg or .png") {
		t.Errorf("error %v", err)
	}
	for _, ending := range drawing.Formats() {
		if err := drawing.Write(full{}, ending, "x", c); !errors.Is(err, errFull) {
			t.Errorf("%s: error %v, want that of the writer", ending, err)
		}
	}
}

var errFull = errors.New("no space left")

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errFull }
