package judge

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/vramlab/vramlab/report/internal/fixture"
	"github.com/vramlab/vramlab/report/internal/rundir"
)

// Every quantity that two places state is checked: one value changed in a run whose files
// agree, or one line added, and nothing is judged from the workload; the others keep their
// verdicts.
func TestEveryQuantityIsChecked(t *testing.T) {
	const (
		main   = `BenchmarkAllocFree/strategy=rangemgr/workload=small-`
		table  = `BenchmarkSGTable/strategy=rangemgr/workload=small/`
		series = `BenchmarkSeries/strategy=rangemgr/workload=small/step=300-`
		policy = `BenchmarkPolicy/strategy=rangemgr/workload=small/policy=i915-`
	)
	for _, tt := range []struct {
		file, line, unit, value string
		about                   Contradictory
		all                     bool // every such line, so that samples agree
	}{
		{"run.bench", main, "metadata-B", "5", TwoSamples, false},
		{"run.bench", main, "served-pct", "99.9", TwoSamples, false},
		{"run.bench", main, "served-pct", "99", OfTrace, true},
		{"run.bench", main, "served-pct", "101", Impossible, true},
		{"run.bench", main, "metadata-B", "1e20", Impossible, true},
		{"run.bench", main, "p99-ns", "3", Impossible, false},
		{"run.bench", main, "p999-ns", "3", Impossible, false},
		{"run.bench", main, "max-ns", "3", Impossible, false},
		{"run.bench", table, "segs/table", "0.5", Impossible, true},
		{"run.bench", table, "segs/table", "7", TwoSamples, false},
		{"curves.bench", series, "free-B", "4096", Impossible, false}, // less than the largest hole
		{"curves.bench", series, "free-B", "8388608", OfTrace, false},
		{"curves.bench", series, "largest-B", "9e15", Impossible, false},
		{"curves.bench", series, "largest-B", "4096", OfTrace, false},
		{"curves.bench", series, "frag-pct", "99.5", Impossible, false},
		{"curves.bench", series, "unusable2m-pct", "99.5", OfTrace, false},
		{"curves.bench", series, "unusable2m-pct", "100.5", Impossible, false},
		{"curves.bench", series, "refused", "3", OfTrace, false},
		{"curves.bench", series, "live-B", "12288", OfTrace, false},
		{"curves.bench", series, "unusable64k-pct", "100", OfTrace, false},
		{"curves.bench", series, "fail-pct", "50", Impossible, false}, // nothing was refused
		{"curves.bench", policy, "entries/table", "999", Impossible, false},
		{"curves.bench", policy, "cover2m-pct", "99.5", Impossible, false},
		{"curves.bench", policy, "cover64k-pct", "99.5", Impossible, false},
		{"curves.bench", policy, "segs/table", "0", Impossible, false},
		{"curves.bench", policy, "reach-B", "5", Impossible, false},
		{"curves.bench", policy, "waste-pct", "0", OfRequests, false}, // the fixture's tables map something else
		{"run.bench", table, "segs/table", "25", OfTrace, true},
	} {
		t.Run(tt.unit+" "+tt.value, func(t *testing.T) {
			dir := fixture.Plain().Write(t)
			path := filepath.Join(dir, tt.file)
			data, err := os.ReadFile(path)
			fixture.Must(t, err)
			lines, changed := strings.Split(string(data), "\n"), 0
			said := regexp.MustCompile(`[0-9.e+-]+ ` + tt.unit + `\b`)
			for i, l := range lines {
				if !strings.HasPrefix(l, tt.line) || changed > 0 && !tt.all {
					continue
				}
				changed++
				if lines[i] = said.ReplaceAllString(l, tt.value+" "+tt.unit); !said.MatchString(l) {
					lines[i] += " " + tt.value + " " + tt.unit
				}
			}
			if changed == 0 {
				t.Fatal("no line to change")
			}
			fixture.Must(t, os.WriteFile(path, []byte(strings.Join(lines, "\n")), 0o666))
			r := judged(t, dir)
			v := r.Verdicts[0]
			if v.Kind != Contradicted || len(v.Picks) > 0 || !slices.ContainsFunc(v.Contradictions, func(c Contradiction) bool { return c.About == tt.about && c.Strategy == 1 }) {
				t.Errorf("kind %d, picks %v, contradictions %+v", v.Kind, v.Picks, v.Contradictions)
			}
			if r.Verdicts[2].Kind == Contradicted {
				t.Error("another workload is not judged either")
			}
		})
	}
}

// Times of requests and of frees that do not make up that of an operation are left out
// and named; the operation is what was timed.
func TestCallsMakeUpTheOperation(t *testing.T) {
	dir := fixture.Plain().Write(t)
	path := filepath.Join(dir, "run.bench")
	data, err := os.ReadFile(path)
	fixture.Must(t, err)
	if w := judged(t, dir).Warnings.All(); len(w) > 0 {
		t.Errorf("warnings of a run that was not touched: %q", w)
	}
	doctored := regexp.MustCompile(`(?m)^(BenchmarkAllocFree/strategy=buddy/workload=small.*) [0-9.]+ ns/alloc`).ReplaceAll(data, []byte("$1 9999 ns/alloc"))
	fixture.Must(t, os.WriteFile(path, doctored, 0o666))
	r := judged(t, dir)
	if w := strings.Join(r.Warnings.All(), "|"); !strings.Contains(w, "ns/alloc and ns/free of buddy on small make up") || strings.Contains(w, "|") {
		t.Errorf("warnings %q", w)
	}
	if r.Verdicts[0].Kind != Win {
		t.Errorf("kind %d", r.Verdicts[0].Kind)
	}
}

// Placements of as many requests that ask for other things are of two workloads, and so are
// those of two regions.
func TestOtherRequests(t *testing.T) {
	const text = "vramlab trace 1\n# small: made up\n# strategy: %s\nregion %s page 4096\na 0 %s\n= 0+4096\na 1 8192\n! ENOSPC\n"
	for _, tt := range []struct {
		region, request string
		differ          bool
	}{
		{"1048576", "4096", false},
		{"2097152", "4096", true},
		{"1048576", "2048", true},
		{"1048576", "4096 align=65536", true},
		{"1048576", "4096 align=4096", false}, // which every block has
		{"1048576", "4096 contiguous", true},
		{"1048576", "4096 lo=0 hi=65536", true},
	} {
		w := rundir.NewWorkload("small")
		for s, of := range [][2]string{{"1048576", "4096"}, {tt.region, tt.request}} {
			p, err := rundir.ReadPlacement(fixture.OpenText(t, fmt.Sprintf(text, fmt.Sprint(s), of[0], of[1])))
			fixture.Must(t, err)
			w.Placed = append(w.Placed, p)
		}
		got := slices.ContainsFunc(Contradictions(w, 2), func(c Contradiction) bool { return c.About == TwoRequests && c.Strategy == 1 && c.Other == 0 })
		if got != tt.differ {
			t.Errorf("%+v: %v", tt, got)
		}
	}
}
