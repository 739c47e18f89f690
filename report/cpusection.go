package report

import (
	_ "embed"
	"fmt"
)

//go:embed page/cpu.html
var cpuHTML string

// CPUSection is where the time goes.
var CPUSection = Section{
	ID:       "cpu",
	Title:    "CPU",
	Template: cpuHTML,
	Make:     maker(makeCPU),
}

// cpuSection is where the time goes.
type cpuSection struct {
	Head
	Lives     []boxes
	Flames    []boxes
	FlameNote string
}

func makeCPU(in In) (p cpuSection, err error) {
	focus := focus(in.strategies, in.workloads)
	if focus == nil {
		focus = in.workloads[0]
	}
	lives := lives(in.strategies, in.builders, focus)
	p.Head = Head{
		Heading: markup(in.strategies, cpuHeading(focus, lives)),
		How:     focus.title + ". One allocation: granting it, building its sg table, freeing it. Width is nanoseconds, the same scale for all.",
	}
	if len(lives) == 0 {
		p.How = ""
		p.Missing = "This run has no times of allocations and frees apart."
	}
	p.Lives = lifeBoxes(in.strategies, lives)
	flames := readFlames(in.dir, in.strategies, in.workloads, in.warnings, focus)
	p.Flames = flameBoxes(in.strategies, flames)
	p.FlameNote = flameNote(flames, focus)
	return p, nil
}

// flameNote says what the flame graphs show, or how to get some.
func flameNote(flames []flame, focus *workload) string {
	if len(flames) == 0 {
		return "No CPU profiles in this run: run with -profile to see which functions the time goes to."
	}
	of, samples := "on "+focus.title, 0
	for _, f := range flames {
		samples += f.samples
		if f.whole {
			of = "on all workloads together"
		}
	}
	note := fmt.Sprintf("CPU profile %s, %s. Width is nanoseconds per operation, the same scale for all.", of, plural(float64(samples), "sample", "samples"))
	if len(flames) > 1 {
		note += " Tint: where this strategy spends more on a function's role than the other."
	}
	return note
}
