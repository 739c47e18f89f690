package addrmap

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/vramlab/vramlab/report/internal/list"
	"github.com/vramlab/vramlab/report/internal/rundir"
)

// Maps stand side by side only where both are of one region and of the same operations.
func TestMapsOfOneRegion(t *testing.T) {
	names := list.Names{"a", "b", "c"}
	placed := func(pages, requests int, odd bool) *rundir.Placement {
		text := fmt.Sprintf("vramlab trace 1\n# w: doc\nregion %d page 4096\n", 4096*pages)
		for i := range requests {
			id := i
			if odd && i == requests/2 {
				id += 1 << 20
			}
			text += fmt.Sprintf("a %d 4096\n= %d+4096\n", id, 4096*i)
		}
		return placedAt(t, text)
	}
	type kind struct {
		pages, requests int
		odd             bool // one operation in the middle is another
	}
	for _, tt := range []struct {
		lanes []kind
		want  []int
	}{
		{[]kind{{64, 12, false}, {64, 12, false}}, []int{0, 1}},
		{[]kind{{64, 12, false}, {65, 12, false}}, []int{0}},
		{[]kind{{64, 12, false}, {64, 13, false}}, []int{0}},
		{[]kind{{64, 12, false}, {128, 24, false}}, []int{0}},
		{[]kind{{64, 3000, false}, {64, 3000, true}}, []int{0}},
		{[]kind{{64, 12, true}, {64, 12, false}}, []int{0}},
		{[]kind{{64, 12, false}, {64, 12, true}, {64, 12, true}}, []int{1, 2}}, // most agree
		{[]kind{{64, 12, false}, {64, 13, false}, {64, 13, false}}, []int{1, 2}},
		{[]kind{{64, 12, false}, {64, 12, true}, {64, 12, false}}, []int{0, 2}},
	} {
		w := rundir.NewWorkload("w")
		for _, k := range tt.lanes {
			w.Placed = append(w.Placed, placed(max(k.pages, k.requests), k.requests, k.odd))
		}
		var warnings []string
		warn := func(format string, args ...any) { warnings = append(warnings, fmt.Sprintf(format, args...)) }
		var got []int
		for _, l := range shoot(names, warn, w, 240, 10).lanes {
			got = append(got, l.strategy)
		}
		if !slices.Equal(got, tt.want) {
			t.Errorf("%+v: maps of %v", tt, got)
		}
		if len(warnings) != len(tt.lanes)-len(tt.want) || len(warnings) > 0 && !strings.HasSuffix(warnings[0], notTheSame) {
			t.Errorf("%+v: warnings %q", tt, warnings)
		}
	}
}
