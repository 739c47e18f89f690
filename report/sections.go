package report

import (
	"fmt"
	"html/template"
)

func (r *Run) fillSweep(p *page, _ []Verdict) error {
	lines := sweepLines(r.strategies, r.curves.sweep)
	if len(lines) == 0 {
		p.Sweep = section{Heading: "What an sg table costs was not swept",
			Missing: "This run has no controlled sweep (curves.bench holds no BenchmarkSweep lines)."}
		return nil
	}
	f := findSweep(lines)
	p.Sweep = section{
		Heading: markup(r.strategies, f.heading()),
		How:     "Time to build one table from granted blocks against how broken up free memory is. Left: one huge hole. Right: single free pages.",
		Note:    r.strategies.plain(sweepCaption(r.strategies, r.workloads)),
	}
	for _, s := range f.refuse {
		p.Legend = append(p.Legend, legendItem{"thick", class(s), r.strategies[s] + ", until × where it starts to refuse"})
	}
	for _, s := range f.scatter {
		p.Legend = append(p.Legend, legendItem{"line", class(s), r.strategies[s] + ", median; band to p99"})
	}
	for s := range r.strategies {
		if len(ends(r.workloads, s)) > 0 {
			p.Legend = append(p.Legend, legendItem{"rug", class(s), "where " + r.strategies[s] + "'s workloads ended"})
		}
	}
	p.Ends = endsTable(r.strategies, r.workloads)
	var err error
	p.Sweep.Figure, err = sweepFigure(r.strategies, r.workloads, lines)
	return err
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

func (r *Run) fillTimes(p *page, all []Verdict) (err error) {
	p.TimesHead = markup(r.strategies, timesHeading(r.strategies, all))
	if p.Times, err = mainTimes(r.strategies, r.workloads, r.times.Self, all); err != nil {
		return err
	}
	if p.More, err = moreTimes(r.strategies, r.workloads, r.builders); err != nil {
		return err
	}
	p.Work = makeWork(r.strategies, r.workloads)
	p.Tails = makeTails(r.strategies, r.workloads)
	p.TimesNote = timesNote(r.strategies, r.times, r.curves.harness)
	return nil
}

func (r *Run) fillSeries(p *page, _ []Verdict) (err error) {
	focus := seriesFocus(r.strategies, r.workloads)
	if focus == nil {
		p.Series = section{Heading: "How free memory breaks up was not sampled",
			Missing: "This run has no series (curves.bench holds no BenchmarkSeries lines)."}
		return nil
	}
	p.Series = section{
		Heading: markup(r.strategies, seriesHeading(r.strategies, focus)),
		How:     focus.title + withFacts(focus) + ". A 2 MiB page is lost as soon as one small block sits in it; a request in one piece is lost when the largest hole is smaller.",
		Note:    "Sampled between operations, outside the timed parts. At the right the mean of the last tenth.",
	}
	if len(r.strategies) > 2 {
		for s, name := range r.strategies {
			p.SeriesLegend = append(p.SeriesLegend, legendItem{"line", class(s), name})
		}
	}
	if _, any := refusedPanel(r.strategies, focus, samplesNarrow); !any {
		p.Series.Note += " Nothing was refused."
	}
	if p.Series.Figure, err = seriesFigure(r.strategies, focus, "series"); err != nil {
		return err
	}
	p.Others, err = otherSeries(r.strategies, r.workloads, focus)
	return err
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
func otherSeries(names Names, workloads []*workload, focus *workload) ([]section, error) {
	var out []section
	for i, w := range workloads {
		if w == focus || lastOp(names, w) == 0 {
			continue
		}
		f, err := smallSeries(names, w, fmt.Sprintf("series-%d", i))
		if err != nil {
			return nil, err
		}
		out = append(out, section{Heading: template.HTML(template.HTMLEscapeString(w.title)), How: w.facts(true), Figure: f})
	}
	return out, nil
}

func withFacts(w *workload) string {
	if f := w.facts(true); f != "" {
		return ", " + f
	}
	return ""
}

func (r *Run) fillMap(p *page, _ []Verdict) error {
	focus := focus(r.strategies, r.workloads)
	var movies []*movie
	if focus != nil {
		movies = shootAll(r.strategies, r.warnings, focus)
	}
	if len(movies) == 0 {
		p.Map = section{Heading: "Where blocks sit was not recorded",
			Missing: "This run has no placement traces with operations (placements/ is empty or could not be read)."}
		return nil
	}
	data, err := makeMap(r.strategies, focus, movies, mapBudget)
	if err != nil {
		return err
	}
	if p.MapData, err = data.encode(); err != nil {
		return err
	}
	g := movies[0].grid
	p.Cell = size(g.cell)
	p.LastOp = count(data.Ops)
	p.Map = section{
		Heading: markup(r.strategies, mapHeading(focus, movies)),
		How: fmt.Sprintf("%s%s. Left: the whole run, time across, address down. Right: the moment under the scrubber, one cell for each %s, %s to a row. Rows of left and right are the same addresses; on the left broken memory is drawn three times as strong.",
			focus.title, withFacts(focus), size(g.cell), count(g.columns)),
		Note: mapNote(r.workloads, focus, movies, data),
	}
	for i, m := range data.Maps {
		p.MapRows = append(p.MapRows, mapRow{m.Name, m.Class, m.Captions[data.Start], i})
	}
	p.Why = data.whys()
	return nil
}

// whys are the explanations shown until the script takes over: of the moment
// shown first, or of the first refusal. There are none when nothing was refused.
func (d mapData) whys() []whyBox {
	var out []whyBox
	any := false
	for _, m := range d.Maps {
		box := whyBox{Class: m.Class}
		if len(m.Why) > 0 {
			why := m.Why[max(m.Which[d.Start], 0)]
			box.Head, box.Body = why[0], why[1]
			any = true
		}
		out = append(out, box)
	}
	if !any {
		return nil
	}
	return out
}

// mapNote says what the map leaves out.
func mapNote(workloads []*workload, w *workload, movies []*movie, d mapData) string {
	note := plural(float64(len(d.At)), "moment", "moments") + " of " + operations(d.Ops) + "."
	if c := movies[0].grid.cell; c > largePage {
		note += " The region is too large for a cell each 2" + nbsp + "MiB page: a cell is " + size(c) + "."
	}
	if len(w.placed) > len(movies) {
		note += " Of the strategies the base and the one that refused or broke most are shown."
	}
	others := 0
	for _, o := range workloads {
		if o != w && o.anyPlacement() != nil {
			others++
		}
	}
	if others > 0 {
		note += " One workload is shown, the one where the strategies differ most in what they break and refuse; the placements of " + plural(float64(others), "other lies", "others lie") + " beside this page."
	}
	return note
}

func (r *Run) fillSizes(p *page, _ []Verdict) (err error) {
	focus := focus(r.strategies, r.workloads)
	if focus == nil || focus.anyPlacement().requests == 0 {
		p.Sizes = section{Heading: "Sizes were not recorded", Missing: "This run has no placement traces with requests."}
		return nil
	}
	p.Sizes = section{
		Heading: markup(r.strategies, sizesHeading(r.strategies, focus)),
		How:     focus.title + withFacts(focus) + ". Classes are powers of two: a bar at 64K counts what is 64 KiB or more and less than 128 KiB.",
	}
	p.SizesRows = sizesTable(r.strategies, r.workloads)
	p.Sizes.Figure, err = sizesFigure(r.strategies, focus)
	return err
}

func (r *Run) fillCPU(p *page, _ []Verdict) error {
	focus := focus(r.strategies, r.workloads)
	if focus == nil {
		focus = r.workloads[0]
	}
	lives := lives(r.strategies, r.builders, focus)
	p.CPU = section{
		Heading: markup(r.strategies, cpuHeading(focus, lives)),
		How:     focus.title + ". One allocation: granting it, building its sg table, freeing it. Width is nanoseconds, the same scale for all.",
	}
	if len(lives) == 0 {
		p.CPU.How = ""
		p.CPU.Missing = "This run has no times of allocations and frees apart."
	}
	p.Lives = lifeBoxes(r.strategies, lives)
	flames := readFlames(r.dir, r.strategies, r.workloads, r.warnings, focus)
	p.Flames = flameBoxes(r.strategies, flames)
	p.FlameNote = flameNote(flames, focus)
	return nil
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
