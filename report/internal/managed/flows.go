package managed

import (
	"cmp"
	"math"
	"slices"

	"github.com/vramlab/vramlab/bench/schema"
	"github.com/vramlab/vramlab/report/internal/list"
	"github.com/vramlab/vramlab/report/internal/rundir"
	"github.com/vramlab/vramlab/report/internal/text"
	"github.com/vramlab/vramlab/report/internal/theme"
)

// flows are what moved between the regions of a device that has several.
type flows struct {
	Strategies []column
	Pressures  []string
	Main       []flowGroup // as many workloads as are in sight above
	Others     []flowGroup
}

// column is the head of a strategy's column.
type column struct{ Name, Class string }

// flowGroup is a workload.
type flowGroup struct {
	Title string
	Rows  []flowRow
}

// flowRow is a pair of regions, or the lock of one.
type flowRow struct {
	From, To string     // To is empty for a lock
	Cells    []flowCell // by pressure and strategy; of a lock only those of the first pressure
}

// flowCell is what moved, and of that what a better placement would have spared, or hold times.
type flowCell struct{ Moved, Spared string }

// flowsOf are the flows of all workloads that have any, shown of them in sight.
func flowsOf(names list.Names, workloads []*rundir.Workload, pressures []int, shown int) (out flows) {
	for _, w := range workloads {
		if g := flowGroupOf(names, w, pressures); len(g.Rows) > 0 {
			out.Main = append(out.Main, g)
		}
	}
	for s, name := range names {
		out.Strategies = append(out.Strategies, column{name, theme.Class(s)})
	}
	for _, p := range pressures {
		out.Pressures = append(out.Pressures, text.Percent(float64(p)))
	}
	n := min(shown, len(out.Main))
	out.Main, out.Others = out.Main[:n:n], out.Main[n:]
	return out
}

// nearer compares two regions by how far they are from the GPU: VRAM or its tiles, the GTT,
// system memory.
func nearer(a, b string) int {
	far := map[string]int{"gtt": 1, "system": 2}
	return cmp.Or(far[a]-far[b], cmp.Compare(a, b))
}

// flowGroupOf are the rows of a workload: its pairs of regions, then the locks.
func flowGroupOf(names list.Names, w *rundir.Workload, pressures []int) flowGroup {
	g := flowGroup{Title: w.Title}
	var pairs [][2]string
	var regions []string
	for s := range names {
		for _, p := range pressures {
			for _, f := range w.Flows[rundir.ManagedKey{Strategy: s, Pressure: p}] {
				pairs = append(pairs, [2]string{f.From, f.To})
				regions = append(regions, f.From)
			}
		}
	}
	slices.SortFunc(pairs, func(a, b [2]string) int { return cmp.Or(nearer(a[0], b[0]), nearer(a[1], b[1])) })
	slices.SortFunc(regions, nearer)
	for _, pair := range slices.Compact(pairs) {
		r := flowRow{From: pair[0], To: pair[1]}
		for _, p := range pressures {
			for s := range names {
				r.Cells = append(r.Cells, flowCellOf(w, rundir.ManagedKey{Strategy: s, Pressure: p}, pair))
			}
		}
		g.Rows = append(g.Rows, r)
	}
	for _, region := range slices.Compact(regions) {
		r, any := flowRow{From: region}, false
		for s := range names {
			held := ""
			for _, op := range []string{schema.OpAlloc, schema.OpFree, schema.OpWalk} {
				if t := w.LockHeld(s, op, region); !math.IsNaN(t) {
					held += " · " + text.Duration(t)
					any = true
				} else {
					held += " · " + text.None
				}
			}
			r.Cells = append(r.Cells, flowCell{Moved: held[len(" · "):]})
		}
		r.Cells = append(r.Cells, make([]flowCell, len(names)*(len(pressures)-1))...)
		if any && region != "vram" { // whose lock the table of evictions has
			g.Rows = append(g.Rows, r)
		}
	}
	return g
}

// flowCellOf is what moved between two regions: 0 if others did, and a dash if nothing was
// counted of the strategy.
func flowCellOf(w *rundir.Workload, key rundir.ManagedKey, pair [2]string) flowCell {
	all, ok := w.Managed[key]
	if !ok {
		return flowCell{Moved: text.None}
	}
	list := w.Flows[key]
	i := slices.IndexFunc(list, func(f rundir.Flow) bool { return f.From == pair[0] && f.To == pair[1] })
	if i < 0 {
		return flowCell{Moved: "0"}
	}
	c := flowCell{Moved: percent(list[i].Bytes / all.Asked)}
	if list[i].Spared > 0 {
		c.Spared = percent(list[i].Spared / all.Asked)
	}
	return c
}
