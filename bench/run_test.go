package bench

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/perf/benchfmt"

	"github.com/vramlab/vramlab/bench/internal/subject"
	"github.com/vramlab/vramlab/bench/schema"
	"github.com/vramlab/vramlab/internal/churn"
	"github.com/vramlab/vramlab/sgtable"
	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/workloads"
	"github.com/vramlab/vramlab/workloads/replay"
	"github.com/vramlab/vramlab/workloads/trace"
)

// tiny is a whole run in a few milliseconds.
func tiny(t *testing.T) Config {
	plain, _ := sgtable.LookupBuilder("nomerge")
	plain.Name = "plain"
	c := Config{
		Dir:        filepath.Join(t.TempDir(), "run"),
		Strategies: []strategies.Strategy{churn.FirstFit, churn.ScatterFit},
		Workloads:  []workloads.Workload{churn.Workload("churn", 300), churn.Workload("small", 20)},
		Builders:   []sgtable.Builder{plain},
		Count:      3,
		Seed:       42,
		SampleTime: 100 * time.Microsecond,
		Skip:       []string{"holes", "objects", "lookups", "migrations", "references", "worst", "age"},
		Meta:       []KV{{schema.FactDate, "2001-02-03T04:05:06Z"}, {schema.FactCommand, "vramlab run\nforged: yes"}},
	}
	if err := c.complete(); err != nil {
		t.Fatal(err)
	}
	return c
}

// tinySteps is the number of its steps: four subjects recorded, then three rounds of
// three cells of each subject and the harness on each workload.
const tinySteps = 4 + 3*(4*3+2)

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

// inTable holds the results of a file to the table of names.
func inTable(t *testing.T, file schema.File, all []*benchfmt.Result) {
	t.Helper()
	for _, r := range all {
		b, labels := schema.Parse(string(r.Name))
		if b == nil || b.File != file || b.Missing(labels) != "" || b.FullName(labels) != name(r) {
			t.Fatalf("%s is no line of %s", r.Name, file)
		}
		for _, v := range r.Values {
			if !slices.Contains(b.Units, schema.FindUnit(v.Unit)) {
				t.Errorf("%s has %s, which is not in the table", r.Name, v.Unit)
			}
		}
	}
}

func TestRun(t *testing.T) {
	c := tiny(t)
	steps, last := 0, 0
	phase := SettingUp
	c.Progress = func(p Progress) {
		if p.Done <= last && p.Phase != SettingUp || p.Done > p.Total || p.What == "" || p.Phase < phase || p.Left < 0 {
			t.Errorf("%+v after %d, %v", p, last, phase)
		}
		if p.Left == 0 && p.Phase != SettingUp && p.Done < p.Total {
			t.Errorf("nobody knows how long the run still takes: %+v", p)
		}
		steps, last, phase = p.Total, p.Done, p.Phase
	}
	if err := Run(context.Background(), c); err != nil {
		t.Fatal(err)
	}
	if last != steps || steps != tinySteps {
		t.Errorf("the last step reported is %d of %d, want %d", last, steps, tinySteps)
	}
	all, units := results(t, filepath.Join(c.Dir, string(schema.Results)))
	inTable(t, schema.Results, all)
	wantUnits(t, all[0], units)
	lanes, _ := results(t, filepath.Join(c.Dir, string(schema.Lanes)))
	inTable(t, schema.Lanes, lanes)
	all = append(all, lanes...)
	samples := make(map[string]int)
	for _, r := range all {
		samples[name(r)]++
		if r.GetConfig("goos") == "" || r.GetConfig("date") != "" || r.GetConfig("forged") != "" {
			t.Fatalf("configuration %v: only what is the same next time may be in it", r.Config)
		}
		for _, v := range r.Values {
			if v.Unit == schema.AwayPct.Name { // a mark, which nobody compares
				continue
			}
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
}

// wantUnits looks for the units of the main lane and what is said of them.
func wantUnits(t *testing.T, r *benchfmt.Result, units benchfmt.UnitMetadataMap) {
	t.Helper()
	for _, u := range schema.AllocFree.Units[1:] {
		if m := units.Get(u.Tidy(), "assume"); (m != nil && m.Value == "exact") != u.Exact {
			t.Errorf("unit %s: assume %v", u.Tidy(), m)
		}
	}
	if b, _ := r.Name.Parts(); string(b) != "AllocFree" {
		return
	}
	for _, u := range schema.AllocFree.Units {
		if (u == schema.CPUNs || u == schema.AwayPct) && newHeldThread(false).clock == nil {
			continue
		}
		if _, ok := r.Value(u.Tidy()); !ok {
			t.Errorf("%s has no %s", r.Name, u.Tidy())
		}
	}
}

func TestRunCurves(t *testing.T) {
	c := tiny(t)
	if err := Run(context.Background(), c); err != nil {
		t.Fatal(err)
	}
	all, _ := results(t, filepath.Join(c.Dir, string(schema.Curves)))
	inTable(t, schema.Curves, all)
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
			if free+live != float64(churn.Region.Size) {
				t.Errorf("%s: %v free and %v live do not make the region", r.Name, free, live)
			}
		}
	}
	if n := steps["Harness/workload=churn"]; n != c.Count {
		t.Errorf("%d samples of the harness, want %d", n, c.Count)
	}
	if n := steps["Series/strategy=firstfit/workload=churn"]; n < 120 || n > 240 {
		t.Errorf("%d points of a series of at most 240", n)
	}
	want := 0
	for _, w := range c.Workloads {
		ops := w.Ops(c.Seed, 0)
		want += replay.Replay(churn.New(churn.FirstFit), ops, replay.NewLive(ops)).Refused
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
			path := filepath.Join(c.Dir, schema.Placements, schema.PlacementFile(w.Name, s.Name))
			r, err := trace.Open(path)
			if err != nil {
				t.Fatal(err)
			}
			defer r.Close()
			want := []string{w.Name + ": " + w.Doc, "title: " + w.Title, "strategy: " + s.Name, "caps: " + s.Caps.String(), "seed: 42"}
			if !slices.Equal(r.Comments(), want) {
				t.Errorf("%s: comments %q, want %q", path, r.Comments(), want)
			}
			n, err := replay.Verify(churn.New(s), r, path)
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
		for _, file := range schema.Files() {
			all, units := results(t, filepath.Join(c.Dir, string(file)))
			for _, r := range all {
				exact[i] = append(exact[i], string(r.Name))
				for _, v := range r.Values {
					if m := units.Get(v.Unit, "assume"); m != nil && m.Value == "exact" {
						exact[i] = append(exact[i], fmt.Sprint(v.Value, v.Unit))
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
	c.Progress = func(p Progress) {
		if p.Done == p.Total/2 {
			cancel()
		}
	}
	if err := Run(ctx, c); !errors.Is(err, context.Canceled) {
		t.Fatalf("error %v, want that of the context", err)
	}
	if all, _ := results(t, filepath.Join(c.Dir, string(schema.Results))); len(all) == 0 {
		t.Error("nothing of what was measured is on disk")
	}
}

// limitedFile is a file on a disk that is full some bytes behind the first result.
type limitedFile struct {
	*os.File
	begun bool
	left  int
}

var errFull = errors.New("no space left on device")

func (f *limitedFile) Write(b []byte) (int, error) {
	if !f.begun { // the head is as long as the machine makes it
		f.begun = bytes.Contains(b, []byte("Benchmark"))
		return f.File.Write(b)
	}
	if len(b) > f.left {
		n, _ := f.File.Write(b[:f.left])
		f.left = 0
		return n, errFull
	}
	f.left -= len(b)
	return f.File.Write(b)
}

func TestRunOnAFullDisk(t *testing.T) {
	for _, file := range []string{string(schema.Results), string(schema.Lanes), string(schema.Curves)} {
		c := tiny(t)
		r := newRunner(c)
		r.wrap = func(path string, f *os.File) io.WriteCloser {
			if filepath.Base(path) == file {
				return &limitedFile{File: f, left: 100}
			}
			return f
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

func TestRunRefuses(t *testing.T) {
	odd := churn.FirstFit
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
		{"placements in one file", "workload churn.x: the placements of firstfit on it would be the file churn.x.firstfit.trace.gz of another pair", func(c *Config) {
			c.Workloads[1].Name = "churn.x"
			c.Strategies[1].Name = "x.firstfit"
		}},
		{"same workload twice", "twice", func(c *Config) { c.Workloads[1].Name = c.Workloads[0].Name }},
		{"goroutines", "65 goroutines for one allocator are not between 1 and 64", func(c *Config) { c.Goroutines = []int{1, 65} }},
		{"no goroutine", "not between 1 and 64", func(c *Config) { c.Goroutines = []int{0} }},
		{"no such experiment", "no experiment \"hole\"", func(c *Config) { c.Skip = []string{"hole"} }},
		{"grid", "no region of at most 1GiB", func(c *Config) { c.Growth = Grid{[]uint64{1 << 30}, []int{1_000_000}} }},
		{"region of the grid", "firstfit on region=32MiB", func(c *Config) {
			c.Growth = Grid{[]uint64{32 << 20}, []int{100}}
			c.Strategies[0].New = func(r strategies.Region) (strategies.Allocator, error) {
				if r.Size != churn.Region.Size {
					return nil, strategies.ErrInvalid
				}
				return churn.FirstFit.New(r)
			}
		}},
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
		if _, err := os.Stat(filepath.Join(c.Dir, string(schema.Results))); c.Dir != "" && err == nil {
			t.Errorf("%s: left a file behind", test.name)
		}
	}
}

// TestMostSamples: a million samples are allowed, and no more.
func TestMostSamples(t *testing.T) {
	c := tiny(t)
	for count, ok := range map[int]bool{1: true, 1_000_000: true, 1_000_001: false} {
		c.Count = count
		if err := c.complete(); (err == nil) != ok {
			t.Errorf("count %d: error %v", count, err)
		}
	}
}

func TestRunKeepsAnEarlierRun(t *testing.T) {
	c := tiny(t)
	if err := Run(context.Background(), c); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(c.Dir, string(schema.Results))
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

// closing is a file that counts how often it is closed.
type closing struct {
	io.WriteCloser
	closed *int
}

func (c closing) Close() error {
	*c.closed++
	return c.WriteCloser.Close()
}

// TestRunClosesItsFiles: each once, also if the last cannot be made.
func TestRunClosesItsFiles(t *testing.T) {
	for _, fail := range []bool{false, true} {
		closed := 0
		r := newRunner(tiny(t))
		r.wrap = func(path string, f *os.File) io.WriteCloser {
			if fail && filepath.Base(path) == string(schema.Curves) {
				return closing{&limitedFile{File: f, begun: true}, &closed}
			}
			return closing{f, &closed}
		}
		want := 1 + len(schema.Files()) // with the journal
		if err := r.run(context.Background()); (err != nil) != fail || closed != want {
			t.Errorf("%d files closed, want %d; error %v", closed, want, err)
		}
	}
}

// TestRunGrantsNothing: where nothing is granted there are no tables, and the steps for
// them count as done.
func TestRunGrantsNothing(t *testing.T) {
	c := tiny(t)
	s := churn.FirstFit
	s.New = func(r strategies.Region) (strategies.Allocator, error) {
		a, err := churn.FirstFit.New(r)
		return moody{a, 0}, err
	}
	c.Strategies = []strategies.Strategy{s}
	var done []int
	c.Progress = func(p Progress) {
		if p.Phase == SettingUp {
			return
		}
		if done = append(done, p.Done); p.Total != 26 { // two are recorded, then three rounds of six cells and the harness twice
			t.Errorf("%d steps in all, want 26", p.Total)
		}
	}
	if err := Run(context.Background(), c); err != nil {
		t.Fatal(err)
	}
	want := []int{1, 2}
	for n := 2 + 6 + 1; n <= 26; n++ { // six at once
		want = append(want, n)
	}
	if !slices.Equal(done, want) {
		t.Errorf("steps %v, want %v", done, want)
	}
}

// TestComplete: what is 0 gets its default, what is 1 or the most there may be stays, and what
// is below or above is an error.
func TestComplete(t *testing.T) {
	config := func(count, ops int, sample, budget time.Duration, goroutines ...int) Config {
		return Config{
			Dir: "d", Strategies: []strategies.Strategy{churn.FirstFit}, Workloads: []workloads.Workload{churn.Workload("small", 20)},
			Count: count, Ops: ops, SampleTime: sample, Budget: budget, Goroutines: goroutines,
		}
	}
	c := config(0, 0, 0, 0)
	if err := c.complete(); err != nil || c.Count != 10 || c.Ops != 0 || c.SampleTime != 40*time.Millisecond || c.Budget != time.Minute ||
		len(c.Builders) != 1 || c.Builders[0].Name != sgtable.Builders()[0].Name || len(c.Policies) != len(sgtable.Policies()) || c.Goroutines != nil {
		t.Errorf("defaults %+v, error %v", c, err)
	}
	for _, same := range []Config{config(1, 1, 1, 1, 1), config(1_000_000, 1, 1, 1, 1, MaxGoroutines)} {
		got := same
		got.Builders = sgtable.Builders()[1:2]
		if err := got.complete(); err != nil || got.Count != same.Count || got.Ops != 1 || got.SampleTime != 1 || got.Budget != 1 ||
			len(got.Builders) != 1 || got.Builders[0].Name != sgtable.Builders()[1].Name || !slices.Equal(got.Goroutines, same.Goroutines) {
			t.Errorf("%+v became %+v, error %v", same, got, err)
		}
	}
	for _, bad := range []Config{
		config(1_000_001, 1, 1, 1), config(-1, 1, 1, 1), config(1, -1, 1, 1), config(1, 1, -1, 1), config(1, 1, 1, -1),
		config(1, 1, 1, 1, 0), config(1, 1, 1, 1, 1, MaxGoroutines+1),
	} {
		if err := bad.complete(); err == nil {
			t.Errorf("no error of %+v", bad)
		}
	}
}

// TestRunModes: files and directories have the rights that the user gives to new ones, and
// a run leaves the number of cores as it is.
func TestRunModes(t *testing.T) {
	c := tiny(t)
	c.Count, c.Profile = 1, true
	r, cores := newRunner(c), runtime.GOMAXPROCS(0)
	r.profileFor = time.Millisecond
	err := r.run(context.Background())
	skipProfiled(t, err)
	if err != nil {
		t.Fatal(err)
	}
	if n := runtime.GOMAXPROCS(0); n != cores {
		t.Errorf("%d cores after the run, %d before", n, cores)
	}
	usual := t.TempDir()
	if err := errors.Join(os.Mkdir(filepath.Join(usual, "dir"), 0o777), os.WriteFile(filepath.Join(usual, "file"), nil, 0o666)); err != nil {
		t.Fatal(err)
	}
	files := 0
	filepath.WalkDir(c.Dir, func(path string, d fs.DirEntry, err error) error {
		like := "file"
		if err == nil && d.IsDir() {
			like = "dir"
		}
		got, err1 := os.Stat(path)
		want, err2 := os.Stat(filepath.Join(usual, like))
		if err := errors.Join(err, err1, err2); err != nil || got.Mode() != want.Mode() {
			t.Errorf("%s: %v, want %v; error %v", path, got.Mode(), want.Mode(), err)
		}
		files++
		return nil
	})
	if files < 2+len(c.Strategies)*(1+len(c.Workloads)) {
		t.Errorf("%d files and directories", files)
	}
}

// TestNullLive: the first replay on the table for the harness takes nothing from the heap.
func TestNullLive(t *testing.T) {
	load, err := subject.NewLoad(churn.Workload("small", 20), 1, 500)
	if err != nil {
		t.Fatal(err)
	}
	a, err := replay.Null.New(load.Region)
	if err != nil {
		t.Fatal(err)
	}
	heap := func(live *replay.Live) uint64 {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		replay.Replay(a, load.Stream, live)
		runtime.ReadMemStats(&after)
		return after.Mallocs - before.Mallocs
	}
	least := heap(nullLive(load))
	for range 4 { // others may allocate meanwhile
		least = min(least, heap(nullLive(load)))
	}
	if least != 0 {
		t.Errorf("%d heap allocations", least)
	}
}

// TestRunFails: a strategy that refuses the region, whichever allocator it is for, ends
// the run with its error.
func TestRunFails(t *testing.T) {
	null := replay.Null
	defer func() { replay.Null = null }()
	made, most := 0, 1<<30
	failing := func(s strategies.Strategy) strategies.Strategy {
		inner := s.New
		s.New = func(r strategies.Region) (strategies.Allocator, error) {
			if made++; made > most {
				return nil, strategies.ErrInvalid
			}
			return inner(r)
		}
		return s
	}
	replay.Null = failing(null)
	run := func() error {
		c := tiny(t)
		c.Count, c.Profile = 1, true
		c.Workloads = []workloads.Workload{churn.Workload("small", 20)}
		c.Strategies = []strategies.Strategy{failing(churn.FirstFit)}
		r := newRunner(c)
		r.profileFor = time.Millisecond
		return r.run(context.Background())
	}
	err := run()
	skipProfiled(t, err)
	if err != nil {
		t.Fatal(err)
	}
	// Two for what is checked first, three policies, four for samples, and the profile.
	all := made
	if all < 10 {
		t.Fatalf("%d allocators", all)
	}
	for most = range all {
		made = 0
		if err := run(); !errors.Is(err, strategies.ErrInvalid) {
			t.Errorf("allocator %d of %d: error %v", most+1, all, err)
		}
	}
}

// moody is an allocator that refuses what is larger than most.
type moody struct {
	strategies.Allocator
	most uint64
}

func (m moody) Alloc(dst []strategies.Block, r strategies.Request) ([]strategies.Block, error) {
	if r.Size > m.most {
		return dst, strategies.ErrNoSpace
	}
	return m.Allocator.Alloc(dst, r)
}

// TestRunNoticesTheIndeterminate plants a strategy that keeps the contract and
// refuses more each time.
func TestRunNoticesTheIndeterminate(t *testing.T) {
	c := tiny(t)
	most := uint64(64 * 4096)
	s := churn.FirstFit
	s.New = func(r strategies.Region) (strategies.Allocator, error) {
		a, err := churn.FirstFit.New(r)
		most -= 4096
		return moody{a, most}, err
	}
	c.Strategies = []strategies.Strategy{s}
	if err := Run(context.Background(), c); err == nil || !strings.Contains(err.Error(), "not deterministic") {
		t.Errorf("error %v", err)
	}
}

// blind is firstfit that claims to know windows and ignores them, which gets it a
// better score than it deserves.
var blind = func() strategies.Strategy {
	s := churn.FirstFit
	s.Name, s.Caps = "blind", strategies.CapWindow
	return s
}()

// windowed is a workload of requests for the upper half of the region.
var windowed = workloads.Workload{
	Name: "windowed", Title: "Windowed", Doc: "The upper half.", Region: churn.Region,
	Ops: func(uint64, int) []workloads.Op {
		var ops []workloads.Op
		for i := range uint32(20) {
			ops = append(ops, workloads.Op{Slot: i, Req: strategies.Request{
				Size: 4096, Flags: strategies.Range, Lo: churn.Region.Size / 2, Hi: churn.Region.Size,
			}})
		}
		return ops
	},
}

// TestRunNoticesABrokenContract: a strategy that breaks a rule is not measured.
func TestRunNoticesABrokenContract(t *testing.T) {
	c := tiny(t)
	c.Strategies = []strategies.Strategy{blind}
	c.Workloads = append(c.Workloads, windowed)
	err := Run(context.Background(), c)
	var v *strategies.Violation
	if !errors.As(err, &v) || v.Strategy != "blind" || !strings.Contains(v.Rule, "window") || v.Request.Lo == 0 {
		t.Fatalf("error %v, want a violation", err)
	}
	for _, part := range []string{"blind on windowed: ", v.Rule, v.Request.String()} {
		if !strings.Contains(err.Error(), part) || strings.Contains(err.Error(), "\n") {
			t.Errorf("error %q, want one line with %q", err, part)
		}
	}
	if all, _ := results(t, filepath.Join(c.Dir, string(schema.Results))); len(all) > 0 {
		t.Errorf("%d samples were taken all the same", len(all))
	}
}
