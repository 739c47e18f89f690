// Package cpu is the section of where the time goes: the life of an allocation, and
// flame graphs of CPU profiles.
package cpu

import (
	_ "embed"
	"html/template"

	"github.com/vramlab/vramlab/report/internal/judge"
	"github.com/vramlab/vramlab/report/internal/rundir"
	"github.com/vramlab/vramlab/report/internal/section"
	"github.com/vramlab/vramlab/report/internal/theme"
)

//go:embed cpu.html
var cpuHTML string

//go:embed flame.css
var flameCSS string

//go:embed flame.js
var flameJS string

// Section is where the time goes.
var Section = section.Section{
	ID:       "cpu",
	Title:    "CPU",
	Template: cpuHTML,
	Style:    flameCSS,
	Script:   flameJS,
	Make:     section.Maker(makeCPU),
}

// cpuSection is where the time goes.
type cpuSection struct {
	section.Head
	Lives     []boxes
	Flames    []boxes
	FlameNote string
	FewNote   string
	Diff      *boxes
	DiffNote  string
	OnlyNote  string
	Data      template.JS
}

func makeCPU(in judge.Run) (s cpuSection, err error) {
	focus, same := workloadOf(in)
	lives := lives(same, in.Builder, focus)
	s.Head = section.Head{
		Heading: theme.Markup(in.Strategies, cpuHeading(lives, in.Times.Self.Failed)),
		How:     focus.Title + ". One allocation: granting it, building its sg table, freeing it. Width is nanoseconds, the same scale for all.",
	}
	if len(lives) == 0 {
		s.How = ""
		s.Missing = "On " + focus.Title + " no times are compared: that takes strategies that did the same work, and replays long enough to time, with allocations and frees apart."
	}
	s.Lives = lifeBoxes(in.Strategies, lives)
	p := readProfiles(in, focus)
	s.Flames, s.FlameNote, s.FewNote = p.boxes(in.Strategies), p.note(), p.fewNote(in.Strategies)
	s.DiffNote = p.diffNote(in.Strategies)
	if len(p.pairs) > 0 {
		first := p.pairs[0].boxes(in.Strategies, 1)
		s.Diff, s.OnlyNote = &first, p.pairs[0].onlyNote(in.Strategies, 0)
	}
	s.Data, err = p.data(in.Strategies)
	return s, err
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
