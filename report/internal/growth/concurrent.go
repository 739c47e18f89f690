package growth

import (
	_ "embed"

	"github.com/vramlab/vramlab/bench/schema"
	"github.com/vramlab/vramlab/report/internal/chart"
	"github.com/vramlab/vramlab/report/internal/judge"
	"github.com/vramlab/vramlab/report/internal/list"
	"github.com/vramlab/vramlab/report/internal/rundir"
	"github.com/vramlab/vramlab/report/internal/section"
	"github.com/vramlab/vramlab/report/internal/text"
	"github.com/vramlab/vramlab/report/internal/theme"
	"github.com/vramlab/vramlab/report/internal/words"
)

//go:embed concurrent.html
var concurrentHTML string

// Concurrency is what several goroutines gain.
var Concurrency = section.Section{
	ID:       "concurrent",
	Title:    "Concurrency",
	Template: concurrentHTML,
	Alone:    true,
	Make:     section.Maker(makeConcurrentSection),
}

// concurrentSection is what several goroutines gain.
type concurrentSection struct {
	section.Head
	Legend  []section.LegendItem
	Unmoved bool // some points have no line between them
	Table   concurrentTable
}

func makeConcurrentSection(in judge.Run) (p concurrentSection, err error) {
	numbers, locks := judge.Goroutines(in.Strategies, in.Curves.Concurrent)
	if len(numbers) == 0 {
		p.Head = section.Head{Heading: "Several goroutines at once were not measured",
			Missing: section.LacksSynthetic("concurrent replays", schema.Concurrent, in.Facts)}
		return p, nil
	}
	p.Head = section.Head{
		Heading: theme.Markup(in.Strategies, words.ConcurrentHeading(in.Strategies, in.Times.Self, in.Curves.Concurrent)),
		How:     "All goroutines allocate and free in one region. Throughput: the operations of all of them in the wall time.",
		Note:    words.ConcurrentNote(in.Strategies, in.Facts, in.Curves.Concurrent, in.Curves.Crossing, numbers),
	}
	for i, lock := range locks {
		p.Legend = append(p.Legend, section.LegendItem{Kind: []string{"dash", "line", "dotted"}[i%3], Class: "inked", Text: lock + nonEmptyDoc(words.LockWords[lock].Doc)})
	}
	p.Table = makeConcurrent(in.Strategies, in.Times.Self, in.Curves.Concurrent)
	p.Figure, err = concurrentFigure(in.Strategies, in.Times.Self, in.Curves.Concurrent, numbers, locks)
	if p.Figure.Wide == "" {
		p.Legend = nil // of lines
	}
	for _, pn := range []concurrentPanel{throughputPanel(in.Strategies, in.Curves.Concurrent), latencyPanel(in.Strategies, in.Curves.Concurrent)} {
		for _, l := range concurrentLines(in.Strategies, in.Times.Self, in.Curves.Concurrent, pn, numbers, locks) {
			p.Unmoved = p.Unmoved || !l.moves && chart.Drawn(l.points)
		}
	}
	return p, err
}

// concurrentTable shows throughput by goroutines, and the latency of single
// calls with most of them.
type concurrentTable struct {
	Numbers []string
	Most    string
	Grown   string // head of the ratio, empty when there is one number
	Rows    []concurrentRow
}

type concurrentRow struct {
	Name, Class string // of the strategy, in its first row
	Lock        string
	Cells       []valueSpread
	Gain        string
	Tails       []string
}

type valueSpread struct{ Value, Spread string }

func makeConcurrent(names list.Names, self *judge.SelfTest, concurrent rundir.Concurrent) concurrentTable {
	numbers, locks := judge.Goroutines(names, concurrent)
	lo, hi := numbers[0], numbers[len(numbers)-1]
	t := concurrentTable{Most: text.Plural(float64(hi), "goroutine", "goroutines")}
	for _, n := range numbers {
		t.Numbers = append(t.Numbers, text.Count(n))
	}
	if lo < hi {
		t.Grown = "from " + text.Count(lo) + " to " + text.Count(hi)
	}
	for s, name := range names {
		for _, lock := range locks {
			row := concurrentRow{Name: name, Class: theme.Class(s), Lock: lock}
			any := false
			for _, n := range numbers {
				c := concurrent.Of(names[s], lock, n)
				any = any || c != nil
				row.Cells = append(row.Cells, throughputOf(c))
			}
			row.Gain = gainText(names, self, concurrent, s, lock, lo, hi)
			row.Tails = tailsOf(concurrent.Of(names[s], lock, hi))
			if any {
				t.Rows = append(t.Rows, row)
				name = "" // once for its rows
			}
		}
	}
	return t
}

func gainText(names list.Names, self *judge.SelfTest, concurrent rundir.Concurrent, s int, lock string, lo, hi int) string {
	times, told, ok := judge.Gain(self, concurrent.Of(names[s], lock, lo), concurrent.Of(names[s], lock, hi))
	switch {
	case !ok:
		return text.None
	case !told:
		return "no detectable change"
	}
	return words.Round2Text(times) + "×"
}

// throughputOf is a cell of the table, in millions of operations a second.
func throughputOf(c *rundir.ConcurrentCell) valueSpread {
	if c == nil {
		return valueSpread{text.None, ""}
	}
	_, spread := words.TimeText(c.Op)
	return valueSpread{text.Digits3(c.PerSecond() / 1e6), spread}
}

func tailsOf(c *rundir.ConcurrentCell) []string {
	if c == nil {
		return []string{text.None, text.None, text.None}
	}
	var out []string
	for _, times := range [][]float64{c.P50, c.P99, c.P999} {
		phrase, _ := words.TimeText(times)
		out = append(out, phrase)
	}
	return out
}

func nonEmptyDoc(doc string) string {
	if doc == "" {
		return ""
	}
	return ": " + doc
}
