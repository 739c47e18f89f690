package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/vramlab/vramlab/bench"
	"github.com/vramlab/vramlab/cmd/vramlab/lab"
	"github.com/vramlab/vramlab/sgtable"
	"github.com/vramlab/vramlab/strategies/all"
	"github.com/vramlab/vramlab/workloads"
)

// asLab makes the test binary the command vramlab.
const asLab = "VRAMLAB_TEST_AS_LAB"

func TestMain(m *testing.M) {
	if os.Getenv(asLab) != "" {
		lab.Main(all.List()...)
		return
	}
	os.Exit(m.Run())
}

// runOf is the directory of a short run.
func runOf(t *testing.T, ops int, strategyNames, workloadNames []string) string {
	t.Helper()
	c := bench.Config{
		Dir: filepath.Join(t.TempDir(), "run"), Builders: sgtable.Builders()[:1],
		Count: 1, Seed: 5, Ops: ops, SampleTime: time.Microsecond, Budget: time.Millisecond,
		Skip: []string{"holes", "objects", "lookups", "growth", "sharing", "migrations", "crossings", "references", "worst", "age",
			"kernelwork", "smallest", "bound", "fewest", "defrag", "managed", "hardware"},
	}
	for _, name := range strategyNames {
		s, ok := all.Lookup(name)
		if !ok {
			t.Fatalf("no strategy %s", name)
		}
		c.Strategies = append(c.Strategies, s)
	}
	for _, name := range workloadNames {
		w, ok := workloads.Lookup(name)
		if !ok {
			t.Fatalf("no workload %s", name)
		}
		c.Workloads = append(c.Workloads, w)
	}
	if err := bench.Run(context.Background(), c); err != nil {
		t.Fatal(err)
	}
	return c.Dir
}

// TestRecount: the lines Walk of a run are what the recount counts, where requests are
// scattered, windowed, tried twice, trimmed, odd, and larger than a device takes; and a
// figure that is not is found.
func TestRecount(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv(asLab, "1")
	dir := runOf(t, 3000, []string{"buddy", "buddy_lifo", "rangemgr"}, []string{"contigfirst", "window", "splinter", "oddsizes", "vulkan", "svm"})
	var out strings.Builder
	if ok, err := recount(&out, dir, []string{self}); err != nil || !ok || !regexp.MustCompile(`^(\d+) of \d+ lines recounted, 0 differ\n$`).MatchString(out.String()) {
		t.Errorf("%v, error %v:\n%s", ok, err, &out)
	}
	// One figure more is found, with the placements of the run alone.
	path := filepath.Join(dir, "curves.bench")
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	line := regexp.MustCompile(`(?m)^BenchmarkWalk/strategy=buddy/workload=splinter/policy=i915\S* .*$`).FindString(string(whole))
	for i, word := range strings.Fields(line) {
		n, err := strconv.ParseFloat(word, 64)
		if err != nil {
			continue // a name or a unit
		}
		words := strings.Fields(line)
		words[i] = fmt.Sprint(n + 1)
		if err := os.WriteFile(path, []byte(strings.Replace(string(whole), line, strings.Join(words, " "), 1)), 0o666); err != nil {
			t.Fatal(err)
		}
		out.Reset()
		if ok, err := recount(&out, dir, nil); err != nil || ok || !strings.Contains(out.String(), " 1 differ") || strings.Count(out.String(), "\n") != 3 {
			t.Errorf("%s is %s: %v, error %v:\n%s", word, words[i], ok, err, &out)
		}
	}
}

// TestDevice: what an IOMMU joins, worked by hand.
func TestDevice(t *testing.T) {
	const k, g = 1 << 10, 1 << 30
	for _, tt := range []struct {
		table   []block
		granule uint64
		want    int // 0: the device does not take it
	}{
		{[]block{{0, 4 * k}, {8 * k, 16 * k}, {4 * k, 8 * k}}, 4 * k, 1},
		{[]block{{0, 4 * k}, {4 * k, 8 * k}}, 64 * k, 2},
		{[]block{{0, 64 * k}, {192 * k, 256 * k}, {64 * k, 68 * k}, {128 * k, 192 * k}}, 64 * k, 2},
		{[]block{{0, 2 * g}, {4 * g, 6 * g}}, 4 * k, 2},                 // 4 GiB is more than a segment has
		{[]block{{0, 3 * g}, {4 * g, 6 * g}, {8 * g, 9 * g}}, 4 * k, 2}, // the second begins at the boundary
		{[]block{{0, 4 * g}}, 4 * k, 0},
		{[]block{{8 * k, 4*g + 4*k}}, 64 * k, 0}, // it crosses, wherever it is put
	} {
		if got, ok := device(tt.table, tt.granule); got != tt.want || ok != (tt.want > 0) {
			t.Errorf("%v in pages of %d: %d, %v, want %d", tt.table, tt.granule, got, ok, tt.want)
		}
	}
}

// TestShares: the recount imports nothing but the standard library.
func TestShares(t *testing.T) {
	if _, err := exec.LookPath("go"); err != nil {
		t.Skip("the go command is not in PATH")
	}
	out, err := exec.Command("go", "list", "-deps", "-f", "{{if not .Standard}}{{.ImportPath}}{{end}}", ".").Output()
	if got := strings.Fields(string(out)); err != nil || len(got) != 1 {
		t.Errorf("it depends on %v, error %v", got, err)
	}
}
