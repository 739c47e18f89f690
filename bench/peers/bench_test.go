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

// TestMain makes one iteration the default length of a benchmark, since an iteration
// is a replay of a million operations; -count sets the number of replays.
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
// load=L/strategy=S. ns/op is the time of an allocation or a free. The other units are
// the same in every run: served-pct is the percentage of requests granted, metadata-B
// the bytes of the Go heap held for the objects that are live at the end.
//
// go test runs all counts of a cell before the next cell. The samples are interleaved
// all the same: the first cell of a load that needs its k-th sample runs a round of all
// strategies, and the other cells use the samples of that round.
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
			if b.N == 1 { // go test begins each sample with N = 1
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
