package report

import (
	"compress/gzip"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/vramlab/vramlab/report/internal/fixture"
	"github.com/vramlab/vramlab/report/internal/text"
)

// kernelsDir is a run of two generations, whose answers to four requests are given, and of
// lines about what their kernels do.
func kernelsDir(t *testing.T, answers map[string][4]string, curves string) string {
	t.Helper()
	return generationsDir(t, []string{"buddy_6.11", "buddy"}, answers, curves)
}

// generationsDir is such a run of some of the generations, in this order.
func generationsDir(t *testing.T, names []string, answers map[string][4]string, curves string) string {
	t.Helper()
	dir := t.TempDir()
	var models []string
	for _, name := range names {
		models = append(models, name+" is "+map[string]string{"buddy_lifo": "Linux of 2021", "buddy_6.11": "Linux 6.11", "buddy_6.18": "Linux 6.18", "buddy": "Linux 7.1", "buddy_next": "Linux after 7.1"}[name])
	}
	run := "Unit served-pct better=higher assume=exact\n# vramlab run 1\n# strategies: " + strings.Join(names, " ") + "\n# models: " + strings.Join(models, ", ") + "\n"
	fixture.Must(t, os.Mkdir(filepath.Join(dir, "placements"), 0o777))
	for _, name := range names {
		served := 0
		trace := "vramlab trace 1\n# w: Four requests.\n# title: Windows\n# strategy: " + name + "\nregion 1048576 page 4096\n"
		for i, request := range []string{"4096", "4096 align=8192 lo=0 hi=65536", "8192", "65536 contiguous"} {
			answer := answers[name][i]
			if answer[0] == '=' {
				served++
			}
			trace += fmt.Sprintf("a %d %s\n%s\n", i, request, answer)
		}
		for range 6 {
			run += fmt.Sprintf("BenchmarkAllocFree/strategy=%s/workload=w-2 4 100 ns/op %d served-pct\n", name, 25*served)
		}
		f, err := os.Create(filepath.Join(dir, "placements", "w."+name+".trace.gz"))
		fixture.Must(t, err)
		z := gzip.NewWriter(f)
		_, err = z.Write([]byte(trace))
		fixture.Must(t, err)
		fixture.Must(t, z.Close())
		fixture.Must(t, f.Close())
	}
	fixture.Must(t, os.WriteFile(filepath.Join(dir, "run.bench"), []byte(run), 0o666))
	fixture.Must(t, os.WriteFile(filepath.Join(dir, "curves.bench"), []byte(curves), 0o666))
	return dir
}

// alike are the answers where generations do not part.
var alike = [4]string{"= 0+4096", "= 8192+4096", "= 16384+8192", "= 65536+65536"}

// work is the line of what a kernel would do.
func work(strategy string, ops int, steps, ns, off float64) string {
	return fmt.Sprintf("BenchmarkKernelWork/strategy=%s/workload=w-2 %d %v kernel-steps/op %v kernel-model-ns %v kernel-model-err\n", strategy, ops, steps, ns, off)
}

func TestKernels(t *testing.T) {
	misaligned := [4]string{alike[0], "= 4096+4096", alike[2], alike[3]}
	refused := [4]string{alike[0], alike[1], alike[2], "! ENOSPC"}
	for _, tt := range []struct {
		name         string
		old, young   [4]string
		curves       string
		want, absent []string
	}{
		{"alike", alike, alike, "",
			[]string{"No request of these workloads notices the generation: placements are identical", "buddy_6.11 is Linux 6.11's, buddy is Linux 7.1's"},
			[]string{"otherwise than", "would stop", "would take"}},
		{"parted", alike, misaligned, "BenchmarkDeviations/strategy=buddy_6.11/workload=w-2 4 0 kernel-stops\nBenchmarkDeviations/strategy=buddy/workload=w-2 4 1 misaligned-grants 0 kernel-stops\n",
			[]string{"Linux 7.1 places otherwise than 6.11 on the workload", "Linux 7.1 answers 1 of 4 requests otherwise than 6.11, first operation 2, 4 KiB aligned to 8 KiB in a window.",
				"1 grant of buddy lies misaligned in its window, as Linux 7.1 grants it.", "all smaller than the alignment in a window"},
			[]string{"identical", "would stop"}},
		{"stops", alike, alike, "BenchmarkDeviations/strategy=buddy_6.11/workload=w-2 4 1 kernel-stops\n",
			[]string{"Linux 6.11 would stop here: 1 request.", "Linux 6.11 would stop on the workload, at 1 request"}, []string{"notices the generation; "}},
		{"model", alike, alike, work("buddy_6.11", 4, 30, 31000, .31) + work("buddy", 4, 20, 29000, .23),
			[]string{"Linux 6.11 about 31 µs an operation, 7.1 29 µs (±31 and 23 %): no difference within these errors."}, []string{"not compared: "}},
		{"clear", alike, alike, work("buddy_6.11", 4, 30, 31000, .31) + work("buddy", 4, 20, 1000, .23),
			[]string{"(±31 and 23 %): Linux 7.1 takes less than 6.11."}, []string{"no difference within"}},
		{"other operations", alike, alike, work("buddy_6.11", 3, 30, 31000, .31) + work("buddy", 4, 20, 1000, .23),
			[]string{"buddy is not compared: other operations were counted.", "Counted: the first 3 operations."}, []string{"takes less", "no difference within"}},
		{"other work", refused, alike, work("buddy_6.11", 4, 30, 31000, .31) + work("buddy", 4, 20, 1000, .23),
			[]string{"buddy_6.11 is not compared: other requests were refused."}, []string{"takes less than"}},
		{"differs", alike, alike, work("buddy_6.11", 4, 30, 31000, .31) + "BenchmarkKernelWork/strategy=buddy/workload=w-2 3 3 kernel-differs-op\n",
			[]string{"buddy is not counted: from operation 3 on it does otherwise than the kernel of its name."}, nil},
	} {
		dir := kernelsDir(t, map[string][4]string{"buddy_6.11": tt.old, "buddy": tt.young}, tt.curves)
		page := rendered(t, dir)
		checkPage(t, page)
		r := loaded(t, dir)
		if w := r.Warnings(); len(w) > 0 {
			t.Errorf("%s: warnings %q", tt.name, w)
		}
		all := strings.ReplaceAll(tag.ReplaceAllString(page, ""), text.NBSP, " ") + strings.Join(append(r.Verdicts(), r.Headline(), r.Scope()), "\n")
		for _, want := range tt.want {
			if !strings.Contains(all, want) {
				t.Errorf("%s: %q is not said; the verdict is %s", tt.name, want, r.Verdicts()[0])
			}
		}
		for _, absent := range tt.absent {
			if strings.Contains(all, absent) {
				t.Errorf("%s: %q is said", tt.name, absent)
			}
		}
	}
}

// TestNeighbours compares each generation with the one before it, whatever the order of the
// run.
func TestNeighbours(t *testing.T) {
	misaligned := [4]string{alike[0], "= 4096+4096", alike[2], alike[3]}
	moved := [4]string{alike[0], "= 4096+4096", "= 24576+8192", alike[3]}
	for _, tt := range []struct {
		names        []string
		answers      map[string][4]string
		want, absent []string
	}{
		{[]string{"buddy_next", "buddy_6.11", "buddy", "buddy_6.18"},
			map[string][4]string{"buddy_6.11": alike, "buddy_6.18": alike, "buddy": misaligned, "buddy_next": moved},
			[]string{"The generations place otherwise on the workload", "Linux 6.18 answers all 4 requests as 6.11.",
				"Linux 7.1 answers 1 of 4 requests otherwise than 6.18, first operation 2, 4 KiB aligned to 8 KiB in a window.",
				"Linux after 7.1 answers 1 of 4 requests otherwise than 7.1, first operation 3, 8 KiB.",
				"Linux 7.1 against 6.18", "Linux after 7.1 against 7.1"},
			[]string{"after 7.1 against 6", "against that", "than 6.11", "Linux 6.18 against"}},
		{[]string{"buddy", "buddy_6.18", "buddy_lifo"},
			map[string][4]string{"buddy_lifo": moved, "buddy_6.18": misaligned, "buddy": misaligned},
			[]string{"Linux 6.18 places otherwise than that of 2021 on the workload", "Linux 7.1 answers all 4 requests as 6.18.",
				"Linux 6.18 answers 1 of 4 requests otherwise than that of 2021, first operation 3, 8 KiB.", "Linux 6.18 against that of 2021"},
			[]string{"of 2021 answers", "Linux 7.1 against"}},
	} {
		dir := generationsDir(t, tt.names, tt.answers, "")
		page := rendered(t, dir)
		checkPage(t, page)
		r := loaded(t, dir)
		all := strings.ReplaceAll(tag.ReplaceAllString(page, ""), text.NBSP, " ") + strings.Join(append(r.Verdicts(), r.Headline(), r.Scope()), "\n")
		for _, want := range tt.want {
			if !strings.Contains(all, want) {
				t.Errorf("%v: %q is not said; the verdict is %s, the headline %s", tt.names, want, r.Verdicts()[0], r.Headline())
			}
		}
		for _, absent := range tt.absent {
			if strings.Contains(all, absent) {
				t.Errorf("%v: %q is said", tt.names, absent)
			}
		}
	}
}
