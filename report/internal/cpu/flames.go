package cpu

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/vramlab/vramlab/report/internal/judge"
	"github.com/vramlab/vramlab/report/internal/list"
	"github.com/vramlab/vramlab/report/internal/rundir"
	"github.com/vramlab/vramlab/report/internal/text"
	"github.com/vramlab/vramlab/report/internal/theme"
)

// flame is one strategy's profile, scaled to nanoseconds of an operation.
type flame struct {
	strategy int
	root     *node
	samples  int
}

// profiles are what a run has of them, what is drawn, and what is not.
type profiles struct {
	scope  scope
	flames []flame
	few    []flame      // of too few samples; they have no root
	pairs  []difference // the base first in each
	apart  [][2]int     // strategies that are drawn and not compared
	noisy  bool         // the run compares no times
	longer time.Duration
}

// readProfiles reads the profiles of all strategies and draws those of enough samples on one
// scale.
func readProfiles(in judge.Run, focus *rundir.Workload) (p profiles) {
	var all, drawn []recorded
	for s := range in.Strategies {
		if r, ok := readProfile(in.Run, s); ok {
			all = append(all, r)
		}
	}
	p.scope = commonScope(in, focus, all)
	for _, r := range all {
		n := p.scope.samples(r)
		if n < enoughSamples {
			p.few = append(p.few, flame{strategy: r.strategy, samples: n})
			p.longer = max(p.longer, longer(r.took, n))
			continue
		}
		drawn = append(drawn, r)
		p.flames = append(p.flames, flame{r.strategy, p.scope.tree(r), n})
	}
	p.noisy = in.Times.Self.Silent()
	for i, a := range drawn {
		for _, b := range drawn[i+1:] {
			if p.noisy {
				continue
			}
			if d, ok := differ(in, focus, a, b); ok {
				p.pairs = append(p.pairs, d)
			} else {
				p.apart = append(p.apart, [2]int{a.strategy, b.strategy})
			}
		}
	}
	return p
}

// longer is how long a profile should take that had n samples after some time, in steps of
// ten seconds and with a fifth to spare; 0 where nothing says so.
func longer(took time.Duration, n int) time.Duration {
	if took <= 0 || n == 0 {
		return 0
	}
	const step = 10 * time.Second
	needed := time.Duration(float64(took) * 1.2 * enoughSamples / float64(n))
	return (needed + step - 1) / step * step
}

// widest is the time that takes the whole width.
func (p profiles) widest() float64 {
	widest := 0.0
	for _, f := range p.flames {
		widest = max(widest, f.root.ns)
	}
	return widest
}

// ownTint is how much of its colour the code of a strategy has.
const ownTint = 26

// frame is a call tree to be drawn: the code of the strategy itself in its colour. That is
// the packages of what the replay calls by the names of an allocator.
func (f flame) frame(names list.Names) frame {
	own := make(map[string]bool)
	for _, c := range f.root.children {
		if slices.Contains([]string{"Alloc", "Free"}, role(c.name)) {
			own[packageOf(c.name)] = true
		}
	}
	var of func(n *node) frame
	of = func(n *node) frame {
		out := frame{name: shown(names[f.strategy], n.name), value: nanoseconds(n.ns), class: theme.Class(f.strategy), ns: n.ns}
		if own[packageOf(n.name)] {
			out.tint = ownTint
		}
		for _, c := range n.children {
			out.children = append(out.children, of(c))
		}
		return out
	}
	return of(f.root)
}

// shown is the name of a function without a package that is named as the strategy.
func shown(strategy, name string) string { return strings.TrimPrefix(name, strategy+".") }

// boxes are the flame graphs as they stand without a script.
func (p profiles) boxes(names list.Names) (out []boxes) {
	for _, f := range p.flames {
		b := boxes{Name: names[f.strategy], Class: theme.Class(f.strategy),
			Total: nanoseconds(f.root.ns) + " per operation, " + text.Plural(float64(f.samples), "sample", "samples")}
		b.place(f.frame(names), 0, p.widest(), 0)
		out = append(out, b)
	}
	return out
}

// note says what the flame graphs show, or how to get some.
func (p profiles) note() string {
	switch {
	case len(p.flames) > 0:
		return "CPU profile, " + p.scope.words() + ". Width is nanoseconds per operation, the same scale for all. In colour: the strategy's own code."
	case len(p.few) > 0:
		return ""
	}
	return "No CPU profiles in this run: run with -profile to see which functions the time goes to."
}

// fewNote says which profiles are not drawn, and how to get more of them.
func (p profiles) fewNote(names list.Names) string {
	if len(p.few) == 0 {
		return ""
	}
	var parts []string
	for _, f := range p.few {
		parts = append(parts, names[f.strategy]+" has "+text.Plural(float64(f.samples), "sample", "samples"))
	}
	note := "Not drawn: " + text.List(parts) + ". Fewer than " + text.Count(enoughSamples) +
		" of replays that were timed do not say how an operation divides. The profiler takes at most a hundred a second; "
	if p.longer > 0 {
		return note + fmt.Sprintf("run -profile -profile-time %v takes enough at this rate.", p.longer)
	}
	return note + "run -profile -profile-time TIME takes longer profiles."
}

// tint is how much of its colour a frame of a differential graph has: by how many parts the
// difference is of the larger, none where chance or noise explains it.
func (d difference) tint(b *both) int {
	if !d.sure(b) {
		return 0
	}
	return 12 + int(math.Round(33*math.Abs(b.ns[1]-b.ns[0])/max(b.ns[0], b.ns[1])))
}

// value is what a frame says: the time of one side, and by how much it differs from that of
// the other.
func (b *both) value(side int) string {
	mine, other := b.ns[side], b.ns[1-side]
	switch {
	case b.only() >= 0:
		return nanoseconds(mine) + ", only here"
	case mine > other:
		return nanoseconds(mine) + ", " + text.Short3(mine-other) + " more"
	case mine < other:
		return nanoseconds(mine) + ", " + text.Short3(other-mine) + " less"
	}
	return nanoseconds(mine) + ", as much"
}

// frame is a pair to be drawn: what takes more in the colour of the side that is drawn, what
// takes less in that of the other.
func (d difference) frame(side int) frame {
	var of func(b *both) frame
	of = func(b *both) frame {
		more := side
		if b.ns[side] < b.ns[1-side] {
			more = 1 - side
		}
		out := frame{name: b.name, value: b.value(side), class: theme.Class(d.strategies[more]), ns: b.ns[side], tint: d.tint(b)}
		for _, c := range b.children {
			if c.ns[side] > 0 {
				out.children = append(out.children, of(c))
			}
		}
		return out
	}
	return of(d.root)
}

// boxes is the differential graph of a side as it stands without a script.
func (d difference) boxes(names list.Names, side int) boxes {
	b := boxes{Name: names[d.strategies[side]], Class: theme.Class(d.strategies[side]), Total: d.head(names, side)}
	b.place(d.frame(side), 0, d.scale(), 0)
	return b
}

// head is what stands behind the name of the side that is drawn.
func (d difference) head(names list.Names, side int) string {
	return fmt.Sprintf("against %s: %s per operation, against %s; %s, %s and %s",
		names[d.strategies[1-side]], nanoseconds(d.root.ns[side]), nanoseconds(d.root.ns[1-side]), d.scope.words(),
		text.Count(d.samples[side]), text.Plural(float64(d.samples[1-side]), "sample", "samples"))
}

// diffNote says what is compared and how it is matched, or why nothing is.
func (p profiles) diffNote(names list.Names) string {
	switch {
	case len(p.flames) < 2:
		return ""
	case p.noisy:
		return "Times are not compared in this run, so no differences are drawn."
	case len(p.pairs) == 0:
		return "No differences are drawn: of no two strategies there are " + text.Count(enoughSamples) + " samples each of workloads on which both did the same work."
	}
	note := "Width is the time of the strategy that is named first, the tint what takes more in its own colour and what takes less in that of the other; grey is what the chance in sampling (two standard errors) or the noise of the run explains. " +
		"What the replay calls is matched by its method, Alloc with Alloc and Free with Free; below, functions are matched by stack and full name."
	if len(p.apart) > 0 {
		var parts []string
		for _, a := range p.apart {
			parts = append(parts, names[a[0]]+" and "+names[a[1]])
		}
		note += " Not compared, since they did the same work on too little: " + text.List(parts) + "."
	}
	return note
}
