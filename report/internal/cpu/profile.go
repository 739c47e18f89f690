package cpu

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/google/pprof/profile"

	"github.com/vramlab/vramlab/bench/schema"
	"github.com/vramlab/vramlab/report/internal/rundir"
	"github.com/vramlab/vramlab/report/internal/text"
)

// What is read of a profile is bounded, since a profile may come from somebody else. A
// run of an hour has some hundred kilobytes.
const (
	mostProfile  = 8 << 20 // bytes that it expands to
	mostDeep     = 128     // functions of a stack, from what the replay calls on
	mostChildren = 200     // functions that one calls; the rest share a box
	mostNodes    = 3000    // boxes of a tree; the smallest are left to those around them
)

// recorded are the samples that a strategy's profile has of replays.
type recorded struct {
	strategy   int
	samples    []sample
	byWorkload map[string]float64 // ticks of the profiler
	took       time.Duration      // 0 if it does not say
}

// sample is a stack and how many ticks of the profiler it was seen in.
type sample struct {
	workload string
	stack    []string // outermost first, from what the replay calls on
	ticks    float64
}

// readProfile reads a strategy's profile and keeps the samples of the replay. ok is false
// when there is no profile, or nothing in it.
func readProfile(run *rundir.Run, s int) (r recorded, ok bool) {
	path := filepath.Join(run.Dir, schema.Profiles, schema.ProfileFile(run.Strategies[s]))
	p, err := parse(path)
	if err != nil {
		if !rundir.IsMissing(err) {
			run.Warnings.Add("%v", err)
		}
		return r, false
	}
	if run.Facts.Precedes(time.Unix(0, p.TimeNanos)) && p.TimeNanos > 0 {
		run.Warnings.Add("%s: is of another run and left out: it was recorded before this one began", path)
		return r, false
	}
	r = samplesOf(p)
	r.strategy = s
	return r, len(r.samples) > 0
}

// parse reads a CPU profile within bounds.
func parse(path string) (*profile.Profile, error) {
	data, cut, err := rundir.ReadBounded(path, mostProfile)
	if err != nil {
		return nil, err
	}
	if cut {
		return nil, fmt.Errorf("%s: expands to more than %s and is left out", path, text.Size(mostProfile))
	}
	p, err := profile.ParseUncompressed(data)
	if err == nil {
		err = p.CheckValid()
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return p, nil
}

// samplesOf are the samples of the phase "replay", below the function that replays where
// there is one.
func samplesOf(p *profile.Profile) recorded {
	r := recorded{byWorkload: make(map[string]float64), took: time.Duration(p.DurationNanos)}
	value, period := sampleValue(p)
	cut := slices.ContainsFunc(p.Sample, replays)
	for _, s := range p.Sample {
		if cut && !replays(s) { // the harness around the replay
			continue
		}
		if !slices.Contains(s.Label[string(schema.Phase)], schema.PhaseReplay) || s.Value[value] <= 0 {
			continue
		}
		one := sample{stack: stack(s), ticks: float64(s.Value[value]) / period}
		if names := s.Label[string(schema.Workload)]; len(names) > 0 {
			one.workload = names[0]
		}
		r.samples = append(r.samples, one)
		r.byWorkload[one.workload] += one.ticks
	}
	return r
}

// sampleValue is the index of CPU time in the samples, and what one tick of
// the profiler counts for.
func sampleValue(p *profile.Profile) (index int, period float64) {
	for i, t := range p.SampleType {
		if t.Type == "cpu" {
			return i, max(1, float64(p.Period))
		}
	}
	return 0, 1
}

// replays reports whether a sample was taken below the function that replays.
func replays(s *profile.Sample) bool {
	for _, loc := range s.Location {
		for _, line := range loc.Line {
			if line.Function != nil && strings.HasSuffix(line.Function.Name, ".Replay") {
				return true
			}
		}
	}
	return false
}

// stack is the functions of a sample, outermost first, from what the replay
// calls on.
func stack(s *profile.Sample) []string {
	var all []string
	start := 0
	for _, loc := range slices.Backward(s.Location) {
		for _, line := range slices.Backward(loc.Line) {
			if line.Function == nil {
				continue
			}
			all = append(all, shortName(line.Function.Name))
			if strings.HasSuffix(line.Function.Name, ".Replay") {
				start = len(all)
			}
		}
	}
	all = all[start:]
	return all[:min(len(all), mostDeep)]
}

// shortName drops the path of a package and the brackets of a receiver:
// "buddy.allocator.Alloc".
func shortName(name string) string {
	name = withoutBrackets(name)
	if i := strings.LastIndexByte(name, '/'); i >= 0 {
		name = name[i+1:]
	}
	return text.Clean(strings.NewReplacer("(*", "", ")", "").Replace(name))
}

// withoutBrackets drops the type arguments of a name: they may hold paths.
func withoutBrackets(name string) string {
	depth := 0
	return strings.Map(func(c rune) rune {
		switch c {
		case '[':
			depth++
		case ']':
			depth--
			return -1
		}
		if depth > 0 {
			return -1
		}
		return c
	}, name)
}
