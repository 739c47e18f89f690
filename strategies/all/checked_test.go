package all_test

import (
	"flag"
	"slices"
	"testing"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/workloads"
	"github.com/vramlab/vramlab/workloads/replay"
)

var ops = flag.Int("ops", 200_000, "operations of TestChecked for each strategy")

// TestChecked replays every generated workload and those of what drivers ask for, seed after seed, with the
// shadow model around the strategy: every grant and every free is verified, and
// every so often that live and free space tile the region and that the
// strategy's own invariants hold. For a long run, and for one with other streams:
//
//	go test ./strategies/all -run Checked -v -timeout 0 -ops 100000000
//	go test ./strategies/all -run Checked -v -timeout 0 -ops 1000000 -seed 7
func TestChecked(t *testing.T) {
	for _, s := range listed() {
		t.Run(s.Name, func(t *testing.T) {
			t.Parallel()
			t.Logf("seeds from %d on", *seed)
			done := 0
			for seed := *seed; done < *ops; seed++ {
				for _, w := range slices.Concat(workloads.Drivers(), workloads.List()) {
					if w.Name == "holes" {
						break // from here on: a state rather than a mix, and recordings
					}
					done += replayChecked(t, s, w, seed, min(100_000, *ops/8))
				}
			}
			t.Logf("%d operations checked", done)
		})
	}
}

// replayChecked replays about n operations of a workload and returns how many
// calls of the allocator that made.
func replayChecked(t *testing.T, s strategies.Strategy, w workloads.Workload, seed uint64, n int) (calls int) {
	a, err := strategies.Checked(s).New(w.Region)
	if err != nil {
		t.Fatal(err)
	}
	stream := w.Ops(seed, n)
	live := replay.NewLive(stream)
	c := replay.Replay(a, stream, live)
	if err := a.(strategies.Checker).Check(); err != nil {
		t.Fatalf("%s, seed %d: %v", w.Name, seed, err)
	}
	live.Drain(a)
	if err := a.(strategies.Checker).Check(); err != nil {
		t.Fatalf("%s, seed %d, drained: %v", w.Name, seed, err)
	}
	return c.Requests + c.Fallbacks + c.Frees
}
