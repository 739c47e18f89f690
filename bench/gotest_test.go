package bench_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vramlab/vramlab/bench"
	"github.com/vramlab/vramlab/internal/churn"
	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/workloads"
	"github.com/vramlab/vramlab/workloads/replay"
)

// slowly is farther with 10 ms for a replay and 40 for a drain on a real clock, which
// may add some.
type slowly struct{ *farther }

func (s *slowly) Batch(ops []workloads.Op) (replay.Batch, error) {
	s.sleepless = true
	return &slowBatch{fartherBatch{s.farther, ops, replay.NewLive(ops)}}, nil
}

type slowBatch struct{ fartherBatch }

func (b *slowBatch) Replay(ns []uint32) (replay.Counts, error) {
	time.Sleep(10 * time.Millisecond)
	return b.fartherBatch.Replay(ns)
}

func (b *slowBatch) Drain() error {
	time.Sleep(40 * time.Millisecond)
	return b.fartherBatch.Drain()
}

const runScripted = "VRAMLAB_BENCHMARK_SCRIPTED"

// BenchmarkScripted is what TestGoTestUnits runs in a process of its own.
func BenchmarkScripted(b *testing.B) {
	if os.Getenv(runScripted) == "" {
		b.Skip("for TestGoTestUnits")
	}
	bench.AllocFree(b, bench.Config{
		Strategies: []strategies.Strategy{{Name: "slowly", Doc: "Slowly.", New: func(r strategies.Region) (strategies.Allocator, error) {
			return &slowly{&farther{scripted: newScripted(r, new([]uint64))}}, nil
		}}},
		Workloads: []workloads.Workload{{
			Name: "few", Title: "Few", Doc: "Few.", Region: fewRegion, Ops: func(uint64, int) []workloads.Op { return few() },
		}},
	})
}

// BenchmarkNames is what TestGoTestNames runs in a process of its own.
func BenchmarkNames(b *testing.B) {
	if os.Getenv(runScripted) == "" {
		b.Skip("for TestGoTestNames")
	}
	c := bench.Config{
		Strategies: []strategies.Strategy{churn.FirstFit},
		Workloads:  []workloads.Workload{churn.Workload("small", 20)},
		Growth:     bench.Grid{Regions: []uint64{8 << 20}, Live: []int{100}},
	}
	bench.Benchmark(b, c)
	bench.Migrate(b, c)
	b.Run("growth", func(b *testing.B) { bench.Scaling(b, c) })
	c.Goroutines = []int{1}
	bench.Concurrent(b, c)
	bench.Ref(b)
}

// TestGoTestNames: all benchmarks of go test are there, under the names that are promised.
func TestGoTestNames(t *testing.T) {
	path := filepath.Join(t.TempDir(), "out")
	out := goTest(t, "^BenchmarkNames$|^BenchmarkBuilders$/^layout=pieces$/.*/^size=(4K|1M)iB$", "1x")
	if err := os.WriteFile(path, out, 0o666); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, l := range readLines(t, path) {
		got = append(got, l.name)
	}
	want := []string{
		"Names/pass=allocfree/strategy=firstfit/workload=small",
		"Names/pass=sgtable/strategy=firstfit/workload=small/builder=counted",
		"Names/growth/strategy=firstfit/region=8MiB/live=100/op=alloc", "Names/growth/strategy=firstfit/region=8MiB/live=100/op=free",
		"Names/strategy=firstfit/lock=locked/goroutines=1",
		"Names/mode=uncontended", "Names/mode=contended",
	}
	for _, lifetime := range []string{"resource", "copy", "refcount", "gc"} {
		want = append(want, "Names/strategy=firstfit/lifetime="+lifetime)
	}
	for _, builder := range []string{"counted", "nomerge", "worstcase", "grow", "sorted", "copy", "loop"} {
		for _, size := range []string{"4KiB", "1MiB"} {
			for _, reuse := range []string{"yes", "no"} {
				want = append(want, "Builders/layout=pieces/builder="+builder+"/size="+size+"/reuse="+reuse)
			}
		}
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("benchmarks\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// TestGoTestUnits: go test -bench prints the units of a run. Of four replays of 10 ms
// and a little it prints the mean, drains not timed, and ns/op is the mean of ns/alloc
// and ns/free by the numbers of requests and frees.
func TestGoTestUnits(t *testing.T) {
	out := goTest(t, "^BenchmarkScripted$", "4x")
	path := filepath.Join(t.TempDir(), "out")
	if err := os.WriteFile(path, out, 0o666); err != nil {
		t.Fatal(err)
	}
	lines := readLines(t, path)
	if len(lines) != 1 || !strings.HasSuffix(lines[0].name, "/strategy=slowly/workload=few") {
		t.Fatalf("output\n%s", out)
	}
	v := lines[0].values
	if op := v["ns/op"] * fewOps; v[iterations] != 4 || op < 10e6 || op > 10e9 {
		t.Errorf("%v replays of %v ns, want 4 of 10 ms and what the machine adds", v[iterations], op)
	}
	roughly := func(what string, got, want float64) {
		if got < .999*want || got > 1.001*want { // four digits are printed
			t.Errorf("%s: %v, want %v", what, got, want)
		}
	}
	roughly("ns/op, from ns/alloc and ns/free", v["ns/op"], (fewRequests*v["ns/alloc"]+fewFrees*v["ns/free"])/fewOps)
	roughly("ns/alloc by ns/free", v["ns/alloc"]/v["ns/free"], 1600./6/(180./3))
	roughly("served-pct", v["served-pct"], 100*5./6)
	roughly("p50-ns", v["p50-ns"], 165.6)
	roughly("p99-ns", v["p99-ns"], 199.3)
	roughly("max-ns", v["max-ns"], 200)
	roughly("metadata-B", v["metadata-B"], 2148)
}

// goTest is the output of a benchmark in a process of its own, so many times.
func goTest(t *testing.T, pattern, times string) []byte {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^$", "-test.bench="+pattern, "-test.benchtime="+times)
	cmd.Env = append(os.Environ(), runScripted+"=1")
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return out
}

// TestGoTestUnitLines: each benchmark says first which way its units are better, once.
func TestGoTestUnitLines(t *testing.T) {
	for _, pattern := range []string{"^BenchmarkScripted$", "^BenchmarkRef$/^mode=uncontended$", "^BenchmarkBuilders$/^layout=whole$/^builder=counted$/^size=4KiB$/^reuse=yes$"} {
		out := string(goTest(t, pattern, "1x"))
		if strings.Count(out, "Unit ns/alloc better=lower\n") != 1 || strings.Count(out, "Unit served-pct better=higher assume=exact\n") != 1 {
			t.Errorf("%s: no Unit lines, or twice, in\n%s", pattern, out)
		}
	}
}
