package bench_test

import (
	"bytes"
	"context"
	"fmt"
	"iter"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"runtime/metrics"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/vramlab/vramlab/bench"
	"github.com/vramlab/vramlab/internal/churn"
	"github.com/vramlab/vramlab/sgtable"
	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/workloads"
	"github.com/vramlab/vramlab/workloads/replay"
)

// The scripted run has a clock that stands still but for what its strategies and
// builders sleep (package synctest). So every value of the files is known before, and
// is worked out by hand below.

// stolen is what others had the core for, of what was slept. The clock of the thread goes
// without it.
var stolen atomic.Int64

func steal(d time.Duration) { stolen.Add(int64(d)) }

const kib = 1 << 10

// few is the stream of the scripted run, on 8 MiB and the lowest free extent that
// fits. Beside each operation stands what is granted, in KiB.
func few() []workloads.Op {
	req := func(n uint64) strategies.Request { return strategies.Request{Size: n * kib} }
	return []workloads.Op{
		{Slot: 0, Req: req(4096)},                           // 0 to 4096
		{Slot: 1, Req: req(2048)},                           // 4096 to 6144
		{Slot: 2, Req: req(2048)},                           // 6144 to 8192
		{Slot: 1, Kind: workloads.Free},                     //
		{Slot: 1, Req: req(4096)},                           // refused
		{Slot: 1, Req: req(1024), Kind: workloads.Fallback}, // 4096 to 5120
		{Slot: 3, Req: req(12)},                             // 5120 to 5132
		{Slot: 3, Req: req(4), Kind: workloads.Fallback},    // skipped
		{Slot: 4, Req: req(2048)},                           // refused
		{Slot: 4, Req: req(1020), Kind: workloads.Fallback}, // refused
		{Slot: 4, Kind: workloads.Free},                     // skipped
		{Slot: 0, Kind: workloads.Free},                     //
		{Slot: 1, Kind: workloads.Free},                     // 2048 and 12 are left
	}
}

// What a replay of few does.
const (
	fewRequests = 6
	fewFrees    = 3
	fewOps      = fewRequests + fewFrees
	fewCalls    = fewOps + 2 // two fallbacks
)

// scripted is firstfit that takes a time known before: 300 ns for an allocation and
// 60 for a free, more as written below, and a millisecond for each free of a drain.
type scripted struct {
	churn     *churn.Allocator
	few       bool // the region is that of the stream few
	replay    int  // of few: 0 is the one to warm up
	call      int  // of the replay
	live      uint64
	allocs    uint64
	grants    uint64
	frees     uint64
	sleepless bool
	collector uint64    // percent at which the garbage collector runs in the first replay after that
	asked     *[]uint64 // what is requested in other regions
}

// later is what the first call of each replay takes beyond 300 ns, the four that are
// timed: 2580, 6580, 3580 and 11580 ns in all. The fifth would begin after 24320.
var later = []time.Duration{50_000, 0, 4000, 1000, 9000}

// The two replays with a clock for each call are those behind.
const firstClocked, lastClocked = 5, 6

func (s *scripted) sleep(d time.Duration) {
	if !s.sleepless {
		time.Sleep(d)
	}
}

func (s *scripted) Alloc(dst []strategies.Block, r strategies.Request) ([]strategies.Block, error) {
	took := 300 * time.Nanosecond
	if s.replay == 1 && s.call == 0 {
		s.collector = collectorPercent()
	}
	switch {
	case !s.few:
		*s.asked = append(*s.asked, r.Size)
	case s.call == 0 && s.replay < len(later):
		if took += later[s.replay]; later[s.replay] == 1000 {
			steal(1000)
		}
	case s.call == 0 && s.replay == lastClocked:
		took = 5300 // somebody else had the core: the 300 of the replay before count
	case s.call == 2 && s.replay >= firstClocked:
		took = 900 // slow twice
	case s.replay == lastClocked:
		took = 340 // 320 is the mean
	}
	s.sleep(took)
	s.call++
	s.allocs++
	before := len(dst)
	dst, err := s.churn.Alloc(dst, r)
	if err == nil {
		s.grants++
		s.live += dst[before].Size
	}
	return dst, err
}

func (s *scripted) Free(blocks []strategies.Block) {
	took := 60 * time.Nanosecond
	if s.few && s.call >= fewCalls {
		took = time.Millisecond
	}
	s.sleep(took)
	s.call++
	s.frees++
	s.churn.Free(blocks)
	for _, b := range blocks {
		s.live -= b.Size
	}
	if s.live == 0 {
		s.replay, s.call = s.replay+1, 0
	}
}

// collectorPercent is at what growth of the heap the garbage collector runs.
func collectorPercent() uint64 {
	sample := []metrics.Sample{{Name: "/gc/gogc:percent"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}

func (s *scripted) FreeBlocks() iter.Seq[strategies.Block] { return s.churn.FreeBlocks() }

// Footprint is largest when memory is full, after three operations.
func (s *scripted) Footprint() uint64 { return 100 + s.live/(4*kib) }

func (s *scripted) Counters() strategies.Counters {
	return strategies.Counters{Splits: s.grants, Merges: s.frees, Visits: 3 * s.allocs}
}

var fewRegion = strategies.Region{Size: 8192 * kib, Page: 4096}

func newScripted(r strategies.Region, asked *[]uint64) *scripted {
	a, err := churn.FirstFit.New(r)
	if err != nil {
		panic(err)
	}
	return &scripted{churn: a.(*churn.Allocator), few: r == fewRegion, asked: asked}
}

// farther is scripted behind a boundary: a replay takes 4500 ns there and a drain a
// millisecond. A reading of the clock takes 10 ns. Crossings are timed in rows of 1024,
// of which 16 take 200 to 350 ns each.
type farther struct {
	*scripted
	crossings int
}

func (f *farther) Cross() {
	row := f.crossings / 1024 % 16
	f.crossings++
	time.Sleep(200 + 10*time.Duration((7*row+3)%16))
}

func (f *farther) Batch(ops []workloads.Op) (replay.Batch, error) {
	f.sleepless = true
	return &fartherBatch{f, ops, replay.NewLive(ops)}, nil
}

type fartherBatch struct {
	*farther
	ops  []workloads.Op
	live *replay.Live
}

func (b *fartherBatch) Replay(ns []uint32) (replay.Counts, error) {
	time.Sleep(4500 * time.Nanosecond)
	steal(200)
	copy(ns, []uint32{210, 210, 210, 70, 210, 210, 210, 0, 210, 210, 0, 70, 70})
	return replay.Replay(b.scripted, b.ops, b.live), nil
}

func (b *fartherBatch) Drain() error {
	time.Sleep(time.Millisecond)
	b.live.Drain(b.scripted)
	return nil
}

func (b *fartherBatch) Clock() float64 { return 10 }

// sleepingNull takes 5 ns for a request and 3 for a free.
type sleepingNull struct{ strategies.Allocator }

func (n sleepingNull) Alloc(dst []strategies.Block, r strategies.Request) ([]strategies.Block, error) {
	time.Sleep(5 * time.Nanosecond)
	return n.Allocator.Alloc(dst, r)
}

func (n sleepingNull) Free(b []strategies.Block) {
	time.Sleep(3 * time.Nanosecond)
	n.Allocator.Free(b)
}

// aMiB makes a segment of each MiB, and one at least. It takes 400 ns for the smallest
// object of few, 2000 for the largest.
var aMiB = sgtable.Builder{Name: "amib", Build: func(p *sgtable.Pool, blocks []strategies.Block, _ sgtable.Options) []sgtable.Segment {
	segs := max(1, blocks[0].Size/(1024*kib))
	time.Sleep(map[uint64]time.Duration{12: 400, 1024: 800, 2048: 1400, 4096: 2000}[blocks[0].Size/kib])
	return p.Built(p.Take(int(segs))[:segs])
}}

// always makes a table of three segments in 90 ns, of which others have the core for 3.
var always = sgtable.Builder{Name: "always", Build: func(p *sgtable.Pool, _ []strategies.Block, _ sgtable.Options) []sgtable.Segment {
	time.Sleep(90 * time.Nanosecond)
	steal(3)
	return p.Built(p.Take(3)[:3])
}}

// values are the values of a line by unit, and its number of iterations.
type values map[string]float64

const iterations = "iterations"

// series are the exact lines of few, for a strategy. Sizes are in KiB.
func series(strategy string) map[string]values {
	steps := make(map[string]values)
	state := func(step int, free, largest, unusable64k, unusable2m, live, requests, refused, segs float64) {
		pct := func(part, of, without float64) float64 {
			if of == 0 {
				return without
			}
			return 100 * part / of
		}
		v := values{
			iterations: 1,
			"frag-pct": pct(free-largest, free, 0), "largest-B": largest * kib, "free-B": free * kib, "live-B": live * kib,
			"unusable64k-pct": pct(unusable64k, free, 100), "unusable2m-pct": pct(unusable2m, free, 100),
			"fail-pct": pct(refused, requests, 0), "refused": refused,
		}
		if segs > 0 {
			v["segs/table"] = segs
		}
		steps[fmt.Sprintf("Series/strategy=%s/workload=few/step=%d", strategy, step)] = v
	}
	//      free  largest 64K 2M    live
	state(1, 4096, 4096, 0, 0, 4096, 1, 0, 4)
	state(2, 2048, 2048, 0, 0, 6144, 1, 0, 2)
	state(3, 0, 0, 0, 0, 8192, 1, 0, 2)
	state(4, 2048, 2048, 0, 0, 6144, 0, 0, 0)
	state(6, 1024, 1024, 0, 1024, 7168, 1, 0, 1)  // the second attempt was granted
	state(8, 1012, 1012, 52, 1012, 7180, 1, 0, 1) // 5132 to 6144: pages of 64 from 5184 on
	state(10, 1012, 1012, 52, 1012, 7180, 1, 1, 0)
	state(11, 1012, 1012, 52, 1012, 7180, 0, 0, 0)
	state(12, 5108, 4096, 52, 1012, 3084, 0, 0, 0)
	state(13, 6132, 5120, 52, 2036, 2060, 0, 0, 0) // 0 to 5120: two pages of 2 MiB
	return steps
}

// scriptedLines are all lines of both files but those of policies.
func scriptedLines() map[string]values {
	want := make(map[string]values)
	for _, s := range []string{"near", "far"} {
		for name, v := range series(s) {
			want[name] = v
		}
		// Five granted, three freed, and eight calls of Alloc of three visits each.
		want["Counters/strategy="+s+"/workload=few"] = values{iterations: fewOps, "splits/op": 5. / 9, "merges/op": 3. / 9, "visits/op": 24. / 9}
		// Lists of 4, 2, 2, 1 and 1 segments in 2000, 1400, 1400, 800 and 400 ns:
		// 6000 a pass, so four passes in a batch of 20 us or more, and three batches.
		want["SGTable/strategy="+s+"/workload=few/builder=amib"] = values{iterations: 3 * 4 * 5, "ns/table": 1200, "ns/seg": 600, "segs/table": 2, "cpu-ns": 1200, "away-pct": 0}
		// 450 a pass, 64 passes in a batch.
		want["SGTable/strategy="+s+"/workload=few/builder=always"] = values{iterations: 3 * 64 * 5, "ns/table": 90, "ns/seg": 30, "segs/table": 3, "cpu-ns": 87, "away-pct": 100 * 3. / 90}
		// A batch is 64 objects freed and requested, a sample 64 batches.
		of := "Scaling/strategy=" + s + "/op=%s/region=16MiB/live=70"
		want[fmt.Sprintf(of, "alloc")] = values{iterations: 64 * 64, "ns/op": 300, "visits/op": 3, "served-pct": 100}
		want[fmt.Sprintf(of, "free")] = values{iterations: 64 * 64, "ns/op": 60, "visits/op": 0, "served-pct": 100}
	}
	// The median of 2580, 3580, 6580 and 11580 ns is the lower of two. Of the second, others
	// had the core for 1000, so that the lower one of processor time is 2580. The calls of
	// one replay take 300, 900, six times 320, and three times 60 ns: 3120 of 3300 are
	// of allocations. In half nanoseconds the steps between these values are 40 and
	// more. The median is 1.5 of the six into 620 to 660; the 99th percentile 0.89 of
	// one into 1780 to 1800.
	want["AllocFree/strategy=near/workload=few"] = values{
		iterations: 4 * fewOps,
		"ns/op":    3580. / 9, "ns/alloc": 3580. * 3120 / 3300 / 6, "ns/free": 3580. * 180 / 3300 / 3,
		"p50-ns": (620 + 40*1.5/6) / 2, "p99-ns": (1780 + 20*.89) / 2, "p999-ns": (1780 + 20*.989) / 2, "max-ns": 900,
		"served-pct": 100 * 5. / 6, "metadata-B": 100 + 2048,
		"cpu-ns": 2580. / 9, "away-pct": 100 * 1000. / 24320,
	}
	// Of eight calls a quarter is two, a tenth is none. The quarters are one, three and five
	// of the six into 620 to 660, to the hundredth of a nanosecond.
	want["CallTimes/strategy=near/workload=few/op=alloc"] = values{iterations: 8, "p25-ns": 313.33, "p50-ns": 320, "p75-ns": 326.67, "max-ns": 900}
	want["CallTimes/strategy=far/workload=few/op=alloc"] = values{iterations: 8, "p25-ns": 200, "p50-ns": 200, "p75-ns": 200, "max-ns": 200}
	for _, s := range []string{"near", "far"} {
		want["CallTimes/strategy="+s+"/workload=few/op=free"] = values{iterations: fewFrees, "p50-ns": 60, "max-ns": 60}
	}
	want["AA/strategy=near/workload=few"] = values{iterations: 4 * fewOps, "ns/op": 3580. / 9, "cpu-ns": 2580. / 9, "away-pct": 100 * 1000. / 24320}
	// Five replays of 4500 ns, of which others have the core for 200. Calls take eight times 200 and three times 60 ns: 1600 of
	// 1780. With the clock they are 420 and 140 half nanoseconds; a step counts as 200.
	want["AllocFree/strategy=far/workload=few"] = values{
		iterations: 5 * fewOps,
		"ns/op":    500, "ns/alloc": 4500. * 1600 / 1780 / 6, "ns/free": 4500. * 180 / 1780 / 3,
		"p50-ns": (320+100*2.5/8)/2 - 10, "p99-ns": (320+100*7.89/8)/2 - 10, "p999-ns": (320+100*7.989/8)/2 - 10, "max-ns": 200,
		"served-pct": 100 * 5. / 6, "metadata-B": 100 + 2048,
		"cpu-ns": 4300. / 9, "away-pct": 100 * 200. / 4500,
	}
	want["AA/strategy=far/workload=few"] = values{iterations: 5 * fewOps, "ns/op": 500, "cpu-ns": 4300. / 9, "away-pct": 100 * 200. / 4500}
	want["Crossing/strategy=far"] = values{iterations: 16 * 1024, "ns/op": 270, "ns/batched-op": 270. / 4096} // the lower median of the rows
	// All six requests are granted and all four frees made: 42 ns, 477 times in 20 us.
	want["Harness/workload=few"] = values{iterations: 477 * 10, "ns/op": 4.2, "cpu-ns": 4.2, "away-pct": 0}
	return want
}

// sleepInHarness makes the harness take time on a clock that stands still, until it is
// undone.
func sleepInHarness() (undo func()) {
	null := replay.Null
	replay.Null.New = func(r strategies.Region) (strategies.Allocator, error) {
		a, err := null.New(r)
		return sleepingNull{a}, err
	}
	return func() { replay.Null = null }
}

// scriptedSamples is the number of rounds of the scripted run.
const scriptedSamples = 3

// scriptedRun does the run with a seed and returns its directory. asked are the sizes
// requested in the population of growth, in order.
func scriptedRun(t *testing.T, seed uint64) (dir string, asked []uint64) {
	t.Helper()
	defer sleepInHarness()()
	const length = 1234
	var made []*scripted
	keep := func(s *scripted) *scripted {
		made = append(made, s)
		return s
	}
	dir = filepath.Join(t.TempDir(), "run")
	c := bench.Config{
		Dir: dir, Count: scriptedSamples, Seed: seed, Ops: length, SampleTime: 20 * time.Microsecond, Budget: time.Hour,
		Strategies: []strategies.Strategy{
			{Name: "near", Doc: "Near.", New: func(r strategies.Region) (strategies.Allocator, error) { return keep(newScripted(r, &asked)), nil }},
			{Name: "far", Doc: "Far.", New: func(r strategies.Region) (strategies.Allocator, error) {
				return &farther{scripted: newScripted(r, &asked)}, nil
			}},
		},
		Workloads: []workloads.Workload{{
			Name: "few", Title: "Few", Doc: "Few.", Region: fewRegion,
			Ops: func(s uint64, n int) []workloads.Op {
				if s != seed || n != length {
					t.Errorf("a stream of %d operations with seed %d", n, s)
				}
				return few()
			},
		}},
		Builders: []sgtable.Builder{aMiB, always},
		Growth:   bench.Grid{Regions: []uint64{16 << 20}, Live: []int{70}},
		Skip:     []string{"holes", "objects", "lookups", "migrations", "references", "worst", "managed", "age", "hardware", "fewest"},
	}
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		stolen.Store(0)
		if err := bench.RunBy(context.Background(), c, func() time.Duration { return time.Since(start) - time.Duration(stolen.Load()) }); err != nil {
			t.Fatal(err)
		}
	})
	for _, s := range made {
		if s.few && s.collector != 0 && s.collector != math.MaxUint64 {
			t.Errorf("the garbage collector may run in a timed replay, at %d %%", s.collector)
		}
	}
	if !slices.ContainsFunc(made, func(s *scripted) bool { return s.collector == math.MaxUint64 }) {
		t.Error("no replay was timed with the garbage collector off")
	}
	return dir, asked
}

// TestScriptedRun: every line and every value of both files is as worked out by hand.
func TestScriptedRun(t *testing.T) {
	dir, _ := scriptedRun(t, 77)
	want := scriptedLines()
	for _, file := range []string{"run.bench", "aa.bench", "curves.bench"} {
		count := make(map[string]int)
		for _, l := range readLines(t, filepath.Join(dir, file)) {
			if fileOf(l.name) != file {
				t.Errorf("%s stands in %s", l.name, file)
			}
			if strings.HasPrefix(l.name, "Policy/") || strings.HasPrefix(l.name, "Walk/") {
				continue // see TestAuditPolicies
			}
			if w, ok := want[l.name]; ok {
				count[l.name]++
				l.compare(t, w)
			} else {
				t.Errorf("%s: a line too many", l.name)
			}
		}
		for name, n := range count {
			samples := scriptedSamples
			if strings.HasPrefix(name, "Series/") || strings.HasPrefix(name, "Counters/") {
				samples = 1
			}
			if n != samples {
				t.Errorf("%s: %d samples, want %d", name, n, samples)
			}
			delete(want, name)
		}
	}
	for name := range want {
		t.Errorf("%s: not there", name)
	}
}

// TestScriptedSeed: the seed decides the order of the samples and the requests of
// growth, and nothing else does.
func TestScriptedSeed(t *testing.T) {
	run := func(seed uint64) (order []string, asked []uint64) {
		dir, asked := scriptedRun(t, seed)
		for _, l := range readLines(t, filepath.Join(dir, "run.bench")) {
			order = append(order, l.name)
		}
		return order, asked
	}
	order, asked := run(1)
	again, askedAgain := run(1)
	if !slices.Equal(order, again) || !slices.Equal(asked, askedAgain) {
		t.Error("one seed, two runs")
	}
	other, askedOther := run(2)
	if slices.Equal(order, other) {
		t.Error("the order of the samples is the same with another seed")
	}
	if slices.Equal(asked, askedOther) {
		t.Error("growth requests the same with another seed")
	}
}

// TestScriptedHead: the head of each file, and the units that benchstat must know: those
// that a line has, each declared before the first of them.
func TestScriptedHead(t *testing.T) {
	dir, _ := scriptedRun(t, 77)
	facts := map[string]string{
		"seed": "77", "count": fmt.Sprint(scriptedSamples), "ops": "1234", "order": "seeded random",
		"strategies": "near far", "workloads": "few", "go": runtime.Version(), "cores": fmt.Sprint(runtime.NumCPU()),
	}
	const lower, higher, exact = "better=lower", "better=higher", "assume=exact"
	units := map[string]map[string]string{
		"run.bench": {
			"ns/alloc": lower, "ns/free": lower, "p50-ns": lower, "p99-ns": lower, "p999-ns": lower, "max-ns": lower,
			"served-pct": higher + " " + exact, "metadata-B": lower + " " + exact,
			"ns/table": lower, "ns/seg": lower, "segs/table": lower + " " + exact, "cpu-ns": lower,
		},
		"aa.bench": {"cpu-ns": lower},
		"curves.bench": {
			"frag-pct": lower + " " + exact, "unusable64k-pct": lower + " " + exact, "unusable2m-pct": lower + " " + exact,
			"largest-B": higher + " " + exact, "free-B": exact, "live-B": exact, "fail-pct": lower + " " + exact, "refused": lower + " " + exact,
			"segs/table": lower + " " + exact, "splits/op": lower + " " + exact, "merges/op": lower + " " + exact, "visits/op": lower + " " + exact,
			"served-pct": higher + " " + exact, "entries/table": lower + " " + exact, "pte4k/table": lower + " " + exact,
			"pte64k/table": exact, "pte2m/table": exact, "cover64k-pct": higher + " " + exact, "cover2m-pct": higher + " " + exact,
			"reach-B": higher + " " + exact, "waste-pct": lower + " " + exact, "ns/batched-op": lower, "cpu-ns": lower,
			"p25-ns": lower, "p50-ns": lower, "p75-ns": lower, "max-ns": lower,
			"steps/lookup": lower + " " + exact, "index-steps/lookup": lower + " " + exact,
			"dma-segs/table": lower + " " + exact, "dma64k-segs/table": lower + " " + exact,
		},
	}
	for file, want := range units {
		text, err := os.ReadFile(filepath.Join(dir, file))
		if err != nil {
			t.Fatal(err)
		}
		known := make(map[string]string)
		declared := map[string]bool{"ns/op": true, "away-pct": true} // of the last there is nothing to say
		for line := range strings.Lines(string(text)) {
			if fields := strings.Fields(line); strings.HasPrefix(line, "Benchmark") {
				for i := 3; i < len(fields); i += 2 {
					if _, ok := declared[fields[i]]; !ok {
						t.Errorf("%s: %s has %s, which no line before it declares", file, fields[0], fields[i])
					}
					declared[fields[i]] = true
				}
			}
			line = strings.TrimSuffix(line, "\n")
			if key, value, ok := strings.Cut(strings.TrimPrefix(line, "# "), ": "); ok && line[0] == '#' {
				known[key] = value
			}
			if unit, says, ok := strings.Cut(strings.TrimPrefix(line, "Unit "), " "); ok && strings.HasPrefix(line, "Unit ") {
				if says != want[unit] {
					t.Errorf("%s: %q of %s, want %q", file, says, unit, want[unit])
				}
				if _, twice := declared[unit]; twice {
					t.Errorf("%s: %s is declared twice", file, unit)
				}
				declared[unit] = false
				delete(want, unit)
			}
		}
		for unit, used := range declared {
			if !used {
				t.Errorf("%s: %s is declared, and no line has it", file, unit)
			}
		}
		for unit := range want {
			t.Errorf("%s says nothing of %s", file, unit)
		}
		for key, value := range facts {
			if known[key] != value {
				t.Errorf("%s: %s is %q, want %q", file, key, known[key], value)
			}
		}
	}
}

// fileOf is the file that the benchmark of a line belongs to.
func fileOf(name string) string {
	bench, _, _ := strings.Cut(name, "/")
	switch bench {
	case "AllocFree", "SGTable":
		return "run.bench"
	case "AA":
		return "aa.bench"
	}
	return "curves.bench"
}

// A textLine is a line as it stands in a file.
type textLine struct {
	name   string // without "Benchmark" and the suffix of GOMAXPROCS
	values values
}

func readLines(t *testing.T, path string) []textLine {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var lines []textLine
	for line := range bytes.Lines(text) {
		fields := strings.Fields(string(line))
		if len(fields) == 0 || !strings.HasPrefix(fields[0], "Benchmark") {
			continue
		}
		name := strings.TrimPrefix(fields[0], "Benchmark")
		if i := strings.LastIndex(name, "-"); i > strings.LastIndex(name, "=") {
			name = name[:i]
		}
		l := textLine{name, values{iterations: parse(t, fields[1])}}
		for i := 2; i < len(fields); i += 2 {
			if _, twice := l.values[fields[i+1]]; twice {
				t.Errorf("%s has %s twice", name, fields[i+1])
			}
			l.values[fields[i+1]] = parse(t, fields[i])
		}
		lines = append(lines, l)
	}
	return lines
}

func parse(t *testing.T, text string) float64 {
	t.Helper()
	v, err := strconv.ParseFloat(text, 64)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// compare wants these values and no others.
func (l textLine) compare(t *testing.T, want values) {
	t.Helper()
	for unit, w := range want {
		if got, ok := l.values[unit]; !ok || !near(got, w) {
			t.Errorf("%s: %v %s (there: %v), want %v", l.name, got, unit, ok, w)
		}
	}
	for unit, got := range l.values {
		if _, ok := want[unit]; !ok {
			t.Errorf("%s: %v %s, want none", l.name, got, unit)
		}
	}
}
