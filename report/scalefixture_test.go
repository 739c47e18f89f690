package report

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
)

// sweepSize is one point of a made-up sweep.
type sweepSize struct {
	region string
	live   int
}

func liveSizes(region string, live ...int) []sweepSize {
	var out []sweepSize
	for _, n := range live {
		out = append(out, sweepSize{region, n})
	}
	return out
}

func regionSizes(live int, regions ...string) []sweepSize {
	var out []sweepSize
	for _, region := range regions {
		out = append(out, sweepSize{region, live})
	}
	return out
}

// scalingText is samples of an operation of a strategy at some sizes: the time
// is ns of the size that grows, spread by some relative noise.
func scalingText(strategy, op string, samples int, noise float64, ns, visits func(s sweepSize) float64, sizes ...sweepSize) string {
	var b strings.Builder
	r := rand.New(rand.NewPCG(uint64(len(strategy)), uint64(len(op))))
	for range samples {
		for _, s := range sizes {
			fmt.Fprintf(&b, "BenchmarkScaling/strategy=%s/op=%s/region=%s/live=%d-2 1000 %v ns/op", strategy, op, s.region, s.live, ns(s)*(1+noise*r.NormFloat64()))
			if visits != nil {
				fmt.Fprintf(&b, " %v visits/op", visits(s))
			}
			b.WriteString("\n")
		}
	}
	return b.String()
}

// bytesOf is the size of a made-up region.
func (s sweepSize) bytes() float64 {
	n, ok := parseSize(s.region)
	if !ok {
		panic("no size " + s.region)
	}
	return float64(n)
}

// costs of made-up strategies: by a logarithm, none at all, in proportion.
func logCost(base, slope float64) func(sweepSize) float64 {
	return func(s sweepSize) float64 { return base + slope*math.Log2(float64(s.live)) }
}

func flatCost(ns float64) func(sweepSize) float64 { return func(sweepSize) float64 { return ns } }

func powerCost(ns, b float64) func(sweepSize) float64 {
	return func(s sweepSize) float64 { return ns * math.Pow(float64(s.live), b) }
}

// concurrentText is samples of a cell: times around ns.
func concurrentText(strategy, lock string, goroutines, samples int, ns float64) string {
	var b strings.Builder
	for i := range samples {
		f := ns * (1 + 0.004*float64(i))
		n := float64(goroutines)
		fmt.Fprintf(&b, "BenchmarkConcurrent/strategy=%s/lock=%s/goroutines=%d-2 100000 %v ns/op %v p50-ns %v p99-ns %v p999-ns\n",
			strategy, lock, goroutines, f, f*n*0.7, f*n*3, f*n*n*20)
	}
	return b.String()
}

// scaling is the part of a fixture's curves.bench about sweeps, goroutines and
// C libraries.
func (f fixture) scaling() string {
	var b strings.Builder
	lives := []int{1000, 10000, 100000, 1000000}
	for s, name := range f.strategies {
		times := []func(sweepSize) float64{logCost(20, 2.5), logCost(6, 3.8), flatCost(24), powerCost(0.9, 0.45), logCost(30, 6), logCost(15, 4), flatCost(70)}[s]
		visits := logCost(1, 0.2)
		if s == 1 {
			visits = nil
		}
		for i, op := range scalingOps {
			cost := func(z sweepSize) float64 {
				return times(z) * (1 - 0.2*float64(i)) * math.Pow(z.bytes()/(1<<38), 0.01*float64(s+1))
			}
			b.WriteString(scalingText(name, op, f.count, f.noise, cost, visits, liveSizes("256GiB", lives...)...))
			b.WriteString(scalingText(name, op, f.count, f.noise, cost, visits, liveSizes("1GiB", lives[:3]...)...))
			b.WriteString(scalingText(name, op, f.count, f.noise, cost, visits, regionSizes(1000, "4GiB", "16GiB", "64GiB", "1TiB")...))
		}
		for _, n := range []int{1, 2, 4} {
			b.WriteString(concurrentText(name, "locked", n, f.count, 60+10*float64(s)+25*math.Log2(float64(n))))
			b.WriteString(concurrentText(name, "sharded", n, f.count, (66+11*float64(s))/math.Min(float64(n), 1.85)))
		}
	}
	return b.String()
}
