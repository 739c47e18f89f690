package bench_test

import (
	"testing"

	"github.com/vramlab/vramlab/bench"
	"github.com/vramlab/vramlab/sgtable"
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

// BenchmarkSGTable has a sub-benchmark strategy=S/workload=W/builder=B each:
//
//	go test -bench SGTable/strategy=buddy/workload=gfx -count 10 ./bench | go tool benchstat -col /builder -
func BenchmarkSGTable(b *testing.B) {
	c := everything()
	c.Builders = sgtable.Builders()
	bench.SGTable(b, c)
}

// BenchmarkBuilders has a sub-benchmark layout=L/builder=B/size=S/reuse=R each:
//
//	go test -bench Builders/layout=pieces/builder=/size=64MiB/reuse=yes -count 10 ./bench | go tool benchstat -col /builder -
func BenchmarkBuilders(b *testing.B) { bench.Builders(b) }

// BenchmarkCursor has a sub-benchmark layout=pieces/size=S/lookup=L each:
//
//	go test -bench Cursor -count 10 ./bench | go tool benchstat -col /lookup -
func BenchmarkCursor(b *testing.B) { bench.Cursor(b) }

// BenchmarkMigrate has a sub-benchmark strategy=S/lifetime=L each:
//
//	go test -bench Migrate/strategy=buddy -count 10 ./bench | go tool benchstat -col /lifetime -
func BenchmarkMigrate(b *testing.B) { bench.Migrate(b, everything()) }

// BenchmarkRef has the sub-benchmarks mode=uncontended and mode=contended:
//
//	go test -bench Ref ./bench
func BenchmarkRef(b *testing.B) { bench.Ref(b) }

// BenchmarkScaling has a sub-benchmark strategy=S/region=R/live=N/op=O each. The
// heaps of a million objects take a second to make:
//
//	go test -bench Scaling/strategy=buddy/region=64GiB/live=1000$ -count 10 ./bench
func BenchmarkScaling(b *testing.B) { bench.Scaling(b, everything()) }

// BenchmarkConcurrent has a sub-benchmark strategy=S/lock=L/goroutines=N each:
//
//	go test -bench Concurrent -count 10 ./bench | go tool benchstat -col /lock -
func BenchmarkConcurrent(b *testing.B) { bench.Concurrent(b, everything()) }
