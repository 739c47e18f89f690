package merge_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"runtime/pprof"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/perf/benchfmt"

	"github.com/vramlab/vramlab/bench"
	"github.com/vramlab/vramlab/bench/merge"
	"github.com/vramlab/vramlab/bench/schema"
	"github.com/vramlab/vramlab/internal/churn"
	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/workloads/reason"
)

// small is a whole run in a few milliseconds: four workloads and an experiment.
func small(dir string, shard bench.Shard) bench.Config {
	c := bench.Config{
		Dir:        dir,
		Strategies: []strategies.Strategy{churn.FirstFit, churn.ScatterFit},
		Count:      3, Seed: 42, SampleTime: 100 * time.Microsecond,
		Skip:  []string{"holes", "objects", "lookups", "references", "worst"},
		Shard: shard,
		Meta:  []bench.KV{{Key: schema.FactDate, Value: fmt.Sprintf("2001-02-03T04:05:%02dZ", 30-shard.I)}, {Key: schema.FactCommand, Value: "vramlab run -shard " + shard.String()}},
	}
	for i, name := range []string{"churn", "small", "medium", "last"} {
		w := churn.Workload(name, 60+50*i)
		w.Recorded = i > 1 // its smallest region is searched
		c.Workloads = append(c.Workloads, w)
	}
	return c
}

// place is where the runs of all tests are: "whole", and its three shards "1", "2", "3".
var place string

// measured makes them, once.
var measured = sync.OnceValue(func() error {
	if err := bench.Run(context.Background(), small(filepath.Join(place, "whole"), bench.Shard{})); err != nil {
		return err
	}
	var profile bytes.Buffer // a run takes seconds for one
	if err := pprof.StartCPUProfile(&profile); err != nil {
		return err
	}
	pprof.StopCPUProfile()
	for i := 1; i <= 3; i++ {
		dir := filepath.Join(place, fmt.Sprint(i))
		if err := bench.Run(context.Background(), small(dir, bench.Shard{I: i, N: 3})); err != nil {
			return err
		}
		if err := os.Mkdir(filepath.Join(dir, schema.Profiles), 0o777); err != nil {
			return err
		}
		for _, s := range small("", bench.Shard{}).Strategies {
			if err := os.WriteFile(filepath.Join(dir, schema.Profiles, schema.ProfileFile(s.Name)), profile.Bytes(), 0o666); err != nil {
				return err
			}
		}
	}
	return nil
})

func TestMain(m *testing.M) {
	var err error
	if place, err = os.MkdirTemp("", "merge-test-"); err != nil {
		panic(err)
	}
	code := m.Run()
	os.RemoveAll(place)
	os.Exit(code)
}

// shards are copies of the shards, for a test to spoil.
func shards(t *testing.T) []string {
	t.Helper()
	if err := measured(); err != nil {
		t.Fatal(err)
	}
	to := t.TempDir()
	var dirs []string
	for i := 1; i <= 3; i++ {
		dir := filepath.Join(to, fmt.Sprint("s", i))
		if err := os.CopyFS(dir, os.DirFS(filepath.Join(place, fmt.Sprint(i)))); err != nil {
			t.Fatal(err)
		}
		dirs = append(dirs, dir)
	}
	return dirs
}

// lines are the names of a file's results in the order of their first, and each line
// without its times.
func lines(t *testing.T, path string) (names, exact []string) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	r := benchfmt.NewReader(bytes.NewReader(data), path)
	for r.Scan() {
		res, ok := r.Result().(*benchfmt.Result)
		if !ok {
			if bad, ok := r.Result().(*benchfmt.SyntaxError); ok {
				t.Error(bad)
			}
			continue
		}
		text := string(res.Name)
		if !slices.Contains(names, text) {
			names = append(names, text)
		}
		for _, v := range res.Values {
			if schema.FindUnit(v.Unit).Exact {
				text += fmt.Sprint(" ", v.Value, " ", v.Unit)
			}
		}
		exact = append(exact, text)
	}
	slices.Sort(exact)
	return names, exact
}

// TestMerge demands of the merged shards what the whole run has: the same lines with the
// same exact figures, first met in the same order, the same traces, a profile of each
// strategy, and the facts of the whole.
func TestMerge(t *testing.T) {
	dirs := shards(t)
	whole, to := filepath.Join(place, "whole"), filepath.Join(filepath.Dir(dirs[0]), "merged")
	if err := merge.Merge(to, []string{dirs[2], dirs[0], dirs[1]}, merge.Options{Command: "vramlab merge"}); err != nil {
		t.Fatal(err)
	}
	for _, file := range schema.Files() {
		wantNames, want := lines(t, filepath.Join(whole, string(file)))
		names, got := lines(t, filepath.Join(to, string(file)))
		if !slices.Equal(names, wantNames) {
			t.Errorf("%s: benchmarks in the order\n%s\nwant\n%s", file, strings.Join(names, "\n"), strings.Join(wantNames, "\n"))
		}
		if !slices.Equal(got, want) || len(want) == 0 {
			t.Errorf("%s: %d lines, want the %d of the whole run", file, len(got), len(want))
		}
	}
	traces, _ := filepath.Glob(filepath.Join(whole, schema.Placements, "*"))
	for _, path := range traces {
		want, _ := os.ReadFile(path)
		if got, err := os.ReadFile(filepath.Join(to, schema.Placements, filepath.Base(path))); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s is not that of the whole run: %v", filepath.Base(path), err)
		}
	}
	if copies, _ := filepath.Glob(filepath.Join(to, schema.Placements, "*")); len(copies) != len(traces) || len(traces) != 8 {
		t.Errorf("%d traces, want %d", len(copies), len(traces))
	}
	for _, s := range []string{"firstfit", "scatterfit"} {
		if _, err := os.Stat(filepath.Join(to, schema.Profiles, schema.ProfileFile(s))); err != nil {
			t.Error(err)
		}
	}
	head, _ := os.ReadFile(filepath.Join(to, string(schema.Curves)))
	for _, want := range []string{
		"# date: 2001-02-03T04:05:27Z\n# command: vramlab merge\n# seed: 42\n# count: 3\n", "\n# workloads: churn small medium last\n", "\n# experiments: migrations age\n",
		"\n# shards: 3\n# part: 1/3; 2001-02-03T04:05:29Z; machine ", "\n# part-command: vramlab run -shard 3/3\n", "\ngoos: ",
	} {
		if !strings.Contains(string(head), want) {
			t.Errorf("no %q in\n%s", want, head[:min(len(head), 4000)])
		}
	}
	if found := regexp.MustCompile(`(?m)^# (shard|shard-[a-z]+|missing): .*`).Find(head); found != nil {
		t.Errorf("the head of the whole has %s", found)
	}
	if left, _ := filepath.Glob(filepath.Join(filepath.Dir(to), ".*")); left != nil {
		t.Errorf("%v is left", left)
	}
}

// edit replaces the first match in a file of a shard.
func edit(t *testing.T, path, pattern, by string) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	re := regexp.MustCompile("(?m)" + pattern)
	at := re.FindSubmatchIndex(data)
	if at == nil {
		t.Fatalf("%s: no %s", path, pattern)
	}
	out := append([]byte(nil), data[:at[0]]...)
	out = re.Expand(out, []byte(by), data, at)
	if err := os.WriteFile(path, append(out, data[at[1]:]...), 0o666); err != nil {
		t.Fatal(err)
	}
}

// TestFaults: each fault is one line that says what and where, and nothing is written.
func TestFaults(t *testing.T) {
	const end = "(?s:.*)"
	for _, test := range []struct {
		name  string
		fault func(t *testing.T, dirs []string) []string
		want  []string // in the error
	}{
		{"missing", func(_ *testing.T, d []string) []string { return []string{d[0], d[2]} }, []string{"shard 2/3", "workload small", "experiment migrations", "-partial"}},
		{"twice", func(_ *testing.T, d []string) []string { return append(d, d[1]) }, []string{"shard 2/3 is there twice", "s2"}},
		{"none", func(*testing.T, []string) []string { return nil }, []string{"no shard"}},
		{"no directory", func(_ *testing.T, d []string) []string { return append(d, d[0]+"x") }, []string{"s1x"}},
		{"whole run", func(_ *testing.T, d []string) []string {
			return append(d, filepath.Join(place, "whole"))
		}, []string{"whole", "run.bench", "no shard of a run"}},
		{"exact figure", func(t *testing.T, d []string) []string {
			edit(t, filepath.Join(d[1], "run.bench"), `^(BenchmarkAllocFree.* )(\S+)( served-pct)`, "${1}12.5$3")
			return d
		}, []string{"s2", "run.bench:", "AllocFree/strategy=firstfit/workload=small", "served-pct", "12.5"}},
		{"other seed", func(t *testing.T, d []string) []string {
			edit(t, filepath.Join(d[2], "run.bench"), "^# seed: 42$", "# seed: 43")
			return d
		}, []string{"s1", "s3", `seed is "42" and "43"`}},
		{"other revision", func(t *testing.T, d []string) []string {
			edit(t, filepath.Join(d[2], "run.bench"), "^# seed: 42$", "# seed: 42\n# revision: abc")
			return d
		}, []string{`revision is "" and "abc"`}},
		{"other traces", func(t *testing.T, d []string) []string {
			for _, f := range schema.Files() {
				edit(t, filepath.Join(d[1], string(f)), "^# matrix: .*", "# matrix: abc")
			}
			return d
		}, []string{"the operations of a workload"}},
		{"other number", func(t *testing.T, d []string) []string {
			for _, f := range schema.Files() {
				edit(t, filepath.Join(d[1], string(f)), "^# shard: 2/3", "# shard: 2/4")
			}
			return d
		}, []string{"shard 1/3", "shard 2/4"}},
		{"no shard", func(t *testing.T, d []string) []string {
			edit(t, filepath.Join(d[1], "run.bench"), "^# shard: 2/3", "# shard: x")
			return d
		}, []string{"run.bench", `"x" is no shard`}},
		{"curves of another", func(t *testing.T, d []string) []string {
			os.Remove(filepath.Join(d[1], "curves.bench"))
			os.Link(filepath.Join(d[0], "curves.bench"), filepath.Join(d[1], "curves.bench"))
			return d
		}, []string{"curves.bench", "of another run", "1/3"}},
		{"no curves", func(t *testing.T, d []string) []string {
			os.Remove(filepath.Join(d[1], "curves.bench"))
			return d
		}, []string{"curves.bench"}},
		{"torn", func(t *testing.T, d []string) []string {
			edit(t, filepath.Join(d[0], "run.bench"), `^(BenchmarkSGTable.*ns/t)`+end, "$1")
			return d
		}, []string{"run.bench:", "within a line"}},
		{"torn between lines", func(t *testing.T, d []string) []string {
			edit(t, filepath.Join(d[0], "run.bench"), `^(BenchmarkSGTable.*\n)`+end, "$1")
			return d
		}, []string{"run.bench: the shard is not whole", "1 of 3 samples"}},
		{"not finished", func(t *testing.T, d []string) []string {
			edit(t, filepath.Join(d[1], schema.Journal), `^.*"phase":"ended".*\n`, "")
			return d
		}, []string{"s2: the shard is not finished", "-resume"}},
		{"no journal", func(t *testing.T, d []string) []string {
			os.Remove(filepath.Join(d[1], schema.Journal))
			return d
		}, []string{"s2", "journal"}},
		{"a line lost", func(t *testing.T, d []string) []string {
			edit(t, filepath.Join(d[0], "curves.bench"), `^BenchmarkHarness.*\n`, "")
			return d
		}, []string{"curves.bench: the shard is not whole: 2 of 3 samples of Harness/workload=churn"}},
		{"garbage", func(t *testing.T, d []string) []string {
			edit(t, filepath.Join(d[0], "curves.bench"), `^(BenchmarkHarness\S* )\d+`, "${1}x")
			return d
		}, []string{"curves.bench:"}},
		{"foreign line", func(t *testing.T, d []string) []string {
			edit(t, filepath.Join(d[0], "curves.bench"), `^BenchmarkHarness`, "BenchmarkOther")
			return d
		}, []string{"curves.bench:", "Other", "no result of a run"}},
		{"foreign unit", func(t *testing.T, d []string) []string {
			edit(t, filepath.Join(d[0], "curves.bench"), `^(BenchmarkHarness.*) ns/op`, "$1 parsecs")
			return d
		}, []string{"curves.bench:", "parsecs"}},
		{"line of another shard", func(t *testing.T, d []string) []string {
			edit(t, filepath.Join(d[0], "curves.bench"), `^(BenchmarkHarness/workload=)churn(.*\n)`, "${1}churn$2${1}small$2")
			return d
		}, []string{"curves.bench:", "small is no workload of shard 1/3"}},
		{"experiment twice", func(t *testing.T, d []string) []string {
			data, _ := os.ReadFile(filepath.Join(d[1], "curves.bench"))
			edit(t, filepath.Join(d[0], "curves.bench"), `\z`, string(regexp.MustCompile(`(?m)^BenchmarkMigrate.*\n`).Find(data)))
			return d
		}, []string{"curves.bench:", "Migrate", "also in another shard"}},
		{"share twice", func(t *testing.T, d []string) []string {
			edit(t, filepath.Join(d[0], "run.bench"), `^# shard-workloads: .*`, "# shard-workloads: churn small last")
			return d
		}, []string{"workload small is in two shards"}},
		{"placement lost", func(t *testing.T, d []string) []string {
			os.Remove(filepath.Join(d[2], "placements", "medium.firstfit.trace.gz"))
			return d
		}, []string{"s3", "medium.firstfit.trace.gz"}},
		{"placement torn", func(t *testing.T, d []string) []string {
			path := filepath.Join(d[2], "placements", "medium.firstfit.trace.gz")
			info, _ := os.Stat(path)
			os.Truncate(path, info.Size()-3)
			return d
		}, []string{"s3", "medium.firstfit.trace.gz", "EOF"}},
		{"profile torn", func(t *testing.T, d []string) []string {
			os.Truncate(filepath.Join(d[0], "profiles", "firstfit.pprof"), 30)
			return d
		}, []string{"s1", "firstfit.pprof"}},
		{"explanation torn", func(t *testing.T, d []string) []string {
			explains(t, d[1], "small", `}`, `{"work`)
			return d
		}, []string{"s2", "explanations.jsonl:2: is no explanation"}},
		{"explanation of another shard", func(t *testing.T, d []string) []string {
			explains(t, d[1], "medium", `}`)
			return d
		}, []string{"s2", "explains firstfit on medium, which shard 2/3 did not measure"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			dirs := shards(t)
			beside := filepath.Dir(dirs[0])
			to := filepath.Join(beside, "merged")
			err := merge.Merge(to, test.fault(t, dirs), merge.Options{})
			if err == nil || strings.Contains(err.Error(), "\n") {
				t.Fatalf("error %v, want one line", err)
			}
			for _, w := range test.want {
				if !strings.Contains(err.Error(), w) {
					t.Errorf("error %q, want one with %q", err, w)
				}
			}
			if left, _ := filepath.Glob(filepath.Join(beside, "*")); len(left) != 3 {
				t.Errorf("written: %v", left)
			}
			if left, _ := filepath.Glob(filepath.Join(beside, ".*")); left != nil {
				t.Errorf("left: %v", left)
			}
		})
	}
}

// explains writes what a shard says of a refusal, and what else it says.
func explains(t *testing.T, dir, workload string, rest ...string) {
	t.Helper()
	text := `{"workload":"` + workload + `","strategy":"firstfit","op":1,"errno":"ENOSPC","kind":"untold","page":4096,"managed":8192,"place":[0,0]` + strings.Join(rest, "\n") + "\n"
	if err := os.WriteFile(filepath.Join(dir, schema.Explanations), []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
}

// TestExplanations: they come in the order of the workloads, and a shard without any is none
// that is torn.
func TestExplanations(t *testing.T) {
	dirs := shards(t)
	explains(t, dirs[0], "last", "}")
	explains(t, dirs[1], "small", "}")
	to := filepath.Join(filepath.Dir(dirs[0]), "merged")
	if err := merge.Merge(to, dirs, merge.Options{}); err != nil {
		t.Fatal(err)
	}
	list, err := reason.Read(filepath.Join(to, schema.Explanations), t.Errorf)
	if err != nil || len(list) != 2 || list[0].Workload != "small" || list[1].Workload != "last" {
		t.Errorf("%d explanations, %v", len(list), err)
	}
}

// TestPartial: what there is of a run, which says what is missing.
func TestPartial(t *testing.T) {
	dirs := shards(t)
	to := filepath.Join(filepath.Dir(dirs[0]), "merged")
	if err := merge.Merge(to, dirs[1:2], merge.Options{Partial: true}); err != nil {
		t.Fatal(err)
	}
	data, _ := os.ReadFile(filepath.Join(to, "run.bench"))
	if want := "\n# missing: shard 1/3, shard 3/3, workload churn medium last, experiment age\n"; !strings.Contains(string(data), want) {
		t.Errorf("no %q in\n%s", want, data)
	}
	if err := merge.Merge(to, dirs, merge.Options{}); err == nil || !strings.Contains(err.Error(), "nothing is overwritten") {
		t.Errorf("error %v over an earlier run", err)
	}
}

// TestCrossings: they are measured in every shard, and those of one are kept.
func TestCrossings(t *testing.T) {
	dirs := shards(t)
	for i, dir := range dirs {
		edit(t, filepath.Join(dir, "curves.bench"), `\z`, strings.Repeat(fmt.Sprintf("BenchmarkCrossing/strategy=firstfit 10 %d ns/op\n", 50+i), 3))
	}
	to := filepath.Join(filepath.Dir(dirs[0]), "merged")
	if err := merge.Merge(to, dirs, merge.Options{}); err != nil {
		t.Fatal(err)
	}
	data, _ := os.ReadFile(filepath.Join(to, "curves.bench"))
	if got := regexp.MustCompile(`(?m)^BenchmarkCrossing.* (\d+ ns/op)`).FindAllString(string(data), -1); len(got) != 3 || !strings.HasSuffix(got[2], " 50 ns/op") {
		t.Errorf("crossings %q, want three of the first shard", got)
	}
}

// TestProcessors: lines of another processor stand under its name, so that benchstat does
// not pool them, and facts that differ are listed.
func TestProcessors(t *testing.T) {
	dirs := shards(t)
	for i, dir := range dirs {
		for _, file := range schema.Files() {
			path := filepath.Join(dir, string(file))
			edit(t, path, `^goarch: (.*\n(?:pkg: .*\n)?)(?:cpu: .*\n)?`, fmt.Sprintf("goarch: ${1}cpu: model %d\n", i))
			edit(t, path, `^# cores: .*`, fmt.Sprint("# cores: ", 2+i))
			edit(t, path, `^(# clock: .*\n)?# seed`, fmt.Sprintf("# clock: %dns\n# seed", 10-i))
		}
	}
	to := filepath.Join(filepath.Dir(dirs[0]), "merged")
	if err := merge.Merge(to, dirs, merge.Options{}); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(filepath.Join(to, "run.bench"))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"\n# cores: 2, 3, 4\n", "\n# clock: 10ns\n", "; model 1; 3 cores"} {
		if !strings.Contains(string(data), want) {
			t.Errorf("no %q in\n%s", want, data)
		}
	}
	where := map[string]string{"churn": "model 0", "small": "model 1", "medium": "model 2", "last": "model 0"}
	r := benchfmt.NewReader(bytes.NewReader(data), "run.bench")
	for r.Scan() {
		if res, ok := r.Result().(*benchfmt.Result); ok {
			_, labels := schema.Parse(string(res.Name))
			if got := res.GetConfig("cpu"); got != where[labels[schema.Workload]] {
				t.Errorf("%s was measured on %q", res.Name, got)
			}
			where[labels[schema.Workload]+" seen"] = "yes"
		}
	}
	if len(where) != 8 {
		t.Errorf("not all workloads are there: %v", where)
	}
}

// TestFacts: what shards say of workloads comes in the order of the matrix, what each says
// of itself with its number, and only in the file in which they say it.
func TestFacts(t *testing.T) {
	dirs := shards(t)
	for i, more := range []string{
		"# unequal-work: workload churn: a\n# unequal-work: workload last: b\n# machine: calm\n# left-out: workload last: x has no windows\n",
		"# unequal-work: workload small: c\n# machine: loud; hot\n# left-out: workload small: x has no windows; workload small: y too\n",
		"# machine: calm\n",
	} {
		edit(t, filepath.Join(dirs[i], "run.bench"), "^# seed", more+"# seed")
	}
	edit(t, filepath.Join(dirs[1], "run.bench"), `\z`, "# throttled: twice\n")
	to := filepath.Join(filepath.Dir(dirs[0]), "merged")
	if err := merge.Merge(to, dirs, merge.Options{}); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(filepath.Join(to, "run.bench"))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"\n# unequal-work: workload churn: a\n# unequal-work: workload small: c\n# unequal-work: workload last: b\n",
		"\n# machine: 1/3: calm; 2/3: loud; hot; 3/3: calm\n",
		"\n# left-out: workload small: x has no windows; workload small: y too; workload last: x has no windows\n",
	} {
		if !strings.Contains(string(data), want) {
			t.Errorf("no %q in\n%s", want, data)
		}
	}
	if !strings.HasSuffix(string(data), "\n# throttled: 2/3: twice\n") {
		t.Errorf("the end is %s", data[max(0, len(data)-100):])
	}
	curves, _ := os.ReadFile(filepath.Join(to, "curves.bench"))
	if strings.Contains(string(curves), "unequal-work") {
		t.Error("curves.bench says what only run.bench of the shards does")
	}
}
