package memory

import (
	_ "embed"
	"math"
	"slices"

	"github.com/vramlab/vramlab/bench/schema"
	"github.com/vramlab/vramlab/report/internal/judge"
	"github.com/vramlab/vramlab/report/internal/list"
	"github.com/vramlab/vramlab/report/internal/rundir"
	"github.com/vramlab/vramlab/report/internal/section"
	"github.com/vramlab/vramlab/report/internal/stat"
	"github.com/vramlab/vramlab/report/internal/text"
	"github.com/vramlab/vramlab/report/internal/theme"
	"github.com/vramlab/vramlab/report/internal/words"
)

//go:embed defrag.html
var defragHTML string

// Defrag is what moves, eviction and waiting would have cost to grant requests in one piece.
var Defrag = section.Section{
	ID:       "defrag",
	Title:    "What compaction would cost",
	Template: defragHTML,
	Optional: true,
	Make:     section.Maker(makeDefrag),
}

// defragSection has a row of each workload, and the other moments folded.
type defragSection struct {
	section.Head
	Strategies   []section.StrategyHead
	Rows, Others []defragRow
}

// defragRow is a moment of a workload: what was asked for, and what it costs each strategy.
type defragRow struct {
	Title, Op, Asked string
	Costs            []defragCost
}

// defragCost is what it costs a strategy.
type defragCost struct{ Moves, Bound, Evict, After string }

func makeDefrag(in judge.Run) (p defragSection, err error) {
	for _, w := range in.Workloads {
		rows := defragRows(in.Strategies, w)
		if n := len(rows); n > 0 {
			p.Rows, p.Others = append(p.Rows, rows[n-1]), append(p.Others, rows[:n-1]...)
		}
	}
	if len(p.Rows) == 0 {
		p.Head = section.Head{Heading: "What compaction would cost was not counted",
			Missing: section.Lacks("moves and evictions", schema.Defrag) + "."}
		return p, nil
	}
	p.Strategies = section.Heads(in.Strategies)
	p.Head = section.Head{
		Heading: theme.Markup(in.Strategies, words.DefragHeading(in.Strategies, in.Workloads)),
		How: "Memory in one piece that one strategy refuses although all have as much free: 2" + text.NBSP + "MiB, or the next power of two. " +
			"Moves: bytes copied to make the place, the fewest found; a replay with the moves granted it. Evict: bytes that a manager as TTM's evicts for it, the oldest first. " +
			"After: operations until the stream makes the place itself, " + text.None + " where it is not known to.",
		Note: "Exact counts, at the last moment of each workload that has such a request. ≥: no moves copy less; where nothing stands beside the bytes moved, they are the optimum. " +
			"An object asked for in one piece moves whole, others only where they are in the way.",
	}
	return p, nil
}

// defragRows are the moments of a workload, ascending.
func defragRows(names list.Names, w *rundir.Workload) (rows []defragRow) {
	var ops []int
	for s := range names {
		for _, d := range w.Defrag[s] {
			ops = append(ops, d.Op)
		}
	}
	slices.Sort(ops)
	for _, op := range slices.Compact(ops) {
		row := defragRow{Title: w.Title, Op: text.Count(op)}
		for s := range names {
			i := slices.IndexFunc(w.Defrag[s], func(d rundir.Defrag) bool { return d.Op == op })
			if i < 0 {
				row.Costs = append(row.Costs, defragCost{Moves: text.None, Evict: text.None, After: text.None})
				continue
			}
			d := w.Defrag[s][i]
			row.Asked = bytesOf(d.Asked)
			row.Costs = append(row.Costs, costOf(d))
		}
		rows = append(rows, row)
	}
	return rows
}

// costOf are the texts of a cost.
func costOf(d rundir.Defrag) (c defragCost) {
	if d.Granted() {
		return defragCost{Moves: "granted", Evict: text.None, After: text.None}
	}
	switch {
	case !math.IsNaN(d.Moved):
		if c.Moves = bytesOf(d.Moved); d.Least < d.Moved {
			c.Bound = "≥" + text.NBSP + bytesOf(d.Least)
		}
	case !math.IsNaN(d.Least):
		c.Moves, c.Bound = "none found", "≥"+text.NBSP+bytesOf(d.Least)
	default:
		c.Moves = "impossible"
	}
	if c.Evict = bytesOf(d.Evicted); math.IsNaN(d.Evicted) {
		c.Evict = "no help"
	}
	if c.After = text.Exact(d.After); math.IsNaN(d.After) {
		c.After = text.None
	}
	return c
}

func bytesOf(v float64) string { return text.Size(stat.ToBytes(v)) }
