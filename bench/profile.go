package bench

import (
	"bytes"
	"context"
	"runtime"
	"runtime/pprof"
	"time"

	"github.com/vramlab/vramlab/bench/internal/meter"
	"github.com/vramlab/vramlab/bench/internal/subject"
	"github.com/vramlab/vramlab/bench/journal"
	"github.com/vramlab/vramlab/bench/schema"
	"github.com/vramlab/vramlab/sgtable"
)

// One part in tableShare of the time goes into tables, the smaller part of the work
// in most drivers.
const tableShare = 5

// profile takes one CPU profile per strategy, after all samples because a profiler
// slows down what it watches. Each workload gets the same time. The labels strategy,
// workload and phase (replay or sgtable) let a viewer tell them apart.
func (r *runner) profile(ctx context.Context) error {
	if !r.Profile {
		return nil
	}
	for i, s := range r.Strategies {
		left := time.Duration(len(r.Strategies)-i-1) * r.profileFor
		if r.dir.Past(journal.Profiled, 0, i+1) {
			r.done++
			continue
		}
		var mine []*subject.Subject
		for _, pair := range r.subjects {
			if pair.Strategy.Name == s.Name {
				mine = append(mine, pair)
			}
		}
		if mine == nil {
			r.step("no profile of "+s.Name, left)
			continue
		}
		data, err := profileOf(ctx, mine, r.Builders[0], r.profileFor)
		if err != nil {
			return err
		}
		if err := r.dir.WriteProfile(schema.ProfileFile(s.Name), data); err != nil {
			return err
		}
		if err := r.dir.Did(journal.Step{Phase: journal.Profiled, At: i + 1}); err != nil {
			return err
		}
		r.step("profile of "+s.Name, left)
	}
	return nil
}

// profileOf is the profile of the subjects of one strategy; all is the time for it.
func profileOf(ctx context.Context, subjects []*subject.Subject, builder sgtable.Builder, all time.Duration) ([]byte, error) {
	runtime.GC()
	var data bytes.Buffer // the profiler swallows write errors, so it gets no file
	if err := pprof.StartCPUProfile(&data); err != nil {
		return nil, err
	}
	defer pprof.StopCPUProfile() // again, after an error: it does nothing then
	if err := inTurn(ctx, subjects, builder, all); err != nil {
		return nil, err
	}
	pprof.StopCPUProfile()
	return data.Bytes(), nil
}

// inTurn works on each of the subjects for an equal part of the time.
func inTurn(ctx context.Context, subjects []*subject.Subject, builder sgtable.Builder, all time.Duration) error {
	for _, s := range subjects {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := underProfile(ctx, s, builder, all/time.Duration(len(subjects))); err != nil {
			return err
		}
	}
	return nil
}

// underProfile works on one subject for the time d.
func underProfile(ctx context.Context, s *subject.Subject, builder sgtable.Builder, d time.Duration) error {
	a, err := s.New()
	if err != nil {
		return err
	}
	phase := func(name string, work func()) {
		labels := pprof.Labels(string(schema.Strategy), s.Strategy.Name, string(schema.Workload), s.Load.Name, string(schema.Phase), name)
		pprof.Do(ctx, labels, func(context.Context) { work() })
	}
	phase(schema.PhaseReplay, func() {
		for start := time.Now(); time.Since(start) < d*(tableShare-1)/tableShare; {
			s.Rerun(a)
		}
	})
	if s.Lists.Len() > 0 {
		c := &meter.TableCell{Lists: &s.Lists, Builder: builder}
		phase(schema.PhaseTables, func() { meter.NewTables().Measure(c, 1, d/tableShare) })
	}
	return nil
}
