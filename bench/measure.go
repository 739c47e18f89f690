package bench

import (
	"context"
	"fmt"
	"runtime/debug"
	"time"

	"github.com/vramlab/vramlab/bench/internal/result"
	"github.com/vramlab/vramlab/bench/journal"
	"github.com/vramlab/vramlab/bench/schema"
)

// measure takes the samples, round by round.
func (r *runner) measure(ctx context.Context) error {
	// The collector runs between samples, never within one.
	defer debug.SetGCPercent(debug.SetGCPercent(-1))
	replays, err := r.rehearse(ctx)
	if err != nil {
		return err
	}
	b := r.plan(replays)
	cells := r.cells(newLanes(&b, r.thread.clock, r.thread.pin))
	if err := r.sameCells(len(cells)); err != nil {
		return err
	}
	r.forecast.cells = foresee(cells, r.Count)
	n := 0
	for round := range schedule(r.Seed, len(cells), r.Count) {
		n++
		if err := r.round(ctx, n, round, cells, &b); err != nil {
			return err
		}
	}
	return nil
}

// sameCells reports another number of cells than the run had that goes on.
func (r *runner) sameCells(n int) error {
	if from, _ := r.dir.Resumes(); from.Last.Phase == journal.Measured && from.Last.Of != n {
		return fmt.Errorf("%s: the run cannot go on here: a round had %d cells, and here it has %d", r.Dir, from.Last.Of, n)
	}
	return nil
}

// round takes the samples of round n, or of a run that goes on those that are not there.
func (r *runner) round(ctx context.Context, n int, round []int, cells []cell, b *budget) error {
	if r.dir.Past(journal.Measured, n, len(round)) {
		r.done += len(round)
		r.forecast.skip(round...)
		return nil
	}
	b.round(r.Count - n + 1)
	r.forecast.round(b.allow)
	if err := r.dir.Did(journal.Step{Phase: journal.Measured, Round: n, Of: len(round)}); err != nil {
		return err
	}
	for i, at := range round {
		if r.dir.Past(journal.Measured, n, i+1) {
			r.done++
			r.forecast.skip(at)
			continue
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		start := time.Now()
		if err := r.sample(ctx, &cells[at], b); err != nil {
			return err
		}
		r.forecast.took(at, time.Since(start))
		if err := r.dir.Did(journal.Step{Phase: journal.Measured, Round: n, At: i + 1, Of: len(round)}); err != nil {
			return err
		}
		r.step(cells[at].What, r.forecast.left())
	}
	if r.dir.Past(journal.Measured, n, 1) {
		b.began = time.Time{} // half a round does not say how long one takes
	}
	return nil
}

// sample takes a sample of a cell, in a process of its own if there are such, and writes
// its lines, each into the file of its benchmark.
func (r *runner) sample(ctx context.Context, c *cell, b *budget) error {
	take := func() ([]result.Line, error) { return c.held(r.thread.pin) }
	if r.Apart != nil && c.name != "" {
		take = func() ([]result.Line, error) { return c.apart(ctx, r.Apart, b) }
	}
	start := time.Now()
	lines, err := take()
	if err != nil {
		return err
	}
	if c.Beside {
		b.beside(time.Since(start))
	}
	for _, l := range lines {
		of, _ := schema.Parse(l.Name)
		if err := r.files[of.File].Add(l); err != nil {
			return err
		}
	}
	return nil
}

// rehearse replays every subject once as the samples will, to find out how long
// that takes in all.
func (r *runner) rehearse(ctx context.Context) (replays time.Duration, err error) {
	for _, s := range r.subjects {
		if err := ctx.Err(); err != nil {
			return 0, err
		}
		_, took, err := s.Warm()
		if err != nil {
			return 0, err
		}
		replays += took
		r.rehearsed = append(r.rehearsed, took)
	}
	return replays, nil
}
