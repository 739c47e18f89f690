package bench_test

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"testing"
	"time"

	"github.com/vramlab/vramlab/bench"
	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/strategies/buddy"
	"github.com/vramlab/vramlab/strategies/rangemgr"
	"github.com/vramlab/vramlab/workloads"
)

// small is a workload: 100 objects of 64 KiB, of which every second one is freed.
var small = workloads.Workload{
	Name: "small", Title: "Small", Doc: "64 KiB each, half of them freed.",
	Region: strategies.Region{Size: 16 << 20, Page: 4096},
	Ops: func(seed uint64, n int) []workloads.Op {
		var ops []workloads.Op
		for i := range uint32(100) {
			ops = append(ops, workloads.Op{Slot: i, Req: strategies.Request{Size: 64 << 10}})
		}
		for i := range uint32(50) {
			ops = append(ops, workloads.Op{Slot: 2 * i, Kind: workloads.Free})
		}
		return ops
	},
}

// A run leaves its results in a directory, for benchstat and for vramlab report.
func ExampleRun() {
	dir, err := os.MkdirTemp("", "run")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)

	var skip []string // what a run measures beside its workloads
	for _, x := range bench.Experiments() {
		skip = append(skip, x.Name)
	}
	err = bench.Run(context.Background(), bench.Config{
		Dir:        dir,
		Strategies: []strategies.Strategy{buddy.Strategy, rangemgr.Strategy},
		Workloads:  []workloads.Workload{small},
		Count:      6,
		SampleTime: time.Millisecond,
		Skip:       skip,
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fs.WalkDir(os.DirFS(dir), ".", func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			fmt.Println(path)
		}
		return err
	})
	// Output:
	// aa.bench
	// curves.bench
	// journal
	// placements/small.buddy.trace.gz
	// placements/small.rangemgr.trace.gz
	// run.bench
}

// In a test file of another module, a strategy is measured by go test -bench.
func ExampleBenchmark() {
	mine := buddy.Strategy // yours
	BenchmarkMine := func(b *testing.B) {
		bench.Benchmark(b, bench.Config{
			Strategies: []strategies.Strategy{rangemgr.Strategy, mine},
			Workloads:  workloads.List(),
		})
	}
	_ = BenchmarkMine
}

func ExampleExperiments() {
	first := bench.Experiments()[0]
	fmt.Printf("%s: %s\n", first.Name, first.Doc)
	// Output:
	// holes: What does a table cost when all free memory is in holes of one size?
}

func ExampleParseGrid() {
	g, err := bench.ParseGrid("region=1GiB..64GiB,live=1e4")
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, region := range g.Regions {
		fmt.Println(region>>30, "GiB")
	}
	fmt.Println(g.Live)
	// Output:
	// 1 GiB
	// 4 GiB
	// 16 GiB
	// 64 GiB
	// [10000]
}
