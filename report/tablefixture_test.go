package report

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// tables is the part of a fixture's curves.bench that is about tables
// themselves, as a run writes it.
func (f fixture) tables() string {
	var b strings.Builder
	r := rand.New(rand.NewPCG(5, 6))
	for range f.count {
		f.builders(&b, r)
		for _, name := range f.strategies {
			f.migrations(&b, r, name)
		}
		fmt.Fprintf(&b, "BenchmarkRef/mode=uncontended-2 1000000 %v ns/op\nBenchmarkRef/mode=contended-2 1000000 %v ns/op\n", f.about(r, 10.9), f.about(r, 37))
	}
	for i, l := range f.loads {
		for s, name := range f.strategies {
			f.policies(&b, i, s, name, l)
		}
	}
	return b.String()
}

func (f fixture) about(r *rand.Rand, ns float64) float64 { return ns * (1 + f.noise*r.NormFloat64()) }

// builders writes one sample of every builder on every layout and size.
func (f fixture) builders(b *strings.Builder, r *rand.Rand) {
	for _, layout := range []string{"whole", "pieces", "shuffled"} {
		least, most := uint64(4<<10), uint64(16<<30)
		if layout == "shuffled" {
			least, most = 64<<10, 1<<30
		}
		for bytes := least; bytes <= most; bytes <<= 2 {
			segs := 1 + (bytes-1)/(1<<32-4096)
			switch layout {
			case "pieces":
				segs = max(1, bytes>>16)
			case "shuffled":
				segs = max(1, bytes>>16*3/4)
			}
			n := float64(segs)
			for i, name := range []string{"counted", "grow", "nomerge", "sorted", "worstcase"} {
				taken, used, peak := segs, segs, 16*segs
				ns := 8 + float64(i) + (1.1+0.2*float64(i))*n
				switch name {
				case "grow":
					for taken = 1; taken < segs; {
						taken *= 2
					}
					peak = 24 * taken
				case "nomerge":
					if layout == "whole" {
						used = 1 + (bytes-1)>>31
					} else if layout == "shuffled" {
						used = bytes >> 16
					}
					taken, peak = used, 16*used
				case "worstcase":
					taken = bytes>>12 + segs
					peak, ns = 32*taken+4096, 30+3.1*float64(bytes>>12)+2*n
				}
				fmt.Fprintf(b, "BenchmarkBuilders/layout=%s/builder=%s/size=%s-2 1000 %v ns/table %v ns/seg %d segs/table %d entries/table %d peak-B\n",
					layout, name, kib(bytes), f.about(r, ns), f.about(r, ns/n), used, taken, peak)
			}
		}
	}
}

// migrations writes one sample of a strategy under every lifetime.
func (f fixture) migrations(b *strings.Builder, r *rand.Rand, name string) {
	for _, l := range []struct {
		name                   string
		ns, hazards, tables, B float64
	}{{"refcount", 905, 0, 71, 30976}, {"copy", 1180, 0, 188, 81344}, {"resource", 871, 107, 64, 27808}, {"gc", 893, 0, 69, 30112}} {
		fmt.Fprintf(b, "BenchmarkMigrate/strategy=%s/lifetime=%s-2 2000 %v ns/op %v capture-p50-ns %v capture-p99-ns %v hazards %v peak-tables %v peak-B 204 recovered\n",
			name, l.name, f.about(r, l.ns), f.about(r, 118), f.about(r, 1320), l.hazards, l.tables, l.B)
	}
}

// policies writes the counts of a strategy on a workload.
func (f fixture) policies(b *strings.Builder, i, s int, name string, l fixtureLoad) {
	served := 100.0
	if l.served != nil {
		served = l.served[s]
	}
	for _, p := range []struct {
		name              string
		pte               [3]float64 // 4K, 64K, 2M
		waste, lost, segs float64
	}{
		{"i915", [3]float64{61.25, 9.5, 0.75}, 0, 0, 2.8},
		{"amdgpu", [3]float64{4.5, 6.25, 1.125}, 12.5, 0.25 * float64(i), 1.25},
		{"xe", [3]float64{16, 8.25, 1}, 3.25, 0, 1.5},
	} {
		for k := range p.pte {
			p.pte[k] *= 1 + 0.125*float64(s) + float64(i)
		}
		k4, k64, m2 := p.pte[0], p.pte[1], p.pte[2]
		bytes := k4*4096 + k64*65536 + m2*(2<<20)
		n := k4 + k64 + m2
		fmt.Fprintf(b, "BenchmarkPolicy/strategy=%s/workload=%s/policy=%s-2 %d %v served-pct %v segs/table %v entries/table %v pte4k/table %v pte64k/table %v pte2m/table %v cover64k-pct %v cover2m-pct %v reach-B %v waste-pct\n",
			name, l.name, p.name, l.ops, served-p.lost, p.segs, n, k4, k64, m2,
			100*(k64*65536+m2*(2<<20))/bytes, 100*m2*(2<<20)/bytes, 512*bytes/n, p.waste)
	}
}
