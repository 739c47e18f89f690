// Package cpu is the section of where the time goes: the life of an allocation, and
// flame graphs of CPU profiles.
package cpu

import (
	_ "embed"
	"fmt"

	"github.com/vramlab/vramlab/report/internal/judge"
	"github.com/vramlab/vramlab/report/internal/rundir"
	"github.com/vramlab/vramlab/report/internal/section"
	"github.com/vramlab/vramlab/report/internal/text"
	"github.com/vramlab/vramlab/report/internal/theme"
)

//go:embed cpu.html
var cpuHTML string

// Section is where the time goes.
var Section = section.Section{
	ID:       "cpu",
	Title:    "CPU",
	Template: cpuHTML,
	Make:     section.Maker(makeCPU),
}

// cpuSection is where the time goes.
type cpuSection struct {
	section.Head
	Lives     []boxes
	Flames    []boxes
	FlameNote string
}

func makeCPU(in judge.Run) (p cpuSection, err error) {
	focus, same := workloadOf(in)
	lives := lives(same, in.Builder, focus)
	p.Head = section.Head{
		Heading: theme.Markup(in.Strategies, cpuHeading(lives, in.Times.Self.Failed)),
		How:     focus.Title + ". One allocation: granting it, building its sg table, freeing it. Width is nanoseconds, the same scale for all.",
	}
	if len(lives) == 0 {
		p.How = ""
		p.Missing = "On " + focus.Title + " no times are compared: that takes strategies that did the same work, and replays long enough to time, with allocations and frees apart."
	}
	p.Lives = lifeBoxes(in.Strategies, lives)
	flames := readFlames(in.Run, focus)
	compared := len(same) > 1 && !in.Times.Self.Silent()
	p.Flames = flameBoxes(in.Strategies, flames, compared)
	p.FlameNote = flameNote(flames, focus, compared)
	return p, nil
}

// flameNote says what the flame graphs show, or how to get some.
func flameNote(flames []flame, focus *rundir.Workload, compared bool) string {
	if len(flames) == 0 {
		return "No CPU profiles in this run: run with -profile to see which functions the time goes to."
	}
	of, samples, few := "on "+focus.Title, 0, false
	for _, f := range flames {
		samples += f.samples
		few = few || f.samples < enoughSamples
		if f.whole {
			of = "on all workloads together"
		}
	}
	note := fmt.Sprintf("CPU profile %s, %s. Width is nanoseconds per operation, the same scale for all.", of, text.Plural(float64(samples), "sample", "samples"))
	if few {
		note += fmt.Sprintf(" Fewer than %s samples of a strategy say only roughly how its time divides: its parts are counted in samples, not in nanoseconds.", text.Count(enoughSamples))
	}
	if len(flames) > 1 && compared {
		note += " Tint: where this strategy spends more on a function's role than the other."
	}
	return note
}

// workloadOf is the workload in focus or, where that compares no times, the first that
// does, with the strategies whose times are compared there.
func workloadOf(in judge.Run) (w *rundir.Workload, same []int) {
	focus := judge.Focus(in.Strategies, in.Workloads)
	if focus == nil {
		focus = in.Workloads[0]
	}
	for _, w := range append([]*rundir.Workload{focus}, in.Workloads...) {
		if same := in.Times.Comparable(w); len(same) >= min(2, len(in.Strategies)) {
			return w, same
		}
	}
	return focus, nil
}
