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
	"github.com/vramlab/vramlab/report/internal/stat"
	"github.com/vramlab/vramlab/report/internal/text"
)

// flameNode is a function in a call tree, with what it and all it calls take
// of an operation.
type flameNode struct {
	name     string
	ns       float64
	children []*flameNode
}

func (n *flameNode) child(name string) *flameNode {
	for _, c := range n.children {
		if c.name == name {
			return c
		}
	}
	if len(n.children) == mostChildren-1 {
		name = others
	}
	if k := len(n.children); k == mostChildren {
		return n.children[k-1]
	}
	c := &flameNode{name: name}
	n.children = append(n.children, c)
	return c
}

// others is the name of the box for what has none.
const others = "others"

// flame is one strategy's profile, scaled to nanoseconds per operation.
type flame struct {
	strategy int
	root     *flameNode
	samples  int
	whole    bool // of all workloads, since the one in focus had too few samples
}

// enoughSamples is the number of samples from which the parts of an operation are
// printed as times: a tenth of 1,000 samples is known to a tenth of itself.
const enoughSamples = 1000

// fewSamples is the number of profiler samples (a hundred a second) below
// which one workload's profile says little.
const fewSamples = 40

// readFlame reads a strategy's profile and keeps the samples of the replay.
// ok is false when there is no profile or nothing in it.
func readFlame(run *rundir.Run, s int, focus string) (f flame, ok bool) {
	path := filepath.Join(run.Dir, schema.Profiles, schema.ProfileFile(run.Strategies[s]))
	p, err := parse(path)
	if err != nil {
		if !rundir.IsMissing(err) {
			run.Warnings.Add("%v", err)
		}
		return f, false
	}
	if run.Facts.Precedes(time.Unix(0, p.TimeNanos)) && p.TimeNanos > 0 {
		run.Warnings.Add("%s: is of another run and left out: it was recorded before this one began", path)
		return f, false
	}
	f.strategy = s
	f.root, f.samples = callTree(p, focus)
	if f.samples < fewSamples {
		f.root, f.samples = callTree(p, "")
		f.whole = true
	}
	return f, f.samples > 0
}

// What is read of a profile is bounded, since a profile may come from somebody else. A
// run of an hour has some hundred kilobytes.
const (
	mostProfile  = 8 << 20 // bytes that it expands to
	mostDeep     = 128     // functions of a stack, from what the replay calls on
	mostChildren = 200     // functions that one calls; the rest share a box
)

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

// callTree adds up the samples of the phase "replay", of one workload or of
// all, below the function that replays.
func callTree(p *profile.Profile, workload string) (*flameNode, int) {
	value, period := sampleValue(p)
	root := &flameNode{name: "replay"}
	n := 0.0
	cut := slices.ContainsFunc(p.Sample, replays)
	for _, s := range p.Sample {
		if cut && !replays(s) { // the harness around the replay
			continue
		}
		if !labelled(s, schema.Phase, schema.PhaseReplay) || workload != "" && !labelled(s, schema.Workload, workload) {
			continue
		}
		v := float64(s.Value[value])
		n += v / period
		root.ns += v
		at := root
		for _, name := range stack(s) {
			at = at.child(name)
			at.ns += v
		}
	}
	return root, int(n)
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

func labelled(s *profile.Sample, key schema.Key, value string) bool {
	return slices.Contains(s.Label[string(key)], value)
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

// role is a function's own name: what two strategies' trees have in common.
func role(name string) string { return name[strings.LastIndexByte(name, '.')+1:] }

// scale turns shares of samples into nanoseconds of an operation, sorts the
// children by size and drops what is too thin to see.
func (n *flameNode) scale(factor, least float64) {
	n.ns *= factor
	for _, c := range n.children {
		c.scale(factor, least)
	}
	n.children = slices.DeleteFunc(n.children, func(c *flameNode) bool { return c.ns < least })
	slices.SortStableFunc(n.children, func(a, b *flameNode) int {
		switch {
		case a.ns > b.ns:
			return -1
		case a.ns < b.ns:
			return 1
		}
		return strings.Compare(a.name, b.name)
	})
}

// roles adds up the time below each role, a function within itself counted
// once.
func (n *flameNode) roles(into map[string]float64, above []string) {
	k := role(n.name)
	if !slices.Contains(above, k) {
		into[k] += n.ns
	}
	for _, c := range n.children {
		c.roles(into, append(above, k))
	}
}

// readFlames reads the profiles of all strategies and brings them to one
// scale. The time of an operation comes from the samples of run.bench, since
// a profile knows shares only.
func readFlames(run *rundir.Run, focus *rundir.Workload) []flame {
	var out []flame
	name := ""
	if focus != nil {
		name = focus.Name
	}
	for s := range run.Strategies {
		if f, ok := readFlame(run, s, name); ok {
			out = append(out, f)
		}
	}
	whole := false
	for _, f := range out {
		whole = whole || f.whole
	}
	widest := 0.0
	for i := range out {
		f := &out[i]
		if whole && !f.whole { // all or none, or they would not compare
			f.root, f.samples, f.whole = wholeTree(run, f.strategy)
		}
		widest = max(widest, flameTime(run.Workloads, f, focus))
	}
	for i := range out {
		f := &out[i]
		f.root.scale(flameTime(run.Workloads, f, focus)/f.root.ns, widest/120)
	}
	return slices.DeleteFunc(out, func(f flame) bool { return !(f.root.ns > 0) })
}

func wholeTree(run *rundir.Run, s int) (*flameNode, int, bool) {
	f, _ := readFlame(run, s, "\x00")
	return f.root, f.samples, true
}

// flameTime is the nanoseconds of an operation that a flame stands for: of
// the workload in focus, or the mean over all.
func flameTime(workloads []*rundir.Workload, f *flame, focus *rundir.Workload) float64 {
	if !f.whole && focus != nil {
		return stat.OrZero(1e9 * focus.Center(schema.AllocFree, schema.NsPerOp, f.strategy))
	}
	var all []float64
	for _, w := range workloads {
		if t := w.Center(schema.AllocFree, schema.NsPerOp, f.strategy); t > 0 {
			all = append(all, 1e9*t)
		}
	}
	return stat.OrZero(stat.Mean(all))
}
