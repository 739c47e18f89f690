package bench

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/perf/benchfmt"

	"github.com/vramlab/vramlab/sgtable"
	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/workloads"
	"github.com/vramlab/vramlab/workloads/trace"
)

// tiny is a whole run in a few milliseconds.
func tiny(t *testing.T) Config {
	c := Config{
		Dir:        filepath.Join(t.TempDir(), "run"),
		Strategies: []strategies.Strategy{firstFit, scatterFit},
		Workloads:  []workloads.Workload{churn("churn", 300), churn("small", 20)},
		Builders:   []sgtable.Builder{testBuilder},
		Count:      3,
		Seed:       42,
		SampleTime: 100 * time.Microsecond,
		NoSweep:    true,
		NoMigrate:  true,
		Meta:       []KV{{"date", "2001-02-03T04:05:06Z"}, {"command", "vramlab run\nforged: yes"}},
	}
	if err := c.complete(); err != nil {
		t.Fatal(err)
	}
	return c
}

// results reads a file of results; anything but results and Unit lines fails
// the test.
func results(t *testing.T, path string) ([]*benchfmt.Result, benchfmt.UnitMetadataMap) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	r := benchfmt.NewReader(bytes.NewReader(data), filepath.Base(path))
	var all []*benchfmt.Result
	for r.Scan() {
		switch rec := r.Result().(type) {
		case *benchfmt.Result:
			all = append(all, rec.Clone())
		case *benchfmt.SyntaxError:
			t.Error(rec)
		}
	}
	if err := r.Err(); err != nil {
		t.Fatal(err)
	}
	return all, r.Units()
}

// name is the name of a result without the suffix of GOMAXPROCS.
func name(r *benchfmt.Result) string {
	base, parts := r.Name.Parts()
	full := string(base)
	for _, p := range parts {
		if p[0] == '/' {
			full += string(p)
		}
	}
	return full
}

func TestRun(t *testing.T) {
	c := tiny(t)
	steps, last := 0, 0
	c.Progress = func(done, total int, what string) {
		if done <= last || done > total || what == "" {
			t.Errorf("step %d of %d after %d: %q", done, total, last, what)
		}
		steps, last = total, done
	}
	if err := Run(context.Background(), c); err != nil {
		t.Fatal(err)
	}
	if last != steps {
		t.Errorf("the last step reported is %d of %d", last, steps)
	}
	all, units := results(t, filepath.Join(c.Dir, resultsFile))
	samples := make(map[string]int)
	for _, r := range all {
		samples[name(r)]++
		if r.GetConfig("goos") == "" || r.GetConfig("date") != "" || r.GetConfig("forged") != "" {
			t.Fatalf("configuration %v: only what is the same next time may be in it", r.Config)
		}
		for _, v := range r.Values {
			if v.Value <= 0 {
				t.Errorf("%s: %v %s: benchstat has no ratio for that", r.Name, v.Value, v.Unit)
			}
			if units.GetBetter(v.Unit) == 0 {
				t.Errorf("%s: no direction for %s", r.Name, v.Unit)
			}
		}
	}
	for _, s := range c.Strategies {
		for _, w := range c.Workloads {
			pair := "/strategy=" + s.Name + "/workload=" + w.Name
			for _, want := range []string{"AllocFree" + pair, "AA" + pair, "SGTable" + pair + "/builder=plain"} {
				if samples[want] != c.Count {
					t.Errorf("%s: %d samples, want %d", want, samples[want], c.Count)
				}
				delete(samples, want)
			}
		}
	}
	for extra := range samples {
		t.Errorf("unexpected benchmark %s", extra)
	}
	wantUnits(t, all[0], units)
}

// wantUnits looks for the units of the main lane and what is said of them.
func wantUnits(t *testing.T, r *benchfmt.Result, units benchfmt.UnitMetadataMap) {
	t.Helper()
	for _, u := range comparisonUnits {
		if m := units.Get(u.name, "assume"); (m != nil && m.Value == "exact") != u.exact {
			t.Errorf("unit %s: assume %v", u.name, m)
		}
	}
	if b, _ := r.Name.Parts(); string(b) != "AllocFree" {
		return
	}
	for _, unit := range []string{"sec/op", "sec/alloc", "sec/free", "p50-sec", "p99-sec", "p999-sec", "max-sec", "served-pct", "metadata-B"} {
		if _, ok := r.Value(unit); !ok {
			t.Errorf("%s has no %s", r.Name, unit)
		}
	}
}

func TestRunCurves(t *testing.T) {
	c := tiny(t)
	if err := Run(context.Background(), c); err != nil {
		t.Fatal(err)
	}
	all, _ := results(t, filepath.Join(c.Dir, curvesFile))
	steps := make(map[string]int)
	refused := 0.0
	for _, r := range all {
		base, _, _ := strings.Cut(name(r), "/step=")
		steps[base]++
		if v, ok := r.Value("refused"); ok && strings.Contains(base, "firstfit") {
			refused += v
		}
		if free, ok := r.Value("free-B"); ok {
			live, _ := r.Value("live-B")
			if free+live != float64(testRegion.Size) {
				t.Errorf("%s: %v free and %v live do not make the region", r.Name, free, live)
			}
		}
	}
	if n := steps["Harness/workload=churn"]; n != c.Count {
		t.Errorf("%d samples of the harness, want %d", n, c.Count)
	}
	if n := steps["Series/strategy=firstfit/workload=churn"]; n < seriesSamples/2 || n > seriesSamples {
		t.Errorf("%d points of a series of at most %d", n, seriesSamples)
	}
	want := 0
	for _, w := range c.Workloads {
		ops := w.Ops(c.Seed, 0)
		want += Replay(newAllocator(firstFit), ops, NewLive(ops)).Refused
	}
	if refused != float64(want) || want == 0 {
		t.Errorf("the series count %v refusals, the replays %d", refused, want)
	}
}

// TestRunPlacements replays what a run wrote down against the strategy.
func TestRunPlacements(t *testing.T) {
	c := tiny(t)
	if err := Run(context.Background(), c); err != nil {
		t.Fatal(err)
	}
	for _, w := range c.Workloads {
		for _, s := range c.Strategies {
			path := filepath.Join(c.Dir, placementsDir, w.Name+"."+s.Name+".trace.gz")
			r, err := trace.Open(path)
			if err != nil {
				t.Fatal(err)
			}
			defer r.Close()
			want := []string{w.Name + ": " + w.Doc, "title: " + w.Title, "strategy: " + s.Name}
			if !slices.Equal(r.Comments(), want) {
				t.Errorf("%s: comments %q, want %q", path, r.Comments(), want)
			}
			n, err := Verify(newAllocator(s), r, path)
			if err != nil || n == 0 {
				t.Errorf("%d results compared: %v", n, err)
			}
		}
	}
}

// TestRunIsDeterministic: what does not depend on time is the same twice.
func TestRunIsDeterministic(t *testing.T) {
	var exact [2][]string
	for i := range exact {
		c := tiny(t)
		if err := Run(context.Background(), c); err != nil {
			t.Fatal(err)
		}
		for _, file := range []string{resultsFile, curvesFile} {
			all, units := results(t, filepath.Join(c.Dir, file))
			for _, r := range all {
				exact[i] = append(exact[i], string(r.Name))
				for _, v := range r.Values {
					if m := units.Get(v.Unit, "assume"); m != nil && m.Value == "exact" {
						exact[i] = append(exact[i], string(line{"", 1, []value{{v.Value, v.Unit}}}.append(nil)))
					}
				}
			}
		}
	}
	if !slices.Equal(exact[0], exact[1]) {
		t.Error("two runs of one seed differ in order or in an exact value")
	}
}

func TestSchedule(t *testing.T) {
	const cells, count = 17, 5
	rounds := func(seed uint64) [][]int { return slices.Collect(schedule(seed, cells, count)) }
	a, b, other := rounds(1), rounds(1), rounds(2)
	if !slices.EqualFunc(a, b, slices.Equal) {
		t.Error("one seed, two orders")
	}
	if slices.EqualFunc(a, other, slices.Equal) {
		t.Error("two seeds, one order")
	}
	for i, round := range a {
		sorted := slices.Sorted(slices.Values(round))
		for j := range sorted {
			if sorted[j] != j || len(sorted) != cells {
				t.Fatalf("round %d does not hold every cell once: %v", i, round)
			}
		}
		if slices.Equal(round, sorted) != (i == 0) {
			t.Errorf("round %d: only the first is in the order of the matrix", i)
		}
		if i > 0 && slices.Equal(round, a[i-1]) {
			t.Errorf("rounds %d and %d have the same order", i-1, i)
		}
	}
}

func TestBudget(t *testing.T) {
	const limit = 40 * time.Millisecond
	for _, test := range []struct {
		left  time.Duration // until the run should end
		fixed time.Duration // of a round
		want  time.Duration
	}{
		{time.Hour, 0, limit},
		{-time.Second, 0, 0},
		{10 * time.Second, 2 * time.Second, 0},
		{10 * time.Second, time.Second, 20 * time.Millisecond}, // five rounds, fifty lanes
	} {
		b := budget{end: time.Now().Add(test.left), limit: limit, lanes: 50, fixed: test.fixed}
		b.round(5)
		if b.allow > test.want || b.allow < test.want-5*time.Millisecond {
			t.Errorf("%v left, a round takes %v: a sample gets %v, want %v", test.left, test.fixed, b.allow, test.want)
		}
	}
}

func TestRunStops(t *testing.T) {
	c := tiny(t)
	ctx, cancel := context.WithCancel(context.Background())
	c.Progress = func(done, total int, _ string) {
		if done == total/2 {
			cancel()
		}
	}
	if err := Run(ctx, c); !errors.Is(err, context.Canceled) {
		t.Fatalf("error %v, want that of the context", err)
	}
	if all, _ := results(t, filepath.Join(c.Dir, resultsFile)); len(all) == 0 {
		t.Error("nothing of what was measured is on disk")
	}
}

// limitedFile is a file on a disk that is full after some bytes.
type limitedFile struct {
	*os.File
	left int
}

var errFull = errors.New("no space left on device")

func (f *limitedFile) Write(b []byte) (int, error) {
	if len(b) > f.left {
		n, _ := f.File.Write(b[:f.left])
		f.left = 0
		return n, errFull
	}
	f.left -= len(b)
	return f.File.Write(b)
}

func TestRunOnAFullDisk(t *testing.T) {
	for _, file := range []string{resultsFile, curvesFile} {
		c := tiny(t)
		r := newRunner(c)
		r.create = func(path string) (io.WriteCloser, error) {
			f, err := os.Create(path)
			if filepath.Base(path) == file {
				return &limitedFile{f, 3000}, err
			}
			return f, err
		}
		err := r.run(context.Background())
		if !errors.Is(err, errFull) || !strings.Contains(err.Error(), file) || strings.Contains(err.Error(), "\n") {
			t.Errorf("error %q, want one line that names %s", err, file)
		}
		data, err := os.ReadFile(filepath.Join(c.Dir, file))
		if err != nil || !bytes.Contains(data, []byte("\nBenchmark")) {
			t.Errorf("%s: the results before the failure are gone (%v)", file, err)
		}
	}
}

// TestTornLine: a line that did not fit is taken out again.
func TestTornLine(t *testing.T) {
	if _, err := os.Stat("/dev/full"); err != nil {
		t.Skip("no device that is full")
	}
	f, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	out := &resultFile{path: "x/run.bench", f: f}
	if err := out.add(line{"X", 1, []value{{1, "ns/op"}}}); err == nil || !strings.Contains(err.Error(), "/dev/full") {
		t.Errorf("error %v, want one that names the file", err)
	}
}

func TestRunRefuses(t *testing.T) {
	odd := firstFit
	odd.New = func(strategies.Region) (strategies.Allocator, error) { return nil, strategies.ErrInvalid }
	for _, test := range []struct {
		name string
		want string
		edit func(*Config)
	}{
		{"no dir", "directory", func(c *Config) { c.Dir = "" }},
		{"no strategies", "strategy", func(c *Config) { c.Strategies = nil }},
		{"no workloads", "workload", func(c *Config) { c.Workloads = nil }},
		{"negative", "negative", func(c *Config) { c.Count = -1 }},
		{"same strategy twice", "firstfit", func(c *Config) { c.Strategies[1] = c.Strategies[0] }},
		{"workload named like GOMAXPROCS", "churn-8", func(c *Config) { c.Workloads[0].Name = "churn-8" }},
		{"same workload twice", "twice", func(c *Config) { c.Workloads[1].Name = c.Workloads[0].Name }},
		{"builder name", "builder", func(c *Config) { c.Builders[0].Name = "A B" }},
		{"broken stream", "operation 1", func(c *Config) {
			c.Workloads[0].Ops = func(uint64, int) []workloads.Op { return make([]workloads.Op, 2) }
		}},
		{"region", "firstfit on churn", func(c *Config) { c.Strategies = []strategies.Strategy{odd} }},
	} {
		c := tiny(t)
		test.edit(&c)
		err := Run(context.Background(), c)
		if err == nil || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: error %v, want one line with %q", test.name, err, test.want)
		}
		if _, err := os.Stat(filepath.Join(c.Dir, resultsFile)); c.Dir != "" && err == nil {
			t.Errorf("%s: left a file behind", test.name)
		}
	}
}

func TestRunKeepsAnEarlierRun(t *testing.T) {
	c := tiny(t)
	if err := Run(context.Background(), c); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(c.Dir, resultsFile)
	before, _ := os.ReadFile(path)
	if err := Run(context.Background(), c); err == nil || strings.Count(err.Error(), path) != 1 {
		t.Errorf("second run into one directory: %v", err)
	}
	if after, _ := os.ReadFile(path); !bytes.Equal(before, after) {
		t.Error("the earlier run was touched")
	}
}

func TestRunIntoAnUnwritableDirectory(t *testing.T) {
	c := tiny(t)
	if err := os.WriteFile(c.Dir, nil, 0o666); err != nil { // a file where the directory should be
		t.Fatal(err)
	}
	if err := Run(context.Background(), c); err == nil || !strings.Contains(err.Error(), c.Dir) {
		t.Errorf("error %v, want one that names %s", err, c.Dir)
	}
}

// TestRunNoticesTheIndeterminate plants a strategy that refuses at random.
func TestRunNoticesTheIndeterminate(t *testing.T) {
	c := tiny(t)
	made := 0
	moody := firstFit
	moody.New = func(r strategies.Region) (strategies.Allocator, error) {
		made++
		r.Size -= uint64(made) << 20 // less of it each time
		return firstFit.New(r)
	}
	c.Strategies = []strategies.Strategy{moody}
	if err := Run(context.Background(), c); err == nil || !strings.Contains(err.Error(), "not deterministic") {
		t.Errorf("error %v", err)
	}
}

func TestLineIsExact(t *testing.T) {
	for _, v := range []float64{0.1, 1.0 / 3, 1e21, 123456789.123456789, 5e-324} {
		text := line{"X/y=z", 7, []value{{v, "w"}}}.append(nil)
		r := benchfmt.NewReader(bytes.NewReader(text), "x")
		if !r.Scan() {
			t.Fatalf("%q does not parse", text)
		}
		got := r.Result().(*benchfmt.Result)
		if got.Iters != 7 || got.Values[0].Value != v {
			t.Errorf("wrote %v, read %v", v, got.Values[0].Value)
		}
	}
}
