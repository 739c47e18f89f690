package lab

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/strategies/all"
)

// hole leaves a hole of one page below a page in use: first fit needs 4 pages, and what
// scatters 3.
const hole = `vramlab trace 1
# hole: a page between two
region 1048576 page 4096
a 0 4096
a 1 4096
f 0
a 2 8192
`

// refused is hole with two requests that the recorded allocator refused.
var refused = strings.Replace(hole, "f 0\n", "a 3 65536\n! ENOSPC\na 4 73728\n! ENOSPC\nf 3\nf 0\n", 1) + "f 4\n"

func TestFitRegion(t *testing.T) {
	state := strings.Replace(hole, "a 0 4096", "l 7 65536+4096\na 0 4096", 1)
	wantSaid(t, append(all.List(), windowless), "fit-region", []saying{
		{"a hole", hole, "-strategies buddy,rangemgr", []string{
			"hole: a page between two", "region of the trace 1 MiB, pages of 4 KiB",
			"live at the peak 12,288 bytes, after operation 4",
			"lower bound 12,288 bytes: what is live after operation 4",
			"buddy 12,288 100.00 none can serve it", "rangemgr 16,384 133.33 one, tried: it refuses",
			"buddy 3 line 7: 8192 bytes (ENOSPC)", "rangemgr 4 line 7: 8192 bytes (ENOSPC)",
		}},
		{"in one piece", hole, "-strategies buddy -contiguous", []string{"buddy 16,384 133.33 one, tried: it refuses", "buddy 4 line 7: 8192 bytes contiguous (ENOSPC)"}},
		{"refused once", refused, "-strategies rangemgr", []string{
			"left out 2 requests refused when it was recorded (-refused: not)", "live at the peak 12,288 bytes, after operation 4",
			"rangemgr 16,384 133.33 one, tried: it refuses", "rangemgr 4 line 12: 8192 bytes (ENOSPC)",
		}},
		{"refused, and counted", refused, "-strategies rangemgr -refused", []string{
			"live at the peak 147,456 bytes, after operation 4", "rangemgr 147,456 100.00 none can serve it", "rangemgr 36 line 8: 73728 bytes (ENOSPC)",
		}},
		{"not tried", hole, "-strategies rangemgr -smaller 0", []string{"rangemgr 16,384 133.33 one, tried: it refuses"}}, // that is the proof
		{"a state", state, "-strategies rangemgr,windowless,buddy", []string{
			"rangemgr 69,632 425.00 none can serve it", "windowless left out: it cannot begin in the state of the trace",
			"rangemgr 17 line 4: the state: 65536+4096",
		}},
		{"never served", hole + "a 5 0\na 6 100 align=3\n", "-strategies buddy", []string{
			"buddy 12,288 99.19* none can serve it", "buddy 2 of 5 requests in 32 KiB: 2 EINVAL; 1 no whole pages",
		}},
		{"nothing served", "vramlab trace 1\nregion 1048576 page 4096\na 0 0\n", "-strategies buddy", []string{
			"buddy none nothing to serve", "buddy 1 of 1 requests in 4 KiB: 1 EINVAL",
		}},
		{"one page", "vramlab trace 1\nregion 1048576 page 4096\na 0 1 lo=0 hi=4096\n", "-strategies rangemgr", []string{
			"rangemgr 4,096 409600.00 none can serve it", "rangemgr 1 no region is smaller than a page",
		}},
	})
}

// TestFitRegionOfWorkload: a workload has no lines, and all strategies are searched.
func TestFitRegionOfWorkload(t *testing.T) {
	code, stdout, stderr := vramlab("fit-region", "-smaller", "0", "vk_glmark2_resource")
	if code != exitOK || !strings.Contains(stdout, "operation 1,804: ") || !strings.Contains(stdout, "-smaller -1 tries all") {
		t.Errorf("exit code %d, %s\n%s", code, stderr, stdout)
	}
	for _, s := range all.List() {
		if strings.Count(stdout, "\n"+s.Name+" ") != 2 {
			t.Errorf("%s has no row and proof in\n%s", s.Name, stdout)
		}
	}
}

func TestFitRegionErrors(t *testing.T) {
	good := write(t, "good.trace", hole)
	state := write(t, "state.trace", "vramlab trace 1\nregion 1048576 page 4096\nl 0 0+4096\na 1 4096\n")
	wantMistakes(t, append(all.List(), windowless), []mistake{
		{[]string{"fit-region"}, exitUsage, "one trace file is needed, got 0 arguments"},
		{[]string{"fit-region", good, "-smaller=3"}, exitUsage, "-smaller=3 stands behind"},
		{[]string{"fit-region", "-strategies", "best", good}, exitUsage, `no strategy "best"`},
		{[]string{"fit-region", good + "x"}, exitFailed, "good.tracex: no such file"},
		{[]string{"fit-region", "-strategies", "windowless", state}, exitFailed, "state.trace: no strategy can begin in the state of the trace"},
		{[]string{"inspect"}, exitUsage, "one trace file is needed, got 0 arguments"},
		{[]string{"inspect", write(t, "bad.trace", hole+"x\n")}, exitFailed, "bad.trace:8: "},
		{[]string{"inspect", "-plot", "a.pdf", good}, exitUsage, "-plot a.pdf: a drawing ends in .svg or .png"},
		{[]string{"inspect", "-plot", "no/such/dir/a.svg", good}, exitFailed, "open no/such/dir/a.svg"},
	})
}

// TestFitRegionForeign: a strategy of another module is searched under the shadow model.
func TestFitRegionForeign(t *testing.T) {
	greedy := mine
	greedy.Name = "greedy"
	greedy.New = func(r strategies.Region) (strategies.Allocator, error) {
		a, err := mine.New(strategies.Region{Size: 2 * r.Size, Page: r.Page})
		return a, err
	}
	path := write(t, "t.trace", hole)
	if code, stdout, stderr := with([]strategies.Strategy{mine}, "fit-region", path); code != exitOK || !strings.Contains(stdout, "\n"+mine.Name) {
		t.Errorf("exit code %d, %s\n%s", code, stderr, stdout)
	}
	if code, _, stderr := with([]strategies.Strategy{greedy}, "fit-region", path); code != exitFailed || !strings.Contains(stderr, "greedy broke the rule") {
		t.Errorf("exit code %d, %s", code, stderr)
	}
}

// TestFitRegionInterrupted: an interrupted search says so.
func TestFitRegionInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var out, errs bytes.Buffer
	code := run(ctx, all.List(), []string{"vramlab", "fit-region", "chromium"}, &out, &errs)
	if code != exitInterrupted || out.Len() > 0 || errs.String() != "vramlab fit-region: interrupted\n" {
		t.Errorf("exit code %d, %q, %q", code, out.String(), errs.String())
	}
}

func TestInspect(t *testing.T) {
	path := write(t, "t.trace", hole)
	picture := filepath.Join(t.TempDir(), "t.svg")
	code, stdout, stderr := vramlab("inspect", "-plot", picture, path)
	if code != exitOK || !strings.HasPrefix(stdout, "hole: a page between two\n\noperations    4: 3 allocate, 1 free\n") {
		t.Errorf("exit code %d, %s\n%s", code, stderr, stdout)
	}
	if svg, err := os.ReadFile(picture); err != nil || !strings.Contains(string(svg), "</svg>") {
		t.Errorf("%v, %.100s", err, svg)
	}
	if code, stdout, stderr := vramlab("inspect", "chromium"); code != exitOK || !strings.Contains(stdout, "8,455 allocate") {
		t.Errorf("exit code %d, %s\n%s", code, stderr, stdout)
	}
}
