package bench

import (
	"time"

	"github.com/vramlab/vramlab/bench/internal/experiment"
	"github.com/vramlab/vramlab/bench/internal/meter"
	"github.com/vramlab/vramlab/bench/internal/result"
	"github.com/vramlab/vramlab/bench/schema"
)

// A cell is one thing that is measured, and the file for its lines.
type cell struct {
	experiment.Cell
	file *result.File
}

// cells lists the cells of a round. The order is that of the matrix; the schedule
// shuffles it.
func (r *runner) cells(l *lanes) []cell {
	var cells []cell
	for _, s := range r.subjects {
		cells = append(cells,
			line(r.results, s.Name(), func() (result.Line, error) { return l.allocFree(s) }),
			line(r.results, s.Name()+", again", func() (result.Line, error) { return l.alias(s) }))
		for i, b := range r.Builders {
			if s.Lists.Len() == 0 {
				r.done += r.Count // nothing granted, no table to build
				continue
			}
			name := s.FullName(schema.SGTable, schema.Labels{schema.Builder: b.Name})
			c := &meter.TableCell{Lists: &s.Lists, Builder: b}
			cells = append(cells, line(r.results, "tables of "+s.Name(), func() (result.Line, error) {
				return l.sgTable(name, c, s.Segs[i].Mean(), r.tableTime()), nil
			}))
		}
	}
	for _, load := range r.loads {
		live := nullLive(load)
		cells = append(cells, line(r.curves, "harness on "+load.Name, func() (result.Line, error) { return l.harness(load, live) }))
	}
	for _, c := range r.experiments {
		cells = append(cells, cell{c, r.curves})
	}
	return cells
}

// line is a cell whose samples are one line each.
func line(file *result.File, what string, sample func() (result.Line, error)) cell {
	return cell{experiment.Cell{What: what, Sample: func() ([]result.Line, error) {
		line, err := sample()
		return []result.Line{line}, err
	}}, file}
}

// nCells is the number of cells if every subject grants something.
func (r *runner) nCells() int {
	return len(r.subjects)*(2+len(r.Builders)) + len(r.Workloads) + len(r.experiments)
}

// tableTime is the time of one sample of tables. A tenth of the time of the replays is
// enough for a hundred passes over all tables.
func (r *runner) tableTime() time.Duration { return r.SampleTime / 10 }

// plan is the budget of the run; replays is the time of one replay of every subject.
func (r *runner) plan(replays time.Duration) budget {
	b := budget{
		end:   r.began.Add(r.Budget),
		limit: r.SampleTime,
		lanes: 2*len(r.subjects) + len(r.loads),
		// Two warm-ups, two passes with a clock at twice the time, and the drains.
		fixed: 7*replays + time.Duration(len(r.subjects)*len(r.Builders))*r.tableTime(),
	}
	if r.Profile {
		b.end = b.end.Add(-time.Duration(len(r.Strategies)) * r.profileFor)
	}
	for _, c := range r.experiments {
		if !c.Beside {
			b.fixed += c.Took
		}
	}
	return b
}
