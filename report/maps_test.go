package report

import (
	"os"
	"strings"
	"testing"

	"github.com/vramlab/vramlab/report/internal/fixture"
)

// A reader chooses which maps the page has and how much they take; an unknown name is one
// line with those there are.
func TestMapsChosen(t *testing.T) {
	t.Parallel()
	dir := fixture.Plain().Write(t)
	for _, tt := range []struct {
		o     Options
		atlas bool
		maps  int
		err   string
	}{
		{Options{}, true, 3, ""},
		{Options{Maps: "all", MapBytes: 60 << 10}, true, 3, ""},
		{Options{Maps: "gfx"}, true, 1, ""},
		{Options{Maps: "gfx, small"}, true, 2, ""},
		{Options{Maps: "none"}, false, 0, ""},
		{Options{Maps: "gfx,nope"}, false, 0, `no map of "nope": the run has placements of `},
		{Options{Maps: ""}, true, 3, ""},
	} {
		r, err := LoadWith(dir, tt.o)
		if (err == nil) != (tt.err == "") || err != nil && (!strings.HasPrefix(err.Error(), tt.err) || strings.Contains(err.Error(), "\n")) {
			t.Errorf("%+v: %v, want %q", tt.o, err, tt.err)
		}
		if err != nil {
			continue
		}
		path, err := r.Write()
		fixture.Must(t, err)
		page, err := os.ReadFile(path)
		fixture.Must(t, err)
		data := series.FindString(string(page))
		if n := strings.Count(data, `"cells":`); (data != "") != tt.atlas || n != tt.maps {
			t.Errorf("%+v: %d maps, want %d", tt.o, n, tt.maps)
		}
		tiles := 0
		for _, m := range packed.FindAllStringSubmatch(string(page), -1) {
			tiles += len(m[1])
		}
		if limit := int(tt.o.MapBytes); limit > 0 && tiles > limit {
			t.Errorf("%+v: tiles of %d bytes", tt.o, tiles)
		}
	}
}
