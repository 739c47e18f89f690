package times

import (
	"math"

	"github.com/vramlab/vramlab/bench/schema"
	"github.com/vramlab/vramlab/report/internal/judge"
	"github.com/vramlab/vramlab/report/internal/list"
	"github.com/vramlab/vramlab/report/internal/rundir"
	"github.com/vramlab/vramlab/report/internal/text"
	"github.com/vramlab/vramlab/report/internal/theme"
	"github.com/vramlab/vramlab/report/internal/words"
)

// makeHardware has a row for every workload on which the processor counted something of a
// strategy, and in it a line for each that it did so for.
func makeHardware(names list.Names, workloads []*rundir.Workload, facts rundir.Facts) tailTable {
	t := tailTable{Note: "Counted in user space over replays of their own, which are not timed; medians over the samples. In brackets: did less work, not compared."}
	if note := facts.Value(schema.FactHardware); note != "" {
		t.Note += " Counters: " + note + "."
	}
	for _, w := range workloads {
		row := tailRow{Title: w.Title}
		same := judge.Equal(w, len(names), judge.Own)
		for s, name := range names {
			line := tailLine{Name: name, Class: theme.Class(s)}
			any := false
			for _, v := range hardwareValues(w, s) {
				any = any || !math.IsNaN(v)
				line.Values = append(line.Values, words.Bracketed(same, s, text.Digits3(v)))
			}
			if any {
				row.Lines = append(row.Lines, line)
			}
		}
		if len(row.Lines) > 0 {
			t.Rows = append(t.Rows, row)
		}
	}
	return t
}

// hardwareValues are a line of the table: instructions, cycles, instructions in a cycle, and
// misses.
func hardwareValues(w *rundir.Workload, s int) []float64 {
	insns, cycles := w.Hardware(schema.InsnsPerOp, s), w.Hardware(schema.CyclesPerOp, s)
	each := math.NaN()
	if cycles > 0 {
		each = insns / cycles
	}
	return []float64{insns, cycles, each, w.Hardware(schema.CacheMissPerOp, s), w.Hardware(schema.BranchMissPerOp, s)}
}
