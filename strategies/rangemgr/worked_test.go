package rangemgr_test

import (
	"fmt"
	"testing"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/strategies/rangemgr"
)

// TestWorkedExample goes through the rules by hand on a region of 265 pages,
// with the requests that the example of package buddy makes.
func TestWorkedExample(t *testing.T) {
	const contiguous, topDown, window = strategies.Contiguous, strategies.TopDown, strategies.Range
	steps := []struct {
		free string // what the step frees first
		req  strategies.Request
		want string
		why  string
	}{
		{"", strategies.Request{Size: 12288}, "0+12288",
			"the low end of the only hole"},
		{"", strategies.Request{Size: 12288, Flags: topDown}, "1073152+12288",
			"the high end of the highest hole"},
		{"", strategies.Request{Size: 20480, Align: 8192}, "16384+20480",
			"12288 rounded up to a multiple of 8192; a hole of 4096 stays before it"},
		{"", strategies.Request{Size: 12288, Flags: contiguous}, "36864+12288",
			"every grant is one extent; the hole of 4096 is too small"},
		{"", strategies.Request{Size: 12288, Lo: 4096, Hi: 65536, Flags: window}, "49152+12288",
			"what is left of the window: 49152 to 65536"},
		{"", strategies.Request{}, "ENOSPC", "no size: drm_mm knows no other error"},
		{"0+12288", strategies.Request{Size: 4096, Align: 1000}, "0+4096",
			"less than a page is no alignment; the smallest hole is now that of 16384 at 0"},
		{"", strategies.Request{Size: 1044480, Flags: contiguous}, "ENOSPC", "nothing is that large"},
	}
	for _, s := range []strategies.Strategy{rangemgr.Strategy, slowStrategy} {
		a, err := s.New(strategies.Region{Size: 1085440, Page: 4096})
		if err != nil {
			t.Fatal(err)
		}
		live := make(map[string][]strategies.Block)
		for _, step := range steps {
			if step.free != "" {
				a.Free(live[step.free])
			}
			blocks, err := a.Alloc(nil, step.req)
			got := strategies.Errno(err)
			if err == nil {
				got = fmt.Sprintf("%d+%d", blocks[0].Start, blocks[0].Size)
			}
			live[got] = blocks
			if got != step.want {
				t.Fatalf("%s: %v: got %s, want %s: %s", s.Name, step.req, got, step.want, step.why)
			}
		}
	}
}
