package bench

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"runtime"
	"runtime/pprof"
	"time"
)

// profileTime is how long one strategy is profiled. The profiler takes a
// hundred samples a second, so a short look shows nothing.
const profileTime = 1500 * time.Millisecond

// The share of the time that goes into tables: enough to see them, in most
// drivers they are the smaller part.
const tableShare = 5

// profile takes one CPU profile per strategy, after all samples: a profiler
// interrupts what it watches, so what it watches is not measured. Each
// workload gets the same time. The labels strategy, workload and phase (replay
// or sgtable) let a viewer tell them apart.
func (r *runner) profile(ctx context.Context) error {
	if !r.Profile {
		return nil
	}
	for i, s := range r.Strategies {
		var mine []*subject
		for at := i; at < len(r.subjects); at += len(r.Strategies) {
			mine = append(mine, r.subjects[at])
		}
		data, err := r.profileOf(ctx, mine)
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(r.Dir, profilesDir, s.Name+".pprof"), data, 0o666); err != nil {
			return err
		}
		r.step("profile of " + s.Name)
	}
	return nil
}

// profileOf is the profile of the subjects of one strategy.
func (r *runner) profileOf(ctx context.Context, subjects []*subject) ([]byte, error) {
	each := r.profileFor / time.Duration(len(subjects))
	runtime.GC()
	var data bytes.Buffer // the profiler swallows write errors, so it gets no file
	if err := pprof.StartCPUProfile(&data); err != nil {
		return nil, err
	}
	defer pprof.StopCPUProfile() // again, after an error: it does nothing then
	for _, s := range subjects {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if err := r.underProfile(ctx, s, each); err != nil {
			return nil, err
		}
	}
	pprof.StopCPUProfile()
	return data.Bytes(), nil
}

// underProfile works on one subject for the time given.
func (r *runner) underProfile(ctx context.Context, s *subject, d time.Duration) error {
	a, err := s.allocator()
	if err != nil {
		return err
	}
	phase := func(name string, work func()) {
		pprof.Do(ctx, pprof.Labels("strategy", s.strategy.Name, "workload", s.load.Name, "phase", name),
			func(context.Context) { work() })
	}
	phase("replay", func() {
		for start := time.Now(); time.Since(start) < d*(tableShare-1)/tableShare; {
			s.replay(a)
		}
	})
	if len(s.lists.lists) > 0 {
		c := &tableCell{lists: &s.lists, builder: r.Builders[0]}
		phase("sgtable", func() { r.tables.measure(c, 1, d/tableShare) })
	}
	return nil
}
