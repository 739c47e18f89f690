package report

import (
	"fmt"
	"math"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/vramlab/vramlab/report/internal/fixture"
)

// TestHeadlineNumbers traces the headline back to the files: what was refused where that
// decides, and the factors of page-table entries, rounded to two digits.
func TestHeadlineNumbers(t *testing.T) {
	f := fixture.Plain()
	entries := map[string][2]float64{"small": {10, 79.9}, "gfx": {10, 90}, "frames": {11, 38}}
	var curves strings.Builder
	for _, l := range f.Loads {
		for s, name := range f.Strategies {
			served := 100.0
			if l.Served != nil {
				served = l.Served[s]
			}
			curves.WriteString(fixture.PolicyText(name, l.Name, "i915", served, entries[l.Name][s], 0, 0))
		}
	}
	dir := f.WithCurves(t, curves.String())
	got := loaded(t, dir).Headline()
	refused, requests := make([]int, 2), 0
	for s, name := range f.Strategies {
		fate := readTrace(t, dir, "gfx", name).fate()
		refused[s], requests = fate.refused, fate.requests
	}
	lo, hi := math.Inf(1), 0.0
	policies := readNaive(t, filepath.Join(dir, "curves.bench"))
	for _, w := range []string{"small", "frames"} {
		of := func(s string) float64 {
			return policies.median(t, "Policy/strategy="+s+"/workload="+w+"/policy=i915", "entries/table")
		}
		lo, hi = min(lo, of("rangemgr")/of("buddy")), max(hi, of("rangemgr")/of("buddy"))
	}
	want := fmt.Sprintf("Take buddy on all 3 workloads: on 1 it refuses nothing and rangemgr %d of N requests, on 2 rangemgr needs %s to %s times its PTEs (i915)",
		refused[1], twoDigits(lo), twoDigits(hi))
	number := regexp.MustCompile(`of ([\d,]+) requests`)
	m := number.FindStringSubmatch(got)
	if m == nil || strings.ReplaceAll(m[1], ",", "") != strconv.Itoa(requests) || refused[0] != 0 {
		t.Fatalf("headline %q, of %d requests", got, requests)
	}
	if plain := number.ReplaceAllString(got, "of N requests"); plain != want {
		t.Errorf("got  %s\nwant %s", plain, want)
	}
	if n := len(strings.Fields(got)); n > 30 {
		t.Errorf("%d words: %s", n, got)
	}
}

// twoDigits is a factor from 1 to 99 as a headline has it.
func twoDigits(f float64) string { return strconv.FormatFloat(f, 'g', 2, 64) }
