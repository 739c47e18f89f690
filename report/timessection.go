package report

import (
	_ "embed"
	"html/template"
)

//go:embed page/times.html
var timesHTML string

// OperationsSection is the times of operations.
var OperationsSection = Section{
	ID:       "times",
	Title:    "Times",
	Template: timesHTML,
	Make:     maker(makeTimesSection),
}

// timesSection are the times of operations, their tails, and what was counted.
type timesSection struct {
	Heading template.HTML
	Note    string
	Times   timesTable
	More    []timesTable
	Work    workTable
	Tails   tailTable
}

func makeTimesSection(in In) (p timesSection, err error) {
	p.Heading = markup(in.strategies, timesHeading(in.strategies, in.verdicts))
	if p.Times, err = mainTimes(in.strategies, in.workloads, in.times.Self, in.verdicts); err != nil {
		return p, err
	}
	if p.More, err = moreTimes(in.strategies, in.workloads, in.builders); err != nil {
		return p, err
	}
	p.Work = makeWork(in.strategies, in.workloads)
	p.Tails = makeTails(in.strategies, in.workloads)
	p.Note = timesNote(in.strategies, in.times, in.curves.harness)
	return p, nil
}
