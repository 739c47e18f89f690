// Package metamorphic looks for mistakes of a strategy without knowing what is right:
// it runs random programs, changes them in ways that must not matter, and compares.
//
// A program is run under [strategies.Checked]; then a variant of it is run. What must
// hold:
//
//   - The program keeps the contract, and no page is refused while one is free.
//   - After everything is freed, the region is empty and serves its largest power of two,
//     in whatever order the last grants were freed.
//   - The same calls give the same placements: the variant hands Alloc a slice with
//     something in it, and runs without Checked.
//   - What is impossible changes nothing: requests for 0 bytes and for more than
//     the region are strewn in.
//   - If the strategy is Memoryless, detours change nothing: pairs of an
//     allocation and its free are strewn in, requests that were refused are left
//     out, and frees that follow each other change places.
//
// The last three compare every placement of the variant with that of the program.
// Clear memory has a history (what was merged by force stays dirty), so programs that
// free cleared memory, or reset, are compared without detours.
//
// Programs are small and begin with a new allocator: time is linear in Ops and memory
// constant.
package metamorphic

import (
	"fmt"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/strategies/internal/program"
	"github.com/vramlab/vramlab/strategies/strategytest/internal/probe"
)

// Search is a run of random programs on a strategy.
type Search struct {
	Seed uint64 // decides each program, together with its number
	Ops  uint64 // calls of Alloc, Free and the like under Checked, at least

	// Memoryless says that placements depend on what is free and on nothing
	// else, in particular not on the order in which it was freed. No Caps says
	// so, since best fit with ties by age is as good a strategy as first fit.
	Memoryless bool

	// Progress is called after each program with the calls made so far. It may
	// be nil.
	Progress func(ops uint64)

	// Deviation is called for known deviations, with the grants of one program. It may
	// be nil.
	Deviation func(strategies.Deviation)
}

// Counterexample is a program for which a strategy broke a rule or a relation,
// reduced to what it takes.
type Counterexample struct {
	Strategy string
	Seed     uint64 // of the run
	Program  uint64 // its number in the run
	Err      error  // what was broken
	Trace    []byte // the program
	Variant  []byte // what it was compared with; nil if the program breaks a rule by itself
}

// Error is what was broken, with the program and its variant as traces.
func (c *Counterexample) Error() string {
	s := fmt.Sprintf("%s: program %d of seed %d: %v\nThe program, reduced:\n%s", c.Strategy, c.Program, c.Seed, c.Err, c.Trace)
	if c.Variant != nil {
		s += fmt.Sprintf("Its variant:\n%s", c.Variant)
	}
	return s
}

// Unwrap returns what was broken.
func (c *Counterexample) Unwrap() error { return c.Err }

// Run looks for a mistake of s until enough calls were made. It returns how
// many there were, and a [*Counterexample] if it found one. It does not begin if
// [strategies.Validate] refuses s.
func (m Search) Run(s strategies.Strategy) (ops uint64, err error) {
	if err := strategies.Validate(s); err != nil {
		return 0, err
	}
	for n := uint64(0); ops < m.Ops; n++ {
		t := &trial{strategy: s, memoryless: m.Memoryless, seed: m.Seed, number: n}
		err := t.run(0, t.draw())
		ops += uint64(len(t.program.Done))
		if err != nil {
			return ops, t.counterexample()
		}
		for _, d := range t.program.Deviations {
			if m.Deviation != nil {
				m.Deviation(d)
			}
		}
		if m.Progress != nil {
			m.Progress(ops)
		}
	}
	return ops, nil
}

// trial is one program of a run.
type trial struct {
	strategy     strategies.Strategy
	memoryless   bool
	seed, number uint64
	region       strategies.Region

	program *probe.Play // that was run last
	variant *probe.Play // that was run last; nil if the program failed
}

// run runs a program, then its variant, and returns the first broken rule or
// relation. Under Checked everything is walked over after every so many calls.
func (t *trial) run(every int, ops probe.Source) error {
	answers := make(answered)
	t.variant = nil
	t.program = &probe.Play{Strategy: strategies.CheckedEvery(t.strategy, every), Region: t.region,
		See: func(o program.Op, a program.Answer) {
			if o.Kind == program.Alloc || o.Kind == program.Trim {
				answers[o.ID] = append(answers[o.ID], a)
			}
		}}
	if err := t.program.Run(ops); err != nil {
		return err
	}
	return t.compare(answers)
}

// answered is the answers to the allocation of an id and to its trims, in order.
type answered map[uint64][]program.Answer

// compare runs a variant of the program, which was answered so. What is run is what
// the text of the variant reads as.
func (t *trial) compare(answers answered) error {
	variant := program.Program{Region: t.region, Ops: newVariation(t, answers).of(t.program.Done)}
	variant, err := program.Parse(variant.Text(nil))
	if err != nil {
		return err
	}
	t.variant = &probe.Play{Strategy: t.strategy, Region: t.region, Prefix: probe.Prefix,
		See: func(o program.Op, a program.Answer) {
			if want := answers[o.ID]; len(want) > 0 && (o.Kind == program.Alloc || o.Kind == program.Trim) {
				if answers[o.ID] = want[1:]; !a.Same(want[0]) {
					program.Failf("%v (id %d): %v in the program and %v in its variant", o, o.ID, want[0], a)
				}
			}
		}}
	return t.variant.Run(probe.Listed(variant.Ops))
}

// counterexample reduces the program, which fails.
func (t *trial) counterexample() error {
	p := program.Program{Region: t.region, Ops: t.program.Done}
	r := program.Reduce(p, "", func(ops []program.Op) ([]program.Op, error) {
		err := t.run(probe.Every(len(ops)), probe.Listed(ops))
		return t.shown(), err
	})
	c := &Counterexample{Strategy: t.strategy.Name, Seed: t.seed, Program: t.number, Err: r.Err, Trace: []byte(r.Text(nil))}
	if t.variant != nil {
		c.Variant = []byte(program.Program{Region: t.region, Ops: t.variant.Done}.Text(nil))
	}
	return c
}

// shown is the program as far as it takes part in the failure: what was given back
// in the end does not where the variant differs before its own end.
func (t *trial) shown() []program.Op {
	if t.variant != nil && !t.variant.Ended {
		return t.program.Done[:t.program.Own]
	}
	return t.program.Done
}
