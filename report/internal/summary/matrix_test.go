package summary

import (
	"fmt"
	"strings"
	"testing"

	"github.com/vramlab/vramlab/report/internal/fixture"
	"github.com/vramlab/vramlab/report/internal/judge"
	"github.com/vramlab/vramlab/report/internal/testrun"
	"github.com/vramlab/vramlab/report/internal/text"
	"github.com/vramlab/vramlab/report/internal/words"
)

// cells are the texts of a row of the matrix: the winner and the values.
func cells(r judge.Run, row int) string {
	var out []string
	for _, c := range makeMatrix(r, nil).Rows[row].Cells {
		winner := string(c.Winner)
		for winner != "" && strings.Contains(winner, "<") { // names are in colour
			i, j := strings.Index(winner, "<"), strings.Index(winner, ">")
			winner = winner[:i] + winner[j+1:]
		}
		hatch := ""
		if c.Class == "hatch" {
			hatch = "#"
		}
		var values []string
		for _, l := range c.Lines {
			values = append(values, l.Value)
		}
		out = append(out, fmt.Sprintf("%s%s [%s]", hatch, winner, strings.Join(values, " : ")))
	}
	return strings.ReplaceAll(strings.Join(out, ", "), text.NBSP, " ")
}

// Every strategy's value is shown, and a tie is of all of them.
func TestMatrixShowsAll(t *testing.T) {
	f := fixture.Planted(3, fixture.Workload{Ns: []float64{400, 200, 100}, Served: []float64{20, 100, 100}},
		fixture.Workload{Ns: []float64{400, 200, 100}, Served: []float64{99.083, 99.083, 99.083}},
		fixture.Workload{Ns: []float64{400, 200, 100}, Served: []float64{99, 98, 97}})
	f.Noise = 0.0001
	r := testrun.Load(t, f.Write(t))
	for row, want := range []string{
		"rangemgr, tlsf [800 : 0 : 0], rangemgr, tlsf [(1) : 1 : 1], rangemgr [(1) : 2 : 3], tlsf −50.0 % [(400) : 200 : 100]",
		"tie [9.17 : 9.17 : 9.17], #unknown [1 : 1 : 1], #unknown [1 : 2 : 3], #unknown [400 : 200 : 100]",
		"buddy [10 : 20 : 30], #unequal [1 : (1) : (1)], #unequal [1 : (2) : (3)], #unequal [400 : (200) : (100)]",
	} {
		if got := cells(r, row); got != want {
			t.Errorf("row %d:\ngot  %s\nwant %s", row, got, want)
		}
	}
}

// Where the files contradict each other, or nobody knows what was served, nothing
// wins, and a replay that is too short has no time.
func TestMatrixJudgesNothing(t *testing.T) {
	short := fixture.Planted(2, fixture.Workload{Ns: []float64{40, 50}, Ops: 2})
	if got, want := cells(testrun.Load(t, short.Write(t)), 0), "tie [0 : 0], tie [1 : 1], buddy [1 : 2], too short to time []"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// The card, the matrix and the curves speak of one builder.
func TestOneBuilder(t *testing.T) {
	f := fixture.Pair1(2)
	dir := f.WithCurves(t, "BenchmarkSweep/strategy=buddy/hole=1MiB/size=1MiB/builder=worstcase-2 10 90 ns/table 1 segs/table\n")
	fixture.Append(t, dir, "BenchmarkSGTable/strategy=buddy/workload=wa/builder=worstcase-2 10 90 ns/table 90 ns/seg 7 segs/table\n"+
		"BenchmarkSGTable/strategy=rangemgr/workload=wa/builder=worstcase-2 10 90 ns/table 90 ns/seg 5 segs/table\n")
	r := testrun.Load(t, dir)
	if r.Builder != "worstcase" || len(r.Builders) != 2 {
		t.Fatalf("builder %s of %v", r.Builder, r.Builders)
	}
	if got := cells(r, 0); !strings.Contains(got, "rangemgr [7 : 5]") {
		t.Errorf("the matrix has other tables: %s", got)
	}
	c, ok := sgCard(r)
	if !ok || !strings.Contains(string(c.Head), "builder worstcase") || !strings.HasPrefix(string(c.Body), "Fragmentation adds") {
		t.Errorf("card %q, %q", c.Head, c.Body)
	}
	if got := words.HolesCaption(r.Strategies, r.Workloads, r.Curves.Holes.Builder()); !strings.HasPrefix(string(got), "Controlled sweep, tables by builder worstcase: ") {
		t.Errorf("caption %q", got)
	}
}

// Without tables of the curves the builder is the first that the run was given.
func TestFirstBuilder(t *testing.T) {
	f := fixture.Pair1(2)
	f.Meta += "# builders: worstcase grow\n"
	dir := f.Write(t)
	fixture.Append(t, dir, "BenchmarkSGTable/strategy=buddy/workload=wa/builder=worstcase-2 10 90 ns/table 90 ns/seg 7 segs/table\n")
	if r := testrun.Load(t, dir); r.Builder != "worstcase" || len(r.Builders) != 2 {
		t.Errorf("builder %s of %v", r.Builder, r.Builders)
	}
}
