package report

import (
	_ "embed"
	"fmt"
	"html/template"
)

//go:embed page/fragmentation.html
var fragmentationHTML string

// FragmentationSection is how free memory breaks up.
var FragmentationSection = Section{
	ID:       "fragmentation",
	Title:    "Fragmentation",
	Template: fragmentationHTML,
	Make:     maker(makeSeries),
}

// seriesSection is how free memory breaks up over a run.
type seriesSection struct {
	Head
	Legend []legendItem
	Others []Head // of the workloads not in focus
}

func makeSeries(in In) (p seriesSection, err error) {
	focus := seriesFocus(in.strategies, in.workloads)
	if focus == nil {
		p.Head = Head{Heading: "How free memory breaks up was not sampled",
			Missing: "This run has no series (curves.bench holds no BenchmarkSeries lines)."}
		return p, nil
	}
	p.Head = Head{
		Heading: markup(in.strategies, seriesHeading(in.strategies, focus)),
		How:     focus.title + withFacts(focus) + ". A 2 MiB page is lost as soon as one small block sits in it; a request in one piece is lost when the largest hole is smaller.",
		Note:    "Sampled between operations, outside the timed parts. At the right the mean of the last tenth.",
	}
	if len(in.strategies) > 2 {
		for s, name := range in.strategies {
			p.Legend = append(p.Legend, legendItem{"line", class(s), name})
		}
	}
	if _, any := refusedPanel(in.strategies, focus, samplesNarrow); !any {
		p.Note += " Nothing was refused."
	}
	if p.Figure, err = seriesFigure(in.strategies, focus, "series"); err != nil {
		return p, err
	}
	p.Others, err = otherSeries(in.strategies, in.workloads, focus)
	return p, err
}

// seriesFocus is the workload in focus, or the first that has a series.
func seriesFocus(names Names, workloads []*workload) *workload {
	if w := focus(names, workloads); w != nil && lastOp(names, w) > 0 {
		return w
	}
	for _, w := range workloads {
		if lastOp(names, w) > 0 {
			return w
		}
	}
	return nil
}

// otherSeries are the small figures of the workloads not in focus.
func otherSeries(names Names, workloads []*workload, focus *workload) ([]Head, error) {
	var out []Head
	for i, w := range workloads {
		if w == focus || lastOp(names, w) == 0 {
			continue
		}
		f, err := smallSeries(names, w, fmt.Sprintf("series-%d", i))
		if err != nil {
			return nil, err
		}
		out = append(out, Head{Heading: template.HTML(template.HTMLEscapeString(w.title)), How: w.facts(true), Figure: f})
	}
	return out, nil
}
