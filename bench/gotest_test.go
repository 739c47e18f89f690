package bench_test

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vramlab/vramlab/bench"
	"github.com/vramlab/vramlab/bench/schema"
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

// visiting is firstfit that visits two places for a request and three for a free.
type visiting struct {
	strategies.Allocator
	visits uint64
}

func (v *visiting) Alloc(dst []strategies.Block, r strategies.Request) ([]strategies.Block, error) {
	v.visits += 2
	return v.Allocator.Alloc(dst, r)
}

func (v *visiting) Free(b []strategies.Block) {
	v.visits += 3
	v.Allocator.Free(b)
}

func (v *visiting) Counters() strategies.Counters { return strategies.Counters{Visits: v.visits} }

// BenchmarkNames is what TestGoTestNames runs in a process of its own.
func BenchmarkNames(b *testing.B) {
	if os.Getenv(runScripted) == "" {
		b.Skip("for TestGoTestNames")
	}
	c := bench.Config{
		Strategies: []strategies.Strategy{churn.FirstFit},
		Workloads:  []workloads.Workload{churn.Workload("small", 20)},
	}
	bench.Benchmark(b, c)
	bench.Migrate(b, c)
	c.Growth.Regions = []uint64{64 << 20} // which holds the thousand objects of the default grid, not more
	c.Strategies = []strategies.Strategy{{Name: "visiting", Doc: "Visits.", New: func(r strategies.Region) (strategies.Allocator, error) {
		a, err := churn.FirstFit.New(r)
		return &visiting{Allocator: a}, err
	}}}
	bench.Scaling(b, c)
	c.Strategies, c.Growth = []strategies.Strategy{churn.FirstFit}, bench.Grid{}
	bench.Concurrent(b, c)
	bench.Ref(b)
}

// TestGoTestNames: all benchmarks of go test are there, under the names that are promised
// and with the units of each. The numbers of segments and visits and what was served are
// exact, and a builder allocates where memory is not used again.
func TestGoTestNames(t *testing.T) {
	path := filepath.Join(t.TempDir(), "out")
	out := goTest(t, "^BenchmarkNames$|^BenchmarkBuilders$/^layout=pieces$/.*/^size=(4K|1M)iB$|^BenchmarkCursor$/^layout=pieces$/^size=(1M|1G)iB$", "3x")
	if err := os.WriteFile(path, out, 0o666); err != nil {
		t.Fatal(err)
	}
	crowded := fmt.Sprintf("goroutines=%d", min(max(2, runtime.GOMAXPROCS(0)), bench.MaxGoroutines))
	var got []string
	for _, l := range readLines(t, path) {
		if strings.HasSuffix(l.name, crowded) { // which has its units only where there are cores
			got = append(got, l.name)
			continue
		}
		got = append(got, l.name+": "+l.shape())
	}
	want := []string{
		"Names/pass=allocfree/strategy=firstfit/workload=small: 3x max-ns metadata-B ns/alloc ns/free ns/op p50-ns p99-ns p999-ns served-pct=100",
		"Names/pass=sgtable/strategy=firstfit/workload=small/builder=counted: 3x ns/op ns/seg ns/table segs/table=1",
		"Names/strategy=visiting/region=64MiB/live=1000/op=alloc: 3x ns/op served-pct=100 visits/op=2",
		"Names/strategy=visiting/region=64MiB/live=1000/op=free: 3x ns/op served-pct=100 visits/op=3",
		"Names/strategy=firstfit/lock=locked/goroutines=1: 3x ns/op p50-ns p99-ns p999-ns",
		"Names/strategy=firstfit/lock=locked/" + crowded,
		"Names/mode=uncontended: 3x ns/op", "Names/mode=contended: 3x ns/op",
	}
	for _, lifetime := range []string{"resource", "copy", "refcount", "gc"} {
		want = append(want, "Names/strategy=firstfit/lifetime="+lifetime+": 3x capture-p50-ns capture-p99-ns hazards ns/op peak-B peak-tables recovered")
	}
	for name, exact := range map[string][2]string{ // as go test rounds them
		"size=1MiB/lookup=linear": {"16", "7.5"}, "size=1MiB/lookup=index": {"16", "4.125"},
		"size=1GiB/lookup=linear": {"16384", "8192"}, "size=1GiB/lookup=index": {"16384", "14"},
	} {
		want = append(want, fmt.Sprintf("Cursor/layout=pieces/%s: 3x ns/lookup ns/op segs/table=%s steps/lookup=%s", name, exact[0], exact[1]))
	}
	for size, segs := range map[string]string{"4KiB": "1", "1MiB": "16"} { // pieces are of 64 KiB
		times := ": 3x ns/op ns/seg ns/table segs/table=" + segs
		for _, builder := range []string{"counted", "nomerge", "worstcase", "grow", "sorted"} {
			name := "Builders/layout=pieces/builder=" + builder + "/size=" + size
			memory := " entries/table ns/op ns/seg ns/table peak-B segs/table=" + segs
			want = append(want, name+"/reuse=yes: 3x B/op allocs=false"+memory, name+"/reuse=no: 3x B/op allocs=true"+memory)
		}
		for _, builder := range []string{"copy", "loop"} {
			name := "Builders/layout=pieces/builder=" + builder + "/size=" + size
			want = append(want, name+"/reuse=yes"+times, name+"/reuse=no"+times)
		}
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("benchmarks\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// shape is what a line says whatever the machine.
func (l textLine) shape() string {
	words := []string{fmt.Sprintf("%vx", l.values[iterations])}
	for _, unit := range slices.Sorted(maps.Keys(l.values)) {
		switch v := l.values[unit]; unit {
		case iterations:
		case "allocs/op":
			words = append(words, fmt.Sprintf("allocs=%t", v > 0))
		case "segs/table", "steps/lookup", "served-pct", "visits/op":
			words = append(words, fmt.Sprintf("%s=%v", unit, v))
		default:
			words = append(words, unit)
		}
	}
	return strings.Join(words, " ")
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

// TestGoTestUnitLines: each benchmark says first which way its units are better, once, and
// nothing of the units of others.
func TestGoTestUnitLines(t *testing.T) {
	const builders = "Unit ns/table better=lower\nUnit ns/seg better=lower\nUnit segs/table better=lower assume=exact\n" +
		"Unit entries/table better=lower assume=exact\nUnit peak-B better=lower assume=exact\n"
	const replays = "Unit ns/alloc better=lower\nUnit ns/free better=lower\nUnit p50-ns better=lower\nUnit p99-ns better=lower\nUnit p999-ns better=lower\n" +
		"Unit max-ns better=lower\nUnit served-pct better=higher assume=exact\nUnit metadata-B better=lower assume=exact\n"
	for pattern, want := range map[string]string{
		"^BenchmarkScripted$":               replays,
		"^BenchmarkRef$/^mode=uncontended$": "",
		"^Benchmark(Ref|Builders)$/^(mode=uncontended|layout=whole)$/^builder=counted$/^size=4KiB$/^reuse=yes$":                    builders,
		"^Benchmark(Builders|Scripted)$/^(layout=whole|strategy=slowly)$/^(builder=counted|workload=few)$/^size=4KiB$/^reuse=yes$": builders + replays,
	} {
		got, results := "", 0
		for line := range strings.Lines(string(goTest(t, pattern, "1x"))) {
			if strings.HasPrefix(line, "Unit ") {
				got += line
			}
			if strings.HasPrefix(line, "Benchmark") {
				results++
			}
		}
		if got != want || results == 0 {
			t.Errorf("%s, %d results: declared\n%swant\n%s", pattern, results, got, want)
		}
	}
}

// TestEnvironment: the files of a run begin with the environment that go test prints on the
// machine, key by key, so that benchstat puts both into the same tables.
func TestEnvironment(t *testing.T) {
	environment := func(text []byte) (lines []string) {
		for line := range strings.Lines(string(text)) {
			switch key, _, _ := strings.Cut(line, ":"); key {
			case "goos", "goarch", "pkg", "cpu":
				lines = append(lines, strings.TrimSuffix(line, "\n"))
			}
		}
		return lines
	}
	want := environment(goTest(t, "^BenchmarkRef$/^mode=uncontended$", "1x"))
	dir, _ := scriptedRun(t, 77)
	for _, name := range schema.Files() {
		text, err := os.ReadFile(filepath.Join(dir, string(name)))
		if err != nil {
			t.Fatal(err)
		}
		head, _, _ := bytes.Cut(text, []byte("\nBenchmark"))
		if got := environment(head); !slices.Equal(got, want) || len(want) < 3 {
			t.Errorf("%s: the environment is %q, that of go test %q", name, got, want)
		}
		if n := len(environment(text)); n != len(want) {
			t.Errorf("%s: %d lines of environment, want %d", name, n, len(want))
		}
	}
}
