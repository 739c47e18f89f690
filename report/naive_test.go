package report

import (
	"bufio"
	"compress/gzip"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/vramlab/vramlab/report/internal/fixture"
)

// What follows recomputes what the page shows from the files of a run, with parsers
// and formulas of its own: no code is shared with what made the page. It is slow and
// simple on purpose.

// naiveLines are the values of a benchmark file: by name without "Benchmark" and the
// suffix of GOMAXPROCS, then by unit, in the order of the file.
type naiveLines map[string]map[string][]float64

func readNaive(t *testing.T, path string) naiveLines {
	t.Helper()
	text, err := os.ReadFile(path)
	fixture.Must(t, err)
	lines := make(naiveLines)
	for line := range strings.Lines(string(text)) {
		fields := strings.Fields(line)
		if len(fields) < 4 || !strings.HasPrefix(fields[0], "Benchmark") {
			continue
		}
		name := strings.TrimPrefix(fields[0], "Benchmark")
		if i := strings.LastIndex(name, "-"); i > strings.LastIndex(name, "=") {
			name = name[:i]
		}
		if lines[name] == nil {
			lines[name] = make(map[string][]float64)
		}
		for i := 2; i+1 < len(fields); i += 2 {
			v, err := strconv.ParseFloat(fields[i], 64)
			fixture.Must(t, err)
			lines[name][fields[i+1]] = append(lines[name][fields[i+1]], v)
		}
	}
	return lines
}

// median of a line's values in a unit.
func (l naiveLines) median(t *testing.T, name, unit string) float64 {
	t.Helper()
	v := slices.Clone(l[name][unit])
	if len(v) == 0 {
		t.Fatalf("the run has no %s of %s", unit, name)
	}
	return naiveMedian(v)
}

func naiveMedian(v []float64) float64 {
	v = slices.Sorted(slices.Values(v))
	n := len(v)
	return (v[(n-1)/2] + v[n/2]) / 2
}

// choose is the number of ways to take k of n.
func choose(n, k int) float64 {
	c := 1.0
	for i := range k {
		c = c * float64(n-i) / float64(i+1)
	}
	return c
}

// naiveSpread is the half width of the 95 % interval of a median, in percent of it: of
// the pairs of samples that lie as far from either end, the innermost two between
// which the median lies in 95 of 100 cases, each sample being on either side of it
// with an even chance.
func naiveSpread(v []float64) float64 {
	v = slices.Sorted(slices.Values(v))
	n := len(v)
	outside, k := 0.0, 0
	for k < n/2 && outside+2*choose(n, k)/math.Pow(2, float64(n)) <= 0.05 {
		outside += 2 * choose(n, k) / math.Pow(2, float64(n))
		k++
	}
	if k == 0 {
		return math.Inf(1)
	}
	m := naiveMedian(v)
	return 100 * max(v[n-k]/m-1, 1-v[k-1]/m)
}

// arrangements are the numbers of ways in which samples of two sides can be mixed so
// that u pairs have the second side's in front, by u.
func arrangements(n1, n2 int) []float64 {
	if n1 == 0 || n2 == 0 {
		return []float64{1}
	}
	out := make([]float64, n1*n2+1)
	for u, ways := range arrangements(n1-1, n2) { // the last is one of the first side: n2 are before it
		out[u+n2] += ways
	}
	for u, ways := range arrangements(n1, n2-1) {
		out[u] += ways
	}
	return out
}

// naiveP is the exact two-sided probability of the rank test: how often two sides of
// one distribution are mixed as unevenly as these, or more. No two samples are equal.
func naiveP(t *testing.T, a, b []float64) float64 {
	t.Helper()
	u := 0
	for _, x := range a {
		for _, y := range b {
			switch {
			case x == y:
				t.Fatalf("%v is on either side", x)
			case y < x:
				u++
			}
		}
	}
	ways := arrangements(len(a), len(b))
	below, above, all := 0.0, 0.0, 0.0
	for i, w := range ways {
		all += w
		if i <= u {
			below += w
		}
		if i >= u {
			above += w
		}
	}
	return min(1, 2*min(below, above)/all)
}

// naiveInterval is the 95 % interval of b/a-1: of all quotients of a sample by a
// sample, without so many at either end that the rank test would still reject a shift
// by what is left out. It holds the ratio of the medians.
func naiveInterval(a, b []float64) (lo, hi float64) {
	var q []float64
	for _, x := range a {
		for _, y := range b {
			q = append(q, y/x-1)
		}
	}
	slices.Sort(q)
	ways := arrangements(len(a), len(b))
	all := choose(len(a)+len(b), len(a))
	cut, below := 0, 0.0
	for below+ways[cut] <= 0.025*all {
		below += ways[cut]
		cut++
	}
	if cut == 0 {
		return math.Inf(-1), math.Inf(1)
	}
	delta := naiveMedian(b)/naiveMedian(a) - 1
	return min(delta, q[cut-1]), max(delta, q[len(q)-cut])
}

// naiveTrace is a placement file without its comments: the region in bytes, and what
// happened.
type naiveTrace struct {
	region uint64
	events []naiveEvent
}

// naiveEvent is a request with its blocks, none if it was refused, or a free.
type naiveEvent struct {
	free   bool
	id     string
	size   uint64
	blocks [][2]uint64 // begin and length
}

func readTrace(t *testing.T, dir, workload, strategy string) naiveTrace {
	t.Helper()
	f, err := os.Open(filepath.Join(dir, "placements", workload+"."+strategy+".trace.gz"))
	fixture.Must(t, err)
	defer f.Close()
	z, err := gzip.NewReader(f)
	fixture.Must(t, err)
	number := func(s string) uint64 {
		n, err := strconv.ParseUint(s, 10, 64)
		fixture.Must(t, err)
		return n
	}
	var tr naiveTrace
	for sc := bufio.NewScanner(z); sc.Scan(); {
		fields := strings.Fields(sc.Text())
		if len(fields) == 0 {
			continue
		}
		switch fields[0] {
		case "region":
			tr.region = number(fields[1])
		case "a":
			tr.events = append(tr.events, naiveEvent{id: fields[1], size: number(fields[2])})
		case "f":
			tr.events = append(tr.events, naiveEvent{free: true, id: fields[1]})
		case "=":
			last := &tr.events[len(tr.events)-1]
			for _, b := range fields[1:] {
				begin, length, _ := strings.Cut(b, "+")
				last.blocks = append(last.blocks, [2]uint64{number(begin), number(length)})
			}
		}
	}
	return tr
}

// naiveFate is what a trace comes to.
type naiveFate struct {
	requests, refused, blocks int
	least, most               uint64 // bytes of a request
	peak                      uint64 // most bytes live at once
	meanHole                  float64
}

// fate looks at every page of the region.
func (tr naiveTrace) fate() (n naiveFate) {
	const page = 4096
	used := make([]bool, tr.region/page)
	held := make(map[string][][2]uint64)
	live := uint64(0)
	set := func(blocks [][2]uint64, to bool) {
		for _, b := range blocks {
			for p := b[0] / page; p < (b[0]+b[1])/page; p++ {
				used[p] = to
			}
			if to {
				live += b[1]
			} else {
				live -= b[1]
			}
		}
	}
	n.least = math.MaxUint64
	for _, e := range tr.events {
		if e.free {
			set(held[e.id], false)
			delete(held, e.id)
			continue
		}
		n.requests++
		n.least, n.most = min(n.least, e.size), max(n.most, e.size)
		if e.blocks == nil {
			n.refused++
			continue
		}
		n.blocks += len(e.blocks)
		held[e.id] = e.blocks
		set(e.blocks, true)
		n.peak = max(n.peak, live)
	}
	var squares, sum, run float64
	for _, u := range append(used, true) {
		if !u {
			run += page
			continue
		}
		squares, sum, run = squares+run*run, sum+run, 0
	}
	if sum > 0 {
		n.meanHole = squares / sum
	}
	return n
}
