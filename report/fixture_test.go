package report

import (
	"compress/gzip"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/workloads/trace"
)

// A fixture is a run directory made up for a test. It is written the way a
// run writes one; the samples are drawn, and the placements come from a toy
// allocator that knows first fit and nothing else.
type fixture struct {
	strategies []string
	scatter    []bool // by strategy: may grant several blocks
	loads      []fixtureLoad
	count      int
	noise      float64 // relative standard deviation of all samples
	drift      float64 // what every second lane of a strategy against itself is off by
	bare       bool    // run.bench alone
	meta       string
	seed       uint64
}

// fixtureLoad is a workload and its true time of an operation by strategy.
type fixtureLoad struct {
	name, title string
	ns          []float64
	served      []float64 // percent; of no effect on the placements; nil: all 100
	ops         int
	region      uint64
	big         uint64 // largest request
	fill        float64
}

// plainFixture is a run of two strategies that differ on one workload, serve
// different shares of another, and do not differ on a third.
func plainFixture() fixture {
	return fixture{
		strategies: []string{"buddy", "rangemgr"},
		scatter:    []bool{true, false},
		count:      10,
		noise:      0.01,
		loads: []fixtureLoad{
			{name: "small", title: "Small buffers", ns: []float64{682, 288}, ops: 600, region: 8 << 20, big: 256 << 10, fill: 0.5},
			{name: "gfx", title: "Graphics mix", ns: []float64{742, 226}, served: []float64{100, 99.2}, ops: 2000, region: 16 << 20, big: 1 << 20, fill: 0.9},
			{name: "frames", title: "Frame queue", ns: []float64{85.9, 85.9}, ops: 600, region: 4 << 20, big: 64 << 10, fill: 0.6},
		},
	}
}

// write makes the directory of the fixture.
func (f fixture) write(t testing.TB) string {
	t.Helper()
	dir := t.TempDir()
	must(t, os.WriteFile(filepath.Join(dir, "run.bench"), []byte(f.main()), 0o666))
	if f.bare {
		return dir
	}
	must(t, os.WriteFile(filepath.Join(dir, "curves.bench"), []byte(f.curves()), 0o666))
	must(t, os.Mkdir(filepath.Join(dir, "placements"), 0o777))
	for i, l := range f.loads {
		for s, name := range f.strategies {
			file, err := os.Create(filepath.Join(dir, "placements", l.name+"."+strings.Trim(name, "</>")+".trace.gz"))
			must(t, err)
			z, err := gzip.NewWriterLevel(file, gzip.BestSpeed)
			must(t, err)
			f.place(t, z, l, s, uint64(i))
			must(t, z.Close())
			must(t, file.Close())
		}
	}
	return dir
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

const fixtureUnits = `Unit ns/alloc better=lower
Unit ns/free better=lower
Unit p50-ns better=lower
Unit p99-ns better=lower
Unit p999-ns better=lower
Unit max-ns better=lower
Unit served-pct better=higher assume=exact
Unit metadata-B better=lower assume=exact
Unit ns/table better=lower
Unit ns/seg better=lower
Unit segs/table better=lower assume=exact
`

// main is the text of run.bench.
func (f fixture) main() string {
	var b strings.Builder
	b.WriteString(fixtureUnits)
	fmt.Fprintf(&b, "# vramlab run 1\n# date: 2026-11-22T12:00:00Z\n# command: vramlab run -o out\n# seed: 7\n# count: %d\n", f.count)
	fmt.Fprintf(&b, "# order: seeded random\n# strategies: %s\n# go: go1.26.8\n# kernel: 6.18.0\n# cores: 2\n# load: 0.4 %% of the processor taken by others\n%s",
		strings.Join(f.strategies, " "), f.meta)
	b.WriteString("goos: linux\ngoarch: amd64\ncpu: Test Processor\n")
	r := rand.New(rand.NewPCG(1+f.seed, 2))
	for range f.count {
		for i, l := range f.loads {
			for s := range f.strategies {
				f.sample(&b, r, i, l, s)
			}
		}
	}
	return b.String()
}

// sample writes the lines of one sample of a strategy on a workload.
func (f fixture) sample(b *strings.Builder, r *rand.Rand, i int, l fixtureLoad, s int) {
	about := func(ns float64) float64 { return ns * (1 + f.noise*r.NormFloat64()) }
	served := 100.0
	if l.served != nil {
		served = l.served[s]
	}
	ns := l.ns[s]
	name := fmt.Sprintf("strategy=%s/workload=%s", f.strategies[s], l.name)
	fmt.Fprintf(b, "BenchmarkAllocFree/%s-2 %d %v ns/op %v ns/alloc %v ns/free %v p50-ns %v p99-ns %v p999-ns %v max-ns %v served-pct %d metadata-B\n",
		name, l.ops, about(ns), about(ns*1.1), about(ns*0.9), about(ns*0.8), about(ns*3), about(ns*9), about(ns*100), served, 1<<20*(s+1))
	self := ns
	if (i+s)%2 == 0 {
		self *= 1 + f.drift
	}
	fmt.Fprintf(b, "BenchmarkAA/%s-2 %d %v ns/op\n", name, l.ops, about(self))
	segs := 1.0
	if f.scatter[s] {
		segs = 2.8
	}
	fmt.Fprintf(b, "BenchmarkSGTable/%s/builder=grow-2 1000 %v ns/table %v ns/seg %v segs/table\n", name, about(5+20*segs), about(20), segs)
}

// curves is the text of curves.bench.
func (f fixture) curves() string {
	var b strings.Builder
	b.WriteString("Unit refused better=lower assume=exact\n")
	r := rand.New(rand.NewPCG(3, 4))
	for _, l := range f.loads {
		fmt.Fprintf(&b, "BenchmarkHarness/workload=%s-2 %d 6.5 ns/op\n", l.name, l.ops)
		for s, name := range f.strategies {
			if name != "segfit" { // which cannot count
				fmt.Fprintf(&b, "BenchmarkCounters/strategy=%s/workload=%s-2 %d %v splits/op 0.25 merges/op %d visits/op\n", name, l.name, l.ops, 0.5*float64(s), 3*s+1)
			}
			for step := 1; step <= 60; step++ {
				refused := 0
				if l.served != nil && l.served[s] < 100 {
					refused = r.IntN(4)
				}
				fmt.Fprintf(&b, "BenchmarkSeries/strategy=%s/workload=%s/step=%d-2 1 %v frag-pct %v unusable2m-pct %d largest-B %d free-B %d refused\n",
					name, l.name, step*l.ops/60, 5+r.Float64(), 4+8*float64(s)+r.Float64()*5, l.region>>(2+4*s)/uint64(1+r.IntN(3)), l.region/8, refused)
			}
		}
	}
	for s, name := range f.strategies {
		f.sweep(&b, r, s, name)
	}
	b.WriteString(f.tables())
	b.WriteString(f.scaling())
	return b.String()
}

// sweep writes a strategy's part of the controlled sweep.
func (f fixture) sweep(b *strings.Builder, r *rand.Rand, s int, name string) {
	for hole := uint64(4 << 30); hole >= 4<<10; hole >>= 1 {
		for _, size := range []uint64{64 << 20, 2 << 20, 64 << 10} {
			head := fmt.Sprintf("BenchmarkSweep/strategy=%s/hole=%s/size=%s/builder=grow-2", name, kib(hole), kib(size))
			segs := max(1, size/hole)
			if segs > 1 && !f.scatter[s] {
				fmt.Fprintf(b, "%s 1 1 refused\n", head)
				continue
			}
			for range 3 {
				ns := 2.7 + 0.9*float64(segs)*(1+0.02*r.Float64()) + 0.3*float64(s)
				fmt.Fprintf(b, "%s 1000 %v ns/table %v p99-ns %d segs/table\n", head, ns, ns*1.4, segs)
			}
		}
	}
}

func kib(n uint64) string {
	for _, u := range []struct {
		by   uint64
		name string
	}{{1 << 30, "GiB"}, {1 << 20, "MiB"}, {1 << 10, "KiB"}} {
		if n >= u.by {
			return fmt.Sprint(n/u.by, u.name)
		}
	}
	return fmt.Sprint(n, "B")
}

// place writes the placement trace of a strategy on a workload.
func (f fixture) place(t testing.TB, out io.Writer, l fixtureLoad, s int, seed uint64) {
	region := strategies.Region{Size: l.region, Page: 4096}
	w := trace.NewWriter(out, region, l.name+": a workload made up for a test", "title: "+l.title, "strategy: "+f.strategies[s])
	toy := &toyAllocator{holes: []strategies.Block{{Size: l.region}}, scatter: f.scatter[s]}
	r := rand.New(rand.NewPCG(seed, 9))
	blocks := make(map[uint64][]strategies.Block)
	var live []uint64
	asked := uint64(0) // what the workload holds, whether it was granted or not
	sizes := make(map[uint64]uint64)
	for id := range uint64(l.ops) {
		if len(live) > 0 && (float64(asked) > l.fill*float64(l.region) || r.IntN(3) == 0) {
			k := r.IntN(len(live))
			victim := live[k]
			live[k] = live[len(live)-1]
			live = live[:len(live)-1]
			w.Free(victim, false)
			toy.free(blocks[victim])
			asked -= sizes[victim]
			delete(blocks, victim)
			continue
		}
		size := uint64(4096) << r.IntN(20)
		size = min(size, l.big) - 4096*r.Uint64N(max(1, min(size, l.big)/8192))
		w.Alloc(id, strategies.Request{Size: size})
		live, sizes[id] = append(live, id), size
		asked += size
		if got := toy.alloc(size); got != nil {
			blocks[id] = got
			w.Granted(got)
		} else {
			w.Refused(strategies.ErrNoSpace)
		}
	}
	must(t, w.Flush())
}

// toyAllocator is first fit over a sorted list of holes.
type toyAllocator struct {
	holes   []strategies.Block
	scatter bool
}

func (a *toyAllocator) alloc(size uint64) []strategies.Block {
	for i, h := range a.holes {
		if h.Size >= size {
			return []strategies.Block{a.cut(i, size)}
		}
	}
	free := uint64(0)
	for _, h := range a.holes {
		free += h.Size
	}
	if !a.scatter || free < size {
		return nil
	}
	var out []strategies.Block
	for size > 0 {
		b := a.cut(0, min(size, a.holes[0].Size))
		out, size = append(out, b), size-b.Size
	}
	return out
}

func (a *toyAllocator) cut(i int, size uint64) strategies.Block {
	h := &a.holes[i]
	b := strategies.Block{Start: h.Start, Size: size}
	h.Start, h.Size = h.Start+size, h.Size-size
	if h.Size == 0 {
		a.holes = append(a.holes[:i], a.holes[i+1:]...)
	}
	return b
}

func (a *toyAllocator) free(blocks []strategies.Block) {
	for _, b := range blocks {
		i := 0
		for i < len(a.holes) && a.holes[i].Start < b.Start {
			i++
		}
		a.holes = append(a.holes[:i], append([]strategies.Block{b}, a.holes[i:]...)...)
		for i > 0 && a.holes[i-1].End() == a.holes[i].Start {
			i--
		}
		for i+1 < len(a.holes) && a.holes[i].End() == a.holes[i+1].Start {
			a.holes[i].Size += a.holes[i+1].Size
			a.holes = append(a.holes[:i+1], a.holes[i+2:]...)
		}
	}
}
