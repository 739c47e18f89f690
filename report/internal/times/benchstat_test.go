package times

import (
	"context"
	"encoding/csv"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vramlab/vramlab/bench"
	"github.com/vramlab/vramlab/bench/schema"
	"github.com/vramlab/vramlab/report/internal/fixture"
	"github.com/vramlab/vramlab/report/internal/judge"
	"github.com/vramlab/vramlab/report/internal/rundir"
	"github.com/vramlab/vramlab/report/internal/testrun"
	"github.com/vramlab/vramlab/report/internal/words"
	"github.com/vramlab/vramlab/sgtable"
	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/strategies/buddy"
	"github.com/vramlab/vramlab/strategies/rangemgr"
	"github.com/vramlab/vramlab/workloads"
)

const readme = "../../../README.md"

// quoted are the benchstat commands of the README, split as a shell does.
func quoted(t *testing.T) (commands [][]string) {
	t.Helper()
	text, err := os.ReadFile(readme)
	fixture.Must(t, err)
	for _, m := range regexp.MustCompile(`(?m)^    (go tool benchstat .*)$`).FindAllStringSubmatch(string(text), -1) {
		var args []string
		for _, word := range regexp.MustCompile(`'[^']*'|\S+`).FindAllString(m[1], -1) {
			args = append(args, strings.Trim(word, "'"))
		}
		commands = append(commands, args)
	}
	if len(commands) < 3 {
		t.Fatalf("the README shows %d benchstat commands, want three", len(commands))
	}
	return commands
}

// benchstat runs a command of the README on dir instead of run-1, and wants no warning,
// neither of benchstat nor as a note below a table.
func benchstat(t *testing.T, dir string, command []string, more ...string) string {
	t.Helper()
	command = slices.Clone(command)
	for i, word := range command {
		if rest, ok := strings.CutPrefix(word, "run-1/"); ok {
			command[i] = filepath.Join(dir, rest)
		}
	}
	if _, err := exec.LookPath(command[0]); err != nil {
		t.Skip("no go command to run benchstat with")
	}
	cmd := exec.Command(command[0], slices.Insert(command[1:], 2, more...)...)
	var diag strings.Builder
	cmd.Stderr = &diag
	out, err := cmd.Output()
	if err != nil || diag.Len() > 0 {
		t.Fatalf("%v: %v\n%s", cmd, err, diag.String())
	}
	return string(out)
}

// A benchCell is what benchstat has of one row: of the first column, and of another and
// its difference to the first.
type benchCell struct {
	unit, row            string
	col, base            string
	center, ci           string
	otherCenter, otherCI string
	delta, p             string
}

// benchCells runs a command for its cells.
func benchCells(t *testing.T, dir string, command []string) (cells []benchCell) {
	t.Helper()
	in := csv.NewReader(strings.NewReader(benchstat(t, dir, command, "-format", "csv")))
	in.FieldsPerRecord = -1
	rows, err := in.ReadAll()
	fixture.Must(t, err)
	var cols, units []string
	for i, row := range rows {
		switch {
		case len(row) > 2 && row[0] == "" && row[2] == "CI":
			cols, units = rows[i-1], row
		case units != nil && len(row) >= 7 && row[0] != "" && row[0] != "geomean":
			for k := 3; k+3 < len(row); k += 4 {
				cells = append(cells, benchCell{units[1], row[0], cols[k], cols[1], row[1], row[2], row[k], row[k+1], row[k+2], row[k+3]})
			}
		}
	}
	return cells
}

// realRun is a run of two strategies and two builders, in a moment.
func realRun(t *testing.T) string {
	t.Helper()
	c := bench.Config{
		Dir: filepath.Join(t.TempDir(), "run"), Seed: 1, Ops: 2000, Count: 6, SampleTime: time.Millisecond,
		Strategies: []strategies.Strategy{buddy.Strategy, rangemgr.Strategy}, Builders: sgtable.Builders()[:2],
	}
	for _, name := range []string{"holes", "ageing", "vk_glmark2_resource"} {
		w, ok := workloads.Lookup(name)
		if !ok {
			t.Fatalf("no workload %s", name)
		}
		c.Workloads = append(c.Workloads, w)
	}
	for _, x := range bench.Experiments() {
		c.Skip = append(c.Skip, x.Name)
	}
	fixture.Must(t, bench.Run(context.Background(), c))
	return c.Dir
}

// The commands of the README run without a warning on a real run and on a made-up one, and
// print the numbers that the tables of the report are made of: center, interval,
// difference, p and n.
func TestEqualToBenchstat(t *testing.T) {
	t.Parallel()
	f := fixture.Plain()
	f.Bare = true
	f.Noise = 0.02
	f.Loads = append(f.Loads, fixture.Workload{Name: "late", Ns: []float64{50, 50.9}})
	for name, c := range map[string]struct {
		dir                 string
		workloads, builders int
	}{"real": {realRun(t), 3, 2}, "made up": {f.Write(t), 4, 1}} {
		r := testrun.Load(t, c.dir)
		var checked [3]int // by command: of times, of tables, of lanes
		for i, command := range quoted(t) {
			if out := benchstat(t, c.dir, command); strings.ContainsAny(out, "¹²³⁴⁵") || !strings.Contains(out, " vs base ") || strings.Contains(out, "warning") {
				t.Errorf("%s: %q has notes:\n%s", name, command, out)
			}
			for _, cell := range benchCells(t, c.dir, command) {
				checkCell(t, r, cell)
				checked[i]++
			}
		}
		if want := [3]int{c.workloads * 3, c.workloads * c.builders * 3, c.workloads * 2}; checked != want {
			t.Errorf("%s: compared %d cells with benchstat, want %d in\n%s", name, checked, want, benchstat(t, c.dir, quoted(t)[0]))
		}
	}
}

// checkCell compares a cell of benchstat with what the tables are made of.
func checkCell(t *testing.T, r judge.Run, cell benchCell) {
	t.Helper()
	at := strings.Fields(cell.row) // workload, and builder or strategy
	w := r.Workload(at[0])
	if w == nil {
		t.Fatalf("no workload %s", at[0])
	}
	find := func(col string) *rundir.Cell {
		unit := schema.FindUnit(cell.unit)
		if b := schema.FindBench(col); b != nil { // a lane
			return w.Cell(b, unit, r.Strategies.Index(at[1]))
		}
		k := rundir.CellKey{Bench: schema.AllocFree, Strategy: r.Strategies.Index(col), Unit: unit}
		if len(at) > 1 {
			k.Bench, k.Builder = schema.SGTable, at[1]
		}
		return w.Cells[k]
	}
	base, other := find(cell.base), find(cell.col)
	if base == nil || other == nil {
		t.Fatalf("%+v: the report has no such cell", cell)
	}
	p := pairRowOf([]*rundir.Cell{base, other}, []int{0, 1}).pairs[1]
	a, b := base.Sum, other.Sum
	got := benchCell{
		cell.unit, cell.row, cell.col, cell.base,
		fmt.Sprint(a.Center), a.PctRangeString(), fmt.Sprint(b.Center), b.PctRangeString(),
		p.Cmp.FormatDelta(a.Center, b.Center), p.Cmp.String(),
	}
	if got != cell {
		t.Errorf("the report has\n%+v, benchstat\n%+v", got, cell)
	}
	if shown := words.Probability(p); !p.Base.IsExact && shown != cell.p {
		t.Errorf("%+v: the table shows %q", cell, shown)
	}
}

// The report is stricter than benchstat: of two strategies whose difference benchstat
// marks ~ it calls neither faster.
func TestCallsNoMoreThanBenchstat(t *testing.T) {
	t.Parallel()
	called, held := 0, 0
	for seed := range uint64(2) {
		var loads []fixture.Workload
		for i := range 12 {
			loads = append(loads, fixture.Workload{Ns: []float64{100, 100 * (1 + 0.004*float64(i))}})
		}
		f := fixture.Planted(2, loads...)
		f.Bare, f.Noise, f.Seed = true, 0.02, 11+seed
		for i := range f.Loads {
			f.Loads[i].Name = fmt.Sprint("w", i)
		}
		dir := f.Write(t)
		r := testrun.Load(t, dir)
		for _, cell := range benchCells(t, dir, quoted(t)[0]) {
			i := slices.IndexFunc(r.Verdicts, func(v judge.Verdict) bool { return v.Workload.Name == cell.row })
			switch won := r.Verdicts[i].Kind == judge.Win; {
			case schema.FindUnit(cell.unit) != schema.NsPerOp:
			case cell.delta == "~" && won:
				t.Errorf("%+v: the report calls the difference", cell)
			case cell.delta == "~":
				held++
			case won:
				called++
			}
		}
	}
	if called == 0 || held == 0 {
		t.Errorf("the report calls %d differences, benchstat finds none %d times: the test shows nothing", called, held)
	}
}
