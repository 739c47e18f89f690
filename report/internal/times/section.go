// Package times is the section of times: a table for each unit with a forest plot,
// tails, what strategies counted, and the course of times over the rounds of the run.
package times

import (
	_ "embed"
	"html/template"

	"github.com/vramlab/vramlab/report/internal/judge"
	"github.com/vramlab/vramlab/report/internal/section"
	"github.com/vramlab/vramlab/report/internal/theme"
	"github.com/vramlab/vramlab/report/internal/words"
)

//go:embed times.html
var timesHTML string

// Section is the times of operations.
var Section = section.Section{
	ID:       "times",
	Title:    "Times",
	Template: timesHTML,
	Make:     section.Maker(makeTimesSection),
}

// timesSection are the times of operations, their tails, and what was counted.
type timesSection struct {
	Heading  template.HTML
	Note     string
	Times    timesTable
	More     []timesTable
	Effects  tailTable
	Work     workTable
	Tails    tailTable
	Drift    drift
	Calls    callsPart
	Hardware tailTable
	Evidence evidencePart
}

func makeTimesSection(in judge.Run) (p timesSection, err error) {
	p.Heading = theme.Markup(in.Strategies, words.TimesHeading(in.Strategies, in.Times, in.Verdicts))
	if p.Times, err = mainTimes(in.Strategies, in.Times, in.Verdicts); err != nil {
		return p, err
	}
	if p.More, err = moreTimes(in.Strategies, in.Times, in.Verdicts, in.Builders); err != nil {
		return p, err
	}
	if p.Evidence, err = makeEvidence(in); err != nil {
		return p, err
	}
	p.Effects = makeEffects(in.Strategies, p.Times.rows)
	if p.Calls, err = makeCalls(in); err != nil {
		return p, err
	}
	p.Hardware = makeHardware(in.Strategies, in.Workloads, in.Facts)
	p.Work = makeWork(in.Strategies, in.Workloads)
	p.Tails = makeTails(in)
	if p.Drift, err = makeDrift(in); err != nil {
		return p, err
	}
	p.Note = words.TimesNote(in.Strategies, in.Times, in.Curves.Harness, p.Times.any())
	return p, nil
}
