package lab

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"github.com/vramlab/vramlab/strategies/all"
)

// planned is a file of MiniMalloc that needs all of 8 units: b takes the place of a, c that
// of both, only if frees come before allocations at a step.
const planned = `id,lower,upper,size
a,0,3,3
b,3,5,3
d,0,5,5
c,5,9,8
`

func TestBound(t *testing.T) {
	wantSaid(t, all.List(), "bound", []saying{
		{"hole.trace", hole, "-strategies buddy,rangemgr", []string{
			"objects 3, each in one piece", "live at the peak 12,288 bytes",
			"lower bound 12,288 bytes: what is live after operation 4",
			"They meet: that is the optimum.",
			"buddy 16,384 133.33 % of peak, 33.33 % from optimal", "rangemgr 16,384 133.33 % of peak, 33.33 % from optimal",
			"buddy 12,288 100.00 % of peak",
		}},
		{"plan.csv", planned, "-strategies none", []string{
			"lower bound 32,768 bytes: what is live after operation 2", "They meet: that is the optimum.",
			"as the file counts peak 8, lower bound 8, upper bound 8",
		}},
		{"refused.trace", refused, "-strategies rangemgr", []string{"live at the peak 12,288 bytes", "rangemgr 16,384 133.33 % of peak, 33.33 % from optimal"}},
		{"never.trace", hole + "a 5 0\na 6 4096 align=12288\n", "-strategies buddy", []string{
			"left out 1 request that no region can serve", "buddy 16,384 100.00 % of peak, without 1 request that it never serves",
		}},
	})
}

// TestBoundTrace: the placement is a trace that other commands take.
func TestBoundTrace(t *testing.T) {
	path := write(t, "hole.trace", hole)
	best := filepath.Join(t.TempDir(), "best.trace")
	code, stdout, stderr := vramlab("bound", "-strategies", "rangemgr", "-format", "json", "-o", best, path)
	var got struct {
		Lower      uint64 `json:"lower_bound_bytes"`
		Upper      uint64 `json:"upper_bound_bytes"`
		Optimal    bool   `json:"optimal"`
		Strategies []struct {
			Region uint64 `json:"region_bytes"`
		} `json:"strategies"`
	}
	if err := json.Unmarshal([]byte(stdout), &got); code != exitOK || err != nil || got.Lower != 12288 || got.Upper != 12288 || !got.Optimal || got.Strategies[0].Region != 16384 {
		t.Errorf("exit code %d, %v, %s\n%s", code, err, stderr, stdout)
	}
	if code, stdout, stderr := vramlab("inspect", best); code != exitOK || !strings.Contains(stdout, "placed with hindsight, in 12288 bytes of at least 12288") {
		t.Errorf("exit code %d, %s\n%s", code, stderr, stdout)
	}
	if code, _, stderr := vramlab("bound", "-strategies", "none", "-o", best, path); code != exitFailed || !strings.Contains(stderr, "is there already") {
		t.Errorf("exit code %d, %s", code, stderr)
	}
}

func TestBoundErrors(t *testing.T) {
	good := write(t, "good.trace", hole)
	wantMistakes(t, all.List(), []mistake{
		{[]string{"bound"}, exitUsage, "one trace file is needed, got 0 arguments"},
		{[]string{"bound", "-strategies", "best", good}, exitUsage, `no strategy "best"`},
		{[]string{"bound", "-format", "xml", good}, exitUsage, "for flag -format: have text, json"},
		{[]string{"bound", "-effort", "-1", good}, exitUsage, "-effort -1: at least 0"},
		{[]string{"bound", good + "x"}, exitFailed, "good.tracex: no such file"},
		{[]string{"bound", write(t, "bad.trace", hole+"x\n")}, exitFailed, "bad.trace:8: "},
	})
}
