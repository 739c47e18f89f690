package bench_test

import (
	"context"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/vramlab/vramlab/bench"
	"github.com/vramlab/vramlab/internal/churn"
	"github.com/vramlab/vramlab/sgtable"
	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/workloads"
)

// robbed is firstfit that takes 100 ns for an allocation, and twice that while somebody
// else has the core in every second moment: in the first replays behind the one to warm up,
// so many of them.
type robbed struct {
	*churn.Allocator
	live, replays int
	first         int
}

func (r *robbed) Alloc(dst []strategies.Block, q strategies.Request) ([]strategies.Block, error) {
	time.Sleep(100 * time.Nanosecond)
	if r.replays >= 1 && r.replays <= r.first {
		time.Sleep(100 * time.Nanosecond)
		steal(100)
	}
	r.live++
	return r.Allocator.Alloc(dst, q)
}

func (r *robbed) Free(b []strategies.Block) {
	r.Allocator.Free(b)
	if r.live--; r.live == 0 {
		r.replays++
	}
}

// TestRobbed plants a thief of the core. A sample that it disturbs is taken again, and says
// nothing of it if it stays away then; if it does not, the mark stays.
func TestRobbed(t *testing.T) {
	strategy := func(name string, first int, made *[]*robbed) strategies.Strategy {
		return strategies.Strategy{Name: name, Doc: "Robbed.", New: func(r strategies.Region) (strategies.Allocator, error) {
			a, err := churn.FirstFit.New(r)
			if err != nil {
				return nil, err
			}
			*made = append(*made, &robbed{Allocator: a.(*churn.Allocator), first: first})
			return (*made)[len(*made)-1], nil
		}}
	}
	defer sleepInHarness()()
	const ops = 40 // allocations, then the frees of all
	var one, all []*robbed
	c := bench.Config{
		Dir: filepath.Join(t.TempDir(), "run"), Count: 2, SampleTime: time.Nanosecond, Budget: time.Hour, // a replay each
		Strategies: []strategies.Strategy{strategy("once", 1, &one), strategy("always", 1000, &all)},
		Workloads: []workloads.Workload{{Name: "few", Title: "Few", Doc: "Few.", Region: fewRegion, Ops: func(uint64, int) []workloads.Op {
			list := make([]workloads.Op, 2*ops)
			for i := range uint32(ops) {
				list[i] = workloads.Op{Slot: i, Req: strategies.Request{Size: 4 * kib}}
				list[ops+i] = workloads.Op{Slot: i, Kind: workloads.Free}
			}
			return list
		}}},
		Builders: []sgtable.Builder{always},
		Skip:     []string{"holes", "objects", "lookups", "growth", "sharing", "migrations", "references", "worst", "age", "kernelwork", "smallest", "fewest", "defrag", "worst", "managed"},
	}
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		stolen.Store(0)
		if err := bench.RunBy(context.Background(), c, func() time.Duration { return time.Since(start) - time.Duration(stolen.Load()) }); err != nil {
			t.Fatal(err)
		}
	})
	seen := 0
	for _, l := range append(readLines(t, filepath.Join(c.Dir, "run.bench")), readLines(t, filepath.Join(c.Dir, "aa.bench"))...) {
		if strings.HasPrefix(l.name, "SGTable/") {
			continue
		}
		seen++
		ns, away := 50., 0. // half of the operations are frees, which take no time
		if strings.Contains(l.name, "strategy=always") {
			ns, away = 100, 50
		}
		if !near(l.values["ns/op"], ns) || !near(l.values["away-pct"], away) || !near(l.values["cpu-ns"], 50) || l.values[iterations] != 2*ops {
			t.Errorf("%s: %v, want %v ns/op, %v away-pct and 50 cpu-ns", l.name, l.values, ns, away)
		}
	}
	if seen != 2*2*2 {
		t.Errorf("%d lines, want those of two lanes of two strategies in two rounds", seen)
	}
	// The last allocator of each is that of a sample: one replay to warm up, the sample and
	// what was taken again, and in the main lane two replays with a clock for each call.
	for _, tt := range []struct {
		name    string
		made    []*robbed
		takings int
	}{{"once", one, 2}, {"always", all, 3}} {
		n := tt.made[len(tt.made)-1].replays
		if n != 1+tt.takings && n != 1+tt.takings+2 {
			t.Errorf("%s: %d replays in the last sample, want %d or two more", tt.name, n, 1+tt.takings)
		}
	}
}
