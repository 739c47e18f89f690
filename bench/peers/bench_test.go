package peers

import (
	"flag"
	"os"
	"testing"

	"github.com/vramlab/vramlab/bench/peers/internal/rounds"
	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/strategies/all"
	"github.com/vramlab/vramlab/workloads"
)

// TestMain makes one iteration the default length of a benchmark: an iteration
// here is a replay of a million operations, and -count says how many there are.
func TestMain(m *testing.M) {
	flag.Parse()
	set := false
	flag.Visit(func(f *flag.Flag) { set = set || f.Name == "test.benchtime" })
	if !set {
		if err := flag.Set("test.benchtime", "1x"); err != nil {
			panic(err)
		}
	}
	os.Exit(m.Run())
}

// BenchmarkPeers prints the peers and the lab's strategies side by side, as
// load=L/strategy=S. ns/op is the time of an operation, alloc or free; the
// other units are the same in every run: served-pct is the percentage of
// requests granted, metadata-B the Go heap held for what is live in the end.
//
// go test runs all counts of a cell before the next cell. The samples are
// interleaved all the same: the first cell of a load to ask for its k-th sample
// runs a round of all strategies, and the others find theirs done.
func BenchmarkPeers(b *testing.B) {
	list := append(List(), all.List()...)
	for _, w := range workloads.Plain() {
		b.Run("load="+w.Name, func(b *testing.B) { benchLoad(b, w, list) })
	}
}

func benchLoad(b *testing.B, w workloads.Workload, list []strategies.Strategy) {
	bout, err := rounds.New(w, 0, list)
	if err != nil {
		b.Fatal(err)
	}
	for _, e := range bout.Entries {
		samples := 0
		b.Run("strategy="+e.Strategy.Name, func(b *testing.B) {
			if b.N == 1 { // go test begins each sample so; a longer one is the same again
				samples++
			}
			for len(e.Times) < samples {
				if err := bout.Round(); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(e.Times[samples-1], "ns/op")
			b.ReportMetric(e.Served(), "served-pct")
			b.ReportMetric(float64(e.Metadata), "metadata-B")
		})
	}
}
