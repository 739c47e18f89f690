package report

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/vramlab/vramlab/bench/schema"
	"github.com/vramlab/vramlab/report/internal/fixture"
	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/strategies/buddy"
	"github.com/vramlab/vramlab/strategies/rangemgr"
	"github.com/vramlab/vramlab/strategies/tlsf"
	"github.com/vramlab/vramlab/workloads/trace"
)

// drawnRuns is the number of runs that are drawn.
const drawnRuns = 30

// TestDrawn holds what the reports of drawn runs say and draw, of which only the headline
// and the verdicts stand in the file, and of the rest a hash for each section and drawing:
// it says which part of the page to look at.
//
//	go test ./report -run Drawn -update
func TestDrawn(t *testing.T) {
	outlines := make([]string, drawnRuns)
	t.Run("runs", func(t *testing.T) {
		for seed := range outlines {
			t.Run(fmt.Sprint(seed), func(t *testing.T) {
				t.Parallel()
				outlines[seed] = fmt.Sprintf("run %d\n%s\n", seed, hashedOutline(outline(t, drawnRun(t, uint64(seed)))))
			})
		}
	})
	if slices.Contains(outlines, "") {
		return // one of them failed, or was not asked for
	}
	sameFile(t, "testdata/drawn.txt", strings.Join(outlines, ""))
}

// hashedOutline leaves of a page its hashes, with one of the words.
func hashedOutline(outline string) string {
	said, page, _ := strings.Cut(outline, "\n\n")
	var out, words strings.Builder
	out.WriteString(said + "\n")
	for line := range strings.Lines(page) {
		if strings.HasPrefix(line, hashMark) {
			out.WriteString(line)
		} else {
			words.WriteString(line)
		}
	}
	fmt.Fprintf(&out, "%swords %x\n", hashMark, hashOf(words.String()))
	return out.String()
}

// draw is what a drawn run is drawn from.
type draw struct {
	*rand.Rand
	strategies []strategies.Strategy
	served     float64 // of the workload and strategy at hand, percent
	ops        int     // of the workload at hand
	ns         float64 // of the workload and strategy at hand
	noise      float64
	honest     bool                     // nothing contradicts anything
	exact      map[*schema.Unit]float64 // what is the same in all samples of the cell at hand
}

// one is one of some values.
func one[T any](d *draw, of ...T) T { return of[d.IntN(len(of))] }

// chance is true so many times of a hundred.
func (d *draw) chance(percent int) bool { return d.IntN(100) < percent }

// drawnRun writes a run in which everything is drawn that a run may have or lack:
// strategies, workloads, requests, times that differ or do not, lines that are missing.
func drawnRun(t *testing.T, seed uint64) string {
	t.Helper()
	dir := t.TempDir()
	d := &draw{Rand: rand.New(rand.NewPCG(seed, 1)), honest: true, noise: 0.002}
	pool := []strategies.Strategy{buddy.Strategy, rangemgr.Strategy, buddy.Linux611, tlsf.Strategy, buddy.LIFO}
	d.Shuffle(len(pool), func(i, j int) { pool[i], pool[j] = pool[j], pool[i] })
	d.strategies = pool[:1+d.IntN(4)]
	d.noise = one(d, 0, 0.002, 0.002, 0.03, 0.3)
	count := one(d, 1, 3, 4, 6, 6, 10)

	var names, models []string
	for _, s := range d.strategies {
		names = append(names, s.Name)
		if s.Models != "" {
			models = append(models, s.Name+" is "+s.Models)
		}
	}
	head := "# vramlab run 1\n# strategies: " + strings.Join(names, " ") + "\n"
	for _, line := range []string{
		"# date: 2026-11-22T12:00:00Z", "# command: vramlab run -strategies " + strings.Join(names, ",") + " -count 6 -cpu 1,2 -workloads wa,wb,wc -o out", "# seed: 7",
		fmt.Sprint("# count: ", count), "# go: go1.26.8", "# kernel: 6.18.0", "# cores: 2", "# load: 3.5 % of the processor taken by others",
		"# models: " + strings.Join(models, ", "), "# order: seeded random", "# workloads: wa wb wc",
		"# ops: " + one(d, "default", "1000"), "# builders: grow counted", "# clock: " + one(d, "1ns", "100ns"), "# revision: 0123456789abcdef",
		"# left-out: workload wb: tlsf would take too long; workload wc: radix does not fit",
	} {
		if !d.chance(15) {
			head += line + "\n"
		}
	}
	var run, curves strings.Builder
	run.WriteString(head + "goos: linux\ngoarch: amd64\ncpu: Test Processor\n")
	for w := range 1 + d.IntN(3) {
		d.workload(t, dir, "w"+string(rune('a'+w)), count, &run, &curves)
	}
	for _, b := range schema.In(schema.Curves) {
		d.honest = true
		if b.Keys[0] != schema.Workload && !(b.Keys[0] == schema.Strategy && len(b.Keys) > 1 && b.Keys[1] == schema.Workload) {
			d.lines(&curves, b, count, map[schema.Key][]string{schema.Strategy: names})
		}
	}
	share := one(d, 0, 0, 0, 0.01, 0.1)
	fixture.Must(t, os.WriteFile(filepath.Join(dir, "run.bench"), d.hurt(run.String(), share), 0o666))
	if !d.chance(10) {
		fixture.Must(t, os.WriteFile(filepath.Join(dir, "curves.bench"), d.hurt(curves.String(), share), 0o666))
	}
	return dir
}

// hurt replaces a share of the words of a file.
func (d *draw) hurt(text string, share float64) []byte {
	head, results, _ := strings.Cut(text, "Benchmark")
	words := strings.Split("Benchmark"+results, " ")
	for i := range words {
		if d.Float64() < share {
			words[i] = one(d, "", "0", "-1", "1e308", "NaN", "-Inf", "1", "x", "ns/op", "\n", words[i]+"x")
		}
	}
	return []byte(head + strings.Join(words, " "))
}

// workload writes the lines and traces of a workload.
func (d *draw) workload(t *testing.T, dir, name string, count int, run, curves *strings.Builder) {
	t.Helper()
	requests, region := d.requests()
	base := one(d, 0.4, 90, 700, 700, 2e4, 3e6)
	placed := !d.chance(20)
	lanes, tables, drift := !d.chance(15), !d.chance(15), one(d, 0, 0, 0.01, 0.2)
	off := one(d, -1, -1, -1, d.IntN(count)) // a sample that is missing
	d.ops = len(requests)
	d.honest = !d.chance(25)
	for i, s := range d.strategies {
		text, served := d.place(t, name, region, s, requests)
		d.served = served
		if placed && !d.chance(5) {
			fixture.Must(t, os.MkdirAll(filepath.Join(dir, "placements"), 0o777))
			fixture.Must(t, os.WriteFile(filepath.Join(dir, "placements", name+"."+s.Name+".trace.gz"), text, 0o666))
		} else if !placed {
			d.served = one(d, 100, 100, 99.2, 50, 0)
		}
		d.ns = base * one(d, 1, 1, 1.01, 1.5, 4)
		keys := fmt.Sprintf("strategy=%s/workload=%s", s.Name, name)
		d.exact = make(map[*schema.Unit]float64)
		for k := range count {
			if k == off && i == 0 {
				continue
			}
			at := fmt.Sprintf("%s-2 %d", keys, d.ops)
			fmt.Fprintf(run, "BenchmarkAllocFree/%s%s\n", at, d.values(schema.AllocFree))
			if lanes {
				fmt.Fprintf(run, "BenchmarkAA/%s %v ns/op\n", at, d.about(d.ns*(1+drift*float64(i%2))))
			}
			if tables {
				fmt.Fprintf(run, "BenchmarkSGTable/%s/builder=%s-2 1000%s\n", keys, one(d, "grow", "grow", "counted"), d.values(schema.SGTable))
			}
		}
	}
	for _, b := range schema.In(schema.Curves) {
		if b.Keys[0] == schema.Workload || len(b.Keys) > 1 && b.Keys[1] == schema.Workload {
			names := []string{}
			for _, s := range d.strategies {
				names = append(names, s.Name)
			}
			d.lines(curves, b, 1, map[schema.Key][]string{schema.Strategy: names, schema.Workload: {name}})
		}
	}
}

// about is a value with noise.
func (d *draw) about(v float64) float64 { return v * (1 + d.noise*d.NormFloat64()) }

// values are the values of a line of a benchmark, some of which are missing.
func (d *draw) values(b *schema.Bench) string {
	var out strings.Builder
	for _, u := range b.Units {
		if d.chance(2) {
			continue
		}
		v, ok := d.exact[u]
		if !ok || !d.honest {
			v = d.value(u)
		}
		if u.Exact {
			d.exact[u] = v
		}
		if v >= 0 {
			fmt.Fprintf(&out, " %v %s", v, u.Name)
		}
	}
	return out.String()
}

// value is a value of a unit, or negative for none.
func (d *draw) value(u *schema.Unit) float64 {
	ns, known := map[*schema.Unit]float64{
		schema.NsPerAlloc: 1.1, schema.NsPerFree: 0.9,
		schema.P1Ns: 0.2, schema.P5Ns: 0.3, schema.P10Ns: 0.45, schema.P25Ns: 0.6, schema.P50Ns: 0.8, schema.P75Ns: 1.1, schema.P90Ns: 1.5, schema.P95Ns: 2,
		schema.P99Ns: 3, schema.P999Ns: 9, schema.P9999Ns: 30, schema.MaxNs: 100,
	}[u]
	switch {
	case u == schema.ServedPct:
		return d.served
	case (u == schema.KernelDiffersOp || u == schema.Refused) && !d.chance(10):
		return -1
	case strings.HasSuffix(u.Name, "-B"):
		return one(d, 4096.0, 1<<20, 3<<20, 5<<30)
	case u == schema.KernelModelErr:
		return 0.23
	case strings.HasSuffix(u.Name, "pct"):
		return float64(d.IntN(401)) / 4
	case d.honest && known && !slices.Contains(schema.AllocFree.Units, u): // or noise would mix up the quantiles
		return d.ns * ns
	case d.honest && known:
		return d.about(d.ns * ns)
	case strings.Contains(u.Name, "ns"):
		return d.about(d.ns * one(d, 1, 1, 1, 1, 1.2))
	case u == schema.MisalignedGrants, u == schema.KernelStops, u == schema.Hazards, u == schema.KernelDiffersOp, u == schema.Refused:
		return one(d, 0.0, 0, 0, 1, 5)
	case d.honest && u == schema.KernelStepsPerOp:
		return one(d, 40.0, 61.5, 200)
	case d.honest && u == schema.SegsPerTable:
		return 1
	case strings.HasSuffix(u.Name, "/table"):
		return one(d, 1, 1, 2.75, 12, 1360)
	}
	return one(d, 0, 1, 1, 2.75, 12)
}

// lines writes the lines of a benchmark for all that its keys may be, or for a part of
// that.
func (d *draw) lines(b *strings.Builder, bench *schema.Bench, count int, known map[schema.Key][]string) {
	if d.chance(25) || d.honest && bench == schema.Series {
		return
	}
	if d.honest && bench == schema.Policies {
		for _, s := range known[schema.Strategy] {
			for _, p := range keyValues[schema.Policy] {
				b.WriteString(fixture.PolicyText(s, known[schema.Workload][0], p, one(d, d.served, d.served, 99), one(d, 0.0, 2, 160), one(d, 0.0, 1, 8), one(d, 1.0, 1, 1.5)))
			}
		}
		return
	}
	names := []string{"Benchmark" + bench.Name}
	for _, k := range bench.Keys {
		of := known[k]
		if of == nil {
			of = keyValues[k]
		}
		var next []string
		for _, name := range names {
			for _, v := range of {
				if !d.chance(4) {
					next = append(next, name+"/"+k.Is(v))
				}
			}
		}
		names = next
	}
	if len(names) > 250 {
		d.Shuffle(len(names), func(i, j int) { names[i], names[j] = names[j], names[i] })
		names = names[:250]
	}
	base := one(d, 3.0, 90, 700)
	for _, name := range names {
		d.ns = base * one(d, 1, 1, 1.5, 4)
		d.exact = make(map[*schema.Unit]float64)
		for range count {
			fmt.Fprintf(b, "%s-2 %d%s\n", name, max(1, d.ops), d.values(bench))
		}
	}
}

// keyValues are the values of keys but of strategies and workloads.
var keyValues = map[schema.Key][]string{
	schema.Builder: {"counted", "grow", "worstcase"},
	schema.Step:    {"1", "20", "40", "60", "100"}, schema.Hole: {"4KiB", "64KiB", "2MiB", "1GiB"}, schema.Size: {"4KiB", "64KiB", "2MiB", "64MiB"},
	schema.Layout: {"whole", "pieces", "shuffled"}, schema.Policy: {"i915", "amdgpu", "xe"},
	schema.Op: {schema.OpAlloc, schema.OpFree}, schema.Region: {"1GiB", "256GiB", "1TiB"}, schema.Live: {"1000", "10000", "100000"},
	schema.Lock: {schema.LockOne, schema.LockShards}, schema.Goroutines: {"1", "2", "4"}, schema.Lifetime: {"refcount", "copy", "resource", "gc"},
	schema.Mode: {schema.ModeAlone, schema.ModeContended},
}

// A drawnOp is an operation: a request, or the free of the one with that number.
type drawnOp struct {
	strategies.Request
	free bool
	id   uint64
}

// requests are the operations of a workload and the region they are for.
func (d *draw) requests() (ops []drawnOp, region strategies.Region) {
	region = strategies.Region{Size: one[uint64](d, 1<<20, 16<<20, 24<<20), Page: 4096}
	odd, fill := one(d, 0, 0, 10, 40), one(d, 0.5, 0.9, 1.1)
	var live []drawnOp
	held := uint64(0)
	for id := range uint64(one(d, 4, 60, 300, 300)) {
		if len(live) > 0 && (float64(held) > fill*float64(region.Size) || d.chance(35)) {
			k := d.IntN(len(live))
			ops = append(ops, drawnOp{free: true, id: live[k].id})
			held -= live[k].Size
			live[k] = live[len(live)-1]
			live = live[:len(live)-1]
			continue
		}
		op := drawnOp{id: id}
		op.Size = uint64(4096) << d.IntN(8) * uint64(1+d.IntN(3))
		if d.chance(odd) {
			switch d.IntN(5) {
			case 0:
				op.Align = 4096 << d.IntN(6)
			case 1:
				op.Lo, op.Hi, op.Flags = 0, region.Size>>(1+d.IntN(4)), strategies.Range
			case 2:
				op.Flags = strategies.Contiguous
			case 3:
				op.Flags = strategies.TopDown
			case 4:
				op.Size = one(d, 6400, region.Size*2, op.Size)
			}
		}
		live, held = append(live, op), held+op.Size
		ops = append(ops, op)
	}
	return ops, region
}

// place is the packed trace of what a strategy answers, and the share of requests served.
func (d *draw) place(t *testing.T, name string, region strategies.Region, s strategies.Strategy, ops []drawnOp) (packed []byte, served float64) {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	w := trace.NewWriter(z, region, name+": drawn for a test.", "title: Drawn "+name, "strategy: "+s.Name, "caps: "+s.Caps.String())
	a, err := s.New(region)
	fixture.Must(t, err)
	granted := make(map[uint64][]strategies.Block)
	requests := 0
	for _, op := range ops {
		if op.free {
			w.Free(op.id, false)
			if got := granted[op.id]; got != nil {
				a.Free(got)
			}
			continue
		}
		requests++
		w.Alloc(op.id, op.Request)
		got, err := a.Alloc(nil, op.Request)
		if err != nil {
			w.Refused(err)
			continue
		}
		w.Granted(got)
		granted[op.id] = got
	}
	fixture.Must(t, w.Flush())
	fixture.Must(t, z.Close())
	return b.Bytes(), 100 * float64(len(granted)) / float64(requests)
}
