package bench_test

import (
	"testing"

	"github.com/vramlab/vramlab/bench"
	"github.com/vramlab/vramlab/strategies/all"
	"github.com/vramlab/vramlab/workloads"
)

// everything is every strategy on every workload of the default run.
func everything() bench.Config {
	return bench.Config{Strategies: all.List(), Workloads: workloads.List(), Seed: 1}
}

// BenchmarkAllocFree has a sub-benchmark strategy=S/workload=W for each pair:
//
//	go test -bench AllocFree/strategy=/workload=gfx -count 10 ./bench | go tool benchstat -col /strategy -
func BenchmarkAllocFree(b *testing.B) { bench.AllocFree(b, everything()) }

// BenchmarkSGTable has a sub-benchmark strategy=S/workload=W/builder=B each.
func BenchmarkSGTable(b *testing.B) { bench.SGTable(b, everything()) }
