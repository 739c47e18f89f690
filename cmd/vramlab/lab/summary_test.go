package lab

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/strategies/all"
	"github.com/vramlab/vramlab/workloads"
)

// rows are those of a table, by their labels: a row is a label and a number for each side.
func rows(text string) map[string]string {
	table := make(map[string]string)
	for _, m := range regexp.MustCompile(`(?m)^(\S.*?)((?:  +(?:\d+|-))+)$`).FindAllStringSubmatch(text, -1) {
		table[m[1]] = strings.Join(strings.Fields(m[2]), " ")
	}
	return table
}

// TestSummary: of 64 KiB, 8 and 4 are taken, 8 freed; 64 are refused, and freeing them
// does nothing.
func TestSummary(t *testing.T) {
	path := write(t, "small.trace", "vramlab trace 1\nregion 65536 page 4096\na 1 8192\n@ 5\na 2 4096\nf 1\na 3 65536\nf 3\n")
	code, stdout, stderr := vramlab("replay", "-strategy", "buddy", "-against", "rangemgr", "-summary", path)
	if code != exitOK {
		t.Fatalf("exit code %d, %s", code, stderr)
	}
	got := rows(stdout)
	for label, want := range map[string]string{
		"operations": "5 5", "requests": "3 3", "served": "2 2", "refused, ENOSPC": "1 1", "blocks granted": "2 2",
		"live, in KiB": "4 4", "live at most, in KiB": "12 12", "free, in KiB": "60 60",
	} {
		if got[label] != want {
			t.Errorf("%s: %q, want %q\n%s", label, got[label], want, stdout)
		}
	}
	if !strings.Contains(stdout, "with reading, unpacking and parsing: ") || got["time an operation, in ns"] == "" {
		t.Errorf("no times:\n%s", stdout)
	}
}

// TestSummaryCounts: what -summary counts is what -against counts, on a trace with trims,
// windows and refusals too.
func TestSummaryCounts(t *testing.T) {
	for _, path := range []string{golden, top + "/doc/patches/stolen.trace", top + "/workloads/recorded/vk_glmark2_resource.trace.gz"} {
		_, exact, _ := vramlab("replay", "-strategy", "buddy", "-against", "buddy_6.11", path)
		code, brief, stderr := vramlab("replay", "-strategy", "buddy", "-against", "buddy_6.11", "-summary", path)
		want, got := rows(exact), rows(brief)
		delete(want, "sg entries")
		delete(want, "answered otherwise")
		for _, extra := range []string{"operations", "live, in KiB", "live at most, in KiB", "time an operation, in ns"} {
			delete(got, extra)
		}
		if code != exitOK || len(want) < 5 || !equalRows(got, want) {
			t.Errorf("%s: %v, want %v; exit code %d, %s", path, got, want, code, stderr)
		}
	}
}

func equalRows(a, b map[string]string) bool {
	for label := range a {
		if a[label] != b[label] {
			return false
		}
	}
	return len(a) == len(b)
}

// narrow is a strategy that places nothing where it is told to.
var narrow = strategies.Strategy{
	Name: "narrow", Doc: "A buddy without windows.",
	New: func(r strategies.Region) (strategies.Allocator, error) {
		buddy, _ := all.Lookup("buddy")
		a, err := buddy.New(r)
		return unwindowed{a}, err
	},
}

type unwindowed struct{ strategies.Allocator }

func (w unwindowed) Alloc(dst []strategies.Block, r strategies.Request) ([]strategies.Block, error) {
	if r.Flags&strategies.Range != 0 {
		return dst, strategies.ErrInvalid
	}
	return w.Allocator.Alloc(dst, r)
}

func TestSummaryFails(t *testing.T) {
	path := write(t, "cut.trace", "vramlab trace 1\nregion 65536 page 4096\na 1 8192\nf 2\n")
	if code, stdout, stderr := vramlab("replay", "-strategy", "buddy", "-summary", path); code != exitFailed || stdout != "" || !strings.Contains(stderr, "cut.trace:4: free of id 2") {
		t.Errorf("a bad line: exit code %d, %q, %q", code, stdout, stderr)
	}
	path = write(t, "state.trace", "vramlab trace 1\nregion 65536 page 4096\nl 0 4096+4096\nf 0\n")
	list := append(all.List(), narrow)
	if code, _, stderr := with(list, "replay", "-strategy", "narrow", "-summary", path); code != exitFailed || !strings.Contains(stderr, "cannot begin in the given state") {
		t.Errorf("a state: exit code %d, %q", code, stderr)
	}
	code, stdout, stderr := with(list, "replay", "-strategy", "buddy", "-against", "narrow", "-summary", path)
	if code != exitFailed || rows(stdout)["operations"] != "2 -" || !strings.Contains(stderr, "left out: narrow") {
		t.Errorf("a state of the second: exit code %d, %q, %q", code, stdout, stderr)
	}
}

// TestSummaryInterrupted: what was counted so far is printed.
func TestSummaryInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	var out, errs bytes.Buffer
	code := run(ctx, all.List(), []string{"vramlab", "replay", "-strategy", "buddy", "-summary", golden}, &out, &errs)
	if code != exitInterrupted || !strings.Contains(errs.String(), "interrupted after 0 operations") || !strings.Contains(out.String(), "free, in KiB") {
		t.Errorf("exit code %d, %q, %q", code, out.String(), errs.String())
	}
}

// TestGenerate: the file holds the operations of the workload, packed or not.
func TestGenerate(t *testing.T) {
	w, _ := workloads.Lookup("gfx")
	want := w.Ops(7, 3000)
	for _, name := range []string{"x.trace", "x.trace.gz", "x.trace.zst"} {
		path := filepath.Join(t.TempDir(), name)
		if code, stdout, stderr := vramlab("generate", "gfx", "-n", "3k", "-seed", "7", "-o", path); code != exitOK || stdout != "" || !strings.Contains(stderr, "3000 operations of gfx, seed 7") {
			t.Fatalf("%s: exit code %d, %q, %q", name, code, stdout, stderr)
		}
		got, err := workloads.FromFile(path)
		if err != nil || got.Title != w.Title || got.Doc != w.Doc || !slices.Equal(got.Ops(0, 0), want) {
			t.Errorf("%s: %s: %s with %d others than the operations of the workload, error %v", name, got.Title, got.Doc, len(got.Ops(0, 0)), err)
		}
		before, _ := os.ReadFile(path)
		code, _, stderr := vramlab("generate", "-n", "5", "-o", path, "gfx")
		if after, _ := os.ReadFile(path); code != exitFailed || !strings.Contains(stderr, "is there already") || !bytes.Equal(before, after) {
			t.Errorf("%s again: exit code %d, %s", name, code, stderr)
		}
	}
	code, stdout, stderr := vramlab("generate", "contigfirst", "-n", "10")
	if code != exitOK || !strings.HasSuffix(stdout, "# 5 second attempts are left out of them\n") || strings.Count(stdout, "\na ") != 5 {
		t.Errorf("exit code %d, %q, %q", code, stdout, stderr)
	}
}

// TestGenerateInterrupted: nothing is left of a file that is not whole.
func TestGenerateInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	dir := t.TempDir()
	var out, errs bytes.Buffer
	code := run(ctx, all.List(), []string{"vramlab", "generate", "gfx", "-o", filepath.Join(dir, "x.trace")}, &out, &errs)
	if left, _ := os.ReadDir(dir); code != exitInterrupted || !strings.Contains(errs.String(), "interrupted") || len(left) > 0 {
		t.Errorf("exit code %d, %q, files %v", code, errs.String(), left)
	}
}

func TestParseCount(t *testing.T) {
	for text, want := range map[string]int{
		"1": 1, "100000000": 1e8, "1e8": 1e8, "100M": 1e8, "1.5k": 1500, "2G": 2e9, "1e15": 1e15,
		"": 0, "0": 0, "-1": 0, "1.5": 0, "1e16": 0, "1e400": 0, "nan": 0, "inf": 0, "M": 0, "1MM": 0, "1m": 0, "1e-3": 0, "x": 0,
	} {
		got, err := parseCount(text)
		if got != want || (err == nil) != (want > 0) {
			t.Errorf("%q is %d, error %v; want %d", text, got, err, want)
		}
	}
}

// TestMost: of a long trace the first operations are taken, and that is said; all of a short
// one are, without a word.
func TestMost(t *testing.T) {
	text := "vramlab trace 1\n# Game: it is played.\nregion 1048576 page 4096\nl 0 0+4096\nf 0\n@ 7\n" + strings.Repeat("a 1 4096\n= 0+4096\nf 1\n", 1000)
	path := write(t, "long.trace", text)
	for most, want := range map[int]int{1: 1, 2: 2, 3: 3, 2000: 2000, 2001: 2001, 2002: 2002, 9999: 2002} {
		var errs bytes.Buffer
		list, err := newEnvironment(all.List(), []string{"vramlab"}, &errs, &errs).workloadsOf(path, most)
		if most == 1 {
			if err == nil || !strings.Contains(err.Error(), "no operations") {
				t.Errorf("a state alone: %v, error %v", list, err)
			}
			continue
		}
		if err != nil || len(list[0].Ops(0, 0)) != want {
			t.Fatalf("at most %d: %v, error %v", most, list, err)
		}
		said := fmt.Sprintf("the first %d", want)
		if cut := want < 2002; cut != strings.Contains(errs.String(), said) || cut != strings.Contains(list[0].Title, said) || !cut && errs.Len() > 0 {
			t.Errorf("at most %d: %q, %q", most, errs.String(), list[0].Doc)
		}
	}
}
