package bench

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/vramlab/vramlab/bench/schema"
)

// figures are the names and the exact values of a run, in the order of its files, and the
// names of the samples in the order taken.
func figures(t *testing.T, dir string) (all []string) {
	t.Helper()
	for _, file := range schema.Files() {
		lines, units := results(t, filepath.Join(dir, string(file)))
		for _, r := range lines {
			all = append(all, string(r.Name))
			for _, v := range r.Values {
				if m := units.Get(v.Unit, "assume"); m != nil && m.Value == "exact" {
					all = append(all, fmt.Sprint(v.Value, v.Unit))
				}
			}
		}
	}
	return all
}

// TestApart: a run whose samples others take has the lines of one that takes them.
func TestApart(t *testing.T) {
	whole, apart := tiny(t), tiny(t)
	jobs := make(map[string]int)
	var one sync.Mutex
	apart.Apart = func(ctx context.Context, job Job) (Taken, error) {
		one.Lock()
		defer one.Unlock()
		jobs[job.Name]++
		c := tiny(t) // another process has no more of the run
		c.Apart = nil
		return Take(ctx, c, job)
	}
	for _, c := range []Config{whole, apart} {
		if err := Run(context.Background(), c); err != nil {
			t.Fatal(err)
		}
	}
	if !slices.Equal(figures(t, whole.Dir), figures(t, apart.Dir)) {
		t.Error("the lines or an exact value of the run differ")
	}
	if len(jobs) != 4*3+2 {
		t.Errorf("%d cells are taken apart, want those of every subject and the harness: %v", len(jobs), jobs)
	}
	for name, n := range jobs {
		if n != apart.Count {
			t.Errorf("%d samples of %s", n, name)
		}
	}
}

func TestApartFails(t *testing.T) {
	broken := errors.New("a broken process")
	for _, tt := range []struct {
		taken Taken
		err   error
		want  string
	}{
		{Taken{}, broken, "the process for a sample of firstfit on churn: a broken process"},
		{Taken{Lines: "BenchmarkOther 1 1 ns/op\n"}, nil, `the process for a sample of firstfit on churn: "BenchmarkOther 1 1 ns/op" is no line of a result`},
		{Taken{Lines: "BenchmarkHarness/workload=churn 1 1 ns/op\n"}, nil, `the process for a sample of firstfit on churn: it answered "BenchmarkHarness/workload=churn 1 1 ns/o"`},
		{Taken{}, nil, `it answered ""`},
	} {
		c := tiny(t)
		c.Apart = func(context.Context, Job) (Taken, error) { return tt.taken, tt.err }
		err := Run(context.Background(), c)
		if err == nil || !strings.Contains(err.Error(), tt.want) || tt.err != nil && !errors.Is(err, tt.err) {
			t.Errorf("%v, want %s", err, tt.want)
		}
	}
	for _, name := range []string{"", "Holes/strategy=firstfit", "AllocFree/strategy=none/workload=churn", "AllocFree/strategy=firstfit/workload=none", "Harness/workload=none"} {
		if taken, err := Take(context.Background(), tiny(t), Job{Name: name}); err == nil {
			t.Errorf("%q: %q", name, taken.Lines)
		}
	}
}
