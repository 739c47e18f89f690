package report

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const workSummary = "Work counted, per operation (exact)"

// The table of counts has a line for every strategy, with dashes for what was
// not counted, and is left out of a run without counts.
func TestWork(t *testing.T) {
	dir := planted(3, fixtureLoad{ns: []float64{1, 1, 1}}, fixtureLoad{ns: []float64{1, 1, 1}}).write(t)
	if strings.Contains(rendered(t, dir), workSummary) {
		t.Error("a run without counts shows a table of them")
	}
	must(t, os.WriteFile(filepath.Join(dir, "curves.bench"), []byte("Unit visits/op better=lower assume=exact\n"+
		"BenchmarkCounters/strategy=buddy/workload=wa-2 50000 0.20706 splits/op 0.0272 merges/op 1234.5 visits/op\n"+
		"BenchmarkCounters/strategy=tlsf/workload=wa-2 50000 0 splits/op 2 visits/op\n"), 0o666))
	r := load(t, dir)
	rows := makeWork(r.strategies, r.workloads).Rows
	var got []string
	for _, row := range rows {
		for _, l := range row.Lines {
			got = append(got, fmt.Sprint(row.Title, " ", l.Name, " ", l.Class, " ", l.Values))
		}
	}
	want := "wa buddy s0 [0.207 0.0272 1,230]|wa rangemgr s1 [– – –]|wa tlsf s2 [0 – 2]"
	if s := strings.Join(got, "|"); s != want {
		t.Errorf("got %s\nwant %s", s, want)
	}
	page := rendered(t, dir)
	checkPage(t, page)
	for _, part := range []string{workSummary, "places looked at in search of one that fits", `<td class="num">1,230</td>`} {
		if !strings.Contains(page, part) {
			t.Errorf("%q is not in the page", part)
		}
	}
}
