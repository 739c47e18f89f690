package report

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/vramlab/vramlab/report/internal/fixture"
)

// Numbers that no run writes, anywhere, make a page all the same.
func TestOddNumbers(t *testing.T) {
	t.Parallel()
	f := fixture.Planted(3, fixture.Workload{Ns: []float64{300, 200, 100}}, fixture.Workload{Ns: []float64{30, 20, 10}, Served: []float64{100, 99, 100}})
	f.Count = 4
	main, lanes, curves := f.Main(), f.Lanes(), f.Curves()
	odd := []string{"0", "-1", "1e308", "1e-320", "NaN", "Inf", "-Inf", "18446744073709551616", "1", "x"}
	r := rand.New(rand.NewPCG(4, 4))
	mutate := func(text string, share float64) []byte {
		head, results, _ := strings.Cut(text, "Benchmark")
		fields := strings.Split(results, " ")
		for i := range fields {
			if _, err := strconv.ParseFloat(fields[i], 64); err == nil && r.Float64() < share {
				fields[i] = odd[r.IntN(len(odd))]
			}
		}
		return []byte(head + "Benchmark" + strings.Join(fields, " "))
	}
	for range rounds {
		dir := t.TempDir()
		share := r.Float64() * r.Float64()
		fixture.Must(t, os.WriteFile(filepath.Join(dir, "run.bench"), mutate(main, share), 0o666))
		fixture.Must(t, os.WriteFile(filepath.Join(dir, "aa.bench"), mutate(lanes, share), 0o666))
		fixture.Must(t, os.WriteFile(filepath.Join(dir, "curves.bench"), mutate(curves, share), 0o666))
		run := loaded(t, dir)
		checkPage(t, withoutWarnings(rendered(t, dir)))
		if t.Failed() {
			t.Fatalf("headline %q, verdicts %q", run.Headline(), run.Verdicts())
		}
	}
}

// rounds of odd numbers; many thousands were run once.
const rounds = 5

// withoutWarnings cuts the list of warnings, which quotes the odd numbers.
func withoutWarnings(page string) string {
	before, rest, ok := strings.Cut(page, `<ul class="warnings">`)
	if !ok {
		return page
	}
	_, after, _ := strings.Cut(rest, "</ul>")
	return before + after
}

// Any bytes in the files of results make a page or an error, never a
// panic and never a page that breaks its own rules.
func FuzzReport(f *testing.F) {
	f.Add([]byte("BenchmarkAllocFree/strategy=a/workload=w 1 0 ns/op 1e308 ns/alloc -1 served-pct 0 metadata-B\n"+
		"BenchmarkAllocFree/strategy=b/workload=w 1 1e-320 ns/op 1 ns/alloc\nBenchmarkSGTable/strategy=a/workload=w 1 -0 ns/table 1e300 segs/table\n"),
		[]byte("BenchmarkAA/strategy=b/workload=w 1 1e-320 ns/op 1e308 ns/free\nBenchmarkAA/strategy=c/workload=w 1 1 ns/op\nBenchmarkSGTable/strategy=a/workload=w 1 3 ns/table\n"),
		[]byte("BenchmarkSweep/strategy=a/hole=4KiB/size=4KiB 1 1e-300 ns/table\nBenchmarkSweep/strategy=a/hole=8EiB/size=0KiB 1 1 ns/table\n"+
			"BenchmarkSeries/strategy=a/workload=w/step=99999999999999 1 -1 largest-B 1e308 refused -5 unusable2m-pct\nBenchmarkHarness/workload=w 1 -3 ns/op\n"))
	f.Add([]byte("BenchmarkAllocFree/strategy=a/workload=w 1 5 ns/op\n"),
		[]byte("BenchmarkAA/strategy=a/workload=w 0 6 ns/op\n"),
		[]byte("BenchmarkBuilders/layout=whole/builder=counted/size=4KiB 1 1e-300 ns/table 0 peak-B 0 segs/table\nBenchmarkBuilders/builder=x/size=8EiB 1 1 ns/table\n"+
			"BenchmarkBuilders/layout=whole/builder=b/size=4KiB 1 1e38 ns/table 1e29 peak-B 1e29 segs/table 3 entries/table\nBenchmarkRef/mode=contended 1 -1 ns/op\n"+
			"BenchmarkPolicy/strategy=a/workload=w/policy=p 1 1e29 pte4k/table 0 pte64k/table -0 pte2m/table\nBenchmarkPolicy/strategy=a/workload=w 1 0 pte4k/table 0 pte64k/table 0 pte2m/table\n"+
			"BenchmarkMigrate/strategy=a/lifetime=gc 0 1 ns/op 1e29 hazards 1e29 peak-B\nBenchmarkMigrate/strategy=a 1 1e-300 ns/op\n"))
	f.Add([]byte("# strategies: b,a\n# date: not a date\nBenchmarkAA/strategy=a/workload=w 1 5 ns/op\nUnit ns/op assume=exact\n"), []byte("# seed: 1\nBenchmarkAA/strategy=a/workload=w 1 -5 ns/op\nUnit ns/op assume=exact\n"), []byte("\x00\xff"))
	f.Fuzz(func(t *testing.T, run, lanes, curves []byte) {
		dir := t.TempDir()
		fixture.Must(t, os.WriteFile(filepath.Join(dir, "run.bench"), run, 0o666))
		fixture.Must(t, os.WriteFile(filepath.Join(dir, "aa.bench"), lanes, 0o666))
		fixture.Must(t, os.WriteFile(filepath.Join(dir, "curves.bench"), curves, 0o666))
		r := loaded(t, dir)
		r.Headline()
		r.Verdicts()
		if _, err := r.Write(); err != nil {
			t.Fatal(err)
		}
	})
}
