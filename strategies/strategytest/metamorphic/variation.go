package metamorphic

import (
	"cmp"
	"math/rand/v2"
	"slices"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/strategies/internal/program"
	"github.com/vramlab/vramlab/strategies/strategytest/internal/probe"
)

// programRegions are where programs run: small ones, in which every edge is
// near, more often than large ones.
var programRegions = slices.Concat(probe.OddRegions, probe.OddRegions[2:], []strategies.Region{
	probe.Megabyte,
	probe.Megabyte,
	{Size: 1 << 24, Page: 4096},
	{Size: 1<<24 - 4096, Page: 4096},
	{Size: 5000*4096 + 1, Page: 4096},
	{Size: 3 << 30, Page: 4096},
	{Size: 1<<64 - 1, Page: 4096},
})

// draw chooses a region that the strategy takes, and some hundred or thousand
// operations.
func (t *trial) draw() probe.Source {
	rng := rand.New(rand.NewPCG(t.seed, t.number))
	t.region = programRegions[rng.IntN(len(programRegions))]
	if probe.RefusesRegion(program.Try(func() { probe.NewAllocator(t.strategy, t.region) })) {
		t.region = probe.Megabyte
	}
	mixes := program.Mixes(t.region)
	m := mixes[rng.IntN(len(mixes))]
	if rng.IntN(2) == 0 {
		m.Zero, m.Reset = 0, 0
	}
	m.Burst = 1 << rng.IntN(6)
	n := 200 + rng.IntN(1800)
	switch pages := t.region.Managed() / t.region.Page; {
	case pages < 8 || pages > 1<<40: // little to find, or dozens of blocks a grant
		n /= 10
	case rng.IntN(16) == 0:
		n *= 10
	}
	return probe.Drawn(m, program.Dice{Rand: rng}, n)
}

// variation makes variants of a program. What it does at an operation is decided by
// its id: an operation that is left out when a program is reduced does not change
// what happens at the others.
type variation struct {
	*trial
	answers answered // of the program
	next    uint64   // the first id that the program does not use
	ops     []program.Op
	dice    *rand.PCG
	rng     *rand.Rand // throws dice
}

func newVariation(t *trial, answers answered) *variation {
	v := &variation{trial: t, answers: answers, dice: rand.NewPCG(0, 0)}
	v.rng = rand.New(v.dice)
	for id := range answers {
		v.next = max(v.next, id+1)
	}
	return v
}

// at begins the random numbers of an operation.
func (v *variation) at(o program.Op) {
	v.dice.Seed(v.seed^0x5eed<<48, v.number^(o.ID<<2|uint64(o.Kind))<<32)
}

// of is a variant of a program: the package comment says what it may change.
func (v *variation) of(ops []program.Op) []program.Op {
	clears := slices.ContainsFunc(ops, func(o program.Op) bool { return o.Cleared || o.Kind == program.Reset })
	detours := v.memoryless && !clears
	v.ops = make([]program.Op, 0, len(ops)+len(ops)/2)
	for _, o := range ops {
		v.at(o)
		if v.rng.IntN(16) == 0 {
			v.strew(v.impossible(), false)
		}
		if detours && v.rng.IntN(8) == 0 {
			v.strew(v.request(), true)
		}
		if a := v.answers[o.ID]; !detours || len(a) > 0 && a[0].Err == nil {
			v.ops = append(v.ops, o)
		}
	}
	v.reorder(detours)
	return v.ops
}

// reorder changes the order of frees that follow each other: of those at the
// end, or of all.
func (v *variation) reorder(all bool) {
	from := 0
	for i, o := range v.ops {
		if o.Kind == program.Free {
			continue
		}
		if all {
			v.shuffle(v.ops[from:i])
		}
		from = i + 1
	}
	v.shuffle(v.ops[from:])
}

// shuffle puts frees in a random order.
func (v *variation) shuffle(frees []program.Op) {
	if len(frees) < 2 {
		return
	}
	key := func(o program.Op) uint64 { v.at(o); return v.rng.Uint64() }
	slices.SortFunc(frees, func(a, b program.Op) int { return cmp.Compare(key(a), key(b)) })
}

// strew adds an allocation, and its free if it is to be given back.
func (v *variation) strew(r strategies.Request, back bool) {
	v.ops = append(v.ops, program.Op{ID: v.next, Req: r})
	if back {
		v.ops = append(v.ops, program.Op{Kind: program.Free, ID: v.next})
	}
	v.next++
}

// request is one that does not depend on what is live.
func (v *variation) request() strategies.Request {
	mixes := program.Mixes(v.region)
	return mixes[v.rng.IntN(len(mixes))].Request(&program.Run{Region: v.region}, program.Dice{Rand: v.rng})
}

// impossible is a request that every strategy refuses.
func (v *variation) impossible() strategies.Request {
	r := v.request()
	r.Size = 0
	if managed := v.region.Managed(); v.rng.IntN(2) == 0 && managed < 1<<62 {
		r.Size = managed + v.region.Page*(1+v.rng.Uint64N(1000))
	}
	return r
}
