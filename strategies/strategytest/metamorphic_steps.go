package strategytest

import (
	"bytes"
	"cmp"
	"math/rand/v2"
	"slices"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/workloads/trace"
)

// step is a line of a program: an allocation, or the free of one.
type step struct {
	slot    int                // of the grant: allocations are numbered as they come
	req     strategies.Request // of an allocation
	free    bool
	cleared bool
}

// Slots are multiplied by a label to be the ids of a text: by 1 for a program,
// and for a variant by an odd number, which gives each slot an id of its own too.
const (
	variantLabel   = 0x9e3779b97f4a7c15
	variantUnlabel = 0xf1de83e19937733d // its inverse modulo 2^64
)

func asTrace(region strategies.Region, steps []step, label uint64) ([]byte, error) {
	var text bytes.Buffer
	w := trace.NewWriter(&text, region)
	for _, s := range steps {
		if id := uint64(s.slot) * label; s.free {
			w.Free(id, s.cleared)
		} else {
			w.Alloc(id, s.req)
		}
	}
	err := w.Flush()
	return text.Bytes(), err
}

// reread writes steps as a trace and returns what that reads as.
func reread(region strategies.Region, steps []step, label uint64) ([]step, error) {
	text, err := asTrace(region, steps, label)
	if err != nil {
		return nil, err
	}
	r, err := trace.NewReader(bytes.NewReader(text), "program")
	if err != nil {
		return nil, err
	}
	unlabel := uint64(1)
	if label == variantLabel {
		unlabel = variantUnlabel
	}
	read := make([]step, 0, len(steps))
	for r.Scan() {
		rec := r.Record()
		read = append(read, step{int(rec.ID * unlabel), rec.Req, rec.Kind == trace.Free, rec.Cleared})
	}
	return read, r.Err()
}

// tidy leaves out the frees of slots that were not allocated.
func tidy(steps []step) []step {
	live := make(map[int]bool)
	tidied := make([]step, 0, len(steps))
	for _, s := range steps {
		if live[s.slot] || !s.free {
			tidied = append(tidied, s)
			live[s.slot] = !s.free
		}
	}
	return tidied
}

// complete appends frees of all slots that are not freed.
func complete(steps []step) []step {
	live := make(map[int]bool)
	var slots []int // as they were allocated
	for _, s := range steps {
		if live[s.slot] = !s.free; !s.free {
			slots = append(slots, s.slot)
		}
	}
	steps = slices.Clip(steps)
	for _, slot := range slots {
		if live[slot] {
			steps = append(steps, step{slot: slot, free: true})
		}
	}
	return steps
}

// programRegions are where programs run: small ones, in which every edge is
// near, more often than large ones.
var programRegions = slices.Concat(regions, regions[3:], []strategies.Region{
	megabyte,
	{Size: 1 << 24, Page: 4096},
	{Size: 1<<24 - 4096, Page: 4096},
	{Size: 5000*4096 + 1, Page: 4096},
	{Size: 3 << 30, Page: 4096},
	{Size: 1<<64 - 1, Page: 4096},
})

// drawRegion draws one that s takes.
func drawRegion(s strategies.Strategy, rng *rand.Rand) strategies.Region {
	r := programRegions[rng.IntN(len(programRegions))]
	if _, err := s.New(r); err != nil {
		return megabyte
	}
	return r
}

// author writes a program.
type author struct {
	region  strategies.Region
	rng     *rand.Rand
	mix     mix
	clears  bool // some frees are of cleared memory
	steps   []step
	live    []int    // slots allocated and not freed, in no order
	sizes   []uint64 // by slot
	load    uint64   // sum of the sizes of live
	target  uint64   // for load, at the moment
	atATime int      // frees that follow each other
}

// drawProgram draws some hundred or thousand steps. How full the region is
// drifts from one target to the next, some of them more than there is: since a
// program knows nothing of what is granted, that is the load asked for.
func drawProgram(region strategies.Region, rng *rand.Rand) []step {
	a := author{region: region, rng: rng, mix: mixes[rng.IntN(len(mixes))], clears: rng.IntN(2) == 0}
	length := 200 + rng.IntN(1800)
	switch pages := region.Managed() / region.Page; {
	case pages < 8 || pages > 1<<40: // little to find, or dozens of blocks a grant
		length /= 10
	case rng.IntN(16) == 0:
		length *= 10
	}
	for len(a.steps) < length {
		if rng.IntN(100) == 0 || len(a.steps) == 0 {
			a.target = uint64(float64(region.Managed()) * []float64{0.3, 0.7, 0.9, 0.97, 1, 1.1, 1.3}[rng.IntN(7)])
			a.atATime = 1 << rng.IntN(6)
		}
		frees := 30 // percent
		if a.load > a.target {
			frees = 70
		}
		if rng.IntN(100) >= frees {
			a.alloc()
			continue
		}
		for range 1 + rng.IntN(a.atATime) {
			a.free()
		}
		for range rng.IntN(a.atATime) { // keep the balance
			a.alloc()
		}
	}
	return a.steps
}

func (a *author) alloc() {
	slot, r := len(a.sizes), a.mix.request(a.region, a.rng)
	a.sizes = append(a.sizes, min(r.Size, a.region.Managed()))
	a.load += a.sizes[slot]
	a.live = append(a.live, slot)
	a.steps = append(a.steps, step{slot: slot, req: r})
}

// free frees one of the oldest, one of the latest, or any.
func (a *author) free() {
	if len(a.live) == 0 {
		return
	}
	i := a.rng.IntN(len(a.live))
	switch last := len(a.live) - 1; a.rng.IntN(4) {
	case 0:
		i = min(i, a.rng.IntN(4))
	case 1:
		i = max(i, last-a.rng.IntN(4))
	}
	slot := a.live[i]
	a.live[i] = a.live[len(a.live)-1]
	a.live = a.live[:len(a.live)-1]
	a.load -= a.sizes[slot]
	a.steps = append(a.steps, step{slot: slot, free: true, cleared: a.clears && a.rng.IntN(2) == 0})
}

// variation makes variants of a program. What it does at a step is decided by
// the number of its slot: a step that is left out when a program is reduced does
// not change what happens at the others.
type variation struct {
	*trial
	answers []placement // of the program, by slot
	next    int         // the first slot that the program does not use
	steps   []step
	dice    *rand.PCG
	rng     *rand.Rand // throws dice
}

func newVariation(t *trial, answers []placement) *variation {
	dice := rand.NewPCG(0, 0)
	return &variation{trial: t, answers: answers, next: len(answers), dice: dice, rng: rand.New(dice)}
}

// at takes up the random numbers of a step.
func (v *variation) at(s step) {
	of := uint64(s.slot) << 1
	if s.free {
		of++
	}
	v.dice.Seed(v.seed^0x5eed<<48, v.number^of<<32)
}

// of is a variant of a program: see [Metamorphic] for what it may change.
func (v *variation) of(steps []step) []step {
	clears := slices.ContainsFunc(steps, func(s step) bool { return s.cleared })
	detours := v.memoryless && !clears
	v.steps = make([]step, 0, len(steps)+len(steps)/2)
	for _, s := range steps {
		v.at(s)
		if v.rng.IntN(16) == 0 {
			v.strew(v.impossible(), false)
		}
		if detours && v.rng.IntN(8) == 0 {
			v.strew(mixes[v.rng.IntN(len(mixes))].request(v.region, v.rng), true)
		}
		if !detours || v.answers[s.slot].refused == "" {
			v.steps = append(v.steps, s)
		}
	}
	v.reorder(detours)
	return v.steps
}

// reorder changes the order of frees that follow each other: of those at the
// end, or of all.
func (v *variation) reorder(all bool) {
	from := 0
	for i, s := range v.steps {
		if s.free {
			continue
		}
		if all {
			v.shuffle(v.steps[from:i])
		}
		from = i + 1
	}
	v.shuffle(v.steps[from:])
}

// shuffle puts frees in a random order.
func (v *variation) shuffle(frees []step) {
	if len(frees) < 2 {
		return
	}
	key := func(s step) uint64 { v.at(s); return v.rng.Uint64() }
	slices.SortFunc(frees, func(a, b step) int { return cmp.Compare(key(a), key(b)) })
}

// strew adds an allocation, and its free if it is to be given back.
func (v *variation) strew(r strategies.Request, back bool) {
	v.steps = append(v.steps, step{slot: v.next, req: r})
	if back {
		v.steps = append(v.steps, step{slot: v.next, free: true})
	}
	v.next++
}

// impossible is a request that every strategy refuses.
func (v *variation) impossible() strategies.Request {
	r := mixes[v.rng.IntN(len(mixes))].request(v.region, v.rng)
	r.Size = 0
	if managed := v.region.Managed(); v.rng.IntN(2) == 0 && managed < 1<<62 {
		r.Size = managed + v.region.Page*(1+v.rng.Uint64N(1000))
	}
	return r
}
