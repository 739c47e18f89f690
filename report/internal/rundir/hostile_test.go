package rundir

import (
	"compress/gzip"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/vramlab/vramlab/bench/schema"
	"github.com/vramlab/vramlab/report/internal/fixture"
	"github.com/vramlab/vramlab/report/internal/text"
)

// written is a run directory with one file of the given content.
func written(t *testing.T, name, content string) string {
	t.Helper()
	dir := fixture.Plain().Write(t)
	path := filepath.Join(dir, name)
	fixture.Must(t, os.MkdirAll(filepath.Dir(path), 0o777))
	fixture.Must(t, os.WriteFile(path, []byte(content), 0o666))
	return dir
}

// warned reads a run and wants a warning with the text.
func warned(t *testing.T, dir, want string) *Run {
	t.Helper()
	r, err := Read(dir)
	fixture.Must(t, err)
	if all := strings.ReplaceAll(strings.Join(r.Warnings.All(), "\n"), text.NBSP, " "); !strings.Contains(all, want) {
		t.Errorf("warnings %q, want %q among them", r.Warnings.All(), want)
	}
	return r
}

// Of a cell with more samples than the bound the first are kept, and their number is
// said: the interval of two cells looks at every pair.
func TestSamplesBounded(t *testing.T) {
	const n = 5 * mostSamples
	line := "BenchmarkAllocFree/strategy=buddy/workload=small-2 600 %d ns/op\n"
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, line, 100+i)
	}
	r := warned(t, written(t, "run.bench", b.String()), "run.bench: 4,000 left out: samples beyond the first 1,000 of a cell")
	for _, c := range r.Workload("small").Cells {
		if len(c.Sample.Values) > mostSamples {
			t.Errorf("a cell keeps %d samples", len(c.Sample.Values))
		}
	}
	lanes := strings.ReplaceAll(b.String(), "BenchmarkAllocFree", "BenchmarkAA")
	r = warned(t, written(t, "aa.bench", lanes), "aa.bench: 4,000 left out: samples beyond the first 1,000 of a cell")
	if n := len(r.Workload("small").Cell(schema.AA, schema.NsPerOp, 0).Sample.Values); n != mostSamples {
		t.Errorf("a lane keeps %d samples, want %d", n, mostSamples)
	}
	curves := strings.ReplaceAll(b.String(), "BenchmarkAllocFree", "BenchmarkHarness")
	if r = warned(t, written(t, "curves.bench", curves), "samples beyond the first"); len(r.Curves.Harness) != mostSamples {
		t.Errorf("the harness keeps %d samples, want %d", len(r.Curves.Harness), mostSamples)
	}
}

// A benchmark file is read as far as the bound.
func TestBenchBounded(t *testing.T) {
	filler := strings.Repeat("# "+strings.Repeat("x", 1021)+"\n", mostBench>>10)
	line := "BenchmarkHarness/workload=small-2 600 5 ns/op\n"
	r := warned(t, written(t, "curves.bench", line+filler+line), "curves.bench: has more than 64")
	if len(r.Curves.Harness) != 1 {
		t.Errorf("%d lines are read, want the one before the bound", len(r.Curves.Harness))
	}
	if _, cut, err := ReadBounded(filepath.Join(r.Dir, "curves.bench"), 1000); !cut || err != nil {
		t.Errorf("cut %v, error %v", cut, err)
	}
}

// What a packed file expands to is bounded, whatever its own size.
func TestExpansionBounded(t *testing.T) {
	path := filepath.Join(t.TempDir(), "zeros.gz")
	f, err := os.Create(path)
	fixture.Must(t, err)
	z := gzip.NewWriter(f)
	_, err = io.CopyN(z, zeros{}, 50<<20)
	fixture.Must(t, err)
	fixture.Must(t, z.Close())
	fixture.Must(t, f.Close())
	data, cut, err := ReadBounded(path, 1<<20)
	if len(data) != 1<<20 || cap(data) > 4<<20 || !cut || err != nil {
		t.Errorf("%d bytes in room for %d, cut %v, error %v; want a mebibyte, cut", len(data), cap(data), cut, err)
	}
}

type zeros struct{}

func (zeros) Read(b []byte) (int, error) { clear(b); return len(b), nil }

// A set of extents takes a bounded number of blocks, and says that there were more.
func TestLiveBounded(t *testing.T) {
	l := NewLiveSet(1 << 60)
	l.most = 1 << 10
	for id := uint64(0); !l.overfull && id < 1<<12; id++ {
		of := l.grant(id, 1)
		l.put(of, id<<12, 1<<12)
	}
	if n := len(l.pieces) + len(l.fresh); !l.overfull || n > 2*l.most+1 {
		t.Errorf("%d blocks are kept, overfull %v", n, l.overfull)
	}
}

// The names in results are bounded: sections show them all.
func TestNamesBounded(t *testing.T) {
	var b strings.Builder
	for i := range 3 * mostNames {
		fmt.Fprintf(&b, "BenchmarkAllocFree/strategy=buddy/workload=w%d-2 600 5 ns/op\nBenchmarkAllocFree/strategy=s%d/workload=w0-2 600 5 ns/op\n", i, i)
	}
	r := warned(t, written(t, "run.bench", b.String()), "lines with more than 32 values of strategy")
	if len(r.Workloads) != mostNames || len(r.Strategies) != mostStrategies {
		t.Errorf("%d workloads and %d strategies, want %d and %d", len(r.Workloads), len(r.Strategies), mostNames, mostStrategies)
	}
	facts := readMeta([]byte(strings.Repeat("# a: b\n", 100_000)))
	if len(facts) != mostFacts {
		t.Errorf("%d facts are kept, want %d", len(facts), mostFacts)
	}
}

// Only regular files are opened.
func TestNotRegular(t *testing.T) {
	dir := fixture.Plain().Write(t)
	for _, name := range []string{"aa.bench", "curves.bench"} {
		fixture.Must(t, os.Remove(filepath.Join(dir, name)))
		fixture.Must(t, os.Mkdir(filepath.Join(dir, name), 0o777))
		warned(t, dir, name+": is a directory, not a regular file")
	}
	if _, err := os.Stat("/dev/zero"); err == nil {
		fixture.Must(t, os.Remove(filepath.Join(dir, "curves.bench")))
		fixture.Must(t, os.Symlink("/dev/zero", filepath.Join(dir, "curves.bench")))
		fixture.Must(t, os.Symlink("/dev/zero", filepath.Join(dir, "placements", "x.trace.gz")))
		warned(t, dir, "curves.bench: is a device, not a regular file")
		warned(t, dir, "placements/x.trace.gz: is a device, not a regular file")
	}
}

// Files of another run are named and left out.
func TestOtherRun(t *testing.T) {
	curves := "# date: 2025-01-01T00:00:00Z\nBenchmarkHarness/workload=small-2 600 5 ns/op\n"
	r := warned(t, written(t, "curves.bench", curves), "curves.bench: is of another run and left out: its date is 2025-01-01T00:00:00Z, that of run.bench 2026-11-22T12:00:00Z")
	if len(r.Curves.Harness) != 0 {
		t.Error("the curves of another run are read")
	}
	trace := "vramlab trace 1\n# small: doc\n# strategy: buddy\n%sregion 65536 page 4096\na 0 4096\n= 0+4096\n" +
		strings.Repeat("f 0\na 0 4096\n= 0+4096\n", 3)
	for head, want := range map[string]string{
		"# seed: 8\n": "placements/small.buddy.trace.gz: is of another run and left out: its seed is 8, that of run.bench 7",
		"# seed: 7\n": "placements/small.buddy.trace.gz: is of another run and left out: it holds 7 operations, run.bench has times of 600",
		"":            "it holds 7 operations, run.bench has times of 600",
	} {
		r := warned(t, written(t, "placements/small.buddy.trace.gz", fmt.Sprintf(trace, head)), want)
		if r.Workload("small").Placement(0) != nil {
			t.Error("a trace of another run is kept")
		}
	}
	twice := fixture.Plain().Write(t)
	fixture.Must(t, os.Link(filepath.Join(twice, "placements/small.buddy.trace.gz"), filepath.Join(twice, "placements/copy.trace.gz")))
	warned(t, twice, "placements/copy.trace.gz: holds what placements/small.buddy.trace.gz holds")
}

// What is left out is counted: times of nothing, units and benchmarks of later versions.
func TestLeftOutIsCounted(t *testing.T) {
	lines := strings.Repeat("BenchmarkAllocFree/strategy=buddy/workload=small-2 600 0 ns/op 4 parsecs\nBenchmarkNew/strategy=buddy/workload=small-2 600 1 ns/op\n", 3)
	dir := written(t, "run.bench", fixture.Plain().Main()+lines)
	warned(t, dir, "run.bench: 3 left out: times of 0 ns/op, which were not measured")
	warned(t, dir, `run.bench: 3 left out: values of the unit "parsecs", which is not known here`)
	warned(t, dir, "run.bench: 3 left out: lines of BenchmarkNew, which is not known here")
	r, err := Read(fixture.Plain().Write(t))
	fixture.Must(t, err)
	if all := r.Warnings.All(); len(all) > 0 {
		t.Errorf("a run as it should be has the warnings %q", all)
	}
}

// Nothing is left out without a count, in any file: what is no measurement, what stands in
// the wrong file, and what is of a strategy or a workload that the run does not have.
func TestNothingIsLeftOutSilently(t *testing.T) {
	const pair = "/strategy=buddy/workload=small-2 600 "
	for _, c := range []struct{ file, lines, want string }{
		{"run.bench", "BenchmarkAllocFree" + pair + "NaN ns/op 0 ns/alloc 4 parsecs\n", ": NaN sec/op is no measurement"},
		{"run.bench", "BenchmarkAllocFree" + pair + "NaN ns/op 0 ns/alloc 4 parsecs\n", "run.bench: 1 left out: times of 0 ns/alloc, which were not measured"},
		{"run.bench", "BenchmarkAllocFree" + pair + "-1 ns/op 0 ns/alloc 4 parsecs\n", `run.bench: 1 left out: values of the unit "parsecs", which is not known here`},
		{"run.bench", strings.Repeat("BenchmarkAllocFree"+pair+"-1 ns/op 0 ns/alloc\n", 60), "run.bench: 60 left out: times of 0 ns/alloc, which were not measured"},
		{"run.bench", strings.Repeat("BenchmarkAllocFree"+pair+"1e40 ns/op 0 ns/alloc\n", 60), "20 more problems are not listed"},
		{"run.bench", "BenchmarkSeries/strategy=buddy/workload=small/step=3-2 1 5 free-B\n", "run.bench: 1 left out: lines of BenchmarkSeries, which belong in curves.bench"},
		{"aa.bench", "BenchmarkAllocFree" + pair + "5 ns/op\n", "aa.bench: 1 left out: lines of BenchmarkAllocFree, which belong in run.bench"},
		{"aa.bench", strings.Repeat("BenchmarkAA/strategy=tlsf/workload=small-2 600 5 ns/op\n", 2), "aa.bench: 2 left out: lines of a strategy or a workload that run.bench has no result of"},
		{"aa.bench", "BenchmarkAA" + pair + "0 ns/op\n", "aa.bench: 1 left out: times of 0 ns/op, which were not measured"},
		{"curves.bench", "BenchmarkAA" + pair + "5 ns/op\n", "curves.bench: 1 left out: lines of BenchmarkAA, which belong in aa.bench"},
		{"curves.bench", "BenchmarkCounters/strategy=buddy/workload=x-2 600 1 visits/op\n", "curves.bench: 1 left out: lines of a strategy or a workload that run.bench has no result of"},
		{"curves.bench", "BenchmarkCounters" + pair + "-1 visits/op\n", "curves.bench: 1 left out: values of visits/op that nothing can measure"},
		{"curves.bench", "BenchmarkHarness/workload=small-2 600 0 ns/op 3 parsecs\n", "curves.bench: 1 left out: times of 0 ns/op, which were not measured"},
		{"curves.bench", "BenchmarkHarness/workload=small-2 600 +Inf ns/op 3 parsecs\n", "curves.bench: 1 left out: values of ns/op that nothing can measure"},
	} {
		text := c.lines
		if c.file == "run.bench" {
			text = fixture.Plain().Main() + text
		}
		warned(t, written(t, c.file, text), c.want)
	}
}

// A file of some other program is an error that says what it holds.
func TestForeignBench(t *testing.T) {
	dir := t.TempDir()
	fixture.Must(t, os.WriteFile(filepath.Join(dir, "run.bench"), []byte("goos: linux\nBenchmarkEncode/format=json-8 100 120 ns/op\nBenchmarkEncode/format=json-8 100 121 ns/op\n"), 0o666))
	_, err := Read(dir)
	if want := "it holds 2 benchmark lines (BenchmarkEncode), and none has strategy=NAME and workload=NAME in its name"; err == nil || !strings.Contains(strings.ReplaceAll(err.Error(), text.NBSP, " "), want) {
		t.Errorf("error %v, want %q", err, want)
	}
}
