package bench

import (
	"context"
	"fmt"
	"time"

	"github.com/vramlab/vramlab/bench/internal/experiment"
	"github.com/vramlab/vramlab/bench/internal/meter"
	"github.com/vramlab/vramlab/bench/internal/result"
	"github.com/vramlab/vramlab/bench/schema"
)

// A cell is one thing that is measured.
type cell struct {
	experiment.Cell
	name   string        // of its benchmark, which a process of its own can measure; "" for those of experiments
	expect time.Duration // a sample, without the replays whose time the budget gives
	timed  bool          // it has such replays
}

// cells lists the cells of a round. The order is that of the matrix; the schedule
// shuffles it.
func (r *runner) cells(l *lanes) []cell {
	var cells []cell
	for i, s := range r.subjects {
		once := time.Duration(0)
		if i < len(r.rehearsed) {
			once = r.rehearsed[i]
		}
		cells = append(cells,
			cell{Cell: experiment.Cell{What: s.Name(), Sample: func() ([]result.Line, error) { return l.allocFree(s) }}, name: s.FullName(schema.AllocFree, nil)}.timing(time.Duration(mainReplays*float64(once))),
			line(s.Name()+", again", s.FullName(schema.AA, nil), func() (result.Line, error) { return l.alias(s) }).timing(time.Duration((roundReplays-mainReplays)*float64(once))))
		for i, b := range r.Builders {
			if s.Lists.Len() == 0 {
				r.done += r.Count // nothing granted, no table to build
				continue
			}
			name := s.FullName(schema.SGTable, schema.Labels{schema.Builder: b.Name})
			c := &meter.TableCell{Lists: &s.Lists, Builder: b}
			tables := line("tables of "+s.Name(), name, func() (result.Line, error) {
				return l.sgTable(name, c, s.Segs[i].Mean(), r.tableTime()), nil
			})
			tables.expect = r.tableTime()
			cells = append(cells, tables)
		}
	}
	for _, load := range r.loads {
		live := nullLive(load)
		cells = append(cells, line("harness on "+load.Name, harnessOn(load), func() (result.Line, error) { return l.harness(load, live) }).timing(0))
	}
	for _, c := range r.experiments {
		cells = append(cells, cell{Cell: c, expect: c.Took})
	}
	return cells
}

// line is a cell whose samples are one line each.
func line(what, name string, sample func() (result.Line, error)) cell {
	return cell{name: name, Cell: experiment.Cell{What: what, Sample: func() ([]result.Line, error) {
		line, err := sample()
		return []result.Line{line}, err
	}}}
}

// foresee is what is expected of cells, of each of which so many samples are to be taken.
func foresee(cells []cell, count int) (list []foreseen) {
	for _, c := range cells {
		list = append(list, foreseen{takes: c.expect, timed: c.timed, samples: count})
	}
	return list
}

// timing is the cell with replays whose time the budget gives, beside so much that takes
// its own.
func (c cell) timing(beside time.Duration) cell {
	c.expect, c.timed = beside, true
	return c
}

// roundReplays are those of a subject in a round beside the timed ones: two warm-ups, two
// passes with a clock at twice the time, and the drains. All but a warm-up and a drain are
// those of its main lane.
const roundReplays, mainReplays = 7, 5.5

// nCells is the number of cells if every subject grants something.
func (r *runner) nCells() int {
	return len(r.subjects)*(2+len(r.Builders)) + len(r.loads) + len(r.experiments)
}

// tableTime is the time of one sample of tables. A tenth of the time of the replays is
// enough for a hundred passes over all tables.
func (r *runner) tableTime() time.Duration { return r.SampleTime / 10 }

// plan is the budget of the run; replays is the time of one replay of every subject.
func (r *runner) plan(replays time.Duration) budget {
	from, _ := r.dir.Resumes()
	b := budget{
		end:   r.began.Add(budgetLeft(r.Budget, r.Count, from.Last)),
		limit: r.SampleTime,

		againRound: time.Duration(againShare * float64(r.Budget) / float64(r.Count)),

		lanes: 2*len(r.subjects) + len(r.loads),
		fixed: roundReplays*replays + time.Duration(len(r.subjects)*len(r.Builders))*r.tableTime(),
	}
	for _, c := range r.experiments {
		if !c.Beside {
			b.fixed += c.Took
		}
	}
	return b
}

// profiling is the time of all profiles.
func (r *runner) profiling() time.Duration {
	if !r.Profile {
		return 0
	}
	return time.Duration(len(r.Strategies)) * r.profileFor
}

// rounds is what all rounds take if one replay of every subject takes so long.
func (r *runner) rounds(replays time.Duration) time.Duration {
	b := r.plan(replays)
	b.round(r.Count)
	return time.Duration(r.Count) * (time.Duration(b.lanes)*b.allow + b.fixed)
}

// apart is the sample of another process.
func (c *cell) apart(ctx context.Context, take func(context.Context, Job) (Taken, error), b *budget) ([]result.Line, error) {
	t, err := take(ctx, Job{c.name, b.allow, b.againMost - b.again})
	var lines []result.Line
	if err == nil {
		lines, err = result.ParseLines(t.Lines)
	}
	if err == nil && (len(lines) == 0 || lines[0].Name != c.name) {
		err = fmt.Errorf("it answered %q", t.Lines[:min(len(t.Lines), 40)])
	}
	if err != nil {
		return nil, fmt.Errorf("the process for a sample of %s: %w", c.What, err)
	}
	b.spent += t.Spent
	b.again += t.Again
	return lines, nil
}
