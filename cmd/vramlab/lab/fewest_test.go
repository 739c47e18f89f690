package lab

import (
	"bytes"
	"context"
	"encoding/json"
	"strings"
	"testing"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/strategies/all"
)

// halves fills 8 MiB with objects of 1 MiB, frees every second one, and asks for 4 MiB.
const halves = `vramlab trace 1
# halves: every second megabyte
region 8388608 page 4096
a 0 1048576
a 1 1048576
a 2 1048576
a 3 1048576
a 4 1048576
a 5 1048576
a 6 1048576
a 7 1048576
f 0
f 2
f 4
f 6
a 8 4194304
`

func TestFewest(t *testing.T) {
	state := strings.Replace(halves, "a 0 1048576", "l 0 0+1048576", 1)
	wantSaid(t, append(all.List(), windowless), "fewest", []saying{
		{"halves", halves, "-strategies buddy,rangemgr", []string{
			"halves: every second megabyte", "policy i915, 9 of 9 requests granted, 9 tables",
			"segments 1.000 1.000 0: it is the optimum, by hindsight_death", "PTEs 14.44 14.44 0: it is the optimum, by hindsight_death",
			"buddy 0 1.333 1.333 1.333 21.33 1.477 1.477",
			"rangemgr 1* 1.000 1.000 - 16.00 1.000 -",
			"* granted other requests than the bounds are about: compared with the least for",
		}},
		{"another driver", halves, "-strategies buddy -policy amdgpu", []string{"policy amdgpu, 9 of 9 requests granted, 9 tables"}},
		{"a state", state, "-strategies buddy,windowless", []string{
			"policy i915, 8 of 8 requests granted, 8 tables", "left out: windowless: it cannot begin in the state of the trace",
		}},
		{"for none", halves + "a 9 8388608\n", "-strategies buddy", []string{
			"policy i915, 9 of 10 requests granted, 9 tables", "buddy 1 1.333 1.333 1.333 21.33 1.477 1.477",
			"1 refused by whoever granted most: the bounds are without",
		}},
		{"on record", halves + "a 9 8388608\n! ENOSPC\n", "-strategies buddy", []string{
			"policy i915, 9 of 9 requests granted, 9 tables", "left out: 1 refused when it was recorded (-refused: not)",
		}},
		{"nothing granted", "vramlab trace 1\nregion 1048576 page 4096\na 0 0\n", "-strategies buddy", []string{
			"policy i915, 0 of 1 requests granted, 0 tables", "buddy 1 - - - - - -",
		}},
	})
}

// TestFewestJSON: each line is an object, and the sums of the same work have both bounds.
func TestFewestJSON(t *testing.T) {
	code, stdout, stderr := vramlab("fewest", "-format", "json", "-tries", "0", "-strategies", "buddy,rangemgr", write(t, "t.trace", halves))
	if code != exitOK {
		t.Fatalf("exit code %d, %s", code, stderr)
	}
	rows := make(map[string]map[string]any)
	for line := range strings.Lines(stdout) {
		row := make(map[string]any)
		if err := json.Unmarshal([]byte(line), &row); err != nil {
			t.Fatal(err)
		}
		rows[row["strategy"].(string)] = row
	}
	if b := rows["buddy"]; b["segs"] != 12.0 || b["least-segs"] != 9.0 || b["found-entries"] != 130.0 || b["same-work"] != true {
		t.Errorf("buddy: %v", b)
	}
	if r := rows["rangemgr"]; r["segs"] != 8.0 || r["least-segs"] != 8.0 || r["found-segs"] != nil || r["same-work"] != false {
		t.Errorf("rangemgr: %v", r)
	}
}

func TestFewestErrors(t *testing.T) {
	good := write(t, "good.trace", halves)
	behind := write(t, "behind.trace", "vramlab trace 1\nregion 1048576 page 4096\nl 0 512+4096\na 1 4096\n")
	wantMistakes(t, append(all.List(), windowless), []mistake{
		{[]string{"fewest"}, exitUsage, "one trace file is needed, got 0 arguments"},
		{[]string{"fewest", "-policy", "all", good}, exitUsage, "-policy all: have i915, amdgpu, xe_6.11, xe, nouveau"},
		{[]string{"fewest", "-tries", "-1", good}, exitUsage, "-tries -1: a number from 0 to"},
		{[]string{"fewest", "-format", "xml", good}, exitUsage, "for flag -format: have text, json"},
		{[]string{"fewest", "-strategies", "best", good}, exitUsage, `no strategy "best"`},
		{[]string{"fewest", good + "x"}, exitFailed, "good.tracex: no such file"},
		{[]string{"fewest", behind}, exitFailed, "behind.trace:3: "},
	})
	greedy := mine
	greedy.Name = "greedy"
	greedy.New = func(r strategies.Region) (strategies.Allocator, error) {
		return mine.New(strategies.Region{Size: 2 * r.Size, Page: r.Page})
	}
	if code, _, stderr := with([]strategies.Strategy{greedy}, "fewest", good); code != exitFailed || !strings.Contains(stderr, "greedy broke the rule") {
		t.Errorf("a strategy that breaks a rule: exit code %d, %s", code, stderr)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	var out, errs bytes.Buffer
	if code := run(ctx, all.List(), []string{"vramlab", "fewest", "chromium"}, &out, &errs); code != exitInterrupted || out.Len() > 0 || errs.String() != "vramlab fewest: interrupted\n" {
		t.Errorf("interrupted: exit code %d, %s%s", code, &out, &errs)
	}
}
