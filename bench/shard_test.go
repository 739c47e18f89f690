package bench

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vramlab/vramlab/bench/schema"
	"github.com/vramlab/vramlab/workloads"
)

func TestParseShard(t *testing.T) {
	for _, want := range []Shard{{1, 1}, {2, 4}, {4, 4}} {
		if got, err := ParseShard(want.String()); got != want || err != nil {
			t.Errorf("%v was read as %v, %v", want, got, err)
		}
	}
	for _, text := range []string{"", "1", "/", "0/4", "5/4", "0/0", "-1/2", "+1/2", "1/2/3", "a/2", "1/b", " 1/2", "1/99999999999"} {
		if got, err := ParseShard(text); err == nil {
			t.Errorf("%q was read as %v", text, got)
		}
	}
}

// TestShares: whatever N is, every unit is in one shard, in the order of the whole, and no
// shard is empty.
func TestShares(t *testing.T) {
	c := tiny(t)
	c.Skip, c.Goroutines = []string{"holes", "worst"}, []int{1}
	units := c.Units()
	want := []Unit{{"churn", false}, {"small", false}, {"objects", true}, {"lookups", true}, {"sharing", true}, {"migrations", true}, {"references", true}, {"age", true}}
	if !slices.Equal(units, want) {
		t.Fatalf("units %v, want %v", units, want)
	}
	for n := 1; n <= len(units); n++ {
		seen := make(map[Unit]bool)
		for i := 1; i <= n; i++ {
			c.Shard = Shard{i, n}
			share := c.Share()
			if err := c.CheckShard(); err != nil || len(share) == 0 {
				t.Errorf("shard %v has %v: %v", c.Shard, share, err)
			}
			last := -1
			for _, u := range share {
				at := slices.Index(units, u)
				if seen[u] || at <= last {
					t.Errorf("shard %v has %v: one twice, or in another order", c.Shard, share)
				}
				seen[u], last = true, at
			}
		}
		if len(seen) != len(units) {
			t.Errorf("%d shards have %d of %d units", n, len(seen), len(units))
		}
	}
	for _, bad := range []Shard{{1, 9}, {0, 2}, {3, 2}, {1, 0}} {
		c.Shard = bad
		if err := c.complete(); err == nil {
			t.Errorf("shard %v was taken", bad)
		} else if bad.N == 9 && !strings.Contains(err.Error(), "at most 8: 2 workloads and 6 experiments") {
			t.Errorf("the error does not name the most: %v", err)
		}
	}
}

// TestShardOfExperiments: a shard without a workload measures its experiment, in the
// region of the whole run, and says so at the head.
func TestShardOfExperiments(t *testing.T) {
	c := tiny(t)
	c.Skip, c.Shard, c.Profile = []string{"objects", "lookups", "migrations", "holes", "worst", "age"}, Shard{3, 3}, true
	steps := 0
	c.Progress = func(p Progress) {
		total := p.Total
		steps = total
	}
	if err := Run(context.Background(), c); err != nil {
		t.Fatal(err)
	}
	if want := 3*2 + 2; steps != want { // references alone and contended, three times; no profile of two strategies
		t.Errorf("%d steps, want %d", steps, want)
	}
	data, err := os.ReadFile(filepath.Join(c.Dir, string(schema.Results)))
	if err != nil {
		t.Fatal(err)
	}
	head := string(data)
	for _, want := range []string{"# shard: 3/3\n", "# shard-experiments: references\n", "# experiments: references\n", "# workloads: churn small\n", "# matrix: " + c.digest() + "\n", "# host: "} {
		if !strings.Contains(head, want) {
			t.Errorf("no %q in\n%s", want, head)
		}
	}
	if strings.Contains(head, "Benchmark") || strings.Contains(head, "shard-workloads") {
		t.Errorf("a workload was measured, or is named:\n%s", head)
	}
	all, _ := results(t, filepath.Join(c.Dir, string(schema.Curves)))
	for _, r := range all {
		if !strings.HasPrefix(string(r.Name), "Ref/") {
			t.Errorf("line of %s", r.Name)
		}
	}
	if len(all) < c.Count || len(all) > 2*c.Count { // those on a busy machine do not count
		t.Errorf("%d lines of references, want %d to %d", len(all), c.Count, 2*c.Count)
	}
}

// TestTakeOfShard: a process that takes a sample for a shard finds its cell.
func TestTakeOfShard(t *testing.T) {
	c := tiny(t)
	c.Shard = Shard{2, 2}
	name := schema.AllocFree.FullName(schema.Labels{schema.Strategy: "firstfit", schema.Workload: "small"})
	if taken, err := Take(context.Background(), c, Job{Name: name, Allow: time.Millisecond}); err != nil || !strings.HasPrefix(taken.Lines, "Benchmark"+name) {
		t.Errorf("%q, %v", taken.Lines, err)
	}
}

// TestDigest: another operation, setting or name is another matrix; another shard is not.
func TestDigest(t *testing.T) {
	seen := map[string]string{}
	for what, change := range map[string]func(*Config){
		"the same": func(*Config) {},
		"seed":     func(c *Config) { c.Seed++ },
		"count":    func(c *Config) { c.Count++ },
		"cpu":      func(c *Config) { c.Goroutines = []int{2} },
		"skip":     func(c *Config) { c.Skip = c.Skip[1:] },
		"region":   func(c *Config) { c.Workloads[1].Region.Size *= 2 },
		"trace": func(c *Config) {
			ops := c.Workloads[1].Ops
			c.Workloads[1].Ops = func(seed uint64, n int) []workloads.Op {
				changed := slices.Clone(ops(seed, n))
				changed[len(changed)-1].Req.Align++
				return changed
			}
		},
	} {
		c := tiny(t)
		change(&c)
		d := c.digest()
		if c.Shard = (Shard{1, 2}); c.digest() != d {
			t.Errorf("%s: the digest of a shard is another", what)
		}
		if other, ok := seen[d]; ok {
			t.Errorf("%s and %s have the digest %s", what, other, d)
		}
		seen[d] = what
	}
	c := tiny(t)
	if fmt.Sprint(c.shardFacts()) != "[]" {
		t.Error("a whole run has facts of a shard")
	}
}
