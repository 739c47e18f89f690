package strategytest

import (
	"fmt"
	"math/rand/v2"

	"github.com/vramlab/vramlab/strategies"
)

// Metamorphic looks for mistakes without knowing what is right: it runs random
// programs, changes them in ways that must not matter, and compares.
//
// A program is the text of a trace that allocates, frees, and in the end frees
// everything. It is run under [strategies.Checked]; then a variant of it is run.
// What must hold:
//
//   - In the program the contract, and what [Rules] "random" demands.
//   - Everything freed, the region is empty and serves its largest power of two,
//     in whatever order the last grants were freed.
//   - The same calls give the same placements: the variant has other ids, hands
//     Alloc a slice with something in it, and runs without Checked.
//   - What is impossible changes nothing: requests for 0 bytes and for more than
//     the region are strewn in.
//   - If the strategy is Memoryless, detours change nothing: pairs of an
//     allocation and its free are strewn in, requests that were refused are left
//     out, and frees that follow each other change places.
//
// The last three compare every placement of the variant with that of the
// program. Clear memory has a history (what was merged by force stays dirty), so
// programs that free cleared memory are compared without detours.
//
// Programs are small and begin with a new allocator: time is linear in Ops and
// memory constant.
type Metamorphic struct {
	Seed uint64 // decides each program, together with its number
	Ops  uint64 // calls of Alloc and Free under Checked, at least

	// Memoryless says that placements depend on what is free and on nothing
	// else, in particular not on the order in which it was freed. No Caps says
	// so, since best fit with ties by age is as good a strategy as first fit.
	Memoryless bool

	// Progress is called after each program with the calls made so far. It may
	// be nil.
	Progress func(ops uint64)
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
// many there were, and a [*Counterexample] if it found one.
func (m Metamorphic) Run(s strategies.Strategy) (ops uint64, err error) {
	var t trial
	for n := uint64(0); ops < m.Ops; n++ {
		t = trial{s: s, memoryless: m.Memoryless, seed: m.Seed, number: n, blocks: t.blocks}
		steps, err := t.draw()
		if err != nil {
			return ops, err
		}
		err = t.run(steps)
		ops += t.calls
		if err != nil {
			return ops, t.counterexample(steps)
		}
		if m.Progress != nil {
			m.Progress(ops)
		}
	}
	return ops, nil
}

// trial is one program of a run.
type trial struct {
	s            strategies.Strategy
	memoryless   bool
	seed, number uint64
	region       strategies.Region
	blocks       []strategies.Block // memory for grants, used again by the next trial

	calls   uint64 // under Checked
	variant []step // that was run last; nil before
	ended   bool   // all steps were run
}

// draw draws a region and a program, and reads it back from its text.
func (t *trial) draw() ([]step, error) {
	rng := rand.New(rand.NewPCG(t.seed, t.number))
	t.region = drawRegion(t.s, rng)
	return reread(t.region, complete(drawProgram(t.region, rng)), 1)
}

// run runs the program, then its variant, and returns the first broken rule or
// relation.
func (t *trial) run(steps []step) (err error) {
	defer func() {
		if broken := recover(); broken != nil {
			err = asError(broken)
		}
	}()
	t.variant, t.ended = nil, false
	program := t.pass(strategies.Checked(t.s))
	for _, s := range steps {
		program.step(s)
	}
	t.ended = true
	program.finish()
	t.calls = program.calls
	return t.compare(steps, program.answers)
}

// compare runs a variant of a program that was answered so.
func (t *trial) compare(steps []step, answers []placement) (err error) {
	t.variant, t.ended = newVariation(t, answers).of(steps), false
	if t.variant, err = reread(t.region, t.variant, variantLabel); err != nil {
		return err
	}
	p := t.pass(t.s)
	p.prefix = 1
	for _, s := range t.variant {
		p.step(s)
		if s.free || s.slot >= len(answers) {
			continue
		}
		if got, want := p.answers[s.slot], answers[s.slot]; !got.same(want) {
			return fmt.Errorf("%v: %v in the program (id %d) and %v in its variant (id %d)",
				s.req, want, s.slot, got, uint64(s.slot)*variantLabel)
		}
	}
	t.ended = true
	p.finish()
	return nil
}

// counterexample reduces a program that fails.
func (t *trial) counterexample(steps []step) error {
	for more := true; more; {
		fewer := tidy(reduce(steps, func(steps []step) bool { return t.run(tidy(steps)) != nil }))
		more = len(fewer) < len(steps)
		steps = fewer
	}
	c := &Counterexample{Strategy: t.s.Name, Seed: t.seed, Program: t.number, Err: t.run(steps)}
	if c.Err == nil {
		c.Err = fmt.Errorf("a program failed, and did not when it was run again: the strategy is not deterministic")
	}
	if t.ended {
		steps, t.variant = complete(steps), complete(t.variant)
	}
	c.Trace, _ = asTrace(t.region, steps, 1)
	if len(t.variant) > 0 {
		c.Variant, _ = asTrace(t.region, t.variant, variantLabel)
	}
	return c
}

// pass is a run of a program or a variant.
type pass struct {
	*probe
	trial   *trial
	answers []placement // by slot
	held    [][]strategies.Block
	prefix  int // blocks in the slices given to Alloc
	calls   uint64
}

func (t *trial) pass(s strategies.Strategy) *pass {
	p := &pass{probe: &probe{s: s, region: t.region}, trial: t}
	p.a = p.newOf(s)
	return p
}

func (p *pass) step(s step) {
	for len(p.held) <= s.slot {
		p.held = append(p.held, nil)
		p.answers = append(p.answers, placement{})
	}
	if s.free {
		p.freeSlot(s.slot, s.cleared)
		return
	}
	dst := p.room()
	out, err := p.a.Alloc(dst, s.req)
	p.calls++
	if p.prefix > 0 && (len(out) < p.prefix || out[0] != noBlock) {
		p.failf("%v: Alloc changed what was in the slice before: %s", s.req, show(out))
	}
	if err != nil {
		p.answers[s.slot] = placement{refused: strategies.Errno(err)}
		p.lacks(s.req, err)
		return
	}
	p.held[s.slot] = out[p.prefix:]
	p.answers[s.slot] = placement{blocks: out[p.prefix:]}
	p.trial.blocks = out[len(out):]
}

// noBlock is what is in a slice before Alloc appends to it.
var noBlock = strategies.Block{Start: 1, Size: 2, Node: 3}

// room is a slice for the next grant, with the prefix in it. It takes memory for
// many grants at a time.
func (p *pass) room() []strategies.Block {
	if cap(p.trial.blocks) < 64 {
		p.trial.blocks = make([]strategies.Block, 0, 16<<10)
	}
	dst := p.trial.blocks
	for range p.prefix {
		dst = append(dst, noBlock)
	}
	return dst
}

// freeSlot frees what the slot holds; nothing, if its request was refused.
func (p *pass) freeSlot(slot int, cleared bool) {
	blocks := p.held[slot]
	if len(blocks) == 0 {
		return
	}
	p.held[slot] = nil
	p.calls++
	if c, ok := strategies.As[strategies.ClearFreer](p.a); ok && cleared {
		c.FreeCleared(blocks)
	} else {
		p.a.Free(blocks)
	}
}

// finish frees what is left and demands that the region is as good as new.
func (p *pass) finish() {
	for slot := range p.held {
		p.freeSlot(slot, false)
	}
	p.empty("after everything was given back")
	p.a.Free(p.grant(strategies.Request{Size: p.largest(), Flags: strategies.Contiguous}))
	p.selfCheck()
}
