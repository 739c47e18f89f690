package bench

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/vramlab/vramlab/bench/internal/rundir"
	"github.com/vramlab/vramlab/bench/journal"
	"github.com/vramlab/vramlab/bench/schema"
	"github.com/vramlab/vramlab/internal/churn"
	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/workloads"
)

// traced is tiny with a recorded trace, of which an experiment writes lines without cells.
func traced(t *testing.T) Config {
	c := tiny(t)
	c.Workloads[1].Recorded = true
	c.Count, c.SampleTime = 2, time.Microsecond
	return c
}

// remains is what must be the same of two runs of one configuration: the lines of the
// files without times, the placements, and the steps in the journal without sizes.
func remains(t *testing.T, dir string) string {
	t.Helper()
	var b strings.Builder
	for _, file := range schema.Files() {
		path := filepath.Join(dir, string(file))
		all, units := results(t, path)
		for _, r := range all {
			fmt.Fprintln(&b, r.Name)
			for _, v := range r.Values {
				if m := units.Get(v.Unit, "assume"); m != nil && m.Value == "exact" {
					fmt.Fprintln(&b, v.Value, v.Unit)
				} else {
					fmt.Fprintln(&b, v.Unit)
				}
			}
		}
		text, err := os.ReadFile(path)
		if err != nil || !bytes.HasSuffix(text, []byte("\n")) {
			t.Errorf("%s does not end in a whole line (%v)", path, err)
		}
	}
	placed, err := filepath.Glob(filepath.Join(dir, schema.Placements, "*"))
	if err != nil || len(placed) == 0 {
		t.Errorf("placements %v, error %v", placed, err)
	}
	for _, path := range placed {
		data, err := os.ReadFile(path)
		fmt.Fprintf(&b, "%s %x %v\n", filepath.Base(path), data, err)
	}
	text, err := os.ReadFile(filepath.Join(dir, schema.Journal))
	if err != nil {
		t.Error(err)
	}
	for line := range strings.Lines(string(text)) {
		step, _, ok := strings.Cut(line, `"sizes":`)
		if ok {
			fmt.Fprintln(&b, step)
		}
	}
	return b.String()
}

// failing is a disk that is full from some write on, of which it still takes half.
type failing struct {
	*os.File
	left *int // writes
}

func (f failing) Write(b []byte) (int, error) {
	if *f.left--; *f.left < 0 {
		n, _ := f.File.Write(b[:len(b)/2])
		return n, errFull
	}
	return f.File.Write(b)
}

// TestResumeAfterWrites fails each write of the beginning of a run in turn, then each fifth
// one, and each time goes on: what comes out is what a run that nobody stopped has.
func TestResumeAfterWrites(t *testing.T) {
	traced := func(t *testing.T) Config {
		c := traced(t)
		c.Workloads = c.Workloads[1:]
		return c
	}
	c := traced(t)
	if err := Run(context.Background(), c); err != nil {
		t.Fatal(err)
	}
	want := remains(t, c.Dir)
	ended := false
	for n := 1; !ended; n += stride(n) { // write 0 is the head of the journal: nothing is left of the run
		c := traced(t)
		r, left := newRunner(c), n
		r.wrap = func(_ string, f *os.File) io.WriteCloser { return failing{f, &left} }
		err := r.run(context.Background())
		if ended = err == nil; ended {
			if n < 40 { // lines and notes of 16 samples, two strategies and some experiments
				t.Errorf("the whole run wrote %d times", n)
			}
			break
		}
		if !errors.Is(err, errFull) || strings.Contains(err.Error(), "\n") {
			t.Fatalf("write %d: error %v", n, err)
		}
		c.Resume = true
		if err := Run(context.Background(), c); err != nil {
			t.Fatalf("after write %d: %v", n, err)
		}
		if got := remains(t, c.Dir); got != want {
			t.Fatalf("after write %d the run is another one:\n%s\nwant\n%s", n, short(got), short(want))
		}
		if err := Run(context.Background(), c); err == nil || err.Error() != c.Dir+": the run is finished; the command report shows it" {
			t.Fatalf("once more: error %v", err)
		}
	}
}

// stride is the distance of a write to fail from the next: every one in the beginning, then
// lines and notes in turn.
func stride(n int) int {
	if n < 16 {
		return 1
	}
	return 5
}

// short is the end of a text.
func short(s string) string { return s[max(0, len(s)-2000):] }

// stopped is a configuration whose run was stopped after so many steps.
func stopped(t *testing.T, after int) Config {
	t.Helper()
	c := traced(t)
	c.Skip = append(c.Skip, "managed") // whose cells would be set up again, which is a step
	ctx, cancel := context.WithCancel(context.Background())
	c.Progress = func(p Progress) {
		done := p.Done
		if done == after {
			cancel()
		}
	}
	if err := Run(ctx, c); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	c.Progress, c.Resume = nil, true
	return c
}

// TestResumeProgress: the steps that were done before count, and no step is done twice.
func TestResumeProgress(t *testing.T) {
	const before = 4 + 5 // subjects, and cells of the first round
	c := stopped(t, before)
	var steps []int
	c.Progress = func(p Progress) {
		done := p.Done
		steps = append(steps, done)
	}
	if err := Run(context.Background(), c); err != nil {
		t.Fatal(err)
	}
	const all = 4 + 2*(4*3+2)
	var want []int
	for n := 1; n <= all; n++ {
		if n <= 4 || n > before { // subjects are replayed again
			want = append(want, n)
		}
	}
	if fmt.Sprint(steps) != fmt.Sprint(want) {
		t.Errorf("steps %v, want %v", steps, want)
	}
	text, err := os.ReadFile(filepath.Join(c.Dir, string(schema.Results)))
	if note := "# resumed: 2001-02-03T04:05:06Z, in round 1 of 2\n"; err != nil || !strings.Contains(string(text), note) {
		t.Errorf("run.bench lacks %q (%v)", note, err)
	}
}

// TestResumeRefuses: what is not the same run does not go on, and nothing is changed.
func TestResumeRefuses(t *testing.T) {
	c := stopped(t, 8)
	before := remains(t, c.Dir)
	for _, tt := range []struct {
		want string
		edit func(*Config)
	}{
		{`seed: "42" when it began, and "43" now`, func(c *Config) { c.Seed++ }},
		{`count: "2" when it began, and "3" now`, func(c *Config) { c.Count++ }},
		{`ops: "default" when it began, and "500" now`, func(c *Config) { c.Ops = 500 }},
		{`strategies: "firstfit scatterfit" when it began, and "firstfit" now`, func(c *Config) { c.Strategies = c.Strategies[:1] }},
		{`workloads: "churn small" when it began, and "churn" now`, func(c *Config) { c.Workloads = c.Workloads[:1] }},
		{`builders: "plain" when it began, and "other" now`, func(c *Config) { c.Builders[0].Name = "other" }},
		{`time of a sample: "1µs" when it began, and "2µs" now`, func(c *Config) { c.SampleTime *= 2 }},
		{`numbers of goroutines: "[]" when it began, and "[1]" now`, func(c *Config) { c.Goroutines = []int{1} }},
		{`experiments: "`, func(c *Config) { c.Skip = c.Skip[1:] }},
		{`profiles: "false" when it began, and "true" now`, func(c *Config) { c.Profile = true }},
		{`the operations of the workload small are not those it began with`, func(c *Config) {
			c.Workloads[1].Ops = func(seed uint64, n int) []workloads.Op { return churn.Workload("small", 20).Ops(seed+1, n) }
		}},
		{`the operations of the workload small are not those it began with`, func(c *Config) {
			c.Workloads[1].Region.Visible = 4096
		}},
		{"lib.so was changed", func(c *Config) {
			c.Files = []string{filepath.Join(filepath.Dir(c.Dir), "lib.so")}
			os.WriteFile(c.Files[0], nil, 0o666)
		}},
	} {
		edited := c
		edited.Strategies, edited.Workloads = append([]strategies.Strategy(nil), c.Strategies...), append([]workloads.Workload(nil), c.Workloads...)
		edited.Builders = append(edited.Builders[:0:0], c.Builders...)
		tt.edit(&edited)
		err := Run(context.Background(), edited)
		if err == nil || !strings.HasPrefix(err.Error(), c.Dir+": the run cannot go on here: ") || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("error %v, want one line with %q", err, tt.want)
		}
	}
	if after := remains(t, c.Dir); after != before {
		t.Error("the run was changed")
	}
}

// TestResumeOtherProgram: a journal by another program is left.
func TestResumeOtherProgram(t *testing.T) {
	c := stopped(t, 8)
	path := filepath.Join(c.Dir, schema.Journal)
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	_, hash, ok := strings.Cut(string(text), `{"key":"program","value":"`)
	if !ok || strings.HasPrefix(hash, `"`) {
		t.Skip("nothing tells which program this is")
	}
	other := strings.Replace(string(text), hash[:8], "00000000", 1)
	if err := os.WriteFile(path, []byte(other), 0o666); err != nil {
		t.Fatal(err)
	}
	err = Run(context.Background(), c)
	if want := c.Dir + ": the run cannot go on here: the program is not the one that began it, but was built from other files or in another way"; err == nil || err.Error() != want {
		t.Errorf("error %v, want %s", err, want)
	}
}

// TestUnfinished: what is no run to go on with is one line that says what it is.
func TestUnfinished(t *testing.T) {
	dir := t.TempDir()
	make := func(name string, files map[string]string) string {
		path := filepath.Join(dir, name)
		if err := os.Mkdir(path, 0o777); err != nil {
			t.Fatal(err)
		}
		for file, text := range files {
			if err := os.WriteFile(filepath.Join(path, file), []byte(text), 0o666); err != nil {
				t.Fatal(err)
			}
		}
		return path
	}
	for _, tt := range []struct{ dir, want string }{
		{filepath.Join(dir, "none"), "none: is not there"},
		{make("empty", nil), "empty: holds no run"},
		{make("old", map[string]string{"run.bench": "# vramlab run 1\n"}), "old: has no journal, so nothing says how far the run is: it is of an older version"},
		{make("early", map[string]string{"journal": `{"version":"vram`}), "early: the run was ended before it began, and nothing says with what: begin it again"},
		{make("other", map[string]string{"journal": "dear diary\n"}), "journal: line 1: not the head of a journal"},
		{make("later", map[string]string{"journal": `{"version":"vramlab journal 2"}` + "\n"}), `journal: line 1: of another version, "vramlab journal 2"`},
	} {
		if _, err := Unfinished(tt.dir); err == nil || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: error %v, want one line with %q", tt.dir, err, tt.want)
		}
	}
	c := traced(t)
	c.Args, c.From = []string{"run", "-o", "a b"}, "/home"
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := Run(ctx, c); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	if b, err := Unfinished(c.Dir); err != nil || fmt.Sprintf("%q %s", b.Args, b.From) != `["run" "-o" "a b"] /home` {
		t.Errorf("%q, error %v", b, err)
	}
}

// TestTwoRunsInOneDirectory: of runs that begin at once in one directory one measures, and
// neither that nor one that goes on is joined by another.
func TestTwoRunsInOneDirectory(t *testing.T) {
	const runs = 4
	c := traced(t)
	errs := make(chan error, runs)
	for range runs {
		go func() { errs <- Run(context.Background(), c) }()
	}
	measured := 0
	for range runs {
		switch err := <-errs; {
		case err == nil:
			measured++
		case errors.Is(err, journal.ErrBusy), errors.Is(err, rundir.ErrEarlier):
		default:
			t.Error(err)
		}
	}
	if measured != 1 {
		t.Errorf("%d runs in one directory", measured)
	}
	alone := traced(t)
	if err := Run(context.Background(), alone); err != nil {
		t.Fatal(err)
	}
	if remains(t, c.Dir) != remains(t, alone.Dir) {
		t.Error("the others left something in it")
	}
	c = stopped(t, 8)
	c.Progress = func(p Progress) {
		done := p.Done
		if done == 12 {
			other := c
			other.Progress = nil
			if err := Run(context.Background(), other); !errors.Is(err, journal.ErrBusy) {
				t.Errorf("error %v, want that another process is at it", err)
			}
		}
	}
	if err := Run(context.Background(), c); err != nil {
		t.Fatal(err)
	}
}

// TestRunAfterNothing: a directory in which a run was ended before it began is free.
func TestRunAfterNothing(t *testing.T) {
	c := traced(t)
	if err := errors.Join(os.MkdirAll(c.Dir, 0o777), os.WriteFile(filepath.Join(c.Dir, schema.Journal), []byte(`{"version":"vramlab jour`), 0o666)); err != nil {
		t.Fatal(err)
	}
	if err := Run(context.Background(), c); err != nil {
		t.Fatal(err)
	}
	if j, err := journal.ReadFile(filepath.Join(c.Dir, schema.Journal)); err != nil || j.Last.Phase != journal.Ended {
		t.Errorf("%+v, error %v", j.Last, err)
	}
}

// TestResumeMissing: files that are not as the journal has them are named; a placement
// that is gone is made again.
func TestResumeMissing(t *testing.T) {
	c := stopped(t, 8)
	path := filepath.Join(c.Dir, string(schema.Curves))
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(path, 100); err != nil {
		t.Fatal(err)
	}
	if err := Run(context.Background(), c); err == nil || !strings.HasPrefix(err.Error(), path+": has 100 bytes, and the journal has noted ") {
		t.Errorf("error %v", err)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if err := Run(context.Background(), c); err == nil || strings.Count(err.Error(), path) != 1 {
		t.Errorf("error %v", err)
	}
	placed := filepath.Join(c.Dir, schema.Placements, schema.PlacementFile("small", "firstfit"))
	was, err := os.ReadFile(placed)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(os.WriteFile(path, text, 0o666), os.Remove(placed)); err != nil {
		t.Fatal(err)
	}
	if err := Run(context.Background(), c); err != nil {
		t.Fatal(err)
	}
	if is, err := os.ReadFile(placed); !bytes.Equal(was, is) {
		t.Errorf("the placements differ (%v)", err)
	}
}

// TestBudgetLeft: rounds to come have their part of the budget.
func TestBudgetLeft(t *testing.T) {
	for _, tt := range []struct {
		last journal.Step
		want time.Duration
	}{
		{journal.Step{}, time.Minute},
		{journal.Step{Phase: journal.Recorded, At: 3}, time.Minute},
		{journal.Step{Phase: journal.Measured, Round: 1}, time.Minute},
		{journal.Step{Phase: journal.Measured, Round: 10, At: 2}, 6 * time.Second},
	} {
		if got := budgetLeft(time.Minute, 10, tt.last); got != tt.want {
			t.Errorf("after %+v: %v, want %v", tt.last, got, tt.want)
		}
	}
}
