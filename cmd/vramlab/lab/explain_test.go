package lab

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/vramlab/vramlab/bench/schema"
	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/strategies/all"
	"github.com/vramlab/vramlab/workloads/reason"
)

// broken is a trace of 16 pages: four objects, the second and the last freed, and a request
// that one extent cannot hold. Then one that makes no sense, and one that is too large.
const broken = `vramlab trace 1
region 65536 page 4096
a 10 24576
a 11 16384
a 12 4096
a 13 20480
f 11
f 13
a 14 24576
f 14
a 15 5000
a 16 131072
a 17 32768 contiguous
`

// TestExplainTrace: the numbers were worked out by hand. The range manager has 16 KiB from
// 24 KiB on and 20 KiB from 44 KiB on, with object 12 between.
func TestExplainTrace(t *testing.T) {
	path := write(t, "broken.trace", broken)
	code, stdout, stderr := vramlab("explain", "-op", "7", "-strategy", "rangemgr", path)
	if code != exitOK || stderr != "" {
		t.Fatalf("exit code %d, %s", code, stderr)
	}
	flat := strings.Join(strings.Fields(stdout), " ")
	for _, want := range []string{
		"Why rangemgr refused 24 KiB at operation 7.",
		"36 KiB was free, but the largest hole had 20 KiB.",
		"One 4 KiB object at 0xa000 (allocation 12, alive for 4 operations) splits the best place for it; without it 40 KiB would be free in one piece.",
		"Without it the request would fit: a replay that frees it just before grants it. No set of frees is cheaper.",
		"to free allocation 12 of 4 KiB: the least that would do, by replay",
		"buddy granted it in", "tlsf refused it (ENOSPC)",
	} {
		if !strings.Contains(flat, want) {
			t.Errorf("no %q in\n%s", want, stdout)
		}
	}
	for _, tt := range []struct {
		args []string
		want string
	}{
		{[]string{"-strategy", "rangemgr", path}, "rangemgr: 3 requests refused, 0 granted in pieces"},
		{[]string{"-op", "5", "-strategy", "rangemgr", path}, "rangemgr freed at operation 5 allocation 11, granted at operation 2: 24576+16384."},
		{[]string{"-op", "1", "-strategy", "rangemgr", path}, "rangemgr granted 24 KiB in one piece at operation 1."},
		{[]string{"-op", "8", "-strategy", "rangemgr", path}, "Nothing was freed at operation 8: rangemgr had refused the allocation."},
		{[]string{"-op", "9", "-strategy", "buddy", path}, "Its size, 5,000 bytes, is no multiple of the page of 4 KiB."},
		{[]string{"-op", "10", "-strategy", "buddy", path}, "It is larger than the region of 64 KiB."},
		{[]string{"-op", "10", "-strategy", "tlsf", path}, "(E2BIG)"},
		{[]string{"-op", "7", "-strategy", "buddy", path}, "buddy granted 24 KiB in one piece at operation 7."},
		{[]string{"-op", "7", path}, "Why rangemgr refused"},
		{[]string{"-op", "5", "-strategy", "buddy", write(t, "split.trace", "vramlab trace 1\nregion 65536 page 4096\na 1 8192\na 2 8192\na 3 16384\nf 1\na 4 24576\n")}, "a piece for each of 16 KiB + 8 KiB."},
		{[]string{"-strategy", "buddy", write(t, "full.trace", "vramlab trace 1\nregion 65536 page 4096\na 0 5000\na 1 65536\na 2 4096\n")}, "-op 3"}, // not 1, which is invalid
	} {
		code, stdout, stderr := vramlab(append([]string{"explain"}, tt.args...)...)
		if code != exitOK || !strings.Contains(strings.Join(strings.Fields(stdout), " "), tt.want) {
			t.Errorf("%v: no %q in\n%s%s", tt.args, tt.want, stdout, stderr)
		}
	}
	for _, tt := range []struct {
		args []string
		want string
	}{
		{[]string{"-op", "12", path}, ": -op 12: there are 11 operations"},
		{[]string{"-op", "0", path}, "which count from 1"},
		{[]string{"-op", "1", "-strategy", "nobody", path}, `"nobody"`},
		{[]string{"-workload", "gfx", path}, "is no directory"},
		{[]string{"-format", "xml", path}, "have text, json"},
		{[]string{t.TempDir()}, "holds no placements"},
		{nil, "one run directory or trace file is needed, got 0 arguments"},
		{[]string{"-strategy", "", path}, "no name; without the flag it is all of them"},
	} {
		code, _, stderr := vramlab(append([]string{"explain"}, tt.args...)...)
		if code == exitOK || strings.Count(stderr, "\n") != 1 || !strings.Contains(stderr, tt.want) {
			t.Errorf("%v: exit code %d, %q, want %q", tt.args, code, stderr, tt.want)
		}
	}
}

// TestExplainDevice: of a capture with several regions the command that a list ends with
// names the region, too.
func TestExplainDevice(t *testing.T) {
	text := regions
	for _, ptr := range []string{"0x40", "0x50"} {
		text += `{"event":"allocate","payload":{"allocator_ref":"0x2","size":4096},"result":{"memory_ptr":"` + ptr + `"}}` + "\n"
	}
	for _, ptr := range []string{"0x30", "0x50"} { // what is left is in pieces
		text += `{"event":"deallocate","payload":{"allocator_ref":"0x2","memory_ptr":"` + ptr + `"}}` + "\n"
	}
	text += `{"event":"allocate","payload":{"allocator_ref":"0x2","size":8192},"result":{"memory_ptr":"0x60"}}` + "\n"
	path := write(t, "two.json", text)
	code, stdout, stderr := vramlab("explain", "-device", "0x2", "-strategy", "buddy", path)
	if want := "vramlab explain " + path + " -device 0x2 -strategy buddy -op "; code != exitOK || !strings.Contains(stdout, want) {
		t.Errorf("exit code %d, no %q in\n%s%s", code, want, stdout, stderr)
	}
}

// TestExplainRun: a run writes why requests were refused, its report says so, and explain
// says the same of its placements, second attempts included. What a strategy made in another
// way is called in the run, it is called here.
func TestExplainRun(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "run")
	code, stdout, stderr := vramlab("run", "-quick", "-count", "1", "-cpu", "", "-skip", "all", "-ops", "6000",
		"-strategies", "buddy,tlsf:bins=8:as=coarse,buddy_lifo", "-workloads", "window,contigfirst,holes", "-o", dir)
	if code != exitOK {
		t.Fatalf("exit code %d, %s", code, stderr)
	}
	list, err := reason.Read(filepath.Join(dir, schema.Explanations), t.Errorf)
	if err != nil || len(list) < 20 {
		t.Fatalf("%d explanations, %v", len(list), err)
	}
	line := regexp.MustCompile(`(?m)^why: vramlab (explain .*) -workload (\S+) -strategy (\S+) -op (\d+)$`).FindStringSubmatch(stdout)
	if line == nil {
		t.Fatalf("no command to see why in\n%s", stdout)
	}
	page, err := os.ReadFile(filepath.Join(dir, "report.html"))
	if err != nil || !strings.Contains(string(page), "would fit: a replay that frees") {
		t.Errorf("the report does not say what would fit, %v", err)
	}
	seen, pieces := make(map[string]int), 0
	for i, x := range list {
		if x.Errno == "" {
			pieces++
		}
		if seen[x.Workload+x.Strategy]++; seen[x.Workload+x.Strategy] > 24+5 || (x.Errno == "") != (x.Kind == reason.Scattered) || x.Errno == "" && x.Segments < 2 {
			t.Errorf("%s on %s at operation %d: %q", x.Strategy, x.Workload, x.Op, x.Errno)
		}
		if i%(len(list)/6) > 0 { // each replays the others too
			continue
		}
		code, stdout, stderr := vramlab("explain", "-workload", x.Workload, "-strategy", x.Strategy, "-op", strconv.Itoa(x.Op), "-format", "json", dir)
		var again reason.Explanation
		if err := json.Unmarshal([]byte(stdout), &again); code != exitOK || stderr != "" || err != nil {
			t.Fatalf("exit code %d, %s, %v", code, stderr, err)
		}
		if again.Op != x.Op || again.ID != x.ID || again.Errno != x.Errno || again.Free != x.Free || x.Proven && !again.Proven || len(again.Answers) != 2 {
			t.Errorf("explained now: %+v\nin the run: %+v", again, *x)
		}
	}
	if pieces == 0 {
		t.Error("no grant in pieces is explained")
	}
	for _, tt := range []struct {
		args []string
		want string
	}{
		{[]string{dir}, "several workloads: -workload picks one (contigfirst, holes, window)"},
		{[]string{"-workload", "gfx", dir}, `no placements of workload "gfx"`},
		{[]string{"-workload", "window", "-strategy", "nobody", dir}, `"nobody"`},
		{[]string{"-workload", "window", "-op", "999999", dir}, "-op 999999: there are"},
	} {
		code, _, stderr := vramlab(append([]string{"explain"}, tt.args...)...)
		if code == exitOK || strings.Count(stderr, "\n") != 1 || !strings.Contains(stderr, tt.want) {
			t.Errorf("%v: exit code %d, %q, want %q", tt.args, code, stderr, tt.want)
		}
	}
	if code, _, stderr := vramlab("explain", "-workload", "window", "-strategy", "rangemgr", dir); code != exitOK {
		t.Errorf("a strategy that is not of the run: %s", stderr)
	}
}

// A strategy of another module is explained as the others are, and answers what they refuse.
func TestExplainForeign(t *testing.T) {
	tlsf, _ := all.Lookup("tlsf")
	foreign := tlsf
	foreign.Name = "theirs"
	dir := filepath.Join(t.TempDir(), "run")
	code, _, stderr := with([]strategies.Strategy{foreign, tlsf}, "run", "-quick", "-count", "1", "-cpu", "", "-skip", "all", "-strategies", "theirs,tlsf", "-trace", write(t, "broken.trace", broken), "-o", dir)
	if code != exitOK {
		t.Fatalf("exit code %d, %s", code, stderr)
	}
	explainedIn(t, dir, "theirs", "tlsf")
}

// explainedIn are the explanations of a run of two strategies, each of which answers where
// the other refuses.
func explainedIn(t *testing.T, dir string, names ...string) []*reason.Explanation {
	t.Helper()
	list, err := reason.Read(filepath.Join(dir, schema.Explanations), t.Errorf)
	if err != nil {
		t.Fatal(err)
	}
	n := make(map[string]int)
	for _, x := range list {
		n[x.Strategy]++
		if len(x.Answers) != 1 || x.Answers[0].Strategy == x.Strategy || !slices.Contains(names, x.Answers[0].Strategy) {
			t.Errorf("%s at operation %d has the answers %+v", x.Strategy, x.Op, x.Answers)
		}
	}
	if len(n) != len(names) {
		t.Errorf("explanations of each: %v, want some of %v", n, names)
	}
	return list
}
