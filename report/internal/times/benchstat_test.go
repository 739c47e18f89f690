package times

import (
	"encoding/csv"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/vramlab/vramlab/bench/schema"
	"github.com/vramlab/vramlab/report/internal/fixture"
	"github.com/vramlab/vramlab/report/internal/judge"
	"github.com/vramlab/vramlab/report/internal/rundir"
	"github.com/vramlab/vramlab/report/internal/testrun"
	"github.com/vramlab/vramlab/report/internal/words"
)

// The numbers of the tables are those that benchstat prints for the same
// file: center, interval, difference, p and n, of every unit.
func TestEqualToBenchstat(t *testing.T) {
	goTool, err := exec.LookPath("go")
	if err != nil {
		t.Skip("no go command to run benchstat with")
	}
	f := fixture.Plain()
	f.Bare = true
	f.Noise = 0.02
	f.Loads = append(f.Loads, fixture.Workload{Name: "late", Ns: []float64{50, 50.9}})
	dir := f.Write(t)
	r := testrun.Load(t, dir)
	cmd := exec.Command(goTool, "tool", "benchstat", "-format", "csv", "-table", ".config,.name", "-row", "/workload", "-col", "/strategy", filepath.Join(dir, "run.bench"))
	var diag strings.Builder
	cmd.Stderr = &diag
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %v\n%s", cmd, err, diag.String())
	}
	checked := 0
	bench, unit := "", ""
	for _, row := range csvRows(t, out) {
		switch {
		case strings.HasPrefix(row[0], ".name: "):
			bench = strings.TrimPrefix(row[0], ".name: ")
		case len(row) > 2 && row[0] == "" && row[2] == "CI":
			unit = row[1]
		case len(row) >= 7 && r.Workload(row[0]) != nil:
			checkRow(t, r, bench, unit, row)
			checked++
		}
	}
	if want := 4 * (9 + 1 + 3); checked != want {
		t.Errorf("compared %d rows with benchstat, want %d\n%s", checked, want, out)
	}
}

func csvRows(t *testing.T, data []byte) [][]string {
	t.Helper()
	in := csv.NewReader(strings.NewReader(string(data)))
	in.FieldsPerRecord = -1
	rows, err := in.ReadAll()
	fixture.Must(t, err)
	return rows
}

// checkRow compares a row of benchstat with what the tables are made of.
func checkRow(t *testing.T, r judge.Run, bench, unit string, row []string) {
	t.Helper()
	w := r.Workload(row[0])
	builder := ""
	if bench == schema.SGTable.Name {
		builder = "grow"
	}
	cells := make([]*rundir.Cell, 2)
	for s := range cells {
		cells[s] = w.Cells[rundir.CellKey{Bench: schema.FindBench(bench), Builder: builder, Strategy: s, Unit: schema.FindUnit(unit)}]
		if cells[s] == nil {
			t.Fatalf("%s %s of %s on %s is missing", bench, unit, r.Strategies[s], w.Name)
		}
	}
	p := pairRowOf(cells, []int{0, 1}).pairs[1]
	a, b := cells[0].Sum, cells[1].Sum
	got := []string{
		fmt.Sprint(a.Center), a.PctRangeString(), fmt.Sprint(b.Center), b.PctRangeString(),
		p.Cmp.FormatDelta(a.Center, b.Center), p.Cmp.String(),
	}
	for i := range got {
		if got[i] != row[1+i] {
			t.Errorf("%s %s on %s, column %d: report has %s, benchstat %s", bench, unit, w.Name, i+1, got[i], row[1+i])
		}
	}
	if shown := words.Probability(p); !p.Base.IsExact && shown != row[6] {
		t.Errorf("%s %s on %s: the table shows %q, benchstat %q", bench, unit, w.Name, shown, row[6])
	}
}
