package report

import _ "embed"

//go:embed page/sg.html
var sgHTML string

// HolesSection is what an sg table costs where every hole has one size.
var HolesSection = Section{
	ID:       "sg",
	Title:    "sg tables",
	Template: sgHTML,
	Make:     maker(makeHoles),
}

// holeSection is what building a table costs as free memory breaks up.
type holeSection struct {
	Head
	Legend     []legendItem
	Ends       []endsRow
	Strategies []strategyHead
}

func makeHoles(in In) (p holeSection, err error) {
	lines := sweepLines(in.strategies, in.curves.sweep)
	if len(lines) == 0 {
		p.Head = Head{Heading: "What an sg table costs was not swept",
			Missing: "This run has no controlled sweep (curves.bench holds no BenchmarkSweep lines)."}
		return p, nil
	}
	f := findSweep(lines)
	p.Head = Head{
		Heading: markup(in.strategies, f.heading()),
		How:     "Time to build one table from granted blocks against how broken up free memory is. Left: one huge hole. Right: single free pages.",
		Note:    in.strategies.plain(sweepCaption(in.strategies, in.workloads)),
	}
	for _, s := range f.refuse {
		p.Legend = append(p.Legend, legendItem{"thick", class(s), in.strategies[s] + ", until × where it starts to refuse"})
	}
	for _, s := range f.scatter {
		p.Legend = append(p.Legend, legendItem{"line", class(s), in.strategies[s] + ", median; band to p99"})
	}
	for s := range in.strategies {
		if len(ends(in.workloads, s)) > 0 {
			p.Legend = append(p.Legend, legendItem{"rug", class(s), "where " + in.strategies[s] + "'s workloads ended"})
		}
	}
	p.Strategies = heads(in.strategies)
	p.Ends = endsTable(in.strategies, in.workloads)
	p.Figure, err = sweepFigure(in.strategies, in.workloads, lines)
	return p, err
}

// endsTable lists the mean hole sizes behind the strokes of the key picture.
func endsTable(names Names, workloads []*workload) []endsRow {
	var out []endsRow
	for _, w := range workloads {
		if w.anyPlacement() == nil {
			continue
		}
		row := endsRow{Title: w.title}
		for s := range names {
			text := none
			if p := w.placement(s); p != nil {
				text = size(toBytes(p.end.meanLen))
			}
			row.Values = append(row.Values, text)
		}
		out = append(out, row)
	}
	return out
}

type endsRow struct {
	Title  string
	Values []string
}
